#include "services/harness/code_interpreter_route.h"

#include "services/harness/event_stream.h"
#include "services/harness/routes.h"
#include "services/harness/timed_session/timed_session_wire.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Result;

constexpr std::string_view kCodeSessionHeader = "x-amzn-code-interpreter-session-id";
constexpr SessionTool kTool{"codeInterpreterIdentifier", kCodeInterpreter, "code interpreter"};

net::Task<Result<net::Response>> start(CodeSessions& sessions, net::Request& request) {
  SOMA_CO_TRY(check_tool(kTool, request));
  SOMA_CO_ASSIGN(const Value wanted, request.json_body());
  SOMA_CO_TRY(refuse_members(wanted, {"certificates"}));
  StartCodeSession start{.timed = start_from_json(wanted, kDefaultCodeSessionSeconds)};
  if (wanted.has("filesystemConfigurations")) {
    SOMA_CO_ASSIGN(start.mounts, code_mounts_from_json(wanted.get("filesystemConfigurations")));
  }
  SOMA_CO_ASSIGN(const CodeSessionInfo session, co_await sessions.open(std::move(start)));
  Value body = session_body(kTool, session);
  body.set("createdAt", os::format_time(session.created));
  co_return net::Response::json(200, body);
}

net::Task<Result<net::Response>> get(CodeSessions& sessions, net::Request& request) {
  SOMA_CO_TRY(check_tool(kTool, request));
  SOMA_CO_ASSIGN(const CodeSessionInfo session, sessions.get(request.query_value("sessionId")));
  Value body = described(kTool, session);
  body.set("sessionTimeoutSeconds", session.timeout_seconds);
  if (Value mounts = CodeSessions::mounts_of(session); !mounts.empty())
    body.set("filesystemConfigurations", std::move(mounts));
  co_return net::Response::json(200, body);
}

net::Task<Result<net::Response>> list(CodeSessions& sessions, net::Request& request) {
  SOMA_CO_TRY(check_tool(kTool, request));
  SOMA_CO_ASSIGN(const Value wanted, request.json_body());
  SOMA_CO_ASSIGN(const Value body, list_sessions(kTool, sessions.timed(), wanted));
  co_return net::Response::json(200, body);
}

net::Task<Result<net::Response>> stop(CodeSessions& sessions, net::Request& request) {
  SOMA_CO_TRY(check_tool(kTool, request));
  std::string session_id(request.query_value("sessionId"));
  SOMA_CO_ASSIGN(const CodeSessionInfo session, co_await sessions.close(std::move(session_id)));
  Value body = session_body(kTool, session);
  body.set("lastUpdatedAt", os::format_time(session.updated));
  co_return net::Response::json(200, body);
}

// The result of one call, and the session that had it: one is started when none is named.
struct Called {
  std::string session_id;
  Value result;
};
net::Task<Result<Called>> call(CodeSessions& sessions, net::Request& request) {
  SOMA_CO_TRY(check_tool(kTool, request));
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  std::string session_id(request.headers.get(kCodeSessionHeader));
  if (session_id.empty()) {
    StartCodeSession start{.timed = {.timeout_seconds = kDefaultCodeSessionSeconds}};
    SOMA_CO_ASSIGN(CodeSessionInfo started, co_await sessions.open(std::move(start)));
    session_id = std::move(started.session_id);
  }
  std::string name(body.get("name").string_or(""));
  Value arguments = body.get("arguments");
  SOMA_CO_ASSIGN(Value result, co_await sessions.call(session_id, std::move(name), std::move(arguments)));
  co_return Called{std::move(session_id), std::move(result)};
}

net::Task<> invoke(CodeSessions& sessions, net::Request& request, net::Reply& reply) {
  auto called = co_await call(sessions, request);
  if (!called) {
    net::Response response = net::error_response(called.error(), request.id);
    co_await reply.send(std::move(response));
    co_return;
  }
  WireStream stream(reply, WireStream::framing_of(request));
  net::Headers headers{{std::string(kCodeSessionHeader), called->session_id}};
  if (!co_await stream.begin(std::move(headers))) co_return;
  std::vector<WireEvent> events;
  events.push_back({"result", std::move(called->result)});
  if (!co_await stream.send(events, 0)) co_return;
  co_await stream.end();
}

}  // namespace

void mount_code_interpreter(net::Router& router, CodeSessions& sessions) {
  const net::Router::Options calls{kMaxInvokeBodyBytes};
  router.add("PUT", "/code-interpreters/{codeInterpreterIdentifier}/sessions/start",
             net::answering([&sessions](net::Request& request) { return start(sessions, request); }));
  router.add("GET", "/code-interpreters/{codeInterpreterIdentifier}/sessions/get",
             net::answering([&sessions](net::Request& request) { return get(sessions, request); }));
  router.add("POST", "/code-interpreters/{codeInterpreterIdentifier}/sessions/list",
             net::answering([&sessions](net::Request& request) { return list(sessions, request); }));
  router.add("PUT", "/code-interpreters/{codeInterpreterIdentifier}/sessions/stop",
             net::answering([&sessions](net::Request& request) { return stop(sessions, request); }));
  router.add(
      "POST", "/code-interpreters/{codeInterpreterIdentifier}/tools/invoke",
      [&sessions](net::Request& request, net::Reply& reply) { return invoke(sessions, request, reply); },
      calls);
}

}  // namespace soma::harness
