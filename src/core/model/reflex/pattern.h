// Phrases as data: small patterns over tokens. Private to core/model/reflex.
//
//   "click|press on? the? <label*> link|button?"
//
//   word          that word; `a|b` one of them; `go_to` two words; a trailing ? makes it optional
//   *             any tokens, none included
//   <name>        one token that is a quote, code, URL, path, number or word; <url> <quote> <code> <fence>
//   <path> <email> <number> take
//                 only that kind, <string> a quote or code
//   <name*>       one or more tokens, as few as the rest allows: captured as the text between them
//
// Punctuation between tokens is skipped by the pattern and kept in captures. A pattern covers its whole
// clause.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/reflex/prompt.h"

namespace soma::model::reflex {

using Captures = std::map<std::string, std::string, std::less<>>;

class Pattern {
 public:
  explicit Pattern(std::string_view source);
  // Captures of the clause's parts, or nothing. `prompt` is the text that the clause was cut from. Gives up
  // after kMaxMatchSteps.
  std::optional<Captures> match(const Clause& clause, std::string_view prompt) const;

 private:
  struct Item {
    enum class Kind { kWords, kGap, kOne, kMany } kind;
    std::vector<std::vector<std::string>> alternatives{};  // kWords
    std::string name{};                                    // kOne, kMany
    bool optional = false;
  };
  struct Match;
  bool match_from(size_t item, size_t token, Match& state) const;

  std::vector<Item> items_;
};

inline constexpr size_t kMaxMatchSteps = 20'000;

// The text of the prompt that tokens [first, last) cover; a single quote or code stands for what is inside
// it.
std::string covered_text(const Clause& clause, size_t first, size_t last, std::string_view prompt);

}  // namespace soma::model::reflex
