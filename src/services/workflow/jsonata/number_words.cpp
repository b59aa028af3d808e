#include "services/workflow/jsonata/number_words.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "services/workflow/jsonata/failure.h"
#include "services/workflow/jsonata/number_text.h"
#include "services/workflow/jsonata/text.h"

namespace soma::workflow::jsonata {
namespace {

constexpr std::string_view kFew[] = {"Zero",    "One",     "Two",       "Three",    "Four",
                                     "Five",    "Six",     "Seven",     "Eight",    "Nine",
                                     "Ten",     "Eleven",  "Twelve",    "Thirteen", "Fourteen",
                                     "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen"};
constexpr std::string_view kOrdinals[] = {
    "Zeroth",     "First",     "Second",    "Third",       "Fourth",     "Fifth",     "Sixth",
    "Seventh",    "Eighth",    "Ninth",     "Tenth",       "Eleventh",   "Twelfth",   "Thirteenth",
    "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth", "Nineteenth"};
constexpr std::string_view kTens[] = {"Twenty", "Thirty",  "Forty",  "Fifty",
                                      "Sixty",  "Seventy", "Eighty", "Ninety"};
constexpr std::string_view kMagnitudes[] = {"Thousand", "Million", "Billion", "Trillion"};

struct Numeral {
  double value;
  std::string_view text;
};
constexpr Numeral kNumerals[] = {{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"},
                                 {90, "xc"},  {50, "l"},   {40, "xl"}, {10, "x"},   {9, "ix"},
                                 {5, "v"},    {4, "iv"},   {1, "i"}};
// Beyond it Roman numerals are rows of thousands.
constexpr double kMaxRoman = 1e7;
// A double's largest value is below 1e309: that many trillions of trillions.
constexpr int kMaxMagnitudes = 30;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

std::string with_ieth(std::string_view tens) {
  return std::string(tens.substr(0, tens.size() - 1)) + "ieth";
}

void say(std::string& out, double number, bool follows, bool ordinal, int depth) {
  if (depth > kMaxMagnitudes) return;
  if (number <= 19) {
    const auto index = static_cast<size_t>(number);
    out.append(follows ? " and " : "").append(ordinal ? kOrdinals[index] : kFew[index]);
  } else if (number < 100) {
    const auto index = static_cast<size_t>(number / 10) - 2;
    const double rest = std::fmod(number, 10);
    out.append(follows ? " and " : "");
    if (rest > 0) {
      out.append(kTens[index]).append("-");
      say(out, rest, false, ordinal, depth + 1);
    } else {
      out.append(ordinal ? with_ieth(kTens[index]) : std::string(kTens[index]));
    }
  } else {
    double unit = 100;
    std::string_view name = "Hundred";
    if (number >= 1000) {
      const auto magnitude =
          std::min<size_t>(static_cast<size_t>(std::log10(number) / 3), std::size(kMagnitudes));
      unit = std::pow(10, static_cast<double>(magnitude * 3));
      name = kMagnitudes[magnitude - 1];
    }
    const double count = std::floor(number / unit), rest = number - count * unit;
    out.append(follows ? ", " : "");
    say(out, count, false, false, depth + 1);
    out.append(" ").append(name);
    if (rest > 0) {
      say(out, rest, true, ordinal, depth + 1);
    } else if (ordinal) {
      out.append("th");
    }
  }
}

// Every word with its value, in the order in which a pattern tries them.
const std::vector<std::pair<std::string, double>>& words() {
  static const auto all = [] {
    std::vector<std::pair<std::string, double>> list;
    for (size_t at = 0; at < std::size(kFew); ++at)
      list.emplace_back(lower(kFew[at]), static_cast<double>(at));
    for (size_t at = 0; at < std::size(kOrdinals); ++at)
      list.emplace_back(lower(kOrdinals[at]), static_cast<double>(at));
    for (size_t at = 0; at < std::size(kTens); ++at) {
      list.emplace_back(lower(kTens[at]), static_cast<double>((at + 2) * 10));
      list.emplace_back(lower(with_ieth(kTens[at])), static_cast<double>((at + 2) * 10));
    }
    list.emplace_back("hundred", 100);
    list.emplace_back("hundredth", 100);
    for (size_t at = 0; at < std::size(kMagnitudes); ++at) {
      const double value = std::pow(1000, static_cast<double>(at + 1));
      list.emplace_back(lower(kMagnitudes[at]), value);
      list.emplace_back(lower(kMagnitudes[at]) + "th", value);
    }
    return list;
  }();
  return all;
}

double value_of_word(std::string_view word) {
  static const std::map<std::string, double, std::less<>> values(words().begin(), words().end());
  const auto known = values.find(word);
  return known == values.end() ? kNone : known->second;
}

// Splits at ", ", " and ", white space, hyphens and backslashes.
std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> parts;
  size_t start = 0;
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  for (size_t at = 0; at < text.size();) {
    size_t length = 0;
    if (text[at] == ',' && at + 1 < text.size() && is_space(text[at + 1])) {
      length = 2;
    } else if (is_space(text[at])) {
      const bool is_and =
          text.substr(at + 1).starts_with("and") && at + 4 < text.size() && is_space(text[at + 4]);
      length = is_and ? 5 : 1;
    } else if (text[at] == '-' || text[at] == '\\') {
      length = 1;
    }
    if (length == 0) {
      ++at;
      continue;
    }
    parts.push_back(text.substr(start, at - start));
    start = at += length;
  }
  parts.push_back(text.substr(start));
  return parts;
}

}  // namespace

std::string to_words(double integer, bool ordinal) {
  if (!std::isfinite(integer)) return number_text(integer);
  std::string words;
  say(words, integer, false, ordinal, 0);
  return words;
}

double from_words(std::string_view text) {
  std::vector<double> segments = {0};
  for (const std::string_view word : split_words(text)) {
    const double value = value_of_word(word);
    if (value < 100) {
      double top = segments.back();
      segments.pop_back();
      if (top >= 1000) {
        segments.push_back(top);
        top = 0;
      }
      segments.push_back(top + value);
    } else {
      segments.back() *= value;
    }
  }
  double sum = 0;
  for (const double segment : segments) sum += segment;
  return sum;
}

std::string words_pattern() {
  std::string pattern = "(?:";
  for (const auto& [word, value] : words()) pattern.append(word).append("|");
  return pattern.append("and|[\\-, ])+");
}

std::string to_roman(double integer) {
  if (integer > kMaxRoman)
    throw Failure{.code = "D2014", .value = std::to_string(integer), .message = "kMaxRoman"};
  std::string roman;
  for (const auto& [value, text] : kNumerals) {
    for (; integer >= value; integer -= value) roman += text;
  }
  return roman;
}

double from_roman(std::string_view text) {
  static constexpr std::pair<char, double> kValues[] = {{'M', 1000}, {'D', 500}, {'C', 100}, {'L', 50},
                                                        {'X', 10},   {'V', 5},   {'I', 1}};
  double sum = 0, largest = 1;
  for (size_t at = text.size(); at-- > 0;) {
    const auto numeral = std::ranges::find(kValues, text[at], &std::pair<char, double>::first);
    if (numeral == std::end(kValues)) return kNone;
    if (numeral->second < largest) {
      sum -= numeral->second;
    } else {
      largest = numeral->second;
      sum += largest;
    }
  }
  return sum;
}

std::string to_letters(double integer, char first) {
  std::string reversed;
  for (; integer > 0 && std::isfinite(integer); integer = std::floor((integer - 1) / 26)) {
    reversed += static_cast<char>(first + static_cast<int>(std::fmod(integer - 1, 26)));
  }
  std::ranges::reverse(reversed);
  return reversed;
}

double from_letters(std::string_view text, char first) {
  double sum = 0;
  for (const char16_t letter : to_utf16(text)) sum = sum * 26 + (letter - first + 1);
  return sum;
}

}  // namespace soma::workflow::jsonata
