#include "services/workflow/jsonata/number_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace soma::workflow::jsonata {
namespace {

constexpr double kExactInteger = 1e15;  // below it an integer's text is its digits
constexpr int kSignificantDigits = 15;
// No double has more significant digits.
constexpr int kExactDigits = 800;
// The longest fixed text is 309 digits before the point.
constexpr size_t kLongestText = 1100;

struct Decimal {
  std::string digits;  // without leading and trailing zeros
  int point = 0;       // 0.DIGITS × 10^point
};

// Of a finite number above 0. precision < 0: the shortest that reads back.
Decimal decimal(double number, int precision) {
  char buffer[kLongestText];
  const auto end =
      precision < 0
          ? std::to_chars(buffer, std::end(buffer), number, std::chars_format::scientific)
          : std::to_chars(buffer, std::end(buffer), number, std::chars_format::scientific, precision);
  const std::string_view text(buffer, end.ptr);
  const size_t exponent = text.find('e');
  Decimal result;
  std::ranges::copy_if(text.substr(0, exponent), std::back_inserter(result.digits),
                       [](char c) { return c != '.'; });
  result.digits.resize(std::max<size_t>(result.digits.find_last_not_of('0') + 1, 1));
  const char* sign = text.data() + exponent + 1;
  std::from_chars(*sign == '+' ? sign + 1 : sign, text.data() + text.size(), result.point);
  ++result.point;
  return result;
}

void append_decimal(std::string& out, const Decimal& value) {
  const int count = static_cast<int>(value.digits.size());
  if (value.point >= count && value.point <= 21) {
    out.append(value.digits).append(static_cast<size_t>(value.point - count), '0');
  } else if (value.point > 0 && value.point <= 21) {
    out.append(value.digits, 0, static_cast<size_t>(value.point)).append(1, '.');
    out.append(value.digits, static_cast<size_t>(value.point));
  } else if (value.point > -6 && value.point <= 0) {
    out.append("0.").append(static_cast<size_t>(-value.point), '0').append(value.digits);
  } else {
    out += value.digits[0];
    if (count > 1) out.append(1, '.').append(value.digits, 1);
    const int exponent = value.point - 1;
    out.append(exponent < 0 ? "e-" : "e+").append(std::to_string(std::abs(exponent)));
  }
}

// The digit behind position `kept` and everything after it are exactly one half. Where the shortest digits
// are no tie, the exact ones are none either.
bool is_tie(const Decimal& exact, size_t kept) {
  return exact.digits.size() == kept + 1 && exact.digits.back() == '5';
}

// The next decimal of as many digits.
void round_up(Decimal& value, size_t kept) {
  value.digits.resize(kept, '0');
  size_t at = kept;
  while (at > 0 && value.digits[at - 1] == '9') value.digits[--at] = '0';
  if (at > 0) {
    ++value.digits[at - 1];
  } else {
    value.digits.insert(0, 1, '1');
    ++value.point;
  }
}

double read(const Decimal& value, bool negative) {
  char text[kLongestText];
  char* end = std::copy(value.digits.begin(), value.digits.end(), std::copy_n("0.", 2, text));
  *end++ = 'e';
  end = std::to_chars(end, std::end(text), value.point).ptr;
  double number = 0;
  if (std::from_chars(text, end, number).ec == std::errc::result_out_of_range) {
    number = value.point > 0 ? std::numeric_limits<double>::infinity() : 0;
  }
  return negative ? -number : number;
}

}  // namespace

void append_number(std::string& out, double number) {
  if (std::isnan(number)) {
    out += "NaN";
  } else if (std::isinf(number)) {
    out += number < 0 ? "-Infinity" : "Infinity";
  } else if (std::trunc(number) == number && std::abs(number) < kExactInteger) {
    char buffer[24];
    const auto end = std::to_chars(buffer, std::end(buffer), static_cast<int64_t>(number));
    out.append(buffer, end.ptr);
  } else {
    if (number < 0) out += '-';
    append_decimal(out, decimal(std::abs(number), -1));
  }
}

std::string number_text(double number) {
  std::string text;
  append_number(text, number);
  return text;
}

