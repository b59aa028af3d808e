// The configuration of hooks: what is read, what is refused and where the message points.
#include "services/harness/hooks/hooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json/schema.h"

namespace soma::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

os::Result<std::vector<Hook>> read(std::string_view text) {
  const auto parsed = json::parse(text);
  EXPECT_TRUE(parsed) << parsed.error().to_string();
  return hooks_from_json(*parsed);
}

std::string refusal(std::string_view text) {
  const auto hooks = read(text);
  return hooks ? "accepted" : hooks.error().to_string();
}

// One hook whose target is this.
std::string refused_target(std::string_view target) {
  return refusal(R"([{"afterToolCall": {"name": "log", "target": )" + std::string(target) + "}}]");
}

constexpr std::string_view kAll = R"json([
  {"beforeToolCall": {"name": "audit", "tools": ["shell", "@builtin/file_*"],
    "target": {"webhook": {"url": "https://audit.example/hook?team=a", "secret": "env:AUDIT_KEY",
                           "timeoutSeconds": 900, "failureMode": "allow"}}}},
  {"afterToolCall": {"name": "after", "target": {"webhook": {"url": "http://127.0.0.1:9/"}}}},
  {"beforeInvocation": {"name": "gate", "target": {"command": {"arguments": ["./gate", "--strict", ""]}}}},
  {"afterInvocation": {"name": "log", "target": {"command": {"arguments": ["logger"], "timeoutSeconds": 1, "wait": false}}}}
])json";

TEST(Hooks, AreReadWithTheirDefaults) {
  const auto hooks = read(kAll);
  ASSERT_TRUE(hooks) << hooks.error().to_string();
  ASSERT_EQ(hooks->size(), 4u);
  const Hook& audit = (*hooks)[0];
  EXPECT_EQ(audit.type, HookType::kBeforeToolCall);
  EXPECT_EQ(audit.name, "audit");
  EXPECT_THAT(audit.tools, ElementsAre("shell", "@builtin/file_*"));
  EXPECT_EQ(std::get<WebhookTarget>(audit.target),
            (WebhookTarget{"https://audit.example/hook?team=a", "env:AUDIT_KEY"}));
  EXPECT_EQ(audit.timeout_seconds, 900);
  EXPECT_EQ(audit.failure_mode, FailureMode::kAllow);
  const Hook& after = (*hooks)[1];
  EXPECT_EQ(after.type, HookType::kAfterToolCall);
  EXPECT_EQ(after.timeout_seconds, 60);
  EXPECT_EQ(after.failure_mode, FailureMode::kDeny) << "a hook that fails must not open the door";
  EXPECT_TRUE(after.wait);
  EXPECT_EQ((*hooks)[2].type, HookType::kBeforeInvocation);
  EXPECT_THAT(std::get<CommandTarget>((*hooks)[2].target).arguments, ElementsAre("./gate", "--strict", ""));
  EXPECT_EQ((*hooks)[3].type, HookType::kAfterInvocation);
  EXPECT_FALSE((*hooks)[3].wait);
}

TEST(Hooks, ComeBackTheSameFromTheirCanonicalForm) {
  const auto hooks = read(kAll);
  ASSERT_TRUE(hooks);
  const auto again = hooks_from_json(to_json(*hooks));
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(*again, *hooks);
  EXPECT_EQ(to_json(*again), to_json(*hooks));
  EXPECT_EQ(to_json({}), json::Value(json::Array{}));
}

TEST(Hooks, TheSchemaCanStandInsideAnother) {
  const auto part = json::parse(hooks_schema_text());
  ASSERT_TRUE(part) << part.error().to_string();
  const json::Value whole =
      json::object({{"type", "object"}, {"properties", json::object({{"hooks", *part}})}});
  const auto schema = json::Schema::compile(whole);
  ASSERT_TRUE(schema) << schema.error().to_string();
  EXPECT_TRUE(schema->validate(json::object({{"hooks", *json::parse(kAll)}})).empty());
  EXPECT_FALSE(schema->validate(json::object({{"hooks", json::array({json::Object{}})}})).empty());
}

TEST(Hooks, AnErrorNamesTheLineAndTheNearestKey) {
  const std::string text = "{\n\"hooks\": [\n{\"afterToolCal\": {}}\n]}";
  const auto parsed = json::parse(text);
  const auto hooks = hooks_from_json(parsed->get("hooks"), "/hooks", text, "harness.json");
  ASSERT_FALSE(hooks);
  EXPECT_THAT(hooks.error().message, HasSubstr("harness.json:3:2"));
  EXPECT_THAT(hooks.error().message, HasSubstr("/hooks/0/afterToolCal"));
  EXPECT_THAT(hooks.error().message, HasSubstr("afterToolCall"));
}

TEST(Hooks, ANameIsUsedOnce) {
  const std::string message = refusal(R"json([
    {"beforeToolCall": {"name": "audit", "target": {"command": {"arguments": ["a"]}}}},
    {"afterToolCall": {"name": "audit", "target": {"command": {"arguments": ["b"]}}}}])json");
  EXPECT_THAT(message, HasSubstr("/hooks/1/afterToolCall/name the hook name 'audit' is used twice"));
  EXPECT_THAT(
      refusal(R"([{"beforeToolCall": {"name": "a b", "target": {"command": {"arguments": ["a"]}}}}])"),
      HasSubstr("/hooks/0/beforeToolCall/name"));
}

