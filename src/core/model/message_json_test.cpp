#include <gtest/gtest.h>

#include "core/model/message.h"

namespace soma::model {
namespace {

json::Value parsed(std::string_view text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value ? *value : json::Value();
}

TEST(MessageJson, EveryBlockKindRoundTrips) {
  const std::string_view blocks[] = {
      R"({"text":"hello"})",
      R"({"reasoningContent":{"reasoningText":{"text":"because","signature":"c2ln"}}})",
      R"({"reasoningContent":{"reasoningText":{"text":"because"}}})",
      R"({"reasoningContent":{"redactedContent":"AAEC/w=="}})",
      R"({"toolUse":{"toolUseId":"t1","name":"shell","input":{"command":"ls","n":1.5}}})",
      R"({"toolUse":{"toolUseId":"t1","name":"find","input":{},"type":"mcp_tool_use","serverName":"wiki"}})",
      R"({"toolResult":{"toolUseId":"t1","status":"success","content":[{"text":"a"},{"json":{"k":[1,2]}}]}})",
      R"({"toolResult":{"toolUseId":"t1","status":"error","content":[]}})",
      R"({"toolResult":{"toolUseId":"t1","status":"success","content":[{"image":{"format":"png","source":{"bytes":"iVBORw=="}}}]}})",
      R"({"image":{"format":"png","source":{"file":"screenshots/0001.png"}}})",
      R"({"document":{"format":"pdf","name":"plan","source":{"bytes":"JVBERg=="}}})",
  };
  for (const std::string_view block : blocks) {
    for (const std::string_view role : {"user", "assistant"}) {
      const std::string text =
          std::string(R"({"role":")").append(role).append(R"(","content":[)").append(block).append("]}");
      const auto message = message_from_json(parsed(text));
      ASSERT_TRUE(message.has_value()) << text << message.error().to_string();
      EXPECT_EQ(json::write(to_json(*message)), text);
    }
  }
}

TEST(MessageJson, KeepsBinaryBytesOfMedia) {
  const std::string bytes("\x00\xff\x10", 3);
  const Message message{.role = Role::kUser, .content = {Image{{.format = "png", .bytes = bytes}}}};
  const auto back = message_from_json(to_json(message));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(std::get<Image>(back->content.at(0)).media.bytes, bytes);
}

struct Bad {
  std::string_view text;
  std::string_view pointer;
};

TEST(MessageJson, ErrorsNameThePointerOfWhatIsWrong) {
  const Bad cases[] = {
      {R"([])", ""},
      {R"({"content":[]})", "/role"},
      {R"({"role":"system","content":[]})", "/role"},
      {R"({"role":"user"})", "/content"},
      {R"({"role":"user","content":"hi"})", "/content"},
      {R"({"role":"user","content":["hi"]})", "/content/0"},
      {R"({"role":"user","content":[{}]})", "/content/0"},
      {R"({"role":"user","content":[{"text":"a","image":{}}]})", "/content/0"},
      {R"({"role":"user","content":[{"text":"a"},{"text":7}]})", "/content/1/text"},
      {R"({"role":"user","content":[{"video":{}}]})", "/content/0"},
      {R"({"role":"user","content":[{"toolUse":{"name":"x","input":{}}}]})", "/content/0/toolUse/toolUseId"},
      {R"({"role":"user","content":[{"toolUse":{"toolUseId":"a","name":"x"}}]})", "/content/0/toolUse"},
      {R"({"role":"user","content":[{"toolResult":{"toolUseId":"a","status":"bad","content":[]}}]})",
       "/content/0/toolResult/status"},
      {R"({"role":"user","content":[{"toolResult":{"toolUseId":"a","content":[{"toolUse":{}}]}}]})",
       "/content/0/toolResult/content/0"},
      {R"({"role":"user","content":[{"image":{"format":"png","source":{"bytes":"%%"}}}]})",
       "/content/0/image/source/bytes"},
      {R"({"role":"user","content":[{"image":{"format":"png","source":{"s3":"x"}}}]})",
       "/content/0/image/source"},
      {R"({"role":"user","content":[{"image":{"source":{"bytes":""}}}]})", "/content/0/image/format"},
      {R"({"role":"user","content":[{"reasoningContent":{"reasoningText":{}}}]})",
       "/content/0/reasoningContent/reasoningText/text"},
  };
  for (const Bad& bad : cases) {
    const auto message = message_from_json(parsed(bad.text));
    ASSERT_FALSE(message.has_value()) << bad.text;
    EXPECT_EQ(message.error().code, os::Code::kInvalidArgument);
    ASSERT_EQ(message.error().details.size(), 1u);
    EXPECT_EQ(message.error().details[0].second, bad.pointer) << bad.text << "\n" << message.error().message;
  }
}

TEST(MessageJson, WhoMadeSomethingIsKept) {
  const std::string text =
      R"({"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"hm","signature":"s"},)"
      R"("origin":"anthropic"}},{"toolUse":{"toolUseId":"a","name":"x","input":{},"type":"server_tool_use",)"
      R"("origin":"anthropic"}},{"image":{"format":"png","source":{"url":"https://example.com/a.png"}}}]})";
  const auto message = message_from_json(parsed(text));
  ASSERT_TRUE(message.has_value()) << message.error().to_string();
  EXPECT_EQ(json::write(to_json(*message)), text);
}

TEST(MessageJson, PointersStartWhereTheCallerSays) {
  const auto message = message_from_json(parsed(R"({"role":"user","content":[{"text":7}]})"), "/messages/3");
  ASSERT_FALSE(message.has_value());
  EXPECT_EQ(message.error().message.substr(0, 27), "/messages/3/content/0/text:");
}

TEST(Message, TextOfJoinsTextBlocksOnly) {
  const Message message{.role = Role::kAssistant,
                        .content = {Text{"one"}, Reasoning{.text = "hidden"},
                                    ToolUse{.id = "t", .name = "n", .input = {}}, Text{"two"}}};
  EXPECT_EQ(text_of(message), "one\ntwo");
}

TEST(StopReasons, AllFifteenNamesReadBack) {
  for (int i = 0; i < 15; ++i) {
    const auto reason = static_cast<StopReason>(i);
    const auto back = parse_stop_reason(stop_reason_name(reason));
    ASSERT_TRUE(back.has_value()) << stop_reason_name(reason);
    EXPECT_EQ(*back, reason);
  }
  EXPECT_EQ(stop_reason_name(StopReason::kModelContextWindowExceeded), "model_context_window_exceeded");
  EXPECT_FALSE(parse_stop_reason("endTurn").has_value());
}

}  // namespace
}  // namespace soma::model
