#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "services/workflow/jsonata/functions.h"
#include "services/workflow/jsonata/integer_picture.h"
#include "services/workflow/jsonata/number_picture.h"
#include "services/workflow/jsonata/number_text.h"
#include "services/workflow/jsonata/picture_cache.h"
#include "services/workflow/jsonata/rounding.h"

namespace soma::workflow::jsonata {

double round_half_even(double number, double places) {
  if (std::trunc(places) != places) return std::numeric_limits<double>::quiet_NaN();
  const int shift = static_cast<int>(std::clamp(places, -400.0, 400.0));
  if (shift > 0 && decimal_places(number) <= shift) return number == 0 ? 0 : number;
  const double shifted = shift_decimal(number, shift);
  double rounded = std::floor(shifted);
  if (shifted - rounded >= 0.5) ++rounded;
  if (std::abs(rounded - shifted) == 0.5 && std::abs(std::fmod(rounded, 2)) == 1) --rounded;
  rounded = shift_decimal(rounded, -shift);
  return rounded == 0 ? 0 : rounded;
}

namespace native {
namespace {

constexpr uint64_t kPictureSteps = 32;

double total(Evaluator& evaluator, Value numbers) {
  evaluator.spend(numbers.size() / 8);
  double sum = 0;
  for (size_t at = 0; at < numbers.size(); ++at) sum += numbers.item(at).number();
  return sum;
}

template <class Better>
Value best(Evaluator& evaluator, Value numbers, Better better) {
  if (numbers.is_undefined() || numbers.size() == 0) return Value();
  evaluator.spend(numbers.size() / 8);
  double best = numbers.item(0).number();
  for (size_t at = 1; at < numbers.size(); ++at) {
    const double number = numbers.item(at).number();
    if (std::isnan(number) || better(number, best)) best = number;
  }
  return best;
}

template <class Compute>
Value of_number(Value value, Compute compute) {
  return value.is_undefined() ? value : Value(static_cast<double>(compute(value.number())));
}

// A picture, paid for as if it had to be read.
std::string_view picture_text(Evaluator& evaluator, Value picture) {
  const std::string_view text = picture.is_string() ? picture.text() : "";
  evaluator.spend(kPictureSteps + text.size() * 2);
  return text;
}

// "0x1F", "0o17", "0b11"; nothing for anything else.
std::optional<double> prefixed_integer(std::string_view text) {
  if (text.size() < 3 || text[0] != '0') return std::nullopt;
  const char letter = static_cast<char>(text[1] | 0x20);
  const int radix = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
  if (radix == 0) return std::nullopt;
  double number = 0;
  for (const char c : text.substr(2)) {
    const int digit = c >= '0' && c <= '9'                     ? c - '0'
                      : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                               : 99;
    if (digit >= radix) return std::nullopt;
    number = number * radix + digit;
  }
  return number;
}

}  // namespace

Value sum(Evaluator& evaluator, Args args) {
  return args[0].is_undefined() ? args[0] : Value(total(evaluator, args[0]));
}

Value count(Evaluator&, Args args) {
  return args[0].is_undefined() ? 0.0 : static_cast<double>(args[0].size());
}

Value max(Evaluator& evaluator, Args args) {
  return best(evaluator, args[0], std::greater<double>());
}

Value min(Evaluator& evaluator, Args args) {
  return best(evaluator, args[0], std::less<double>());
}

Value average(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined() || args[0].size() == 0) return Value();
  return total(evaluator, args[0]) / static_cast<double>(args[0].size());
}

Value number(Evaluator&, Args args) {
  const Value value = args[0];
  if (value.is_undefined() || value.is_number()) return value;
  if (value.is_bool()) return value.boolean() ? 1.0 : 0.0;
  if (value.is_string()) {
    const std::string_view text = value.text();
    if (const auto number = prefixed_integer(text)) return *number;
    const bool ends_in_digit = !text.empty() && text.back() >= '0' && text.back() <= '9';
    const bool bare_point = text.contains(".e") || text.contains(".E");
    const auto number = ends_in_digit && !bare_point ? read_decimal(text) : std::nullopt;
    if (number) return *number;
  }
  throw Failure{.code = "D3030", .value = describe(value), .index = 1};
}

Value floor(Evaluator&, Args args) {
  return of_number(args[0], [](double number) { return std::floor(number); });
}

Value ceil(Evaluator&, Args args) {
  return of_number(args[0], [](double number) { return std::ceil(number); });
}

Value round(Evaluator&, Args args) {
  const double places = args[1].is_undefined() ? 0 : args[1].number();
  return of_number(args[0], [places](double number) { return round_half_even(number, places); });
}

Value abs(Evaluator&, Args args) {
  return of_number(args[0], [](double number) { return std::abs(number); });
}

Value sqrt(Evaluator&, Args args) {
  if (!args[0].is_undefined() && args[0].number() < 0) {
    throw Failure{.code = "D3060", .value = describe(args[0]), .index = 1};
  }
  return of_number(args[0], [](double number) { return std::sqrt(number); });
}

Value power(Evaluator&, Args args) {
  if (args[0].is_undefined()) return args[0];
  const double exponent =
      args[1].is_undefined() ? std::numeric_limits<double>::quiet_NaN() : args[1].number();
  // Unlike C, JavaScript has no value for 1 to the power of what is not a number.
  const double result = std::isnan(exponent) ? exponent : std::pow(args[0].number(), exponent);
  if (!std::isfinite(result)) {
    throw Failure{.code = "D3061", .value = describe(args[0]), .value2 = describe(args[1]), .index = 1};
  }
  return result;
}

Value format_base(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  const double radix = args[1].is_undefined() ? 10 : round_half_even(args[1].number(), 0);
  if (!(radix >= 2 && radix <= 36)) throw Failure{.code = "D3100", .value = describe(radix)};
  return evaluator.text(radix_text(round_half_even(args[0].number(), 0), static_cast<int>(radix)));
}

Value format_number(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  thread_local PictureCache<NumberPicture> pictures;
  const std::string_view picture = picture_text(evaluator, args[1]);
  if (args[2].is_undefined()) return evaluator.text(pictures.get(picture).format(args[0].number()));
  NumberSymbols symbols;
  for (const Member& member : members(evaluator.memory(), args[2])) {
    if (member.value.is_string()) symbols.set(member.key, member.value.text());
  }
  return evaluator.text(NumberPicture::parse(picture, symbols).format(args[0].number()));
}

namespace {

const IntegerPicture& integer_picture(std::string_view text) {
  thread_local PictureCache<IntegerPicture> pictures;
  return pictures.get(text);
}

}  // namespace

Value format_integer(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  const IntegerPicture& picture = integer_picture(picture_text(evaluator, args[1]));
  return evaluator.text(picture.format(std::floor(args[0].number())));
}

Value parse_integer(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  evaluator.spend(args[0].text().size() / 8);
  return integer_picture(picture_text(evaluator, args[1])).read(args[0].text());
}

}  // namespace native
}  // namespace soma::workflow::jsonata
