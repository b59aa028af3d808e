#include "services/harness/config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace soma::harness {
namespace {

os::Result<Config> read(std::string_view text) {
  auto value = json::parse(text);
  if (!value) return std::unexpected(value.error());
  return config_from_json(*value, text, "harness.json");
}

constexpr std::string_view kArticle = R"({
  "model": { "provider": "bedrock", "modelId": "us.anthropic.claude-sonnet-4-6" },
  "tools": [{ "type": "agentcore_browser", "name": "browser" }],
  "systemPrompt": "You are a web browsing assistant."
})";

TEST(ConfigModel, IdleTimeoutIsReadCheckedAndWrittenBack) {
  const auto config =
      read(R"({"name":"a","model":{"openAiModelConfig":{"modelId":"m","idleTimeoutSeconds":600}}})");
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->model.idle_timeout_seconds, 600);
  EXPECT_EQ(to_json(*config).get("model").get("idleTimeoutSeconds").int_or(0), 600);
  EXPECT_FALSE(read(R"({"name":"a","model":{"provider":"reflex","idleTimeoutSeconds":0}})").has_value());
}

// The pointer stood there twice, and the line was that of "hooks".
TEST(Config, AWrongHookIsNamedOnceWhereItStands) {
  const auto config = read(R"({"model": {"provider": "reflex"}, "hooks": [
    {"beforeToolCall": {"name": "audit", "target": {"lambda": {"arn": "arn:aws:lambda:eu-west-1:1:function:f"}}}}]})");
  ASSERT_FALSE(config);
  const std::string& message = config.error().message;
  EXPECT_NE(message.find("harness.json:2:"), std::string::npos) << message;
  EXPECT_EQ(message.find("/hooks/0/beforeToolCall/target/lambda"), message.rfind("/hooks")) << message;
}

TEST(Config, ReadsTheSevenLinesAsTheyStand) {
  const auto config = read(kArticle);
  ASSERT_TRUE(config) << config.error().to_string();
  EXPECT_EQ(config->model.provider, "bedrock");
  EXPECT_EQ(config->model.model_id, "us.anthropic.claude-sonnet-4-6");
  ASSERT_EQ(config->tools.size(), 1u);
  EXPECT_EQ(config->tools[0].name, "browser");
  EXPECT_EQ(config->system_prompt, std::vector<std::string>{"You are a web browsing assistant."});
  EXPECT_EQ(config->max_iterations, 75);
  EXPECT_EQ(config->timeout_seconds, 3600);
  EXPECT_EQ(config->idle_timeout_seconds, 900);
  EXPECT_EQ(config->max_lifetime_seconds, 28800);
  EXPECT_FALSE(config->allowed_tools.has_value());
}

TEST(Config, CanonicalFormReadsBackTheSame) {
  const auto config = read(
      R"({"harnessName":"a1","model":{"provider":"reflex","temperature":0.5,"maxTokens":9,"stopSequences":["x"]},
    "systemPrompt":[{"text":"one"},{"text":"two"}],"tools":[{"type":"shell"}],"allowedTools":["@builtin"],"maxIterations":3,
    "timeoutSeconds":7,"maxTokens":11,"environment":{"idleRuntimeSessionTimeout":60,"maxLifetime":120,"network":true},
    "environmentVariables":{"A":"b"},"sandbox":"none"})");
  ASSERT_TRUE(config) << config.error().to_string();
  const json::Value canonical = to_json(*config);
  const auto again = config_from_json(canonical, "", "");
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(to_json(*again), canonical);
  EXPECT_EQ(again->system_prompt.size(), 2u);
  EXPECT_EQ(again->sandbox, sandbox::Kind::kNone);
  EXPECT_TRUE(again->sandbox_network);
}

TEST(Config, ReadsTheModelUnionOfTheApi) {
  const auto bedrock = read(R"({"model":{"bedrockModelConfig":{"modelId":"m","maxTokens":5}}})");
  ASSERT_TRUE(bedrock) << bedrock.error().to_string();
  EXPECT_EQ(bedrock->model.provider, "bedrock");
  EXPECT_EQ(bedrock->model.max_tokens, 5);
  const auto lite = read(R"({"model":{"liteLlmModelConfig":{"modelId":"reflex/one"}}})");
  ASSERT_TRUE(lite);
  EXPECT_EQ(lite->model.provider, "reflex");
  EXPECT_FALSE(
      read(R"({"model":{"bedrockModelConfig":{"modelId":"m"},"geminiModelConfig":{"modelId":"m"}}})"));
}

