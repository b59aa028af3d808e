// What a stretch of talk is about, in a few phrases.
//
// Candidates are runs of words that carry meaning, as in RAKE (Rose et al., 2010), of one to three words. A
// phrase is worth how often its words occur; more when it occurs again as a whole, or is written like a name.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace soma::memory::topics {

inline constexpr size_t kMaxPhraseBytes = 60;
inline constexpr size_t kMaxPhraseTextBytes = 64u << 10;  // of all passages together: the rest has no say

struct Passage {
  std::string_view text;
  double weight = 1;
};

// At most `limit` phrases in title form ("Broken Window"), best first, no word in two of them. Empty when
// nothing is said.
std::vector<std::string> keyphrases(std::span<const Passage> passages, size_t limit);

}  // namespace soma::memory::topics
