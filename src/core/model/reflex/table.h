// Questions that a table answers exactly: which is the cheapest, how many, what does X cost. Private to
// core/model/reflex.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/model/reflex/page.h"

namespace soma::model::reflex {

struct TableAnswer {
  std::string text;
  double confidence;  // 0 to 1
};

// Understands superlatives (cheapest, most …, the three longest), counts, totals, averages, limits (under 20,
// between 5 and 10), the value of a row's column. Nothing when the question is no question for this table.
std::optional<TableAnswer> ask_table(const Table& table, std::string_view question);

// Sorts as people read it: "£1,200", "12 kg", "08:15", "2026-05-03", "3 May 2026". Nothing for words.
std::optional<double> sort_value(std::string_view cell);

}  // namespace soma::model::reflex
