#include "services/memory/strategies/language/corrections.h"

#include <gtest/gtest.h>

namespace soma::memory::language {
namespace {

TEST(Corrections, NameWhatIsRightAndMayNameWhatIsWrong) {
  struct Case {
    const char *said, *right, *wrong;
  };
  const Case cases[] = {
      {"Actually, it's Bergen, not Oslo.", "Bergen", "Oslo"},
      {"It's Bergen, not Oslo.", "Bergen", "Oslo"},
      {"Sorry, I meant June.", "June", ""},
      {"I meant 40 guests.", "40 guests", ""},
      {"No wait, it's 950 pounds.", "950 pounds", ""},
      {"No, I'm sorry, it's Hillside School.", "Hillside School", ""},
      {"And I meant May 4 instead of May 3!", "May 4", "May 3"},
  };
  for (const Case& each : cases) {
    const auto correction = correction_of(each.said);
    ASSERT_TRUE(correction) << each.said;
    EXPECT_EQ(correction->right, each.right);
    EXPECT_EQ(correction->wrong, each.wrong);
  }
  for (const char* said : {"", "It's Bergen.", "Actually, I live in Bergen.", "No, it's cold.", "I meant it.",
                           "It's not Oslo.", "Actually, it's Bergen where I live.", "No.", "Sorry!"})
    EXPECT_FALSE(correction_of(said)) << said;
}

TEST(Corrections, PutATextRight) {
  struct Case {
    const char *correction, *text, *corrected;
  };
  const Case cases[] = {
      {"It's Bergen, not Oslo.", "The user lives in Oslo.", "The user lives in Bergen."},
      {"It's order 88231, not 88213.", "The user's order 88213 is late.", "The user's order 88231 is late."},
      {"It's blue, not dark green.", "The user's car is dark green.", "The user's car is blue."},
      {"Sorry, I meant June.", "The user leaves for Rome in July.", "The user leaves for Rome in June."},
      {"No, it's 950 pounds.", "The user's rent is 900 pounds.", "The user's rent is 950 pounds."},
      {"No, it's Hillside School.", "The user left Lakeside School.", "The user left Hillside School."},
      {"It's Bergen, not Oslo.", "The user lives in Rome.", ""},
      {"Sorry, I meant June.", "The user leaves for Rome.", ""},
      {"Sorry, I meant June.", "The user is away in July and August.", ""},
      {"Sorry, I meant June.", "The user is away in June.", ""},
  };
  for (const Case& each : cases)
    EXPECT_EQ(corrected(each.text, *correction_of(each.correction)).value_or(""), each.corrected)
        << each.text;
}

}  // namespace
}  // namespace soma::memory::language
