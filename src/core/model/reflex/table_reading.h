// How a question and a table meet: which column a word means, which rows its conditions leave. Private to
// core/model/reflex.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/reflex/condition.h"
#include "core/model/reflex/page.h"

namespace soma::model::reflex {

// Borrows the table and the question.
class TableReading {
 protected:
  TableReading(const Table& table, std::string_view question);

  bool has(std::string_view word) const;
  bool is_numeric(size_t column) const;
  // The first column of words that tell the rows apart.
  size_t find_name_column() const;
  // How well the question names a column by its header.
  double header_match(size_t column) const;
  std::optional<size_t> named_column(bool numbers_only) const;
  std::optional<size_t> column_like(std::string_view hint) const;
  std::optional<size_t> only_numeric() const;
  bool asks_price() const;
  // Rows that the question's conditions and category words leave.
  void pick_rows();
  // "lamps": rows whose cell in another column than the name says just that; "not daily": the others. A day
  // of the week fits a cell that names it among others, and one that says "daily".
  void limit_by_category();
  bool asks_day() const;
  bool cell_is_named(std::string_view cell) const;
  // "not sold out", "except lamps", "without postage".
  bool cell_is_negated(std::string_view cell) const;
  void limit_by_stock();
  std::optional<size_t> column_for(const Condition& condition) const;
  // A column of times or dates: the one that the question names, else the first.
  std::optional<size_t> moment_column(Condition::Kind kind) const;
  void keep(size_t column, const Condition& condition);

  const Table& table_;
  std::string_view question_;
  std::vector<std::string> words_, terms_;
  std::vector<bool> numeric_;
  std::vector<size_t> rows_;
  std::vector<Condition> conditions_;
  std::optional<size_t> limit_column_;
  size_t name_column_ = 0;
  bool limited_ = false;
  bool unmet_ = false;  // a condition speaks of no column here
};

}  // namespace soma::model::reflex
