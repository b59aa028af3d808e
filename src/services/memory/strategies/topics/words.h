// A text as words, for rules that look for phrases.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace soma::memory::topics {

// The words (language/words.h) in small letters with one space around each: " it doesn't work ".
std::string spaced_words(std::string_view text);

// Does a text of spaced_words() hold one of the phrases ("never mind") as whole words?
bool says(std::string_view spaced, std::span<const std::string_view> phrases);
// ... at its beginning?
bool begins(std::string_view spaced, std::span<const std::string_view> phrases);

// The words of a text of spaced_words(); views into it.
std::vector<std::string_view> words(std::string_view spaced);

template <typename List>
bool is_among(const List& list, std::string_view word) {
  return std::ranges::find(list, word) != std::ranges::end(list);
}

// The text's stems that carry meaning, each once, sorted.
std::vector<std::string> distinct_terms(std::string_view text);
// How many of the sorted `left` are in the sorted `right`.
size_t shared(std::span<const std::string> left, std::span<const std::string> right);

// The text on one line, trimmed, in valid UTF-8, cut at a word to at most `max_bytes` and then ended by "…".
// Control characters become spaces. `max_bytes` is at least 8.
std::string condensed(std::string_view text, size_t max_bytes);

}  // namespace soma::memory::topics
