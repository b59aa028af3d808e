// Each task is a coroutine of its own on the execution's loop. It holds the State weakly between its steps,
// so an execution that leaves memory leaves nothing behind but cancelled connectors.
#include "services/workflow/driver/task_runner.h"

#include <fmt/format.h>

#include <unordered_map>

namespace soma::workflow {

using engine::TaskFailed;
using engine::TaskId;
using Pattern = engine::Resource::Pattern;

namespace {

ConnectorResult nobody_serves(const engine::Resource& resource) {
  const std::string name = resource.arn.empty()
                               ? fmt::format("{}:{}", resource.history_type, resource.history_resource)
                               : resource.arn;
  return {std::unexpected(ConnectorFailure{
      "States.TaskFailed",
      fmt::format("This soma has no connector for the resource {}. Mock it for tests (SFN_MOCK_CONFIG), or "
                  "reach it with http:invoke or a lambda that workflow.json maps to a command.",
                  name)})};
}

engine::Event failed(TaskId task, ConnectorFailure failure) {
  return TaskFailed{task, std::move(failure.error), std::move(failure.cause), failure.phase};
}

}  // namespace

bool begins_by_itself(const Connectors& connectors, std::string_view machine_name, std::string_view test_case,
                      const engine::ScheduleTask& task) {
  return task.resource.kind != engine::Resource::Kind::kActivity ||
         connectors.mocked({machine_name, test_case, task.state_name, task.retry_count}).has_value();
}

struct TaskRunner::State : std::enable_shared_from_this<TaskRunner::State> {
  State(const Connectors& c, MapRunner* m, const net::Executor& e, Caller who, Deliver d)
      : connectors(c), map_runner(m), executor(e), caller(std::move(who)), deliver(std::move(d)) {}

  const Connectors& connectors;
  MapRunner* map_runner;
  net::Executor executor;
  Caller caller;
  Deliver deliver;
  std::unordered_map<TaskId, net::Cancellation> running;

  ConnectorCall call_for(engine::ScheduleTask task) const {
    std::string key = fmt::format("{}#{}", caller.execution_arn, task.task);
    return {.task = std::move(task),
            .execution_arn = caller.execution_arn,
            .correlation_id = caller.correlation_id,
            .machine_name = caller.machine_name,
            .trace_header = caller.trace_header,
            .idempotency_key = std::move(key),
            .inspection = caller.inspection};
  }
  std::optional<ConnectorResult> mocked(const engine::ScheduleTask& task) const {
    return connectors.mocked({caller.machine_name, caller.test_case, task.state_name, task.retry_count});
  }

  // The task is still wanted.
  bool wanted(TaskId task) const { return running.contains(task); }
  void tell(TaskId task, engine::Event event, bool over) {
    if (!wanted(task)) return;
    if (over) running.erase(task);
    deliver(task, std::move(event), over);
  }

  static net::Task<> run(std::weak_ptr<State> weak, engine::ScheduleTask task,
                         net::Cancellation cancellation) {
    auto state = weak.lock();
    if (!state) co_return;
    const TaskId id = task.task;
    if (std::optional<ConnectorResult> mock = state->mocked(task)) {
      if (mock->outcome)
        state->tell(id, engine::TaskSucceeded{id, std::move(*mock->outcome)}, true);
      else
        state->tell(id, failed(id, std::move(mock->outcome.error())), true);
      co_return;
    }
    const Pattern pattern = task.resource.pattern;
    Connector* connector = state->connectors.find(task.resource);
    if (connector == nullptr) {
      state->ended(id, pattern, false, nobody_serves(task.resource));
      co_return;
    }
    const auto submitted = std::make_shared<bool>(false);
    ConnectorCall call = state->call_for(std::move(task));
    std::function<void(engine::Payload)> on_submitted = [weak, id, submitted](engine::Payload output) {
      *submitted = true;
      if (const auto alive = weak.lock())
        alive->tell(id, engine::TaskSubmitted{id, std::move(output)}, false);
    };
    state.reset();
    ConnectorResult result =
        co_await connector->run(std::move(call), std::move(on_submitted), std::move(cancellation));
    state = weak.lock();
    if (state) state->ended(id, pattern, *submitted, std::move(result));
  }

  void ended(TaskId task, Pattern pattern, bool submitted, ConnectorResult result) {
    if (!result.outcome) {
      ConnectorFailure failure = std::move(result.outcome.error());
      if (failure.let_go) return;
      if (pattern != Pattern::kRequestResponse && !submitted && failure.phase == TaskFailed::Phase::kRun)
        failure.phase = TaskFailed::Phase::kSubmit;
      return tell(task, failed(task, std::move(failure)), true);
    }
    if (pattern == Pattern::kWaitForTaskToken)
      tell(task, engine::TaskSubmitted{task, std::move(*result.outcome)}, true);
    else
      tell(task, engine::TaskSucceeded{task, std::move(*result.outcome)}, true);
  }

  static net::Task<> run_map(std::weak_ptr<State> weak, engine::StartMapRun run,
                             net::Cancellation cancellation) {
    auto state = weak.lock();
    if (!state) co_return;
    const TaskId id = run.task;
    MapRunner* runner = state->map_runner;
    MapRunCall call{std::move(run), state->caller.execution_arn, state->caller.correlation_id,
                    fmt::format("{}#{}", state->caller.execution_arn, id)};
    MapRunner::Begun begun = [weak, id](std::string map_run_arn, uint64_t redrives) {
      if (const auto alive = weak.lock())
        alive->tell(id, engine::MapRunBegun{id, std::move(map_run_arn), redrives}, false);
    };
    state.reset();
    ConnectorResult result = co_await runner->run(std::move(call), std::move(begun), std::move(cancellation));
    state = weak.lock();
    if (state) state->ended(id, Pattern::kRequestResponse, true, std::move(result));
  }
};

TaskRunner::TaskRunner(const Connectors& connectors, MapRunner* map_runner, const net::Executor& executor,
                       Caller caller, Deliver deliver)
    : state_(
          std::make_shared<State>(connectors, map_runner, executor, std::move(caller), std::move(deliver))) {}

TaskRunner::~TaskRunner() {
  auto running = std::move(state_->running);
  state_->running.clear();
  for (auto& [task, cancellation] : running) cancellation.request(std::string(kTaskLetGo));
}

bool TaskRunner::begins(const engine::ScheduleTask& task) const {
  return begins_by_itself(state_->connectors, state_->caller.machine_name, state_->caller.test_case, task);
}

bool TaskRunner::repeatable(const engine::ScheduleTask& task) const {
  if (state_->mocked(task)) return true;
  const Connector* connector = state_->connectors.find(task.resource);
  return connector == nullptr || connector->repeatable(task);
}

void TaskRunner::start(engine::ScheduleTask task) {
  net::Cancellation cancellation;
  state_->running.emplace(task.task, cancellation);
  net::spawn(state_->executor, State::run(state_, std::move(task), std::move(cancellation)), "workflow.task");
}

void TaskRunner::start(engine::StartMapRun run) {
  net::Cancellation cancellation;
  state_->running.emplace(run.task, cancellation);
  net::spawn(state_->executor, State::run_map(state_, std::move(run), std::move(cancellation)),
             "workflow.map_run");
}

void TaskRunner::cancel(engine::TaskId task) {
  const auto found = state_->running.find(task);
  if (found == state_->running.end()) return;
  net::Cancellation cancellation = found->second;
  state_->running.erase(found);
  cancellation.request(std::string(kTaskCancelled));
}

}  // namespace soma::workflow
