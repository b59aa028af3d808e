// Code interpreter sessions without an agent: what AgentCore offers as StartCodeInterpreterSession and
// InvokeCodeInterpreter.
//
// A session is a timed session (timed_session/timed_sessions.h) with a workspace and a sandbox, and the
// interpreters of core/tool on top.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/harness/mounts/mount_source.h"
#include "services/harness/timed_session/timed_sessions.h"

namespace soma::harness {

// The one code interpreter there is, as the API names the managed one.
inline constexpr std::string_view kCodeInterpreter = "aws.codeinterpreter.v1";
inline constexpr std::string_view kCodeSessionKind = "code_interpreter";
inline constexpr int64_t kDefaultCodeSessionSeconds = 900, kMaxCodeSessionSeconds = 28'800;
inline constexpr size_t kMaxCodeSessions = 256;  // that are ready at the same time

using CodeSessionInfo = TimedSessionInfo;

struct StartCodeSession {
  StartTimedSession timed{};
  std::vector<MountSource> mounts{};
};

// Thread-safe; coroutines resume on the caller's loop.
class CodeSessions {
 public:
  // Copies what it needs of the dependencies; what they refer to outlives it.
  explicit CodeSessions(const Dependencies& dependencies);
  // As TimedSessions.
  void start() { sessions_.start(); }
  void stop() { sessions_.stop(); }
  const TimedSessions& timed() const { return sessions_; }

  // Errors: kInvalidArgument, kLimitExceeded (kMaxCodeSessions), kFailedPrecondition (no sandbox), and those
  // of ready_mounts.
  net::Task<os::Result<CodeSessionInfo>> open(StartCodeSession request);
  // What a session was started with; an empty array.
  static json::Value mounts_of(const CodeSessionInfo& session);
  os::Result<CodeSessionInfo> get(std::string_view session_id) const { return sessions_.get(session_id); }
  // Stops what runs in it. Ending one that has ended changes nothing. kNotFound.
  net::Task<os::Result<CodeSessionInfo>> close(std::string session_id);
  // One call of a tool (code_tools.h); answers a CodeInterpreterResult. What the tool itself could not do is
  // such an answer with isError. Errors: kInvalidArgument (name, arguments), kNotFound (no such session, or
  // it has ended), kLimitExceeded (too many calls at once).
  net::Task<os::Result<json::Value>> call(std::string session_id, std::string name, json::Value arguments);

 private:
  Dependencies dependencies_;
  TimedSessions sessions_;
};

}  // namespace soma::harness
