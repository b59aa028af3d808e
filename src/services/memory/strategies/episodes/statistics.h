// What an actor's episodes add up to: counts of how calls of tools ended, kept in the strategy's notes, and
// the lessons that the counts bear.
//
// Two kinds of counts:
//   choices   a tool's argument and its values: how often the calls with each value ended well
//   repairs   a call failed, and the next one was another: how often that one worked
//
// A lesson of a choice is drawn when one value has kLeastCalls calls and its rate is clearly another one than
// that of the other values together: Wilson's interval (1927) at 90 % does not reach their rate. Nothing is
// said of causes.
//
// notes: {"episodes": 12,
//         "choices": {"interrogate_witness/approach": {"tool": "interrogate_witness", "argument": "approach",
//                                                      "values": {"sympathetic": [4, 5, 12]}}},
//         "repairs": {"search -> browse": {"from": "search", "to": "browse", "counts": [2, 3, 12]}}}
// A triple is: ended well, calls, the number of the episode that counted last.
#pragma once

#include <set>
#include <span>
#include <string>

#include "services/memory/strategies/episodes/actions.h"

namespace soma::memory::episodes {

inline constexpr int64_t kLeastCalls = 3;  // of a value, and kLeastOthers of the others
inline constexpr int64_t kLeastOthers = 2;
inline constexpr int64_t kLeastRepairs = 2;
inline constexpr size_t kMaxChoices = 100;  // of an actor; the least used goes
inline constexpr size_t kMaxValues = 16;    // of a choice; the least used goes
inline constexpr size_t kMaxRepairs = 100;

// Subjects of reflections whose counts changed: "interrogate_witness/approach", "search -> browse".
struct Counted {
  std::set<std::string> choices, repairs;
};
Counted count_episode(std::span<const Action> actions, json::Value& notes);

// A reflection's text, {"title", "use_cases", "hints", "confidence"}: what the notes bear for the subject.
// Empty when they bear nothing. `known`: there is a reflection already, which is then told to be unclear.
std::string choice_lesson(const json::Value& notes, const std::string& subject, bool known);
std::string repair_lesson(const json::Value& notes, const std::string& subject, bool known);

// Drops the least used counts until the notes, as text, have at most `max_bytes`.
void bound_statistics(json::Value& notes, size_t max_bytes);

}  // namespace soma::memory::episodes
