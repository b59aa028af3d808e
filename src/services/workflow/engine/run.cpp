#include "services/workflow/engine/run.h"

#include <algorithm>

#include "services/workflow/engine/states/states.h"

namespace soma::workflow::engine {
namespace {

// By StateType.
struct StateEvents {
  EventType entered, exited;
};
constexpr std::array<StateEvents, 8> kStateEvents{{
    {EventType::kPassStateEntered, EventType::kPassStateExited},
    {EventType::kTaskStateEntered, EventType::kTaskStateExited},
    {EventType::kChoiceStateEntered, EventType::kChoiceStateExited},
    {EventType::kWaitStateEntered, EventType::kWaitStateExited},
    {EventType::kSucceedStateEntered, EventType::kSucceedStateExited},
    {EventType::kFailStateEntered, EventType::kFailStateEntered},  // it is never left
    {EventType::kParallelStateEntered, EventType::kParallelStateExited},
    {EventType::kMapStateEntered, EventType::kMapStateExited},
}};

const StateEvents& events_of(const Frame& frame) {
  return kStateEvents[static_cast<size_t>(frame.plan().state->type)];
}

bool can_go_on(const Frame& frame) {
  if (frame.phase() == Phase::kReady) return true;
  if (frame.phase() != Phase::kChildren) return false;
  const auto check = work_of(frame.plan().state->type).can_go_on;
  return check != nullptr && check(frame);
}

int64_t earliest(int64_t left, int64_t right) {
  if (left == 0) return right;
  return right == 0 ? left : std::min(left, right);
}

}  // namespace

Run::Run(DefinitionPtr definition, StartInfo start, os::IdSource& ids)
    : plan_(plan_of(definition)), start_(std::move(start)), ids_(ids), root_(std::make_unique<Frame>()) {
  root_->flow = &plan_->root();
  frames_.emplace(0, root_.get());
}

uint64_t Run::emit(Note note, uint64_t follows) {
  const bool last_words = note.type <= EventType::kExecutionTimedOut;
  if (start_.type == MachineType::kStandard && !last_words && events_ + 1 >= kMaxHistoryEvents) {
    no_room_ = true;
    return 0;
  }
  const uint64_t id = ++events_;
  step_.history.push_back({.id = id,
                           .previous_id = follows,
                           .at = now_,
                           .type = note.type,
                           .details = std::move(note.details),
                           .payload_member = note.member,
                           .payload = std::move(note.payload),
                           .assigned = std::move(note.assigned)});
  return id;
}

uint64_t Run::emit(Frame& frame, Note note) {
  const uint64_t id = emit(std::move(note), static_cast<uint64_t>(frame.now.last));
  if (id != 0) frame.now.last = static_cast<int64_t>(id);
  touch(frame);
  return id;
}

void Run::touch(Frame& frame) {
  if (frame.listed || frame.gone || start_.type == MachineType::kExpress) return;
  frame.listed = true;
  changed_.push_back(frame.id);
}

void Run::queue(Frame& frame) {
  touch(frame);
  if (frame.queued || frame.gone) return;
  frame.queued = true;
  ready_.emplace(frame.id, &frame);
}

void Run::unqueue(Frame& frame) {
  if (!frame.queued) return;
  frame.queued = false;
  ready_.erase(frame.id);
}

void Run::settle(Frame& frame) {
  if (frame.queued && !can_go_on(frame)) unqueue(frame);
}

void Run::set_timer(Frame& frame) {
  int64_t due = 0;
  if (frame.phase() == Phase::kWait || frame.phase() == Phase::kRetry) due = frame.now.until;
  if (frame.phase() == Phase::kTask) due = earliest(frame.now.timeout_at, frame.now.heartbeat_at);
  if (due == frame.timer || frame.gone) return;
  if (frame.timer != 0) timers_.erase({frame.timer, frame.id});
  if (due != 0) timers_.emplace(due, frame.id);
  frame.timer = due;
}

void Run::enter(Frame& frame, int32_t state, Payload input) {
  Fields& now = frame.now;
  now.state = state;
  now.before = now.last;
  now.since = now_us();
  now.tries = 0;
  now.orders = 0;
  frame.set_phase(Phase::kReady);
  frame.input = std::move(input);
  if (!frame.attempts.empty()) {
    frame.attempts.clear();
    frame.attempts_changed = true;
  }
  now.entered = static_cast<int64_t>(emit(frame, {.type = events_of(frame).entered,
                                                  .details = frame.plan().name_details,
                                                  .member = "input",
                                                  .payload = frame.input}));
  queue(frame);
}

void Run::leave(Frame& frame, int32_t next, Payload output, Assigned assigned) {
  const uint64_t id = emit(frame, {.type = events_of(frame).exited,
                                   .details = frame.plan().name_details,
                                   .member = "output",
                                   .payload = output,
                                   .assigned = assigned});
  for (auto& [name, value] : assigned) {
    const auto known = std::ranges::find(frame.variables, name, &Variable::name);
    if (known != frame.variables.end()) {
      known->value = std::move(value);
    } else {
      frame.variables.push_back({.name = name, .value = std::move(value)});
    }
    if (start_.type == MachineType::kStandard) frame.assigned.emplace_back(std::move(name), id);
  }
  if (Inspection* watched = inspection()) {
    watched->variables.clear();
    for (const Variable& one : frame.variables) watched->variables.emplace_back(one.name, one.value);
  }
  drop_children(frame);
  frame.set_work(std::nullopt);
  frame.effective.reset();
  if (next != kNoState) return enter(frame, next, std::move(output));
  if (frame.parent == nullptr) {
    frame.set_phase(Phase::kReady);  // where a redrive would go on: the last state is tried again
    if (refused(start_.promises.output, output, static_cast<uint64_t>(frame.now.last))) return;
  }
  frame.set_phase(Phase::kDone);
  frame.output = std::move(output);
  frame.input = {};
  if (frame.parent == nullptr) {
    return finish({.status = Status::kSucceeded, .output = frame.output},
                  static_cast<uint64_t>(frame.now.last));
  }
  child_ended(*this, *frame.parent, frame);
  touch(*frame.parent);
  if (can_go_on(*frame.parent)) queue(*frame.parent);
}

Frame& Run::add_child(Frame& parent, const FlowPlan& flow, int64_t place) {
  auto made = std::make_unique<Frame>();
  Frame& child = *made;
  child.id = static_cast<uint64_t>(fields.next_frame++);
  child.parent = &parent;
  child.flow = &flow;
  child.now.flow = flow.number;
  child.now.place = place;
  frames_.emplace(child.id, &child);
  parent.children.push_back(std::move(made));
  touch(child);
  return child;
}

// Nothing finds the frame or its children any more.
void Run::forget(Frame& frame) {
  for (const auto& child : frame.children) forget(*child);
  cancel_task(frame);
  unqueue(frame);
  if (frame.timer != 0) timers_.erase({frame.timer, frame.id});
  frame.timer = 0;
  frame.gone = true;
  frames_.erase(frame.id);
}

void Run::drop_children(Frame& frame) {
  if (frame.children.empty()) return;
  for (auto& child : frame.children) {
    forget(*child);
    dropped_.push_back(std::move(child));
  }
  frame.children.clear();
  if (frame.children_recorded) childless_.push_back(frame.id);
  frame.children_recorded = false;
  touch(frame);
}

TaskId Run::new_task(Frame& frame) {
  const auto task = static_cast<TaskId>(fields.next_task++);
  frame.now.task = static_cast<int64_t>(task);
  tasks_.emplace(task, &frame);
  return task;
}

void Run::take_up_task(Frame& frame) {
  tasks_.emplace(static_cast<TaskId>(frame.now.task), &frame);
  touch(frame);
}

void Run::cancel_task(Frame& frame) {
  if (frame.progress() == TaskPhase::kNone) return;
  const auto task = static_cast<TaskId>(frame.now.task);
  command(CancelTask{.task = task});
  end_task(frame);
}

void Run::end_task(Frame& frame) {
  tasks_.erase(static_cast<TaskId>(frame.now.task));
  frame.set_progress(TaskPhase::kNone);
  frame.now.timeout_at = 0;
  frame.now.heartbeat_at = 0;
  touch(frame);
  set_timer(frame);
}

Frame* Run::frame_of_task(TaskId task) {
  const auto found = tasks_.find(task);
  return found == tasks_.end() ? nullptr : found->second;
}

const Frame* Run::frame_of_task(TaskId task) const {
  const auto found = tasks_.find(task);
  return found == tasks_.end() ? nullptr : found->second;
}

std::optional<TaskId> Run::task_of(std::string_view token) const {
  for (const auto& [task, frame] : tasks_) {
    if (frame->token == token) return task;
  }
  return std::nullopt;
}

void Run::advance(Frame& frame) {
  const StateWork& work = work_of(frame.plan().state->type);
  if (frame.phase() == Phase::kReady) {
    work.begin(*this, frame);
  } else {
    work.go_on(*this, frame);
  }
}

void Run::go_on() {
  while (running() && !ready_.empty()) {
    if (step_.history.size() >= kMaxStepEvents) {
      step_.more = true;
      return;
    }
    Frame& frame = *ready_.begin()->second;
    advance(frame);
    settle(frame);
    dropped_.clear();
    if (no_room_) no_room();
  }
}

std::optional<os::Time> Run::wake() const {
  if (!running()) return std::nullopt;
  if (!ready_.empty()) return now_;
  const int64_t due = earliest(timers_.empty() ? 0 : timers_.begin()->first, fields.deadline);
  if (due == 0) return std::nullopt;
  return os::Time(os::Duration(due));
}

std::vector<Command> Run::in_flight() const {
  std::vector<std::pair<TaskId, const Frame*>> tasks(tasks_.begin(), tasks_.end());
  std::ranges::sort(tasks);
  std::vector<Command> commands;
  for (const auto& [task, frame] : tasks) {
    if (frame->plan().state->type == StateType::kMap) {
      commands.emplace_back(map_run_command(*frame));
    } else {
      commands.emplace_back(task_command(*frame));
    }
  }
  return commands;
}

}  // namespace soma::workflow::engine
