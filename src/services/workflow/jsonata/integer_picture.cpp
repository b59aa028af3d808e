#include "services/workflow/jsonata/integer_picture.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <ranges>

#include "services/workflow/jsonata/failure.h"
#include "services/workflow/jsonata/number_text.h"
#include "services/workflow/jsonata/number_words.h"
#include "services/workflow/jsonata/text.h"
#include "services/workflow/jsonata/value.h"

namespace soma::workflow::jsonata {
namespace {

// The zeros of Unicode's families of decimal digits, in the basic plane.
constexpr char32_t kZeros[] = {0x30,   0x660,  0x6F0,  0x7C0,  0x966,  0x9E6,  0xA66,  0xAE6,  0xB66,  0xBE6,
                               0xC66,  0xCE6,  0xD66,  0xDE6,  0xE50,  0xED0,  0xF20,  0x1040, 0x1090, 0x17E0,
                               0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620,
                               0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10};
constexpr size_t kMostDigits = 10'000;

using Form = IntegerPicture::Form;
using Case = IntegerPicture::Case;

struct NamedForm {
  std::string_view picture;
  Form form;
  Case letter_case;
};
constexpr NamedForm kNamed[] = {{"A", Form::kLetters, Case::kUpper}, {"a", Form::kLetters, Case::kLower},
                                {"I", Form::kRoman, Case::kUpper},   {"i", Form::kRoman, Case::kLower},
                                {"W", Form::kWords, Case::kUpper},   {"Ww", Form::kWords, Case::kTitle},
                                {"w", Form::kWords, Case::kLower}};

// The zero of the family that a digit belongs to, or 0.
char32_t family_of(char32_t character) {
  const auto zero = std::ranges::find_if(
      kZeros, [&](char32_t first) { return character >= first && character <= first + 9; });
  return zero == std::end(kZeros) ? 0 : *zero;
}

void read_digits(IntegerPicture& picture, std::string_view text) {
  const std::u32string characters = [&] {
    std::u32string all;
    for (size_t at = 0; at < text.size();) all += decode(text, at);
    return all;
  }();
  char32_t family = 0;
  size_t position = 0;
  for (const char32_t character : characters | std::views::reverse) {
    const char32_t zero = family_of(character);
    if (zero != 0) {
      if (family != 0 && zero != family) throw Failure{.code = "D3131"};
      family = zero;
      ++picture.mandatory_digits;
      ++position;
    } else if (character == '#') {
      ++picture.optional_digits;
      ++position;
    } else {
      picture.separators.push_back({position, character});
    }
  }
  if (family == 0) {
    picture.form = Form::kSequence;
    picture.token = text;
    return;
  }
  picture.zero = family;
}

// One separator that stands at every multiple of a distance, or distance 0.
size_t regular_distance(const std::vector<IntegerPicture::Separator>& separators) {
  if (separators.empty()) return 0;
  size_t factor = separators[0].position;
  for (const auto& separator : separators) {
    if (separator.character != separators[0].character) return 0;
    factor = std::gcd(factor, separator.position);
  }
  for (size_t index = 1; index <= separators.size(); ++index) {
    if (std::ranges::find(separators, index * factor, &IntegerPicture::Separator::position) ==
        separators.end())
      return 0;
  }
  return factor;
}

std::string_view ordinal_suffix(std::string_view digits) {
  const char last = digits.empty() ? '0' : digits.back();
  if (digits.size() > 1 && digits[digits.size() - 2] == '1') return "th";
  return last == '1' ? "st" : last == '2' ? "nd" : last == '3' ? "rd" : "th";
}

}  // namespace

IntegerPicture IntegerPicture::parse(std::string_view picture) {
  IntegerPicture result;
  const size_t semicolon = picture.rfind(';');
  const std::string_view primary = picture.substr(0, semicolon);
  result.ordinal = semicolon != std::string_view::npos && picture.substr(semicolon + 1).starts_with('o');
  const auto named = std::ranges::find(kNamed, primary, &NamedForm::picture);
  if (named != std::end(kNamed)) {
    result.form = named->form;
    result.letter_case = named->letter_case;
    return result;
  }
  read_digits(result, primary);
  if (const size_t distance = regular_distance(result.separators); distance > 0) {
    result.is_regular = true;
    result.regular = {distance, result.separators[0].character};
  }
  return result;
}

std::string IntegerPicture::decimal(double integer) const {
  std::string digits = number_text(integer);
  const size_t least = std::min(mandatory_digits, kMostDigits);
  if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
  if (zero == '0' && !is_regular && separators.empty()) {
    return ordinal ? digits.append(ordinal_suffix(digits)) : digits;
  }
  std::u32string characters;
  for (size_t at = 0; at < digits.size(); ++at) {
    if (is_regular && at > 0 && (digits.size() - at) % regular.position == 0) characters += regular.character;
    characters += static_cast<char32_t>(digits[at]) + zero - '0';
  }
  if (!is_regular) {
    for (const Separator& separator : separators | std::views::reverse) {
      const size_t size = characters.size();
      if (separator.position <= size) {
        characters.insert(size - separator.position, 1, separator.character);
      } else {  // a corner of the reference: where the number is too short, so much of its end is kept
        const size_t kept = std::min(separator.position - size, size);
        characters = separator.character + characters.substr(size - kept);
      }
    }
  }
  std::string text;
  for (const char32_t character : characters) append_code_point(text, character);
  if (ordinal) text += ordinal_suffix(text);
  return text;
}

std::string IntegerPicture::format(double integer) const {
  std::string text;
  const double magnitude = std::abs(integer);
  switch (form) {
    case Form::kDecimal:
      text = decimal(magnitude);
      break;
    case Form::kLetters:
      text = to_letters(magnitude, letter_case == Case::kUpper ? 'A' : 'a');
      break;
    case Form::kRoman:
      text = to_roman(magnitude);
      break;
    case Form::kWords:
      text = to_words(magnitude, ordinal);
      break;
    case Form::kSequence:
      throw Failure{.code = "D3130", .value = describe(std::string_view(token))};
  }
  if (letter_case == Case::kUpper) text = upper_case(text);
  if (letter_case == Case::kLower && form == Form::kWords) text = lower_case(text);
  return integer < 0 ? "-" + text : text;
}

double IntegerPicture::read(std::string_view text) const {
  switch (form) {
    case Form::kLetters:
      return from_letters(text, letter_case == Case::kUpper ? 'A' : 'a');
    case Form::kRoman:
      return from_roman(letter_case == Case::kUpper ? std::string(text) : upper_case(text));
    case Form::kWords:
      return from_words(lower_case(text));
    case Form::kSequence:
      throw Failure{.code = "D3130", .value = describe(std::string_view(token))};
    case Form::kDecimal:
      break;
  }
  if (ordinal) text = text.substr(0, text.size() < 2 ? 0 : text.size() - 2);
  std::string digits;
  for (size_t at = 0; at < text.size();) {
    const char32_t character = decode(text, at);
    const bool separates =
        is_regular ? character == ','
                   : std::ranges::find(separators, character, &Separator::character) != separators.end();
    if (separates) continue;
    append_code_point(digits, zero == '0' ? character : character - zero + '0');
  }
  return leading_integer(digits);
}

std::string IntegerPicture::pattern(int width) const {
  const bool upper = letter_case == Case::kUpper;
  switch (form) {
    case Form::kLetters:
      return upper ? "[A-Z]+" : "[a-z]+";
    case Form::kRoman:
      return upper ? "[MDCLXVI]+" : "[mdclxvi]+";
    case Form::kWords:
      return words_pattern();
    case Form::kSequence:
      throw Failure{.code = "D3130", .value = describe(std::string_view(token))};
    case Form::kDecimal:
      break;
  }
  std::string digits = "[0-9]";
  if (width <= 0) {
    digits += '+';
  } else if (optional_digits == 0) {
    digits += "{" + std::to_string(width) + "}";
  } else {
    const int least = std::max(width - static_cast<int>(optional_digits), 0);
    digits += "{" + std::to_string(least) + "," + std::to_string(width) + "}";
  }
  return ordinal ? digits + "(?:th|st|nd|rd)" : digits;
}

}  // namespace soma::workflow::jsonata
