// Words, stems, similarity and numbers: what reflex knows of language. Private to core/model/reflex.
//
// Light by intent: a stem is good when both sides of a comparison get the same one ("prices", "pricing" and
// "price" are "pric").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/reflex/vocabulary.h"

namespace soma::model::reflex {

// Words in lower case. Letters, digits, and what joins them inside a word ("don't", "10.5", "e-mail");
// anything else separates.
std::vector<std::string> words(std::string_view text);

// A word in lower case without its ending, British and American spellings made equal, synonyms folded ("fee"
// is "pric").
std::string stem(std::string_view lower_word);

// The stems that carry meaning; all stems when there is nothing but stop words ("about us").
std::vector<std::string> terms(std::string_view text);

// How well `label` answers to `wanted`, 0 to 1; kSimilar and more is a match.
double similarity(std::string_view wanted, std::string_view label);
inline constexpr double kSimilar = 0.5;

// Sentences of running text: split after . ! ? before white space, and at line ends.
std::vector<std::string> sentences(std::string_view text);

// The first number of a cell: "£1,234.50" is 1234.5, "12 kg" 12, "-3%" -3. Nothing when no digit is there.
std::optional<double> first_number(std::string_view text);
// Whole numbers without a point, others with at most two digits behind it.
std::string format_number(double number);
bool has_currency(std::string_view text);

// The text without white space and the given characters at its ends.
std::string_view strip(std::string_view text, std::string_view characters);
bool contains(std::string_view text, std::string_view part);
// ASCII case ignored.
bool contains_word(std::string_view text, std::string_view lower_word);
std::string capitalized(std::string_view text);
// At most `max_bytes`, ending at a word, with "…" where something was cut.
std::string shortened(std::string_view text, size_t max_bytes);

}  // namespace soma::model::reflex
