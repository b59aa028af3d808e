#include "services/harness/context/truncation.h"

#include <gtest/gtest.h>

namespace soma::harness {
namespace {

os::Result<Truncation> read(std::string_view text) {
  const auto value = json::parse(text);
  if (!value) return std::unexpected(value.error());
  return truncation_from_json(*value);
}

TEST(Truncation, DefaultsFillWhatTheConfigLeavesOut) {
  const auto sliding = read(R"({"strategy":"sliding_window"})");
  ASSERT_TRUE(sliding) << sliding.error().to_string();
  EXPECT_EQ(sliding->strategy, TruncationStrategy::kSlidingWindow);
  EXPECT_EQ(sliding->messages_count, 40);
  EXPECT_EQ(sliding->pinned_tools, std::vector<std::string>{"skill*"});
  const auto summary =
      read(R"({"strategy":"summarization","config":{"summarization":{"summaryRatio":0.5}}})");
  ASSERT_TRUE(summary) << summary.error().to_string();
  EXPECT_EQ(summary->summary_ratio, 0.5);
  EXPECT_EQ(summary->preserve_recent_messages, 10);
  EXPECT_TRUE(summary->summarization_system_prompt.empty());
  EXPECT_TRUE(read(R"({"strategy":"none","config":{}})"));
}

TEST(Truncation, CanonicalFormReadsBackTheSame) {
  const std::string_view canonical[] = {
      R"({"strategy":"none","pinnedTools":["skill*"]})",
      R"({"strategy":"sliding_window","config":{"slidingWindow":{"messagesCount":7}},"pinnedTools":[]})",
      R"({"strategy":"summarization","config":{"summarization":{"summaryRatio":0.25,"preserveRecentMessages":3,)"
      R"("summarizationSystemPrompt":"Be brief."}},"pinnedTools":["a","b*"]})",
  };
  for (const std::string_view text : canonical) {
    const auto truncation = read(text);
    ASSERT_TRUE(truncation) << text << truncation.error().to_string();
    EXPECT_EQ(json::write(to_json(*truncation)), text);
  }
}

struct Range {
  std::string_view strategy, member, key, value;
  bool taken;
};

TEST(Truncation, RangesHoldAtTheirEdges) {
  const Range cases[] = {
      {"sliding_window", "slidingWindow", "messagesCount", "0", false},
      {"sliding_window", "slidingWindow", "messagesCount", "1", true},
      {"sliding_window", "slidingWindow", "messagesCount", "10000", true},
      {"sliding_window", "slidingWindow", "messagesCount", "10001", false},
      {"sliding_window", "slidingWindow", "messagesCount", "4.5", false},
      {"summarization", "summarization", "summaryRatio", "0.1", true},
      {"summarization", "summarization", "summaryRatio", "0.8", true},
      {"summarization", "summarization", "summaryRatio", "0.09", false},
      {"summarization", "summarization", "summaryRatio", "0.81", false},
      {"summarization", "summarization", "summaryRatio", "1", false},
      {"summarization", "summarization", "summaryRatio", "\"0.3\"", false},
      {"summarization", "summarization", "preserveRecentMessages", "0", false},
      {"summarization", "summarization", "preserveRecentMessages", "1", true},
      {"summarization", "summarization", "preserveRecentMessages", "1000", true},
      {"summarization", "summarization", "preserveRecentMessages", "1001", false},
      {"summarization", "summarization", "summarizationSystemPrompt", "7", false},
  };
  for (const Range& c : cases) {
    const std::string text = std::string(R"({"strategy":")")
                                 .append(c.strategy)
                                 .append(R"(","config":{")")
                                 .append(c.member)
                                 .append(R"(":{")")
                                 .append(c.key)
                                 .append("\":")
                                 .append(c.value)
                                 .append("}}}");
    const auto truncation = read(text);
    EXPECT_EQ(truncation.has_value(), c.taken) << text;
    if (truncation) continue;
    EXPECT_EQ(truncation.error().code, os::Code::kInvalidArgument);
    EXPECT_NE(truncation.error().message.find(c.key), std::string::npos) << truncation.error().to_string();
  }
}

struct Refused {
  std::string_view text, part;
};

TEST(Truncation, RefusesWithPlaceAndRemedy) {
  const Refused cases[] = {
      {R"([])", "object"},
      {R"({})", "sliding_window"},
      {R"({"strategy":"window"})", "known: none"},
      {R"({"strategy":"none","pinedTools":[]})", "pinnedTools"},
      {R"({"strategy":"none","config":{"slidingWindow":{}}})", "leave config out"},
      {R"({"strategy":"sliding_window","config":{"summarization":{}}})", "config.slidingWindow"},
      {R"({"strategy":"sliding_window","config":{"slidingWindow":{"messageCount":4}}})", "messagesCount"},
      {R"({"strategy":"sliding_window","config":{"slidingWindow":4}})", "object"},
      {R"({"strategy":"sliding_window","config":null})", "object"},
      {R"({"strategy":"none","pinnedTools":"skill*"})", "kMaxPinnedTools"},
      {R"({"strategy":"none","pinnedTools":[""]})", "/pinnedTools/0"},
      {R"({"strategy":"none","pinnedTools":["a",3]})", "/pinnedTools/1"},
  };
  for (const Refused& c : cases) {
    const auto truncation = read(c.text);
    ASSERT_FALSE(truncation) << c.text;
    EXPECT_NE(truncation.error().to_string().find(c.part), std::string::npos)
        << c.text << " → " << truncation.error().to_string();
  }
}

}  // namespace
}  // namespace soma::harness
