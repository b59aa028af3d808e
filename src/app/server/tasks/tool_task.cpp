// A tool as a task: code, commands and files in a sandbox. Without a SessionId the sandbox is the task's own
// and goes with it; with one it is an open session (StartCodeInterpreterSession), whose files stay. What a
// program did may have reached further than its sandbox: it is not asked again after a crash.
#include <algorithm>

#include <fmt/format.h>

#include "app/server/tasks/tasks.h"
#include "services/workflow/connectors/answers.h"

namespace soma::server {
namespace {

using json::Value;
using os::Result;
using workflow::ConnectorResult;

constexpr std::string_view kKind = "Tool";

std::string text_of(const Value& content) {
  std::string out;
  for (const Value& block : content.is_array() ? content.as_array() : json::Array{}) {
    if (!block.get("text").is_string()) continue;
    if (!out.empty()) out += '\n';
    out += block.get("text").as_string();
  }
  return out;
}

ConnectorResult result_of(const Value& called) {
  std::string text = text_of(called.get("content"));
  if (called.get("isError").bool_or(false)) return workflow::failure("Tool.Failed", std::move(text));
  Value out = json::object({{"Text", std::move(text)}, {"Content", called.get("content")}});
  if (const Value* structured = called.find("structuredContent")) out.set("Result", *structured);
  return workflow::answer(std::move(out));
}

class ToolConnector final : public OwnConnector {
 public:
  explicit ToolConnector(const TaskDependencies& dependencies)
      : OwnConnector("tool", "call", false), sessions_(dependencies.code_sessions) {}

  net::Task<ConnectorResult> run(workflow::ConnectorCall call,
                                 std::function<void(workflow::engine::Payload)> /*submitted*/,
                                 net::Cancellation cancellation) override {
    const Value& parameters = call.task.parameters.value();
    if (const Result<> known = check_members(parameters, {"Tool", "Arguments", "SessionId"}); !known)
      co_return failed_call(kKind, known.error());
    std::string session(parameters.get("SessionId").string_or(""));
    const bool own = session.empty();
    if (own) {
      harness::StartCodeSession start{
          .timed = {.name = call.machine_name.substr(0, harness::kMaxTimedSessionName),
                    .timeout_seconds = harness::kDefaultCodeSessionSeconds,
                    .client_token = call.idempotency_key}};
      if (call.task.timeout_seconds)
        start.timed.timeout_seconds = std::min(*call.task.timeout_seconds, harness::kMaxCodeSessionSeconds);
      const Result<harness::CodeSessionInfo> opened = co_await sessions_.open(std::move(start));
      if (!opened) co_return failed_call(kKind, opened.error());
      session = opened->session_id;
    }
    // Only the end of its session stops what runs in it, so a task with a session that it shares runs on.
    const net::Executor executor = co_await net::this_executor();
    const auto stop = cancellation.on_request([this, own, executor, session] {
      if (own) net::spawn(executor, end(sessions_, session), "workflow.task.cancel");
    });
    const std::string tool(parameters.get("Tool").string_or(""));
    const Value arguments = parameters.has("Arguments") ? parameters.get("Arguments") : Value(json::Object{});
    const Result<Value> called = co_await sessions_.call(session, tool, arguments);
    if (own) co_await end(sessions_, session);
    if (!called) co_return failed_call(kKind, called.error());
    co_return result_of(*called);
  }

 private:
  static net::Task<> end(harness::CodeSessions& sessions, std::string session) {
    const Result<harness::CodeSessionInfo> closed = co_await sessions.close(session);
    if (!closed)
      os::log(os::Level::kWarning, "workflow.sandbox.stays",
              {{"session", session}, {"error", closed.error().to_string()}});
  }

  harness::CodeSessions& sessions_;
};

}  // namespace

std::unique_ptr<workflow::Connector> make_tool_connector(const TaskDependencies& dependencies) {
  return std::make_unique<ToolConnector>(dependencies);
}

}  // namespace soma::server
