// A child's name follows from the task that starts it, unless the task names it; and the child remembers the
// task. So a start that is repeated after a crash finds the child that it made the first time, running or
// ended, and never makes a second one.
#include "services/workflow/connectors/states.h"

#include <fmt/format.h>

#include "services/workflow/connectors/answers.h"
#include "services/workflow/executions/execution_view.h"

namespace soma::workflow {
namespace {

using engine::Resource;
using json::Value;
using os::Code;
using os::Result;
using Pattern = Resource::Pattern;

constexpr std::string_view kService = "AWSStepFunctions";

// A child's description as a result or as a failure's cause. Text payloads for .sync, JSON for .sync:2.
Value description(const ExecutionView& child, bool as_json, os::Time now) {
  const auto payload = [as_json](const std::string& text) {
    if (!as_json) return Value(text);
    Result<Value> value = json::parse(text);
    return value ? std::move(*value) : Value(text);
  };
  const Value included = json::object({{"Included", true}});
  Value out = json::Object{};
  if (child.cause) out.set("Cause", *child.cause);
  if (child.error) out.set("Error", *child.error);
  out.set("ExecutionArn", child.arn);
  out.set("Input", payload(child.input));
  out.set("InputDetails", included);
  out.set("Name", child.name);
  if (child.output) {
    out.set("Output", payload(*child.output));
    out.set("OutputDetails", included);
  }
  out.set("RedriveCount", child.redrives);
  const auto obstacle = redrive_obstacle(child, now);
  out.set("RedriveStatus", obstacle ? "NOT_REDRIVABLE" : "REDRIVABLE");
  if (obstacle) out.set("RedriveStatusReason", *obstacle);
  out.set("StartDate", os::unix_ms(child.started));
  out.set("StateMachineArn", child.machine_arn);
  out.set("Status", engine::status_name(child.status));
  if (child.stopped) out.set("StopDate", os::unix_ms(*child.stopped));
  return out;
}

class StatesConnector final : public Connector {
 public:
  StatesConnector(os::Clock& clock, os::IdSource& ids, const StatesBackend& backend)
      : clock_(clock), ids_(ids), backend_(backend) {}

  bool serves(const Resource& resource) const override {
    return resource.kind == Resource::Kind::kService && resource.service == "states" &&
           resource.action == "startExecution";
  }
  bool repeatable(const engine::ScheduleTask& /*task*/) const override { return true; }

  net::Task<ConnectorResult> run(ConnectorCall call, std::function<void(engine::Payload)> submitted,
                                 net::Cancellation cancellation) override {
    const Pattern pattern = call.task.resource.pattern;
    const bool waits = pattern == Pattern::kSync || pattern == Pattern::kSync2;
    const Value& parameters = call.task.parameters.value();
    StartRequest request;
    request.name = parameters.get("Name").string_or("");
    if (request.name.empty()) request.name = name_of_key(call.idempotency_key);
    const std::string machine_arn(parameters.get("StateMachineArn").string_or(""));
    Answered<Target> target = backend_.resolve(machine_arn, request.name);
    if (!target) co_return refused(target.error().name, target.error().message);
    if (waits && target->machine->type == MachineType::kExpress)
      co_return refused("StateMachineTypeNotSupported",
                        "An Express state machine cannot be waited for: use startExecution");
    request.target = std::move(*target);
    if (const Value& input = parameters.get("Input"); !input.is_null())
      request.input = input.is_string() ? input.as_string() : json::write(input);
    request.trace_header = parameters.get("TraceHeader").string_or(call.trace_header);
    request.parent_arn = call.execution_arn;
    request.correlation_id = call.correlation_id;
    request.start_key = call.idempotency_key;
    request.awaited = waits;

    const Result<Started> started = co_await backend_.executions->start_execution(std::move(request));
    if (!started && backend_.executions->stopping()) co_return let_go();
    if (!started) co_return start_failed(started.error());
    Value accepted = start_answer(*started);
    if (!waits) co_return answer(std::move(accepted));
    submitted(engine::Payload(std::move(accepted)));
    co_return co_await end_of(started->arn, pattern == Pattern::kSync2, cancellation);
  }

 private:
  net::Task<ConnectorResult> end_of(std::string arn, bool as_json, net::Cancellation cancellation) {
    const Result<ExecutionView> child = co_await backend_.executions->wait(arn, cancellation);
    if (child) {
      Value described = description(*child, as_json, clock_.now());
      if (child->status == engine::Status::kSucceeded) co_return answer(std::move(described));
      co_return failure("States.TaskFailed", json::write(described));
    }
    if (backend_.executions->stopping()) co_return let_go();
    if (cancellation.requested() && cancellation.reason() == kTaskCancelled) {
      const Result<os::Time> stopped =
          co_await backend_.executions->stop_execution(arn, std::nullopt, std::nullopt);
      if (!stopped)
        os::log(os::Level::kWarning, "workflow.child.stays",
                {{"execution", arn}, {"error", stopped.error().to_string()}});
    }
    co_return failure("States.TaskFailed", child.error().message);
  }

  ConnectorResult refused(std::string_view name, std::string_view message) const {
    return failure(fmt::format("StepFunctions.{}Exception", name),
                   optimized_cause(message, kService, 400, name, ids_.uuid()));
  }

  ConnectorResult start_failed(const os::Error& error) const {
    switch (error.code) {
      case Code::kAlreadyExists:
        return refused("ExecutionAlreadyExists", error.message);
      case Code::kInvalidArgument:
        return refused("InvalidExecutionInput", error.message);
      case Code::kLimitExceeded:
        return refused("ExecutionLimitExceeded", error.message);
      default:
        return failure("StepFunctions.SdkClientException", error.message);
    }
  }

  Value start_answer(const Started& started) const {
    const std::string request_id = ids_.uuid();
    const Value wire =
        json::object({{"executionArn", started.arn}, {"startDate", os::unix_ms(started.at) / 1000.0}});
    Value out = json::object({{"ExecutionArn", started.arn}});
    add_sdk_metadata(out,
                     {{"x-amzn-RequestId", request_id},
                      {"connection", "keep-alive"},
                      {"Content-Length", std::to_string(json::write(wire).size())},
                      {"Date", http_date(clock_.now())},
                      {"Content-Type", "application/x-amz-json-1.0"}},
                     200, request_id);
    out.set("StartDate", os::unix_ms(started.at));
    return out;
  }

  os::Clock& clock_;
  os::IdSource& ids_;
  const StatesBackend& backend_;
};

}  // namespace

std::unique_ptr<Connector> make_states_connector(os::Clock& clock, os::IdSource& ids,
                                                 const StatesBackend& backend) {
  return std::make_unique<StatesConnector>(clock, ids, backend);
}

}  // namespace soma::workflow
