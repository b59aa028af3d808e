#include "services/workflow/driver/progress.h"

#include <algorithm>
#include <iterator>

#include "services/workflow/executions/execution_run.h"

namespace soma::workflow {
namespace {

template <class T>
void move_to_end(std::vector<T>& to, std::vector<T>& from) {
  if (to.empty())
    to = std::move(from);
  else
    std::ranges::move(from, std::back_inserter(to));
}

void drop_what_was_cancelled(std::vector<engine::Command>& commands) {
  std::vector<engine::TaskId> dropped;
  for (const engine::Command& command : commands) {
    const auto* cancel = std::get_if<engine::CancelTask>(&command);
    if (cancel == nullptr) continue;
    const auto scheduled = std::ranges::find_if(commands, [cancel](const engine::Command& other) {
      const auto* schedule = std::get_if<engine::ScheduleTask>(&other);
      return schedule != nullptr && schedule->task == cancel->task;
    });
    if (scheduled != commands.end()) dropped.push_back(cancel->task);
  }
  if (dropped.empty()) return;
  std::erase_if(commands, [&dropped](const engine::Command& command) {
    const auto* schedule = std::get_if<engine::ScheduleTask>(&command);
    const auto* cancel = std::get_if<engine::CancelTask>(&command);
    engine::TaskId task = 0;
    if (schedule != nullptr) task = schedule->task;
    if (cancel != nullptr) task = cancel->task;
    return task != 0 && std::ranges::find(dropped, task) != dropped.end();
  });
}

}  // namespace

os::Result<Progress> make_progress(engine::Execution& execution, const engine::Event& event, os::Time now) {
  Progress out;
  const auto add = [&out](engine::Step step) {
    if (!step.record.empty()) out.records.push_back({std::string(kStepEvent), std::move(step.record)});
    move_to_end(out.commands, step.commands);
    move_to_end(out.history, step.history);
    out.more = step.more;
  };
  SOMA_ASSIGN(engine::Step first, execution.apply(event, now));
  add(std::move(first));
  for (size_t steps = 1; out.more && steps < kMaxStepsAtOnce; ++steps) {
    os::Result<engine::Step> step = execution.apply(engine::Advance{}, now);
    if (!step) break;  // it ended within the step before
    add(std::move(*step));
  }
  drop_what_was_cancelled(out.commands);
  return out;
}

}  // namespace soma::workflow
