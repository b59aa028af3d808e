// The events of a session's run: their names, and how a run's events fold back into the session they
// describe.
//
//   session.created      {harnessId, harnessName, sessionId}
//   session.reopened     {}                                   an ended session is used again: a new
//   environment, the same history and files invocation.started   {invocationId, messages, config,
//   harnessVersion, clientToken?} model.intent         {callId, iteration, provider, modelId} stream [wire
//   event, …]                      what a client sees, in order model.result         {callId, message,
//   stopReason, usage, latencyMs} tool.intent          {toolUseId, name, input, repeatable, index}
//   tool.result          {toolUseId, name, index, status, content, tail?, latencyMs}   tail: what follows the
//   text that was streamed already invocation.resumed   {invocationId, reason} invocation.finished
//   {invocationId, stopReason, usage, iterations, toolCalls, latencyMs, error?} exec.started {command}  ·
//   exec.finished {exitCode, exceeded, latencyMs} session.ended        {reason: idle_timeout | max_lifetime |
//   stopped}
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/journal/journal.h"
#include "core/model/model.h"
#include "services/harness/config.h"

namespace soma::harness {

namespace event {
inline constexpr std::string_view kSessionCreated = "session.created";
inline constexpr std::string_view kSessionReopened = "session.reopened";
inline constexpr std::string_view kSessionEnded = "session.ended";
inline constexpr std::string_view kInvocationStarted = "invocation.started";
inline constexpr std::string_view kInvocationResumed = "invocation.resumed";
inline constexpr std::string_view kInvocationFinished = "invocation.finished";
inline constexpr std::string_view kModelIntent = "model.intent";
inline constexpr std::string_view kModelResult = "model.result";
inline constexpr std::string_view kStream = "stream";
inline constexpr std::string_view kToolIntent = "tool.intent";
inline constexpr std::string_view kToolResult = "tool.result";
inline constexpr std::string_view kExecStarted = "exec.started";
inline constexpr std::string_view kExecFinished = "exec.finished";
}  // namespace event

inline constexpr std::string_view kSessionKind = "session";
inline constexpr std::string_view kStatusRunning = "running";
inline constexpr std::string_view kStatusIdle = "idle";
inline constexpr std::string_view kStatusEnded = "ended";

// A tool call of the model's last turn, as far as the journal knows it.
struct PendingTool {
  model::ToolUse use;
  int index = 0;          // of its block in the results message
  bool intended = false;  // its intent is durable: it may have run
  bool repeatable = false;
  bool block_started = false;
  std::string streamed;  // what it had emitted
  std::optional<model::ToolResult> result{};
};

// An invocation that has started and not finished: enough to go on with it.
struct RunningInvocation {
  std::string id, client_token;
  uint64_t first_seq = 0;
  os::Time started;
  Config config;
  int64_t iterations = 0;  // model calls begun
  int64_t tool_calls = 0;
  model::Usage usage;
  std::optional<std::string> open_call{};  // a model.intent without its result
  size_t open_call_attempts = 0;
  model::MessageAssembler open_stream{};  // what was streamed of that call, or of the results message
  bool results_message_open = false;      // messageStart of the results message was streamed
  std::vector<PendingTool> tools{};       // of the last turn, while it asks for tools
  std::optional<model::StopReason> last_stop{};
};

struct SessionHistory {
  uint64_t last_seq = 0;
  os::Time created, environment_started;
  bool ended = false;
  std::vector<model::Message> messages;
  model::Usage usage;
  uint64_t invocations = 0;
  std::optional<RunningInvocation> running{};
  // The newest invocation, for a repeated request.
  std::string last_invocation, last_client_token;
  uint64_t last_first_seq = 0;

  // One event as read back. kCorrupt when it cannot come here.
  os::Result<> apply(const journal::Event& event);
  // The same for an event that is being written (all but `stream`, whose parts go to apply_stream): the
  // loop's own state is the fold of what it writes, so that a resumed invocation cannot differ from one that
  // was never cut.
  os::Result<> apply(std::string_view type, const json::Value& body, os::Time at, uint64_t seq);
  os::Result<> apply_stream(const model::StreamEvent& event);
};

// Adds a message; one that follows another of the same role is joined to it, since models want the roles to
// alternate.
void push_message(std::vector<model::Message>& messages, model::Message message);

os::Result<SessionHistory> read_history(journal::Journal& journal, std::string_view run);

}  // namespace soma::harness
