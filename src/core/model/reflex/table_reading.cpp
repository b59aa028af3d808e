#include "core/model/reflex/table_reading.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/os/os.h"
#include "core/model/reflex/moment.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {

TableReading::TableReading(const Table& table, std::string_view question)
    : table_(table), question_(question), words_(words(question)), terms_(terms(question)) {
  for (size_t column = 0; column < table.headers.size(); ++column) numeric_.push_back(is_numeric(column));
}

bool TableReading::has(std::string_view word) const {
  return std::ranges::find(words_, word) != words_.end();
}

bool TableReading::is_numeric(size_t column) const {
  size_t numbers = 0, filled = 0;
  for (const auto& row : table_.rows) {
    if (row[column].empty()) continue;
    ++filled;
    if (sort_value(row[column])) ++numbers;
  }
  return filled > 0 && numbers * 3 >= filled * 2;
}

size_t TableReading::find_name_column() const {
  for (size_t column = 0; column < numeric_.size(); ++column) {
    if (numeric_[column]) continue;
    std::set<std::string_view> values;
    for (const auto& row : table_.rows) values.insert(row[column]);
    if (values.size() * 5 >= table_.rows.size() * 4) return column;
  }
  return 0;
}

double TableReading::header_match(size_t column) const {
  const auto header = terms(table_.headers[column]);
  double matched = 0;
  for (const std::string& term : header) {
    if (std::ranges::find(terms_, term) != terms_.end()) matched += 1;
  }
  return header.empty() ? 0 : matched / static_cast<double>(header.size());
}

std::optional<size_t> TableReading::named_column(bool numbers_only) const {
  std::optional<size_t> best;
  double best_score = 0;
  for (size_t column = 0; column < table_.headers.size(); ++column) {
    if (numbers_only && !numeric_[column]) continue;
    if (column == name_column_ && table_.headers.size() > 1) continue;
    const double score = header_match(column);
    if (score > best_score) best = column, best_score = score;
  }
  return best;
}

std::optional<size_t> TableReading::column_like(std::string_view hint) const {
  if (hint.empty()) return std::nullopt;
  for (size_t column = 0; column < table_.headers.size(); ++column) {
    if (numeric_[column] && similarity(hint, table_.headers[column]) >= kSimilar) return column;
  }
  for (size_t column = 0; column < table_.headers.size(); ++column) {
    const std::string& cell = table_.rows.front()[column];
    if (hint == "price" && has_currency(cell)) return column;
    if (hint == "date" && is_moment(cell)) return column;
    if (hint == "date" && numeric_[column] && contains_word(table_.headers[column], "year")) return column;
  }
  return std::nullopt;
}

std::optional<size_t> TableReading::only_numeric() const {
  std::optional<size_t> found;
  for (size_t column = 0; column < numeric_.size(); ++column) {
    if (!numeric_[column]) continue;
    if (found) return std::nullopt;
    found = column;
  }
  return found;
}

bool TableReading::asks_price() const {
  return std::ranges::find(terms_, "pric") != terms_.end() || (has("how") && has("much")) || has("cheaper") ||
         has("expensive") || has("dearer") || has_currency(question_);
}

void TableReading::pick_rows() {
  for (size_t i = 0; i < table_.rows.size(); ++i) rows_.push_back(i);
  limit_by_category();
  conditions_ = conditions(question_);
  for (const Condition& condition : conditions_) {
    const auto column = column_for(condition);
    if (!column) {
      unmet_ = true;
      return;
    }
    keep(*column, condition);
  }
  if (contains(os::to_lower(question_), "in stock") || has("available")) limit_by_stock();
}

void TableReading::limit_by_category() {
  for (size_t column = 0; column < table_.headers.size(); ++column) {
    if (column == name_column_) continue;
    std::vector<size_t> kept, refused;
    for (const size_t row : rows_) {
      const std::string& cell = table_.rows[row][column];
      if (sort_value(cell)) continue;
      if (cell_is_negated(cell)) {
        refused.push_back(row);
      } else if (cell_is_named(cell)) {
        kept.push_back(row);
      }
    }
    if (!refused.empty() && refused.size() < rows_.size()) {
      std::erase_if(rows_, [&](size_t row) { return std::ranges::find(refused, row) != refused.end(); });
      limited_ = true;
    } else if (!kept.empty() && (kept.size() < rows_.size() || asks_day())) {
      rows_ = std::move(kept);
      limited_ = true;
    }
  }
}

