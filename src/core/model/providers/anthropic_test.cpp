// What the recordings do not show of the Messages API.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/model/providers/codec_test_kit.h"

namespace soma::model {
namespace {

using testing::HasSubstr;

ConverseRequest asking(std::vector<Message> messages) {
  ConverseRequest request;
  request.model = {.provider = "anthropic", .model_id = "claude"};
  request.messages = std::move(messages);
  return request;
}

WireRequest wire_of(const ConverseRequest& request) {
  const auto wire = make_anthropic_codec(request.model)->encode(request);
  EXPECT_TRUE(wire) << wire.error().to_string();
  return wire.value_or(WireRequest{});
}

json::Value body_of(const ConverseRequest& request) {
  return json::parse(wire_of(request).body).value_or(json::Value());
}

Decoded decode(const std::vector<std::string>& events) {
  std::vector<std::pair<std::string, std::string>> named;
  for (const std::string& event : events) named.emplace_back("", event);
  return decode_events(*make_anthropic_codec({}), named);
}

TEST(Anthropic, TheSameRequestGivesTheSameBytes) {
  const ConverseRequest request = asking({user("hi")});
  EXPECT_EQ(wire_of(request).body, wire_of(request).body);
  EXPECT_EQ(body_of(request).get("max_tokens").int_or(0), 8192) << "the API has no default of its own";
}

TEST(Anthropic, ResultsComeBeforeTheTextOfTheirMessage) {
  const json::Value body = body_of(
      asking({calls_tool("t1"), {Role::kUser, {Text{"and?"}, ToolResult{"t1", true, {Text{"broken"}}}}}}));
  const json::Value& first = body.get("messages").at(1).get("content").at(0);
  EXPECT_EQ(first.get("type").string_or(""), "tool_result");
  EXPECT_TRUE(first.get("is_error").bool_or(false));
}

TEST(Anthropic, MessagesOfOneRoleAreJoined) {
  const json::Value body = body_of(asking({user("one"), user("two")}));
  EXPECT_EQ(body.get("messages").size(), 1u);
  EXPECT_EQ(body.get("messages").at(0).get("content").size(), 2u);
}

TEST(Anthropic, ADocumentThatItCannotReadBecomesANote) {
  Media sheet{.format = "xlsx", .bytes = "x", .name = "sheet.xlsx"};
  const json::Value body = body_of(asking({{Role::kUser, {Document{std::move(sheet)}}}}));
  EXPECT_THAT(json::write(body), HasSubstr("[document sheet.xlsx: this model cannot read it]"));
}

TEST(Anthropic, FeaturesInTrialAreNamedInAHeader) {
  ConverseRequest request = asking({user("hi")});
  request.model.additional_params = json::object({{"anthropic_beta", json::array({"a", "b"})}, {"extra", 1}});
  const WireRequest wire = wire_of(request);
  EXPECT_EQ(wire.headers.get("anthropic-beta"), "a,b");
  EXPECT_THAT(wire.body, testing::Not(HasSubstr("anthropic_beta")));
  EXPECT_THAT(wire.body, HasSubstr("\"extra\":1"));
}

TEST(Anthropic, WhatItDoesNotKnowIsSkipped) {
  const Decoded answer =
      decode({R"({"type":"message_start","message":{}})", R"({"type":"news"})",
              R"({"type":"content_block_start","index":0,"content_block":{"type":"hologram","id":"h"}})",
              R"({"type":"content_block_delta","index":0,"delta":{"type":"light_delta","light":1}})",
              R"({"type":"content_block_stop","index":0})",
              R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}})",
              R"({"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{}}})",
              R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"hi"}})",
              R"({"type":"content_block_stop","index":1})",
              R"({"type":"message_delta","delta":{"stop_reason":"refusal"}})", R"({"type":"message_stop"})"});
  ASSERT_FALSE(answer.error) << answer.error->to_string();
  EXPECT_EQ(text_of(answer.message), "hi");
  EXPECT_EQ(answer.reason, StopReason::kContentFiltered);
}

TEST(Anthropic, AnAnswerWithoutItsEndIsCut) {
  const Decoded answer = decode({R"({"type":"message_start","message":{}})"});
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, os::Code::kUnavailable);
}

TEST(Anthropic, ErrorsInsideAStreamSayWhetherRepeatingHelps) {
  const auto code = [](std::string_view type) {
    const Decoded answer =
        decode({fmt::format(R"({{"type":"error","error":{{"type":"{}","message":"m"}}}})", type)});
    return answer.error ? answer.error->code : os::Code::kInternal;
  };
  EXPECT_EQ(code("overloaded_error"), os::Code::kUnavailable);
  EXPECT_EQ(code("rate_limit_error"), os::Code::kUnavailable);
  EXPECT_EQ(code("invalid_request_error"), os::Code::kInvalidArgument);
}

TEST(Anthropic, CacheFiguresAreInTheUsage) {
  const Decoded answer = decode_document(*make_anthropic_codec({}), R"({"type":"message","content":[],
    "stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2,"cache_read_input_tokens":3,
    "cache_creation_input_tokens":4}})");
  EXPECT_EQ(answer.usage.cache_read_input_tokens, 3);
  EXPECT_EQ(answer.usage.cache_write_input_tokens, 4);
}

}  // namespace
}  // namespace soma::model
