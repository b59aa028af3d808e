#include "services/harness/code_interpreter_route.h"

#include <fmt/format.h>

#include "services/harness/event_stream.h"
#include "services/harness/routes.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr std::string_view kCodeSessionHeader = "x-amzn-code-interpreter-session-id";
constexpr int64_t kMaxListed = 100;  // of one page, as the API

Result<> check_interpreter(const net::Request& request) {
  const std::string_view named = request.parameter("codeInterpreterIdentifier");
  if (named == kCodeInterpreter) return {};
  return os::fail(Code::kNotFound, fmt::format("there is no code interpreter '{}'", named),
                  fmt::format("use {}", kCodeInterpreter));
}

Result<StartCodeSession> start_from_json(const Value& body) {
  for (const char* member : {"certificates", "filesystemConfigurations"})
    if (!body.get(member).empty())
      return os::fail(Code::kInvalidArgument, fmt::format("{} is not offered here", member), "leave it out");
  return StartCodeSession{
      .name = std::string(body.get("name").string_or("")),
      .timeout_seconds = body.get("sessionTimeoutSeconds").int_or(kDefaultCodeSessionSeconds),
      .client_token = std::string(body.get("clientToken").string_or(""))};
}

// The members that each answer has of a session, and what is its own.
Value session_body(const CodeSessionInfo& session) {
  return json::object({{"codeInterpreterIdentifier", kCodeInterpreter}, {"sessionId", session.session_id}});
}

Value described(const CodeSessionInfo& session) {
  Value body = session_body(session);
  if (!session.name.empty()) body.set("name", session.name);
  body.set("status", session.ready ? "READY" : "TERMINATED");
  body.set("createdAt", os::format_time(session.created));
  return body;
}

net::Task<Result<net::Response>> start(CodeSessions& sessions, net::Request& request) {
  SOMA_CO_TRY(check_interpreter(request));
  SOMA_CO_ASSIGN(const Value wanted, request.json_body());
  SOMA_CO_ASSIGN(StartCodeSession start, start_from_json(wanted));
  SOMA_CO_ASSIGN(const CodeSessionInfo session, co_await sessions.open(std::move(start)));
  Value body = session_body(session);
  body.set("createdAt", os::format_time(session.created));
  co_return net::Response::json(200, body);
}

net::Task<Result<net::Response>> get(CodeSessions& sessions, net::Request& request) {
  SOMA_CO_TRY(check_interpreter(request));
  SOMA_CO_ASSIGN(const CodeSessionInfo session, sessions.get(request.query_value("sessionId")));
  Value body = described(session);
  body.set("sessionTimeoutSeconds", session.timeout_seconds);
  co_return net::Response::json(200, body);
}

net::Task<Result<net::Response>> list(CodeSessions& sessions, net::Request& request) {
  SOMA_CO_TRY(check_interpreter(request));
  SOMA_CO_ASSIGN(const Value wanted, request.json_body());
  const int64_t limit = wanted.get("maxResults").int_or(kMaxListed);
  if (limit < 1 || limit > kMaxListed)
    co_return os::fail(Code::kInvalidArgument,
                       fmt::format("maxResults is {}; it must be 1 to {}", limit, kMaxListed));
  const std::string_view status = wanted.get("status").string_or("");
  if (!status.empty() && status != "READY" && status != "TERMINATED")
    co_return os::fail(Code::kInvalidArgument, fmt::format("status is '{}'", status),
                       "use READY or TERMINATED");
  const std::optional<bool> ready = status.empty() ? std::nullopt : std::optional(status == "READY");
  SOMA_CO_ASSIGN(const CodeSessionPage page,
                 sessions.list(ready, static_cast<size_t>(limit), wanted.get("nextToken").string_or("")));
  Value items = json::Array{};
  for (const CodeSessionInfo& session : page.sessions) {
    Value item = described(session);
    item.set("lastUpdatedAt", os::format_time(session.updated));
    items.push_back(std::move(item));
  }
  Value body = json::object({{"items", std::move(items)}});
  if (!page.next_token.empty()) body.set("nextToken", page.next_token);
  co_return net::Response::json(200, body);
}

net::Task<Result<net::Response>> stop(CodeSessions& sessions, net::Request& request) {
  SOMA_CO_TRY(check_interpreter(request));
  std::string session_id(request.query_value("sessionId"));
  SOMA_CO_ASSIGN(const CodeSessionInfo session, co_await sessions.close(std::move(session_id)));
  Value body = session_body(session);
  body.set("lastUpdatedAt", os::format_time(session.updated));
  co_return net::Response::json(200, body);
}

// The result of one call, and the session that had it: one is started when none is named.
struct Called {
  std::string session_id;
  Value result;
};
net::Task<Result<Called>> call(CodeSessions& sessions, net::Request& request) {
  SOMA_CO_TRY(check_interpreter(request));
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  std::string session_id(request.headers.get(kCodeSessionHeader));
  if (session_id.empty()) {
    StartCodeSession start;
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
