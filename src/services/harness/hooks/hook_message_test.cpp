// What is said to a hook, and what of its answers is understood.
#include "services/harness/hooks/hook_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace soma::harness {
namespace {

using testing::HasSubstr;

TEST(HookMessage, ThePayloadOfEachPoint) {
  const Hook hook{.type = HookType::kAfterToolCall, .name = "audit", .target = CommandTarget{{"a"}}};
  HookCall call{.event_id = "0196",
                .hook = &hook,
                .session_id = "s",
                .harness_name = "helper",
                .harness_id = "helper-1",
                .invocation_id = "i",
                .at = os::from_unix_ms(1'767'225'600'123)};
  const json::Value input = json::object({{"command", "ls"}});
  const json::Value before = before_tool_call_context("shell", "shell", "t1", input);
  call.context =
      after_tool_call_context(before, json::array({json::object({{"text", "no"}})}), "exit code 1");
  EXPECT_EQ(
      json::write(hook_payload(call)),
      R"({"hookEventId":"0196","name":"audit","type":"after_tool_call","at":"2026-01-01T00:00:00.123Z",)"
      R"("harnessName":"helper","harnessId":"helper-1","sessionId":"s","invocationId":"i","context":)"
      R"({"toolName":"shell","toolType":"shell","toolUseId":"t1","input":{"command":"ls"},)"
      R"("result":[{"text":"no"}],"error":"exit code 1"}})");
  EXPECT_FALSE(after_tool_call_context(before, "fine", std::nullopt).has("error"));
  EXPECT_EQ(json::write(after_invocation_context("end_turn", 10, 5)),
            R"({"stopReason":"end_turn","usage":{"inputTokens":10,"outputTokens":5}})");
  EXPECT_EQ(json::write(before_invocation_context(json::Array{})), R"({"messages":[]})");
}

TEST(HookMessage, NothingAndAnEmptyObjectAllow) {
  for (const std::string_view text : {"", " \n", "{}", R"({"decision": "allow"})"}) {
    const auto answer = read_hook_answer(text);
    ASSERT_TRUE(answer) << text;
    EXPECT_TRUE(answer->allowed) << text;
    EXPECT_EQ(answer->reason, "") << text;
  }
}

TEST(HookMessage, ADenyKeepsItsReason) {
  const auto answer = read_hook_answer(R"({"decision": "deny", "reason": " not on a Sunday\n", "more": 1})");
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->allowed);
  EXPECT_EQ(answer->reason, "not on a Sunday");
}

// A misspelt deny must not become a permission.
TEST(HookMessage, WhatIsNotUnderstoodIsNoAnswer) {
  for (const std::string_view text :
       {"allow", "null", "[]", "true", "{", R"({"decision": "Deny"})", R"({"decision": true})",
        R"({"decision": null})", R"({"decison": "deny"})", R"({"reason": "no"})",
        R"({"decision": "deny", "decision": "allow"})", R"({"decision": "deny"} {})",
        R"({"decision": "deny", "reason": 4})"}) {
    EXPECT_FALSE(read_hook_answer(text)) << text;
  }
}

TEST(HookMessage, AReasonIsBoundedBetweenCharacters) {
  const std::string long_reason = "x" + [] {
    std::string out;
    for (int count = 0; count < 1000; ++count) out += "é";
    return out;
  }();
  EXPECT_EQ(bounded_reason(long_reason).size(), kMaxHookReasonBytes - 1);
  EXPECT_TRUE(os::is_valid_utf8(bounded_reason(long_reason)));
  EXPECT_TRUE(os::is_valid_utf8(bounded_reason("\xff\xfe broken")));
}

// printf '1767225600.{"a":1}' | openssl dgst -sha256 -hmac s3cr3t
TEST(HookMessage, TheSignatureIsWhatOpensslComputes) {
  EXPECT_EQ(hook_signature("s3cr3t", 1'767'225'600, R"({"a":1})"),
            "v1=16aab8af5ff008fa42a186fcf0a919e21fe6044888f18a20b242f62a988a57e7");
}

}  // namespace
}  // namespace soma::harness
