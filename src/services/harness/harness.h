// The harness: config-only agents that work in isolated sessions, stream what they do, and survive being
// killed.
//
//   config.h     what a harness is configured with
//   harness.h    this file: definitions, sessions, invocations
//   routes.h     its HTTP face
//
// A session is a run of the journal ("session/<harnessId>/<sessionId>"); a definition is one too
// ("harness/<name>"), each update an event and a version, each change of an endpoint an event. An invocation
// is appended before anything happens, every model and tool call is an intent before it is a result, and
// whoever watches follows the journal. Nothing is kept in memory that the journal does not say, except
// running processes and open pages. Thread-safe; coroutines resume on the caller's loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/journal/journal.h"
#include "core/auth/auth.h"
#include "core/model/model.h"
#include "core/model/prices.h"
#include "services/harness/config.h"
#include "services/harness/endpoints.h"
#include "services/harness/loop/approvals.h"
#include "services/memory/memory.h"

namespace soma::auth {
class TokenCache;
}

namespace soma::harness {

inline constexpr size_t kMinSessionIdBytes = 33;  // as AgentCore
inline constexpr size_t kMaxSessionIdBytes = 256;
inline constexpr size_t kMaxMessages = 100;      // in one invocation
inline constexpr size_t kMaxParallelTools = 16;  // of one model turn; more wait
inline constexpr size_t kMaxHarnesses = 10'000;
inline constexpr size_t kMaxModelAttempts =
    16;  // after restarts: a model call that dies with soma every time is given up

struct Definition {
  std::string id;        // "<name>-<10 characters>"
  uint64_t version = 1;  // from 1
  Config config;
  os::Time created, updated;
  std::string client_token{};  // of the request that created it
  std::string arn() const;
};
using DefinitionPtr = std::shared_ptr<const Definition>;

// What a session was made for, when another session's tool call made it.
struct Lineage {
  std::string parent_run, root_run, tool_use_id;
  int64_t depth = 0;  // of the session: 1 below the first
};

// What a request said of who sent it: its headers' values.
struct Credentials {
  std::string authorization{}, user_id{};
};

// Who asks for a session. It belongs to the user who began it, for good (access/admission.h).
struct Caller {
  std::optional<auth::Identity> user{};  // of a token that was accepted; nothing: nobody had to sign in
  bool is_operator = false;              // whoever may use soma's own surface may use every session
};

struct InvokeRequest {
  std::string harness;                     // id, name or ARN
  std::string qualifier{};                 // an endpoint or a version; empty: DEFAULT, the newest
  std::string session_id{};                // empty: made
  std::string client_token{};              // a repeated invoke with the same token attaches to the first
  std::vector<model::Message> messages{};  // the new ones; the session keeps the history
  std::string actor_id{};   // whose memory is used; empty: see actor_of() (memory/remembering.h)
  json::Value overrides{};  // members of an InvokeHarness body that replace the configuration's
  Caller caller{};
  // Of a sub-agent's call, never from a client: whose it is, and what it may take at most.
  std::optional<Lineage> lineage{};
  std::optional<int64_t> timeout_seconds{}, max_cost_pico{};
};

// Where to follow an invocation.
struct Invocation {
  std::string id, run, session_id;
  uint64_t first_seq = 0;  // of its invocation.started event
};

struct SessionSummary {
  std::string run, session_id, harness_id, harness_name, status, title;
  os::Time created, updated;
  int64_t invocations = 0;           // finished ones
  model::Usage usage;                // of them
  std::optional<int64_t> cost_pico;  // of them, sub-agents included; nothing when a model had no price
  std::string parent_run, root_run;  // of a sub-agent's session
  int64_t depth = 0;
  std::optional<auth::Identity> user{};  // whose it is
};
// A session and the sessions that its tool calls made.
struct SessionTree {
  SessionSummary session;
  std::string tool_use_id;            // of the call that made it
  std::vector<SessionTree> children;  // oldest first
};
inline constexpr size_t kMaxTreeSessions = 1'000;
inline constexpr size_t kMaxListedApprovals = 1'000;

// An approval, and where it stands.
struct SessionApproval {
  SessionSummary session;
  std::string invocation_id;
  Approval approval;
};
inline constexpr size_t kMaxAnswerTextBytes = 1024;  // of a reason, and of who answered
struct ApprovalAnswer {
  Answer answer = Answer::kDeny;  // kApprove or kDeny
  std::string input_hash{};       // of the arguments that were looked at; empty: not said
  std::string by{}, reason{};
};
struct SessionPage {
  std::vector<SessionSummary> sessions;
  std::string next_token;
};
struct SessionView {
  SessionSummary summary;
  std::vector<model::Message> messages;
};

struct ExecRequest {
  std::string harness, session_id;
  std::string command;
  int64_t timeout_seconds = 300;  // 1..3600
  std::string qualifier{};        // as InvokeRequest's
  Caller caller{};
};
struct ExecEvents {
  std::function<void(sandbox::Stream, std::string_view)> output;
};

struct ShellRequest {
  std::string harness, session_id;
  std::string shell_id{};  // of a shell that is to be gone on with, or the name of a new one; empty: made
  os::TerminalSize size{};
  std::string qualifier{};  // as InvokeRequest's
  Caller caller{};
};
class ShellConnection;  // shell/shell_connection.h

class SubAgents;
class StandIn;

// The built-in table, and one that outlives whoever asks.
std::shared_ptr<const model::PriceTable> builtin_prices();
std::function<std::shared_ptr<const model::PriceTable>()> always(const model::PriceTable& prices);

struct Dependencies {
  os::Clock& clock;
  os::IdSource& ids;
  os::ProcessLauncher& launcher;
  net::LoopPool& loops;
  journal::Journal& journal;
  const net::OutboundPolicy& outbound;
  std::string data_directory;  // sessions' files live under <data_directory>/sessions
  // The table of prices that counts now; an invocation keeps the one it began with.
  std::function<std::shared_ptr<const model::PriceTable>()> prices = builtin_prices;
  // The value of a secret by its reference, see model::ProviderContext; without it only the environment holds
  // any.
  std::function<os::Result<std::string>(const std::string& reference)> read_secret{};
  memory::Service* memories = nullptr;         // nothing: whoever is configured with one goes on without
  SubAgents* sub_agents = nullptr;             // set by the service: itself
  StandIn* stand_in = nullptr;                 // of a replay: answers instead of the world (stand_in.h)
  std::shared_ptr<auth::TokenCache> tokens{};  // of tools that sign in somewhere; set by the service
};

class Service {
 public:
  // Reads the definitions. Call start() once the loops run.
  static os::Result<std::unique_ptr<Service>> open(Dependencies dependencies);
  ~Service();

