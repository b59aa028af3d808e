#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/os/text.h"
#include "services/memory/strategies/episodic.h"
#include "services/memory/strategies/record_test_kit.h"

namespace soma::memory {
namespace {

using test::Talk;
using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

json::Value ask(std::string witness, std::string approach) {
  return json::object({{"witness", std::move(witness)}, {"approach", std::move(approach)}});
}

class Episodes : public testing::Test {
 protected:
  void consolidate(const Talk& talk, bool at_rest = false) {
    records_.apply(episodic_strategy(), talk.conversation(at_rest), notes_);
  }
  std::vector<json::Value> of(Place place) const {
    std::vector<json::Value> out;
    for (const std::string& text : records_.texts(place)) out.push_back(json::parse(text).value());
    return out;
  }
  std::vector<json::Value> episodes() const { return of(Place::kRecords); }
  std::vector<json::Value> reflections() const { return of(Place::kReflections); }
  // The reflection whose title has this in it; null when there is none.
  json::Value lesson(std::string_view in_title) const {
    for (const json::Value& each : reflections())
      if (each.get("title").as_string().find(in_title) != std::string::npos) return each;
    return {};
  }
  static std::string text(const json::Value& episode, std::string_view key) {
    return std::string(episode.get(key).string_or("?"));
  }

