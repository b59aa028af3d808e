// Facts of a conversation: sentences of it that stand alone, or were made to.
//
// Which ones: statements with a name, a number, a date, or the speaker as their subject. Out: questions,
// greetings, thanks, praise, wishes, guesses, advice, what the assistant says about itself, and what it only
// repeats of the user's words. A sentence of two main clauses is two facts. "Actually, it's Bergen" is told
// as the fact that it corrects, put right.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/memory/strategies/language/corrections.h"
#include "services/memory/strategies/strategies.h"

namespace soma::memory {

inline constexpr size_t kMaxFactBytes = 600;   // a longer sentence is a text, not a fact
inline constexpr size_t kCorrectionReach = 6;  // turns back from a correction to what it corrects

struct Fact {
  std::string text;                  // in the third person, with absolute dates
  std::vector<std::string> sources;  // of the turns that it was made of
  bool repeats_known = false;        // no record when a known one says all of it: an assistant's words
  std::string answer{};              // of an assistant, what alone is new in the text besides the question
  bool puts_right = false;           // said to correct: it takes the place of another value said before
  std::string corrects{};            // the fact of an earlier turn that it corrects, as it was told
  std::optional<language::Correction> correction{};  // of a fact that this conversation does not tell
};

// Those that the turns from first_new on tell; earlier turns say what they are about. Linear in the text of
// the turns; at most kMaxChanges, the first ones.
std::vector<Fact> facts_of(const Conversation& conversation);

}  // namespace soma::memory
