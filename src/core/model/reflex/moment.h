// Dates, times of day and sortable values, as people write them. Private to core/model/reflex.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace soma::model::reflex {

struct Date {
  int year = 0;  // 0: not given
  int month = 0, day = 0;
  auto operator<=>(const Date&) const = default;
};
// The date in a text: "2026-05-03", "3 May 2026", "May 3rd", "Sat 5 December", "05/12/2026" (the day first).
std::optional<Date> read_date(std::string_view text);
// The same day; a year that is not given is any year.
bool same_date(const Date& wanted, const Date& offered);
std::string iso_date(const Date& date);

// The time of day in a text, in minutes after midnight: "08:15", "8.15 pm", "noon".
std::optional<int> read_time(std::string_view text);

// What a cell is sorted by: "£1,200", "12 kg", "08:15", "2026-05-03", "3 May 2026". Nothing for words.
std::optional<double> sort_value(std::string_view cell);
// A date or a time of day.
bool is_moment(std::string_view cell);

}  // namespace soma::model::reflex
