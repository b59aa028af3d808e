#include "services/workflow/engine/data_flow.h"
#include "services/workflow/engine/states/states.h"

namespace soma::workflow::engine {

void begin_parallel(Run& run, Frame& frame) {
  auto effective = effective_input(run, frame);
  if (!effective) return run.fail(frame, std::move(effective.error()));
  auto input = work_input(run, frame, *effective);
  if (!input) return run.fail(frame, std::move(input.error()));
  frame.set_work(std::move(*input));
  run.emit(frame, {.type = EventType::kParallelStateStarted});
  if (const auto instead = instead_of_work(run)) return end_children(run, frame, *instead);
  const auto branches = static_cast<int64_t>(frame.plan().inner.size());
  begin_children(run, frame, branches, branches);
}

void go_on_parallel(Run& run, Frame& frame) {
  Fields& now = frame.now;
  if (now.begun < now.total) {
    const FlowPlan& branch = *frame.plan().inner[static_cast<size_t>(now.begun)];
    Frame& child = run.add_child(frame, branch, now.begun++);
    child.now.last = now.follows;
    run.enter(child, branch.start, *frame.work);
    if (now.begun == now.total) frame.set_work(std::nullopt);
    return;
  }
  const int64_t last = now.last;
  run.emit(frame, {.type = EventType::kParallelStateSucceeded});
  now.last = last;  // the Exited event follows the last branch
  const Payload result = children_outputs(frame);
  complete(run, frame, &result, frame.plan().next);
}

}  // namespace soma::workflow::engine
