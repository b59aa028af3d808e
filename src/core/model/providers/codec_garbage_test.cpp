// Answers with one value of another kind than it should be: never a crash or an exception, always an end or
// an error.
#include <gtest/gtest.h>

#include <functional>

#include "core/model/providers/codec_test_kit.h"

namespace soma::model {
namespace {

struct Sample {
  std::string_view name;
  std::unique_ptr<Codec> (*codec)(const ModelSettings& settings);
  ModelSettings settings;
  std::vector<std::string_view> events;
};

std::vector<Sample> samples() {
  return {
      {"openai chat",
       make_openai_codec,
       {.provider = "openai", .model_id = "m"},
       {R"({"id":"c","choices":[{"index":0,"delta":{"role":"assistant","reasoning":"r","content":"t","refusal":"no"},"finish_reason":null}],"usage":null})",
        R"({"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]})",
        R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":1}}})",
        "[DONE]"}},
      {"openai responses",
       make_openai_codec,
       {.provider = "openai", .model_id = "m", .api_format = "responses"},
       {R"({"type":"response.created","response":{"id":"r"}})",
        R"({"type":"response.output_item.added","output_index":0,"item":{"type":"reasoning","id":"rs"}})",
        R"({"type":"response.reasoning_summary_text.delta","output_index":0,"delta":"t"})",
        R"({"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","id":"rs","encrypted_content":"E","summary":[{"type":"summary_text","text":"t"}]}})",
        R"({"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","id":"fc","call_id":"c","name":"f"}})",
        R"({"type":"response.output_item.done","output_index":2,"item":{"type":"web_search_call","id":"ws","action":{}}})",
        R"({"type":"response.output_item.done","output_index":1,"item":{"type":"function_call","id":"fc","call_id":"c","name":"f","arguments":"{}"}})",
        R"({"type":"response.completed","response":{"status":"completed","usage":{"input_tokens":3,"input_tokens_details":{"cached_tokens":1},"output_tokens":4}}})"}},
      {"gemini",
       make_gemini_codec,
       {.provider = "gemini", .model_id = "m"},
       {R"({"responseId":"r","candidates":[{"content":{"parts":[{"text":"t","thought":true},{"functionCall":{"id":"g","name":"f","args":{}},"thoughtSignature":"AA=="}]}}]})",
        R"({"candidates":[{"content":{"parts":[{"toolCall":{"id":"t","toolType":"T","args":{}}},{"toolResponse":{"id":"t","toolType":"T","response":{}}},{"text":"x"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2}})"}},
  };
}

// Visits `value` and all inside it; each visit may change what it sees.
void for_each_place(json::Value& value, const std::function<void(json::Value&)>& visit) {
  visit(value);
  if (value.is_array()) {
    for (json::Value& element : value.as_array()) for_each_place(element, visit);
  } else if (value.is_object()) {
    for (auto& [key, member] : value.as_object()) for_each_place(member, visit);
  }
}

std::vector<json::Value> wrong_values() {
  return {json::Value(),
          true,
          -1,
          1.5,
          "wrong",
          json::array({}),
          json::object({}),
          json::array({json::object({})})};
}

// The sample with its event `at` in place of the recorded one, as a stream.
void expect_end_or_error(const Sample& sample, size_t at, const std::string& event) {
  std::vector<std::pair<std::string, std::string>> events;
  for (size_t i = 0; i < sample.events.size(); ++i)
    events.emplace_back("", i == at ? event : std::string(sample.events[i]));
  const auto codec = sample.codec(sample.settings);
  const Decoded out = decode_events(*codec, events);
  EXPECT_TRUE(out.error.has_value() || out.reason != StopReason::kPartialTurn) << event;
  // What came of it can be sent again.
  const auto again = codec->encode({sample.settings, {}, {out.message, user("go on")}, {}});
  EXPECT_TRUE(again.has_value()) << event;
}

TEST(CodecGarbage, EndsOrFailsWhateverKindAValueIs) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(sample.name);
    for (size_t at = 0; at < sample.events.size(); ++at) {
      const auto event = json::parse(sample.events[at]);
      if (!event || !event->is_object()) continue;
      json::Value changed = *event;
      for_each_place(changed, [&](json::Value& place) {
        const json::Value before = place;
        for (const json::Value& wrong : wrong_values()) {
          place = wrong;
          EXPECT_NO_THROW(expect_end_or_error(sample, at, json::write(changed)));
        }
        place = before;
      });
    }
  }
}

TEST(CodecGarbage, FailsOrEndsWithoutAnyOneEvent) {
  for (const Sample& sample : samples()) {
    for (size_t at = 0; at < sample.events.size(); ++at)
      EXPECT_NO_THROW(expect_end_or_error(sample, at, R"({"type":"ping"})")) << sample.name << " " << at;
  }
}

}  // namespace
}  // namespace soma::model
