// What Parallel and Map have in common: children that run beside each other, each a frame.
#include "services/workflow/engine/data_flow.h"
#include "services/workflow/engine/states/states.h"

namespace soma::workflow::engine {

void begin_children(Run& run, Frame& frame, int64_t total, int64_t limit) {
  Fields& now = frame.now;
  now.total = total;
  now.begun = 0;
  now.finished = 0;
  now.limit = limit;
  now.follows = now.last;
  frame.set_phase(Phase::kChildren);
  run.queue(frame);
}

bool can_go_on_with_children(const Frame& frame) {
  const Fields& now = frame.now;
  if (now.finished == now.total) return true;
  return now.begun < now.total && now.begun - now.finished < now.limit;
}

// History chains the next iteration to the last event inside the one that ended, and the state's own end to
// that one's MapIterationSucceeded.
void child_ended(Run& run, Frame& parent, const Frame& child) {
  ++parent.now.finished;
  parent.now.follows = child.now.last;
  parent.now.last = child.now.last;
  if (parent.plan().state->type != StateType::kMap) return;
  json::Value details = parent.plan().name_details;
  details.set("index", child.now.place);
  run.emit(parent, {.type = EventType::kMapIterationSucceeded, .details = std::move(details)});
}

bool has_stand_in(const Run& run) {
  return run.inspection() != nullptr && run.inspection()->work;
}

std::optional<std::expected<Payload, TaskFailed>> instead_of_work(Run& run) {
  if (!has_stand_in(run)) return std::nullopt;
  return run.inspection()->work(*run.inspection());
}

void end_children(Run& run, Frame& frame, const std::expected<Payload, TaskFailed>& outcome) {
  if (outcome) return complete(run, frame, &*outcome, frame.plan().next);
  run.fail(frame, {.error = outcome.error().error, .cause = outcome.error().cause, .from_outside = true});
}

Payload children_outputs(const Frame& frame) {
  std::vector<Payload> outputs;
  outputs.reserve(frame.children.size());
  for (const auto& child : frame.children) outputs.push_back(child->output);
  return Payload::array_of(outputs);
}

}  // namespace soma::workflow::engine
