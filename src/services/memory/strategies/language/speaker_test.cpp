#include "services/memory/strategies/language/speaker.h"

#include <gtest/gtest.h>

namespace soma::memory::language {
namespace {

struct Case {
  const char* said;
  const char* retold;
};

TEST(Retold, UsersSpeakOfTheUser) {
  const Case cases[] = {
      {"I am a nurse.", "The user is a nurse."},
      {"I have two cats.", "The user has two cats."},
      {"I work in Bern and live in Thun.", "The user works in Bern and lives in Thun."},
      {"I don't eat pork.", "The user doesn't eat pork."},
      {"I'm tired", "The user is tired"},
      {"im tired", "The user is tired"},
      {"I’m from Ghent.", "The user is from Ghent."},
      {"I've been to Oslo.", "The user has been to Oslo."},
      {"I'd been ill", "The user had been ill"},
      {"I'd like tea", "The user would like tea"},
      {"I really try hard", "The user really tries hard"},
      {"I go home and I watch tv", "The user goes home and the user watches tv"},
      {"i never eat fish", "The user never eats fish"},
      {"I do yoga", "The user does yoga"},
      {"I can swim and run", "The user can swim and run"},
      {"I want to swim and run", "The user wants to swim and run"},
      {"I moved to Rome", "The user moved to Rome"},
      {"My brother gave me his car", "The user's brother gave the user his car"},
      {"We met in our garden", "The user and others met in the user's garden"},
      {"Ada and I like jazz", "Ada and the user like jazz"},
      {"You said I have 3 days", "The assistant said the user has 3 days"},
      {"He said \"I love you\" to me", "He said \"I love you\" to the user"},
      {"He said “I know” to me", "He said “I know” to the user"},
      {"It was in World War I in France", "It was in World War I in France"},
      {"", ""},
      {"Olives are green", "Olives are green"},
  };
  for (const Case& each : cases) EXPECT_EQ(retold(each.said, Speaker::kUser), each.retold);
}

TEST(Retold, AssistantsSpeakToTheUser) {
  const Case cases[] = {
      {"You are in seat 4.", "The user is in seat 4."},
      {"Your train leaves at 9:40.", "The user's train leaves at 9:40."},
      {"You have two flights", "The user has two flights"},
      {"You were there in 2019", "The user was there in 2019"},
      {"You step over the rope", "The user steps over the rope"},
      {"Rest will help you swim", "Rest will help the user swim"},
      {"I told you so", "The assistant told the user so"},
  };
  for (const Case& each : cases) EXPECT_EQ(retold(each.said, Speaker::kAssistant), each.retold);
}

}  // namespace
}  // namespace soma::memory::language
