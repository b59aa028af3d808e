// What the recordings do not show of ConverseStream.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/model/providers/codec_test_kit.h"

namespace soma::model {
namespace {

using testing::HasSubstr;
using testing::Not;

ConverseRequest asking(std::string model_id, std::vector<Message> messages) {
  ConverseRequest request;
  request.model = {.provider = "bedrock", .model_id = std::move(model_id)};
  request.messages = std::move(messages);
  return request;
}

std::string body_of(const ConverseRequest& request) {
  const auto wire = make_bedrock_codec(request.model)->encode(request);
  EXPECT_TRUE(wire) << wire.error().to_string();
  return wire ? wire->body : "";
}

// Signatures belong to a model's vendor, and one service has models of many.
TEST(Bedrock, KeepsTheSignaturesOfOneVendorFromAnother) {
  const auto origin = [](std::string_view id) {
    return std::string(make_bedrock_codec({.model_id = std::string(id)})->origin());
  };
  EXPECT_EQ(origin("us.anthropic.claude-v1:0"), "bedrock/anthropic");
  EXPECT_EQ(origin("anthropic.claude-v1:0"), "bedrock/anthropic");
  EXPECT_EQ(origin("amazon.nova-pro-v1:0"), "bedrock/amazon");
  const std::vector<Message> history = {
      user("hi"),
      {Role::kAssistant, {Reasoning{"hm", "SIG", "", "bedrock/anthropic"}, Text{"yo"}}},
      user("on")};
  EXPECT_THAT(body_of(asking("eu.anthropic.claude-v2:0", history)), HasSubstr("SIG"));
  EXPECT_THAT(body_of(asking("us.amazon.nova-pro-v1:0", history)), Not(HasSubstr("SIG")));
}

// The service refuses a history of calls to tools that it was never told of.
TEST(Bedrock, TellsOfTheToolsThatTheHistoryCalled) {
  const std::string body = body_of(asking(
      "a.b", {user("hi"), calls_tool("t1"), {Role::kUser, {ToolResult{"t1", false, {Text{"done"}}}}}}));
  EXPECT_THAT(body, HasSubstr(R"("toolConfig":{"tools":[{"toolSpec":{"name":"f")"));
}

TEST(Bedrock, ADocumentHasATextBesideItAndAPlainName) {
  Media report{.format = "pdf", .bytes = "%PDF", .name = "the_report (final).pdf"};
  const std::string body = body_of(asking("a.b", {{Role::kUser, {Document{std::move(report)}}}}));
  EXPECT_THAT(body, HasSubstr("\"name\":\"the report (final) pdf\""));
  EXPECT_THAT(body, HasSubstr("{\"text\":\"(a document)\"}"));
}

TEST(Bedrock, SettingsThatAreNotItsOwnAreTheModels) {
  ConverseRequest request = asking("us.anthropic.claude", {user("hi")});
  request.model.top_k = 5;
  request.model.max_tokens = 9;
  request.model.additional_params = json::object(
      {{"thinking", json::object({{"type", "enabled"}})}, {"serviceTier", json::object({{"type", "flex"}})}});
  const json::Value body = json::parse(body_of(request)).value();
  EXPECT_EQ(body.get("inferenceConfig").get("maxTokens").int_or(0), 9);
  EXPECT_EQ(body.get("additionalModelRequestFields").get("top_k").int_or(0), 5);
  EXPECT_TRUE(body.get("additionalModelRequestFields").has("thinking"));
  EXPECT_TRUE(body.has("serviceTier"));
}

TEST(Bedrock, ExceptionsInsideAStreamSayWhetherRepeatingHelps) {
  const auto code = [](std::string_view name) {
    const Decoded answer =
        decode_events(*make_bedrock_codec({}), {{std::string(name), R"({"message":"m"})"}});
    return answer.error ? answer.error->code : os::Code::kInternal;
  };
  EXPECT_EQ(code("throttlingException"), os::Code::kUnavailable);
  EXPECT_EQ(code("modelStreamErrorException"), os::Code::kUnavailable);
  EXPECT_EQ(code("validationException"), os::Code::kInvalidArgument);
}

TEST(Bedrock, TheFiguresMayBeMissingAndTheStopMayNot) {
  const std::vector<std::pair<std::string, std::string>> start = {
      {"messageStart", R"({"role":"assistant"})"},
      {"contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"hi"}})"}};
  EXPECT_EQ(decode_events(*make_bedrock_codec({}), start).error->code, os::Code::kUnavailable);
  auto stopped = start;
  stopped.emplace_back("messageStop", R"({"stopReason":"guardrail_intervened"})");
  const Decoded answer = decode_events(*make_bedrock_codec({}), stopped);
  ASSERT_FALSE(answer.error) << answer.error->to_string();
  EXPECT_EQ(answer.reason, StopReason::kContentFiltered);
  EXPECT_EQ(text_of(answer.message), "hi");
}

}  // namespace
}  // namespace soma::model
