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
      {"When my brother and I go home, we sing",
       "When the user's brother and the user go home, the user and others sing"},
      {"My name is Ada and I live in Oslo.", "The user's name is Ada and the user lives in Oslo."},
      {"I met Ada and I like her", "The user met Ada and the user likes her"},
      {"My wife drives but I cycle", "The user's wife drives but the user cycles"},
      {"He stays because I have time", "He stays because the user has time"},
      {"He knows that I don't drive", "He knows that the user doesn't drive"},
      {"She is one who I know", "She is one who the user knows"},
      {"If I go, Bo goes", "If the user goes, Bo goes"},
      {"When I was ten", "When the user was ten"},
      {"A lamp, which I bought", "A lamp, which the user bought"},
      {"It rains and I haven't slept", "It rains and the user hasn't slept"},
      {"It rains and I am late", "It rains and the user is late"},
      {"It rains and I can't swim", "It rains and the user can't swim"},
      {"Bo smokes and so do I", "Bo smokes and so does the user"},
      {"I have two cats and never eat meat", "The user has two cats and never eats meat"},
      {"I'm a nurse and live in Thun", "The user is a nurse and lives in Thun"},
      {"I moved to Rome and work there but don't drive",
       "The user moved to Rome and works there but doesn't drive"},
      {"I helped him pack and move", "The user helped him pack and move"},
      {"I don't drink and smoke", "The user doesn't drink and smoke"},
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
      {"Noted: your name is Ada and you live in Oslo.",
       "Noted: the user's name is Ada and the user lives in Oslo."},
      {"With 30 guests you need a hall", "With 30 guests the user needs a hall"},
      {"Rest will help you swim", "Rest will help the user swim"},
      {"I told you so", "The assistant told the user so"},
  };
  for (const Case& each : cases) EXPECT_EQ(retold(each.said, Speaker::kAssistant), each.retold);
}

}  // namespace
}  // namespace soma::memory::language
