#include "services/memory/strategies/language/sentences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace soma::memory::language {
namespace {

using testing::ElementsAre;

TEST(Sentences, EndAtMarksBeforeSpace) {
  EXPECT_THAT(sentences("I moved. It rained!  Why? fine"),
              ElementsAre("I moved.", "It rained!", "Why?", "fine"));
  EXPECT_THAT(sentences("What?! No way!!"), ElementsAre("What?!", "No way!!"));
  EXPECT_THAT(sentences("i like it. it is warm"), ElementsAre("i like it.", "it is warm"));
}

TEST(Sentences, DoNotEndInsideNumbersNamesAndAbbreviations) {
  for (const char* whole :
       {"It costs 3.50 at Dr. Lee's.", "J. Park met Mrs. Oduya.", "Bring fruit, e.g. apples.",
        "We met at 9 a.m. on the pier.", "See docs.example.org for more.", "He lives on St. Mark Street.",
        "It is no. 7 of ten."})
    EXPECT_THAT(sentences(whole), ElementsAre(whole));
  EXPECT_THAT(sentences("It is signed with an M. Ada left."),
              ElementsAre("It is signed with an M.", "Ada left."));
  EXPECT_THAT(sentences("We met at 9 a.m. It rained."), ElementsAre("We met at 9 a.m.", "It rained."));
  EXPECT_THAT(sentences("Did I? No. He did."), ElementsAre("Did I?", "No.", "He did."));
}

TEST(Sentences, DotsBeforeASmallLetterGoOn) {
  EXPECT_THAT(sentences("Well... maybe. Hm… No."), ElementsAre("Well... maybe.", "Hm…", "No."));
  EXPECT_THAT(sentences("So… fine"), ElementsAre("So… fine"));
}

TEST(Sentences, QuotesCloseWithTheirSentence) {
  EXPECT_THAT(sentences("\"Stop!\" he said. \"Now.\" Then he left."),
              ElementsAre("\"Stop!\" he said.", "\"Now.\"", "Then he left."));
  EXPECT_THAT(sentences("She said “go.” He went."), ElementsAre("She said “go.”", "He went."));
}

TEST(Sentences, LinesAndListsAreSentences) {
  EXPECT_THAT(sentences("Buy:\n- milk\n* two eggs\n  3. bread\n• tea\r\n\n> quoted\n## Title"),
              ElementsAre("Buy:", "milk", "two eggs", "bread", "tea", "quoted", "Title"));
  EXPECT_THAT(sentences("3.5 km is far\n-5 degrees"), ElementsAre("3.5 km is far", "-5 degrees"));
}

TEST(Sentences, NothingComesOfNothing) {
  EXPECT_THAT(sentences(""), ElementsAre());
  EXPECT_THAT(sentences(" \n\t\n- \n"), ElementsAre());
  EXPECT_THAT(sentences("..."), ElementsAre("..."));
}

TEST(Sentences, AnyBytesAndAnyLength) {
  EXPECT_EQ(sentences(std::string(100'000, '.')).size(), 1u);
  EXPECT_EQ(sentences(std::string(100'000, 'a')).size(), 1u);
  EXPECT_EQ(sentences("\xE2\x80").size(), 1u);
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "a. ";
  EXPECT_EQ(sentences(many).size(), 20'000u);
}

}  // namespace
}  // namespace soma::memory::language
