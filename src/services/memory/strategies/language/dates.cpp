#include "services/memory/strategies/language/dates.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>
#include <optional>
#include <span>

#include <fmt/format.h>
#include "services/memory/strategies/language/words.h"

namespace soma::memory::language {
namespace {

using namespace std::chrono;

constexpr std::string_view kMonthNames[] = {"January",   "February", "March",    "April",
                                            "May",       "June",     "July",     "August",
                                            "September", "October",  "November", "December"};
constexpr std::string_view kWeekdayNames[] = {"sunday",   "monday", "tuesday", "wednesday",
                                              "thursday", "friday", "saturday"};
constexpr std::string_view kSmallNumbers[] = {"zero",  "one",   "two",  "three", "four",   "five",  "six",
                                              "seven", "eight", "nine", "ten",   "eleven", "twelve"};
constexpr int kMostUnits = 1000;  // "3000 years ago" is no date to count

enum class Unit { kDay, kWeek, kWeekend, kMonth, kYear };

struct Found {
  size_t words = 0;  // how many the phrase has
  sys_days day{};
  Unit unit = Unit::kDay;  // how exact it is
};

template <typename List>
int place_in(const List& list, std::string_view word) {
  const auto found = std::find(std::begin(list), std::end(list), word);
  return found == std::end(list) ? -1 : static_cast<int>(found - std::begin(list));
}

sys_days monday_of(sys_days day) {
  return day - (weekday(day) - Monday);
}

sys_days add_months(sys_days day, int count) {
  const year_month_day date(day);
  const year_month month = date.year() / date.month() + months(count);
  const year_month_day same = month / date.day();
  return same.ok() ? sys_days(same) : sys_days(month / last);
}

sys_days moved(sys_days day, Unit unit, int count) {
  switch (unit) {
    case Unit::kDay:
      return day + days(count);
    case Unit::kWeek:
      return day + days(7 * count);
    case Unit::kWeekend:
      return monday_of(day) + days(5 + 7 * count);
    case Unit::kMonth:
      return add_months(day, count);
    case Unit::kYear:
      return add_months(day, 12 * count);
  }
  return day;
}

std::string text_of(const Found& found) {
  const sys_days day = found.unit == Unit::kWeek ? monday_of(found.day) : found.day;
  const year_month_day date(day);
  const std::string_view month = kMonthNames[static_cast<unsigned>(date.month()) - 1];
  const int year = static_cast<int>(date.year());
  switch (found.unit) {
    case Unit::kYear:
      return fmt::format("{}", year);
    case Unit::kMonth:
      return fmt::format("{} {}", month, year);
    default:
      break;
  }
  const std::string_view what = found.unit == Unit::kWeek      ? "week of "
                                : found.unit == Unit::kWeekend ? "weekend of "
                                                               : "";
  return fmt::format("{}{} {} {}", what, static_cast<unsigned>(date.day()), month, year);
}

std::optional<Unit> unit_of(std::string_view word) {
  if (word.ends_with('s')) word.remove_suffix(1);
  if (word == "day") return Unit::kDay;
  if (word == "week") return Unit::kWeek;
  if (word == "weekend") return Unit::kWeekend;
  if (word == "month") return Unit::kMonth;
  if (word == "year") return Unit::kYear;
  return std::nullopt;
}

std::optional<int> count_of(std::string_view word) {
  if (word == "a" || word == "an") return 1;
  if (const int small = place_in(kSmallNumbers, word); small > 0) return small;
  int number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size() || number < 1 || number > kMostUnits)
    return std::nullopt;
  return number;
}

enum class Tense { kUnknown, kPast, kFuture };

Tense tense_of(std::span<const Word> sentence) {
  constexpr std::string_view kFuture[] = {"will",  "going",    "gonna",   "planning", "plan",
                                          "i'll",  "we'll",    "he'll",   "she'll",   "they'll",
                                          "it'll", "tomorrow", "upcoming"};
  constexpr std::string_view kPast[] = {"was",  "were", "went", "had",    "did",   "got",  "saw", "met",
                                        "took", "made", "came", "bought", "found", "left", "won", "lost"};
  Tense tense = Tense::kUnknown;
  for (const Word& word : sentence) {
    if (place_in(kFuture, word.folded) >= 0) return Tense::kFuture;
    if (place_in(kPast, word.folded) >= 0 || (word.folded.size() > 4 && word.folded.ends_with("ed")))
      tense = Tense::kPast;
  }
  return tense;
}

// Reads phrases of one sentence.
class Reader {
 public:
  Reader(std::span<const Word> sentence, sys_days today)
      : sentence_(sentence), today_(today), tense_(tense_of(sentence)) {}

