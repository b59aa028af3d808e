// Children that nobody waits for any more.
//
// A parent that is stopped, or whose task times out or is cancelled, stops the child that the task waits for:
// it does so from memory, once its own part is durable. A crash between the two leaves a child that nobody
// waits for and nobody would stop. So after a restart each open child that is awaited is held against its
// parent: the task that started it must be in flight there. What a parent decides just then, because it goes
// on at the same time, is on its way to the disk before the child's end is: appends keep their order.
#include <charconv>

#include "services/workflow/executions/execution_names.h"
#include "services/workflow/executions/executions_state.h"

namespace soma::workflow {

using os::Code;
using os::Result;

namespace {

// Of a start key, "<execution arn>#<task id>".
std::optional<engine::TaskId> task_of_key(std::string_view start_key) {
  const size_t mark = start_key.rfind('#');
  if (mark == std::string_view::npos) return std::nullopt;
  engine::TaskId task = 0;
  const auto [end, error] =
      std::from_chars(start_key.data() + mark + 1, start_key.data() + start_key.size(), task);
  return error == std::errc() ? std::optional(task) : std::nullopt;
}

}  // namespace

void Executions::State::stop_if_abandoned(const std::string& child) const {
  const Result<ExecutionStart> start = read_start(journal(), child);
  const std::optional<engine::TaskId> task = start ? task_of_key(start->start_key) : std::nullopt;
  const std::optional<std::string> parent = task ? run_of_execution(start->parent_arn) : std::nullopt;
  if (!parent) return os::log(os::Level::kError, "workflow.child.unreadable", {{"run", child}});
  const auto stop = [self = shared_from_this(), child] {
    os::log(os::Level::kInfo, "workflow.child.abandoned", {{"run", child}});
    self->residents().with(child, [](Actor* actor) {
      if (actor != nullptr) actor->apply(engine::Stop{}, {});
    });
  };
  const Result<journal::Run> found = journal().get(*parent);
  if (found ? !is_open(found->status) : found.error().code == Code::kNotFound) return stop();
  residents().with(*parent, [stop, task = *task](Actor* actor) {
    if (actor == nullptr) return;
    const Result<const engine::Execution*> execution = actor->execution();
    if (execution && !(*execution)->progress(task)) stop();
  });
}

}  // namespace soma::workflow
