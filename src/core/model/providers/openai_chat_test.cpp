// What recordings of OpenAI itself do not hold: other servers' habits, media, limits, errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/model/providers/codec_test_kit.h"
#include "core/model/providers/openai.h"

namespace soma::model {
namespace {

using testing::HasSubstr;
using testing::Not;

ModelSettings openai(std::string api_base = {}) {
  return ModelSettings{.provider = "openai", .model_id = "gpt-5", .api_base = std::move(api_base)};
}

std::string chunk(std::string_view delta, std::string_view finish = "null") {
  return fmt::format(R"({{"id":"c1","choices":[{{"index":0,"delta":{},"finish_reason":{}}}]}})", delta,
                     finish);
}

Decoded decode(const std::vector<std::string>& events) {
  std::vector<std::pair<std::string, std::string>> named;
  for (const std::string& event : events) named.emplace_back("", event);
  return decode_events(*make_openai_codec(openai()), named);
}

TEST(OpenAiChat, KeepsParallelCallsApartWhoseFragmentsComeMixed) {
  const Decoded out = decode({
      chunk(R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"one","arguments":"{\"x\""}}]})"),
      chunk(R"({"tool_calls":[{"index":1,"id":"b","function":{"name":"two","arguments":"{\"y\""}}]})"),
      chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]})"),
      chunk(R"({"tool_calls":[{"index":1,"function":{"arguments":":2}"}}]})", R"("tool_calls")"),
      "[DONE]",
  });
  ASSERT_FALSE(out.error.has_value()) << out.error->to_string();
  ASSERT_EQ(out.message.content.size(), 2u);
  EXPECT_EQ(json::write(std::get<ToolUse>(out.message.content[0]).input), R"({"x":1})");
  EXPECT_EQ(json::write(std::get<ToolUse>(out.message.content[1]).input), R"({"y":2})");
  EXPECT_EQ(out.reason, StopReason::kToolUse);
}

TEST(OpenAiChat, TakesCallsThatAllHaveTheIndexZeroForSeveral) {
  const Decoded out = decode({
      chunk(R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"one","arguments":"{}"}}]})"),
      chunk(R"({"tool_calls":[{"index":0,"id":"b","function":{"name":"two","arguments":{"y":2}}}]})",
            R"("stop")"),
      "[DONE]",
  });
  ASSERT_FALSE(out.error.has_value()) << out.error->to_string();
  ASSERT_EQ(out.message.content.size(), 2u);
  EXPECT_EQ(std::get<ToolUse>(out.message.content[1]).id, "b");
  EXPECT_EQ(json::write(std::get<ToolUse>(out.message.content[1]).input), R"({"y":2})");
  EXPECT_EQ(out.reason, StopReason::kToolUse) << "some servers end a tool call with stop";
}

TEST(OpenAiChat, MakesAnIdForACallThatHasNone) {
  const Decoded out = decode({
      chunk(R"({"tool_calls":[{"index":0,"function":{"name":"one","arguments":"{}"}}]})", R"("tool_calls")"),
      "[DONE]",
  });
  ASSERT_EQ(out.message.content.size(), 1u);
  EXPECT_EQ(std::get<ToolUse>(out.message.content[0]).id, "call_c1_0");
}

TEST(OpenAiChat, RefusesAnswersWithoutTheirEndMarker) {
  EXPECT_EQ(decode({chunk(R"({"content":"hal"})")}).error->code, os::Code::kUnavailable);
  EXPECT_EQ(decode({chunk(R"({"content":"half"})", R"("stop")")}).error->code, os::Code::kUnavailable);
  EXPECT_EQ(decode({chunk(R"({"content":"half"})"), "[DONE]"}).error->code, os::Code::kUnavailable);
}

TEST(OpenAiChat, ReadsReasoningOfOtherServersAndPassesItBackToThemAlone) {
  const Decoded out = decode({chunk(R"({"reasoning_content":"hm"})"), chunk(R"({"reasoning":"m"})"),
                              chunk(R"({"content":"yes"})", R"("stop")"), "[DONE]"});
  ASSERT_EQ(out.message.content.size(), 2u);
  EXPECT_EQ(std::get<Reasoning>(out.message.content[0]).text, "hmm");
  ConverseRequest request{openai("http://127.0.0.1:11434/v1"), {}, {out.message, user("go on")}, {}};
  EXPECT_EQ(encoded(request).get("messages").at(0).get("reasoning_content").string_or(""), "hmm");
  request.model.api_base.clear();
  EXPECT_FALSE(encoded(request).get("messages").at(0).has("reasoning_content"));
}

// Tokens written to a cache were counted as plain input, which costs less than they do.
TEST(OpenAiChat, CountsCachedAndWrittenTokensApart) {
  const Decoded out = decode(
      {chunk(R"({"content":"yes"})", R"("stop")"),
       R"({"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":20,"cache_write_tokens":30}}})",
       "[DONE]"});
  EXPECT_EQ(out.usage.input_tokens, 50);
  EXPECT_EQ(out.usage.cache_read_input_tokens, 20);
  EXPECT_EQ(out.usage.cache_write_input_tokens, 30);
  EXPECT_EQ(out.usage.output_tokens, 4);
}

