#include "core/model/reflex/dated.h"

#include <algorithm>

#include <fmt/format.h>
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

// Nothing but a date, perhaps with a word before it: "Posted 3 May 2026".
bool is_date_line(std::string_view text) {
  constexpr size_t kMaxDateLine = 40, kMaxDateWords = 5;
  return text.size() <= kMaxDateLine && words(text).size() <= kMaxDateWords && read_date(text);
}

void add_text(DatedEntry& entry, std::string_view text) {
  constexpr size_t kMaxDatedSentences = 2;
  if (++entry.sentences > kMaxDatedSentences) return;
  if (entry.text.size() + text.size() <= kMaxDatedText)
    entry.text += (entry.text.empty() ? "" : " ") + std::string(text);
}

// A date line belongs to the heading below it when that one follows at once, else to the one above.
std::vector<DatedEntry> by_headings(const Document& document) {
  std::vector<DatedEntry> out;
  const auto& passages = document.passages;
  std::optional<Date> coming;
  for (size_t i = 0; i < passages.size(); ++i) {
    const Passage& passage = passages[i];
    const bool new_section = i == 0 || passages[i - 1].heading != passage.heading;
    const bool section_ends = i + 1 < passages.size() && passages[i + 1].heading != passage.heading;
    if (passage.table_row) continue;
    if (is_date_line(passage.text)) {
      if (section_ends) {
        coming = read_date(passage.text);
      } else if (new_section && !passage.heading.empty()) {
        out.push_back({*read_date(passage.text), passage.heading, ""});
      }
      continue;
    }
    if (new_section && coming && !passage.heading.empty()) {
      out.push_back({*coming, passage.heading, ""});
      coming.reset();
    }
    if (!out.empty() && out.back().title == passage.heading) add_text(out.back(), passage.text);
  }
  // "## 2026-05-03: The landing opens"
  if (out.size() < 2) {
    out.clear();
    for (const Heading& heading : document.headings) {
      const auto date = read_date(heading.text);
      if (!date) continue;
      out.push_back({*date, heading.text, ""});
      for (const Passage& passage : passages) {
        if (passage.heading == heading.text) add_text(out.back(), passage.text);
      }
    }
  }
  return out;
}

std::vector<DatedEntry> by_lines(const Document& document) {
  std::vector<DatedEntry> out;
  constexpr size_t kDateBegins = 16;
  for (const Passage& passage : document.passages) {
    if (passage.table_row) continue;
    const auto date = read_date(std::string_view(passage.text).substr(0, kDateBegins));
    if (date) out.push_back({*date, passage.text, ""});
  }
  return out;
}

std::string shown(const DatedEntry& entry) {
  const std::string date =
      entry.date.year > 0 ? iso_date(entry.date) : fmt::format("{}/{}", entry.date.day, entry.date.month);
  return read_date(entry.title) ? entry.title : fmt::format("\"{}\" ({})", entry.title, date);
}

}  // namespace

std::vector<DatedEntry> dated_entries(const Document& document) {
  auto out = by_headings(document);
  if (out.size() < 2) out = by_lines(document);
  if (out.size() < 2) out.clear();
  for (size_t i = 0; i < out.size(); ++i) out[i].place = i;
  return out;
}

std::optional<std::string> ask_dated(const Document& document, std::string_view question) {
  const auto asked = terms(question);
  if (const auto day = read_date(question)) {
    for (const DatedEntry& entry : dated_entries(document)) {
      if (same_date(*day, entry.date)) return shown(entry) + (entry.text.empty() ? "." : ": " + entry.text);
    }
  }
  const bool about_news = std::ranges::any_of(asked, [](const std::string& term) { return is_news(term); });
  if (!about_news) return std::nullopt;
  const Degree* degree = find_degree(question, true);
  const bool by_date = degree != nullptr && degree->measure == "date";
  const bool all = contains_word(question, "list") || contains_word(question, "all") ||
                   contains_word(question, "headlines");
  if (!by_date && !all) return std::nullopt;
  // Another subject than the news themselves: "the last boat of the first day".
  for (const std::string& term : asked) {
    const bool known = is_news(term) || is_form_word(term) || month_number(term) || first_number(term) ||
                       number_word(term) || term == "recent" || term == "publish" || term == "post" ||
                       term == "date" || term == "dat" ||
                       std::ranges::any_of(document.headings, [&](const Heading& heading) {
                         const auto have = terms(heading.text);
                         return std::ranges::find(have, term) != have.end();
                       });
    if (!known) return std::nullopt;
  }
  auto entries = dated_entries(document);
  if (entries.empty()) return std::nullopt;
  const bool oldest_first = by_date && !degree->highest;
  std::ranges::sort(entries, [&](const DatedEntry& a, const DatedEntry& b) {
    if (a.date == b.date) return a.place < b.place;
    return oldest_first ? a.date < b.date : a.date > b.date;
  });
  size_t count = by_date ? 1 : entries.size();
  for (const std::string& word : words(question)) {
    const auto named = number_word(word);
    const int digits = named             ? *named
                       : word.size() < 3 ? static_cast<int>(first_number(word).value_or(0))
                                         : 0;
    if (digits > 1) count = static_cast<size_t>(digits);
  }
  count = std::min(count, entries.size());
  if (count == 1)
    return fmt::format("The {} is {}{}{}", degree->word, shown(entries[0]),
                       entries[0].text.empty() ? "." : ": ", entries[0].text);
  std::string out = by_date ? fmt::format("The {} {}:", count, degree->word)
                            : fmt::format("{} entries, the newest first:", count);
  for (size_t i = 0; i < count; ++i) out += fmt::format("\n{}. {}", i + 1, shown(entries[i]));
  return out;
}

}  // namespace soma::model::reflex
