#include "services/workflow/engine/engine.h"

#include <array>

#include "services/workflow/engine/record_reader.h"
#include "services/workflow/engine/run.h"

namespace soma::workflow::engine {

std::string_view status_name(Status status) {
  static constexpr std::array<std::string_view, 5> kNames{"RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT",
                                                          "ABORTED"};
  return kNames[static_cast<size_t>(status)];
}

struct Execution::State {
  Run run;
};

Execution::Execution(DefinitionPtr definition, StartInfo start, os::IdSource& ids)
    : state_(std::make_unique<State>(State{Run(std::move(definition), std::move(start), ids)})) {}
Execution::~Execution() = default;
Execution::Execution(Execution&&) noexcept = default;
Execution& Execution::operator=(Execution&&) noexcept = default;

os::Result<Step> Execution::apply(const Event& event, os::Time now) {
  return state_->run.apply(event, now);
}
os::Result<> Execution::restore(std::string_view record) {
  return state_->run.restore(record);
}
Status Execution::status() const {
  return state_->run.status();
}
std::optional<os::Time> Execution::wake() const {
  return state_->run.wake();
}
std::vector<Command> Execution::in_flight() const {
  return state_->run.in_flight();
}
uint64_t Execution::events() const {
  return state_->run.events();
}
const StartInfo& Execution::info() const {
  return state_->run.info();
}
std::optional<TaskId> Execution::task_of(std::string_view token) const {
  return state_->run.task_of(token);
}

std::optional<TaskProgress> Execution::progress(TaskId task) const {
  const Frame* frame = state_->run.frame_of_task(task);
  if (frame == nullptr) return std::nullopt;
  switch (frame->progress()) {
    case TaskPhase::kStarted:
      return TaskProgress::kStarted;
    case TaskPhase::kSubmitted:
      return TaskProgress::kSubmitted;
    default:
      return TaskProgress::kScheduled;
  }
}

bool Execution::waits_for_token(TaskId task) const {
  const Frame* frame = state_->run.frame_of_task(task);
  if (frame == nullptr || !frame->plan().resource) return false;
  const Resource& resource = *frame->plan().resource;
  return resource.kind == Resource::Kind::kActivity ||
         resource.pattern == Resource::Pattern::kWaitForTaskToken;
}

os::Result<> Run::restore(std::string_view record) {
  return RecordReader(*this, record).read();
}

}  // namespace soma::workflow::engine
