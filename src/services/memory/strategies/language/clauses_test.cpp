#include "services/memory/strategies/language/clauses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace soma::memory::language {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

TEST(MainClauses, AreCutWhereEachHasItsSubjectAndVerb) {
  EXPECT_THAT(main_clauses("My name is Ada and I live in Oslo."),
              ElementsAre("My name is Ada", "I live in Oslo."));
  EXPECT_THAT(main_clauses("I keep two dogs, Max and Moritz, and my sister has a cat"),
              ElementsAre("I keep two dogs, Max and Moritz", "my sister has a cat"));
  EXPECT_THAT(main_clauses("I love Thai food but I hate coriander."),
              ElementsAre("I love Thai food", "I hate coriander."));
  EXPECT_THAT(main_clauses("I'm Ada, I work at a bank, and my boss is Olga."),
              ElementsAre("I'm Ada", "I work at a bank", "my boss is Olga."));
  EXPECT_THAT(main_clauses("Rex is four and Tiger is two."), ElementsAre("Rex is four", "Tiger is two."));
}

TEST(MainClauses, StayTogetherWhereOneNeedsTheOther) {
  for (const char* sentence :
       {"", "I live.", "Ada and I live in Oslo.", "I work in Bern and live in Thun.",
        "I have a dog and it is brown.", "I have a dog and my sister hates it.",
        "I think that Ada left and I stayed.", "If Ada leaves and I stay, Bo will be sad.",
        "When I was ten, I lived in Rome.", "I stay because Bo left and I am tired.",
        "He said \"I am Bo and I live here\".", "I visited my mother and my retired father.",
        "I know Ada was here and Bo was not.", "I like the colours of my house and my garden.",
        "The more I read, the more I know.", "Come to my house and I will cook.",
        "I met Olga and we told them."})
    EXPECT_THAT(main_clauses(sentence), SizeIs(1)) << sentence;
}

TEST(SharedSubject, IsOfTwoWithoutAVerbBetween) {
  const auto shared = [](std::string_view sentence) {
    const auto all = words(sentence);
    const auto at = std::ranges::find(all, "i", &Word::folded);
    return ends_shared_subject(all, static_cast<size_t>(at - all.begin()));
  };
  for (const char* sentence :
       {"Ada and I live", "My old brother and I live", "Max, Ada, and I live", "When Bo and I live"})
    EXPECT_TRUE(shared(sentence)) << sentence;
  for (const char* sentence :
       {"My name is Ada and I live", "It rains and I live", "My mother turns 70 on 14 April and I live",
        "Bo works and I live", "Ada and I am", "and I live", "I live"})
    EXPECT_FALSE(shared(sentence)) << sentence;
}

TEST(MainClauses, AreBounded) {
  std::string sentence;
  for (int i = 0; i < 2'000; ++i) sentence += "I am Ada and ";
  EXPECT_THAT(main_clauses(sentence + "I left"), SizeIs(kMaxClauses));
}

}  // namespace
}  // namespace soma::memory::language
