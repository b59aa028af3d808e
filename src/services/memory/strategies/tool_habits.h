// What a user has tools do again and again: the arguments of their calls, counted.
//
// Kept in a strategy's notes as {"tool_choices": {"<tool>.<argument>": {"<value>": <count>}}}. Values are
// short strings, as parameters with a few choices have; longer ones are data.
#pragma once

#include <string>
#include <vector>

#include "services/memory/strategies/strategies.h"

namespace soma::memory {

inline constexpr int64_t kLeastHabitCount = 3;   // so often it was chosen at least,
inline constexpr double kLeastHabitShare = 0.6;  // and so large a share of all choices of the argument
inline constexpr size_t kMaxHabitValueBytes = 40;
inline constexpr size_t kMaxHabitNameBytes = 100;  // "<tool>.<argument>"
inline constexpr size_t kMaxHabitArguments = 200;
inline constexpr size_t kMaxHabitValues = 16;  // of an argument

struct Habit {
  std::string tool, argument, value;
  int64_t count = 0, of = 0;         // chosen `count` of `of` times
  std::vector<std::string> sources;  // the new turns that chose it
};

// Counts the new turns' calls into `notes` and returns the habits that these calls show or strengthen. Over
// the limits the least used arguments and values are forgotten, of equals the earliest.
std::vector<Habit> count_habits(const Conversation& conversation, json::Value& notes);

}  // namespace soma::memory
