#include <gtest/gtest.h>

#include "core/model/message.h"

namespace soma::model {
namespace {

using Events = std::vector<StreamEvent>;

ContentBlockDelta text(int index, std::string piece) {
  return {index, TextDelta{std::move(piece)}};
}
ContentBlockDelta input(int index, std::string piece) {
  return {index, ToolInputDelta{std::move(piece)}};
}
ContentBlockDelta result(int index, std::vector<ResultContent> content) {
  return {index, ToolResultDelta{std::move(content)}};
}
ContentBlockStart tool(int index, std::string id) {
  return {index, ToolUseStart{.id = std::move(id), .name = "shell"}};
}

// The error of the first event that is refused, or success.
os::Result<> feed(MessageAssembler& assembler, const Events& events) {
  for (const StreamEvent& event : events) SOMA_TRY(assembler.add(event));
  return {};
}

std::string assembled(const Events& events) {
  MessageAssembler assembler;
  const auto fed = feed(assembler, events);
  EXPECT_TRUE(fed.has_value()) << fed.error().to_string();
  return json::write(to_json(assembler.message()).get("content"));
}

TEST(MessageAssembler, BuildsTextReasoningAndToolUse) {
  MessageAssembler assembler;
  const Events events = {
      MessageStart{Role::kAssistant},
      ContentBlockStart{0},
      ContentBlockDelta{0, ReasoningDelta{.text = "I "}},
      ContentBlockDelta{0, ReasoningDelta{.text = "think"}},
      ContentBlockDelta{0, ReasoningDelta{.signature = "sig"}},
      ContentBlockStop{0},
      ContentBlockStart{1},
      text(1, "Let me "),
      text(1, "look."),
      ContentBlockStop{1},
      tool(2, "t1"),
      input(2, R"({"comm)"),
      input(2, R"(and":"ls"})"),
      ContentBlockStop{2},
      MessageStop{StopReason::kToolUse},
      Metadata{.usage = {.input_tokens = 10, .output_tokens = 5}, .latency_ms = 3},
  };
  ASSERT_TRUE(feed(assembler, events).has_value());
  EXPECT_TRUE(assembler.complete());
  EXPECT_FALSE(assembler.open());
  EXPECT_EQ(assembler.stop_reason(), StopReason::kToolUse);
  EXPECT_EQ(assembler.usage().total(), 15);
  EXPECT_FALSE(assembler.malformed_tool_use());
  EXPECT_EQ(
      json::write(to_json(assembler.message())),
      R"({"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"I think","signature":"sig"}}},)"
      R"({"text":"Let me look."},{"toolUse":{"toolUseId":"t1","name":"shell","input":{"command":"ls"}}}]})");
}

TEST(MessageAssembler, AToolWithoutArgumentsHasAnEmptyObject) {
  EXPECT_EQ(assembled({MessageStart{Role::kAssistant}, tool(0, "t"), ContentBlockStop{0}}),
            R"([{"toolUse":{"toolUseId":"t","name":"shell","input":{}}}])");
}

TEST(MessageAssembler, KeepsMalformedToolInputAndSaysSo) {
  for (const std::string_view bad : {R"({"a":)", "[1]", "7", R"({"a":1,"a":2})", "nonsense"}) {
    MessageAssembler assembler;
    ASSERT_TRUE(feed(assembler, {MessageStart{Role::kAssistant}, tool(0, "t"), input(0, std::string(bad)),
                                 ContentBlockStop{0}})
                    .has_value());
    EXPECT_TRUE(assembler.malformed_tool_use()) << bad;
    EXPECT_EQ(std::get<ToolUse>(assembler.message().content.at(0)).input.get("_malformed").string_or(""),
              bad);
  }
}

TEST(MessageAssembler, ABlockThatNeverSaidAnythingLeavesNoBlock) {
  EXPECT_EQ(assembled({MessageStart{Role::kAssistant}, ContentBlockStart{0}, ContentBlockStop{0},
                       MessageStop{StopReason::kEndTurn}}),
            "[]");
}

