#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/os/text.h"
#include "services/memory/strategies/record_test_kit.h"
#include "services/memory/strategies/summary.h"

namespace soma::memory {
namespace {

using test::Talk;
using testing::HasSubstr;
using testing::Not;

// A workshop's chat about two things.
Talk boat_and_bread() {
  Talk talk;
  talk.user("The varnish on the boat's mast peels off again. I sanded the mast in April.")
      .assistant("Salt below the varnish lifts it. Wash the mast with fresh water before you sand it.")
      .user("I used yacht varnish, three coats, and the mast stood in the rain for a week.")
      .assistant("Rain within a day of the last coat spoils yacht varnish.")
      .user("By the way, how long should the rye bread rest after baking?")
      .assistant("Rye bread should rest a whole day, wrapped in linen.")
      .user("My rye loaf was sticky inside although the oven had 230 degrees.")
      .assistant("A sticky rye loaf was cut too early.");
  return talk;
}

class SummaryRecords : public testing::Test {
 protected:
  void consolidate(const Talk& talk) { records_.apply(summary_strategy(), talk.conversation(), notes_); }
  test::Records records_;
  json::Value notes_;
};

TEST_F(SummaryRecords, HaveOneForEachTopic) {
  consolidate(boat_and_bread());
  const auto texts = records_.texts(Place::kRecords);
  ASSERT_EQ(texts.size(), 2u);
  EXPECT_THAT(texts[0], testing::StartsWith("<topic name=\""));
  EXPECT_THAT(texts[0], HasSubstr("Varnish"));
  EXPECT_THAT(texts[0], Not(HasSubstr("bread")));
  EXPECT_THAT(texts[1], HasSubstr("Rye"));
  EXPECT_THAT(texts[1], testing::EndsWith("\n</topic>"));
}

TEST_F(SummaryRecords, SayWhoSaidIt) {
  consolidate(boat_and_bread());
  EXPECT_THAT(records_.texts(Place::kRecords)[0], HasSubstr("\nuser: "));
}

TEST_F(SummaryRecords, AreTheSameTurnByTurnAsAtOnce) {
  const Talk talk = boat_and_bread();
  test::Records whole;
  json::Value whole_notes;
  whole.apply(summary_strategy(), talk.conversation(), whole_notes);
  for (size_t count = 1; count <= talk.turns.size(); ++count) consolidate(talk.first(count));
  EXPECT_EQ(records_.texts(Place::kRecords), whole.texts(Place::kRecords));
  EXPECT_EQ(notes_, whole_notes);
}

TEST(SummaryRecordsOfLongSessions, AreTheSameTurnByTurnAsAtOnce) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Talk talk = test::mixed_talk(seed, 150);
    test::Records whole, growing;
    json::Value whole_notes, notes;
    whole.apply(summary_strategy(), talk.conversation(), whole_notes);
    for (size_t count = 1; count <= talk.turns.size(); ++count)
      growing.apply(summary_strategy(), talk.first(count).conversation(), notes);
    EXPECT_TRUE(growing.texts(Place::kRecords) == whole.texts(Place::kRecords)) << "seed " << seed;
    EXPECT_GT(whole.texts(Place::kRecords).size(), 1u);
  }
}

TEST_F(SummaryRecords, OfTopicsThatWereLeftAreNotRewritten) {
  const Talk talk = boat_and_bread();
  consolidate(talk.first(6));
  const auto changes = records_.apply(summary_strategy(), talk.conversation(), notes_);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_THAT(changes[0].text, Not(HasSubstr("mast")));
}

TEST_F(SummaryRecords, DoNotChangeWithoutNews) {
  consolidate(boat_and_bread());
  EXPECT_TRUE(records_.apply(summary_strategy(), boat_and_bread().conversation(), notes_).empty());
}

TEST_F(SummaryRecords, AreFoundAgainWhenTheNotesAreLost) {
  consolidate(boat_and_bread());
  notes_ = {};
  EXPECT_TRUE(records_.apply(summary_strategy(), boat_and_bread().conversation(), notes_).empty());
}

TEST_F(SummaryRecords, AreNotMadeOfGreetings) {
  Talk talk;
  talk.user("Hi!").assistant("Hello! How are you?").user("Fine, thanks.");
  consolidate(talk);
  EXPECT_TRUE(records_.texts(Place::kRecords).empty());
}

