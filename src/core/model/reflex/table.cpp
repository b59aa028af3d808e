// The question is read in four parts: which rows (names and limits in it), which column, what to compute, and
// how many of them.
#include "core/model/reflex/table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

struct Superlative {
  std::string_view word;  // one or two words
  bool highest;
  std::string_view column;  // the column it means when the question names none
};
constexpr std::array<Superlative, 34> kSuperlatives = {{
    {"least expensive", false, "price"},
    {"most expensive", true, "price"},
    {"lowest priced", false, "price"},
    {"most affordable", false, "price"},
    {"cheapest", false, "price"},
    {"dearest", true, "price"},
    {"priciest", true, "price"},
    {"costliest", true, "price"},
    {"lightest", false, "weight"},
    {"heaviest", true, "weight"},
    {"shortest", false, "length"},
    {"longest", true, "length"},
    {"tallest", true, "height"},
    {"highest", true, ""},
    {"lowest", false, ""},
    {"smallest", false, "size"},
    {"largest", true, "size"},
    {"biggest", true, "size"},
    {"fastest", false, "time"},
    {"slowest", true, "time"},
    {"quickest", false, "time"},
    {"oldest", false, "date"},
    {"newest", true, "date"},
    {"latest", true, "date"},
    {"earliest", false, "date"},
    {"first", false, "date"},
    {"last", true, "date"},
    {"best", true, "rating"},
    {"worst", false, "rating"},
    {"fewest", false, ""},
    {"greatest", true, ""},
    {"maximum", true, ""},
    {"minimum", false, ""},
    {"youngest", true, "date"},
}};

const Superlative* find_superlative(std::string_view question) {
  const std::string padded = " " + fmt::format("{}", fmt::join(words(question), " ")) + " ";
  for (const Superlative& superlative : kSuperlatives) {
    if (contains(padded, fmt::format(" {} ", superlative.word))) return &superlative;
  }
  // "the most seats", "the least rain"
  static constexpr Superlative kMost{"most", true, ""};
  static constexpr Superlative kLeast{"least", false, ""};
  if (contains(padded, " the most ") || contains(padded, " has most ") || contains(padded, " have most "))
    return &kMost;
  if (contains(padded, " the least ") || contains(padded, " has least ")) return &kLeast;
  return nullptr;
}

std::optional<int> month_number(std::string_view word) {
  static constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                               "jul", "aug", "sep", "oct", "nov", "dec"};
  if (word.size() < 3) return std::nullopt;
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (word.starts_with(kMonths[i])) return static_cast<int>(i) + 1;
  }
  return std::nullopt;
}

// A date or a time of day.
bool is_time(std::string_view cell) {
  if (!sort_value(cell)) return false;
  return contains(cell, ":") || contains(cell, "-") ||
         std::ranges::any_of(words(cell),
                             [](const std::string& word) { return month_number(word).has_value(); });
}

class Asker {
 public:
  Asker(const Table& table, std::string_view question)
      : table_(table), question_(question), words_(words(question)), terms_(terms(question)) {
    for (size_t column = 0; column < table.headers.size(); ++column) numeric_.push_back(is_numeric(column));
  }

  std::optional<TableAnswer> run() {
    if (table_.rows.empty() || table_.headers.empty()) return std::nullopt;
    name_column_ = find_name_column();
    pick_rows();
    if (const Superlative* superlative = find_superlative(question_)) {
      if (auto answer = extreme(*superlative)) return answer;
    }
    if (has("how") && has("many")) {
      if (auto answer = count()) return answer;
    }
    if (has("total") || has("sum") || has("average") || has("mean") || has("altogether")) {
      if (auto answer = total()) return answer;
    }
    if (auto answer = lookup()) return answer;
    if (limited_ && !rows_.empty()) return list_rows();
    return std::nullopt;
  }

 private:
  bool has(std::string_view word) const { return std::ranges::find(words_, word) != words_.end(); }

  bool is_numeric(size_t column) const {
    size_t numbers = 0, filled = 0;
    for (const auto& row : table_.rows) {
      if (row[column].empty()) continue;
      ++filled;
      if (sort_value(row[column])) ++numbers;
    }
    return filled > 0 && numbers * 3 >= filled * 2;
  }

  // The first column of words.
  size_t find_name_column() const {
    for (size_t column = 0; column < numeric_.size(); ++column) {
      if (!numeric_[column]) return column;
    }
    return 0;
  }

  // How well the question names a column by its header.
  double header_match(size_t column) const {
    const auto header = terms(table_.headers[column]);
    double matched = 0;
    for (const std::string& term : header) {
      if (std::ranges::find(terms_, term) != terms_.end()) matched += 1;
    }
    return header.empty() ? 0 : matched / static_cast<double>(header.size());
  }

