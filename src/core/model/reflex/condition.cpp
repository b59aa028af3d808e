// A condition is a phrase of comparison with a value right behind it. The value's own look says whether a
// number, a time of day or a date is meant.
#include "core/model/reflex/condition.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/os/os.h"
#include "core/model/reflex/moment.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

struct Phrase {
  std::string_view words;
  bool below, inclusive;
  std::string_view measure;
};

// Longer phrases stand above those that they hold.
constexpr auto kPhrases = std::to_array<Phrase>({
    {"no more than", true, true, ""},
    {"not more than", true, true, ""},
    {"no less than", false, true, ""},
    {"not less than", false, true, ""},
    {"no later than", true, true, ""},
    {"no earlier than", false, true, ""},
    {"more expensive than", false, false, "price"},
    {"less expensive than", true, false, "price"},
    {"costing more than", false, false, "price"},
    {"costing less than", true, false, "price"},
    {"or more than", false, false, ""},
    {"less than", true, false, ""},
    {"cheaper than", true, false, "price"},
    {"dearer than", false, false, "price"},
    {"heavier than", false, false, "weight"},
    {"lighter than", true, false, "weight"},
    {"longer than", false, false, "length"},
    {"shorter than", true, false, "length"},
    {"taller than", false, false, "height"},
    {"fewer than", true, false, ""},
    {"lower than", true, false, ""},
    {"smaller than", true, false, ""},
    {"earlier than", true, false, ""},
    {"later than", false, false, ""},
    {"more than", false, false, ""},
    {"greater than", false, false, ""},
    {"higher than", false, false, ""},
    {"larger than", false, false, ""},
    {"bigger than", false, false, ""},
    {"at most", true, true, ""},
    {"at least", false, true, ""},
    {"up to", true, true, ""},
    {"maximum of", true, true, ""},
    {"minimum of", false, true, ""},
    {"exceeding", false, false, ""},
    {"under", true, false, ""},
    {"below", true, false, ""},
    {"over", false, false, ""},
    {"above", false, false, ""},
    {"before", true, false, ""},
    {"until", true, true, ""},
    {"after", false, false, ""},
    {"since", false, true, ""},
    {"past", false, false, ""},
    {">=", false, true, ""},
    {"<=", true, true, ""},
    {">", false, false, ""},
    {"<", true, false, ""},
});

struct Value {
  Condition::Kind kind;
  double number;
  std::string unit;
  bool money;
};

