// The proleptic Gregorian calendar in UTC as JavaScript counts it: milliseconds since 1970 as doubles.
// Private to jsonata/.
#pragma once

#include <optional>
#include <string_view>

namespace soma::workflow::jsonata {

// A date is valid up to so far from 1970.
inline constexpr double kMaxMillis = 8.64e15;
inline constexpr double kMillisPerDay = 86'400'000;

struct CivilTime {
  double year = 1970;
  int month = 1, day = 1;  // from 1
  int weekday = 4;         // Monday is 1
  int hour = 0, minute = 0, second = 0, millisecond = 0;
};

// Of whole milliseconds; 1970 beyond kMaxMillis.
CivilTime civil_time(double millis);
// As Date.UTC: whatever is beyond its range goes on into the next unit; years 0 to 99 are 1900 to 1999. NaN
// beyond kMaxMillis. month from 0.
double date_utc(double year, double month, double day = 1, double hour = 0, double minute = 0,
                double second = 0, double millisecond = 0);

// The value of a component of a picture: Y M D d F W w X x H h m s f. Of a valid time.
double date_component(double millis, char component);

// 2018, 2018-02-03, 2018-02-03T10:20:30.123+01:00 and what lies between; NaN for a date that does not exist;
// nothing for a text of another form.
std::optional<double> read_iso_time(std::string_view text);

}  // namespace soma::workflow::jsonata
