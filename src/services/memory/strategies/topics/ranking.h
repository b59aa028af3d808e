// Which sentences of a text say most of it.
//
// Greedy weighted coverage, the idea of SumBasic (Nenkova and Vanderwende, 2005): a sentence is worth the
// words that many sentences share, and words that were chosen already are worth little. Measured on the
// sessions of LoCoMo against their summaries (see the README), it is better than the longest sentences, than
// the first ones, and than centrality (LexRank), which prefers what everybody says to what was told.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace soma::memory::topics {

inline constexpr size_t kMaxRankedSentences = 2'000;  // what is over is not looked at

struct Candidate {
  std::string_view text;
  double weight = 1;     // of who says it
  bool bounded = false;  // of those who may take half of the budget together
};

// The indices of the chosen ones, ascending; their texts are at most `budget_bytes` together. Deterministic:
// of equal ones the earlier.
std::vector<size_t> choose_sentences(std::span<const Candidate> candidates, size_t budget_bytes);

}  // namespace soma::memory::topics
