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
  double confidence;     // 0 to 1
  bool of_rows = false;  // rows that fit: what other tables have to say belongs to it
};

// Understands superlatives (cheapest, most …, the three longest), comparisons of two rows, counts, totals,
// averages, conditions (under 20, after 12:00, between 5 and 10, not sold out), lists, the value of a row's
// column, yes and no for a row. Nothing when the question is no question for this table.
std::optional<TableAnswer> ask_table(const Table& table, std::string_view question);

}  // namespace soma::model::reflex
