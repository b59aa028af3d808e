// An episode as a record: what was wanted, what was done, how it ended and how one can tell.
#pragma once

#include <span>
#include <string>

#include "services/memory/strategies/episodes/actions.h"

namespace soma::memory::episodes {

inline constexpr size_t kMaxShownActions = 20;

// {"situation", "intent", "assessment": "Yes"|"No"|"Unknown", "justification", "reflection",
//  "actions": [{"tool", "arguments", "status": "succeeded"|"failed"|"unknown"}]}
// as JSON text of at most kMaxRecordTextBytes. The assessment follows the last evidence: what the user said
// of it, the request said again, or the last call of a tool. `next`: the turn that ended the episode and
// is not part of it, whose thanks may be meant for it; or null.
std::string episode_text(std::span<const Turn> turns, std::span<const Action> actions, const Turn* next);

}  // namespace soma::memory::episodes
