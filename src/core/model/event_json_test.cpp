#include <gtest/gtest.h>

#include "core/model/message.h"

namespace soma::model {
namespace {

os::Result<StreamEvent> read(std::string_view text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value.has_value()) << text;
  return event_from_json(value ? *value : json::Value());
}

TEST(EventJson, EveryEventKindRoundTrips) {
  const std::string_view events[] = {
      R"({"messageStart":{"role":"assistant"}})",
      R"({"contentBlockStart":{"contentBlockIndex":0,"start":{}}})",
      R"({"contentBlockStart":{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t1","name":"shell"}}}})",
      R"({"contentBlockStart":{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t1","name":"x","type":"mcp_tool_use","serverName":"s"}}}})",
      R"({"contentBlockStart":{"contentBlockIndex":2,"start":{"toolResult":{"toolUseId":"t1"}}}})",
      R"({"contentBlockStart":{"contentBlockIndex":2,"start":{"toolResult":{"toolUseId":"t1","status":"error"}}}})",
      R"({"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"hé \n"}}})",
      R"({"contentBlockDelta":{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"comm"}}}})",
      R"({"contentBlockDelta":{"contentBlockIndex":2,"delta":{"toolResult":[{"text":"out"},{"json":{"a":1}}]}}})",
      R"({"contentBlockDelta":{"contentBlockIndex":2,"delta":{"toolResult":[{"json":{"image":{"format":"png","source":{"file":"a.png"}}}}]}}})",
      R"({"contentBlockDelta":{"contentBlockIndex":2,"delta":{"toolResultMetadata":{"metadata":"{\"exitCode\":0}"}}}})",
      R"({"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"hm"}}}})",
      R"({"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"abc="}}}})",
      R"({"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"redactedContent":"AAE="}}}})",
      R"({"contentBlockStop":{"contentBlockIndex":0}})",
      R"({"messageStop":{"stopReason":"tool_use"}})",
      R"({"metadata":{"usage":{"inputTokens":3,"outputTokens":4,"totalTokens":7},"metrics":{"latencyMs":12}}})",
      R"({"metadata":{"usage":{"inputTokens":3,"outputTokens":4,"totalTokens":7,"cacheReadInputTokens":5,"cacheWriteInputTokens":6},"metrics":{"latencyMs":12}}})",
  };
  for (const std::string_view text : events) {
    const auto event = read(text);
    ASSERT_TRUE(event.has_value()) << text << event.error().to_string();
    EXPECT_EQ(json::write(to_json(*event)), text);
  }
}

TEST(EventJson, AnImageInsideAToolResultDeltaBecomesAnImageAgain) {
  const auto event = read(
      R"({"contentBlockDelta":{"contentBlockIndex":2,"delta":{"toolResult":[{"json":{"image":{"format":"png","source":{"file":"a.png"}}}}]}}})");
  ASSERT_TRUE(event.has_value());
  const auto& delta = std::get<ToolResultDelta>(std::get<ContentBlockDelta>(*event).delta);
  EXPECT_EQ(std::get<Image>(delta.content.at(0)).media.file, "a.png");
}

TEST(EventJson, AToolsOwnJsonThatLooksLikeAnImageStaysJson) {
  const auto event = read(
      R"({"contentBlockDelta":{"contentBlockIndex":2,"delta":{"toolResult":[{"json":{"image":"nginx:1.25"}}]}}})");
  ASSERT_TRUE(event.has_value());
  const auto& delta = std::get<ToolResultDelta>(std::get<ContentBlockDelta>(*event).delta);
  EXPECT_EQ(std::get<JsonContent>(delta.content.at(0)).value.get("image").string_or(""), "nginx:1.25");
}

TEST(EventJson, RefusesWhatIsNoEventAndNamesThePlace) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({})", ""},
      {R"([])", ""},
      {R"({"messageStart":{"role":"assistant"},"messageStop":{}})", ""},
      {R"({"ping":{}})", ""},
      {R"({"messageStart":[]})", "/messageStart"},
      {R"({"messageStart":{"role":"tool"}})", "/messageStart/role"},
      {R"({"contentBlockStart":{}})", "/contentBlockStart/contentBlockIndex"},
      {R"({"contentBlockStart":{"contentBlockIndex":-1}})", "/contentBlockStart/contentBlockIndex"},
      {R"({"contentBlockStop":{"contentBlockIndex":4294967296}})", "/contentBlockStop/contentBlockIndex"},
      {R"({"contentBlockStart":{"contentBlockIndex":0,"start":{"text":{}}}})", "/contentBlockStart/start"},
      {R"({"contentBlockDelta":{"contentBlockIndex":0}})", "/contentBlockDelta/delta"},
      {R"({"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":1}}})",
       "/contentBlockDelta/delta/text"},
      {R"({"contentBlockDelta":{"contentBlockIndex":0,"delta":{"toolUse":{}}}})",
       "/contentBlockDelta/delta/toolUse/input"},
      {R"({"contentBlockDelta":{"contentBlockIndex":0,"delta":{"toolResult":[{"x":1}]}}})",
       "/contentBlockDelta/delta/toolResult/0"},
      {R"({"messageStop":{"stopReason":"done"}})", "/messageStop/stopReason"},
      {R"({"metadata":{"usage":{"inputTokens":"3"}}})", "/metadata/usage/inputTokens"},
      {R"({"metadata":{"usage":{"inputTokens":-3}}})", "/metadata/usage/inputTokens"},
  };
  for (const auto& [text, pointer] : cases) {
    const auto event = read(text);
    ASSERT_FALSE(event.has_value()) << text;
    EXPECT_EQ(event.error().code, os::Code::kInvalidArgument);
    ASSERT_EQ(event.error().details.size(), 1u);
    EXPECT_EQ(event.error().details[0].second, pointer) << text << "\n" << event.error().message;
  }
}

}  // namespace
}  // namespace soma::model
