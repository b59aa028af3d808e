#include "core/model/reflex/reflex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace soma::model {
namespace {

struct Streamed {
  std::vector<StreamEvent> events;
  MessageAssembler assembler;
};

Streamed converse(const ConverseRequest& request) {
  os::VirtualClock clock;
  auto ids = os::make_seeded_ids(1, clock);
  auto provider = make_reflex({.clock = clock, .ids = *ids});
  Streamed out;
  net::run([&]() -> net::Task<> {
    const EventSink sink = [&](StreamEvent event) {
      const auto added = out.assembler.add(event);
      EXPECT_TRUE(added.has_value()) << added.error().to_string();
      out.events.push_back(std::move(event));
    };
    const net::Cancellation cancellation;
    const auto outcome = co_await provider->converse(request, sink, cancellation);
    EXPECT_TRUE(outcome.has_value());
  });
  return out;
}

ConverseRequest saying(std::string prompt) {
  return {.model = {.provider = "reflex"}, .messages = {{Role::kUser, {Text{std::move(prompt)}}}}};
}

TEST(ReflexProvider, StreamsItsAnswerWordByWord) {
  const Streamed streamed = converse(saying("Reply with \"one two three\""));
  EXPECT_EQ(text_of(streamed.assembler.message()), "one two three");
  EXPECT_EQ(streamed.assembler.stop_reason(), StopReason::kEndTurn);
  ASSERT_EQ(streamed.events.size(), 8u);  // start, block start, three words, block stop, stop, metadata
  EXPECT_EQ(std::get<TextDelta>(std::get<ContentBlockDelta>(streamed.events[3]).delta).text, " two");
  EXPECT_EQ(streamed.assembler.usage().input_tokens, 7);   // 26 characters
  EXPECT_EQ(streamed.assembler.usage().output_tokens, 4);  // 13 characters
}

TEST(ReflexProvider, AsksForToolsWithIdsThatComeOnce) {
  ConverseRequest request = saying("run `date` then run `date`");
  request.tools = {{"shell", "Runs a command.",
                    *json::parse(R"({"type":"object","properties":{"command":{"type":"string"}}})")}};
  std::string ids;
  for (int turn = 0; turn < 2; ++turn) {
    const Streamed streamed = converse(request);
    ASSERT_EQ(streamed.assembler.stop_reason(), StopReason::kToolUse);
    const auto& use = std::get<ToolUse>(streamed.assembler.message().content.at(0));
    EXPECT_EQ(use.input.get("command").string_or(""), "date");
    ids += use.id + " ";
    request.messages.push_back(streamed.assembler.message());
    request.messages.push_back({Role::kUser, {ToolResult{use.id, false, {Text{"Thursday"}}}}});
  }
  EXPECT_EQ(ids, "reflex_1 reflex_2 ");
  EXPECT_THAT(text_of(converse(request).assembler.message()), testing::HasSubstr("Thursday"));
}

TEST(ReflexProvider, KeepsToMaxTokensAndStopSequences) {
  ConverseRequest request = saying("Reply with \"one two three four five\"");
  request.model.max_tokens = 2;
  Streamed cut = converse(request);
  EXPECT_EQ(text_of(cut.assembler.message()), "one two ");
  EXPECT_EQ(cut.assembler.stop_reason(), StopReason::kMaxTokens);
  request.model.max_tokens.reset();
  request.model.stop_sequences = {"three"};
  Streamed stopped = converse(request);
  EXPECT_EQ(text_of(stopped.assembler.message()), "one two ");
  EXPECT_EQ(stopped.assembler.stop_reason(), StopReason::kStopSequence);
}

TEST(ReflexProvider, AnswersAnEmptyConversationAndOneWithoutAPrompt) {
  EXPECT_FALSE(text_of(converse({.model = {.provider = "reflex"}}).assembler.message()).empty());
  const ConverseRequest only_result{.model = {.provider = "reflex"},
                                    .messages = {{Role::kUser, {ToolResult{"t", false, {Text{"x"}}}}}}};
  EXPECT_FALSE(text_of(converse(only_result).assembler.message()).empty());
}

}  // namespace
}  // namespace soma::model
