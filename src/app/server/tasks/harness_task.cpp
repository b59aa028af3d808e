// An agent as a task. The session and the invocation follow from the task's key: a task that is asked again
// after a crash finds the invocation that it began, running, waiting for an approval or ended, and never
// begins a second one.
#include <algorithm>

#include <fmt/format.h>

#include "app/server/tasks/tasks.h"
#include "base/aws/aws.h"
#include "services/harness/loop/invocation_follower.h"
#include "services/harness/wire.h"
#include "services/workflow/connectors/answers.h"

namespace soma::server {
namespace {

using json::Value;
using os::Result;
using workflow::ConnectorResult;

constexpr std::string_view kKind = "Harness";
// How an invocation may end for the task to have succeeded; anything else is an error for Retry and Catch.
constexpr std::string_view kGoodEnds[] = {"end_turn", "stop_sequence"};

std::string session_of_key(std::string_view key) {
  return "workflow-" + aws::sha256_hex(key).substr(0, 40);
}

ConnectorResult result_of(const harness::Invocation& invocation, harness::FollowedEnd end) {
  const Value& finished = end.finished;
  if (const Value* error = finished.find("error"))
    return workflow::failure(fmt::format("{}.{}", kKind, error->get("code").string_or("Internal")),
                             std::string(error->get("message").string_or("")));
  const std::string_view stop = finished.get("stopReason").string_or("");
  if (std::ranges::find(kGoodEnds, stop) == std::end(kGoodEnds))
    return workflow::failure(error_name(kKind, stop),
                             fmt::format("The invocation {} of session {} ended with {}. Its last words: {}",
                                         invocation.id, invocation.session_id, stop, end.answer));
  Value out = json::object({{"SessionId", invocation.session_id},
                            {"InvocationId", invocation.id},
                            {"StopReason", stop},
                            {"Text", std::move(end.answer)},
                            {"Usage", finished.get("usage")},
                            {"Iterations", finished.get("iterations")},
                            {"ToolCalls", finished.get("toolCalls")}});
  if (const Value* output = finished.find("output")) out.set("Output", *output);
  if (const Value* cost = finished.find("costUsd")) out.set("CostUsd", *cost);
  return workflow::answer(std::move(out));
}

class HarnessConnector final : public OwnConnector {
 public:
  explicit HarnessConnector(const TaskDependencies& dependencies)
      : OwnConnector("harness", "invoke", true), dependencies_(dependencies) {}

  net::Task<ConnectorResult> run(workflow::ConnectorCall call,
                                 std::function<void(workflow::engine::Payload)> /*submitted*/,
                                 net::Cancellation cancellation) override {
    Result<harness::InvokeRequest> request = request_of(call);
    if (!request) co_return failed_call(kKind, request.error());
    const std::string harness = request->harness, session = request->session_id;
    const Result<harness::Invocation> invocation =
        co_await dependencies_.harnesses.invoke(std::move(*request));
    if (!invocation) co_return failed_call(kKind, invocation.error());

    const net::Executor executor = co_await net::this_executor();
    const auto pass_on = cancellation.on_request([this, executor, harness, session, &cancellation] {
      if (cancellation.reason() == workflow::kTaskCancelled)
        net::spawn(executor, cancel(dependencies_.harnesses, harness, session), "workflow.task.cancel");
    });
    Result<harness::FollowedEnd> end = co_await harness::follow_to_end(
        dependencies_.with.journal, executor, *invocation, nullptr, workflow::kTaskLetGo, cancellation);
    if (!end && end.error().code == os::Code::kCancelled) co_return workflow::let_go();
    if (!end) co_return failed_call(kKind, end.error());
    co_return result_of(*invocation, std::move(*end));
  }

 private:
  static Result<harness::InvokeRequest> request_of(const workflow::ConnectorCall& call) {
    const Value& parameters = call.task.parameters.value();
    SOMA_TRY(
        check_members(parameters, {"Harness", "Qualifier", "SessionId", "Prompt", "Messages", "Overrides"}));
    SOMA_ASSIGN(Value body, body_of(parameters));
    if (const Value& overrides = parameters.get("Overrides"); overrides.is_object())
      for (const auto& [name, value] : overrides.as_object())
        if (name != "messages") body.set(name, value);
    SOMA_ASSIGN(harness::InvokeRequest request, harness::invoke_request_from_json(body));
    request.harness = parameters.get("Harness").string_or("");
    if (request.harness.empty()) return os::fail(os::Code::kInvalidArgument, "Harness must name a harness");
    request.qualifier = parameters.get("Qualifier").string_or("");
    request.session_id = parameters.get("SessionId").string_or("");
    if (request.session_id.empty()) request.session_id = session_of_key(call.idempotency_key);
    request.client_token = call.idempotency_key;
    return request;
  }

  static net::Task<> cancel(harness::Service& service, std::string harness, std::string session) {
    const Result<> cancelled = co_await service.cancel(harness, session);
    if (!cancelled)
      os::log(os::Level::kWarning, "workflow.invocation.stays",
              {{"session", session}, {"error", cancelled.error().to_string()}});
  }

  TaskDependencies dependencies_;
};

}  // namespace

std::unique_ptr<workflow::Connector> make_harness_connector(const TaskDependencies& dependencies) {
  return std::make_unique<HarnessConnector>(dependencies);
}

}  // namespace soma::server
