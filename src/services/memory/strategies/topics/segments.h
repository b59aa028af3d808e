// A conversation, cut into stretches of one subject each.
#pragma once

#include <span>
#include <vector>

#include "services/memory/strategies/strategies.h"

namespace soma::memory::topics {

inline constexpr os::Duration kLongPause = std::chrono::minutes(30);  // what comes after it is a new subject

// How fine the cut is.
struct Grain {
  double threshold;  // of shift_score()
  size_t min_turns;  // of a stretch, unless a long pause ends it
  size_t min_terms;  // that carry meaning, in a stretch; a greeting belongs to what follows it
  size_t max_turns;  // a stretch is ended at the next turn of a person; twice as long, at any turn
};
// Each turn that changes the subject; TIAGE's annotators cut after four to five turns.
inline constexpr Grain kShifts{.threshold = -0.6, .min_turns = 1, .min_terms = 0, .max_turns = 2'000};
// What is worth a record of its own.
inline constexpr Grain kTopics{.threshold = 0.0, .min_turns = 4, .min_terms = 20, .max_turns = 60};

// Where stretches begin, in ascending order; the first is 0 when there are turns. Only a turn of a person
// begins one, not an answer or a tool's, unless nobody said anything for too long; and never one between a
// call of a tool and its answer. Each is decided by what is
// before it: with more turns at the end, the same ones and perhaps more. Linear in the text.
std::vector<size_t> segment_starts(std::span<const Turn> turns, const Grain& grain);

}  // namespace soma::memory::topics
