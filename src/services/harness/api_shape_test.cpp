#include "services/harness/api_shape.h"

#include <gtest/gtest.h>

namespace soma::harness {
namespace {

Definition defined(std::string_view text) {
  Definition definition;
  definition.id = "agent-0123456789";
  const auto config = config_from_json(*json::parse(text), text, "");
  EXPECT_TRUE(config) << config.error().to_string();
  if (config) definition.config = *config;
  return definition;
}

TEST(ApiShape, ReadsBackTheSame) {
  for (
      const char* text : {
          R"({"harnessName":"agent","model":{"provider":"reflex"}})",
          R"({"harnessName":"agent","model":{"provider":"replay","modelId":"/recordings/a.jsonl"}})",
          R"({"harnessName":"agent","model":{"provider":"bedrock","modelId":"m","topP":0.5}})",
          R"({"harnessName":"agent","model":{"provider":"litellm","modelId":"far/m","apiBase":"https://a"}})",
      }) {
    const Definition definition = defined(text);
    const json::Value spelt = config_for_api(definition);
    EXPECT_EQ(spelt.get("model").size(), 1u) << json::write(spelt);
    json::Value model_alone = json::object({{"harnessName", "agent"}, {"model", spelt.get("model")}});
    const auto again = config_from_json(model_alone, "", "");
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(to_json(*again), to_json(definition.config));
  }
}

TEST(ApiShape, WrapsAndUnwrapsTheConfigurationOfATool) {
  const Definition definition = defined(
      R"({"model":{"provider":"reflex"},"tools":[
        {"type":"agentcore_browser","name":"a","config":{"agentCoreBrowser":{}}},
        {"type":"agentcore_browser","name":"b","config":{}},
        {"type":"shell","name":"c","config":{}},
        {"type":"agentcore_code_interpreter","name":"d"},
        {"type":"inline_function","name":"e","config":{"inlineFunction":{"description":"d","inputSchema":{}}}}]})");
  EXPECT_EQ(json::write(to_json(definition.config).get("tools").at(0).get("config")), "{}");
  const json::Value spelt = config_for_api(definition);
  const json::Value& tools = spelt.get("tools");
  EXPECT_EQ(json::write(tools.at(0).get("config")), R"({"agentCoreBrowser":{}})");
  EXPECT_EQ(json::write(tools.at(1).get("config")), R"({"agentCoreBrowser":{}})");
  EXPECT_FALSE(tools.at(3).has("config"));
  EXPECT_EQ(json::write(tools.at(4).get("config")),
            R"({"inlineFunction":{"description":"d","inputSchema":{}}})");
}

// boto3 could not read a harness that had a sub-agent or a shell with a configuration: in a union, it refuses
// two members, and none.
TEST(ApiShape, AToolOfSomasOwnIsOneMemberOfTheUnion) {
  const Definition definition = defined(
      R"({"model":{"provider":"reflex"},"tools":[
        {"type":"shell","name":"a","config":{}},
        {"type":"harness","name":"b","config":{"harness":"reader"}},
        {"type":"harness","name":"c","config":{"harness":"reader","description":"Reads","budgetShare":0.5}}]})");
  const json::Value spelt = config_for_api(definition);
  const json::Value& tools = spelt.get("tools");
  EXPECT_EQ(json::write(tools.at(0).get("config")), R"({"shell":{}})");
  EXPECT_EQ(json::write(tools.at(1).get("config")), R"({"harness":{"harness":"reader"}})");
  EXPECT_EQ(tools.at(2).get("config").size(), 1u);
  const json::Value sent = json::object({{"model", spelt.get("model")}, {"tools", tools}});
  const auto again = config_from_json(sent, "", "");
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(to_json(*again).get("tools"), to_json(definition.config).get("tools"));
}

TEST(ApiShape, AUnionOfAnotherToolIsRefused) {
  const auto value = json::parse(
      R"({"model":{"provider":"reflex"},"tools":[
        {"type":"agentcore_browser","config":{"agentCoreCodeInterpreter":{}}}]})");
  const auto config = config_from_json(*value, "", "");
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().message.find("agentCoreCodeInterpreter"), std::string::npos);
}

}  // namespace
}  // namespace soma::harness
