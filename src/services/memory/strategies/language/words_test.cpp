#include "services/memory/strategies/language/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "services/memory/strategies/language/pattern.h"

namespace soma::memory::language {
namespace {

using testing::ElementsAre;

std::vector<std::string> folded(std::string_view text) {
  std::vector<std::string> out;
  for (const Word& word : words(text)) out.push_back(word.folded);
  return out;
}

TEST(Words, AreLettersDigitsAndWhatJoinsThem) {
  EXPECT_THAT(folded("Don’t be late: 11:15, 3.5 km, $20!"),
              ElementsAre("don't", "be", "late", "11:15", "3.5", "km", "$20"));
  EXPECT_THAT(folded("a well-known café — “now” 1.-2"),
              ElementsAre("a", "well-known", "café", "now", "1", "2"));
  EXPECT_THAT(folded("' - . \xE2\x80"), ElementsAre("\xE2\x80"));
  EXPECT_THAT(folded(""), ElementsAre());
}

TEST(Words, KnowTheBreaksBeforeThem) {
  const auto all = words("Well, I (too) left");
  std::vector<bool> breaks;
  for (const Word& word : all) breaks.push_back(word.after_break);
  EXPECT_THAT(breaks, ElementsAre(false, true, true, true));
}

TEST(Words, NamesAreCapitalsInsideASentence) {
  const auto all = words("Today I met Olga in the Town hall");
  std::vector<bool> names;
  for (size_t at = 0; at < all.size(); ++at) names.push_back(is_name(all, at));
  EXPECT_THAT(names, ElementsAre(false, false, false, true, false, false, true, false));
}

TEST(SaysTheSame, WhenWordsNumbersAndNegationsAreTheSame) {
  EXPECT_TRUE(says_the_same("The user repairs old clocks.", "The user really repairs an old clock"));
  EXPECT_TRUE(says_the_same("Olga sold her boat in Riga", "Olga sold her boat in Riga to a priest"));
  EXPECT_FALSE(says_the_same("The user has 2 dogs", "The user has 3 dogs"));
  EXPECT_FALSE(says_the_same("The user likes old clocks", "The user doesn't like old clocks"));
  EXPECT_FALSE(says_the_same("Olga left", "Olga left the inn at night with a lamp"));
}

std::string matched(std::string_view pattern, std::string_view text) {
  const std::string_view list[] = {pattern};
  const auto all = words(text);
  const auto match = PatternList(list).first(all);
  if (!match) return "-";
  std::string out;
  for (size_t at = match->begin; at < match->end; ++at)
    out += (at > match->begin ? " " : "") + all[at].folded;
  return out;
}

TEST(Patterns, MatchWordsAdverbsAndWhatMayBeMissing) {
  EXPECT_EQ(matched("i ~ prefer|like", "Well, I really strongly prefer tea"), "i really strongly prefer");
  EXPECT_EQ(matched("i ~ prefer|like", "I like tea"), "i like");
  EXPECT_EQ(matched("i ~ only", "I only eat"), "i only");
  EXPECT_EQ(matched("i ~ prefer", "I hardly ever really just prefer"), "-");
  EXPECT_EQ(matched("my cat is a? fan", "My cat is a fan"), "my cat is a fan");
  EXPECT_EQ(matched("my cat is a? fan", "My cat is fan"), "my cat is fan");
  EXPECT_EQ(matched("my _? _? _? is", "my very old cat is"), "my very old cat is");
  EXPECT_EQ(matched("my _? _? _? is", "my cat is here"), "my cat is");
  EXPECT_EQ(matched("no _", "no"), "-");
}

}  // namespace
}  // namespace soma::memory::language
