// Tasks whose results come from outside: by their token, or by a worker that polls.
#include <fmt/format.h>

#include <algorithm>

#include "services/workflow/executions/execution_names.h"
#include "services/workflow/executions/executions_state.h"

namespace soma::workflow {

using engine::TaskId;
using os::Code;
using os::Result;

namespace {

std::unexpected<os::Error> no_token() {
  return os::fail(Code::kInvalidArgument, "Invalid token", "send the token as the task was given it");
}

std::optional<engine::ScheduleTask> task_in_flight(const engine::Execution& execution, TaskId id) {
  for (engine::Command& command : execution.in_flight())
    if (auto* task = std::get_if<engine::ScheduleTask>(&command); task != nullptr && task->task == id)
      return std::move(*task);
  return std::nullopt;
}

}  // namespace

net::Task<Result<>> Executions::State::answer_task(std::string token,
                                                   std::function<engine::Event(TaskId)> answer) const {
  const std::optional<engine::TokenOwner> owner = engine::owner_of_token(token);
  const std::optional<std::string> run = owner ? run_of_execution(owner->execution_arn) : std::nullopt;
  if (!run) co_return no_token();
  if (const auto known = journal().get(*run); !known)
    co_return known.error().code == Code::kNotFound ? Result<>(no_token())
                                                    : Result<>(std::unexpected(known.error()));
  Asked job = [token, named = owner->task, answer](Actor& actor, Actor::Done done) {
    const Result<const engine::Execution*> execution = actor.execution();
    if (!execution) return done(std::unexpected(execution.error()));
    const std::optional<TaskId> task = (*execution)->task_of(token);
    // One that names a task in flight and is not its token was made up.
    if (!task && (*execution)->progress(named)) return done(no_token());
    if (!task) return done(os::fail(Code::kTimeout, "Provided task does not exist anymore"));
    actor.apply(answer(*task), std::move(done));
  };
  co_return co_await ask(*run, std::move(job));
}

net::Task<Result<>> Executions::task_success(std::string token, std::string output) {
  const auto state = state_;
  if (output.size() > engine::kMaxPayloadBytes)
    co_return os::fail(Code::kInvalidArgument, fmt::format("the output has {} bytes, kMaxPayloadBytes is {}",
                                                           output.size(), engine::kMaxPayloadBytes));
  SOMA_CO_TRY(json::parse(output));
  std::function<engine::Event(TaskId)> answer = [output](TaskId task) -> engine::Event {
    // It was parsed above; parsed again because a payload belongs to one thread.
    Result<engine::Payload> payload = engine::Payload::parse(output);
    return engine::TaskSucceeded{task, payload ? std::move(*payload) : engine::Payload()};
  };
  co_return co_await state->answer_task(std::move(token), std::move(answer));
}

net::Task<Result<>> Executions::task_failure(std::string token, std::optional<std::string> error,
                                             std::optional<std::string> cause) {
  const auto state = state_;
  std::function<engine::Event(TaskId)> answer = [error, cause](TaskId task) -> engine::Event {
    return engine::TaskFailed{task, error, cause};
  };
  co_return co_await state->answer_task(std::move(token), std::move(answer));
}

net::Task<Result<>> Executions::task_heartbeat(std::string token) {
  const auto state = state_;
  std::function<engine::Event(TaskId)> answer = [](TaskId task) -> engine::Event {
    return engine::TaskHeartbeat{task};
  };
  co_return co_await state->answer_task(std::move(token), std::move(answer));
}

void Executions::State::queue_tasks_of(Actor& actor) const {
  const Result<const engine::Execution*> execution = actor.execution();
  if (!execution) {
    os::log(os::Level::kError, "workflow.resume.failed",
            {{"run", actor.run()}, {"error", execution.error().to_string()}});
    return;
  }
  for (const engine::Command& command : (*execution)->in_flight()) {
    const auto* task = std::get_if<engine::ScheduleTask>(&command);
    if (task == nullptr || task->resource.kind != engine::Resource::Kind::kActivity) continue;
    if ((*execution)->progress(task->task) == engine::TaskProgress::kScheduled)
      world->activities.add(task->resource.arn, {actor.run(), task->task});
  }
}

// That the worker has it is in the journal before it has it. Nothing: the task is over, or somebody has it.
net::Task<Result<std::optional<ActivityTask>>> Executions::State::hand_over(WaitingTask task,
                                                                            std::string worker) const {
  const auto handed = std::make_shared<std::optional<ActivityTask>>();
  Asked job = [task, worker, handed](Actor& actor, Actor::Done done) {
    const Result<const engine::Execution*> execution = actor.execution();
    if (!execution) return done(std::unexpected(execution.error()));
    std::optional<engine::ScheduleTask> found = task_in_flight(**execution, task.task);
    if (!found || (*execution)->progress(task.task) != engine::TaskProgress::kScheduled)
      return done(os::fail(Code::kNotFound, "the task is over"));
    // Written here: the payload belongs to this loop.
    ActivityTask out{found->token, found->parameters.text()};
    actor.apply(engine::TaskStarted{task.task, worker},
                [handed, out, done = std::move(done)](Result<> durable) {
                  if (durable) *handed = out;
                  done(std::move(durable));
                });
  };
  const Result<> done = co_await ask(task.run, std::move(job));
  if (!done && done.error().code != Code::kNotFound && done.error().code != Code::kFailedPrecondition)
    co_return std::unexpected(done.error());
  co_return std::move(*handed);
}

net::Task<Result<ActivityTask>> Executions::poll_activity(std::string activity_arn, std::string worker,
                                                          net::Cancellation gone) {
  const auto state = state_;
  os::Clock& clock = state->world->with.clock;
  const os::Time deadline = clock.now() + kActivityPoll;
  for (;;) {
    SOMA_CO_ASSIGN(std::optional<WaitingTask> task,
                   co_await state->world->activities.take(activity_arn, clock, deadline, gone));
    if (!task) co_return ActivityTask{};
    if (gone.requested()) {
      state->world->activities.put_back(activity_arn, std::move(*task));
      co_return ActivityTask{};
    }
    Result<std::optional<ActivityTask>> handed = co_await state->hand_over(*task, worker);
    if (!handed) {
      state->world->activities.put_back(activity_arn, std::move(*task));
      co_return std::unexpected(std::move(handed.error()));
    }
    if (*handed) co_return std::move(**handed);
  }
}

}  // namespace soma::workflow
