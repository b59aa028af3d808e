// Patterns over words: how lists of cues are written.
//
//   "i ~ prefer|favour"      the word i, up to kMaxAdverbs adverbs, one of two words
//   "i'm not a? fan of"      a? may be missing
//   "my favourite _ is"      _ is any word
//
// A word that the next element wants is never taken by ~ or by an optional element. No backtracking: a match
// costs at most the pattern's length.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "services/memory/strategies/language/words.h"

namespace soma::memory::language {

inline constexpr size_t kMaxAdverbs = 3;

// A list of patterns, found by their first word, which is a plain one. The patterns' texts outlive it.
class PatternList {
 public:
  explicit PatternList(std::span<const std::string_view> patterns);

  struct Match {
    size_t pattern;     // its place in the list
    size_t begin, end;  // the words that it covers
  };
  // The first pattern of the list that matches at word `at`.
  std::optional<Match> at(std::span<const Word> sentence, size_t at) const;
  // The match that begins first.
  std::optional<Match> first(std::span<const Word> sentence) const;

 private:
  struct Element {
    std::vector<std::string_view> any_of{};  // empty: any word
    bool adverbs = false;
    bool optional = false;
  };
  using Elements = std::vector<Element>;

  static bool fits(const Element& element, std::string_view folded);
  static std::optional<size_t> end_of(const Elements& elements, std::span<const Word> sentence, size_t at);

  std::vector<Elements> patterns_;
  std::unordered_map<std::string_view, std::vector<size_t>> by_first_word_;
};

}  // namespace soma::memory::language
