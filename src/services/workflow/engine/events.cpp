// What the world tells an execution.
#include <algorithm>

#include "services/workflow/engine/record_writer.h"
#include "services/workflow/engine/run.h"
#include "services/workflow/engine/states/states.h"

namespace soma::workflow::engine {
namespace {

constexpr size_t kUsualStepEvents = 8;  // a task's result, and the next one's beginning

bool is_map_run(const Frame& frame) {
  return frame.plan().state->type == StateType::kMap;
}

}  // namespace

os::Result<Step> Run::apply(const Event& event, os::Time now) {
  step_ = {};
  step_.history.reserve(kUsualStepEvents);
  changed_.clear();
  childless_.clear();
  now_ = now;
  const bool begins = std::holds_alternative<Begin>(event);
  if (begins != (fields.started == 0)) {
    return os::fail(os::Code::kFailedPrecondition,
                    begins ? "the execution has begun already" : "the execution has not begun");
  }
  if (!running() && !std::holds_alternative<Redrive>(event)) {
    return os::fail(os::Code::kFailedPrecondition, "the execution has ended already");
  }
  SOMA_TRY(std::visit([&](const auto& what) { return take(what); }, event));
  if (no_room_) no_room();
  go_on();
  dropped_.clear();
  // An Express execution is never put together again: its steps have no records.
  if (start_.type == MachineType::kStandard) step_.record = RecordWriter(*this).write();
  return std::move(step_);
}

void Run::set_deadline() {
  std::optional<int64_t> seconds = plan_->definition->timeout_seconds;
  if (const auto promised = start_.promises.timeout_seconds)
    seconds = std::min(seconds.value_or(*promised), *promised);
  if (start_.type == MachineType::kExpress)
    seconds = std::min(seconds.value_or(kExpressSeconds), kExpressSeconds);
  fields.deadline = seconds ? now_us() + (*seconds * 1'000'000) : 0;
}

os::Result<> Run::take(const Begin& begin) {
  input_ = begin.input;
  fields.started = now_us();
  set_deadline();
  const uint64_t started = emit({.type = EventType::kExecutionStarted,
                                 .details = json::object({{"roleArn", start_.role_arn}}),
                                 .member = "input",
                                 .payload = input_},
                                0);
  if (refused(start_.promises.input, input_, started)) return {};
  if (const Inspection* watched = inspection()) {
    for (const auto& [name, value] : watched->variables)
      root_->variables.push_back({.name = name, .value = value});
  }
  enter(*root_, plan_->root().start, input_);
  return {};
}

os::Result<Frame*> Run::waiting_for(TaskId task) {
  Frame* frame = frame_of_task(task);
  if (frame == nullptr) {
    return os::fail(os::Code::kNotFound, "task " + std::to_string(task) + " is not waited for (any more)");
  }
  return frame;
}

os::Result<> Run::take(const TaskStarted& started) {
  SOMA_ASSIGN(Frame * frame, waiting_for(started.task));
  if (!is_map_run(*frame)) task_started(*this, *frame, started.worker);
  return {};
}

os::Result<> Run::take(const TaskSubmitted& submitted) {
  SOMA_ASSIGN(Frame * frame, waiting_for(submitted.task));
  if (!is_map_run(*frame)) task_submitted(*this, *frame, submitted.output);
  return {};
}

os::Result<> Run::take(const TaskSucceeded& succeeded) {
  SOMA_ASSIGN(Frame * frame, waiting_for(succeeded.task));
  if (is_map_run(*frame)) {
    map_run_succeeded(*this, *frame, succeeded.output);
  } else {
    task_succeeded(*this, *frame, succeeded.output);
  }
  return {};
}

os::Result<> Run::take(const TaskFailed& failed) {
  SOMA_ASSIGN(Frame * frame, waiting_for(failed.task));
  if (is_map_run(*frame)) {
    map_run_failed(*this, *frame, failed);
  } else {
    task_failed(*this, *frame, failed);
  }
  return {};
}

os::Result<> Run::take(const TaskHeartbeat& heartbeat) {
  SOMA_ASSIGN(Frame * frame, waiting_for(heartbeat.task));
  if (!is_map_run(*frame)) task_heartbeat(*this, *frame);
  return {};
}

os::Result<> Run::take(const MapRunBegun& begun) {
  SOMA_ASSIGN(Frame * frame, waiting_for(begun.task));
  if (is_map_run(*frame)) map_run_begun(*this, *frame, begun);
  return {};
}

os::Result<> Run::take(const Advance&) {
  if (fields.deadline != 0 && fields.deadline <= now_us()) {
    finish({.status = Status::kTimedOut}, 0);
    return {};
  }
  while (running() && !timers_.empty() && timers_.begin()->first <= now_us()) {
    const auto found = frames_.find(timers_.begin()->second);
    Frame& frame = *found->second;
    on_time(frame);
    step_.more = step_.history.size() >= kMaxStepEvents;
    if (step_.more) break;
  }
  return {};
}

void Run::on_time(Frame& frame) {
  switch (frame.phase()) {
    case Phase::kWait:
      end_wait(*this, frame);
      break;
    case Phase::kRetry:
      frame.now.until = 0;
      frame.set_phase(Phase::kReady);
      queue(frame);
      break;
    case Phase::kTask:
      task_timed_out(*this, frame);
      break;
    default:
      break;
  }
  set_timer(frame);
}

}  // namespace soma::workflow::engine
