#include "core/model/reflex/moment.h"

#include <algorithm>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

constexpr int kMaxDay = 31, kMinutesOfHour = 60, kHoursOfDay = 24;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "3rd" is 3.
std::optional<int> day_number(std::string_view word) {
  for (const std::string_view end : {"st", "nd", "rd", "th"}) {
    if (word.size() > 2 && word.ends_with(end)) word.remove_suffix(2);
  }
  if (word.empty() || word.size() > 4 || !std::ranges::all_of(word, is_digit)) return std::nullopt;
  return static_cast<int>(first_number(word).value_or(0));
}

// Three numbers with the same sign between them: 2026-05-03, 5.12.2026, 05/12/2026.
std::optional<Date> read_numeric_date(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (!is_digit(text[i]) || (i > 0 && (is_digit(text[i - 1]) || text[i - 1] == '.'))) continue;
    int parts[3] = {};
    size_t count = 0, at = i;
    char sign = 0;
    while (count < 3 && at < text.size() && is_digit(text[at])) {
      int value = 0;
      for (; at < text.size() && is_digit(text[at]) && value < 10'000; ++at)
        value = value * 10 + (text[at] - '0');
      parts[count++] = value;
      if (count == 3 || at >= text.size() || !std::string_view("-/.").contains(text[at])) break;
      if (sign != 0 && text[at] != sign) break;
      sign = text[at++];
    }
    if (count < 3) continue;
    const bool year_first = parts[0] > kMaxDay;
    const Date date = year_first ? Date{parts[0], parts[1], parts[2]} : Date{parts[2], parts[1], parts[0]};
    if (date.year > 999 && date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= kMaxDay)
      return date;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Date> read_date(std::string_view text) {
  if (auto date = read_numeric_date(text)) return date;
  const auto parts = words(text);
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto month = month_number(parts[i]);
    if (!month) continue;
    Date date{0, *month, 0};
    const auto take = [&](size_t index) {
      const auto number = index < parts.size() ? day_number(parts[index]) : std::nullopt;
      if (!number) return;
      if (*number > 999) date.year = *number;
      if (*number >= 1 && *number <= kMaxDay && date.day == 0) date.day = *number;
    };
    if (i > 0) take(i - 1);
    if (i > 1 && parts[i - 1] == "of") take(i - 2);
    take(i + 1);
    take(i + 2);
    if (date.day > 0) return date;
  }
  return std::nullopt;
}

bool same_date(const Date& wanted, const Date& offered) {
  return wanted.month == offered.month && wanted.day == offered.day &&
         (wanted.year == 0 || offered.year == 0 || wanted.year == offered.year);
}

std::string iso_date(const Date& date) {
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::optional<int> read_time(std::string_view text) {
  const std::string lower = os::to_lower(text);
  if (contains_word(lower, "noon") || contains_word(lower, "midday")) return 12 * kMinutesOfHour;
  if (contains_word(lower, "midnight")) return 0;
  for (size_t i = 0; i < lower.size(); ++i) {
    if (!is_digit(lower[i]) || (i > 0 && is_digit(lower[i - 1]))) continue;
    size_t at = i;
    int hour = 0, minute = 0;
    for (; at < lower.size() && is_digit(lower[at]) && at < i + 2; ++at) hour = hour * 10 + (lower[at] - '0');
    bool minutes = false;
    if (at + 2 < lower.size() && (lower[at] == ':' || lower[at] == '.') && is_digit(lower[at + 1]) &&
        is_digit(lower[at + 2]) && (at + 3 == lower.size() || !is_digit(lower[at + 3]))) {
      minutes = lower[at] == ':';
      minute = (lower[at + 1] - '0') * 10 + (lower[at + 2] - '0');
      at += 3;
    }
    while (at < lower.size() && lower[at] == ' ') ++at;
    const std::string_view half = std::string_view(lower).substr(at, 2);
    const bool afternoon = half == "pm", morning = half == "am";
    if (hour >= kHoursOfDay || minute >= kMinutesOfHour || !(minutes || afternoon || morning)) continue;
    if (afternoon && hour < 12) hour += 12;
    if (morning && hour == 12) hour = 0;
    return hour * kMinutesOfHour + minute;
  }
  return std::nullopt;
}

std::optional<double> sort_value(std::string_view cell) {
  constexpr size_t kMaxWords = 6;
  const auto parts = words(cell);
  const auto number = first_number(cell);
  if (!number || parts.empty() || parts.size() > kMaxWords) return std::nullopt;
  const std::string_view text = os::trim(cell);
  const auto as_number = [](const Date& date) { return date.year * 10'000.0 + date.month * 100 + date.day; };
  if (const auto date = read_date(text)) return as_number(*date);
  if (contains(text, ":")) {
    if (const auto time = read_time(text)) return *time;
    if (const auto rest = first_number(text.substr(text.find(':') + 1)))
      return *number * kMinutesOfHour + *rest;
  }
  // "May 2026"
  for (const std::string& part : parts) {
    if (const auto month = month_number(part); month && *number > kMaxDay)
      return as_number({static_cast<int>(*number), *month, 0});
  }
  // A name with a number in it ("Cabin 7") is a name; a number with a unit or a sign is a number.
  const char first = text.front();
  const bool leads = is_digit(first) || first == '-' || first == '+' || first == '$' || first == '~' ||
                     static_cast<unsigned char>(first) >= 0x80 || has_currency(text);
  if (!leads) return std::nullopt;
  return number;
}

bool is_moment(std::string_view cell) {
  if (!sort_value(cell)) return false;
  return (contains(cell, ":") && read_time(cell)) || read_date(cell) ||
         std::ranges::any_of(words(cell),
                             [](const std::string& word) { return month_number(word).has_value(); });
}

}  // namespace soma::model::reflex
