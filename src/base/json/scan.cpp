#include "base/json/scan.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "base/os/text.h"

namespace soma::json {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

size_t skip_digits(std::string_view text, size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// Where the number that starts at `start` ends, and whether it has a fraction or an exponent; npos:
// malformed.
size_t number_end(std::string_view text, size_t start, bool& is_real) {
  size_t at = start;
  if (at < text.size() && text[at] == '-') ++at;
  size_t whole = at;
  at = skip_digits(text, at);
  if (at == whole || (text[whole] == '0' && at > whole + 1)) return std::string_view::npos;
  is_real = false;
  if (at < text.size() && text[at] == '.') {
    is_real = true;
    size_t fraction = ++at;
    at = skip_digits(text, at);
    if (at == fraction) return std::string_view::npos;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    is_real = true;
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    size_t exponent = at;
    at = skip_digits(text, at);
    if (at == exponent) return std::string_view::npos;
  }
  return at;
}

std::optional<Value> read_real(std::string_view token) {
  double real = 0;
  auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), real);
  if (error == std::errc()) return Value(real);
  // from_chars does not tell "too large" from "too small"; only the first is refused.
  real = std::strtod(std::string(token).c_str(), nullptr);
  if (!std::isfinite(real)) return std::nullopt;
  return Value(real);
}

template <class Integer>
bool read_integer(std::string_view token, Integer& integer) {
  auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), integer);
  return error == std::errc() && end == token.data() + token.size();
}

std::string describe(std::string_view text, size_t offset) {
  if (offset >= text.size()) return "the end of the text";
  auto byte = static_cast<unsigned char>(text[offset]);
  if (byte >= 0x21 && byte < 0x7f) return fmt::format("'{}'", text[offset]);
  return fmt::format("byte 0x{:02x}", byte);
}

std::string_view hint_for(std::string_view text, size_t offset) {
  if (offset >= text.size()) return {};
  std::string_view rest = text.substr(offset);
  if (rest.starts_with("\xEF\xBB\xBF")) return "save the file without a byte order mark";
  if (rest.starts_with("//") || rest.starts_with("/*") || rest.starts_with('#'))
    return "JSON has no comments";
  if (rest.starts_with('\'')) return "strings stand in double quotes";
  if (rest.starts_with("NaN") || rest.starts_with("Infinity") || rest.starts_with("-Infinity")) {
    return "JSON has no such number";
  }
  if (rest.starts_with("True") || rest.starts_with("False") || rest.starts_with("None")) {
    return "JSON writes true, false and null";
  }
  return {};
}

void append_utf8(std::string& out, unsigned code_point) {
  auto push = [&out](unsigned byte) { out += static_cast<char>(byte); };
  if (code_point < 0x80) {
    push(code_point);
  } else if (code_point < 0x800) {
    push(0xc0 | code_point >> 6);
    push(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    push(0xe0 | code_point >> 12);
    push(0x80 | (code_point >> 6 & 0x3f));
    push(0x80 | (code_point & 0x3f));
  } else {
    push(0xf0 | code_point >> 18);
    push(0x80 | (code_point >> 12 & 0x3f));
    push(0x80 | (code_point >> 6 & 0x3f));
    push(0x80 | (code_point & 0x3f));
  }
}

}  // namespace

Position position_of(std::string_view text, size_t offset) {
  std::string_view before = text.substr(0, std::min(offset, text.size()));
  size_t last_newline = before.rfind('\n');
  return {.line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n')),
          .column = before.size() - (last_newline == std::string_view::npos ? 0 : last_newline + 1) + 1};
}

std::optional<Value> read_number(std::string_view token) {
  bool is_real = false;
  if (number_end(token, 0, is_real) != token.size()) return std::nullopt;
  if (!is_real) {
    int64_t integer = 0;
    if (read_integer(token, integer)) return Value(integer);
    uint64_t natural = 0;
    if (token.front() != '-' && read_integer(token, natural)) return Value(natural);
  }
  return read_real(token);
}

bool Scanner::document(Value* scalar) {
  if (!value(0, scalar)) return false;
  if (peek() == '\0' && offset_ >= text_.size()) return true;
  return unexpected("the end of the text");
}

char Scanner::peek() {
  while (offset_ < text_.size()) {
    char c = text_[offset_];
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return c;
    ++offset_;
  }
  return '\0';
}

bool Scanner::value(size_t depth, Value* scalar) {
  switch (char c = peek()) {
    case '{':
      return object(depth);
    case '[':
      return array(depth);
    case '"': {
      std::string decoded;
      if (!string(decoded)) return false;
      if (scalar != nullptr) *scalar = Value(std::move(decoded));
      return true;
    }
    case 't':
      return literal("true", true, scalar);
    case 'f':
      return literal("false", false, scalar);
    case 'n':
      return literal("null", nullptr, scalar);
    default:
      return c == '-' || is_digit(c) ? number(scalar) : unexpected("a value");
  }
}

bool Scanner::object(size_t depth) {
  if (!enter(depth)) return false;
  std::vector<Key> keys;
  if (peek() == '}') {
    ++offset_;
    return true;
  }
  for (bool done = false; !done;) {
    if (peek() != '"') return unexpected("a key in double quotes");
    Key& key = keys.emplace_back(std::string(), offset_);
    if (!string(key.text)) return false;
    if (peek() != ':') return unexpected("':' after the key");
    ++offset_;
    if (!value(depth + 1) || !after_element('}', "an object", done)) return false;
  }
  return unique(keys);
}

