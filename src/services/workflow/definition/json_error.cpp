// A text that is no JSON, in the words of the service's parser: "Unrecognized token 'nul': was expecting …\n
// at [Source: (String)"…"; line: 1, column: 4]".
#include <algorithm>
#include <charconv>
#include <optional>

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

// What may stand at a place of a JSON text that is right up to there.
enum class Wanted { kValue, kKey, kColon, kComma };
struct Situation {
  Wanted wanted = Wanted::kValue;
  char container = 0;  // '{', '[', or 0 at the top
};

Situation situation_at(std::string_view text, size_t offset) {
  std::string containers;
  Wanted wanted = Wanted::kValue;
  const auto inside = [&] { return containers.empty() ? '\0' : containers.back(); };
  for (size_t at = 0; at < offset; ++at) {
    const char c = text[at];
    if (c == '"') {
      for (++at; at < offset && text[at] != '"'; ++at)
        if (text[at] == '\\') ++at;
      wanted = wanted == Wanted::kKey ? Wanted::kColon : Wanted::kComma;
    } else if (c == '{' || c == '[') {
      containers += c;
      wanted = c == '{' ? Wanted::kKey : Wanted::kValue;
    } else if (c == '}' || c == ']') {
      if (!containers.empty()) containers.pop_back();
      wanted = Wanted::kComma;
    } else if (c == ',') {
      wanted = inside() == '{' ? Wanted::kKey : Wanted::kValue;
    } else if (c == ':') {
      wanted = Wanted::kValue;
    } else if (is_word(c) || c == '-') {
      wanted = Wanted::kComma;
    }
  }
  return {wanted, inside()};
}

std::string_view expectation(Situation situation) {
  switch (situation.wanted) {
    case Wanted::kKey:
      return "was expecting double-quote to start field name";
    case Wanted::kColon:
      return "was expecting a colon to separate field name and value";
    case Wanted::kComma:
      return situation.container == '{' ? "was expecting comma to separate Object entries"
                                        : "was expecting comma to separate Array entries";
    case Wanted::kValue:
      break;
  }
  return "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
}

// A character that cannot stand where it does; nothing when the fault is within a value, or at the end.
std::optional<std::string> stray_character(std::string_view text, size_t offset) {
  if (offset >= text.size() || text[offset] == '"') return std::nullopt;
  const Situation situation = situation_at(text, offset);
  const bool after_top = situation.container == 0 && situation.wanted == Wanted::kComma;
  const bool number = is_word(text[offset]) || text[offset] == '-';
  if (after_top || (situation.wanted == Wanted::kValue && number)) return std::nullopt;
  return fmt::format("Unexpected character ('{}' (code {})): {}", text[offset],
                     static_cast<int>(static_cast<unsigned char>(text[offset])), expectation(situation));
}

std::string quote_source(std::string_view text) {
  if (text.size() <= kMaxQuotedCharacters) return fmt::format("\"{}\"", text);
  return fmt::format("\"{}\"[truncated {} chars]", os::utf8_prefix(text, kMaxQuotedCharacters),
                     text.size() - kMaxQuotedCharacters);
}

}  // namespace

Diagnostic json_diagnostic(std::string_view text, const os::Error& error) {
  json::Position position{.line = number(detail(error, "line")), .column = number(detail(error, "column"))};
  const size_t offset = offset_of(text, position);
  std::string_view word = stray_word(text, offset);
  if (situation_at(text, offset).wanted != Wanted::kValue) word = {};
  std::string message = error.message;
  size_t column = position.column;
  if (!word.empty()) {
    message = fmt::format(
        "Unrecognized token '{}': was expecting (JSON String, Number, Array, Object or token "
        "'null', 'true' or 'false')",
        word);
    column += word.size();  // the service's parser has read past it
  } else if (auto stray = stray_character(text, offset)) {
    message = std::move(*stray);
    ++column;
  } else if (offset >= text.size()) {
    message = "Unexpected end-of-input";
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