struct Refused {
  std::string_view text, line, part;
};

TEST(Config, RefusesWithPlaceAndRemedy) {
  const Refused kCases[] = {
      {"{\n \"model\": {\"provider\": \"reflex\"},\n \"maxIteration\": 3\n}", "3", "maxIterations"},
      {"{\n \"model\": {\"provider\": \"reflex\"},\n \"modelId\": \"x\"\n}", "3", "belongs under model"},
      {"{\n \"model\": {\"provider\": \"reflex\"},\n \"tools\": [\n  {\"type\": \"agentcore_browsr\"}\n ]\n}",
       "4", "agentcore_browser"},
      {"{\n \"model\": {\"provider\": \"reflex\"},\n \"maxIterations\": \"three\"\n}", "3", "integer"},
      {"{\n \"model\": {\"provider\": \"reflex\"},\n \"systemPrompt\": \"./prompt.md\"\n}", "3",
       "system-prompt.md"},
      {"{\n \"model\": {\"provider\": \"reflex\"},\n \"environmentVariables\": {\"1A\": \"x\"}\n}", "3", ""},
      {"{\n \"tools\": []\n}", "1", "model"},
      {"{\n \"model\": {\"provider\": \"reflex\"},\n \"tools\": [{\"type\": \"shell\", \"name\": \"a\"},\n  "
       "{\"type\": \"shell\", \"name\": \"a\"}]\n}",
       "4", "twice"},
      {"{\n \"model\": {\"provider\": \"reflex\"},\n \"environment\": {\"idleRuntimeSessionTimeout\": 1}\n}",
       "3", "60"},
  };
  for (const Refused& refused : kCases) {
    const auto config = read(refused.text);
    ASSERT_FALSE(config) << refused.text;
    const std::string told = config.error().to_string();
    EXPECT_NE(told.find("harness.json:" + std::string(refused.line)), std::string::npos) << told;
    EXPECT_NE(told.find(refused.part), std::string::npos) << told;
  }
}

// The members that have a reader of their own were told at the member itself, and a hook's place was told
// twice.
TEST(Config, NamesThePlaceInsideAMember) {
  const auto truncation = read(
      "{\n\"model\":{\"provider\":\"reflex\"},\n\"truncation\":{\"strategy\":\"sliding_window\",\n"
      "\"config\":{\"slidingWindow\":{\"messageCount\":4}}}}");
  ASSERT_FALSE(truncation);
  EXPECT_EQ(truncation.error().message,
            "harness.json:4:28: /truncation/config/slidingWindow/messageCount is not a known key");
  EXPECT_EQ(truncation.error().hint, "did you mean 'messagesCount'?");
  const auto hooks = read(
      "{\n\"model\":{\"provider\":\"reflex\"},\n\"hooks\":[{\"afterInvocation\":{\"name\":\"log\",\n"
      "\"target\":{\"webhook\":{\"url\":\"ftp://x\"}}}}]}");
  ASSERT_FALSE(hooks);
  EXPECT_EQ(hooks.error().message.find("harness.json:4:22: /hooks/0/afterInvocation/target/webhook/url"), 0u)
      << hooks.error().message;
}

TEST(Config, FindsTheSystemPromptBesideTheFileAndTheNameOfItsDirectory) {
  const auto directory = std::filesystem::temp_directory_path() / "soma_config_test" / "browseragent";
  std::filesystem::create_directories(directory);
  std::ofstream(directory / "harness.json") << R"({"model":{"provider":"reflex"}})";
  std::ofstream(directory / "system-prompt.md") << "You browse.\n";
  const auto config = read_config_file((directory / "harness.json").string());
  std::filesystem::remove_all(directory.parent_path());
  ASSERT_TRUE(config) << config.error().to_string();
  EXPECT_EQ(config->name, "browseragent");
  EXPECT_EQ(config->system_prompt, std::vector<std::string>{"You browse."});
}