  test::Records records_;
  json::Value notes_;
};

// A manor, a missing violin, and people who do not like to be asked.
Talk first_evening() {
  Talk talk{.session = "evening-1"};
  talk.user("Question the housekeeper Nora gently about the music room.")
      .tool("interrogate_witness", ask("Nora", "sympathetic"), true,
            "Nora wipes her eyes and admits that the violin case was empty by nine.")
      .assistant("Nora wipes her eyes. The case was empty by nine, she says.")
      .user("Interrogate the gardener Piet harshly about his muddy boots.")
      .tool("interrogate_witness", ask("Piet", "confrontational"), true,
            "Piet clams up and stares at the fire.")
      .assistant("Piet stares at the fire and gives you nothing.")
      .user("Search the greenhouse shelves for the bow.")
      .tool("search_location", json::object({{"location", "greenhouse"}}), true,
            "Rosin dust lies on the third shelf.")
      .assistant("Rosin dust, on the third shelf.")
      .user("Thanks, that's all for tonight.");
  return talk;
}

Talk second_evening() {
  Talk talk{.session = "evening-2"};
  talk.user("Question the chauffeur Emil kindly about the drive to the station.")
      .tool("interrogate_witness", ask("Emil", "sympathetic"), true,
            "Emil confides that he drove a long parcel.")
      .user("Interrogate the cook Berta harshly about the cellar key.")
      .tool("interrogate_witness", ask("Berta", "confrontational"), true, "Berta refuses and walks out.")
      .user("Question the tutor Aldous kindly about his debts.")
      .tool("interrogate_witness", ask("Aldous", "sympathetic"), true,
            "Aldous opens up about his losses at cards.");
  return talk;
}

Talk third_evening() {
  Talk talk{.session = "evening-3"};
  talk.user("Interrogate the nephew Viktor harshly about the pawn ticket.")
      .tool("interrogate_witness", ask("Viktor", "confrontational"), true, "Viktor shuts down.")
      .user("Question the maid Lise kindly about the window.")
      .tool("interrogate_witness", ask("Lise", "sympathetic"), true,
            "Lise reveals that the window was never locked.");
  return talk;
}

TEST_F(Episodes, EndAtANewTaskAndAtThanks) {
  consolidate(first_evening());
  ASSERT_THAT(episodes(), SizeIs(3));
  EXPECT_EQ(text(episodes()[0], "intent"), "Question the housekeeper Nora gently about the music room.");
  EXPECT_EQ(text(episodes()[1], "intent"), "Interrogate the gardener Piet harshly about his muddy boots.");
  EXPECT_FALSE(records_.wants_rest);
}

TEST_F(Episodes, SayHowItEndedAndHowOneCanTell) {
  consolidate(first_evening());
  ASSERT_THAT(episodes(), SizeIs(3));
  EXPECT_EQ(text(episodes()[0], "assessment"), "Yes");
  EXPECT_EQ(text(episodes()[1], "assessment"), "No");
  EXPECT_EQ(text(episodes()[1], "justification"),
            "0 of 1 tool calls worked; the last, interrogate_witness, did not.");
  EXPECT_EQ(text(episodes()[2], "justification"), "The user said: \"Thanks, that's all for tonight.\"");
}

TEST_F(Episodes, ListTheirActions) {
  consolidate(first_evening());
  const json::Value action = episodes().at(1).get("actions").at(0);
  EXPECT_EQ(action, json::object({{"tool", "interrogate_witness"},
                                  {"arguments", ask("Piet", "confrontational")},
                                  {"status", "failed"}}));
}

TEST_F(Episodes, JoinCallsWithAnswersThatComeLater) {
  Talk talk;
  talk.user("Weigh the anchor and measure the rope.")
      .call("weigh", json::object({{"what", "anchor"}}))
      .call("measure", json::object({{"what", "rope"}}))
      .answer(true, "41 kilograms")
      .answer(false, "The tape is torn.")
      .assistant("The anchor weighs 41 kilograms; the rope could not be measured.");
  consolidate(talk, true);
  ASSERT_THAT(episodes(), SizeIs(1));
  const json::Value actions = episodes()[0].get("actions");
  ASSERT_EQ(actions.size(), 2u);
  EXPECT_EQ(text(actions.at(0), "status"), "succeeded");
  EXPECT_EQ(text(actions.at(1), "status"), "failed");
}

TEST_F(Episodes, KeepTurnsThatShareTheirMessage) {
  Talk talk;
  talk.user("Count the barrels in the cellar.")
      .call("count", json::object({{"what", "barrels"}}))
      .answer(true, "forty")
      .user("Paint the door of the shed green.")
      .assistant("Painted.");
  talk.turns[3].source = talk.turns[2].source;  // an answer and the next request in one message
  consolidate(talk.first(4));
  ASSERT_THAT(episodes(), SizeIs(1));
  consolidate(talk, true);
  ASSERT_THAT(episodes(), SizeIs(2));
  EXPECT_EQ(text(episodes()[1], "intent"), "Paint the door of the shed green.");
}

TEST_F(Episodes, OfThreeEveningsMakeAReflection) {
  consolidate(first_evening());
  consolidate(second_evening(), true);
  consolidate(third_evening(), true);
  const json::Value found = lesson("interrogate_witness: approach=sympathetic ends well more often");
  ASSERT_TRUE(found.is_object()) << json::write(notes_);
  EXPECT_THAT(text(found, "hints"), AllOf(HasSubstr("approach=sympathetic: 4 of 4 calls ended well"),
                                          HasSubstr("approach=confrontational: 0 of 3 calls ended well")));
  EXPECT_NEAR(found.get("confidence").double_or(0), 0.60, 0.005);
}

TEST_F(Episodes, OfTooFewCallsMakeNoReflection) {
  consolidate(first_evening());
  consolidate(second_evening().first(4), true);
  EXPECT_THAT(reflections(), testing::IsEmpty());
}

TEST_F(Episodes, TakeBackAReflectionThatCountsNoLongerBear) {
  const auto call = [this](int number, std::string approach, bool worked) {
    Talk talk{.session = "s" + std::to_string(number)};
    talk.user("Ask the harbour master.")
        .tool("ask", json::object({{"approach", std::move(approach)}}), worked, "");
    consolidate(talk, true);
  };
  int number = 0;
  for (; number < 4; ++number) call(number, "kind", true);
  for (; number < 7; ++number) call(number, "harsh", false);
  ASSERT_TRUE(lesson("ask: approach=kind ends well more often").is_object());
  for (; number < 14; ++number) call(number, "harsh", true);
  for (; number < 17; ++number) call(number, "kind", false);
  ASSERT_THAT(reflections(), SizeIs(1));
  EXPECT_TRUE(lesson("ask: no approach stands out any more").is_object());
}

TEST_F(Episodes, RewriteAReflectionInPlace) {
  consolidate(first_evening());
  consolidate(second_evening(), true);
  consolidate(third_evening(), true);
  const size_t before = reflections().size();
  Talk fourth = third_evening();
  fourth.session = "evening-4";
  consolidate(fourth, true);
  EXPECT_EQ(reflections().size(), before);
  EXPECT_THAT(text(lesson("approach=sympathetic"), "hints"), HasSubstr("0 of 4"));
}

TEST_F(Episodes, AreTheSameTurnByTurnAsAtOnce) {
  const Talk talk = first_evening();
  test::Records whole;
  json::Value whole_notes;
  whole.apply(episodic_strategy(), talk.conversation(), whole_notes);
  for (size_t count = 1; count <= talk.turns.size(); ++count) consolidate(talk.first(count));
  EXPECT_EQ(records_.texts(Place::kRecords), whole.texts(Place::kRecords));
  EXPECT_EQ(records_.texts(Place::kReflections), whole.texts(Place::kReflections));
  EXPECT_EQ(notes_, whole_notes);
}

TEST(EpisodesOfLongSessions, AreTheSameTurnByTurnAsAtOnce) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Talk talk = test::mixed_talk(seed, 150);
    test::Records whole, growing;
    json::Value whole_notes, notes;
    whole.apply(episodic_strategy(), talk.conversation(), whole_notes);
    for (size_t count = 1; count <= talk.turns.size(); ++count)
      growing.apply(episodic_strategy(), talk.first(count).conversation(), notes);
    EXPECT_TRUE(growing.texts(Place::kRecords) == whole.texts(Place::kRecords)) << "seed " << seed;
    EXPECT_TRUE(notes == whole_notes) << "seed " << seed;
    EXPECT_GT(whole.texts(Place::kRecords).size(), 3u);
  }
}

