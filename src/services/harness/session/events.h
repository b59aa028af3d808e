// The events of a session's run: their names, and how a run's events fold back into the session they
// describe.
//
//   session.created      {harnessId, harnessName, sessionId, parent?: {run, root, depth, toolUseId},
//                         user?: {issuer, subject}}
//   session.reopened     {}                an ended session is used again: a new environment, the same
//   history and files session.ended        {reason: idle_timeout | max_lifetime | stopped} invocation.started
//   {invocationId, messages, config, harnessVersion, qualifier?, clientToken?, skills?} invocation.resumed
//   {invocationId, reason} invocation.waiting {invocationId}    nothing runs until an approval is answered
//   invocation.finished  {invocationId, stopReason, usage, costUsd?, iterations, toolCalls, latencyMs,
//   output?, error?,
//                         pending?: ids of the calls that the client is to answer}
//   model.intent         {callId, iteration, provider, modelId, estimatedTokens}
//   stream               [wire event, …]   what a client sees, in order
//   model.result         {callId, message, stopReason, usage, costUsd?, latencyMs}
//   tool.intent          {toolUseId, name, input, repeatable, index}
//   tool.result          {toolUseId, name, index, status, content, tail?, latencyMs, costUsd?, notRun?,
//   client?}
//                        tail: what follows the text that was streamed already; costUsd: a sub-agent's;
//                        notRun: refused, and why (policy, approval, hook, limit, unknown); client: the
//                        client's own answer
//   approval.requested   {approvalId, toolUseId, name, input, inputHash, rule, reason?, expiresAt?}
//   approval.answered    {approvalId, toolUseId, decision, inputHash, by, reason}
//   tools.listed         {source, tools: [{name, description, inputSchema, repeatable}], leftOut?}
//                        what a source of tools (an MCP server) offers from now on; written when it is not
//                        what the session was told last
//   tools.unavailable    {source, error}   the invocation goes on without the tools of this source
//   hook.started         {hookEventId, name, type, toolUseId?}
//   hook.finished        {hookEventId, name, type, toolUseId?, decision?, reason?, error?, latencyMs}
//   subagent.started     {toolUseId, harnessName, harnessId, sessionId, runId, budgetUsd?, deadline}
//   subagent.asks        {toolUseId, call, harnessName, harnessId, sessionId, and of approval.requested
//                        what follows its toolUseId}: the sub-agent's session, or one below it, waits for
//                        an approval; `toolUseId` is of the caller's own call, `call` of the one that waits
//   subagent.heard       {toolUseId, call, harnessName, harnessId, sessionId, approvalId, decision, by, …}
//   context.compacting   {callId, strategy}
//   context.compacted    {callId, strategy, removed, kept, maxSummaryTokens, tokensBefore, tokensAfter,
//                         summary?, usage?, costUsd?}
//                        a Compaction (context_window.h), and the summary that stands for what was removed
//   memory.recalled      {memoryId, actorId, text, records: [{id, namespace, score}]}
//                        what the model is told from memory in this invocation, in its system prompt
//   memory.kept          {memoryId, actorId, sessionId, eventId, messages}
//                        what was said is an event of the memory
//   memory.failed        {what: recall | keep, error}   the invocation goes on without
//   output.rejected      {attempt, violations}      output.accepted {value}
//   exec.started {command}  ·  exec.finished {exitCode, exceeded, latencyMs}
//   shell.started {shellId}  ·  shell.attached {shellId, reconnected}  ·  shell.detached {shellId}
//   shell.finished {shellId, exitCode, exceeded?, latencyMs}
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/journal/journal.h"
#include "core/model/model.h"
#include "services/harness/config.h"
#include "services/harness/context/context_window.h"
#include "services/harness/harness.h"
#include "services/harness/loop/approvals.h"
#include "services/harness/skills/skill.h"

