// A text that is no JSON, in the words of the service's parser: "Unrecognized token 'nul': was expecting …\n
// at [Source: (String)"…"; line: 1, column: 4]".
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/os/text.h"
#include "services/workflow/definition/json_error.h"
#include "services/workflow/definition/report.h"

namespace soma::workflow {
namespace {

constexpr size_t kMaxQuotedCharacters = 500;

size_t number(std::string_view digits) {
  size_t value = 1;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

size_t offset_of(std::string_view text, json::Position position) {
  size_t at = 0;
  for (size_t line = 1; line < position.line && at < text.size(); ++line) {
    size_t newline = text.find('\n', at);
    if (newline == std::string_view::npos) return text.size();
    at = newline + 1;
  }
  return std::min(text.size(), at + position.column - 1);
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

// A word that stands where a value should, and is none.
std::string_view stray_word(std::string_view text, size_t offset) {
  size_t end = offset;
  while (end < text.size() && is_word(text[end])) ++end;
  std::string_view word = text.substr(offset, end - offset);
  bool is_literal = word == "true" || word == "false" || word == "null";
  return word.empty() || is_literal || (word[0] >= '0' && word[0] <= '9') ? std::string_view() : word;
}

std::string quote_source(std::string_view text) {
  if (text.size() <= kMaxQuotedCharacters) return fmt::format("\"{}\"", text);
  return fmt::format("\"{}\"[truncated {} chars]", os::utf8_prefix(text, kMaxQuotedCharacters),
                     text.size() - kMaxQuotedCharacters);
}

}  // namespace

Diagnostic json_diagnostic(std::string_view text, const os::Error& error) {
  json::Position position{.line = number(detail(error, "line")), .column = number(detail(error, "column"))};
  std::string_view word = stray_word(text, offset_of(text, position));
  std::string message = error.message;
  size_t column = position.column;
  if (!word.empty()) {
    message = fmt::format(
        "Unrecognized token '{}': was expecting (JSON String, Number, Array, Object or token "
        "'null', 'true' or 'false')",
        word);
    column += word.size();  // the service's parser has read past it
  }
  std::string source =
      fmt::format("[Source: (String){}; line: {}, column: {}]", quote_source(text), position.line, column);
  return {.severity = Severity::kError,
          .code = std::string(code::kJson),
          .message = fmt::format("{}\n at {}", message, source),
          .location = source,
          .position = position};
}

}  // namespace soma::workflow