bool TableReading::asks_day() const {
  return std::ranges::any_of(words_, [](const std::string& word) { return is_day_name(word); });
}

bool TableReading::cell_is_named(std::string_view cell) const {
  const auto cell_words = words(cell);
  if (asks_day()) {
    const bool every_day = std::ranges::find(cell_words, "daily") != cell_words.end();
    const bool same_day = std::ranges::any_of(cell_words, [&](const std::string& word) {
      return is_day_name(word) && (has(word) || has(word + "s"));
    });
    if (every_day || same_day) return true;
  }
  const auto cell_terms = terms(cell);
  return !cell_terms.empty() && std::ranges::all_of(cell_terms, [&](const std::string& term) {
    return std::ranges::find(terms_, term) != terms_.end();
  });
}

bool TableReading::cell_is_negated(std::string_view cell) const {
  static constexpr std::array<std::string_view, 9> kNegations = {
      "not", "except", "excluding", "without", "aren't", "isn't", "don't", "doesn't", "no"};
  constexpr size_t kReach = 3;  // "not run daily"
  const auto cell_words = words(cell);
  if (cell_words.empty()) return false;
  for (size_t i = 0; i < words_.size(); ++i) {
    if (std::ranges::find(kNegations, words_[i]) == kNegations.end()) continue;
    for (size_t at = i + 1; at < words_.size() && at <= i + kReach; ++at) {
      if (stem(words_[at]) == stem(cell_words.front())) return true;
    }
  }
  return false;
}

void TableReading::limit_by_stock() {
  std::optional<size_t> column;
  for (size_t i = 0; i < table_.headers.size(); ++i) {
    if (contains_word(table_.headers[i], "stock") || contains_word(table_.headers[i], "available"))
      column = i;
  }
  if (!column) return;
  const size_t before = rows_.size();
  std::erase_if(rows_, [&](size_t row) {
    const auto value = sort_value(table_.rows[row][*column]);
    return value ? *value == 0 : contains_word(table_.rows[row][*column], "out");
  });
  limited_ = limited_ || rows_.size() < before;
}

std::optional<size_t> TableReading::column_for(const Condition& condition) const {
  if (condition.kind != Condition::Kind::kNumber) return moment_column(condition.kind);
  if (!condition.measure.empty()) return column_like(condition.measure);
  if (!condition.unit.empty()) {
    for (size_t column = 0; column < table_.headers.size(); ++column) {
      if (!numeric_[column]) continue;
      const bool in_cells = std::ranges::any_of(
          table_.rows, [&](const auto& row) { return contains_word(row[column], condition.unit); });
      if (in_cells || similarity(condition.unit, table_.headers[column]) >= kSimilar) return column;
    }
  }
  if (auto column = named_column(true)) return column;
  if (asks_price()) return column_like("price");
  if (auto column = only_numeric()) return column;
  return column_like("price");
}

std::optional<size_t> TableReading::moment_column(Condition::Kind kind) const {
  std::optional<size_t> best;
  double best_score = -1;
  for (size_t column = 0; column < table_.headers.size(); ++column) {
    const std::string& cell = table_.rows.front()[column];
    const bool fits = kind == Condition::Kind::kTime ? contains(cell, ":") && read_time(cell).has_value()
                                                     : read_date(cell).has_value();
    if (!fits || header_match(column) <= best_score) continue;
    best = column;
    best_score = header_match(column);
  }
  return best;
}

void TableReading::keep(size_t column, const Condition& condition) {
  std::erase_if(rows_, [&](size_t row) {
    const auto value = sort_value(table_.rows[row][column]);
    return !value || !condition.accepts(*value);
  });
  limited_ = true;
  limit_column_ = column;
}

}  // namespace soma::model::reflex
