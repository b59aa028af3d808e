// Timed sessions as the API spells them, whatever their kind.
#pragma once

#include "base/json/json.h"
#include "services/harness/timed_session/timed_sessions.h"

namespace soma::harness {

// "codeInterpreterIdentifier": "aws.codeinterpreter.v1", which each answer about a session has.
struct SessionTool {
  std::string_view member, identifier, words;  // "code interpreter"
};

// kNotFound when the request's path names another.
os::Result<> check_tool(const SessionTool& tool, const net::Request& request);
// kInvalidArgument naming the first of these members that the body has: what is not offered.
os::Result<> refuse_members(const json::Value& body, std::initializer_list<std::string_view> members);
StartTimedSession start_from_json(const json::Value& body, int64_t default_seconds);

json::Value session_body(const SessionTool& tool, const TimedSessionInfo& session);
// With name, status and createdAt.
json::Value described(const SessionTool& tool, const TimedSessionInfo& session);
// The answer to a request {maxResults, nextToken, status}. kInvalidArgument.
os::Result<json::Value> list_sessions(const SessionTool& tool, const TimedSessions& sessions,
                                      const json::Value& wanted);

}  // namespace soma::harness
