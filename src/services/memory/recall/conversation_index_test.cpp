#include "services/memory/recall/conversation_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace soma::memory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

RecallTurn turn(uint64_t number, std::string speaker, std::string text, std::string session = "s") {
  return {.number = number,
          .session = std::move(session),
          .speaker = std::move(speaker),
          .text = std::move(text),
          .at = os::from_unix_ms(1'683'453'600'000)};  // 7 May 2023
}

std::vector<uint64_t> found(const ConversationIndex& index, std::string_view question, size_t limit = 10) {
  std::vector<uint64_t> numbers;
  for (const search::Hit& hit : index.search(question, limit)) numbers.push_back(hit.document);
  return numbers;
}

TEST(ConversationIndex, FindsAnAnswerByTheQuestionBeforeIt) {
  ConversationIndex index;
  index.add(turn(1, "Ines", "Which instrument do you play?"));
  index.add(turn(2, "Paul", "The cello, since I was six."));
  index.add(turn(3, "Ines", "Nice weather today.", "another"));
  EXPECT_THAT(found(index, "Which instrument is played?"), ElementsAre(1, 2));
}

TEST(ConversationIndex, FindsATurnByTheTurnAfterIt) {
  ConversationIndex index;
  index.add(turn(1, "Ines", "Look at this!"));
  index.add(turn(2, "Paul", "What a beautiful cello!"));
  EXPECT_THAT(found(index, "cello"), ElementsAre(2, 1));
}

TEST(ConversationIndex, DoesNotLookIntoOtherSessions) {
  ConversationIndex index;
  index.add(turn(1, "Ines", "Which instrument?", "a"));
  index.add(turn(2, "Paul", "The cello.", "b"));
  EXPECT_THAT(found(index, "instrument"), ElementsAre(1));
}

TEST(ConversationIndex, FindsATurnByItsDayAndItsSpeaker) {
  ConversationIndex index;
  index.add(turn(1, "Ines", "Hello there."));
  EXPECT_THAT(found(index, "What happened in May 2023?"), ElementsAre(1));
  EXPECT_THAT(found(index, "What did Ines say?"), ElementsAre(1));
}

TEST(ConversationIndex, FindsATurnByTheDayThatItMeans) {
  ConversationIndex index;
  index.add(turn(1, "Ines", "I sold the cello yesterday.", "a"));
  index.add(turn(2, "Ines", "I sold the cello.", "b"));
  EXPECT_THAT(found(index, "What was sold on 6 May?"), ElementsAre(1, 2));
}

TEST(ConversationIndex, PrefersTheSpeakerWhoIsNamed) {
  ConversationIndex index;
  index.add(turn(1, "Ines", "My cello is old, Paul.", "a"));
  index.add(turn(2, "Paul", "My cello is old, Ines.", "b"));
  EXPECT_THAT(found(index, "Is Paul's cello old?"), ElementsAre(2, 1));
  EXPECT_THAT(found(index, "Is Ines's cello old?"), ElementsAre(1, 2));
}

TEST(ConversationIndex, PrefersTurnsAboutTimeWhenTheQuestionIsWhen) {
  ConversationIndex index;
  index.add(turn(1, "Ines", "I bought the cello gladly", "a"));
  index.add(turn(2, "Ines", "I bought the cello yesterday", "b"));
  EXPECT_THAT(found(index, "Where was the cello bought?"), ElementsAre(1, 2));
  EXPECT_THAT(found(index, "When was the cello bought?"), ElementsAre(2, 1));
}

TEST(ConversationIndex, IsTheSameAddedAtOnceAndOneByOne) {
  std::vector<RecallTurn> turns;
  for (uint64_t number = 1; number <= 12; ++number)
    turns.push_back(turn(number, number % 2 == 0 ? "Ines" : "Paul",
                         "word" + std::to_string(number) + " cello " + std::to_string(number % 5)));
  ConversationIndex at_once, backwards;
  at_once.add(turns);
  for (auto one = turns.rbegin(); one != turns.rend(); ++one) backwards.add(*one);
  const auto left = at_once.search("cello 3 word7", 20), right = backwards.search("cello 3 word7", 20);
  ASSERT_EQ(left.size(), right.size());
  for (size_t i = 0; i < left.size(); ++i) {
    EXPECT_EQ(left[i].document, right[i].document);
    EXPECT_DOUBLE_EQ(left[i].score, right[i].score);
  }
}

TEST(ConversationIndex, ForgetsARemovedTurnInItsNeighboursToo) {
  ConversationIndex index;
  index.add(turn(1, "Ines", "Which instrument?"));
  index.add(turn(2, "Paul", "The cello."));
  index.add(turn(3, "Ines", "How old?"));
  index.remove(2);
  index.remove(2);
  EXPECT_EQ(index.size(), 2u);
  EXPECT_THAT(found(index, "cello"), IsEmpty());
  EXPECT_THAT(found(index, "Did Paul?"), IsEmpty());
  EXPECT_THAT(found(index, "instrument"), ElementsAre(1, 3));
}

TEST(ConversationIndex, ReplacesATurnInItsNeighboursToo) {
  ConversationIndex index;
  index.add(turn(1, "Ines", "Which instrument?"));
  index.add(turn(2, "Paul", "The cello."));
  index.add(turn(2, "Paul", "The flute.", "another"));
  EXPECT_THAT(found(index, "cello"), IsEmpty());
  EXPECT_THAT(found(index, "flute"), ElementsAre(2));
}

TEST(ConversationIndex, RemovesASessionAlone) {
  ConversationIndex index;
  index.add(turn(1, "Ines", "The cello.", "a"));
  index.add(turn(2, "Paul", "My cello.", "a"));
  index.add(turn(3, "Paul", "Our cello.", "b"));
  index.remove_session("a");
  index.remove_session("unknown");
  EXPECT_THAT(found(index, "cello"), ElementsAre(3));
}

TEST(ConversationIndex, ReturnsOnlyWhatIsAcceptedUpToTheLimit) {
  ConversationIndex index;
  for (uint64_t number = 1; number <= 9; ++number)
    index.add(turn(number, "Ines", "cello", std::to_string(number)));
  EXPECT_THAT(found(index, "cello", 3), ElementsAre(1, 2, 3));
  const auto hits = index.search("cello", 2, [](uint64_t number) { return number > 5; });
  ASSERT_EQ(hits.size(), 2u);
  EXPECT_EQ(hits[0].document, 6u);
}

}  // namespace
}  // namespace soma::memory
