// Which tool calls need a person's word, and the proof that a call has it.
//
// A rule names a tool and, when wanted, patterns for its arguments; the first rule that fits decides: allow,
// ask or deny. What asks becomes an approval: pending in the session's journal, bound to the exact arguments
// by their hash, answered once. A tool runs only with a Permit, and only permit_for() makes one: whatever
// else fails or is configured, there is no other way to a tool's run().
//
// Configuration (harness.json), checked against approvals_schema_text():
//   "approvals": {"rules": [{"tool": "shell", "arguments": {"command": "git push*"}, "decision": "ask",
//   "reason": "…"}],
//                 "default": "allow", "timeoutSeconds": 3600}
// `tool` is a glob over the tool's name, or "@builtin" and the other forms of allowedTools. An argument's
// pattern is a glob over the whole text of that argument, or {"regex": "…"} (RE2, the whole text), or
// {"equals": <any JSON>}; what is no string is matched as compact JSON, a missing argument fits no pattern.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "core/model/model.h"

namespace soma::harness {

inline constexpr size_t kMaxApprovalRules = 100;
inline constexpr int64_t kMaxApprovalTimeoutSeconds = 30 * 86'400;

enum class Decision { kAllow, kAsk, kDeny };

struct ArgumentPattern {
  std::string argument;
  json::Value pattern;  // "glob", {"regex": …} or {"equals": …}
};

struct ApprovalRule {
  std::string tool;
  std::vector<ArgumentPattern> arguments;  // all must fit
  Decision decision = Decision::kAsk;
  std::string reason;
};

struct Approvals {
  std::vector<ApprovalRule> rules;
  Decision otherwise = Decision::kAllow;
  std::optional<int64_t> timeout_seconds;  // nothing: an approval waits for ever
  bool empty() const { return rules.empty() && otherwise == Decision::kAllow; }
};

std::string_view approvals_schema_text();
// `value` fits the schema. kInvalidArgument names the rule whose regular expression is none.
os::Result<Approvals> approvals_from_json(const json::Value& value);
json::Value to_json(const Approvals& approvals);

struct Verdict {
  Decision decision = Decision::kAllow;
  std::string rule;  // in words: "approvals/rules/0 (shell: git push*)", "approvals/default"
  std::string reason;
};
// `server` as for tool_allowed(): "builtin" for built-in tools.
Verdict decide(const Approvals& approvals, std::string_view tool_name, std::string_view server,
               const json::Value& input);

// SHA-256 over the tool's name and its input in canonical JSON (members sorted by key, RFC 8785's order),
// lower-case hex: what an approval is bound to.
std::string input_hash(std::string_view tool_name, const json::Value& input);

// How a pending approval was answered.
enum class Answer { kApprove, kDeny, kExpired, kCancelled };
std::string_view answer_name(Answer answer);  // "approve", "deny", "expired", "cancelled"
os::Result<Answer> parse_answer(std::string_view name);

// One approval of a session, as its journal says it.
struct Approval {
  std::string id, tool_use_id, tool;
  json::Value input;
  std::string input_hash, rule;
  os::Time requested;
  os::Time expires = os::Time::max();
  std::optional<Answer> answer{};
  std::string answered_hash{};  // of the arguments that the answer was given for
  std::string by{}, reason{};
  os::Time answered{};
};

// The right to run one call with one input. Cannot be made by hand, only by permit_for().
class Permit {
 public:
  const model::ToolUse& call() const { return call_; }

 private:
  friend std::optional<Permit> permit_for(const model::ToolUse& call, const Verdict& verdict,
                                          const std::optional<Approval>& approval);
  explicit Permit(const model::ToolUse& call) : call_(call) {}
  const model::ToolUse& call_;
};
// A permit when the verdict allows the call, or asks and the approval was given for exactly this call's
// arguments.
std::optional<Permit> permit_for(const model::ToolUse& call, const Verdict& verdict,
                                 const std::optional<Approval>& approval);

}  // namespace soma::harness
