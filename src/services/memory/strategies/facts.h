// Facts of a conversation: sentences of it that stand alone, or were made to.
//
// Which ones: statements with a name, a number, a date, or the speaker as their subject. Out: questions,
// greetings, thanks, praise, wishes, guesses, advice, and what the assistant says about itself.
#pragma once

#include <string>
#include <vector>

#include "services/memory/strategies/strategies.h"

namespace soma::memory {

inline constexpr size_t kMaxFactBytes = 600;  // a longer sentence is a text, not a fact

struct Fact {
  std::string text;                  // in the third person, with absolute dates
  std::vector<std::string> sources;  // of the turns that it was made of
};

// Those that the turns from first_new on tell; earlier turns say what they are about. Linear in the text of
// the turns; at most kMaxChanges, the first ones.
std::vector<Fact> facts_of(const Conversation& conversation);

}  // namespace soma::memory
