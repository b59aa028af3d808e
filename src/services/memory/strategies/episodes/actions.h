// What was done in an episode, and how each call of a tool ended.
//
// A call that is said to have failed has failed. Of the others the answer may say more than "the call
// returned": its status field, or a word that tells how a story went ("refuses", "admits"). Only then what
// the caller noted. A complaint or thanks right after a call speaks of the last one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "services/memory/strategies/strategies.h"

namespace soma::memory::episodes {

inline constexpr size_t kMaxCountedActions = 200;  // of an episode; what is over is not counted

struct Action {
  std::string tool;
  json::Value arguments;
  std::optional<bool> worked;
  size_t turn = 0;  // the last one that tells of it
};

std::vector<Action> actions_of(std::span<const Turn> turns);

inline constexpr size_t kMaxShortValueBytes = 40;
// The arguments whose values are short: name and value as text ("approach", "sympathetic"), in their order.
std::vector<std::pair<std::string, std::string>> short_arguments(const json::Value& arguments);
// The short arguments in which two calls differ, with the second's value.
std::vector<std::pair<std::string, std::string>> changed_arguments(const Action& before, const Action& after);

}  // namespace soma::memory::episodes
