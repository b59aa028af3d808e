// A session that changes its model: every provider's answer, with all that is its own in it, goes to every
// provider, in all ordered pairs, and back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "core/model/providers/codec_test_kit.h"

namespace soma::model {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kSaid = "I look it up.";

struct Row {
  std::string_view name;
  std::unique_ptr<Codec> (*codec)(const ModelSettings& settings);
  ModelSettings settings;
  std::string_view document;              // reasoning, a server's tool, kSaid, one call of f
  std::vector<std::string_view> own;      // words of the document that no other provider may see
  std::string_view call_key, result_key;  // members that hold the call's id, in the request
  size_t max_id_bytes;
};

const std::string_view kAnthropicAnswer = R"({"id":"m","type":"message","role":"assistant","content":[
  {"type":"thinking","thinking":"anthropic-thought","signature":"YW50aHJvcGlj"},
  {"type":"redacted_thinking","data":"cmVkYWN0ZWQ"},
  {"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"anthropic-search"}},
  {"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[]},
  {"type":"text","text":"I look it up."},{"type":"tool_use","id":"toolu_01A","name":"f","input":{"x":1}}],
  "stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}})";

const std::string_view kBedrockAnswer = R"({"output":{"message":{"role":"assistant","content":[
  {"reasoningContent":{"reasoningText":{"text":"bedrock-thought","signature":"YmVkcm9jaw"}}},
  {"text":"I look it up."},{"toolUse":{"toolUseId":"tooluse_1","name":"f","input":{"x":1}}}]}},
  "stopReason":"tool_use","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}})";

// A server of another maker, with an id that no service of the others takes.
const std::string_view kChatAnswer =
    R"({"id":"c","choices":[{"index":0,"finish_reason":"tool_calls","message":{
  "role":"assistant","reasoning_content":"chat-thought","content":"I look it up.","tool_calls":[{
  "id":"functions.f:0#a-very-long-identifier-that-goes-on-and-on-and-on-and-on-and-on","type":"function",
  "function":{"name":"f","arguments":"{\"x\":1}"}}]}}],"usage":{"prompt_tokens":1,"completion_tokens":1}})";

const std::string_view kResponsesAnswer = R"({"status":"completed","output":[
  {"type":"reasoning","id":"rs_1","encrypted_content":"ZW5jcnlwdGVk","summary":[
    {"type":"summary_text","text":"responses-thought"}]},
  {"type":"web_search_call","id":"ws_1","status":"completed","action":{"query":"responses-search"}},
  {"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"I look it up."}]},
  {"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{\"x\":1}"}],
  "usage":{"input_tokens":1,"output_tokens":1}})";

const std::string_view kGeminiAnswer = R"({"responseId":"r~1","candidates":[{"finishReason":"STOP","content":{
  "role":"model","parts":[{"text":"gemini-thought","thought":true},
  {"toolCall":{"id":"g1","toolType":"GOOGLE_SEARCH_WEB","args":{"queries":["gemini-search"]}}},
  {"toolResponse":{"id":"g1","toolType":"GOOGLE_SEARCH_WEB","response":{"found":"gemini-found"}}},
  {"text":"I look it up."},{"functionCall":{"name":"f","args":{"x":1}},"thoughtSignature":"Z2VtaW5p"}]}}],
  "usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1}})";

std::vector<Row> rows() {
  return {
      {"anthropic",
       make_anthropic_codec,
       {.provider = "anthropic", .model_id = "claude-sonnet-4-5"},
       kAnthropicAnswer,
       {"anthropic-thought", "YW50aHJvcGlj", "anthropic-search", "srvtoolu_1"},
       "id",
       "tool_use_id",
       64},
      {"bedrock",
       make_bedrock_codec,
       {.provider = "bedrock", .model_id = "anthropic.claude-sonnet-4"},
       kBedrockAnswer,
       {"bedrock-thought", "YmVkcm9jaw"},
       "toolUseId",
       "toolUseId",
       64},
      {"openai chat",
       make_openai_codec,
       {.provider = "openai", .model_id = "m", .api_base = "http://127.0.0.1:1/v1"},
       kChatAnswer,
       {"chat-thought"},
       "id",
       "tool_call_id",
       40},
      {"openai responses",
       make_openai_codec,
       {.provider = "openai", .model_id = "gpt-5", .api_format = "responses"},
       kResponsesAnswer,
       {"responses-thought", "ZW5jcnlwdGVk", "responses-search", "rs_1", "msg_1"},
       "call_id",
       "call_id",
       64},
      {"gemini",
       make_gemini_codec,
       {.provider = "gemini", .model_id = "gemini-3-pro-preview"},
       kGeminiAnswer,
       {"gemini-thought", "Z2VtaW5p", "gemini-search", "gemini-found"},
       "id",
       "id",
       128},
  };
}

