// What recordings of the Gemini API do not hold: signatures at odd places, foreign calls, media, errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/model/providers/codec_test_kit.h"

namespace soma::model {
namespace {

using testing::HasSubstr;

ModelSettings gemini(std::string model = "gemini-3-pro-preview") {
  return ModelSettings{.provider = "gemini", .model_id = std::move(model)};
}

std::string parts(std::string_view list, std::string_view finish = "") {
  return fmt::format(R"({{"responseId":"r","candidates":[{{"content":{{"role":"model","parts":[{}]}}{}}}]}})",
                     list, finish.empty() ? "" : fmt::format(R"(,"finishReason":"{}")", finish));
}

Decoded decode(const std::vector<std::string>& events) {
  std::vector<std::pair<std::string, std::string>> named;
  for (const std::string& event : events) named.emplace_back("", event);
  return decode_events(*make_gemini_codec(gemini()), named);
}

json::Value contents(const ConverseRequest& request) {
  return encoded(request).get("contents");
}

TEST(Gemini, GivesEachSignatureBackToThePartThatItCameWith) {
  const Decoded out = decode({
      parts(R"({"text":"think","thought":true})"),
      parts(R"({"text":"I ask"})"),
      parts(
          R"({"functionCall":{"name":"f","args":{"x":1}},"thoughtSignature":"AA=="},{"functionCall":{"name":"g","args":{}}})"),
      parts(R"({"text":"","thoughtSignature":"BB=="})", "STOP"),
  });
  ASSERT_FALSE(out.error.has_value()) << out.error->to_string();
  EXPECT_EQ(out.reason, StopReason::kToolUse);
  EXPECT_EQ(json::write(contents({gemini(), {}, {out.message}, {}}).at(0).get("parts")),
            R"([{"text":"think","thought":true},{"text":"I ask"},)"
            R"({"functionCall":{"id":"call_r_0","name":"f","args":{"x":1}},"thoughtSignature":"AA=="},)"
            R"({"functionCall":{"id":"call_r_1","name":"g","args":{}}},)"
            R"({"text":"","thoughtSignature":"BB=="}])");
}

TEST(Gemini, SignsTheFirstOfAnothersCallsWhereSignaturesAreWanted) {
  const Message calls{Role::kAssistant,
                      {ToolUse{"a", "f", json::object({})}, ToolUse{"b", "f", json::object({})}}};
  const json::Value three = contents({gemini(), {}, {calls}, {}}).at(0).get("parts");
  EXPECT_EQ(three.at(0).get("thoughtSignature").string_or(""), "skip_thought_signature_validator");
  EXPECT_FALSE(three.at(1).has("thoughtSignature"));
  const json::Value two = contents({gemini("gemini-2.5-flash"), {}, {calls}, {}}).at(0).get("parts");
  EXPECT_FALSE(two.at(0).has("thoughtSignature"));
}

TEST(Gemini, PutsMediaInsideAResultOrAfterItAsTheModelTakesIt) {
  ToolResult result{"a", false, {Text{"see"}, Image{{.format = "png", .bytes = "PNG"}}}};
  ConverseRequest request{gemini(), {}, {calls_tool("a"), {Role::kUser, {result}}}, {}};
  EXPECT_EQ(
      contents(request).at(1).pointer("/parts/0/functionResponse/parts/0/inlineData/data")->string_or(""),
      "UE5H");
  request.model.model_id = "gemini-2.5-flash";
  const json::Value older = contents(request).at(1).get("parts");
  EXPECT_FALSE(older.at(0).get("functionResponse").has("parts"));
  EXPECT_EQ(older.pointer("/1/inlineData/mimeType")->string_or(""), "image/png");
}

TEST(Gemini, NamesResultsAfterTheirCallsAndMarksErrors) {
  ToolResult failed{"a", true, {Text{"no"}}};
  const json::Value response = contents({gemini(), {}, {calls_tool("a"), {Role::kUser, {failed}}}, {}})
                                   .at(1)
                                   .pointer("/parts/0")
                                   ->get("functionResponse");
  EXPECT_EQ(json::write(response), R"({"id":"a","name":"f","response":{"error":"no"}})");
}

TEST(Gemini, KeepsTheServicesOwnToolsAndGivesThemBack) {
  const std::string list = R"({"executableCode":{"language":"PYTHON","code":"1+1"}},)"
                           R"({"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"2"}},{"text":"2"})";
  const Decoded out = decode({parts(list, "STOP")});
  ASSERT_FALSE(out.error.has_value()) << out.error->to_string();
  EXPECT_EQ(out.reason, StopReason::kEndTurn);
  EXPECT_EQ(json::write(contents({gemini(), {}, {out.message}, {}}).at(0).get("parts")), "[" + list + "]");
}