TEST(MessageAssembler, AnEmptyTextBlockDoesNotTouchTheBlockBeforeIt) {
  EXPECT_EQ(assembled({MessageStart{Role::kAssistant}, tool(0, "t"), input(0, "{}"), ContentBlockStop{0},
                       ContentBlockStart{1}, ContentBlockStop{1}}),
            R"([{"toolUse":{"toolUseId":"t","name":"shell","input":{}}}])");
}

TEST(MessageAssembler, StreamedToolOutputJoinsIntoOneText) {
  EXPECT_EQ(
      assembled({MessageStart{Role::kUser}, ContentBlockStart{0, ToolResultStart{.tool_use_id = "t"}},
                 result(0, {Text{"a\n"}}), result(0, {Text{"b\n"}}),
                 result(0, {JsonContent{json::object({{"k", 1}})}}), result(0, {Text{"c"}, Text{"d"}}),
                 ContentBlockStop{0}}),
      R"([{"toolResult":{"toolUseId":"t","status":"success","content":[{"text":"a\nb\n"},{"json":{"k":1}},{"text":"c"},{"text":"d"}]}}])");
}

TEST(MessageAssembler, ToolResultStatusComesFromStartOrMetadata) {
  const Events by_start = {MessageStart{Role::kUser},
                           ContentBlockStart{0, ToolResultStart{.tool_use_id = "t", .error = true}},
                           ContentBlockStop{0}};
  EXPECT_EQ(assembled(by_start), R"([{"toolResult":{"toolUseId":"t","status":"error","content":[]}}])");
  const Events by_metadata = {
      MessageStart{Role::kUser}, ContentBlockStart{0, ToolResultStart{.tool_use_id = "t"}},
      ContentBlockDelta{0, ToolResultMetadata{R"({"status":"error"})"}}, ContentBlockStop{0}};
  EXPECT_EQ(assembled(by_metadata), R"([{"toolResult":{"toolUseId":"t","status":"error","content":[]}}])");
}

TEST(MessageAssembler, ShowsWhatCameSoFarOfACutStream) {
  MessageAssembler assembler;
  ASSERT_TRUE(feed(assembler, {MessageStart{Role::kAssistant}, ContentBlockStart{0}, text(0, "half a sen")})
                  .has_value());
  EXPECT_TRUE(assembler.open());
  EXPECT_FALSE(assembler.complete());
  EXPECT_EQ(assembler.open_block(), 0);
  EXPECT_EQ(assembler.stop_reason(), StopReason::kPartialTurn);
  EXPECT_EQ(text_of(assembler.message()), "half a sen");
}

