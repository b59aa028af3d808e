#include "services/workflow/driver/progress.h"

#include <algorithm>
#include <iterator>

#include "services/workflow/execution_run.h"

namespace soma::workflow {
namespace {

template <class T>
void move_to_end(std::vector<T>& to, std::vector<T>& from) {
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
    const engine::TaskId task = schedule != nullptr ? schedule->task : cancel != nullptr ? cancel->task : 0;
    return (schedule != nullptr || cancel != nullptr) && std::ranges::contains(dropped, task);
  });
}

}  // namespace

os::Result<Progress> make_progress(engine::Execution& execution, const engine::Event& event, os::Time now,
                                   const std::function<bool(const engine::ScheduleTask&)>& begins) {
  Progress out;
  std::vector<engine::TaskId> to_start;
  const auto add = [&](engine::Step step) {
    if (!step.record.empty()) out.records.push_back({std::string(kStepEvent), std::move(step.record)});
    for (const engine::Command& command : step.commands)
      if (const auto* schedule = std::get_if<engine::ScheduleTask>(&command); schedule != nullptr && begins(*schedule))
        to_start.push_back(schedule->task);
    move_to_end(out.commands, step.commands);
    move_to_end(out.history, step.history);
    out.more = step.more;
  };
  SOMA_ASSIGN(engine::Step first, execution.apply(event, now));
  add(std::move(first));
  for (size_t steps = 1; (out.more && steps < kMaxStepsAtOnce) || !to_start.empty(); ++steps) {
    engine::Event next = engine::Advance{};
    const bool more = out.more && !to_start.empty();
    if (!to_start.empty()) {
      next = engine::TaskStarted{to_start.front()};
      to_start.erase(to_start.begin());
    }
    // What is refused changes nothing: a later state of the same step may have cancelled the task.
    if (os::Result<engine::Step> step = execution.apply(next, now)) add(std::move(*step));
    out.more |= more;
  }
  drop_what_was_cancelled(out.commands);
  return out;
}

}  // namespace soma::workflow
