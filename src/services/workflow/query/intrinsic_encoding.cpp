#include <openssl/evp.h>

#include <array>
#include <span>

#include "services/workflow/query/intrinsic_functions.h"
#include "services/workflow/query/query.h"
#include "services/workflow/query/text_scan.h"

namespace soma::workflow::query {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The service's name of an algorithm and OpenSSL's.
constexpr std::pair<std::string_view, const char*> kAlgorithms[] = {
    {"MD5", "MD5"}, {"SHA-1", "SHA1"}, {"SHA-256", "SHA256"}, {"SHA-384", "SHA384"}, {"SHA-512", "SHA512"},
};

bool takes(const json::Value& value) {
  return value.is_string() && utf16_length(value.as_string()) <= kMaxIntrinsicCharacters;
}

std::string digest(std::string_view text, const char* algorithm) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  size_t size = 0;
  if (EVP_Q_digest(nullptr, algorithm, nullptr, text.data(), text.size(), bytes.data(), &size) != 1)
    return {};
  return os::hex_encode({reinterpret_cast<const char*>(bytes.data()), size});
}

}  // namespace

IntrinsicResult base64_encode(IntrinsicValues& values, const jsonata::Surroundings&) {
  if (!takes(*values[0])) return invalid_arguments("States.Base64Encode");
  return os::base64_encode(values[0]->as_string());
}

// Lenient as MIME is: characters of no meaning are passed over, and "=" ends the text.
IntrinsicResult base64_decode(IntrinsicValues& values, const jsonata::Surroundings&) {
  if (!takes(*values[0])) return invalid_arguments("States.Base64Decode");
  std::string bytes;
  uint32_t group = 0;
  int bits = 0;
  size_t digits = 0;
  for (char c : values[0]->as_string()) {
    if (c == '=' && digits > 0) break;
    size_t value = kBase64.find(c);
    if (value == std::string_view::npos) continue;
    ++digits;
    group = group << 6 | static_cast<uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits & 255);
  }
  if (digits % 4 == 1) return invalid_arguments("States.Base64Decode");
  return os::to_valid_utf8(bytes);
}

// What is no string is hashed as Format would show it.
IntrinsicResult hash(IntrinsicValues& values, const jsonata::Surroundings&) {
  std::string text = rendered(*values[0]);
  if (utf16_length(text) > kMaxIntrinsicCharacters) return invalid_arguments("States.Hash");
  for (const auto& [name, algorithm] : kAlgorithms) {
    if (values[1]->string_or("") == name) return digest(text, algorithm);
  }
  return invalid_arguments("States.Hash");
}

// Version 4 (RFC 9562): random but for the version and the variant.
IntrinsicResult make_uuid(IntrinsicValues&, const jsonata::Surroundings& surroundings) {
  std::array<uint8_t, 16> bytes;
  surroundings.ids.fill_random(bytes);
  bytes[6] = static_cast<uint8_t>(0x40 | (bytes[6] & 0x0F));
  bytes[8] = static_cast<uint8_t>(0x80 | (bytes[8] & 0x3F));
  std::string text = os::hex_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  for (size_t at : {20, 16, 12, 8}) text.insert(at, "-");
  return text;
}

}  // namespace soma::workflow::query
