#include "services/memory/strategies/preference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/memory/strategies/preference_findings.h"
#include "services/memory/strategies/record_test_kit.h"

namespace soma::memory {
namespace {

using test::Records;
using test::Talk;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<Change> changes_of(const Talk& talk, json::Value& notes) {
  return Records().apply(preference_strategy(), talk.conversation(), notes);
}

std::vector<std::string> preferences(const Talk& talk) {
  json::Value notes;
  std::vector<std::string> out;
  for (const Change& change : changes_of(talk, notes))
    out.push_back(json::parse(change.text)->get("preference").as_string());
  return out;
}

struct Case {
  const char* said;
  const char* preference;
  const char* subject;
};

TEST(Preference, IsReadFromWhatIsSaid) {
  const Case cases[] = {
      {"I prefer rye bread over toast.", "Prefers rye bread over toast", "likes|bread rye"},
      {"Well, I really hate open offices.", "Really hates open offices", "dislikes|offic open"},
      {"I can't stand cilantro.", "Can't stand cilantro", "dislikes|cilantro"},
      {"I'm allergic to walnuts.", "Is allergic to walnuts", "dislikes|walnut"},
      {"I'm a vegetarian.", "Is a vegetarian", "likes|vegetarian"},
      {"My favourite colour is teal.", "Favourite colour is teal", "favourite colour"},
      {"I don't like long meetings because they tire me.",
       "Doesn't like long meetings because they tire the user", "dislikes|long meet"},
      {"I love sour cherries!", "Loves sour cherries", "likes|cherri sour"},
      {"I'm not a fan of musicals", "Is not a fan of musicals", "dislikes|music"},
      {"Please don't use bullet lists.", "Wants this: Please don't use bullet lists.",
       "refuses|bullet list use"},
      {"From now on, use metric units instead of miles.",
       "Wants this: From now on, use metric units instead of miles.", "wants|"},
  };
  for (const Case& each : cases) {
    json::Value notes;
    const auto changes = changes_of(Talk().user(each.said), notes);
    ASSERT_EQ(changes.size(), 1u) << each.said;
    EXPECT_EQ(json::parse(changes[0].text)->get("preference").as_string(), each.preference);
    EXPECT_THAT(changes[0].subject, StartsWith(each.subject)) << each.said;
  }
}

TEST(Preference, IsNotReadFromMoodsWishesOthersAndSecrets) {
  for (const char* said :
       {"Do you like jazz?", "I love it!", "I love this photo.", "I love your garden.", "I'd love to come.",
        "I don't want soup tonight.", "I'm not interested right now.", "My sister hates fish.",
        "He prefers tea.", "I used to hate olives.", "If I hated it I would say so.", "Never give up!",
        "I loved the trip.", "I never looked back.", "I can handle anything.",
        "I prefer that you write to ada@example.org", "I always use my card 4111 1111 1111 1111",
        "It was great.", ""})
    EXPECT_THAT(preferences(Talk().user(said)), IsEmpty()) << said;
}

TEST(Preference, OnlyTheUserHasThem) {
  Talk talk;
  talk.assistant("I prefer rye bread.").tool("notes", json::object({}), true, "I hate fish.");
  EXPECT_THAT(preferences(talk), IsEmpty());
}

TEST(Preference, ARecordIsCompactJsonInTheSchemasOrder) {
  json::Value notes;
  Talk talk;
  talk.now = *os::parse_time("2026-02-03T10:00:00.000Z");
  talk.assistant("What do you eat for breakfast?").user("I prefer rye bread.");
  EXPECT_EQ(changes_of(talk, notes).at(0).text,
            "{\"context\":\"On 2026-02-03, asked “What do you eat for breakfast?”, the user said: “I prefer "
            "rye bread.”\","
            "\"preference\":\"Prefers rye bread\",\"categories\":[\"food\"]}");
}

TEST(Preference, IsReadFromEachMainClause) {
  EXPECT_THAT(preferences(Talk().user("I love Thai food but I hate coriander.")),
              ElementsAre("Loves Thai food", "Hates coriander"));
  EXPECT_THAT(preferences(Talk().user("I'm allergic to peanuts and my daughter Mia is six.")),
              ElementsAre("Is allergic to peanuts"));
}

TEST(Preference, ItsContextIsTheSentenceAndOneNeighbour) {
  const auto context = [](const std::string& said) {
    json::Value notes;
    const auto changes = changes_of(Talk().user(said), notes);
    return changes.empty() ? "" : json::parse(changes[0].text)->get("context").as_string();
  };
  EXPECT_THAT(context("Good day. I prefer trains to planes. Flying makes me ill. Find me one!"),
              HasSubstr(": “I prefer trains to planes. Flying makes me ill.”"));
  EXPECT_THAT(context("I prefer trains to planes. Can you find me one?"),
              HasSubstr(": “I prefer trains to planes.”"));
  EXPECT_LE(context("I prefer trains. " + std::string(800, 'x')).size(), kMaxContextBytes);
  EXPECT_LE(context("I prefer trains that " + std::string(800, 'x')).size(), kMaxContextBytes);
}

TEST(Preference, AChoiceAmongOptionsIsOne) {
  const char* list = "You could go by:\n1. Night train\n2. Bus\n3. Ferry along the coast";
  const char* line = "You could take the night train, the bus, or the ferry along the coast.";
  EXPECT_THAT(preferences(Talk().assistant(list).user("I'd go with the third.")),
              ElementsAre("Chose “Ferry along the coast” among the options offered"));
  EXPECT_THAT(preferences(Talk().assistant(list).user("Option 2, please.")),
              ElementsAre("Chose “Bus” among the options offered"));
  EXPECT_THAT(
      preferences(Talk().assistant(line).user("The ferry sounds lovely. Buses don't really appeal to me.")),
      ElementsAre("Chose “The ferry” among the options offered", "Buses don't really appeal to the user"));
  EXPECT_THAT(preferences(Talk().assistant("It rains.").user("I'll take the ferry.")), IsEmpty());
  EXPECT_THAT(preferences(Talk().assistant(list).user("That sounds great.")), IsEmpty());
  EXPECT_THAT(preferences(Talk().assistant(list).user("How long does the third take?")), IsEmpty());
}

TEST(Preference, TheSameAgainIsSkippedAndMoreIsMerged) {
  Records records;
  json::Value notes;
  const auto say = [&](const char* said) {
    return records.apply(preference_strategy(), Talk().user(said).conversation(), notes);
  };
  EXPECT_EQ(say("I prefer window seats.").size(), 1u);
  EXPECT_THAT(say("I really prefer window seats."), IsEmpty());
  const auto more = say("I prefer window seats on night trains.");
  ASSERT_EQ(more.size(), 1u);
  EXPECT_EQ(more[0].record_id, "mem-0");
  EXPECT_THAT(records.texts(Place::kRecords), ElementsAre(HasSubstr("night trains")));
}

TEST(Preference, TheOppositeSupersedes) {
  struct Pair {
    const char *before, *after;
  };
  const Pair pairs[] = {
      {"I love sour cherries.", "I don't like sour cherries."},
      {"I hate window seats.", "I prefer window seats."},
      {"I prefer tea over coffee.", "I prefer coffee over tea."},
      {"My favourite colour is teal.", "My favourite colour is plum."},
      {"Please always use tables.", "Please don't use tables."},
  };
  for (const Pair& each : pairs) {
    Records records;
    json::Value notes;
    records.apply(preference_strategy(), Talk().user(each.before).conversation(), notes);
    const auto changes = records.apply(preference_strategy(), Talk().user(each.after).conversation(), notes);
    ASSERT_EQ(changes.size(), 1u) << each.after;
    EXPECT_EQ(changes[0].supersedes, "mem-0") << each.after;
    EXPECT_EQ(changes[0].record_id, "");
    EXPECT_THAT(records.apply(preference_strategy(), Talk().user(each.after).conversation(), notes),
                IsEmpty())
        << each.after;
  }
}

// A detective who asks around rather than straight out, as the calls of the tool show.
class Habits : public testing::Test {
 protected:
  std::vector<Change> ask(const char* approach) {
    Talk talk;
    talk.tool("interrogate_witness",
              json::object({{"witness", "Ottilie " + std::to_string(++calls_)}, {"approach", approach}}),
              true, "She shrugs.");
    return records_.apply(preference_strategy(), talk.conversation(), notes_);
  }

