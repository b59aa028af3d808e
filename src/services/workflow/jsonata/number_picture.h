// Pictures of numbers, as XPath's fn:format-number has them: "#,##0.00;(#,##0.00)", "0.0e0". Private to
// jsonata/. Source: XPath and XQuery Functions and Operators 3.1, section 4.7, as far as the reference
// follows it; where it strays, so does this.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace soma::workflow::jsonata {

// The characters that mean something in a picture, and those that are written.
struct NumberSymbols {
  // By the specification's name ("decimal-separator"); other names are ignored.
  void set(std::string_view name, std::string_view value);

  char16_t decimal_separator = '.';
  char16_t grouping_separator = ',';
  char16_t exponent_separator = 'e';
  char16_t zero_digit = '0';
  char16_t digit = '#';
  char16_t pattern_separator = ';';
  std::u16string minus_sign = u"-";
  std::u16string percent = u"%";
  std::u16string per_mille = u"\u2030";
};

class NumberPicture {
 public:
  // Fails with D3080 to D3093.
  static NumberPicture parse(std::string_view picture, const NumberSymbols& symbols = {});

  std::string format(double number) const;

  // What a sub-picture asks for.
  struct Measures {
    std::u16string prefix, suffix, subpicture;
    std::vector<size_t> integer_groups,
        fraction_groups;  // digits to the right of, to the left of a separator
    size_t regular_group = 0;
    size_t least_integer = 0, scale = 0, least_fraction = 0, most_fraction = 0, least_exponent = 0;
  };

 private:
  NumberSymbols symbols_;
  Measures positive_;
  Measures negative_;
};

}  // namespace soma::workflow::jsonata
