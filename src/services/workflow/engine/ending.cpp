// How an execution ends, how what runs beside a failure is aborted, and how it goes on when it is redriven.
#include <array>

#include "services/workflow/engine/run.h"
#include "services/workflow/engine/states/states.h"

namespace soma::workflow::engine {
namespace {

std::optional<EventType> aborted_event(StateType type) {
  switch (type) {
    case StateType::kTask:
      return EventType::kTaskStateAborted;
    case StateType::kWait:
      return EventType::kWaitStateAborted;
    case StateType::kParallel:
      return EventType::kParallelStateAborted;
    case StateType::kMap:
      return EventType::kMapStateAborted;
    default:
      return std::nullopt;
  }
}

EventType end_event(Status status) {
  switch (status) {
    case Status::kSucceeded:
      return EventType::kExecutionSucceeded;
    case Status::kTimedOut:
      return EventType::kExecutionTimedOut;
    case Status::kAborted:
      return EventType::kExecutionAborted;
    default:
      return EventType::kExecutionFailed;
  }
}

json::Value iteration_details(const Frame& iteration) {
  json::Value details = iteration.parent->plan().name_details;
  details.set("index", iteration.now.place);
  return details;
}

}  // namespace

// A frame's end that its parent decided. `tell_state`: its state's abortion is an event.
void Run::abort_frame(Frame& frame, bool tell_state) {
  abort_children(frame, nullptr);
  const bool map_run = frame.now.orders > 0 && frame.progress() == TaskPhase::kStarted;
  cancel_task(frame);
  unqueue(frame);
  if (map_run) emit(frame, {.type = EventType::kMapRunAborted});
  if (const auto event = aborted_event(frame.plan().state->type); event && tell_state) {
    emit(frame, {.type = *event});
  }
}

void Run::abort_children(Frame& frame, const Frame* failed) {
  const bool is_map = !frame.children.empty() && frame.plan().state->type == StateType::kMap;
  for (const auto& child : frame.children) {
    if (child.get() != failed || !is_map) continue;
    emit({.type = EventType::kMapIterationFailed, .details = iteration_details(*child)},
         static_cast<uint64_t>(child->now.last));
  }
  for (const auto& child : frame.children) {
    if (child->phase() == Phase::kDone) continue;
    abort_frame(*child, !is_map || child.get() != failed);
    if (!is_map || child.get() == failed) continue;
    emit({.type = EventType::kMapIterationAborted, .details = iteration_details(*child)},
         static_cast<uint64_t>(child->now.last));
  }
}

void Run::cancel_below(Frame& frame) {
  cancel_task(frame);
  if (frame.timer != 0) timers_.erase({frame.timer, frame.id});
  frame.timer = 0;
  for (const auto& child : frame.children) cancel_below(*child);
}

void Run::finish(Finished how, uint64_t follows) {
  json::Value details = json::Object();
  if (how.error) details.set("error", *how.error);
  if (how.cause) details.set("cause", *how.cause);
  Note note{.type = end_event(how.status), .details = std::move(details)};
  if (how.status == Status::kSucceeded) {
    note.member = "output";
    note.payload = how.output;
  }
  emit(std::move(note), follows);
  fields.status = static_cast<int64_t>(how.status);
  cancel_below(*root_);
  command(std::move(how));
}

bool Run::refused(const Promises::Check& check, const Payload& value, uint64_t follows) {
  if (!check) return false;
  std::optional<Refusal> refusal = check(value.value());
  if (!refusal) return false;
  finish({.status = Status::kFailed, .error = std::move(refusal->error), .cause = std::move(refusal->cause)},
         follows);
  return true;
}

void Run::no_room() {
  no_room_ = false;
  if (!running()) return;
  finish({.status = Status::kFailed,
          .error = std::string(errors::kRuntime),
          .cause = "The execution reached the maximum number of history events (" +
                   std::to_string(kMaxHistoryEvents) + ")."},
         events_);
}

// What is done stays done; every line that is not goes on with the state in which it stood.
void Run::redrive(Frame& frame, int64_t follows) {
  if (frame.phase() == Phase::kDone) return;
  frame.now.tries = 0;
  if (!frame.attempts.empty()) {
    frame.attempts.clear();
    frame.attempts_changed = true;
  }
  if (frame.phase() == Phase::kChildren) {
    for (const auto& child : frame.children) redrive(*child, follows);
  } else if (frame.now.orders > 0) {
    frame.now.last = follows;
    return redrive_map_run(*this, frame);
  } else {
    frame.set_phase(Phase::kReady);
    frame.now.last = follows;
  }
  queue(frame);
}

os::Result<> Run::take(const Stop& stop) {
  if (!running()) return os::fail(os::Code::kFailedPrecondition, "the execution has ended already");
  finish({.status = Status::kAborted, .error = stop.error, .cause = stop.cause}, 0);
  return {};
}

os::Result<> Run::take(const Redrive&) {
  const bool can =
      status() == Status::kFailed || status() == Status::kTimedOut || status() == Status::kAborted;
  if (!can || start_.type == MachineType::kExpress) {
    return os::fail(os::Code::kFailedPrecondition,
                    "only a Standard execution that failed, timed out or was aborted can be redriven");
  }
  if (events_ + 1 >= kMaxHistoryEvents) {
    return os::fail(os::Code::kFailedPrecondition, "the execution's history is full");
  }
  if (root_->now.entered == 0) {
    return os::fail(os::Code::kFailedPrecondition, "the execution's input was refused: start another one");
  }
  fields.status = static_cast<int64_t>(Status::kRunning);
  ++fields.redrives;
  fields.redriven = now_us();
  set_deadline();
  const uint64_t id = emit(
      {.type = EventType::kExecutionRedriven, .details = json::object({{"redriveCount", fields.redrives}})},
      events_);
  redrive(*root_, static_cast<int64_t>(id));
  for (auto entry = ready_.begin(); entry != ready_.end();) {
    Frame& frame = *entry->second;
    ++entry;
    settle(frame);
  }
  return {};
}

}  // namespace soma::workflow::engine