double to_15_digits(double number) {
  if (!std::isfinite(number) || (std::trunc(number) == number && std::abs(number) < kExactInteger))
    return number;
  const double magnitude = std::abs(number);
  const Decimal shortest = decimal(magnitude, -1);
  if (shortest.digits.size() <= kSignificantDigits) return number;
  Decimal rounded = decimal(magnitude, kSignificantDigits - 1);
  if (is_tie(shortest, kSignificantDigits)) {
    if (Decimal exact = decimal(magnitude, kExactDigits); is_tie(exact, kSignificantDigits)) {
      rounded = std::move(exact);
      round_up(rounded, kSignificantDigits);
    }
  }
  return read(rounded, number < 0);
}

std::string fixed_text(double number, int digits) {
  if (!std::isfinite(number) || number >= 1e21) return number_text(number);
  char buffer[kLongestText];
  const auto end = std::to_chars(buffer, std::end(buffer), number, std::chars_format::fixed, digits);
  std::string text(buffer, end.ptr);
  if (number == 0) return text;
  const Decimal shortest = decimal(number, -1);
  const int kept = shortest.point + digits;
  if (kept < 0 || !is_tie(shortest, static_cast<size_t>(kept))) return text;
  Decimal exact = decimal(number, kExactDigits);
  if (!is_tie(exact, static_cast<size_t>(kept))) return text;
  // to_chars rounds a half to the even digit; JavaScript takes the larger.
  round_up(exact, static_cast<size_t>(kept));
  if (exact.point <= 0) {
    exact.digits.insert(0, static_cast<size_t>(1 - exact.point), '0');
    exact.point = 1;
  }
  const int length = exact.point + digits;
  exact.digits.resize(static_cast<size_t>(length), '0');
  if (digits > 0) exact.digits.insert(static_cast<size_t>(exact.point), 1, '.');
  return exact.digits;
}

std::string radix_text(double integer, int radix) {
  if (radix == 10 || !std::isfinite(integer)) return number_text(integer);
  static constexpr char kDigits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string reversed;
  double rest = std::abs(integer);
  // Digits that a double of this size cannot tell apart are zeros (as V8 has it, with the rests it leaves).
  for (; rest / radix >= 0x1p53; rest /= radix) reversed += '0';
  do {
    const double digit = std::fmod(rest, radix);
    reversed += kDigits[static_cast<int>(digit)];
    rest = (rest - digit) / radix;
  } while (rest > 0);
  if (integer < 0) reversed += '-';
  std::ranges::reverse(reversed);
  return reversed;
}

int decimal_places(double number) {
  if (number == 0 || !std::isfinite(number)) return 0;
  const Decimal value = decimal(std::abs(number), -1);
  return static_cast<int>(value.digits.size()) - value.point;
}

double shift_decimal(double number, int by) {
  if (number == 0 || by == 0 || !std::isfinite(number)) return number;
  Decimal value = decimal(std::abs(number), -1);
  value.point += by;
  return read(value, number < 0);
}

std::optional<double> read_decimal(std::string_view text) {
  std::string_view unsigned_text = text;
  if (unsigned_text.starts_with('-')) unsigned_text.remove_prefix(1);
  if (unsigned_text.empty() || unsigned_text[0] < '0' || unsigned_text[0] > '9') return std::nullopt;
  double number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ptr != text.data() + text.size()) return std::nullopt;
  if (end.ec == std::errc::result_out_of_range) {
    // Too small is 0 in JavaScript and too large is no number.
    const size_t exponent = text.find_first_of("eE");
    const bool tiny =
        exponent != std::string_view::npos ? text[exponent + 1] == '-' : unsigned_text[0] == '0';
    return tiny ? std::optional(0.0) : std::nullopt;
  }
  return number;
}

double leading_integer(std::string_view text) {
  const size_t start = std::min(text.find_first_not_of(" \t\n\r\v\f"), text.size());
  text.remove_prefix(start);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0) return std::numeric_limits<double>::quiet_NaN();
  const double magnitude =
      read_decimal(text.substr(0, digits)).value_or(std::numeric_limits<double>::infinity());
  return negative ? -magnitude : magnitude;
}

}  // namespace soma::workflow::jsonata