TEST(Config, AnInvocationOverridesOnlyWhatItMay) {
  const auto base = read(kArticle);
  ASSERT_TRUE(base);
  const auto other = apply_patch(
      *base, json::object({{"model", json::object({{"provider", "reflex"}})}, {"maxIterations", 2}}),
      PatchKind::kInvocation);
  ASSERT_TRUE(other) << other.error().to_string();
  EXPECT_EQ(other->model.provider, "reflex");
  EXPECT_EQ(other->max_iterations, 2);
  EXPECT_EQ(other->tools.size(), 1u);
  const auto refused =
      apply_patch(*base, json::object({{"environment", json::Object{}}}), PatchKind::kInvocation);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("environment"), std::string::npos);
}

TEST(Patch, AnInvocationCannotChooseWhereKeysGo) {
  Config base;
  base.model.provider = "openai";
  base.model.model_id = "m";
  base.model.api_base = "https://models.example";
  const auto with = [&](json::Value model, PatchKind kind) {
    model.set("provider", "openai");
    model.set("modelId", "m");
    return apply_patch(base, json::object({{"model", std::move(model)}}), kind);
  };
  const json::Value elsewhere = json::object({{"apiBase", "https://elsewhere.example"}});
  const json::Value other_key = json::object({{"apiKeyArn", "env:OTHER"}});
  EXPECT_FALSE(with(elsewhere, PatchKind::kInvocation));
  EXPECT_FALSE(with(other_key, PatchKind::kInvocation));
  EXPECT_TRUE(with(elsewhere, PatchKind::kUpdate));
  EXPECT_TRUE(with(json::object({{"apiBase", base.model.api_base}}), PatchKind::kInvocation));
  EXPECT_TRUE(with(json::Object{}, PatchKind::kInvocation));
}

TEST(AllowedTools, FollowTheGlobsOfTheReference) {
  EXPECT_TRUE(tool_allowed({"*"}, "browser", ""));
  EXPECT_TRUE(tool_allowed({"file_*"}, "file_operations", "builtin"));
  EXPECT_FALSE(tool_allowed({"file_*"}, "shell", "builtin"));
  EXPECT_TRUE(tool_allowed({"@builtin"}, "shell", "builtin"));
  EXPECT_TRUE(tool_allowed({"@builtin/shell"}, "shell", "builtin"));
  EXPECT_FALSE(tool_allowed({"@builtin/shell"}, "file_operations", "builtin"));
  EXPECT_FALSE(tool_allowed({"@builtin"}, "browser", ""));
  EXPECT_TRUE(tool_allowed({"@*-mcp/status"}, "status", "jira-mcp"));
  EXPECT_TRUE(tool_allowed({"@jira/read_*"}, "read_issue", "jira"));
  EXPECT_FALSE(tool_allowed({"@jira/read_*"}, "write_issue", "jira"));
  EXPECT_FALSE(tool_allowed({}, "shell", "builtin"));
}

os::Result<Config> with_mcp(std::string_view tool) {
  return read(R"({"name": "a", "model": {"provider": "reflex"}, "tools": [)" + std::string(tool) + "]}");
}

