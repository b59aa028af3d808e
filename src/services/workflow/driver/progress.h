// One event and all that follows from it at once: the records to append together and what is to be done once
// they are durable.
#pragma once

#include <vector>

#include "base/journal/journal.h"
#include "services/workflow/engine/engine.h"

namespace soma::workflow {

inline constexpr size_t kMaxStepsAtOnce = 16;  // of the engine, before others of the loop get their turn

struct Progress {
  std::vector<journal::NewEvent> records;
  std::vector<engine::Command> commands;
  std::vector<engine::HistoryEvent> history;
  bool more = false;  // kMaxStepsAtOnce was met: give it Advance next
};

// The engine's errors, when it refuses the event: nothing changed then. A task that is scheduled and
// cancelled within is not among the commands.
os::Result<Progress> make_progress(engine::Execution& execution, const engine::Event& event, os::Time now);

}  // namespace soma::workflow
