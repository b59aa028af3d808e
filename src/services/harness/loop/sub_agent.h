// A harness as a tool of another: each call is a session of its own, with a deadline, a share of the caller's
// money, a bounded answer, and a place in a tree that everybody can see.
//
// The session's id follows from the caller's run, the turn and the call's id (some models number the calls of
// each answer anew), and its one invocation is started with a client token made of it: a call that is
// repeated after a crash finds the session that it had started, and waits for it again.
//
// Configuration: {"type": "harness", "name": "researcher", "config": {"harness": "researcher", "description":
// "…",
//   "timeoutSeconds": 600, "budgetShare": 0.5, "maxResultBytes": 32768}}
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/tool/tool.h"
#include "services/harness/harness.h"

namespace soma::harness {

inline constexpr int64_t kMaxSubAgentDepth = 4;  // of a session below the first: the fifth is refused
inline constexpr double kDefaultBudgetShare = 0.5;
inline constexpr int64_t kDefaultSubAgentSeconds = 900;

struct SubAgentCall {
  std::string harness;  // name, id or ARN
  std::string prompt;
  std::string parent_run, root_run, tool_use_id;
  std::string turn;   // of the caller, in words that no other of its turns has
  int64_t depth = 1;  // of the new session
  int64_t timeout_seconds = kDefaultSubAgentSeconds;
  std::optional<int64_t> budget_pico{};  // nothing: the called harness's own cap alone
  // Whose the caller's session is, and so the new one. A harness that another calls by its configuration is
  // asked for no token.
  std::optional<auth::Identity> user{};
};

struct SubAgentPlace {
  std::string harness_id, harness_name, session_id, run;
};

struct SubAgentEnd {
  bool error = false;
  std::string text;  // its answer, or why there is none
  std::optional<int64_t> cost_pico{};
};

// Called on the caller's loop for each approval of the sub-agent's session, or of one below it, that is asked
// for or answered: `type` is event::kSubAgentAsks or kSubAgentHeard, the body what the caller's journal says
// of it. After a crash all are told again.
using SubAgentNews = std::function<void(std::string_view type, json::Value body)>;

// What runs sub-agents: the service.
class SubAgents {
 public:
  virtual ~SubAgents() = default;
  // kNotFound when there is no such harness.
  virtual os::Result<SubAgentPlace> place(const SubAgentCall& call) const = 0;
  // Starts the session, or finds the one that was started for this call, and waits for its end. A
  // cancellation cancels it too, unless it is a shutdown's: then the error is kCancelled, and the next
  // process waits again.
  virtual net::Task<os::Result<SubAgentEnd>> ask(SubAgentCall call, SubAgentPlace place, SubAgentNews news,
                                                 net::Cancellation cancellation) = 0;
};

// Follows a sub-agent's invocation to its end. `tool_use_id` is of the caller's call.
net::Task<os::Result<SubAgentEnd>> sub_agent_end(journal::Journal& journal, net::Executor executor,
                                                 Invocation invocation, SubAgentPlace place,
                                                 std::string tool_use_id, SubAgentNews news,
                                                 net::Cancellation cancellation);

std::string_view sub_agent_config_schema();
// "sub-" and 40 hexadecimal digits.
std::string sub_agent_session_id(const SubAgentCall& call);

// The configured tool.
class SubAgent {
 public:
  explicit SubAgent(const tool::ToolConfig& config);
  model::ToolSpec spec() const;
  // The call without where it stands (parent, root, depth, id) and what it may cost.
  SubAgentCall call_for(const json::Value& input) const;
  double budget_share() const { return budget_share_; }
  std::optional<size_t> max_result_bytes() const { return max_result_bytes_; }

 private:
  std::string name_, description_, harness_;
  int64_t timeout_seconds_;
  double budget_share_;
  std::optional<size_t> max_result_bytes_;
};

}  // namespace soma::harness