TEST_F(Episodes, WaitForTheirEnd) {
  consolidate(second_evening().first(2));
  EXPECT_TRUE(episodes().empty());
  EXPECT_TRUE(records_.wants_rest);
  consolidate(second_evening().first(2), true);
  EXPECT_THAT(episodes(), SizeIs(1));
  EXPECT_FALSE(records_.wants_rest);
}

TEST_F(Episodes, AreNotCountedTwice) {
  consolidate(first_evening());
  const json::Value notes = notes_;
  consolidate(first_evening());
  EXPECT_EQ(notes_, notes);
  EXPECT_THAT(episodes(), SizeIs(3));
}

TEST_F(Episodes, EndWithoutAVerdictWhenTheUserGivesUp) {
  Talk talk;
  talk.user("Compare the two harbour maps.").assistant("Which two?").user("Never mind.");
  consolidate(talk);
  ASSERT_THAT(episodes(), SizeIs(1));
  EXPECT_EQ(text(episodes()[0], "assessment"), "Unknown");
  EXPECT_EQ(text(episodes()[0], "justification"), "The user gave it up: \"Never mind.\"");
}

TEST_F(Episodes, EndAtALongPause) {
  Talk talk;
  talk.user("List the lamps of the north pier.").assistant("Six lamps.");
  talk.pause(std::chrono::minutes(31));
  talk.user("List the lamps of the north pier with their colours.").assistant("Red and green.");
  consolidate(talk, true);
  EXPECT_THAT(episodes(), SizeIs(2));
}

TEST_F(Episodes, GoOnWithAClarification) {
  Talk talk;
  talk.user("Book a table at the harbour restaurant for Friday.")
      .assistant("For how many guests, and at what time?")
      .user("Four of us, seven in the evening.")
      .assistant("Booked: Friday, seven, four guests.")
      .user("Perfect, thank you!");
  consolidate(talk);
  ASSERT_THAT(episodes(), SizeIs(1));
  EXPECT_EQ(text(episodes()[0], "assessment"), "Yes");
}

TEST_F(Episodes, DoNotGuessHowTheyEnded) {
  Talk talk;
  talk.user("Explain how a sextant measures the sun's height.")
      .assistant("Two mirrors bring the sun down to the horizon.");
  consolidate(talk, true);
  EXPECT_EQ(text(episodes().at(0), "assessment"), "Unknown");
}

TEST_F(Episodes, EndedBadlyWhenTheUserComplains) {
  Talk talk;
  talk.user("Fix the login form of the member page.")
      .tool("edit_file", json::object({{"path", "login.html"}}), true, "1 line changed")
      .assistant("I fixed the form.")
      .user("It still fails with the same error.");
  consolidate(talk, true);
  ASSERT_THAT(episodes(), SizeIs(1));
  EXPECT_EQ(text(episodes()[0], "assessment"), "No");
  EXPECT_EQ(text(episodes()[0], "justification"), "The user said: \"It still fails with the same error.\"");
}

