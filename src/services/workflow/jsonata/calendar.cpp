#include "services/workflow/jsonata/calendar.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace soma::workflow::jsonata {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kDaysPerWeek = 7;

// Days since 1970 of a month's first day (H. Hinnant, "chrono-compatible low-level date algorithms").
double days_from_civil(double year, double month_from_1) {
  year -= month_from_1 <= 2 ? 1 : 0;
  const double era = std::floor(year / 400);
  const double year_of_era = year - era * 400;
  const double day_of_year = std::floor((153 * (month_from_1 + (month_from_1 > 2 ? -3 : 9)) + 2) / 5);
  const double day_of_era =
      year_of_era * 365 + std::floor(year_of_era / 4) - std::floor(year_of_era / 100) + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

// The Monday on which week 1 begins of the year or month that begins at `start`: the week with its first
// Thursday.
double first_week(double start) {
  if (std::isnan(start)) return start;  // beyond what dates can be
  const int weekday = civil_time(start).weekday;
  return weekday > 4 ? start + (8 - weekday) * kMillisPerDay : start - (weekday - 1) * kMillisPerDay;
}

double weeks_between(double start, double end) {
  return std::floor((end - start) / (kMillisPerDay * kDaysPerWeek) + 1);
}

double month_start(double year, double month_from_0) {
  return days_from_civil(year + std::floor(month_from_0 / 12),
                         month_from_0 - std::floor(month_from_0 / 12) * 12 + 1) *
         kMillisPerDay;
}

// The week, counted in a period that begins at `start`, after one that began at `before` and before one that
// begins at `behind`; `longest` is the number of weeks that every period has.
double week(double today, double before, double start, double behind, double longest) {
  const double week = weeks_between(first_week(start), today);
  if (week > longest) return today >= first_week(behind) ? 1 : week;
  return week < 1 ? weeks_between(first_week(before), today) : week;
}

bool digits_at(std::string_view text, size_t at, size_t count, int& value) {
  if (text.size() < at + count) return false;
  value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  return true;
}

}  // namespace

CivilTime civil_time(double millis) {
  CivilTime time;
  if (!(std::abs(millis) <= kMaxMillis)) return time;
  constexpr int64_t kDay = 86'400'000, kDaysPerEra = 146'097, kEpoch = 719'468;
  const auto all = static_cast<int64_t>(millis);
  const int64_t days = all / kDay - (all % kDay < 0 ? 1 : 0);
  int64_t rest = all - days * kDay;
  time.millisecond = static_cast<int>(rest % 1000);
  rest /= 1000;
  time.second = static_cast<int>(rest % 60);
  time.minute = static_cast<int>(rest / 60 % 60);
  time.hour = static_cast<int>(rest / 3600);
  time.weekday = static_cast<int>(((days + 3) % 7 + 7) % 7) + 1;
  const int64_t shifted = days + kEpoch;
  const int64_t era = (shifted >= 0 ? shifted : shifted - (kDaysPerEra - 1)) / kDaysPerEra;
  const int64_t day_of_era = shifted - era * kDaysPerEra;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month = (5 * day_of_year + 2) / 153;  // from March
  time.day = static_cast<int>(day_of_year - (153 * month + 2) / 5) + 1;
  time.month = static_cast<int>(month < 10 ? month + 3 : month - 9);
  time.year = static_cast<double>(year_of_era + era * 400 + (time.month <= 2 ? 1 : 0));
  return time;
}

double date_utc(double year, double month, double day, double hour, double minute, double second,
                double millisecond) {
  for (double* part : {&year, &month, &day, &hour, &minute, &second, &millisecond}) {
    if (!std::isfinite(*part)) return kNaN;
    *part = std::trunc(*part);
  }
  if (year >= 0 && year <= 99) year += 1900;
  const double days = month_start(year, month) / kMillisPerDay + day - 1;
  const double millis =
      days * kMillisPerDay + hour * 3'600'000 + minute * 60'000 + second * 1000 + millisecond;
  return std::abs(millis) <= kMaxMillis ? millis : kNaN;
}