  std::optional<size_t> named_column(bool numbers_only) const {
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

  std::optional<size_t> column_like(std::string_view hint) const {
    if (hint.empty()) return std::nullopt;
    for (size_t column = 0; column < table_.headers.size(); ++column) {
      if (numeric_[column] && similarity(hint, table_.headers[column]) >= kSimilar) return column;
    }
    for (size_t column = 0; column < table_.headers.size(); ++column) {
      const std::string& cell = table_.rows.front()[column];
      if (hint == "price" && has_currency(cell)) return column;
      if (hint == "date" && column != name_column_ && is_time(cell)) return column;
    }
    return std::nullopt;
  }

  std::optional<size_t> only_numeric() const {
    std::optional<size_t> found;
    for (size_t column = 0; column < numeric_.size(); ++column) {
      if (!numeric_[column]) continue;
      if (found) return std::nullopt;
      found = column;
    }
    return found;
  }

  bool asks_price() const {
    return std::ranges::find(terms_, "pric") != terms_.end() || (has("how") && has("much")) ||
           has("cheaper") || has("expensive") || has_currency(question_);
  }

  // Rows that the question's limits and category words leave.
  void pick_rows() {
    for (size_t i = 0; i < table_.rows.size(); ++i) rows_.push_back(i);
    limit_by_category();
    limit_by_number();
  }

  // "lamps": rows whose cell in another column than the name says just that.
  void limit_by_category() {
    for (size_t column = 0; column < table_.headers.size(); ++column) {
      if (column == name_column_ || numeric_[column]) continue;
      std::vector<size_t> kept;
      for (const size_t row : rows_) {
        const auto cell = terms(table_.rows[row][column]);
        const bool named = !cell.empty() && !table_.rows[row][column].empty() &&
                           std::ranges::all_of(cell, [&](const std::string& term) {
                             return std::ranges::find(terms_, term) != terms_.end();
                           });
        if (named) kept.push_back(row);
      }
      if (kept.empty() || kept.size() == rows_.size()) continue;
      rows_ = std::move(kept);
      limited_ = true;
    }
  }

  void limit_by_number() {
    const std::string lower = os::to_lower(question_);
    struct Limit {
      std::string_view words;
      bool below, inclusive;
    };
    static constexpr std::array<Limit, 15> kLimits = {{{"less than", true, false},
                                                       {"cheaper than", true, false},
                                                       {"fewer than", true, false},
                                                       {"lower than", true, false},
                                                       {"under", true, false},
                                                       {"below", true, false},
                                                       {"at most", true, true},
                                                       {"up to", true, true},
                                                       {"no more than", true, true},
                                                       {"more than", false, false},
                                                       {"greater than", false, false},
                                                       {"higher than", false, false},
                                                       {"over", false, false},
                                                       {"above", false, false},
                                                       {"at least", false, true}}};
    if (const size_t between = lower.find("between "); between != std::string::npos) {
      const size_t second = lower.find(" and ", between);
      const auto low = first_number(lower.substr(between, second - between));
      const auto high = second == std::string::npos ? std::nullopt : first_number(lower.substr(second));
      if (low && high) keep([&](double value) { return value >= *low && value <= *high; });
      return;
    }
    for (const Limit& limit : kLimits) {
      const size_t at = lower.find(std::string(limit.words) + " ");
      if (at == std::string::npos || (at > 0 && lower[at - 1] != ' ')) continue;
      const std::string_view behind = std::string_view(lower).substr(at + limit.words.size(), 24);
      const auto number = first_number(behind);
      if (!number) continue;
      keep([&](double value) {
        return value == *number ? limit.inclusive : (value < *number) == limit.below;
      });
      return;
    }
  }

  template <class Accept>
  void keep(Accept accept) {
    std::optional<size_t> column = named_column(true);
    if (!column && asks_price()) column = column_like("price");
    if (!column) column = only_numeric();
    if (!column) column = column_like("price");
    if (!column) return;
    std::erase_if(rows_, [&](size_t row) {
      const auto value = sort_value(table_.rows[row][*column]);
      return !value || !accept(*value);
    });
    limited_ = true;
    limit_column_ = column;
  }

  std::string row_name(size_t row) const { return table_.rows[row][name_column_]; }

  std::string row_details(size_t row, size_t except) const {
    std::string out;
    for (size_t column = 0; column < table_.headers.size(); ++column) {
      if (column == name_column_ || column == except || table_.rows[row][column].empty() ||
          table_.headers[column].empty())
        continue;
      out +=
          fmt::format("{}{}: {}", out.empty() ? "" : ", ", table_.headers[column], table_.rows[row][column]);
    }
    return out.empty() ? "" : " (" + out + ")";
  }

  size_t wanted_count() const {
    static constexpr std::array<std::string_view, 11> kNames = {
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"};
    for (const std::string& word : words_) {
      for (size_t i = 2; i < kNames.size(); ++i) {
        if (word == kNames[i] || word == std::to_string(i)) return i;
      }
    }
    return 1;
  }

  std::optional<TableAnswer> extreme(const Superlative& superlative) {
    std::optional<size_t> column = superlative.column == "price" ? column_like("price") : named_column(true);
    if (!column) column = column_like(superlative.column);
    if (!column && superlative.column != "price") column = only_numeric();
    if (!column) return std::nullopt;
    std::vector<std::pair<double, size_t>> values;
    for (const size_t row : rows_) {
      if (const auto value = sort_value(table_.rows[row][*column])) values.emplace_back(*value, row);
    }
    if (values.empty()) return std::nullopt;
    std::ranges::sort(values, [&](const auto& a, const auto& b) {
      if (a.first == b.first) return a.second < b.second;
      return superlative.highest == (a.first > b.first);
    });
    size_t count = limited_ && limit_column_ ? 1 : wanted_count();
    count = std::min(count, values.size());
    std::string text;
    if (count == 1) {
      size_t ties = 1;
      while (ties < values.size() && values[ties].first == values[0].first) ++ties;
      std::string names;
      for (size_t i = 0; i < ties; ++i)
        names += fmt::format("{}{}",
                             i == 0          ? ""
                             : i + 1 == ties ? " and "
                                             : ", ",
                             row_name(values[i].second));
      const std::string which = superlative.column.empty()
                                    ? fmt::format("With the {} {}", superlative.word, table_.headers[*column])
                                    : fmt::format("The {} {}", superlative.word, ties == 1 ? "is" : "are");
      text = fmt::format("{}: {}, {} {}{}.", which, names, table_.headers[*column],
                         table_.rows[values[0].second][*column],
                         ties == 1 ? row_details(values[0].second, *column) : "");
    } else {
      text = fmt::format("The {} {}:", count, superlative.word);
      for (size_t i = 0; i < count; ++i)
        text += fmt::format("\n{}. {}: {}", i + 1, row_name(values[i].second),
                            table_.rows[values[i].second][*column]);
    }
    return TableAnswer{std::move(text), 0.95};
  }

  // What of the question is neither a limit nor a count: "how many *items* are in the *catalogue*".
  std::optional<TableAnswer> count() {
    if (const auto row = named_row()) {
      if (auto answer = value_of(*row)) return answer;
    }
    if (named_column(true) && !limited_) return std::nullopt;  // "how many seats …" asks for a value
    const std::string thing = counted_thing();
    std::string text = fmt::format("{} {} in the table{}", rows_.size(), rows_.size() == 1 ? "row" : "rows",
                                   table_.caption.empty() ? "" : " \"" + table_.caption + "\"");
    if (!thing.empty()) text = fmt::format("{} {}", rows_.size(), thing);
    if (limited_ && !rows_.empty() && rows_.size() <= 12) text += ": " + names_of_rows();
    return TableAnswer{text + ".", limited_ ? 0.9 : 0.7};
  }

  std::string counted_thing() const {
    const auto many = std::ranges::find(words_, "many");
    std::string out;
    for (auto word = many == words_.end() ? many : many + 1; word != words_.end(); ++word) {
      if (is_stop_word(*word) || *word == "cost" || *word == "under" || *word == "over") break;
      out += (out.empty() ? "" : " ") + *word;
    }
    return out;
  }

  std::string names_of_rows() const {
    std::string names;
    for (const size_t row : rows_) names += (names.empty() ? "" : ", ") + row_name(row);
    return names;
  }

  std::optional<TableAnswer> total() {
    std::optional<size_t> column = named_column(true);
    if (!column && asks_price()) column = column_like("price");
    if (!column) column = only_numeric();
    if (!column) return std::nullopt;
    double sum = 0;
    size_t counted = 0;
    for (const size_t row : rows_) {
      if (const auto value = sort_value(table_.rows[row][*column])) sum += *value, ++counted;
    }
    if (counted == 0) return std::nullopt;
    const bool average = has("average") || has("mean");
    const double value = average ? sum / static_cast<double>(counted) : sum;
    const std::string unit = currency_of(*column);
    return TableAnswer{fmt::format("The {} of {} over {} rows is {}{}.", average ? "average" : "total",
                                   table_.headers[*column], counted, unit, format_number(value)),
                       0.9};
  }

  std::string currency_of(size_t column) const {
    for (const std::string_view sign : {"£", "€", "$", "¥"}) {
      if (contains(table_.rows.front()[column], sign)) return std::string(sign);
    }
    return "";
  }

  // The row that the question names: all words of its name stand in the question, or most of them. A name
  // that stands alone ("Lantern") loses to a longer one ("Brass lantern") that is there in full.
  std::optional<size_t> named_row() const {
    std::optional<size_t> best;
    double best_score = 0;
    size_t ties = 0;
    for (size_t row = 0; row < table_.rows.size(); ++row) {
      const auto name = terms(row_name(row));
      if (name.empty() || row_name(row).empty()) continue;
      double matched = 0;
      for (const std::string& term : name) {
        if (std::ranges::find(terms_, term) != terms_.end()) matched += 1;
      }
      const double share = matched / static_cast<double>(name.size());
      const double score = share == 1 ? 10 + matched : matched;
      if (share < 0.3) continue;
      if (score > best_score + 1e-9) {
        best = row, best_score = score, ties = 1;
      } else if (score > best_score - 1e-9) {
        ++ties;
      }
    }
    if (ties > 1 && best_score < 10) return std::nullopt;  // "garden": in several names
    return best;
  }

  std::optional<TableAnswer> value_of(size_t row) const {
    std::optional<size_t> column = named_column(false);
    if (!column && asks_price() && !asks_another_measure(row)) column = column_like("price");
    if (!column && has("when")) column = column_like("date");
    if (!column || table_.rows[row][*column].empty()) return std::nullopt;
    return TableAnswer{fmt::format("{}: {} {}{}.", row_name(row), table_.headers[*column],
                                   table_.rows[row][*column], row_details(row, *column)),
                       0.95};
  }

  // "How much does the lantern weigh?" asks for no price.
  bool asks_another_measure(size_t row) const {
    const auto name = terms(row_name(row));
    static constexpr std::array<std::string_view, 5> kPlain = {"pric", "item", "thing", "catalog", "buy"};
    return std::ranges::any_of(terms_,
                               [&](const std::string& term) {
                                 return std::ranges::find(name, term) == name.end() &&
                                        std::ranges::find(kPlain, term) == kPlain.end();
                               }) &&
           !std::ranges::count(terms_, "pric");
  }

  std::optional<TableAnswer> lookup() const {
    const auto row = named_row();
    if (!row) return std::nullopt;
    if (auto answer = value_of(*row)) return answer;
    // The name alone: the whole row, when nothing else in the question is left unanswered.
    const auto name = terms(row_name(*row));
    const size_t others = static_cast<size_t>(std::ranges::count_if(
        terms_, [&](const std::string& term) { return std::ranges::find(name, term) == name.end(); }));
    if (others > 1) return std::nullopt;
    return TableAnswer{fmt::format("{}{}.", row_name(*row), row_details(*row, name_column_)), 0.6};
  }

  std::optional<TableAnswer> list_rows() const {
    if (!limit_column_ && !(has("which") || has("list") || has("what") || has("show"))) return std::nullopt;
    std::string text = fmt::format("{} {}:", rows_.size(), rows_.size() == 1 ? "row fits" : "rows fit");
    for (const size_t row : rows_)
      text += fmt::format("\n- {}{}", row_name(row), row_details(row, name_column_));
    return TableAnswer{std::move(text), 0.92};
  }

  const Table& table_;
  std::string_view question_;
  std::vector<std::string> words_, terms_;
  std::vector<bool> numeric_;
  std::vector<size_t> rows_;
  std::optional<size_t> limit_column_;
  size_t name_column_ = 0;
  bool limited_ = false;
};

}  // namespace

std::optional<TableAnswer> ask_table(const Table& table, std::string_view question) {
  return Asker(table, question).run();
}

std::optional<double> sort_value(std::string_view cell) {
  const auto parts = words(cell);
  const auto number = first_number(cell);
  if (!number || parts.empty() || parts.size() > 6) return std::nullopt;
  const std::string_view text = os::trim(cell);
  // 2026-05-03
  if (text.size() >= 10 && text[4] == '-' && text[7] == '-') {
    const auto month = first_number(text.substr(5, 2)), day = first_number(text.substr(8, 2));
    if (month && day) return *number * 10'000 + *month * 100 + *day;
  }
  // 08:15
  if (const size_t colon = text.find(':'); colon != std::string_view::npos && colon > 0) {
    if (const auto minutes = first_number(text.substr(colon + 1))) return *number * 60 + *minutes;
  }
  // 3 May 2026, May 3, 2026
  double year = 0, day = 0, month = 0;
  for (const std::string& part : parts) {
    if (const auto found = month_number(part)) {
      month = *found;
    } else if (const auto value = first_number(part)) {
      (*value > 31 ? year : day) = *value;
    }
  }
  if (month > 0) return year * 10'000 + month * 100 + day;
  // A name with a number in it ("Cabin 7") is a name; a number with a unit or a sign is a number.
  const char first = text.front();
  const bool leads = (first >= '0' && first <= '9') || first == '-' || first == '+' || first == '$' ||
                     first == '~' || static_cast<unsigned char>(first) >= 0x80 || has_currency(text);
  if (!leads) return std::nullopt;
  return number;
}

}  // namespace soma::model::reflex