namespace soma::harness {

namespace event {
inline constexpr std::string_view kSessionCreated = "session.created";
inline constexpr std::string_view kSessionReopened = "session.reopened";
inline constexpr std::string_view kSessionEnded = "session.ended";
inline constexpr std::string_view kInvocationStarted = "invocation.started";
inline constexpr std::string_view kInvocationResumed = "invocation.resumed";
inline constexpr std::string_view kInvocationWaiting = "invocation.waiting";
inline constexpr std::string_view kInvocationFinished = "invocation.finished";
inline constexpr std::string_view kModelIntent = "model.intent";
inline constexpr std::string_view kModelResult = "model.result";
inline constexpr std::string_view kStream = "stream";
inline constexpr std::string_view kToolIntent = "tool.intent";
inline constexpr std::string_view kToolResult = "tool.result";
inline constexpr std::string_view kApprovalRequested = "approval.requested";
inline constexpr std::string_view kApprovalAnswered = "approval.answered";
inline constexpr std::string_view kToolsListed = "tools.listed";
inline constexpr std::string_view kToolsUnavailable = "tools.unavailable";
inline constexpr std::string_view kHookStarted = "hook.started";
inline constexpr std::string_view kHookFinished = "hook.finished";
inline constexpr std::string_view kSubAgentStarted = "subagent.started";
inline constexpr std::string_view kSubAgentAsks = "subagent.asks";
inline constexpr std::string_view kSubAgentHeard = "subagent.heard";
inline constexpr std::string_view kContextCompacting = "context.compacting";
inline constexpr std::string_view kContextCompacted = "context.compacted";
inline constexpr std::string_view kMemoryRecalled = "memory.recalled";
inline constexpr std::string_view kMemoryKept = "memory.kept";
inline constexpr std::string_view kMemoryFailed = "memory.failed";
inline constexpr std::string_view kOutputRejected = "output.rejected";
inline constexpr std::string_view kOutputAccepted = "output.accepted";
inline constexpr std::string_view kExecStarted = "exec.started";
inline constexpr std::string_view kExecFinished = "exec.finished";
inline constexpr std::string_view kShellStarted = "shell.started";
inline constexpr std::string_view kShellAttached = "shell.attached";
inline constexpr std::string_view kShellDetached = "shell.detached";
inline constexpr std::string_view kShellFinished = "shell.finished";
}  // namespace event

inline constexpr std::string_view kSessionKind = "session";
inline constexpr std::string_view kStatusRunning = "running";
inline constexpr std::string_view kStatusWaiting = "waiting";
inline constexpr std::string_view kStatusIdle = "idle";
inline constexpr std::string_view kStatusEnded = "ended";
// Labels of a session's run. "approvals" says whether one is pending, "approvalsFrom" where its invocation
// begins.
inline constexpr std::string_view kApprovalsLabel = "approvals";
inline constexpr std::string_view kApprovalsPending = "pending", kApprovalsNone = "none";
inline constexpr std::string_view kApprovalsFromLabel = "approvalsFrom";
// Whose the session is; both or neither.
inline constexpr std::string_view kUserLabel = "userId", kUserIssuerLabel = "userIssuer";

struct SessionKey {
  std::string harness_id, harness_name, session_id;
  std::string run() const { return "session/" + harness_id + "/" + session_id; }
};
// The key that a session's run has in its id and labels.
SessionKey key_of(const journal::Run& run);

// A tool call of the model's last turn, as far as the journal knows it.
struct PendingTool {
  model::ToolUse use;
  int index = 0;          // of its block in the results message
  bool intended = false;  // its intent is durable: it may have run
  bool repeatable = false;
  bool block_started = false;
  std::string streamed;  // what it had emitted
  std::optional<model::ToolResult> result{};
  std::optional<Approval> approval{};
  std::vector<std::string> hooks_before{}, hooks_after{};  // the hooks that were asked about it
  std::optional<std::string> refusal{};                    // a hook's: why it must not run
  bool refused = false;                                    // its result says that it never ran
  bool sub_agent = false;                                  // another harness was asked
  std::optional<int64_t> budget_pico{};                    // what its sub-agent may cost
  std::set<std::string> sub_asks{}, sub_heard{};     // ids of its sub-agent's approvals that were told of
  std::optional<model::ToolResult> client_answer{};  // of an inline function, not yet recorded as its result
};

// Money that was spent, in pico-dollars (core/model/prices.h).
struct Spent {
  int64_t pico = 0;
  bool complete = true;               // false once a model answered whose price is unknown
  void add(const json::Value& body);  // its costUsd; a body of a model call without one makes it incomplete
};

// An invocation that has started and not finished: enough to go on with it.
struct RunningInvocation {
  std::string id, client_token;
  uint64_t first_seq = 0;
  os::Time started;
  Config config;
  std::vector<Skill> skills{};  // that its configuration's sources are, as the session has them
  int64_t iterations = 0;       // model calls begun
  int64_t tool_calls = 0;       // that ran
  model::Usage usage;
  Spent spent;
  std::optional<std::string> open_call{};  // a model.intent without its result
  size_t open_call_attempts = 0;
  model::MessageAssembler open_stream{};  // what was streamed of that call, or of the results message
  bool results_message_open = false;      // messageStart of the results message was streamed
  std::vector<PendingTool> tools{};       // of the last turn, while it asks for tools
  std::vector<model::Message>
      after_results{};  // the client's words that came with its answers to inline calls
  std::optional<model::StopReason> last_stop{};
  std::vector<std::string> hooks{};        // the hooks of the invocation itself that were asked
  std::optional<std::string> hook_stop{};  // a hook's: why the invocation must not go on
  bool tool_limit_met = false;             // a call was refused because maxToolCalls were made
  std::optional<os::Time> waiting_since{};
  os::Duration waited{};  // for approvals: does not count against the invocation's time
  int64_t output_attempts = 0;
  std::optional<json::Value> output{};              // the accepted one
  int64_t compactions = 0;                          // since the model's last answer
  int64_t compaction_attempts = 0;                  // begun and not done
  MessageRange task{};                              // its own first messages in SessionHistory::messages
  std::map<std::string, std::string> open_hooks{};  // the ids of the hook calls that began and have no answer
  int64_t estimated_tokens = 0;                     // of the request of the last model.intent
  size_t own_begin = 0;    // where in SessionHistory::messages its own begin: what memory keeps
  std::string actor_id{};  // whose memory is used; empty: none is
  bool memory_asked = false, memory_kept = false;  // or failed to be
  std::string recalled{};                          // what the model is told from memory
};

struct SessionHistory {
  uint64_t last_seq = 0;
  os::Time created, environment_started;
  bool ended = false;
  std::vector<model::Message> messages;
  bool keep_all = false;  // messages keeps what a compaction removes: for whoever shows the conversation
  model::Usage usage;
  Spent spent;
  double token_scale = 1;  // reported input tokens over estimated ones, of the last model call
  uint64_t invocations = 0;
  std::optional<RunningInvocation> running{};
  // The last turn of an invocation that ended with calls for the client to answer; messages end with that
  // turn.
  std::vector<PendingTool> handed_over{};
  std::vector<model::Message> handed_over_after{};
  std::optional<Lineage> lineage{};
  std::map<std::string, json::Value, std::less<>> listed{};  // the newest tools.listed of each source
  std::optional<auth::Identity> user{};                      // whose it is, from its first event on
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

// `keep_all` as SessionHistory's.
os::Result<SessionHistory> read_history(journal::Journal& journal, std::string_view run,
                                        bool keep_all = false);

// The next hook of the configuration that is to be asked about this call, null when all were. After a call
// none is, when the call never ran; one whose outcome is unknown may have.
const Hook* next_tool_hook(const Config& config, const PendingTool& tool, HookType type);
// Whether this pending call waits for a person's answer.
bool waits_for_approval(const PendingTool& tool);
json::Value to_json(const Lineage& lineage);

}  // namespace soma::harness