  std::optional<Found> at(size_t at) const {
    const std::string_view first = word(at);
    if (first == "yesterday") return Found{1, today_ - days(1)};
    if (first == "tomorrow") return Found{1, today_ + days(1)};
    if (first == "today" || first == "tonight") return Found{1, today_};
    if (first == "last" || first == "next" || first == "this" || first == "past") return relative(at, first);
    if (first == "the") return around_today(at);
    if (first == "in") return ahead(at);
    if (first == "on") return on_weekday(at);
    return ago(at);
  }

 private:
  std::string_view word(size_t at) const {
    return at < sentence_.size() ? std::string_view(sentence_[at].folded) : std::string_view();
  }

  sys_days weekday_before(int day) const {
    const int back = static_cast<int>((weekday(today_) - weekday(static_cast<unsigned>(day))).count());
    return today_ - days(back == 0 ? 7 : back);
  }
  sys_days weekday_after(int day, bool today_counts) const {
    const int ahead = static_cast<int>((weekday(static_cast<unsigned>(day)) - weekday(today_)).count());
    return today_ + days(ahead == 0 && !today_counts ? 7 : ahead);
  }

  // last week, next month, this Friday, last night
  std::optional<Found> relative(size_t at, std::string_view which) const {
    const std::string_view what = word(at + 1);
    const bool back = which == "last" || which == "past";
    const int count = back ? -1 : which == "next" ? 1 : 0;
    if (what == "night" && which == "last") return Found{2, today_ - days(1)};
    if (which == "this" && (what == "morning" || what == "afternoon" || what == "evening"))
      return Found{2, today_};
    if (const int day = place_in(kWeekdayNames, what); day >= 0)
      return Found{2, back ? weekday_before(day) : weekday_after(day, which == "this")};
    if (const int month = named_month(at + 1); month > 0)
      return Found{2, in_month(month, count), Unit::kMonth};
    const auto unit = unit_of(what);
    if (!unit || *unit == Unit::kDay || what.ends_with('s')) return std::nullopt;
    return Found{2, moved(today_, *unit, count), *unit};
  }

  int named_month(size_t at) const {
    if (at >= sentence_.size()) return 0;
    return place_in(kMonthNames, sentence_[at].raw) + 1;
  }

  sys_days in_month(int month, int direction) const {
    const year_month_day now(today_);
    const int current = static_cast<int>(static_cast<unsigned>(now.month()));
    int years_ahead = 0;
    if (direction < 0 && month >= current) years_ahead = -1;
    if (direction > 0 && month <= current) years_ahead = 1;
    return sys_days((now.year() + years(years_ahead)) / std::chrono::month(static_cast<unsigned>(month)) / 1);
  }

  // the day before yesterday, the day after tomorrow
  std::optional<Found> around_today(size_t at) const {
    if (word(at + 1) != "day") return std::nullopt;
    if (word(at + 2) == "before" && word(at + 3) == "yesterday") return Found{4, today_ - days(2)};
    if (word(at + 2) == "after" && word(at + 3) == "tomorrow") return Found{4, today_ + days(2)};
    return std::nullopt;
  }

  // in two weeks, in 3 days: not "in two weeks' time", nor what a sentence of the past says took so long
  std::optional<Found> ahead(size_t at) const {
    const auto count = count_of(word(at + 1));
    const auto unit = unit_of(word(at + 2));
    if (!count || !unit || *unit == Unit::kWeekend || tense_ != Tense::kFuture) return std::nullopt;
    return Found{3, moved(today_, *unit, *count), *unit};
  }

  std::optional<Found> on_weekday(size_t at) const {
    const int day = place_in(kWeekdayNames, word(at + 1));
    if (day < 0 || tense_ == Tense::kUnknown) return std::nullopt;
    return Found{2, tense_ == Tense::kPast ? weekday_before(day) : weekday_after(day, false)};
  }

  std::optional<Found> ago(size_t at) const {
    const auto count = count_of(word(at));
    const auto unit = unit_of(word(at + 1));
    if (!count || !unit || word(at + 2) != "ago") return std::nullopt;
    return Found{3, moved(today_, *unit, -*count), *unit};
  }

  std::span<const Word> sentence_;
  sys_days today_;
  Tense tense_;
};

}  // namespace

std::string with_absolute_dates(std::string_view sentence, os::Time said_at) {
  const std::vector<Word> all = words(sentence);
  const Reader reader(all, floor<days>(said_at));
  std::string result;
  size_t copied = 0, added = 0;
  for (size_t at = 0; at < all.size() && added < kMaxDatesAdded;) {
    const auto found = reader.at(at);
    if (!found) {
      ++at;
      continue;
    }
    at += found->words;
    const std::string_view last = all[at - 1].raw;
    const size_t end = static_cast<size_t>(last.data() - sentence.data()) + last.size();
    if (sentence.substr(end).starts_with(" (")) continue;
    result += sentence.substr(copied, end - copied);
    result += fmt::format(" ({})", text_of(*found));
    copied = end;
    ++added;
  }
  result += sentence.substr(copied);
  return result;
}

}  // namespace soma::memory::language