double date_component(double millis, char component) {
  const CivilTime time = civil_time(millis);
  const double month = time.month - 1;
  // Through Date.UTC, with what it makes of the years 0 to 99, as the reference does.
  const auto today = [&] { return date_utc(time.year, month, time.day); };
  const auto year_start = [&](double by) { return date_utc(time.year + by, 0); };
  const auto start_of_month = [&](double by) { return date_utc(time.year, month + by); };
  switch (component) {
    case 'Y':
      return time.year;
    case 'M':
      return time.month;
    case 'D':
      return time.day;
    case 'd':
      return (today() - year_start(0)) / kMillisPerDay + 1;
    case 'F':
      return time.weekday;
    case 'W':
      return week(today(), year_start(-1), year_start(0), year_start(1), 52);
    case 'w':
      return week(today(), start_of_month(-1), start_of_month(0), start_of_month(1), 4);
    case 'X':
      return time.year + (millis < first_week(year_start(0))    ? -1
                          : millis >= first_week(year_start(1)) ? 1
                                                                : 0);
    case 'x': {
      const int by = millis < first_week(start_of_month(0))    ? -1
                     : millis >= first_week(start_of_month(1)) ? 1
                                                               : 0;
      return (time.month - 1 + by + 12) % 12 + 1;
    }
    case 'H':
      return time.hour;
    case 'h':
      return time.hour % 12 == 0 ? 12 : time.hour % 12;
    case 'm':
      return time.minute;
    case 's':
      return time.second;
    case 'f':
      return time.millisecond;
    default:
      return kNaN;
  }
}

namespace {

// [+-]hh:mm, [+-]hhmm or Z, in minutes; nothing for anything else.
std::optional<int> read_offset(std::string_view text) {
  if (text == "Z") return 0;
  int hours, minutes;
  const size_t colon = text.size() == 6 && text[3] == ':' ? 1 : 0;
  if (text.size() != 5 + colon || (text[0] != '+' && text[0] != '-') || !digits_at(text, 1, 2, hours) ||
      !digits_at(text, 3 + colon, 2, minutes) || hours > 29 || minutes > 59) {
    return std::nullopt;
  }
  return (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

// "Thh:mm:ss"
bool read_clock(std::string_view text, int& hour, int& minute, int& second) {
  return text.size() >= 9 && text[0] == 'T' && digits_at(text, 1, 2, hour) && text[3] == ':' &&
         digits_at(text, 4, 2, minute) && text[6] == ':' && digits_at(text, 7, 2, second);
}

}  // namespace

std::optional<double> read_iso_time(std::string_view text) {
  int year, month = 1, day = 1, hour = 0, minute = 0, second = 0, offset = 0;
  double fraction = 0;
  if (!digits_at(text, 0, 4, year)) return std::nullopt;
  text.remove_prefix(4);
  for (int* part : {&month, &day}) {
    if (!text.starts_with('-') || !digits_at(text, 1, 2, *part) || (text.size() > 3 && text[3] == ':')) break;
    text.remove_prefix(3);
  }
  if (text.starts_with('T')) {
    if (!read_clock(text, hour, minute, second)) return std::nullopt;
    text.remove_prefix(9);
  }
  if (text.starts_with('.')) {
    const size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
    if (end == 1) return std::nullopt;
    double unit = 100;
    for (const char digit : text.substr(1, std::min<size_t>(end - 1, 3))) {
      fraction += (digit - '0') * unit;
      unit /= 10;
    }
    text.remove_prefix(end);
  }
  if (!text.empty()) {
    const auto read = read_offset(text);
    if (!read) return std::nullopt;
    offset = *read;
  }
  if (month > 19 || day > 39 || hour > 29 || minute > 59 || second > 59) return std::nullopt;
  const bool exists = month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
                      (hour <= 23 || (hour == 24 && minute == 0 && second == 0 && fraction == 0));
  if (!exists) return kNaN;
  return (days_from_civil(year, month) + day - 1) * kMillisPerDay + hour * 3'600'000.0 + minute * 60'000.0 +
         second * 1000.0 + fraction - offset * 60'000.0;
}

}  // namespace soma::workflow::jsonata
