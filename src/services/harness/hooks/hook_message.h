// What soma says to a hook and what it understands of the answer. docs/hooks.md describes both to those who
// write hooks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "base/os/os.h"
#include "services/harness/hooks/hooks.h"

namespace soma::harness {

inline constexpr size_t kMaxHookReasonBytes = 1024;

struct HookCall {
  std::string event_id{};      // a lower-case UUID; a call that is repeated after a crash has the same
  const Hook* hook = nullptr;  // must stay until the call has returned
  json::Value context{};       // one of the contexts below
  std::string session_id{}, harness_name{}, harness_id{}, invocation_id{};
  os::Time at{};  // when the loop came to this point
};

json::Value before_invocation_context(json::Value messages);
json::Value before_tool_call_context(std::string_view tool, std::string_view tool_type,
                                     std::string_view tool_use_id, json::Value input);
// `before` is what before_tool_call_context gave. `error` says why a tool that failed did.
json::Value after_tool_call_context(json::Value before, json::Value result,
                                    const std::optional<std::string>& error);
json::Value after_invocation_context(std::string_view stop_reason, int64_t input_tokens,
                                     int64_t output_tokens);

// {"hookEventId", "name", "type", "at", "harnessName", "harnessId", "sessionId", "invocationId", "context"}
json::Value hook_payload(const HookCall& call);

struct HookAnswer {
  bool allowed = true;
  std::string reason{};  // at most kMaxHookReasonBytes
};

// {"decision": "allow" | "deny", "reason"?}; nothing, and {}, allow. Everything else is kInvalidArgument:
// what cannot be understood is no permission.
os::Result<HookAnswer> read_hook_answer(std::string_view text);

// Valid UTF-8 without white space at its ends, at most kMaxHookReasonBytes.
std::string bounded_reason(std::string_view text);

// "v1=" and the lower-case hex HMAC-SHA256 of "<timestamp>.<body>".
std::string hook_signature(std::string_view secret, int64_t timestamp, std::string_view body);

}  // namespace soma::harness
