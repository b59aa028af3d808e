#include "services/harness/timed_session/timed_session_wire.h"

#include <fmt/format.h>

namespace soma::harness {

using json::Value;
using os::Code;
using os::Result;

namespace {

constexpr int64_t kMaxListed = 100;  // of one page, as the API

}  // namespace

Result<> check_tool(const SessionTool& tool, const net::Request& request) {
  const std::string_view named = request.parameter(tool.member);
  if (named == tool.identifier) return {};
  return os::fail(Code::kNotFound, fmt::format("there is no {} '{}'", tool.words, named),
                  fmt::format("use {}", tool.identifier));
}

Result<> refuse_members(const Value& body, std::initializer_list<std::string_view> members) {
  for (const std::string_view member : members)
    if (!body.get(member).empty())
      return os::fail(Code::kInvalidArgument, fmt::format("{} is not offered here", member), "leave it out");
  return {};
}

StartTimedSession start_from_json(const Value& body, int64_t default_seconds) {
  return {.name = std::string(body.get("name").string_or("")),
          .timeout_seconds = body.get("sessionTimeoutSeconds").int_or(default_seconds),
          .client_token = std::string(body.get("clientToken").string_or(""))};
}

Value session_body(const SessionTool& tool, const TimedSessionInfo& session) {
  return json::object({{std::string(tool.member), tool.identifier}, {"sessionId", session.session_id}});
}

Value described(const SessionTool& tool, const TimedSessionInfo& session) {
  Value body = session_body(tool, session);
  if (!session.name.empty()) body.set("name", session.name);
  body.set("status", session.ready ? "READY" : "TERMINATED");
  body.set("createdAt", os::format_time(session.created));
  return body;
}

Result<Value> list_sessions(const SessionTool& tool, const TimedSessions& sessions, const Value& wanted) {
  const int64_t limit = wanted.get("maxResults").int_or(kMaxListed);
  if (limit < 1 || limit > kMaxListed)
    return os::fail(Code::kInvalidArgument,
                    fmt::format("maxResults is {}; it must be 1 to {}", limit, kMaxListed));
  const std::string_view status = wanted.get("status").string_or("");
  if (!status.empty() && status != "READY" && status != "TERMINATED")
    return os::fail(Code::kInvalidArgument, fmt::format("status is '{}'", status), "use READY or TERMINATED");
  const std::optional<bool> ready = status.empty() ? std::nullopt : std::optional(status == "READY");
  SOMA_ASSIGN(const TimedSessionPage page,
              sessions.list(ready, static_cast<size_t>(limit), wanted.get("nextToken").string_or("")));
  Value items = json::Array{};
  for (const TimedSessionInfo& session : page.sessions) {
    Value item = described(tool, session);
    item.set("lastUpdatedAt", os::format_time(session.updated));
    items.push_back(std::move(item));
  }
  Value body = json::object({{"items", std::move(items)}});
  if (!page.next_token.empty()) body.set("nextToken", page.next_token);
  return body;
}

}  // namespace soma::harness