TEST_F(Episodes, DoNotTakeBareThanksForSuccess) {
  Talk talk;
  talk.user("Reserve the small boat for Sunday.")
      .tool("reserve", json::object({{"boat", "small"}}), false, "The boat is taken.")
      .assistant("The small boat is taken on Sunday.")
      .user("OK, thanks.");
  consolidate(talk);
  EXPECT_EQ(text(episodes().at(0), "assessment"), "No");
}

TEST_F(Episodes, TakePraiseForSuccess) {
  Talk talk;
  talk.user("Fix the foghorn's timer.")
      .tool("set_timer", json::object({{"seconds", 30}}), false, "Invalid value.")
      .assistant("I changed the wiring instead.")
      .user("Perfect, it works now!");
  consolidate(talk);
  EXPECT_EQ(text(episodes().at(0), "assessment"), "Yes");
}

TEST_F(Episodes, EndedBadlyWhenTheUserAsksAgain) {
  Talk talk;
  talk.user("Translate the harbour notice into Danish.").assistant("Here is a summary of the notice.");
  talk.user("Please translate the harbour notice into Danish.").assistant("Havnen er lukket.");
  consolidate(talk, true);
  ASSERT_THAT(episodes(), SizeIs(1));
  EXPECT_THAT(text(episodes()[0], "justification"), HasSubstr("The user asked again"));
}

TEST_F(Episodes, CountWhatRepairedACall) {
  for (const char* session : {"a", "b"}) {
    Talk talk{.session = session};
    talk.user("Find the opening hours of the tide museum.")
        .tool("search", json::object({{"query", "tide museum"}}), false, "timed out")
        .tool("search", json::object({{"query", "tide museum hours"}}), false, "timed out")
        .tool("browse", json::object({{"page", "museum"}}), true, "Open from ten.");
    consolidate(talk, true);
  }
  const json::Value found = lesson("After search failed, browse worked");
  ASSERT_TRUE(found.is_object());
  EXPECT_THAT(text(found, "hints"), HasSubstr("browse came next 2 times and worked 2 times"));
}

TEST_F(Episodes, ReflectOnRepeatedCalls) {
  Talk talk;
  talk.user("Find the ferry timetable.")
      .tool("search", json::object({{"query", "ferry"}}), false, "timed out")
      .tool("search", json::object({{"query", "ferry times"}}), false, "timed out")
      .tool("search", json::object({{"query", "ferry timetable"}}), true, "07:00, 12:00");
  consolidate(talk, true);
  EXPECT_EQ(text(episodes().at(0), "reflection"),
            "2 of 3 calls of search failed before it worked with query=ferry timetable.");
}

TEST_F(Episodes, AreWellFormedAfterHostileText) {
  Talk talk;
  talk.user("Run \"}]} \x01\x02 \xff\xfe \\ </script> on the {\"a\": broken");
  talk.tool("\x01\"tool\\ \xff", json::object({{"\"key\\", "\xff\x01value"}}), false,
            "{\"status\": \"error\"");
  consolidate(talk, true);
  ASSERT_THAT(episodes(), SizeIs(1));
  EXPECT_TRUE(os::is_valid_utf8(records_.texts(Place::kRecords)[0]));
  EXPECT_TRUE(json::parse(json::write(notes_)).has_value());
}

TEST_F(Episodes, AreBoundedForHugeSessions) {
  Talk talk;
  talk.user(std::string(100'000, 'x'));
  for (size_t at = 1; at < kMaxConversationTurns; ++at) {
    json::Value arguments = json::object({});
    for (int number = 0; number < 20; ++number)
      arguments.set("argument-" + std::to_string(number) + std::string(50, 'n'),
                    std::to_string(at) + std::string(30, '"'));
    if (at % 10 == 0)
      talk.user("Search the archive " + std::to_string(at) + " again.");
    else
      talk.tool("tool-" + std::to_string(at % 200) + std::string(90, 't'), arguments, at % 3 == 0,
                std::string(500, '\\'));
  }
  consolidate(talk, true);
  EXPECT_LE(json::write(notes_).size(), kMaxNotesBytes);
  for (const Place place : {Place::kRecords, Place::kReflections})
    for (const std::string& record : records_.texts(place)) EXPECT_LE(record.size(), kMaxRecordTextBytes);
}

}  // namespace
}  // namespace soma::memory