TEST(Hooks, AreAtMostTwenty) {
  const auto numbered = [](size_t count) {
    std::vector<Hook> hooks(count);
    for (size_t index = 0; index < count; ++index) {
      hooks[index].name = "h" + std::to_string(index);
      hooks[index].target = CommandTarget{{"true"}};
    }
    return to_json(hooks);
  };
  EXPECT_TRUE(hooks_from_json(numbered(kMaxHooks)));
  const auto more = hooks_from_json(numbered(kMaxHooks + 1));
  ASSERT_FALSE(more);
  EXPECT_THAT(more.error().message, HasSubstr("20"));
}

TEST(Hooks, AnEntryAndATargetHaveOneMember) {
  const std::string_view one = R"({"name": "a", "target": {"command": {"arguments": ["a"]}}})";
  EXPECT_THAT(refusal(R"([{"beforeToolCall": )" + std::string(one) + R"(, "afterToolCall": )" +
                      std::string(one) + "}]"),
              HasSubstr("/hooks/0 "));
  EXPECT_THAT(refusal("[{}]"), HasSubstr("/hooks/0 "));
  EXPECT_THAT(refused_target(R"({"webhook": {"url": "http://a/"}, "command": {"arguments": ["a"]}})"),
              HasSubstr("/hooks/0/afterToolCall/target "));
  EXPECT_THAT(refused_target("{}"), HasSubstr("/hooks/0/afterToolCall/target "));
}

TEST(Hooks, TheManagedServicesTargetsAreRefusedWithWhatToUse) {
  const std::string lambda =
      refused_target(R"({"lambda": {"arn": "arn:aws:lambda:eu-west-1:1:function:f", "timeoutSeconds": 5}})");
  EXPECT_THAT(lambda, HasSubstr("/hooks/0/afterToolCall/target/lambda soma does not call lambda"));
  EXPECT_THAT(lambda, HasSubstr("webhook"));
  for (const std::string name : {"sns", "eventBridge"}) {
    const std::string message = refused_target(R"({")" + name + R"(": {"arn": "arn:aws:x"}})");
    EXPECT_THAT(message, HasSubstr("soma does not call " + name));
    EXPECT_THAT(message, HasSubstr("\"wait\": false"));
  }
}

TEST(Hooks, AWebhookNeedsAUrlThatCanBeCalled) {
  for (const std::string url :
       {"audit.example", "ftp://a/", "ws://a/", "http://", "http://user:hunter2@a/"}) {
    const std::string message = refused_target(R"({"webhook": {"url": ")" + url + R"("}})");
    EXPECT_THAT(message, HasSubstr("/hooks/0/afterToolCall/target/webhook/url")) << url;
    EXPECT_THAT(message, Not(HasSubstr("hunter2"))) << url;
  }
}

// Whoever pastes the secret itself must not find it in a log.
TEST(Hooks, ASecretIsAReferenceAndIsNotRepeated) {
  for (const std::string secret : {"hunter2", "env:", "env:hunter2-x", "file:hunter2", ""}) {
    const std::string message =
        refused_target(R"({"webhook": {"url": "http://a/", "secret": ")" + secret + R"("}})");
    EXPECT_THAT(message, HasSubstr("/hooks/0/afterToolCall/target/webhook/secret is no reference")) << secret;
    EXPECT_THAT(message, HasSubstr("env:NAME or secret:NAME")) << secret;
    EXPECT_THAT(message, Not(HasSubstr("hunter2")));
  }
  EXPECT_EQ(refused_target(R"({"webhook": {"url": "http://a/", "secret": "secret:team-a.key"}})"),
            "accepted");
}

TEST(Hooks, LimitsAndContradictionsAreRefused) {
  for (const std::string seconds : {"0", "901", "1.5", "\"60\""})
    EXPECT_THAT(refused_target(R"({"command": {"arguments": ["a"], "timeoutSeconds": )" + seconds + "}}"),
                HasSubstr("/command/timeoutSeconds"));
  EXPECT_THAT(refused_target(R"({"command": {"arguments": []}})"), HasSubstr("/command/arguments"));
  EXPECT_THAT(refused_target(R"({"command": {"arguments": [""]}})"), HasSubstr("names no program"));
  EXPECT_THAT(refused_target(R"({"command": {"arguments": ["a\u0000b"]}})"), HasSubstr("NUL"));
  EXPECT_THAT(refused_target(R"({"command": {"arguments": ["a"], "wait": false, "failureMode": "deny"}})"),
              HasSubstr("/command/failureMode decides nothing when wait is false"));
  EXPECT_THAT(refusal(R"([{"beforeInvocation": {"name": "a", "tools": ["shell"],
                                                "target": {"command": {"arguments": ["a"]}}}}])"),
              HasSubstr("/hooks/0/beforeInvocation/tools"));
}

TEST(Hooks, AToolHookIsForTheToolsItNames) {
  Hook hook{.type = HookType::kBeforeToolCall, .tools = {"file_*", "@search/read_*"}};
  EXPECT_TRUE(is_about_tool(hook, "file_operations", "builtin"));
  EXPECT_TRUE(is_about_tool(hook, "read_page", "search"));
  EXPECT_FALSE(is_about_tool(hook, "write_page", "search"));
  EXPECT_FALSE(is_about_tool(hook, "shell", "builtin"));
  hook.tools.clear();
  EXPECT_TRUE(is_about_tool(hook, "shell", "builtin"));
  hook.type = HookType::kBeforeInvocation;
  EXPECT_FALSE(is_about_tool(hook, "shell", "builtin"));
}

}  // namespace
}  // namespace soma::harness