  // Goes on with every invocation that was running when soma stopped, and keeps the sessions' timers.
  void start();
  // Stops accepting, cancels what runs in memory without ending it: start() in the next process goes on with
  // it.
  void stop();

  // Definitions. `key` is an id, a name or an ARN. Errors: kAlreadyExists, kNotFound, kInvalidArgument.
  // Repeated with the token and the configuration of the request that created it, answers what that one did.
  net::Task<os::Result<DefinitionPtr>> create(Config config, std::string client_token = {});
  net::Task<os::Result<DefinitionPtr>> update(std::string key, json::Value patch);
  // With the memory that is its own, unless that is to stay.
  net::Task<os::Result<DefinitionPtr>> remove(std::string key, bool keep_memory = false);
  os::Result<DefinitionPtr> get(std::string_view key, std::string_view qualifier = "") const;
  std::vector<DefinitionPtr> list() const;  // by name
  os::Result<std::vector<DefinitionPtr>> versions(std::string_view key) const;

  // The ARN of the memory that is this harness's own; empty: it has none (yet).
  std::string managed_memory(const Definition& definition) const;

  // Endpoints, durable on return; what was deleted is answered as it was. Errors: kNotFound, kAlreadyExists,
  // kInvalidArgument, kConflict (DEFAULT, a token of another request), kLimitExceeded.
  net::Task<os::Result<Endpoint>> change_endpoint(std::string key, EndpointOperation operation,
                                                  EndpointRequest request);
  os::Result<Endpoint> endpoint(std::string_view key, std::string_view name) const;
  os::Result<std::vector<Endpoint>> endpoints(std::string_view key) const;  // by name, DEFAULT among them

  // Who may ask this version of a harness by the data plane's operations: the user of the bearer token, where
  // it has an authorizer. A version that is asked for by its number, which is soma's own addition, is held to
  // the newest one's authorizer when it has none. Errors: auth's refusals, with their WWW-Authenticate;
  // kNotFound; kUnavailable (the issuer).
  net::Task<os::Result<Caller>> admit(std::string harness, std::string qualifier, Credentials credentials);
  // kPermissionDenied when the session is another's; kNotFound.
  os::Result<> check_owner_of(std::string_view harness, std::string_view session_id,
                              const Caller& caller) const;

  // Durable on return: the invocation will run to its end whatever happens to this process. Errors:
  // kNotFound, kInvalidArgument (session id, messages, overrides), kConflict (the session runs another
  // invocation), kPermissionDenied (the session is another's).
  net::Task<os::Result<Invocation>> invoke(InvokeRequest request);
  net::Task<os::Result<>> cancel(std::string harness, std::string session_id);

  // The approvals that wait for an answer, newest session first, at most kMaxListedApprovals.
  os::Result<std::vector<SessionApproval>> approvals() const;
  // Durable on return. Errors: kNotFound; kConflict: it was answered already, has expired, or was asked for
  // other arguments than `input_hash` says.
  net::Task<os::Result<SessionApproval>> answer_approval(std::string harness, std::string session_id,
                                                         std::string approval_id, ApprovalAnswer answer);

  os::Result<SessionPage> sessions(std::string_view harness, size_t limit, std::string_view page_token) const;
  os::Result<SessionView> session(std::string_view harness, std::string_view session_id) const;
  // The tree that the session belongs to, from its root, at most kMaxTreeSessions.
  os::Result<SessionTree> tree(std::string_view harness, std::string_view session_id) const;
  // Cancels what runs, kills the session's processes, closes its browser. History and files stay.
  net::Task<os::Result<>> end_session(std::string harness, std::string session_id);
  // A host path of a file in the session's workspace.
  os::Result<std::string> session_file(std::string_view harness, std::string_view session_id,
                                       std::string_view path) const;
  // Runs a command in the session's sandbox, without a model. Makes the session when it does not exist.
  net::Task<os::Result<sandbox::Outcome>> exec(ExecRequest request, ExecEvents events,
                                               net::Cancellation cancellation);

  // Attaches to the session's shell of that id, which is started when there is none; a client that was
  // attached to it is told so. Makes the session when it does not exist. Errors: kNotFound, kInvalidArgument,
  // kLimitExceeded (kMaxShells), kFailedPrecondition (no sandbox).
  net::Task<os::Result<std::unique_ptr<ShellConnection>>> open_shell(ShellRequest request);

  struct Statistics {
    size_t definitions = 0, active_sessions = 0, resident_sessions = 0;
  };
  Statistics statistics() const;

 private:
  struct State;
  explicit Service(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

// kInvalidArgument unless 33..256 characters of [A-Za-z0-9_-], the first a letter or digit.
os::Result<> check_session_id(std::string_view session_id);

}  // namespace soma::harness
