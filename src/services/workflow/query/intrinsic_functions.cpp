#include "services/workflow/query/intrinsic_functions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "services/workflow/query/query.h"

namespace soma::workflow::query {
namespace {

constexpr size_t kAny = kMaxIntrinsicArguments;
constexpr IntrinsicFunction kFunctions[] = {
    {"States.Array", 0, kAny, make_array},
    {"States.ArrayPartition", 2, 2, array_partition},
    {"States.ArrayContains", 2, 2, array_contains},
    {"States.ArrayRange", 3, 3, array_range},
    {"States.ArrayGetItem", 2, 2, array_get_item},
    {"States.ArrayLength", 1, 1, array_length},
    {"States.ArrayUnique", 1, 1, array_unique},
    {"States.Base64Encode", 1, 1, base64_encode},
    {"States.Base64Decode", 1, 1, base64_decode},
    {"States.Hash", 2, 2, hash},
    {"States.JsonMerge", 3, 3, json_merge},
    {"States.StringToJson", 1, 1, string_to_json},
    {"States.JsonToString", 1, 1, json_to_string},
    {"States.MathRandom", 2, 3, math_random},
    {"States.MathAdd", 2, 2, math_add},
    {"States.StringSplit", 2, 2, string_split},
    {"States.UUID", 0, 0, make_uuid},
    {"States.Format", 1, kAny, format},
};

// Java's Double.toString: digits between 0.001 and ten million, else "1.0E10".
std::string rendered(double number) {
  if (number == 0) return std::signbit(number) ? "-0.0" : "0.0";
  if (!std::isfinite(number)) return std::isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
  std::array<char, 64> buffer;
  double magnitude = std::abs(number);
  bool plain = magnitude >= 1e-3 && magnitude < 1e7;
  auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                    plain ? std::chars_format::fixed : std::chars_format::scientific);
  std::string digits(buffer.data(), end);
  if (plain) return digits.find('.') == std::string::npos ? digits + ".0" : digits;
  size_t exponent_at = digits.find('e');
  std::string mantissa = digits.substr(0, exponent_at);
  if (mantissa.find('.') == std::string::npos) mantissa += ".0";
  int exponent = 0;
  const char* from = digits.data() + exponent_at + (digits[exponent_at + 1] == '+' ? 2 : 1);
  std::from_chars(from, digits.data() + digits.size(), exponent);
  return mantissa + "E" + std::to_string(exponent);
}

}  // namespace

const IntrinsicFunction* find_intrinsic(std::string_view name) {
  const auto* found = std::ranges::find(kFunctions, name, &IntrinsicFunction::name);
  return found == std::end(kFunctions) ? nullptr : found;
}

std::unexpected<std::string> invalid_arguments(std::string_view name) {
  return std::unexpected("Invalid arguments in " + std::string(name));
}

std::string rendered(const json::Value& value) {
  if (value.is_string()) return value.as_string();
  if (value.type() == json::Type::kDouble) return rendered(value.as_double());
  if (!value.is_array() && !value.is_object()) return json::write(value);
  std::string out(1, value.is_array() ? '[' : '{');
  if (value.is_array()) {
    for (const json::Value& element : value.as_array()) {
      if (out.size() > 1) out += ", ";
      out += rendered(element);
    }
  } else {
    for (const json::Member& member : value.as_object()) {
      if (out.size() > 1) out += ", ";
      out += member.first + "=" + rendered(member.second);
    }
  }
  return out + (value.is_array() ? ']' : '}');
}

}  // namespace soma::workflow::query
