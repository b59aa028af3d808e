#include "services/workflow/jsonata/lexer.h"

#include <algorithm>
#include <charconv>

#include "services/workflow/jsonata/failure.h"
#include "services/workflow/jsonata/number_text.h"
#include "services/workflow/jsonata/text.h"

namespace soma::workflow::jsonata {
namespace {

constexpr std::string_view kSpace = " \t\n\r\v";
constexpr std::string_view kOperatorCharacters = ".[]{}(),@#;:?+-*/%|=<>^&!~";
constexpr std::string_view kPairs[] = {"..", ":=", "!=", ">=", "<=", "**", "~>"};
constexpr std::string_view kEscapes = "\"\\/bfnrt";
constexpr std::string_view kEscaped = "\"\\/\b\f\n\r\t";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

Token Lexer::token(TokenType type, std::string text) const {
  return {.type = type, .text = std::move(text), .position = at_, .start = start_};
}

void Lexer::skip_space() {
  for (;;) {
    at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size());
    if (!text_.substr(at_).starts_with("/*")) return;
    const size_t close = text_.find("*/", at_ + 2);
    if (close == std::string_view::npos) throw Failure{.code = "S0106", .position = at_};
    at_ = close + 2;
  }
}

Token Lexer::next(bool expects_operator) {
  skip_space();
  start_ = at_;
  if (at_ == text_.size()) return token(TokenType::kEnd, "(end)");
  const char first = text_[at_];
  if (first == '/' && !expects_operator) {
    ++at_;
    return regex();
  }
  for (const std::string_view pair : kPairs) {
    if (!text_.substr(at_).starts_with(pair)) continue;
    at_ += 2;
    return token(TokenType::kOperator, std::string(pair));
  }
  if (kOperatorCharacters.contains(first)) {
    ++at_;
    return token(TokenType::kOperator, std::string(1, first));
  }
  if (first == '"' || first == '\'') return string();
  if (Token found; number(found)) return found;
  if (first == '`') return quoted_name();
  return word();
}

Token Lexer::string() {
  const char quote = text_[at_++];
  std::string value;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == quote) {
      ++at_;
      return token(TokenType::kString, std::move(value));
    }
    if (c != '\\') {
      value += c;
      continue;
    }
    ++at_;
    if (const size_t escape = kEscapes.find(at(at_));
        escape != std::string_view::npos && at_ < text_.size()) {
      value += kEscaped[escape];
    } else if (at(at_) == 'u') {
      append_unit(value, escaped_unit());
    } else {
      size_t behind = at_;
      if (at_ < text_.size()) decode(text_, behind);
      throw Failure{.code = "S0103", .position = at_, .token = std::string(text_.substr(at_, behind - at_))};
    }
  }
  throw Failure{.code = "S0101", .position = at_};
}

char16_t Lexer::escaped_unit() {
  const std::string_view digits = text_.substr(at_ + 1, 4);
  unsigned unit = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
  if (digits.empty() || end.ptr != digits.data() + digits.size())
    throw Failure{.code = "S0104", .position = at_};
  at_ += 4;
  return static_cast<char16_t>(unit);
}

// A "/" ends the pattern unless it is escaped or inside brackets.
Token Lexer::regex() {
  const size_t start = at_;
  int depth = 0;
  bool escaped = false;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '/' && depth == 0 && !escaped) {
      if (at_ == start) throw Failure{.code = "S0301", .position = at_};
      std::string pattern(text_.substr(start, at_ - start));
      const size_t flags = ++at_;
      while (at(at_) == 'i' || at(at_) == 'm') ++at_;
      Token found = token(TokenType::kRegex, std::move(pattern));
      found.flags = text_.substr(flags, at_ - flags);
      return found;
    }
    // Brackets look at the one character before them only.
    const bool behind_backslash = at_ > start && text_[at_ - 1] == '\\';
    if (std::string_view("([{").contains(c) && !behind_backslash) ++depth;
    if (std::string_view(")]}").contains(c) && !behind_backslash) --depth;
    escaped = c == '\\' && !escaped;
  }
  throw Failure{.code = "S0302", .position = at_};
}

// (0|[1-9][0-9]*)(\.[0-9]+)?([Ee][-+]?[0-9]+)?
bool Lexer::number(Token& found) {
  if (!is_digit(text_[at_])) return false;
  size_t end = at_ + 1;
  const auto digits = [&] {
    while (is_digit(at(end))) ++end;
  };
  if (text_[at_] != '0') digits();
  if (at(end) == '.' && is_digit(at(end + 1))) {
    ++end;
    digits();
  }
  if (at(end) == 'e' || at(end) == 'E') {
    const size_t sign = at(end + 1) == '-' || at(end + 1) == '+' ? 1 : 0;
    if (is_digit(at(end + 1 + sign))) {
      end += 1 + sign;
      digits();
    }
  }
  const std::string_view text = text_.substr(at_, end - at_);
  const auto value = read_decimal(text);
  if (!value) throw Failure{.code = "S0102", .position = at_, .token = std::string(text)};
  at_ = end;
  found = token(TokenType::kNumber, std::string(text));
  found.number = *value;
  return true;
}

Token Lexer::quoted_name() {
  const size_t close = text_.find('`', at_ + 1);
  if (close == std::string_view::npos) throw Failure{.code = "S0105", .position = text_.size()};
  const std::string_view name = text_.substr(at_ + 1, close - at_ - 1);
  at_ = close + 1;
  return token(TokenType::kName, std::string(name));
}

Token Lexer::word() {
  const size_t end =
      std::min(std::min(text_.find_first_of(kSpace, at_), text_.find_first_of(kOperatorCharacters, at_)),
               text_.size());
  const std::string name(text_.substr(at_, end - at_));
  at_ = end;
  if (name.starts_with('$')) return token(TokenType::kVariable, name.substr(1));
  if (name == "or" || name == "in" || name == "and") return token(TokenType::kOperator, name);
  if (name == "true") return token(TokenType::kTrue, name);
  if (name == "false") return token(TokenType::kFalse, name);
  if (name == "null") return token(TokenType::kNull, name);
  return token(TokenType::kName, name);
}

}  // namespace soma::workflow::jsonata
