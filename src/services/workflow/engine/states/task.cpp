// Task: its history events are of one family for each kind of resource.
#include <array>

#include <fmt/format.h>

#include "services/workflow/engine/data_flow.h"
#include "services/workflow/engine/states/states.h"
#include "services/workflow/engine/token.h"

namespace soma::workflow::engine {
namespace {

struct TaskEvents {
  EventType scheduled, started, succeeded, failed, timed_out, schedule_failed, start_failed;
};
constexpr TaskEvents kLambdaEvents{
    .scheduled = EventType::kLambdaFunctionScheduled,
    .started = EventType::kLambdaFunctionStarted,
    .succeeded = EventType::kLambdaFunctionSucceeded,
    .failed = EventType::kLambdaFunctionFailed,
    .timed_out = EventType::kLambdaFunctionTimedOut,
    .schedule_failed = EventType::kLambdaFunctionScheduleFailed,
    .start_failed = EventType::kLambdaFunctionStartFailed,
};
constexpr TaskEvents kActivityEvents{
    .scheduled = EventType::kActivityScheduled,
    .started = EventType::kActivityStarted,
    .succeeded = EventType::kActivitySucceeded,
    .failed = EventType::kActivityFailed,
    .timed_out = EventType::kActivityTimedOut,
    .schedule_failed = EventType::kActivityScheduleFailed,
    .start_failed = EventType::kActivityFailed,
};
constexpr TaskEvents kTaskEvents{
    .scheduled = EventType::kTaskScheduled,
    .started = EventType::kTaskStarted,
    .succeeded = EventType::kTaskSucceeded,
    .failed = EventType::kTaskFailed,
    .timed_out = EventType::kTaskTimedOut,
    .schedule_failed = EventType::kTaskStartFailed,
    .start_failed = EventType::kTaskStartFailed,
};

const Resource& resource_of(const Frame& frame) {
  return *frame.plan().resource;
}
bool is_service(const Resource& resource) {
  return resource.kind == Resource::Kind::kService || resource.kind == Resource::Kind::kSdk;
}
const TaskEvents& events_of(const Frame& frame) {
  switch (resource_of(frame).kind) {
    case Resource::Kind::kLambda:
      return kLambdaEvents;
    case Resource::Kind::kActivity:
      return kActivityEvents;
    default:
      return kTaskEvents;
  }
}

// {"resource", "resourceType"} of a service's events; nothing of the others'.
json::Value details_with_resource(const Frame& frame) {
  const Resource& resource = resource_of(frame);
  if (!is_service(resource)) return json::Object();
  return json::object({{"resource", resource.history_resource}, {"resourceType", resource.history_type}});
}

json::Value details_with_error(const Frame& frame, const std::optional<std::string>& error,
                               const std::optional<std::string>& cause) {
  json::Value details = details_with_resource(frame);
  if (error) details.set("error", *error);
  if (cause) details.set("cause", *cause);
  return details;
}

// TimeoutSeconds, HeartbeatSeconds; 0: none.
Attempt<int64_t> seconds_of(const Frame& frame, const View& view, const std::optional<Computed>& field) {
  if (!field) return 0;
  SOMA_ASSIGN(json::Value value, view.evaluate(*field));
  if (value.is_integer() && value.int_or(0) > 0) return value.int_or(0);
  if (field->expression) {
    return std::unexpected(unexpected_type(frame, *field->expression, field->field, "integer", value));
  }
  const bool whole = value.is_integer();
  return std::unexpected(runtime_failure(
      frame, fmt::format("The {} parameter {}: {} == {}", field->field,
                         whole ? "references a non-positive value" : "cannot be parsed as a long value",
                         field->path ? field->path->text() : std::string(), json::write(value))));
}

// All that a task needs, evaluated.
struct Order {
  Payload parameters;
  int64_t timeout = 0, heartbeat = 0;
  std::string role;
};

Attempt<Order> evaluate_order(Run& run, Frame& frame) {
  const auto& details = details_of<TaskDetails>(frame.plan());
  SOMA_ASSIGN(Payload effective, effective_input(run, frame));
  Order order;
  SOMA_ASSIGN(order.parameters, work_input(run, frame, effective));
  View view(run, frame);
  view.with_input(effective.value());
  SOMA_ASSIGN(order.timeout, seconds_of(frame, view, details.timeout));
  SOMA_ASSIGN(order.heartbeat, seconds_of(frame, view, details.heartbeat));
  if (details.credentials) {
    SOMA_ASSIGN(json::Value credentials, view.evaluate_expression(*details.credentials));
    order.role = credentials.get("RoleArn").string_or("");
  }
  if (order.parameters.bytes() > kMaxPayloadBytes) {
    return std::unexpected(too_large(frame.plan().state->name));
  }
  return order;
}

json::Value scheduled_details(const Run& run, const Frame& frame, const Order& order) {
  const Resource& resource = resource_of(frame);
  json::Value details = details_with_resource(frame);
  if (is_service(resource)) {
    details.set("region", run.info().region);
  } else {
    details.set("resource", resource.arn);
  }
  if (order.timeout != 0) details.set("timeoutInSeconds", order.timeout);
  if (order.heartbeat != 0) details.set("heartbeatInSeconds", order.heartbeat);
  if (!order.role.empty()) details.set("taskCredentials", json::object({{"roleArn", order.role}}));
  return details;
}

bool may_have_token(const Resource& resource) {
  return resource.kind == Resource::Kind::kActivity ||
         resource.pattern != Resource::Pattern::kRequestResponse;
}

void start_heartbeat(Run& run, Frame& frame) {
  if (frame.now.heartbeat != 0) frame.now.heartbeat_at = run.now_us() + (frame.now.heartbeat * 1'000'000);
}

void schedule(Run& run, Frame& frame, Order order) {
  const Resource& resource = resource_of(frame);
  Fields& now = frame.now;
  frame.parameters = std::move(order.parameters);
  frame.credentials_role = order.role;
  run.emit(frame, {.type = events_of(frame).scheduled,
                   .details = scheduled_details(run, frame, order),
                   .member = is_service(resource) ? "parameters" : "input",
                   .payload = frame.parameters});
  now.scheduled = now.last;
  now.timeout = order.timeout;
  now.heartbeat = order.heartbeat;
  now.timeout_at = order.timeout == 0 ? 0 : run.now_us() + (order.timeout * 1'000'000);
  // A worker beats from when it took the task.
  if (resource.kind != Resource::Kind::kActivity) start_heartbeat(run, frame);
  frame.set_progress(TaskPhase::kScheduled);
  frame.set_phase(Phase::kTask);
  run.set_timer(frame);
  if (const auto instead = instead_of_work(run)) {
    if (!*instead) return task_failed(run, frame, instead->error());
    return task_succeeded(run, frame, **instead);
  }
  run.command(task_command(frame));
}

// A connector may not say when it began: history has the event all the same.
void ensure_started(Run& run, Frame& frame) {
  if (resource_of(frame).kind != Resource::Kind::kActivity) task_started(run, frame, {});
}

void end(Run& run, Frame& frame) {
  run.end_task(frame);
  frame.parameters = {};
}

EventType failed_event(const Frame& frame, TaskFailed::Phase phase) {
  const TaskEvents& events = events_of(frame);
  switch (phase) {
    case TaskFailed::Phase::kSchedule:
      return events.schedule_failed;
    case TaskFailed::Phase::kStart:
      return events.start_failed;
    case TaskFailed::Phase::kSubmit:
      return is_service(resource_of(frame)) ? EventType::kTaskSubmitFailed : events.failed;
    case TaskFailed::Phase::kRun:
      break;
  }
  return events.failed;
}

}  // namespace

void begin_task(Run& run, Frame& frame) {
  if (!frame.plan().resource) {
    return run.fail(frame,
                    runtime_failure(frame, fmt::format("The resource '{}' is not known.",
                                                       details_of<TaskDetails>(frame.plan()).resource)));
  }
  const Resource& resource = resource_of(frame);
  if (resource.kind == Resource::Kind::kActivity && run.info().activity_exists &&
      !run.info().activity_exists(resource.arn)) {
    return run.fail(frame,
                    runtime_failure(frame, fmt::format("The activity {} does not exist.", resource.arn)));
  }
  // Its number and its token first: the parameters may name the token.
  const TaskId task = run.new_task(frame);
  frame.token =
      may_have_token(resource) ? make_token(run.info().execution_arn, task, run.ids()) : std::string();
  frame.token_changed = true;
  auto order = evaluate_order(run, frame);
  if (!order) {
    run.end_task(frame);
    return run.fail(frame, std::move(order.error()));
  }
  schedule(run, frame, std::move(*order));
}

ScheduleTask task_command(const Frame& frame) {
  const Fields& now = frame.now;
  ScheduleTask command{.task = static_cast<TaskId>(now.task),
                       .resource = resource_of(frame),
                       .parameters = frame.parameters,
                       .token = frame.token,
                       .state_name = frame.plan().state->name,
                       .retry_count = static_cast<uint64_t>(now.tries)};
  if (!frame.credentials_role.empty()) {
    command.credentials = Payload(json::object({{"RoleArn", frame.credentials_role}}));
  }
  if (now.timeout != 0) command.timeout_seconds = now.timeout;
  if (now.heartbeat != 0) command.heartbeat_seconds = now.heartbeat;
  return command;
}

void task_started(Run& run, Frame& frame, const std::string& worker) {
  if (frame.progress() != TaskPhase::kScheduled) return;
  frame.set_progress(TaskPhase::kStarted);
  json::Value details = details_with_resource(frame);
  if (!worker.empty()) details.set("workerName", worker);
  run.emit(frame, {.type = events_of(frame).started, .details = std::move(details)});
  start_heartbeat(run, frame);
  run.set_timer(frame);
}

void task_submitted(Run& run, Frame& frame, Payload output) {
  if (frame.progress() == TaskPhase::kSubmitted) return;
  ensure_started(run, frame);
  frame.set_progress(TaskPhase::kSubmitted);
  run.emit(frame, {.type = EventType::kTaskSubmitted,
                   .details = details_with_resource(frame),
                   .member = "output",
                   .payload = std::move(output)});
  start_heartbeat(run, frame);
  run.set_timer(frame);
}

void task_succeeded(Run& run, Frame& frame, Payload output) {
  if (output.bytes() > kMaxPayloadBytes) {
    const Resource& resource = resource_of(frame);
    const Failure failure = too_large(is_service(resource) ? resource.history_type : resource.arn);
    return task_failed(run, frame, {.error = failure.error, .cause = failure.cause});
  }
  ensure_started(run, frame);
  end(run, frame);
  run.saw(Stage::kResult, output);
  run.emit(frame, {.type = events_of(frame).succeeded,
                   .details = details_with_resource(frame),
                   .member = "output",
                   .payload = output});
  complete(run, frame, &output, frame.plan().next);
}

void task_failed(Run& run, Frame& frame, const TaskFailed& failed) {
  if (failed.phase == TaskFailed::Phase::kSubmit || failed.phase == TaskFailed::Phase::kRun) {
    ensure_started(run, frame);
  }
  end(run, frame);
  run.emit(frame, {.type = failed_event(frame, failed.phase),
                   .details = details_with_error(frame, failed.error, failed.cause)});
  run.fail(frame, {.error = failed.error, .cause = failed.cause, .from_outside = true});
}

void task_heartbeat(Run& run, Frame& frame) {
  start_heartbeat(run, frame);
  run.touch(frame);
  run.set_timer(frame);
}

void task_timed_out(Run& run, Frame& frame) {
  const bool heartbeat = frame.now.timeout_at == 0 || frame.now.timeout_at > run.now_us();
  ensure_started(run, frame);
  run.cancel_task(frame);
  frame.parameters = {};
  const std::optional<std::string> error(errors::kTimeout);
  run.emit(frame,
           {.type = events_of(frame).timed_out, .details = details_with_error(frame, error, std::nullopt)});
  Failure failure{.error = error, .from_outside = true};
  if (heartbeat) failure.also = errors::kHeartbeatTimeout;
  run.fail(frame, std::move(failure));
}

}  // namespace soma::workflow::engine