bool Scanner::array(size_t depth) {
  if (!enter(depth)) return false;
  if (peek() == ']') {
    ++offset_;
    return true;
  }
  for (bool done = false; !done;) {
    if (!value(depth + 1) || !after_element(']', "an array", done)) return false;
  }
  return true;
}

// Takes the comma or the closing bracket behind an element.
bool Scanner::after_element(char close, std::string_view inside, bool& done) {
  char c = peek();
  if (c == close) {
    ++offset_;
    done = true;
    return true;
  }
  if (c != ',') return unexpected(fmt::format("',' or '{}' in {}", close, inside));
  size_t comma = offset_++;
  if (peek() == close)
    return refuse_at(comma, "there is a comma with nothing behind it", "take the last comma out");
  return true;
}

bool Scanner::enter(size_t depth) {
  if (depth >= max_depth_) {
    refuse(fmt::format("the nesting is deeper than {} levels", max_depth_));
    problem_.code = os::Code::kLimitExceeded;
    return false;
  }
  ++offset_;
  return true;
}

// Refuses the first key, in the order of the text, that was there before. Sorting and no hash table: nobody
// can choose keys that make it slow.
bool Scanner::unique(std::vector<Key>& keys) {
  std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
    return std::tie(a.text, a.offset) < std::tie(b.text, b.offset);
  });
  const Key* first = nullptr;
  for (size_t i = 1; i < keys.size(); ++i) {
    bool repeated = keys[i].text == keys[i - 1].text;
    if (repeated && (first == nullptr || keys[i].offset < first->offset)) first = &keys[i];
  }
  if (first == nullptr) return true;
  std::string name(os::utf8_prefix(first->text, 64));
  return refuse_at(first->offset, fmt::format("the key '{}' stands twice in this object", name),
                   "keep one of them");
}

bool Scanner::string(std::string& decoded) {
  size_t start = offset_++;
  for (;;) {
    size_t run = offset_;
    while (offset_ < text_.size() && text_[offset_] != '"' && text_[offset_] != '\\' &&
           static_cast<unsigned char>(text_[offset_]) >= 0x20) {
      ++offset_;
    }
    std::string_view plain = text_.substr(run, offset_ - run);
    if (!os::is_valid_utf8(plain)) {
      size_t bad = 0;  // the text before the first bad byte is the longest valid prefix
      std::string repaired = os::to_valid_utf8(plain);
      while (bad < plain.size() && plain[bad] == repaired[bad]) ++bad;
      return refuse_at(run + bad, "a string holds bytes that are not UTF-8", "save the text as UTF-8");
    }
    decoded += plain;
    if (offset_ >= text_.size()) return refuse_at(start, "a string has no end");
    char c = text_[offset_];
    if (c == '"') {
      ++offset_;
      return true;
    }
    if (c != '\\')
      return refuse(fmt::format("a string holds the control character 0x{:02x}", c),
                    "write \\n, \\t or \\u00XX");
    if (!escape(decoded)) return false;
  }
}

bool Scanner::escape(std::string& decoded) {
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kNamed = "\"\\/\b\f\n\r\t";
  size_t start = offset_++;
  if (offset_ >= text_.size()) return refuse_at(start, "a string has no end");
  char name = text_[offset_++];
  if (name != 'u') {
    size_t named = kNames.find(name);
    if (named == std::string_view::npos)
      return refuse_at(start, "there is no such escape in JSON", "write a backslash as \\\\");
    decoded += kNamed[named];
    return true;
  }
  unsigned unit = 0;
  if (!code_unit(unit)) return refuse_at(start, "\\u needs four hexadecimal digits");
  if (unit >= 0xd800 && unit <= 0xdfff) {
    unsigned low = 0;
    bool has_low = unit <= 0xdbff && text_.substr(offset_).starts_with("\\u");
    if (has_low) offset_ += 2;
    has_low = has_low && code_unit(low) && low >= 0xdc00 && low <= 0xdfff;
    if (!has_low) return refuse_at(start, "half of a surrogate pair stands alone");
    unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
  }
  append_utf8(decoded, unit);
  return true;
}

bool Scanner::code_unit(unsigned& unit) {
  std::string_view digits = text_.substr(std::min(offset_, text_.size()), 4);
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
  if (digits.size() < 4 || error != std::errc() || end != digits.data() + 4) return false;
  offset_ += 4;
  return true;
}

bool Scanner::number(Value* scalar) {
  bool is_real = false;
  size_t end = number_end(text_, offset_, is_real);
  if (end == std::string_view::npos) {
    std::string_view hint = hint_for(text_, offset_);
    return refuse("this is no JSON number", std::string(hint.empty() ? "write it as 0.5, -1 or 1e9" : hint));
  }
  auto read = read_number(text_.substr(offset_, end - offset_));
  if (!read) return refuse("the number is beyond the range of a double");
  if (scalar != nullptr) *scalar = std::move(*read);
  offset_ = end;
  return true;
}

bool Scanner::literal(std::string_view word, Value meaning, Value* scalar) {
  if (!text_.substr(offset_).starts_with(word)) return unexpected("a value");
  offset_ += word.size();
  if (scalar != nullptr) *scalar = std::move(meaning);
  return true;
}

bool Scanner::unexpected(std::string_view expected) {
  return refuse(fmt::format("expected {}, found {}", expected, describe(text_, offset_)),
                std::string(hint_for(text_, offset_)));
}

bool Scanner::refuse(std::string message, std::string hint) {
  return refuse_at(offset_, std::move(message), std::move(hint));
}

bool Scanner::refuse_at(size_t offset, std::string message, std::string hint) {
  problem_ = {.offset = offset, .message = std::move(message), .hint = std::move(hint)};
  return false;
}

}  // namespace soma::json
