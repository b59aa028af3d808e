// Episodes: what was tried and how it ended, and reflections: what many of them add up to.
//
//   records       an episode each (episodes/record.h), subject "episode/<session>/<source of its first turn>"
//   reflections   counted lessons (episodes/statistics.h), subject "<tool>/<argument>" or "<call> -> <call>",
//                 rewritten in place as counts grow
//
// An episode is stored when it has ended (episodes/boundaries.h), once; an open one waits, and the strategy
// wants to be called again at rest. A conversation that arrives turn by turn makes the same episodes and
// counts as one that arrives at once, as long as no call in between says that it is at rest: rest ends an
// episode, and what comes after it begins another one. Reflections are the same, too, unless one was drawn
// on the way that the later counts no longer bear: it stays, and says so.
#pragma once

#include "services/memory/strategies/strategies.h"

namespace soma::memory {

const Strategy& episodic_strategy();

}  // namespace soma::memory
