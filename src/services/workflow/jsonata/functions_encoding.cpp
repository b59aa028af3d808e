#include <optional>

#include "base/os/os.h"
#include "services/workflow/jsonata/functions.h"
#include "services/workflow/jsonata/text.h"

namespace soma::workflow::jsonata::native {
namespace {

// Of ECMA-262's encodeURIComponent and encodeURI: what stays as it is.
constexpr std::string_view kUnreserved =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()";
constexpr std::string_view kReserved = ";/?:@&=+$,#";
constexpr char kHex[] = "0123456789ABCDEF";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

[[noreturn]] void refuse(std::string_view function, Value value) {
  throw Failure{.code = "D3140", .value = describe(value), .message = std::string(function)};
}

Value encode(Evaluator& evaluator, Value value, std::string_view kept, std::string_view function) {
  if (value.is_undefined()) return value;
  evaluator.spend(value.text().size() / 16);
  if (!os::is_valid_utf8(value.text())) refuse(function, value);  // half of a surrogate pair
  std::string encoded;
  for (const char c : value.text()) {
    if (kUnreserved.contains(c) || kept.contains(c)) {
      encoded += c;
    } else {
      const auto byte = static_cast<uint8_t>(c);
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return evaluator.text(encoded);
}

// The byte that %XX at `at` stands for.
std::optional<char> escaped_byte(std::string_view text, size_t at) {
  if (at + 2 >= text.size() || text[at] != '%') return std::nullopt;
  const int high = hex_digit(text[at + 1]), low = hex_digit(text[at + 2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

size_t sequence_length(char first) {
  const auto byte = static_cast<uint8_t>(first);
  return byte < 0x80 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
}

Value decode(Evaluator& evaluator, Value value, std::string_view kept, std::string_view function) {
  if (value.is_undefined()) return value;
  const std::string_view text = value.text();
  evaluator.spend(text.size() / 16);
  std::string decoded;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '%') {
      decoded += text[at++];
      continue;
    }
    const size_t start = at;
    std::string sequence;
    size_t length = 1;
    for (size_t part = 0; part < length; ++part, at += 3) {
      const auto byte = escaped_byte(text, at);
      if (!byte) refuse(function, value);
      sequence += *byte;
      if (part == 0) length = sequence_length(*byte);
    }
    if (!os::is_valid_utf8(sequence)) refuse(function, value);
    decoded += length == 1 && kept.contains(sequence[0]) ? text.substr(start, 3) : std::string_view(sequence);
  }
  return evaluator.text(decoded);
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

}  // namespace

// Characters are bytes here: what is beyond U+00FF loses its upper half, as in the reference.
Value base64_encode(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  evaluator.spend(args[0].text().size() / 16);
  std::string bytes;
  for (const char16_t unit : to_utf16(args[0].text())) bytes += static_cast<char>(unit);
  return evaluator.text(os::base64_encode(bytes));
}

// Both alphabets; other characters are skipped; ends at "=".
Value base64_decode(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  evaluator.spend(args[0].text().size() / 16);
  std::string decoded;
  uint32_t bits = 0;
  int count = 0;
  for (const char16_t unit : to_utf16(args[0].text())) {
    const char c = static_cast<char>(unit);  // the lower half, as in the reference
    if (c == '=') break;
    const int digit = base64_digit(c);
    if (digit < 0) continue;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    append_code_point(decoded, bits >> count & 0xFF);
  }
  return evaluator.text(decoded);
}

Value encode_url_component(Evaluator& evaluator, Args args) {
  return encode(evaluator, args[0], "", "encodeUrlComponent");
}

Value encode_url(Evaluator& evaluator, Args args) {
  return encode(evaluator, args[0], kReserved, "encodeUrl");
}

Value decode_url_component(Evaluator& evaluator, Args args) {
  return decode(evaluator, args[0], "", "decodeUrlComponent");
}

Value decode_url(Evaluator& evaluator, Args args) {
  return decode(evaluator, args[0], kReserved, "decodeUrl");
}

}  // namespace soma::workflow::jsonata::native
