#include "services/memory/strategies/semantic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/memory/strategies/record_test_kit.h"

namespace soma::memory {
namespace {

using test::Records;
using test::Talk;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Friday, 2 January 2026.
Talk talk() {
  Talk talk;
  talk.now = *os::parse_time("2026-01-02T10:00:00.000Z");
  return talk;
}

std::vector<std::string> texts(const std::vector<Change>& changes) {
  std::vector<std::string> out;
  for (const Change& change : changes) out.push_back(change.text);
  return out;
}

std::vector<std::string> facts(const Talk& talk) {
  json::Value notes;
  return texts(Records().apply(semantic_strategy(), talk.conversation(), notes));
}

struct Case {
  const char* said;
  std::vector<std::string> facts;
};

TEST(Semantic, KeepsWhatAUserSaysOfHimself) {
  const Case cases[] = {
      {"I work as a welder in Bilbao.", {"The user works as a welder in Bilbao."}},
      {"My sister Inge has three goats.", {"The user's sister Inge has three goats."}},
      {"Yeah, I moved here two years ago.", {"The user moved here two years ago (2024)."}},
      {"We sold the boat last week.",
       {"The user and others sold the boat last week (week of 22 December 2025)."}},
      {"Just got a parrot yesterday!", {"The user just got a parrot yesterday (1 January 2026)!"}},
      {"The ferry costs 40 euros.", {"The ferry costs 40 euros."}},
      {"Rex likes old cheese.", {"Rex likes old cheese."}},
      {"I don't own a car. It never rains here.", {"The user doesn't own a car."}},
      {"I bought a loom. It was 200 years old!", {"The user bought a loom. It was 200 years old!"}},
  };
  for (const Case& each : cases) EXPECT_EQ(facts(talk().user(each.said)), each.facts) << each.said;
}

TEST(Semantic, LeavesOutWhatStatesNothing) {
  for (const char* said : {"", "Hey Marta!", "Do you sell stamps?", "what is the time",
                           "Thanks, that's very kind of you.", "I hope it works out.", "I guess I could try.",
                           "Maybe later.", "Wow, amazing!", "You are so clever.", "Good luck with the exam!",
                           "ok", "I'd love to see it.", "Let me know.", "It was so nice.", "...", "Haha yes"})
    EXPECT_THAT(facts(talk().user(said)), IsEmpty()) << said;
}

TEST(Semantic, TakesOfTheAssistantWhatIsAboutTheWorldOrTheUser) {
  const Case cases[] = {
      {"Your train leaves at 9:40.", {"The user's train leaves at 9:40."}},
      {"The Danube is 2,850 km long.", {"The Danube is 2,850 km long."}},
      {"I can help you with 3 things.", {}},
      {"I am a language model made in 2024.", {}},
      {"Great question!", {}},
      {"You have a wonderful passion for this.", {}},
  };
  for (const Case& each : cases) EXPECT_EQ(facts(talk().assistant(each.said)), each.facts) << each.said;
}

TEST(Semantic, TwoMainClausesAreTwoFacts) {
  const Case cases[] = {
      {"My name is Ada and I live in Oslo.", {"The user's name is Ada.", "The user lives in Oslo."}},
      {"i keep two dogs and my sister has a cat", {"The user keeps two dogs", "The user's sister has a cat"}},
      {"I stayed in Oslo and it was cold.", {"The user stayed in Oslo and it was cold."}},
      {"I have a brown dog and my sister keeps a cat. It is 4!",
       {"The user has a brown dog.", "The user's sister keeps a cat. It is 4!"}},
  };
  for (const Case& each : cases) EXPECT_EQ(facts(talk().user(each.said)), each.facts) << each.said;
}

// An assistant that acknowledged each statement made a second record of it: "Noted: the user's name is Ada".
TEST(Semantic, AnAssistantThatRepeatsTheUserTellsNothingNew) {
  for (const char* repeated :
       {"Noted: your name is Ada and you have two dogs, Max and Moritz.", "Got it, you prefer trains.",
        "So you have two dogs, Max and Moritz!", "Great, I've booked the train to Bergen for you.",
        "Since you prefer trains, you could take the train."}) {
    Talk said = talk();
    said.user("My name is Ada, I have two dogs, Max and Moritz, and I prefer trains to planes.")
        .user("Book me a train to Bergen!")
        .assistant(repeated);
    EXPECT_EQ(facts(said), facts(said.first(2))) << repeated;
  }
}

TEST(Semantic, WhatAnAssistantAcknowledgesInOtherPersonsIsNoFact) {
  EXPECT_THAT(facts(talk()
                        .user("I'm allergic to peanuts, and Mia can't eat gluten.")
                        .assistant("Noted! You're allergic to peanuts, and Mia can't eat gluten.")),
              ElementsAre("The user is allergic to peanuts.", "Mia can't eat gluten."));
  EXPECT_THAT(facts(talk()
                        .user("My new address is 4 Mill Lane.")
                        .assistant("Welcome! Your new address, 4 Mill Lane, is saved.")),
              ElementsAre("The user's new address is 4 Mill Lane."));
}

TEST(Semantic, WhatAnAssistantAddsIsKept) {
  EXPECT_THAT(facts(talk().user("I have a train to Bergen.").assistant("Noted: your train leaves at 9:40.")),
              ElementsAre("The user has a train to Bergen.", "The user's train leaves at 9:40."));
  EXPECT_THAT(facts(talk().user("My name is Ada.").assistant("Your name is Ada and your seat is number 12.")),
              ElementsAre("The user's name is Ada.", "The user's seat is number 12."));
}

TEST(Semantic, AnAssistantThatRepeatsARecordTellsNothingNew) {
  Records records;
  json::Value notes;
  records.apply(semantic_strategy(), talk().user("I moved to Bern with Olga.").conversation(), notes);
  EXPECT_THAT(
      records.apply(semantic_strategy(), talk().assistant("You moved to Bern.").conversation(), notes),
      IsEmpty());
}

TEST(Semantic, ACorrectionInOneConversationPutsTheFactRight) {
  const auto told = [](const char* before, const char* correction) {
    return facts(talk().user(before).assistant("Fine.").user(correction));
  };
  EXPECT_THAT(told("I live in Oslo.", "Actually, it's Bergen, not Oslo."),
              ElementsAre("The user lives in Bergen."));
  EXPECT_THAT(told("I live in Oslo.", "Actually, I live in Bergen."),
              ElementsAre("The user lives in Bergen."));
  EXPECT_THAT(told("We leave for Rome in July.", "Sorry, I meant June."),
              ElementsAre("The user and others leave for Rome in June."));
  EXPECT_THAT(told("I have 30 guests. My aunt is 70.", "I meant 40 guests."),
              ElementsAre("The user has 40 guests.", "The user's aunt is 70."));
}

TEST(Semantic, ACorrectionOfARecordSupersedesIt) {
  const auto corrected = [](size_t old_turns, const char* correction) {
    Records records;
    json::Value notes;
    Talk talk;
    talk.user("I was born in Oslo.");
    records.apply(semantic_strategy(), talk.conversation(), notes);
    Conversation later = talk.user(correction).conversation();
    later.turns.erase(later.turns.begin(), later.turns.end() - 1 - static_cast<std::ptrdiff_t>(old_turns));
    later.first_new = old_turns;
    return records.apply(semantic_strategy(), later, notes);
  };
  for (const auto& changes : {corrected(1, "Actually, it's Bergen."), corrected(1, "It's Bergen, not Oslo."),
                              corrected(0, "It's Bergen, not Oslo.")}) {
    ASSERT_EQ(changes.size(), 1u);
    EXPECT_EQ(changes[0].text, "The user was born in Bergen.");
    EXPECT_EQ(changes[0].supersedes, "mem-0");
  }
}

// An agent that answers from its memory must not remember its own answers: each one took the place of the
// record that it was read from, or stood beside it.
TEST(Semantic, WhatAnAssistantSaysFromMemoryIsNoNews) {
  Records records;
  json::Value notes;
  records.apply(semantic_strategy(),
                talk().user("I live in Oslo. I have two dogs named Max and Moritz.").conversation(), notes);
  const Conversation answered = talk()
                                    .user("Where do I live?")
                                    .assistant("From memory: The user lives in Oslo.")
                                    .user("What are my dogs called?")
                                    .assistant("From memory: The user has two dogs named Max and Moritz.")
                                    .conversation();
  EXPECT_THAT(records.apply(semantic_strategy(), answered, notes), IsEmpty());
}

TEST(Semantic, ACorrectionHeardAgainChangesNothing) {
  Records records;
  json::Value notes;
  records.apply(semantic_strategy(), talk().user("I was born in Oslo.").conversation(), notes);
  const Conversation correction = talk().user("It's Bergen, not Oslo.").conversation();
  EXPECT_EQ(records.apply(semantic_strategy(), correction, notes).size(), 1u);
  EXPECT_THAT(records.apply(semantic_strategy(), correction, notes), IsEmpty());
}

TEST(Semantic, AUsersCorrectionThatNamesNothingWrongIsOfTheUsersWords) {
  EXPECT_THAT(facts(talk()
                        .user("I fly to Lisbon in May.")
                        .assistant("The average temperature there in May is 21 degrees.")
                        .user("Sorry, I meant June.")),
              ElementsAre("The user flies to Lisbon in June.",
                          "The average temperature there in May is 21 degrees."));
}

TEST(Semantic, AnAnswerCorrectsNothing) {
  EXPECT_THAT(
      facts(talk().user("I live in Oslo.").assistant("Is the airport Oslo?").user("No, it's Bergen.")),
      testing::Contains("The user lives in Oslo."));
}

TEST(Semantic, WhatTheUserAskedIsNewsWhenTheAssistantSaysSo) {
  EXPECT_THAT(
      facts(
          talk().user("Does my train leave at 9:40? Please check.").assistant("Your train leaves at 9:40.")),
      ElementsAre("The user's train leaves at 9:40."));
}

TEST(Semantic, AnOpenCorrectionChangesNothing) {
  EXPECT_THAT(facts(talk().user("Inge is in Rome. Olga is in Paris.").user("No, it's Oslo.")),
              ElementsAre("Inge is in Rome.", "Olga is in Paris.", "It's Oslo."));
}

TEST(Semantic, ToolsAndOthersAreNotHeard) {
  Talk said = talk();
  said.tool("weather", json::object({}), true, "Oslo has 3 degrees.");
  said.add({.role = Role::kOther, .text = "Oslo has 4 degrees."});
  EXPECT_THAT(facts(said), IsEmpty());
}

TEST(Semantic, AShortAnswerBringsItsQuestion) {
  json::Value notes;
  const auto changes = Records().apply(
      semantic_strategy(),
      talk().assistant("Nice. Where did you grow up?").user("In Tromsø, Norway.").conversation(), notes);
  EXPECT_THAT(texts(changes),
              ElementsAre("Asked “Where did you grow up?”, the user answered: “In Tromsø, Norway.”"));
  EXPECT_THAT(changes.at(0).sources, ElementsAre("s1-0/0", "s1-1/0"));
}

TEST(Semantic, OnlyNewTurnsTellAndOldOnesSayWhatTheyAreAbout) {
  json::Value notes;
  Conversation conversation =
      talk().user("I live in Graz.").assistant("Since when?").user("Since 2016.").conversation();
  conversation.first_new = 2;
  EXPECT_THAT(texts(Records().apply(semantic_strategy(), conversation, notes)),
              ElementsAre("Asked “Since when?”, the user answered: “Since 2016.”"));
}

TEST(Semantic, TheSameAgainIsSkippedAndMoreOfItRewrites) {
  Records records;
  json::Value notes;
  const auto say = [&](const char* said) {
    return records.apply(semantic_strategy(), talk().user(said).conversation(), notes);
  };
  EXPECT_EQ(say("My brother repairs old clocks.").size(), 1u);
  EXPECT_THAT(say("My brother repairs old clocks!"), IsEmpty());
  const auto more = say("My brother repairs old clocks in Prague.");
  ASSERT_EQ(more.size(), 1u);
  EXPECT_EQ(more[0].record_id, "mem-0");
  EXPECT_THAT(say("My brother repairs old clocks."), IsEmpty());
  EXPECT_EQ(say("My brother doesn't repair old clocks.").at(0).record_id, "");
  EXPECT_EQ(say("My brother repairs 12 old clocks in Prague.").at(0).record_id, "");
}

TEST(Semantic, RepeatedInOneConversationItHasBothSources) {
  json::Value notes;
  const auto changes =
      Records().apply(semantic_strategy(),
                      talk().user("I keep two llamas.").user("I keep two llamas!").conversation(), notes);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_THAT(changes[0].sources, ElementsAre("s1-0/0", "s1-1/0"));
}

TEST(Semantic, AnotherValueForASlotSupersedesTheOldOne) {
  struct Pair {
    const char *before, *after;
  };
  const Pair pairs[] = {
      {"I live in Turin.", "I live in Lyon now."},
      {"My favourite colour is teal.", "My favorite colour is plum."},
      {"I am 34 years old.", "I am 35 years old."},
      {"Actually my boss is Petra.", "My boss is Tomas."},
      {"Olga's alibi is the night train.", "Olga's alibi is the opera."},
      {"Olga claims she was at the opera.", "Olga says that she went for a walk."},
      {"The rehearsal is on Friday.", "The rehearsal is at 7 on Monday."},
      {"Tiger is 2.", "Tiger is 3 years old."},
      {"I'm 34.", "I am 35 years old."},
      {"My address is 4 Mill Lane.", "My new address is 12 Elm Street."},
      {"Olga claims she was at the opera.", "Olga now says she was in Rome."},
  };
  for (const Pair& each : pairs) {
    Records records;
    json::Value notes;
    records.apply(semantic_strategy(), talk().user(each.before).conversation(), notes);
    EXPECT_THAT(records.apply(semantic_strategy(), talk().user(each.before).conversation(), notes), IsEmpty())
        << each.before;
    const auto changes = records.apply(semantic_strategy(), talk().user(each.after).conversation(), notes);
    ASSERT_EQ(changes.size(), 1u) << each.after;
    EXPECT_EQ(changes[0].supersedes, "mem-0") << each.after;
    EXPECT_EQ(changes[0].record_id, "");
  }
}

TEST(Semantic, WhatIsNoSlotContradictsNothing) {
  Records records;
  json::Value notes;
  for (const char* said :
       {"I am a nurse at St. Elm.", "I am a mother of two.", "My dog is brown.", "My dog is three."})
    for (const Change& change : records.apply(semantic_strategy(), talk().user(said).conversation(), notes))
      EXPECT_EQ(change.supersedes, "") << said;
}

// A case in two evenings: what was found stays, and a story that changes is noticed.
TEST(Semantic, ADetectiveFindsTheCaseFileAgain) {
  Records records;
  json::Value notes;
  Talk first = talk();
  first.user("I search the greenhouse.")
      .assistant(
          "The lock of the greenhouse was forced from inside. \"I saw no one,\" says Ottilie Brandt. "
          "Ottilie claims she was at the Harbour Inn until midnight. What do you do next?");
  const auto found = records.apply(semantic_strategy(), first.conversation(), notes);
  EXPECT_THAT(texts(found), ElementsAre("The user searches the greenhouse.",
                                        "The lock of the greenhouse was forced from inside.",
                                        "\"I saw no one,\" says Ottilie Brandt.",
                                        "Ottilie claims she was at the Harbour Inn until midnight."));
  Talk second = talk();
  second.session = "s2";
  second.user("I press Ottilie on the hour.").assistant("Ottilie says she left the inn at half past eleven.");
  const auto changed = records.apply(semantic_strategy(), second.conversation(), notes);
  ASSERT_EQ(changed.size(), 2u);
  EXPECT_EQ(changed[1].supersedes, "mem-3");
}

TEST(Semantic, IsBoundedAndTheSameEachTime) {
  Talk many = talk();
  for (int i = 0; i < 2'000; ++i) many.user("I bought lamp number " + std::to_string(i) + " in Riga.");
  EXPECT_EQ(facts(many).size(), kMaxChanges);
  EXPECT_EQ(facts(many), facts(many));
  for (const std::string& unit : {std::string("a"), std::string("I "),
                                  std::string("I am in Rome on Monday. "), std::string("\"“.'s - ")}) {
    std::string text;
    while (text.size() < 100'000) text += unit;
    for (const std::string& fact : facts(talk().user(text))) EXPECT_LE(fact.size(), kMaxRecordTextBytes);
  }
}

}  // namespace
}  // namespace soma::memory
