// The words of a sentence, and what kinds of words there are, as far as lists can tell.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace soma::memory::language {

struct Word {
  std::string_view raw;      // in the text
  std::string folded;        // in small letters, ’ as '
  bool after_break = false;  // a comma, dash, bracket or other mark stands before it
};

// Letters, digits and what stands inside words and numbers ("don't", "well-known", "11:15", "3.5", "$20").
// Linear; any bytes are allowed, what is not ASCII counts as letters.
std::vector<Word> words(std::string_view text);

bool is_negation(std::string_view folded);   // not, never, no, can't, don't, …
bool is_adverb(std::string_view folded);     // that may stand between subject and verb: really, strongly, …
bool is_stop_word(std::string_view folded);  // says little alone: the, of, and, is, …
bool is_number(std::string_view folded);     // with a digit, or zero to twelve in letters
bool is_weekday(std::string_view folded);
bool is_month(std::string_view folded);  // "may" and "march" are not: they are other words as well
// Whether the word at `at` is a name by its looks: a capital inside a sentence, and not "I".
bool is_name(std::span<const Word> sentence, size_t at);

// What a text says, to compare it with another: its terms (core/search) and its negations, sorted, each once,
// without adverbs that only add weight ("really").
std::vector<std::string> content_words(std::string_view text);
// Shared words as a share of all words of both, 0..1; both sorted. Two empty ones are alike.
double jaccard(std::span<const std::string> left, std::span<const std::string> right);
bool contains_all(std::span<const std::string> whole, std::span<const std::string> part);  // both sorted

// Whether two texts say the same: their words overlap by kSameOverlap, or the shorter one's (kLeastContained
// or more) are all in the other; and numbers and negations are the same ones.
inline constexpr double kSameOverlap = 0.85;
inline constexpr size_t kLeastContained = 3;
bool says_the_same(std::string_view left, std::string_view right);
bool says_the_same(std::span<const std::string> left, std::span<const std::string> right);  // content words

}  // namespace soma::memory::language
