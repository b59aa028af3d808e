// How far a strategy is in each session of an actor, kept in its notes: what was settled is not looked at
// again.
//
// notes: {"sessions": {"<session>": {"settled": "<source of the last settled turn>", "turns": <of that
// source>,
//                                    "at": <its time, us>}}}
// One message may be several turns, which share their source.
#pragma once

#include "services/memory/strategies/strategies.h"

namespace soma::memory {

inline constexpr size_t kMaxSessionsInNotes = 256;  // the longest untouched goes first

// The first turn that is not settled: after those that the notes name; when they are gone, the first later
// than them; 0 when the notes do not know the session.
size_t first_unsettled(const Conversation& conversation, const json::Value& notes);

// All turns before `count` are settled. Makes the session the last touched one.
void settle(const Conversation& conversation, size_t count, json::Value& notes);

}  // namespace soma::memory
