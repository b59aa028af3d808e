// What recordings of the Responses API do not hold, and the markers that keep items tied.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/model/providers/codec_test_kit.h"
#include "core/model/providers/openai_items.h"

namespace soma::model {
namespace {

using testing::HasSubstr;

ModelSettings responses(std::string model = "gpt-5") {
  return ModelSettings{.provider = "openai", .model_id = std::move(model), .api_format = "responses"};
}

Decoded decode(const std::vector<std::string>& events) {
  std::vector<std::pair<std::string, std::string>> named;
  for (const std::string& event : events) named.emplace_back("", event);
  return decode_events(*make_openai_codec(responses()), named);
}

const std::string kReasoned = R"({"status":"completed","output":[
  {"type":"reasoning","id":"rs_1","encrypted_content":"E","summary":[
    {"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}]},
  {"type":"message","id":"msg_1","role":"assistant","phase":"commentary","content":[
    {"type":"output_text","text":"one"},{"type":"output_text","text":"two"}]},
  {"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{\"x\":1}"}]})";

ConverseRequest after(const Message& answer, std::string model = "gpt-5") {
  ToolResult result{"call_1", false, {Text{"done"}}};
  return {responses(std::move(model)), {}, {user("go"), answer, {Role::kUser, {result}}}, {}};
}

TEST(OpenAiResponses, PassesBackReasoningWithTheVeryItemsThatFollowedIt) {
  const Decoded out = decode_document(*make_openai_codec(responses()), kReasoned);
  ASSERT_FALSE(out.error.has_value()) << out.error->to_string();
  EXPECT_EQ(out.reason, StopReason::kToolUse);
  const json::Value input = encoded(after(out.message)).get("input");
  ASSERT_EQ(input.size(), 5u);
  EXPECT_EQ(json::write(input.at(1).get("summary")),
            R"([{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}])");
  EXPECT_EQ(input.at(1).get("encrypted_content").string_or(""), "E");
  EXPECT_EQ(input.at(2).get("id").string_or(""), "msg_1");
  EXPECT_EQ(input.at(2).get("phase").string_or(""), "commentary");
  EXPECT_EQ(input.at(2).get("content").size(), 2u);
  EXPECT_EQ(input.at(3).get("id").string_or(""), "fc_1");
  EXPECT_EQ(input.at(3).get("call_id").string_or(""), "call_1");
  EXPECT_EQ(input.at(4).get("call_id").string_or(""), "call_1");
}

TEST(OpenAiResponses, DropsReasoningThatNothingFollows) {
  Decoded out = decode_document(*make_openai_codec(responses()), kReasoned);
  std::erase_if(out.message.content,
                [](const Block& block) { return !std::holds_alternative<Reasoning>(block); });
  EXPECT_EQ(json::write(encoded({responses(), {}, {user("go"), out.message, user("on")}, {}}).get("input")),
            R"([{"role":"user","content":"go"},{"role":"user","content":"on"}])");
}

TEST(OpenAiResponses, LeavesReasoningOutForModelsThatHaveNone) {
  const Decoded out = decode_document(*make_openai_codec(responses()), kReasoned);
  const json::Value input = encoded(after(out.message, "gpt-4o")).get("input");
  EXPECT_EQ(input.at(1).get("type").string_or(""), "message");
}

TEST(OpenAiResponses, WritesItemsThatRunSideBySideOneAfterTheOther) {
  const Decoded out = decode({
      R"({"type":"response.created","response":{}})",
      R"({"type":"response.output_item.added","output_index":0,"item":{"type":"message","id":"m"}})",
      R"({"type":"response.output_text.delta","output_index":0,"delta":"hel"})",
      R"({"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","id":"fc","call_id":"c","name":"f"}})",
      R"({"type":"response.function_call_arguments.delta","output_index":1,"delta":"{}"})",
      R"({"type":"response.output_item.done","output_index":1,"item":{"type":"function_call","id":"fc","call_id":"c","name":"f","arguments":"{\"a\":2}"}})",
      R"({"type":"response.output_text.delta","output_index":0,"delta":"lo"})",
      R"({"type":"response.output_item.done","output_index":0,"item":{"type":"message","id":"m","content":[{"type":"output_text","text":"hello"}]}})",
      R"({"type":"response.some_new_event","output_index":0,"delta":"?"})",
      R"({"type":"response.completed","response":{"status":"completed","usage":{"input_tokens":5,"input_tokens_details":{"cached_tokens":2},"output_tokens":3}}})",
  });
  ASSERT_FALSE(out.error.has_value()) << out.error->to_string();
  ASSERT_EQ(out.message.content.size(), 2u);
  EXPECT_EQ(std::get<Text>(out.message.content[0]).text, "hello");
  EXPECT_EQ(json::write(std::get<ToolUse>(out.message.content[1]).input), R"({"a":2})");
  EXPECT_EQ(out.usage.input_tokens, 3);
  EXPECT_EQ(out.usage.cache_read_input_tokens, 2);
}

