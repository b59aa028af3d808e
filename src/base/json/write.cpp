#include <array>
#include <charconv>
#include <cmath>

#include "base/json/json.h"
#include "base/os/text.h"

namespace soma::json {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr size_t kIndentation = 2;

// Bytes that a string cannot hold as they are.
constexpr std::array<bool, 256> make_escaped() {
  std::array<bool, 256> escaped{};
  for (size_t c = 0; c < 0x20; ++c) escaped[c] = true;
  escaped['"'] = escaped['\\'] = true;
  return escaped;
}
constexpr std::array<bool, 256> kEscaped = make_escaped();

void append_escape(std::string& out, unsigned char byte) {
  constexpr std::string_view kNamed = "\"\\\b\f\n\r\t";
  constexpr std::string_view kNames = "\"\\bfnrt";
  out += '\\';
  size_t named = kNamed.find(static_cast<char>(byte));
  if (named != std::string_view::npos) {
    out += kNames[named];
    return;
  }
  out += "u00";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

void append_valid(std::string& out, std::string_view text) {
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (!kEscaped[byte]) continue;
    out += text.substr(start, i - start);
    append_escape(out, byte);
    start = i + 1;
  }
  out += text.substr(start);
}

template <class Number, class... Format>
void append_number(std::string& out, Number number, Format... format) {
  std::array<char, 64> digits;
  auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number, format...);
  out.append(digits.data(), end);
}

// As few digits as read back the same, and always as a double: "1.0", not "1". The exponent starts where
// JavaScript's does. JSON has no NaN and no infinity: null.
void append_double(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  double magnitude = std::abs(number);
  if (magnitude != 0 && (magnitude < 1e-6 || magnitude >= 1e21)) {
    append_number(out, number, std::chars_format::scientific);
    return;
  }
  append_number(out, number, std::chars_format::fixed);
  if (std::trunc(number) == number) out += ".0";
}

void append_scalar(std::string& out, const Value& value) {
  switch (value.type()) {
    case Type::kBool:
      out += value.as_bool() ? "true" : "false";
      break;
    case Type::kInt:
      append_number(out, value.as_int());
      break;
    case Type::kUint:
      append_number(out, value.as_uint());
      break;
    case Type::kDouble:
      append_double(out, value.as_double());
      break;
    case Type::kString:
      write_string_to(out, value.as_string());
      break;
    default:
      out += "null";
  }
}

void append_pretty(std::string& out, const Value& value, size_t level) {
  auto new_line = [&out](size_t at_level) {
    out += '\n';
    out.append(at_level * kIndentation, ' ');
  };
  if (value.empty()) {
    write_to(out, value);
  } else if (value.is_array()) {
    out += '[';
    for (const Value& element : value.as_array()) {
      if (&element != value.as_array().data()) out += ',';
      new_line(level + 1);
      append_pretty(out, element, level + 1);
    }
    new_line(level);
    out += ']';
  } else {
    out += '{';
    for (const Member& member : value.as_object()) {
      if (&member != value.as_object().data()) out += ',';
      new_line(level + 1);
      write_string_to(out, member.first);
      out += ": ";
      append_pretty(out, member.second, level + 1);
    }
    new_line(level);
    out += '}';
  }
}

}  // namespace

void write_string_to(std::string& out, std::string_view text) {
  out += '"';
  if (os::is_valid_utf8(text)) {
    append_valid(out, text);
  } else {
    append_valid(out, os::to_valid_utf8(text));
  }
  out += '"';
}

void write_to(std::string& out, const Value& value) {
  if (value.is_array()) {
    out += '[';
    for (const Value& element : value.as_array()) {
      if (&element != value.as_array().data()) out += ',';
      write_to(out, element);
    }
    out += ']';
  } else if (value.is_object()) {
    out += '{';
    for (const Member& member : value.as_object()) {
      if (&member != value.as_object().data()) out += ',';
      write_string_to(out, member.first);
      out += ':';
      write_to(out, member.second);
    }
    out += '}';
  } else {
    append_scalar(out, value);
  }
}

std::string write(const Value& value) {
  std::string out;
  write_to(out, value);
  return out;
}

std::string write_pretty(const Value& value) {
  std::string out;
  append_pretty(out, value, 0);
  out += '\n';
  return out;
}

}  // namespace soma::json
