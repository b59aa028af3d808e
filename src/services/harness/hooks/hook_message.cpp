#include "services/harness/hooks/hook_message.h"

#include <fmt/format.h>
#include "base/aws/aws.h"

namespace soma::harness {

using json::Value;
using os::Code;

Value before_invocation_context(Value messages) {
  return json::object({{"messages", std::move(messages)}});
}

Value before_tool_call_context(std::string_view tool, std::string_view tool_type,
                               std::string_view tool_use_id, Value input) {
  return json::object(
      {{"toolName", tool}, {"toolType", tool_type}, {"toolUseId", tool_use_id}, {"input", std::move(input)}});
}

Value after_tool_call_context(Value before, Value result, const std::optional<std::string>& error) {
  before.set("result", std::move(result));
  if (error) before.set("error", *error);
  return before;
}

Value after_invocation_context(std::string_view stop_reason, int64_t input_tokens, int64_t output_tokens) {
  return json::object(
      {{"stopReason", stop_reason},
       {"usage", json::object({{"inputTokens", input_tokens}, {"outputTokens", output_tokens}})}});
}

Value hook_payload(const HookCall& call) {
  return json::object({{"hookEventId", call.event_id},
                       {"name", call.hook->name},
                       {"type", hook_type_name(call.hook->type)},
                       {"at", os::format_time(call.at)},
                       {"harnessName", call.harness_name},
                       {"harnessId", call.harness_id},
                       {"sessionId", call.session_id},
                       {"invocationId", call.invocation_id},
                       {"context", call.context}});
}

os::Result<HookAnswer> read_hook_answer(std::string_view text) {
  if (os::trim(text).empty()) return HookAnswer{};
  const auto parsed = json::parse(text);
  if (!parsed) return os::fail(Code::kInvalidArgument, "its answer is not JSON: " + parsed.error().message);
  if (!parsed->is_object())
    return os::fail(Code::kInvalidArgument,
                    fmt::format("its answer must be an object, is {}", json::type_name(parsed->type())));
  if (parsed->empty()) return HookAnswer{};
  const std::string_view decision = parsed->get("decision").string_or("");
  if (decision != "allow" && decision != "deny")
    return os::fail(Code::kInvalidArgument, R"(its answer's "decision" must be "allow" or "deny")");
  const Value& reason = parsed->get("reason");
  if (!reason.is_null() && !reason.is_string())
    return os::fail(Code::kInvalidArgument, R"(its answer's "reason" must be a string)");
  return HookAnswer{decision == "allow", bounded_reason(reason.string_or(""))};
}

std::string bounded_reason(std::string_view text) {
  const std::string valid = os::to_valid_utf8(os::trim(text));
  return std::string(os::utf8_prefix(valid, kMaxHookReasonBytes));
}

std::string hook_signature(std::string_view secret, int64_t timestamp, std::string_view body) {
  const std::string mac = aws::hmac_sha256(secret, fmt::format("{}.{}", timestamp, body));
  return "v1=" + os::hex_encode(mac);
}

}  // namespace soma::harness
