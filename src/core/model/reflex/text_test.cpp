#include "core/model/reflex/text.h"

#include <gtest/gtest.h>

namespace soma::model::reflex {
namespace {

TEST(Text, WordsKeepNumbersAndApostrophes) {
  const std::vector<std::string> expected = {"don't", "pay", "1,200.50", "for", "e-mail", "café"};
  EXPECT_EQ(words("Don't pay £1,200.50 for “e-mail”, café!"), expected);
}

TEST(Text, StemsOfOneFamilyAreEqual) {
  const std::vector<std::vector<std::string>> families = {{"price", "prices", "pricing", "cost", "fee"},
                                                          {"colour", "color", "colours"},
                                                          {"catalogue", "catalog", "catalogues"},
                                                          {"ferry", "ferries"},
                                                          {"box", "boxes"},
                                                          {"open", "opens", "opening", "opened"},
                                                          {"stop", "stopped", "stopping"},
                                                          {"summarise", "summarize"}};
  for (const auto& family : families) {
    for (const std::string& word : family) EXPECT_EQ(stem(word), stem(family.front())) << word;
  }
  EXPECT_NE(stem("hour"), stem("house"));
  EXPECT_EQ(stem("1,200"), "1200");
}

TEST(Text, SimilarityPutsTheBestLabelFirst) {
  struct Case {
    std::string wanted, right, wrong;
  };
  const Case cases[] = {
      {"Catalogue", "Our catalogue", "About us"}, {"name", "Name", "Email address"},
      {"email", "E-mail address", "Name"},        {"first name", "First name", "Last name"},
      {"about", "About us", "Contact"},           {"ferry timetable", "Timetable of the ferry", "Ferry"},
      {"catalouge", "Catalogue", "Contact"},      {"submit", "Send", "Cancel"}};
  for (const Case& c : cases) {
    EXPECT_GT(similarity(c.wanted, c.right), similarity(c.wanted, c.wrong)) << c.wanted;
    EXPECT_GE(similarity(c.wanted, c.right), kSimilar)
        << c.wanted << " / " << c.right << " " << similarity(c.wanted, c.right);
  }
  EXPECT_EQ(similarity("Save", "save"), 1);
  EXPECT_LT(similarity("checkout", "lantern"), kSimilar);
}

TEST(Text, NumbersOfCells) {
  EXPECT_EQ(first_number("£1,234.50"), 1234.5);
  EXPECT_EQ(first_number("12 kg"), 12);
  EXPECT_EQ(first_number("-3%"), -3);
  EXPECT_EQ(first_number("2026-05-03"), 2026);
  EXPECT_EQ(first_number("none"), std::nullopt);
  EXPECT_EQ(format_number(12), "12");
  EXPECT_EQ(format_number(12.5), "12.50");
  EXPECT_TRUE(has_currency("from £12"));
  EXPECT_FALSE(has_currency("12 kg"));
}

TEST(Text, SplitsSentencesButNotAbbreviations) {
  const std::vector<std::string> expected = {"We open at 9.30 a.m. daily.", "Dogs, e.g. terriers, may come.",
                                             "Welcome!"};
  EXPECT_EQ(sentences("We open at 9.30 a.m. daily. Dogs, e.g. terriers, may come.\nWelcome!"), expected);
}

TEST(Text, ShortensAtAWordAndNeverInsideACharacter) {
  EXPECT_EQ(shortened("one two three", 9), "one two …");
  EXPECT_EQ(shortened("short", 9), "short");
  EXPECT_EQ(shortened("ééééé", 5), "éé …");
}

}  // namespace
}  // namespace soma::model::reflex
