// The question is read in four parts: which rows (names and limits in it), which column, what to compute, and
// how many of them.
#include "core/model/reflex/table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/moment.h"
#include "core/model/reflex/table_reading.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

class Asker : private TableReading {
 public:
  Asker(const Table& table, std::string_view question) : TableReading(table, question) {}

  std::optional<TableAnswer> run() {
    if (table_.rows.empty() || table_.headers.empty()) return std::nullopt;
    name_column_ = find_name_column();
    pick_rows();
    if (unmet_) return std::nullopt;
    if (auto answer = yes_or_no()) return answer;
    if (auto answer = compare()) return answer;
    if (const Degree* superlative = find_degree(question_, true)) {
      if (auto answer = extreme(*superlative)) return answer;
    }
    if ((has("how") && has("many")) || (!words_.empty() && words_[0] == "count")) {
      if (auto answer = count()) return answer;
    }
    if (has("total") || has("sum") || has("average") || has("mean") || has("altogether")) {
      if (auto answer = total()) return answer;
    }
    if (auto answer = lookup()) return answer;
    if (limited_ || wants_all_rows()) return list_rows();
    return std::nullopt;
  }

 private:
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

  // "the three cheapest", "top 5": the number that stands right before or behind the superlative.
  size_t wanted_count() const {
    constexpr int kMaxWanted = 20;
    for (const std::string& word : words_) {
      const auto named = number_word(word);
      const auto digits = named ? std::nullopt : first_number(word);
      const int count = named ? *named : digits && word.size() < 3 ? static_cast<int>(*digits) : 0;
      if (count > 1 && count <= kMaxWanted) return static_cast<size_t>(count);
    }
    return 1;
  }

  // "The first item" of a table without dates: the row that stands there.
  std::optional<TableAnswer> by_place(const Degree& degree) const {
    if (rows_.empty()) return std::nullopt;
    const size_t row = degree.highest ? rows_.back() : rows_.front();
    return TableAnswer{
        fmt::format("The {} is: {}{}.", degree.word, row_name(row), row_details(row, name_column_)), 0.85};
  }

