#include "base/json/pointer.h"

#include <charconv>

#include "base/json/json.h"

namespace soma::json {
namespace {

std::optional<std::string> unescape(std::string_view escaped) {
  std::string token;
  token.reserve(escaped.size());
  for (size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '~') {
      token += escaped[i];
      continue;
    }
    char code = i + 1 < escaped.size() ? escaped[++i] : ' ';
    if (code != '0' && code != '1') return std::nullopt;
    token += code == '0' ? '~' : '/';
  }
  return token;
}

}  // namespace

std::optional<std::vector<std::string>> split_pointer(std::string_view pointer) {
  std::vector<std::string> tokens;
  while (!pointer.empty()) {
    if (pointer.front() != '/') return std::nullopt;
    pointer.remove_prefix(1);
    size_t end = pointer.find('/');
    auto token = unescape(pointer.substr(0, end));
    if (!token) return std::nullopt;
    tokens.push_back(std::move(*token));
    pointer.remove_prefix(end == std::string_view::npos ? pointer.size() : end);
  }
  return tokens;
}

std::optional<size_t> index_of_token(std::string_view token) {
  bool leading_zero = token.size() > 1 && token.front() == '0';
  size_t index = 0;
  auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (token.empty() || leading_zero || error != std::errc() || end != token.data() + token.size())
    return std::nullopt;
  return index;
}

std::string append_pointer(std::string_view pointer, std::string_view token) {
  std::string longer;
  longer.reserve(pointer.size() + token.size() + 1);
  longer += pointer;
  longer += '/';
  for (char c : token) {
    if (c == '~') {
      longer += "~0";
    } else if (c == '/') {
      longer += "~1";
    } else {
      longer += c;
    }
  }
  return longer;
}

const Value* Value::pointer(std::string_view pointer) const {
  auto tokens = split_pointer(pointer);
  if (!tokens) return nullptr;
  const Value* value = this;
  for (const std::string& token : *tokens) {
    if (value->is_array()) {
      auto index = index_of_token(token);
      value = index && *index < value->size() ? &value->as_array()[*index] : nullptr;
    } else {
      value = value->find(token);
    }
    if (value == nullptr) return nullptr;
  }
  return value;
}

}  // namespace soma::json