TEST(MessageAssembler, RefusesHostileOrders) {
  const MessageStart start{Role::kAssistant};
  const MessageStop stop{StopReason::kEndTurn};
  const std::pair<std::string_view, Events> cases[] = {
      {"delta before everything", {text(0, "a")}},
      {"block before messageStart", {ContentBlockStart{0}}},
      {"stop before messageStart", {stop}},
      {"metadata first", {Metadata{}}},
      {"two messageStarts", {start, start}},
      {"delta without its block", {start, text(0, "a")}},
      {"delta of another block", {start, ContentBlockStart{0}, text(1, "a")}},
      {"two starts of one block", {start, ContentBlockStart{0}, ContentBlockStart{0}}},
      {"two blocks open", {start, ContentBlockStart{0}, ContentBlockStart{1}}},
      {"a block again", {start, ContentBlockStart{0}, ContentBlockStop{0}, ContentBlockStart{0}}},
      {"blocks backwards", {start, ContentBlockStart{1}, ContentBlockStop{1}, ContentBlockStart{0}}},
      {"stop of a block that is not open", {start, ContentBlockStop{0}}},
      {"block stopped twice", {start, ContentBlockStart{0}, ContentBlockStop{0}, ContentBlockStop{0}}},
      {"messageStop inside a block", {start, ContentBlockStart{0}, stop}},
      {"two messageStops", {start, stop, stop}},
      {"block after messageStop", {start, stop, ContentBlockStart{0}}},
      {"messageStart after messageStop", {start, stop, start}},
      {"metadata before messageStop", {start, Metadata{}}},
      {"two metadata", {start, stop, Metadata{}, Metadata{}}},
      {"text in a tool's block", {start, tool(0, "t"), text(0, "a")}},
      {"tool input in a text block", {start, ContentBlockStart{0}, text(0, "a"), input(0, "{}")}},
      {"tool input in a block without a body", {start, ContentBlockStart{0}, input(0, "{}")}},
      {"reasoning in a text block",
       {start, ContentBlockStart{0}, text(0, "a"), ContentBlockDelta{0, ReasoningDelta{.text = "b"}}}},
      {"tool result in a tool use", {start, tool(0, "t"), result(0, {Text{"a"}})}},
      {"one id twice", {start, tool(0, "t"), ContentBlockStop{0}, tool(1, "t")}},
      {"no id", {start, tool(0, "")}},
      {"no name", {start, ContentBlockStart{0, ToolUseStart{.id = "t", .name = ""}}}},
  };
  for (const auto& [name, events] : cases) {
    MessageAssembler assembler;
    const Events before(events.begin(), events.end() - 1);
    ASSERT_TRUE(feed(assembler, before).has_value()) << name;
    const auto refused = assembler.add(events.back());
    ASSERT_FALSE(refused.has_value()) << name;
    EXPECT_EQ(refused.error().code, os::Code::kCorrupt) << name;
  }
}

// An answer of 5 MB of control characters is 30 MB of JSON: more than one event of the journal, which refused
// it, and the session hung until the next start.
TEST(MessageAssembler, BoundsWhatAnAnswerTakesAsJson) {
  const auto refused_at_once = [](const StreamEvent& event) {
    MessageAssembler assembler;
    EXPECT_TRUE(feed(assembler, {MessageStart{Role::kAssistant}, ContentBlockStart{0, ToolResultStart{"s"}}})
                    .has_value());
    const auto added = assembler.add(event);
    return !added && added.error().code == os::Code::kLimitExceeded;
  };
  const std::string large(kMaxModelResponseBytes / 6 + 1, '\x01');
  EXPECT_TRUE(refused_at_once(result(0, {JsonContent{large}})));
  EXPECT_TRUE(refused_at_once(text(0, large)));
  EXPECT_TRUE(refused_at_once(input(0, large)));
  MessageAssembler ids;
  ASSERT_TRUE(ids.add(MessageStart{Role::kAssistant}).has_value());
  EXPECT_FALSE(ids.add(tool(0, large)).has_value());
}

TEST(MessageAssembler, BoundsBytesAndBlocks) {
  MessageAssembler bytes;
  ASSERT_TRUE(feed(bytes, {MessageStart{Role::kAssistant}, ContentBlockStart{0}}).has_value());
  const StreamEvent megabyte = text(0, std::string(1u << 20, 'x'));
  for (size_t i = 0; i < kMaxModelResponseBytes >> 20; ++i) ASSERT_TRUE(bytes.add(megabyte).has_value());
  const auto refused = bytes.add(text(0, "x"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, os::Code::kLimitExceeded);

  MessageAssembler blocks;
  ASSERT_TRUE(blocks.add(MessageStart{Role::kAssistant}).has_value());
  for (int i = 0; i < static_cast<int>(kMaxContentBlocks); ++i) {
    ASSERT_TRUE(feed(blocks, {ContentBlockStart{i}, ContentBlockStop{i}}).has_value());
  }
  const auto one_more = blocks.add(ContentBlockStart{static_cast<int>(kMaxContentBlocks)});
  ASSERT_FALSE(one_more.has_value());
  EXPECT_EQ(one_more.error().code, os::Code::kLimitExceeded);
}

}  // namespace
}  // namespace soma::model
