#include "services/memory/strategies/language/statements.h"

#include <gtest/gtest.h>

namespace soma::memory::language {
namespace {

struct Case {
  const char* sentence;
  const char* rest;
};

TEST(Openers, AreTakenOff) {
  const Case cases[] = {
      {"Yeah, I moved.", "I moved."},
      {"Well, yes, by the way, I moved.", "I moved."},
      {"Hey Olga! I moved.", "I moved."},
      {"Thanks, Olga, I moved house.", "I moved house."},
      {"And then I left", "then I left"},
      {"Great Yarmouth is far.", "Great Yarmouth is far."},
      {"\"Yeah, I left,\" says Olga.", "\"Yeah, I left,\" says Olga."},
      {"Wow!", ""},
      {"", ""},
  };
  for (const Case& each : cases) EXPECT_EQ(without_opener(each.sentence), each.rest);
}

TEST(Questions, EndWithAMarkOrBeginLikeOne) {
  for (const char* question : {"Is it?", "do you ski", "what is that", "You left?!", "“Why?”"})
    EXPECT_TRUE(is_question(question, words(question))) << question;
  for (const char* statement : {"What he said is true.", "Do it.", "I left.", "When I left it rained."})
    EXPECT_FALSE(is_question(statement, words(statement))) << statement;
}

TEST(PersonalData, IsAddressesAndLongNumbers) {
  for (const char* personal :
       {"write to ada@example.org", "call +44 20 7946 0958", "card 4111-1111-1111-1111", "0170 1234567"})
    EXPECT_TRUE(has_personal_data(personal)) << personal;
  for (const char* harmless :
       {"meet @ noon", "in 2023 and 2024.", "at 11:15 on 3 May", "@", "12,500 and 13,000"})
    EXPECT_FALSE(has_personal_data(harmless)) << harmless;
}

}  // namespace
}  // namespace soma::memory::language