// The value that the text begins with, "the year" and "about" left out.
std::optional<Value> leading_value(std::string_view text) {
  text = os::trim(text);
  for (const std::string_view skipped : {"about ", "the ", "year ", "a price of "}) {
    if (text.starts_with(skipped)) text.remove_prefix(skipped.size());
  }
  constexpr size_t kValueBytes = 24;
  std::string_view head = text.substr(0, kValueBytes);
  if (const size_t end = head.find_first_of(",;?!");
      end != std::string_view::npos && end > 0 && (end + 1 == head.size() || head[end + 1] == ' '))
    head = head.substr(0, end);
  for (const std::string_view end : {" and ", " or ", " but "}) head = head.substr(0, head.find(end));
  const auto parts = words(head);
  if (parts.empty()) return std::nullopt;
  const bool named = parts[0] == "noon" || parts[0] == "midnight" || parts[0] == "midday";
  if (named || (read_time(head) && first_number(parts[0]))) {
    if (const auto time = read_time(head))
      return Value{Condition::Kind::kTime, static_cast<double>(*time), "", false};
  }
  if (const auto date = read_date(head); date && (month_number(parts[0]) || first_number(parts[0])))
    return Value{Condition::Kind::kDate, date->year * 10'000.0 + date->month * 100 + date->day, "", false};
  const auto number = first_number(parts[0]);
  const auto word = number_word(parts[0]);
  if (!number && !word) return std::nullopt;
  static constexpr std::array<std::string_view, 8> kMoney = {"euro",   "euros",   "pound", "pounds",
                                                             "dollar", "dollars", "eur",   "usd"};
  Value value{Condition::Kind::kNumber, number ? *number : *word, "", has_currency(head)};
  if (parts.size() > 1 && !is_stop_word(parts[1])) value.unit = parts[1];
  value.money = value.money || std::ranges::find(kMoney, value.unit) != kMoney.end();
  if (value.money) value.unit.clear();
  return value;
}

Condition condition_of(const Value& value, std::string_view measure, std::string_view text) {
  Condition out{
      .kind = value.kind, .measure = std::string(measure), .unit = value.unit, .text = std::string(text)};
  if (value.money) out.measure = "price";
  return out;
}

// "between 5 and 10 euros", "from 09:00 to 12:00".
bool take_range(std::string_view lower, std::vector<Condition>& out) {
  struct Range {
    std::string_view open, close;
  };
  static constexpr std::array<Range, 3> kRanges = {
      {{"between ", " and "}, {"from ", " to "}, {"from ", " until "}}};
  for (const auto& [open, close] : kRanges) {
    const size_t begin = lower.find(open);
    if (begin == std::string_view::npos) continue;
    const size_t middle = lower.find(close, begin);
    if (middle == std::string_view::npos) continue;
    const auto low = leading_value(lower.substr(begin + open.size(), middle - begin - open.size()));
    const auto high = leading_value(lower.substr(middle + close.size()));
    if (!low || !high || low->kind != high->kind) continue;
    Condition condition = condition_of(*high, low->money ? "price" : "", "");
    condition.low = low->number;
    condition.high = high->number;
    out.push_back(std::move(condition));
    return true;
  }
  return false;
}

}  // namespace

bool Condition::accepts(double value) const {
  if (kind == Kind::kNumber) {
    // A year against dates: "after 2025" begins with 2026.
    constexpr double kFirstDate = 10'000'000;
    const auto year = [&](double limit) { return limit >= 1000 && limit < 3000; };
    if (value >= kFirstDate && (year(low) || year(high))) {
      Condition years = *this;
      years.kind = Kind::kDate;
      if (year(low)) years.low = low * 10'000 + (low_inclusive ? 0 : 9999);
      if (year(high)) years.high = high * 10'000 + (high_inclusive ? 9999 : 0);
      return years.accepts(value);
    }
  }
  // A date without a year is compared within the year.
  constexpr double kYear = 10'000;
  const bool no_year = kind == Kind::kDate && (std::isfinite(low) ? low : high) < kYear;
  const double compared = no_year ? std::fmod(value, kYear) : value;
  return (compared > low || (low_inclusive && compared == low)) &&
         (compared < high || (high_inclusive && compared == high));
}

std::vector<Condition> conditions(std::string_view question) {
  std::vector<Condition> out;
  const std::string lower = os::to_lower(question);
  if (take_range(lower, out)) return out;
  std::string rest = lower;
  for (const Phrase& phrase : kPhrases) {
    for (size_t at = rest.find(phrase.words); at != std::string::npos; at = rest.find(phrase.words, at + 1)) {
      const size_t behind = at + phrase.words.size();
      const bool whole = (at == 0 || rest[at - 1] == ' ') && behind < rest.size() &&
                         (rest[behind] == ' ' || phrase.words.size() <= 2);
      const auto value = whole ? leading_value(std::string_view(rest).substr(behind)) : std::nullopt;
      if (!value) continue;
      Condition condition =
          condition_of(*value, phrase.measure, std::string_view(lower).substr(at, behind - at));
      (phrase.below ? condition.high : condition.low) = value->number;
      (phrase.below ? condition.high_inclusive : condition.low_inclusive) = phrase.inclusive;
      out.push_back(std::move(condition));
      rest.replace(at, phrase.words.size(), phrase.words.size(),
                   '#');  // taken: no shorter phrase reads it again
    }
  }
  return out;
}

}  // namespace soma::model::reflex
