// Code interpreter sessions without an agent: what AgentCore offers as StartCodeInterpreterSession and
// InvokeCodeInterpreter.
//
// A session is a run of the journal ("code-interpreter/<sessionId>": that it was started, each call, that it
// ended), a workspace and a sandbox, with the interpreters of core/tool on top. It lives for a time that was
// set at its start, whatever is done in it. It is its processes: what a restart of soma finds open is ended,
// and with a session its files go.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/harness/harness.h"

namespace soma::harness {

// The one code interpreter there is, as the API names the managed one.
inline constexpr std::string_view kCodeInterpreter = "aws.codeinterpreter.v1";
inline constexpr std::string_view kCodeSessionKind = "code_interpreter";
inline constexpr int64_t kDefaultCodeSessionSeconds = 900, kMaxCodeSessionSeconds = 28'800;
inline constexpr size_t kMaxCodeSessions = 256;  // that are ready at the same time
inline constexpr size_t kMaxCodeSessionName = 100;

struct StartCodeSession {
  std::string name{};
  int64_t timeout_seconds = kDefaultCodeSessionSeconds;
  std::string client_token{};  // a repeated start with the same token answers the first one's session
};

struct CodeSessionInfo {
  std::string session_id, name;
  int64_t timeout_seconds = 0;
  bool ready = false;  // else it is terminated
  os::Time created, updated;
};
struct CodeSessionPage {
  std::vector<CodeSessionInfo> sessions;  // newest first
  std::string next_token;
};

// Thread-safe; coroutines resume on the caller's loop.
class CodeSessions {
 public:
  // Copies what it needs of the dependencies; what they refer to outlives it.
  explicit CodeSessions(const Dependencies& dependencies);
  ~CodeSessions();
  // Ends the sessions that an earlier process left open. Once the loops run and the journal is started.
  void start();
  // Ends all sessions and waits for it.
  void stop();

  // Errors: kInvalidArgument, kLimitExceeded (kMaxCodeSessions), kFailedPrecondition (no sandbox).
  net::Task<os::Result<CodeSessionInfo>> open(StartCodeSession request);
  os::Result<CodeSessionInfo> get(std::string_view session_id) const;  // kNotFound
  os::Result<CodeSessionPage> list(std::optional<bool> ready, size_t limit,
                                   std::string_view page_token) const;
  // Stops what runs in it. Ending one that has ended changes nothing. kNotFound.
  net::Task<os::Result<CodeSessionInfo>> close(std::string session_id);
  // One call of a tool (code_tools.h); answers a CodeInterpreterResult. What the tool itself could not do is
  // such an answer with isError. Errors: kInvalidArgument (name, arguments), kNotFound (no such session, or
  // it has ended), kLimitExceeded (too many calls at once).
  net::Task<os::Result<json::Value>> call(std::string session_id, std::string name, json::Value arguments);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace soma::harness
