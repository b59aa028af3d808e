// Numbers as English words and Roman numerals. Private to jsonata/.
#pragma once

#include <string>
#include <string_view>

namespace soma::workflow::jsonata {

// "Twenty-One", "One Hundred and First". Of an integer that is not negative.
std::string to_words(double integer, bool ordinal);
// Of lower-case words; NaN when one is unknown.
double from_words(std::string_view text);
// An alternation of everything that words are made of, for a regular expression.
std::string words_pattern();

// "mcmxc"
std::string to_roman(double integer);
// Of upper-case numerals; NaN when one is unknown.
double from_roman(std::string_view text);
// "a", "z", "aa": the names of spreadsheet columns.
std::string to_letters(double integer, char first);
double from_letters(std::string_view text, char first);

}  // namespace soma::workflow::jsonata