TEST(ConfigRemoteMcp, IsReadInBothSpellings) {
  const auto own =
      with_mcp(R"({"type": "remote_mcp", "name": "k", "config": {"url": "https://a.example/mcp"}})");
  const auto api = with_mcp(
      R"({"type": "remote_mcp", "name": "k", "config": {"remoteMcp": {"url": "https://a.example/mcp"}}})");
  ASSERT_TRUE(own) << own.error().to_string();
  ASSERT_TRUE(api) << api.error().to_string();
  EXPECT_EQ(to_json(*own).get("tools"), to_json(*api).get("tools"));
}

TEST(ConfigRemoteMcp, RefusesWhatIsNoServer) {
  for (
      const char* config :
      {R"({})", R"({"url": "ftp://a.example"})", R"({"url": "https://a.example", "command": ["x"]})",
       R"({"command": []})", R"({"command": ["x"], "headers": {"X-A": "1"}})",
       R"({"url": "https://u:p@a.example/"})", R"({"command": ["x"], "outboundAuth": {"none": {}}})",
       R"({"url": "https://a.example", "outboundAuth": {}})",
       R"({"url": "https://a.example", "outboundAuth": {"awsIam": {}}})",
       R"({"url": "https://a.example", "outboundAuth": {"awsIam": {"service": "x"}, "none": {}}})",
       R"({"url": "https://a.example", "outboundAuth": {"awsIam": {"service": "x"}}, "headers": {"authorization": "secret:KEY"}})"})
    EXPECT_FALSE(with_mcp(R"({"type": "remote_mcp", "name": "k", "config": )" + std::string(config) + "}"))
        << config;
}

TEST(ConfigRemoteMcp, RefusesNamesThatWouldMeetOthers) {
  for (const char* name : {"a___b", "builtin"})
    EXPECT_FALSE(with_mcp(R"({"type": "remote_mcp", "name": ")" + std::string(name) +
                          R"(", "config": {"url": "https://a.example/mcp"}})"))
        << name;
}

TEST(ConfigRemoteMcp, RefusesASecretInClearTextWithoutRepeatingIt) {
  const auto config = with_mcp(
      R"({"type": "remote_mcp", "name": "k", "config": {"url": "https://a.example", "headers": {"Authorization": "Bearer xyz"}}})");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().to_string().find("xyz"), std::string::npos) << config.error().to_string();
}

TEST(ConfigRemoteMcp, OneInvocationMayNotBringWhatIsItsOwners) {
  const auto base = with_mcp("");
  ASSERT_TRUE(base);
  const auto bring = [&](std::string_view config) {
    const auto patch = json::parse(R"({"tools": [{"type": "remote_mcp", "name": "k", "config": )" +
                                   std::string(config) + "}]}");
    return apply_patch(*base, *patch, PatchKind::kInvocation).has_value();
  };
  EXPECT_TRUE(bring(R"({"url": "https://a.example/mcp"})"));
  EXPECT_FALSE(bring(R"({"url": "https://a.example/mcp", "headers": {"X-Key": "secret:KEY"}})"));
  EXPECT_FALSE(bring(R"({"url": "http://127.0.0.1:9000/mcp"})"));
  EXPECT_FALSE(bring(R"({"command": ["sh"]})"));
  EXPECT_FALSE(
      bring(R"({"url": "https://a.example/mcp", "outboundAuth": {"awsIam": {"service": "execute-api"}}})"));
  EXPECT_TRUE(bring(R"({"url": "https://a.example/mcp", "outboundAuth": {"none": {}}})"));
}

constexpr std::string_view kGatewayArn =
    "arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/orders-abcdefghij";

TEST(ConfigGateway, IsReadInBothSpellings) {
  const std::string inside = R"({"gatewayArn": ")" + std::string(kGatewayArn) + R"("})";
  const auto own = with_mcp(R"({"type": "agentcore_gateway", "name": "k", "config": )" + inside + "}");
  const auto api = with_mcp(R"({"type": "agentcore_gateway", "name": "k", "config": {"agentCoreGateway": )" +
                            inside + "}}");
  ASSERT_TRUE(own) << own.error().to_string();
  ASSERT_TRUE(api) << api.error().to_string();
  EXPECT_EQ(to_json(*own).get("tools"), to_json(*api).get("tools"));
  EXPECT_FALSE(with_mcp(R"({"type": "agentcore_gateway", "name": "k"})"));
}

TEST(ConfigGateway, OneInvocationMayNotSignInAsTheOwner) {
  const auto base = with_mcp("");
  ASSERT_TRUE(base);
  const auto bring = [&](json::Value auth) {
    const json::Value config = json::object({{"gatewayArn", kGatewayArn}, {"outboundAuth", std::move(auth)}});
    const json::Value tool = json::object({{"type", "agentcore_gateway"}, {"name", "k"}, {"config", config}});
    return apply_patch(*base, json::object({{"tools", json::array({tool})}}), PatchKind::kInvocation)
        .has_value();
  };
  EXPECT_TRUE(bring(json::object({{"none", json::Object{}}})));
  EXPECT_FALSE(bring(json::object({{"awsIam", json::Object{}}})));
}

TEST(AllowedTools, NamesAServersToolsByTheServer) {
  EXPECT_TRUE(tool_allowed({"@jira/read_*"}, "jira___read_issue", "jira"));
  EXPECT_TRUE(tool_allowed({"jira___*"}, "jira___read_issue", "jira"));
  EXPECT_FALSE(tool_allowed({"@jira/read_*"}, "jira___write_issue", "jira"));
  EXPECT_FALSE(tool_allowed({"read_*"}, "jira___read_issue", "jira"));
  // A gateway's tools have the separator in their own names.
  EXPECT_TRUE(tool_allowed({"@shop/orders___*"}, "shop___orders___find", "shop"));
}

}  // namespace
}  // namespace soma::harness