Message answer_of(const Row& row) {
  const Decoded out = decode_document(*row.codec(row.settings), row.document);
  EXPECT_FALSE(out.error.has_value()) << row.name << ": " << out.error->to_string();
  EXPECT_EQ(out.reason, StopReason::kToolUse) << row.name;
  return out.message;
}

Message result_for(const Message& answer) {
  std::string id;
  for (const Block& block : answer.content) {
    const auto* use = std::get_if<ToolUse>(&block);
    if (use != nullptr && use->name == "f") id = use->id;
  }
  return {Role::kUser, {ToolResult{id, false, {Text{"found it"}}}}};
}

std::string body_of(const Row& row, std::vector<Message> messages) {
  const auto wire = row.codec(row.settings)->encode({row.settings, {}, std::move(messages), {}});
  EXPECT_TRUE(wire.has_value()) << row.name << ": " << wire.error().to_string();
  return wire ? wire->body : "";
}

// Every string under `key`, in the order of the text.
void gather(const json::Value& value, std::string_view key, std::vector<std::string>& out) {
  if (value.is_array()) {
    for (const json::Value& element : value.as_array()) gather(element, key, out);
  } else if (value.is_object()) {
    for (const auto& [name, member] : value.as_object()) {
      if (name == key && member.is_string()) out.push_back(member.as_string());
      gather(member, key, out);
    }
  }
}

// The call's id and the result's, as the request has them.
void expect_tied(const Row& to, const std::string& body) {
  const json::Value parsed = json::parse(body).value_or(json::Value());
  std::vector<std::string> calls, results;
  gather(parsed, to.call_key, calls);
  gather(parsed, to.result_key, results);
  ASSERT_FALSE(results.empty());
  const std::string& id = results.back();
  EXPECT_NE(std::ranges::find(calls, id), calls.end()) << "no call has the result's id " << id;
  EXPECT_LE(id.size(), to.max_id_bytes);
  if (to.name == "gemini") return;  // takes any id
  const bool plain = std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  EXPECT_TRUE(plain) << id;
}

TEST(ModelSwitch, CarriesTheConversationOverAndLeavesWhatIsForeignBehind) {
  for (const Row& from : rows()) {
    const Message answer = answer_of(from);
    for (const Row& to : rows()) {
      if (from.name == to.name) continue;
      SCOPED_TRACE(fmt::format("{} to {}", from.name, to.name));
      const std::string body = body_of(to, {user("go"), answer, result_for(answer)});
      for (const std::string_view text : {std::string_view("go"), kSaid, std::string_view("found it")})
        EXPECT_THAT(body, HasSubstr(std::string(text)));
      for (const std::string_view word : from.own) EXPECT_THAT(body, Not(HasSubstr(std::string(word))));
      expect_tied(to, body);
    }
  }
}

TEST(ModelSwitch, GivesEachProviderItsOwnBackAfterAnotherHasAnswered) {
  for (const Row& from : rows()) {
    const Message answer = answer_of(from);
    for (const Row& between : rows()) {
      SCOPED_TRACE(fmt::format("{}, {} and back", from.name, between.name));
      const Message other = answer_of(between);
      const std::string body =
          body_of(from, {user("go"), answer, result_for(answer), other, result_for(other)});
      for (const std::string_view word : from.own) EXPECT_THAT(body, HasSubstr(std::string(word)));
      expect_tied(from, body);
    }
  }
}

TEST(ModelSwitch, LeavesOutOurResultsOfCallsThatTheServiceRan) {
  for (const Row& row : rows()) {
    const Message answer = answer_of(row);
    Message results = result_for(answer);
    for (const Block& block : answer.content) {
      const auto* use = std::get_if<ToolUse>(&block);
      if (use != nullptr && !use->origin.empty())
        results.content.emplace_back(ToolResult{use->id, true, {Text{"was not run"}}});
    }
    const std::string body = body_of(row, {user("go"), answer, results});
    EXPECT_THAT(body, Not(HasSubstr("was not run"))) << row.name;
    EXPECT_THAT(body, HasSubstr("found it")) << row.name;
  }
}

}  // namespace
}  // namespace soma::model