TEST_F(SummaryRecords, BeginAnewAfterALongPause) {
  Talk talk;
  talk.user("The ferry to Bornholm leaves the harbour at seven.")
      .assistant("Noted: the ferry, seven o'clock.");
  talk.pause(std::chrono::minutes(31));
  talk.user("The ferry to Bornholm was cancelled because of the storm.")
      .assistant("Then take the train through Malmo.");
  consolidate(talk);
  EXPECT_EQ(records_.texts(Place::kRecords).size(), 2u);
}

TEST_F(SummaryRecords, KeepAToolsAnswerWithItsCall) {
  Talk talk;
  talk.user("Find the tide tables of Husum harbour for the coming weekend.").assistant("I look them up.");
  talk.pause(std::chrono::hours(2));
  talk.tool("tide_tables", json::object({{"harbour", "Husum"}}), true, "High water 04:12 and 16:40.")
      .assistant("High water at Husum is at 04:12 and at 16:40.");
  consolidate(talk);
  const auto texts = records_.texts(Place::kRecords);
  ASSERT_EQ(texts.size(), 1u);
  EXPECT_THAT(texts[0], HasSubstr("tools: tide_tables"));
}

TEST_F(SummaryRecords, OfLongRunsOfToolsAreCutBetweenCalls) {
  Talk talk;
  talk.user("Inspect every plank of the hull for worms.");
  for (int plank = 0; plank < 400; ++plank) {
    talk.call("inspect", json::object({{"plank", plank}}));
    talk.answer(true, "Plank " + std::to_string(plank) + " of the hull is sound and dry.");
  }
  const auto changes = records_.apply(summary_strategy(), talk.conversation(), notes_);
  EXPECT_GT(changes.size(), 3u);
  for (const Change& change : changes)
    EXPECT_EQ(change.sources.size() % 2, change.sources.front() == talk.turns.front().source ? 1u : 0u);
}

TEST_F(SummaryRecords, AreNotDrownedByLongAnswers) {
  Talk talk;
  std::string lecture;
  for (int at = 0; at < 60; ++at)
    lecture += "Lighthouses of the northern coast burned whale oil in brass lamps, says chapter " +
               std::to_string(at) + ". ";
  talk.user("Our lighthouse keeper's diary is lost since the flood of 1962.").assistant(lecture);
  consolidate(talk);
  EXPECT_THAT(records_.texts(Place::kRecords).at(0), HasSubstr("diary is lost"));
}

TEST_F(SummaryRecords, AreWellFormedAfterHostileText) {
  Talk talk;
  talk.user(
      "</topic><topic name=\"x\"> & <!-- quotes \" and ' \x01\x02 \xff\xfe hostile markup everywhere in this "
      "sentence");
  talk.user("]]> <script>alert('markup')</script> \xe2\x80 cut & pasted markup again");
  consolidate(talk);
  const std::string text = records_.texts(Place::kRecords).at(0);
  EXPECT_TRUE(os::is_valid_utf8(text));
  EXPECT_EQ(std::ranges::count(text, '<'), 2);
  EXPECT_EQ(text.find('\x01'), std::string::npos);
  for (size_t at = text.find('&'); at != std::string::npos; at = text.find('&', at + 1))
    EXPECT_LT(text.find(';', at), at + 7);
}

TEST_F(SummaryRecords, AreBoundedForHugeSessions) {
  Talk talk;
  for (size_t at = 0; at + 1 < kMaxConversationTurns; ++at)
    talk.user("Barrel " + std::to_string(at) + " of the cooperage holds cider from orchard " +
              std::to_string(at % 40) + ".");
  talk.user(std::string(100'000, 'a') + " " + std::string(1'000, '.'));
  consolidate(talk);
  const auto texts = records_.texts(Place::kRecords);
  EXPECT_GT(texts.size(), kMaxConversationTurns / 60 - 2);
  for (const std::string& text : texts) EXPECT_LE(text.size(), kMaxSummaryBytes * 2);
  EXPECT_LE(json::write(notes_).size(), kMaxNotesBytes);
}

}  // namespace
}  // namespace soma::memory
