// Lifecycle hooks: programs outside of soma that are told, or asked, at four points of the loop.
//
//   "hooks": [{"beforeToolCall": {"name": "audit", "tools": ["shell"],
//              "target": {"webhook": {"url": "https://…", "secret": "env:AUDIT_KEY", "failureMode":
//              "deny"}}}}]
//
// This is their configuration; hook_runner.h calls one. The entries have the shape of AgentCore's harness;
// its own targets (lambda, sns, eventBridge) are read and refused with the target that does the same here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json/json.h"

namespace soma::harness {

inline constexpr size_t kMaxHooks = 20;
inline constexpr int64_t kDefaultHookTimeoutSeconds = 60;
inline constexpr int64_t kMaxHookTimeoutSeconds = 900;

// What a "deny" does: before an invocation, it does not begin; before a tool call, the call is skipped and
// the loop goes on; after a tool call, the result is kept and the invocation ends; after an invocation,
// nothing.
enum class HookType { kBeforeInvocation, kAfterInvocation, kBeforeToolCall, kAfterToolCall };
std::string_view hook_type_name(HookType type);  // "before_invocation", as events and payloads spell it

// What a hook that failed decides. A target that is not waited for decides nothing.
enum class FailureMode { kDeny, kAllow };

struct WebhookTarget {
  std::string url;     // http or https
  std::string secret;  // "env:NAME" or "secret:NAME": signs the requests; empty: they are not signed
  friend bool operator==(const WebhookTarget&, const WebhookTarget&) = default;
};

// Runs on the host as soma's own user, outside of any sandbox.
struct CommandTarget {
  std::vector<std::string> arguments;  // the program first; no shell reads them
  friend bool operator==(const CommandTarget&, const CommandTarget&) = default;
};

struct Hook {
  HookType type = HookType::kBeforeInvocation;
  std::string name{};                // unique in its harness, [a-zA-Z0-9_-]{1,64}
  std::vector<std::string> tools{};  // of the two tool hooks, spelt as allowedTools; empty: every tool
  std::variant<WebhookTarget, CommandTarget> target{};
  int64_t timeout_seconds = kDefaultHookTimeoutSeconds;
  FailureMode failure_mode = FailureMode::kDeny;
  bool wait = true;  // false: told, not asked

  friend bool operator==(const Hook&, const Hook&) = default;
};

// The JSON Schema of the array. It has no $ref and no $defs, so that it can stand inside another schema.
std::string_view hooks_schema_text();

// Reads the array, in the order in which the hooks run. `pointer` is where the array stands in `text`, which
// was parsed from `source` (both for places in errors; may be empty).
os::Result<std::vector<Hook>> hooks_from_json(const json::Value& array, std::string_view pointer = "/hooks",
                                              std::string_view text = {}, std::string_view source = {});
// The canonical form: hooks_from_json reads back the same.
json::Value to_json(const std::vector<Hook>& hooks);

// Whether a tool hook is for this tool; `server` as in tool_allowed (config.h). The hooks of an invocation
// are never.
bool is_about_tool(const Hook& hook, std::string_view tool, std::string_view server);

}  // namespace soma::harness