  std::optional<TableAnswer> extreme(const Degree& superlative) {
    std::optional<size_t> column = superlative.measure == "price" ? column_like("price") : named_column(true);
    if (!column && header_match(name_column_) == 1 && numeric_[name_column_]) column = name_column_;
    if (!column) column = column_like(superlative.measure);
    if (!column && (superlative.measure.empty() || superlative.measure == "rating")) column = only_numeric();
    if (!column && (superlative.word == "first" || superlative.word == "last")) return by_place(superlative);
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
      const std::string which = superlative.measure.empty()
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
    // Of two tables the one that names the column in full is meant.
    return TableAnswer{std::move(text), 0.92 + 0.04 * header_match(*column)};
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
    constexpr size_t kMaxNamed = 20;
    if (limited_ && !rows_.empty() && rows_.size() <= kMaxNamed) text += ": " + names_of_rows();
    return TableAnswer{text + ".", limited_ ? 0.9 : 0.7, limited_};
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

  // "What happened in 1986?": the one row with a cell that is a number of the question.
  std::optional<TableAnswer> keyed_row() const {
    constexpr size_t kMinKey = 3;
    std::optional<size_t> found;
    size_t key = 0;
    for (size_t row = 0; row < table_.rows.size(); ++row) {
      for (size_t column = 0; column < table_.headers.size(); ++column) {
        const std::string& cell = table_.rows[row][column];
        const bool digits =
            cell.size() >= kMinKey && cell.find_first_not_of("0123456789:-") == std::string::npos;
        if (!digits || !contains(question_, cell)) continue;
        if (found && *found != row) return std::nullopt;
        found = row;
        key = column;
      }
    }
    if (!found) return std::nullopt;
    return TableAnswer{
        fmt::format("{}: {}{}.", table_.rows[*found][key], row_name(*found), row_details(*found, key)), 0.85};
  }

  std::optional<TableAnswer> lookup() const {
    const auto row = named_row();
    if (!row) return keyed_row();
    if (auto answer = value_of(*row)) return answer;
    // The name alone: the whole row, when nothing else in the question is left unanswered.
    const auto name = terms(row_name(*row));
    const size_t others = static_cast<size_t>(std::ranges::count_if(
        terms_, [&](const std::string& term) { return std::ranges::find(name, term) == name.end(); }));
    if (others > 1) return std::nullopt;
    return TableAnswer{fmt::format("{}{}.", row_name(*row), row_details(*row, name_column_)), 0.6};
  }

  // "list all items", "which boats are there": an order for a list that names what the table has.
  bool wants_all_rows() const {
    if (words_.empty()) return false;
    static constexpr std::array<std::string_view, 12> kOpenings = {
        "list", "show", "give", "name", "what", "which", "extract", "get", "print", "report", "tell", "find"};
    if (std::ranges::find(kOpenings, words_[0]) == kOpenings.end()) return false;
    const bool every = has("all") || has("every") || has("each") || words_[0] == "list";
    if (!every) return false;
    const auto about =
        terms(fmt::format("{} {} {}", table_.caption, table_.section, fmt::join(table_.headers, " ")));
    return std::ranges::any_of(terms_, [&](const std::string& term) {
      return term == "item" || term == "row" || std::ranges::find(about, term) != about.end();
    });
  }

  // By its first word, or by most of its words: "price" is enough for "Price per night".
  bool is_named(size_t column) const {
    const auto header = terms(table_.headers[column]);
    return header_match(column) >= 0.5 ||
           (!header.empty() && std::ranges::find(terms_, header.front()) != terms_.end());
  }

  // The columns that the question names beside the name; all when it names none.
  std::string listed(size_t row) const {
    std::string out;
    for (size_t column = 0; column < table_.headers.size(); ++column) {
      if (column == name_column_ || table_.rows[row][column].empty() || limit_column_ || !is_named(column))
        continue;
      out += fmt::format("{}{}: {}", out.empty() ? " (" : ", ", table_.headers[column],
                         table_.rows[row][column]);
    }
    return out.empty() ? row_details(row, name_column_) : out + ")";
  }

  std::optional<TableAnswer> list_rows() const {
    const std::string title = table_.caption.empty() ? "the table" : fmt::format("\"{}\"", table_.caption);
    if (rows_.empty()) {
      if (conditions_.empty()) return std::nullopt;
      return TableAnswer{fmt::format("None of the {} rows of {} fits.", table_.rows.size(), title), 0.7,
                         true};
    }
    std::string text = rows_.size() == table_.rows.size()
                           ? fmt::format("All {} rows of {}:", rows_.size(), title)
                           : fmt::format("{} of {} rows of {} {}:", rows_.size(), table_.rows.size(), title,
                                         rows_.size() == 1 ? "fits" : "fit");
    for (const size_t row : rows_) text += fmt::format("\n- {}{}", row_name(row), listed(row));
    return TableAnswer{std::move(text), limited_ ? 0.92 : 0.8, true};
  }

  // Rows whose whole name stands in the question, in the order they are named there.
  std::vector<size_t> named_rows() const {
    std::vector<std::pair<size_t, size_t>> found;  // place in the question, row
    std::vector<std::string> stems;
    for (const std::string& word : words_) stems.push_back(stem(word));
    for (size_t row = 0; row < table_.rows.size(); ++row) {
      const auto name = terms(row_name(row));
      if (name.empty()) continue;
      size_t place = stems.size();
      const bool all = std::ranges::all_of(name, [&](const std::string& term) {
        const auto at = std::ranges::find(stems, term);
        place = std::min(place, static_cast<size_t>(at - stems.begin()));
        return at != stems.end();
      });
      if (all) found.emplace_back(place, row);
    }
    std::ranges::sort(found);
    std::vector<size_t> out;
    for (const auto& [place, row] : found) out.push_back(row);
    return out;
  }

  // "Which is cheaper, the compass or the gauge?", "is the compass cheaper than the gauge?"
  std::optional<TableAnswer> compare() const {
    const Degree* degree = find_degree(question_, false);
    if (degree == nullptr) degree = find_degree(question_, true);
    const bool asks = has("compare") || has("difference");
    if (degree == nullptr && !asks) return std::nullopt;
    const auto named = named_rows();
    if (named.size() != 2) return std::nullopt;
    auto column = degree != nullptr ? column_like(degree->measure) : std::nullopt;
    if (!column) column = named_column(true);
    if (!column && asks) column = column_like("price");
    if (!column) return std::nullopt;
    const auto first = sort_value(table_.rows[named[0]][*column]),
               second = sort_value(table_.rows[named[1]][*column]);
    if (!first || !second) return std::nullopt;
    std::string text =
        fmt::format("{}: {} {}, {} {}.", table_.headers[*column], row_name(named[0]),
                    table_.rows[named[0]][*column], row_name(named[1]), table_.rows[named[1]][*column]);
    const std::string gap = currency_of(*column) + format_number(std::abs(*first - *second));
    const bool moments = is_moment(table_.rows[named[0]][*column]);
    if (*first == *second) {
      text = "They are equal. " + text;
    } else if (degree != nullptr) {
      const bool first_wins = (*first > *second) == degree->highest;
      const bool yes_no = has("is") && (words_[0] == "is" || words_[0] == "are");
      const std::string verdict = yes_no ? (first_wins ? "Yes" : "No") : row_name(named[first_wins ? 0 : 1]);
      text =
          fmt::format("{}. {}{}", verdict, text, moments ? "" : fmt::format(" The difference is {}.", gap));
    } else if (!moments) {
      text += fmt::format(" The difference is {}.", gap);
    }
    return TableAnswer{std::move(text), 0.96};
  }

  // "Is the compass under 50 euros?", "does the morning boat run daily?": of one row, whether a condition or
  // a cell holds.
  std::optional<TableAnswer> yes_or_no() const {
    static constexpr std::array<std::string_view, 6> kOpenings = {"is", "are", "does", "do", "has", "can"};
    if (words_.empty() || std::ranges::find(kOpenings, words_[0]) == kOpenings.end()) return std::nullopt;
    const auto named = named_rows();
    if (named.size() != 1 ||
        (conditions_.empty() && !limited_ && !contains(os::to_lower(question_), "in stock")))
      return std::nullopt;
    const bool holds = std::ranges::find(rows_, named[0]) != rows_.end();
    return TableAnswer{fmt::format("{}. {}{}.", holds ? "Yes" : "No", row_name(named[0]),
                                   row_details(named[0], name_column_)),
                       0.95};
  }
};

}  // namespace

std::optional<TableAnswer> ask_table(const Table& table, std::string_view question) {
  return Asker(table, question).run();
}

}  // namespace soma::model::reflex