TEST(OpenAiResponses, KeepsAServersItemWholeAndGivesItBackUnchanged) {
  const std::string item =
      R"({"type":"web_search_call","id":"ws_1","status":"completed","action":{"query":"q"}})";
  const Decoded out = decode_document(
      *make_openai_codec(responses()),
      fmt::format(
          R"({{"status":"completed","output":[{},{{"type":"message","id":"m","content":[{{"type":"output_text","text":"t"}}]}}]}})",
          item));
  ASSERT_FALSE(out.error.has_value()) << out.error->to_string();
  EXPECT_EQ(std::get<ToolUse>(out.message.content[0]).type, "server_tool_use");
  EXPECT_EQ(out.reason, StopReason::kEndTurn) << "the client has nothing to run";
  EXPECT_EQ(json::write(encoded(after(out.message)).get("input").at(1)), item);
}

TEST(OpenAiResponses, SaysWhyAnAnswerIsShort) {
  const auto reason = [](std::string_view why) {
    return decode(
               {fmt::format(
                   R"({{"type":"response.incomplete","response":{{"status":"incomplete","incomplete_details":{{"reason":"{}"}}}}}})",
                   why)})
        .reason;
  };
  EXPECT_EQ(reason("max_output_tokens"), StopReason::kMaxTokens);
  EXPECT_EQ(reason("content_filter"), StopReason::kContentFiltered);
}

TEST(OpenAiResponses, TellsPassingErrorsInAStreamFromLastingOnes) {
  EXPECT_EQ(
      decode({R"({"type":"response.failed","response":{"error":{"code":"server_error","message":"m"}}})"})
          .error->code,
      os::Code::kUnavailable);
  EXPECT_EQ(decode({R"({"type":"error","code":"invalid_prompt","message":"m"})"}).error->code,
            os::Code::kInvalidArgument);
  EXPECT_EQ(decode({R"({"type":"response.created","response":{}})"}).error->code, os::Code::kUnavailable);
}

TEST(OpenAiResponses, RefusesWhatTheApiHasNoPlaceFor) {
  ConverseRequest request{responses(), {}, {user("hi")}, {}};
  request.model.stop_sequences = {"x"};
  EXPECT_EQ(make_openai_codec(request.model)->encode(request).error().code, os::Code::kUnsupported);
  request.model.stop_sequences.clear();
  request.model.top_k = 1;
  EXPECT_EQ(make_openai_codec(request.model)->encode(request).error().code, os::Code::kUnsupported);
}

TEST(OpenAiResponses, PutsMediaIntoAToolsResult) {
  ConverseRequest request = after(calls_tool("call_1"));
  std::get<ToolResult>(request.messages[2].content[0])
      .content.emplace_back(Image{{.format = "png", .bytes = "PNG"}});
  const json::Value output = encoded(request).get("input").at(2).get("output");
  EXPECT_EQ(output.at(0).get("text").string_or(""), "done");
  EXPECT_EQ(output.at(1).get("image_url").string_or(""), "data:image/png;base64,UE5H");
}

}  // namespace
}  // namespace soma::model
