// Numbers as JavaScript writes and reads them (ECMA-262, Number::toString and its neighbours). Private to
// jsonata/.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace soma::workflow::jsonata {

// The shortest digits that read back the same: "0.1", "1e+21", "100000000000000000000". -0 is "0".
std::string number_text(double number);
void append_number(std::string& out, double number);
// Rounded to 15 significant digits, as every number is before it is written by $string.
double to_15_digits(double number);
// `digits` behind the point, at most kMaxFixedDigits; halves away from zero. Of a number that is not
// negative.
inline constexpr int kMaxFixedDigits = 100;
std::string fixed_text(double number, int digits);
// An integer in another radix, 2 to 36.
std::string radix_text(double integer, int radix);
// How many digits its shortest text has behind the point; below 0 where it ends in zeros before it.
int decimal_places(double number);
// number × 10^by, by moving the decimal point of its text: no rounding of the factor.
double shift_decimal(double number, int by);
// The whole text as decimal digits with optional sign, fraction and exponent.
std::optional<double> read_decimal(std::string_view text);
// The integer at the text's start, as parseInt: leading white space, a sign, digits; NaN without digits.
double leading_integer(std::string_view text);

}  // namespace soma::workflow::jsonata