  Records records_;
  json::Value notes_;
  int calls_ = 0;
};

TEST_F(Habits, ShowWhenAnArgumentIsChosenAgainAndAgain) {
  EXPECT_THAT(ask("indirect"), IsEmpty());
  EXPECT_THAT(ask("neutral"), IsEmpty());
  EXPECT_THAT(ask("indirect"), IsEmpty());
  const auto first = ask("indirect");
  ASSERT_EQ(first.size(), 1u);
  EXPECT_THAT(first[0].text,
              HasSubstr("Usually chooses indirect as approach of interrogate_witness (3 of 4 times)"));
  EXPECT_EQ(first[0].subject, "habit|interrogate_witness.approach");
  const auto second = ask("indirect");
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].record_id, "mem-0");
  EXPECT_THAT(second[0].text, HasSubstr("(4 of 5 times)"));
}

TEST_F(Habits, ThatChangeSupersede) {
  for (int i = 0; i < 3; ++i) ask("indirect");
  std::vector<Change> last;
  for (int i = 0; i < 5; ++i) last = ask("sympathetic");
  ASSERT_EQ(last.size(), 1u);
  EXPECT_EQ(last[0].supersedes, "mem-0");
  EXPECT_THAT(last[0].text, HasSubstr("Usually chooses sympathetic"));
}