TEST(OpenAiChat, NamesTheTokenLimitAsTheServerKnowsIt) {
  ConverseRequest request{openai(), {}, {user("hi")}, {}};
  request.model.max_tokens = 7;
  EXPECT_EQ(encoded(request).get("max_completion_tokens").int_or(0), 7);
  request.model.api_base = "http://127.0.0.1:11434/v1";
  EXPECT_EQ(encoded(request).get("max_tokens").int_or(0), 7);
  EXPECT_FALSE(encoded(request).has("max_completion_tokens"));
}

TEST(OpenAiChat, RefusesTopKWhereThereIsNone) {
  ConverseRequest request{openai(), {}, {user("hi")}, {}};
  request.model.top_k = 5;
  EXPECT_EQ(make_openai_codec(request.model)->encode(request).error().code, os::Code::kUnsupported);
  request.model.api_base = "http://127.0.0.1:8000/v1";
  EXPECT_EQ(encoded(request).get("top_k").int_or(0), 5);
}

TEST(OpenAiChat, PutsMediaOfAToolResultIntoTheMessageAfterIt) {
  ToolResult result{"a", false, {Image{{.format = "png", .bytes = "PNG"}}}};
  const ConverseRequest request{openai(), {}, {calls_tool("a"), {Role::kUser, {result}}}, {}};
  const json::Value messages = encoded(request).get("messages");
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(messages.at(1).get("role").string_or(""), "tool");
  EXPECT_TRUE(messages.at(1).get("content").is_string());
  EXPECT_EQ(messages.at(2).pointer("/content/0/image_url/url")->string_or(""), "data:image/png;base64,UE5H");
}

TEST(OpenAiChat, WritesDocumentsAsTheApiTakesThem) {
  const Message message{Role::kUser,
                        {Document{{.format = "pdf", .bytes = "%PDF", .name = "a.pdf"}},
                         Document{{.format = "csv", .bytes = "1,2", .name = "b.csv"}},
                         Document{{.format = "docx", .bytes = "x", .name = "c.docx"}}}};
  const json::Value content = encoded({openai(), {}, {message}, {}}).get("messages").at(0).get("content");
  EXPECT_EQ(content.pointer("/0/file/filename")->string_or(""), "a.pdf");
  EXPECT_EQ(content.at(1).get("text").string_or(""), "b.csv:\n1,2");
  EXPECT_THAT(std::string(content.at(2).get("text").string_or("")), HasSubstr("c.docx"));
}

TEST(OpenAiChat, TellsPassingErrorsInAStreamFromLastingOnes) {
  EXPECT_EQ(decode({R"({"error":{"message":"busy","type":"server_error"}})"}).error->code,
            os::Code::kUnavailable);
  EXPECT_EQ(decode({R"({"error":{"message":"busy","code":502}})"}).error->code, os::Code::kUnavailable);
  EXPECT_EQ(decode({R"({"error":{"message":"no","type":"invalid_request_error"}})"}).error->code,
            os::Code::kInvalidArgument);
  EXPECT_EQ(decode({"{"}).error->code, os::Code::kCorrupt);
}

TEST(OpenAiChat, DoesNotRepeatWhenTheAccountIsEmpty) {
  const auto codec = make_openai_codec(openai());
  const Failure empty =
      codec->error_of(429, {}, R"({"error":{"code":"insufficient_quota","message":"pay"}})");
  EXPECT_FALSE(empty.retryable);
  EXPECT_THAT(empty.error.message, HasSubstr("pay"));
  EXPECT_TRUE(codec->error_of(429, {}, "").retryable);
}

TEST(OpenAiChat, GivesTheCustomaryKeyToItsOwnerAlone) {
  const Environment environment = [](std::string_view name) {
    return std::string(name == "OPENAI_API_KEY" ? "sesame" : "");
  };
  const auto header = [&](const std::string& base, const std::string& url, const std::string& key) {
    WireRequest wire;
    const auto done = make_openai_codec(openai(base))->authorize(wire, url, key, environment, {});
    return done ? std::string(wire.headers.get("authorization"))
                : std::string(os::code_name(done.error().code));
  };
  const std::string own = "https://api.openai.com/v1/chat/completions";
  EXPECT_EQ(header("", own, ""), "Bearer sesame");
  EXPECT_EQ(header("", own, "mine"), "Bearer mine");
  EXPECT_EQ(header("http://127.0.0.1:1/v1", "http://127.0.0.1:1/v1/chat/completions", ""), "");
  EXPECT_EQ(header("https://openai.com.example/v1", "https://openai.com.example/v1/chat/completions", ""),
            "");
  EXPECT_EQ(header("https://openai.com.example/v1", "https://openai.com.example/v1/chat/completions", "k"),
            "Bearer k");
}

}  // namespace
}  // namespace soma::model