TEST(Gemini, EndsOnlyWithAFinishReason) {
  EXPECT_EQ(decode({parts(R"({"text":"hal"})")}).error->code, os::Code::kUnavailable);
  EXPECT_EQ(decode({}).error->code, os::Code::kUnavailable);
  EXPECT_EQ(decode({parts(R"({"text":"x"})", "SAFETY")}).reason, StopReason::kContentFiltered);
  EXPECT_EQ(decode({parts("", "MALFORMED_FUNCTION_CALL")}).reason, StopReason::kMalformedToolUse);
  EXPECT_EQ(decode({R"({"promptFeedback":{"blockReason":"SAFETY"}})"}).reason, StopReason::kContentFiltered);
}

TEST(Gemini, WaitsAsLongAsTheServiceAsks) {
  const Failure failure = make_gemini_codec(gemini())->error_of(
      429, {},
      R"([{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"2.5s"}]}}])");
  EXPECT_TRUE(failure.retryable);
  EXPECT_EQ(failure.retry_after, std::chrono::milliseconds(2500));
  EXPECT_THAT(failure.error.message, HasSubstr("quota"));
}

TEST(Gemini, SendsTheSettingsUnderTheServicesNames) {
  ConverseRequest request{
      gemini(), {"be brief"}, {user("hi")}, {{"f", "does f", json::object({{"type", "object"}})}}};
  request.model.max_tokens = 5;
  request.model.top_k = 3;
  request.model.stop_sequences = {"END"};
  request.model.additional_params =
      json::object({{"generationConfig", json::object({{"seed", 7}})},
                    {"tools", json::array({json::object({{"googleSearch", json::object({})}})})}});
  const json::Value body = encoded(request);
  EXPECT_EQ(json::write(body.get("generationConfig")),
            R"({"maxOutputTokens":5,"topK":3,"stopSequences":["END"],"seed":7})");
  EXPECT_EQ(body.get("tools").size(), 2u);
  EXPECT_EQ(body.pointer("/systemInstruction/parts/0/text")->string_or(""), "be brief");
  EXPECT_EQ(make_gemini_codec(request.model)->encode(request)->path,
            "/v1beta/models/gemini-3-pro-preview:streamGenerateContent?alt=sse");
}

TEST(Gemini, GivesTheCustomaryKeyToGoogleAlone) {
  const Environment environment = [](std::string_view name) {
    return std::string(name == "GEMINI_API_KEY" ? "sesame" : "");
  };
  WireRequest own, other;
  const auto codec = make_gemini_codec(gemini());
  ASSERT_TRUE(codec->authorize(own, "https://generativelanguage.googleapis.com/x", "", environment, {}));
  EXPECT_EQ(own.headers.get("x-goog-api-key"), "sesame");
  ModelSettings proxied = gemini();
  proxied.api_base = "http://127.0.0.1:1";
  ASSERT_TRUE(make_gemini_codec(proxied)->authorize(other, "http://127.0.0.1:1/x", "", environment, {}));
  EXPECT_FALSE(other.headers.has("x-goog-api-key"));
}

}  // namespace
}  // namespace soma::model
