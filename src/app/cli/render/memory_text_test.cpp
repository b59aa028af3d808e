#include "app/cli/render/memory_text.h"

#include <gtest/gtest.h>

#include "app/cli/test_support.h"

namespace soma::cli {
namespace {

const StrategyTitles kTitles{{"Style-abc", "USER_PREFERENCE (Style)"}};

TEST(EventLines, ShowTimeSessionRoleAndText) {
  const auto event = json_of(R"({"eventTimestamp":"2026-01-31T20:11:01.123Z","sessionId":"case-1","payload":[
    {"conversational":{"role":"USER","content":{"text":"Be\nfirm"}}},
    {"json":{"content":{"a":1}}},{"blob":"x"}]})");
  EXPECT_EQ(event_lines(event), (std::vector<std::string>{
                                    "[20:11:01] [STM] [case-1] [user] Be firm",
                                    R"([20:11:01] [STM] [case-1] [json] {"a":1})",
                                    R"([20:11:01] [STM] [case-1] [blob] "x")",
                                }));
}

TEST(EventLines, ShowAnEventWithoutMessages) {
  const auto event = json_of(R"({"eventTimestamp":0,"sessionId":"s","payload":[]})");
  EXPECT_EQ(event_lines(event), std::vector<std::string>{"[00:00:00] [STM] [s] [empty]"});
}

TEST(EventLines, CutLongTexts) {
  json::Value event = json_of(R"({"sessionId":"s"})");
  event.set("payload", json::array({json::object({{"blob", std::string(10'000, 'x')}})}));
  const std::string line = event_lines(event).front();
  EXPECT_LT(line.size(), 400U);
  EXPECT_TRUE(line.ends_with("…"));
}

TEST(RecordLine, NamesTheStrategy) {
  const auto record = json_of(R"({"timestamp":"2026-01-31T20:11:59.000Z","memoryStrategyId":"Style-abc",
    "content":{"text":"Prefers\nfirmness"}})");
  EXPECT_EQ(record_line(record, kTitles), "[20:11:59] [LTM] [USER_PREFERENCE (Style)] Prefers\nfirmness");
}

TEST(RecordLine, SaysThatItWasWrittenByAClient) {
  const auto record = json_of(R"({"timestamp":0,"memoryStrategyId":"none","content":{"text":"x"}})");
  EXPECT_EQ(record_line(record, kTitles), "[00:00:00] [LTM] [written] x");
}

TEST(RecordLine, SaysThatItIsSuperseded) {
  const auto record =
      json_of(R"({"timestamp":0,"memoryStrategyId":"Gone-1","supersededBy":"mem-2","content":{"text":"x"}})");
  EXPECT_EQ(record_line(record, kTitles), "[00:00:00] [LTM] [Gone-1] [superseded] x");
}

TEST(ShortSession, IsTheEndOfAGeneratedId) {
  EXPECT_EQ(short_session("0198c0de-0000-7000-8000-0123fe400085"), "fe400085");
  EXPECT_EQ(short_session("investigation-1"), "investigation-1");
}

TEST(TimeText, ReadsSecondsAndTexts) {
  EXPECT_EQ(time_text(json::Value(1.5)), "1970-01-01T00:00:01.500Z");
  EXPECT_EQ(time_text(json::Value("2026-01-31T20:11:59.000Z")), "2026-01-31T20:11:59.000Z");
  EXPECT_EQ(time_text(json::Value()), "");
}

}  // namespace
}  // namespace soma::cli
