// Dates that a sentence gives relative to when it was said, made absolute.
//
//   "I saw her yesterday"        → "I saw her yesterday (2 May 2023)"
//   "We moved two years ago"     → "We moved two years ago (2021)"
//   "last week", "next month"    → "(week of 24 April 2023)", "(June 2023)"
//
// Days are those of UTC, weeks begin on Monday, a weekend is its Saturday. "last Friday" is the latest one
// before the day, "next Friday" the first one after it. "on Friday" counts when the sentence says whether it
// is over: by a past or a future verb. What is vague ("a few days ago", "recently") stays as it is.
#pragma once

#include <string>
#include <string_view>

#include "base/os/os.h"

namespace soma::memory::language {

// The sentence with a date in brackets after each relative one, at most kMaxDatesAdded. Linear.
inline constexpr size_t kMaxDatesAdded = 4;
std::string with_absolute_dates(std::string_view sentence, os::Time said_at);

}  // namespace soma::memory::language
