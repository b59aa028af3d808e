// Does a turn change the subject? A judgement from the turn and what was said before it, never from what
// comes later: what was decided once stays so as the talk grows.
//
// The judgement is a sum of weighted signs, the log-odds of a shift. Most signs are of the form of talk
// rather than of its words: a question whose words are all new opens a subject, an answer never does. Weights
// were fitted by logistic regression on the training dialogues of TIAGE (Xie et al., 2021) and rounded; those
// of cue phrases, greetings and requests, which these dialogues do not have, were set by hand. Lexical
// cohesion of two windows (TextTiling, Hearst 1997) alone does not find what people feel as a new subject in
// turns of ten words.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "services/memory/strategies/strategies.h"
#include "services/memory/strategies/topics/cues.h"

namespace soma::memory::topics {

inline constexpr size_t kMaxHeardBytes =
    4'000;  // of a turn: what is over has no say in where subjects change
inline constexpr size_t kLookBackTurns = 4;

// What is kept of a turn to judge it and the next ones.
struct Heard {
  Role role = Role::kUser;
  Cues cues;
  std::vector<std::string> terms;         // distinct, sorted
  std::vector<std::string> asking_terms;  // of its last question, else of what it requests
  size_t words = 0;
  os::Time at;
};
Heard hear(const Turn& turn);

// The log-odds that `turn` opens a subject. `before`: the current subject's turns, newest last; not empty.
double shift_score(const Heard& turn, std::span<const Heard> before);

// Stands in for a turn of a person: who may open a subject. Assistants and tools answer.
bool is_person(Role role);

}  // namespace soma::memory::topics
