// The word lists of reflex, each in one place. Private to core/model/reflex.
#pragma once

#include <optional>
#include <string_view>

namespace soma::model::reflex {

// Words that say nothing about a subject.
bool is_stop_word(std::string_view lower_word);

// The stem that stands for all stems of the same meaning: "fee" is "pric"; a stem without synonyms is itself.
// The result is `stem` or lives as long as the program.
std::string_view common_synonym(std::string_view stem);

// "it", "its", "they", "their": what was spoken of before.
bool has_pronoun(std::string_view text);

// 1 to 12 for "may", "sept", "December"; nothing for "mayor".
std::optional<int> month_number(std::string_view lower_word);
// 0 to 12 for "zero" to "twelve", and for "a" nothing.
std::optional<int> number_word(std::string_view lower_word);
bool is_day_name(std::string_view lower_word);

// By stem: people and tickets, as a booking counts them.
bool is_party(std::string_view stem);
// By stem: what a site lists by date ("headline", "article").
bool is_news(std::string_view stem);
// By stem: what is told of a thing in a word or two ("price", "weight", "opening hours").
bool is_fact(std::string_view stem);
// By stem: words that only give an answer's form ("list", "most", "price", "item").
bool is_form_word(std::string_view stem);

// What an adjective measures and which way it points: "heavier" is the weight, upwards. `measure` is empty
// when the adjective alone names no column ("highest").
struct Degree {
  std::string_view word;  // one or two lower-case words: a comparative and a superlative have a row each
  std::string_view measure;
  bool highest;
  bool superlative;
};
// The first superlative (or comparative) that stands in the question; null when none does.
const Degree* find_degree(std::string_view question, bool superlative);

}  // namespace soma::model::reflex
