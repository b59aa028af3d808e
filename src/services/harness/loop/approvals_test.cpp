#include "services/harness/loop/approvals.h"

#include <gtest/gtest.h>

namespace soma::harness {
namespace {

using json::object;

Approvals rules(std::string_view text) {
  return *approvals_from_json(*json::parse(text));
}

TEST(Approvals, TheFirstRuleThatFitsDecides) {
  const Approvals approvals = rules(R"({"rules": [
    {"tool": "shell", "arguments": {"command": "git status*"}, "decision": "allow"},
    {"tool": "shell", "arguments": {"command": {"regex": "rm\\s.*"}}, "decision": "deny", "reason": "nothing is deleted here"},
    {"tool": "@builtin", "decision": "ask"}], "default": "deny"})");
  EXPECT_EQ(decide(approvals, "shell", "builtin", object({{"command", "git status -s"}})).decision,
            Decision::kAllow);
  const Verdict denied = decide(approvals, "shell", "builtin", object({{"command", "rm -rf ."}}));
  EXPECT_EQ(denied.decision, Decision::kDeny);
  EXPECT_EQ(denied.reason, "nothing is deleted here");
  EXPECT_EQ(denied.rule, R"(approvals/rules/1 (shell; command: {"regex":"rm\\s.*"}))");
  EXPECT_EQ(decide(approvals, "file_operations", "builtin", object({})).decision, Decision::kAsk);
  EXPECT_EQ(decide(approvals, "browser", "", object({})).rule, "approvals/default");
}

TEST(Approvals, APatternNeedsItsArgumentAndItsWholeText) {
  const Approvals approvals = rules(
      R"({"rules": [{"tool": "t", "arguments": {"n": {"equals": 3}, "path": "docs/*"}, "decision": "allow"}], "default": "ask"})");
  EXPECT_EQ(decide(approvals, "t", "", object({{"n", 3.0}, {"path", "docs/a"}})).decision, Decision::kAllow);
  EXPECT_EQ(decide(approvals, "t", "", object({{"n", 3}})).decision, Decision::kAsk);
  EXPECT_EQ(decide(approvals, "t", "", object({{"n", 4}, {"path", "docs/a"}})).decision, Decision::kAsk);
  EXPECT_EQ(decide(approvals, "t", "", object({{"n", 3}, {"path", "x/docs/a"}})).decision, Decision::kAsk);
  const Approvals regex = rules(
      R"({"rules": [{"tool": "t", "arguments": {"c": {"regex": "ls"}}, "decision": "allow"}], "default": "ask"})");
  EXPECT_EQ(decide(regex, "t", "", object({{"c", "ls; rm x"}})).decision, Decision::kAsk)
      << "not only a part of it";
}

TEST(Approvals, ABrokenRegularExpressionIsNamed) {
  const auto broken = approvals_from_json(
      *json::parse(R"({"rules": [{"tool": "t", "arguments": {"c": {"regex": "("}}, "decision": "ask"}]})"));
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().message.find("/approvals/rules/0/arguments/c/regex"), std::string::npos);
}

TEST(Approvals, ReadsBackWhatItWrites) {
  const std::string_view text =
      R"({"rules":[{"tool":"a*","arguments":{"x":{"equals":[1]},"y":"*"},"decision":"ask","reason":"r"}],"default":"deny","timeoutSeconds":60})";
  EXPECT_EQ(json::write(to_json(rules(text))), text);
}

TEST(Approvals, TheHashIsOfTheToolAndTheArgumentsInAnyOrder) {
  const std::string hash = input_hash("shell", object({{"a", 1}, {"b", object({{"c", 1}, {"d", 2}})}}));
  EXPECT_EQ(hash.size(), 64u);
  EXPECT_EQ(input_hash("shell", object({{"b", object({{"d", 2}, {"c", 1}})}, {"a", 1}})), hash);
  EXPECT_NE(input_hash("shell", object({{"a", 2}, {"b", object({{"c", 1}, {"d", 2}})}})), hash);
  EXPECT_NE(input_hash("other", object({{"a", 1}, {"b", object({{"c", 1}, {"d", 2}})}})), hash);
}

// Everything but an approval for exactly this call gives no permit.
TEST(Approvals, APermitNeedsAnApprovalOfTheExactCall) {
  const model::ToolUse call{"use-1", "shell", object({{"command", "make deploy"}})};
  const Verdict ask{Decision::kAsk, "", ""};
  EXPECT_TRUE(permit_for(call, {Decision::kAllow, "", ""}, std::nullopt));
  EXPECT_FALSE(permit_for(call, {Decision::kDeny, "", ""}, std::nullopt));
  EXPECT_FALSE(permit_for(call, ask, std::nullopt));

  Approval approval{.id = "apr_1", .tool_use_id = "use-1", .tool = "shell", .input = call.input};
  approval.input_hash = approval.answered_hash = input_hash(call.name, call.input);
  EXPECT_FALSE(permit_for(call, ask, approval)) << "pending";
  for (const Answer answer : {Answer::kDeny, Answer::kExpired, Answer::kCancelled}) {
    approval.answer = answer;
    EXPECT_FALSE(permit_for(call, ask, approval)) << answer_name(answer);
  }
  approval.answer = Answer::kApprove;
  EXPECT_TRUE(permit_for(call, ask, approval));
  EXPECT_FALSE(permit_for(call, {Decision::kDeny, "", ""}, approval)) << "the policy's deny is stronger";

  const model::ToolUse changed{"use-1", "shell", object({{"command", "make deploy; rm -rf /"}})};
  EXPECT_FALSE(permit_for(changed, ask, approval));
  const model::ToolUse other{"use-2", "shell", call.input};
  EXPECT_FALSE(permit_for(other, ask, approval)) << "an approval is for one call";
  approval.answered_hash = input_hash("shell", changed.input);
  EXPECT_FALSE(permit_for(call, ask, approval)) << "the answer was about something else";
}

}  // namespace
}  // namespace soma::harness
