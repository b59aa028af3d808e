// Pictures of integers, as XPath's fn:format-integer has them: "#,##0", "Ww;o", "I". Private to jsonata/.
// Source: XPath and XQuery Functions and Operators 3.1, section 4.6, as far as the reference follows it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace soma::workflow::jsonata {

class IntegerPicture {
 public:
  enum class Form { kDecimal, kLetters, kRoman, kWords, kSequence };
  enum class Case { kLower, kUpper, kTitle };

  // Fails with D3131.
  static IntegerPicture parse(std::string_view picture);

  // Fails with D3130 for a form that is not known.
  std::string format(double integer) const;
  // The number that the text says; NaN where it says none. Fails with D3130.
  double read(std::string_view text) const;
  // A regular expression for texts that read() takes, of `width` digits at most where it is above 0.
  std::string pattern(int width) const;

  struct Separator {
    size_t position = 0;  // digits to its right
    char32_t character = 0;
  };

  Form form = Form::kDecimal;
  Case letter_case = Case::kLower;
  bool ordinal = false;
  std::string token{};  // of a sequence: the picture
  char32_t zero = '0';  // of the digits' family
  size_t mandatory_digits = 0;
  size_t optional_digits = 0;
  bool is_regular = false;  // every `regular` stands for a separator each position digits
  Separator regular{};
  std::vector<Separator> separators{};  // from the right

 private:
  std::string decimal(double integer) const;
};

}  // namespace soma::workflow::jsonata