TEST_F(Habits, AreNotSeenInMixedChoicesNorInData) {
  for (const char* approach : {"a", "b", "c", "a", "b", "c"}) EXPECT_THAT(ask(approach), IsEmpty());
  const std::string data(kMaxRecordTextBytes, 'x');
  for (int i = 0; i < 5; ++i) EXPECT_THAT(ask(data.c_str()), IsEmpty());
}

TEST_F(Habits, NotesStayWithinTheirLimit) {
  for (int session = 0; session < 3; ++session) {
    Talk talk;
    for (int i = 0; i < 2'000; ++i)
      talk.tool(
          "tool_with_a_long_name_" + std::to_string(i % 500),
          json::object({{"argument_with_a_long_name", "a value of thirty bytes or so " + std::to_string(i)}}),
          true, "");
    records_.apply(preference_strategy(), talk.conversation(), notes_);
  }
  EXPECT_LE(json::write(notes_).size(), kMaxNotesBytes);
}

TEST(Preference, NotesOfAnotherShapeAreReplaced) {
  for (json::Value notes : {json::Value("text"), json::object({{"tool_choices", 7}}),
                            json::object({{"tool_choices", json::object({{"t.a", 1}})}})}) {
    Talk talk;
    for (int i = 0; i < 3; ++i) talk.tool("t", json::object({{"a", "x"}}), true, "");
    EXPECT_EQ(changes_of(talk, notes).size(), 1u);
  }
}

TEST(Preference, ARecordOfAnotherShapeIsNoReasonToFail) {
  class Strange final : public KnownRecords {
    std::vector<Known> like(Place, std::string_view, size_t) const override {
      return {{.id = "m", .text = "{", .subject = "likes|x"}};
    }
    std::vector<Known> about(Place, std::string_view) const override { return {}; }
  };
  json::Value notes;
  EXPECT_EQ(preference_strategy()
                .consolidate(Talk().user("I prefer plums.").conversation(), Strange(), notes)
                .changes.size(),
            1u);
}

TEST(Preference, IsBoundedAndTheSameEachTime) {
  Talk many;
  for (int i = 0; i < 2'000; ++i) many.user("I prefer lamp number " + std::to_string(i) + ".");
  EXPECT_EQ(preferences(many).size(), kMaxChanges);
  EXPECT_EQ(preferences(many), preferences(many));
  for (const std::string& unit : {std::string("i really "), std::string("I don't "),
                                  std::string("I prefer plums. "), std::string("1. ")}) {
    std::string text;
    while (text.size() < 100'000) text += unit;
    json::Value notes;
    for (const Change& change : changes_of(Talk().assistant(text).user(text), notes))
      EXPECT_LE(change.text.size(), kMaxRecordTextBytes);
  }
}

}  // namespace
}  // namespace soma::memory
