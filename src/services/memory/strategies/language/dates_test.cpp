#include "services/memory/strategies/language/dates.h"

#include <gtest/gtest.h>

namespace soma::memory::language {
namespace {

os::Time on(const char* day) {
  return *os::parse_time(std::string(day) + "T13:56:00.000Z");
}

struct Case {
  const char* day;
  const char* sentence;
  const char* expected;
};

TEST(AbsoluteDates, FollowTheirPhrase) {
  const Case cases[] = {
      {"2023-05-08", "I went yesterday.", "I went yesterday (7 May 2023)."},
      {"2023-05-08", "See you tomorrow and tonight",
       "See you tomorrow (9 May 2023) and tonight (8 May 2023)"},
      {"2023-05-08", "I slept badly last night", "I slept badly last night (7 May 2023)"},
      {"2023-05-08", "This morning it rained", "This morning (8 May 2023) it rained"},
      {"2023-05-08", "We met last Friday.", "We met last Friday (5 May 2023)."},
      {"2023-05-08", "We met last Monday.", "We met last Monday (1 May 2023)."},
      {"2023-05-08", "It opens next Monday", "It opens next Monday (15 May 2023)"},
      {"2023-05-08", "It opens this Monday", "It opens this Monday (8 May 2023)"},
      {"2023-05-08", "I moved last week", "I moved last week (week of 1 May 2023)"},
      {"2023-05-10", "I moved this week", "I moved this week (week of 8 May 2023)"},
      {"2023-05-08", "We hiked last weekend", "We hiked last weekend (weekend of 6 May 2023)"},
      {"2023-05-08", "We leave next month", "We leave next month (June 2023)"},
      {"2023-05-08", "I quit last year", "I quit last year (2022)"},
      {"2023-05-08", "I moved last December", "I moved last December (December 2022)"},
      {"2023-05-08", "We marry next June", "We marry next June (June 2023)"},
      {"2023-05-08", "I quit two weeks ago", "I quit two weeks ago (week of 24 April 2023)"},
      {"2023-05-08", "I quit 10 days ago", "I quit 10 days ago (28 April 2023)"},
      {"2023-05-08", "A year ago I quit", "A year ago (2022) I quit"},
      {"2023-05-08", "I will go in 3 days", "I will go in 3 days (11 May 2023)"},
      {"2023-05-08", "the day before yesterday", "the day before yesterday (6 May 2023)"},
      {"2023-05-08", "I fell on Sunday", "I fell on Sunday"},
      {"2023-05-08", "I cooked on Sunday", "I cooked on Sunday (7 May 2023)"},
      {"2023-05-08", "I'll cook on Sunday", "I'll cook on Sunday (14 May 2023)"},
  };
  for (const Case& each : cases) EXPECT_EQ(with_absolute_dates(each.sentence, on(each.day)), each.expected);
}

TEST(AbsoluteDates, CrossMonthsYearsAndLeapDays) {
  const Case cases[] = {
      {"2024-03-01", "yesterday", "yesterday (29 February 2024)"},
      {"2023-03-01", "yesterday", "yesterday (28 February 2023)"},
      {"2024-01-01", "yesterday", "yesterday (31 December 2023)"},
      {"2023-12-31", "tomorrow", "tomorrow (1 January 2024)"},
      {"2023-01-15", "last month", "last month (December 2022)"},
      {"2023-12-15", "next month", "next month (January 2024)"},
      {"2023-03-31", "a month ago", "a month ago (February 2023)"},
      {"2024-02-29", "a year ago", "a year ago (2023)"},
      {"2024-01-02", "last week", "last week (week of 25 December 2023)"},
      {"2023-12-30", "next week", "next week (week of 1 January 2024)"},
  };
  for (const Case& each : cases) EXPECT_EQ(with_absolute_dates(each.sentence, on(each.day)), each.expected);
}

TEST(AbsoluteDates, LeaveWhatIsVagueOrAlreadyGiven) {
  for (const char* same :
       {"a few days ago", "yesterday's news", "yesterday (7 May 2023)", "last but not least",
        "in two weeks of work I learned much", "this is it", "3000 years ago", "next", "on Friday"})
    EXPECT_EQ(with_absolute_dates(same, on("2023-05-08")), same);
}

TEST(AbsoluteDates, AreBounded) {
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "today ";
  EXPECT_LT(with_absolute_dates(many, on("2023-05-08")).size(), many.size() + 200);
}

}  // namespace
}  // namespace soma::memory::language
