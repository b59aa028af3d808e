// A correction names a value, not a fact: the fact is the one that has a value of that kind. What counts as a
// value is a run of words with capitals, digits or names of days: "Hillside School", "3 May", "88231".
#include "services/memory/strategies/language/corrections.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <span>
#include <vector>

#include "base/os/text.h"
#include "services/memory/strategies/language/pattern.h"
#include "services/memory/strategies/language/statements.h"
#include "services/memory/strategies/language/verbs.h"
#include "services/memory/strategies/language/words.h"

namespace soma::memory::language {
namespace {

using Words = std::span<const Word>;

constexpr size_t kMaxRightWords = 6;
constexpr size_t kMaxWrongWords = 5;

// What stands before the value. Those of kPointing need another sign that something is corrected.
constexpr std::string_view kMeaning[] = {"i ~ meant|mean to? say?", "i should have said", "make that|it"};
constexpr std::string_view kPointing[] = {"it's ~",        "it is|was ~",  "that's ~",
                                          "that is|was ~", "it should be", "that should be"};
constexpr std::string_view kOpening[] = {"actually",   "no",         "nope",          "sorry",      "wait",
                                         "correction", "oops",       "scratch that",  "my mistake", "my bad",
                                         "i'm sorry",  "i misspoke", "to be precise", "i was wrong"};
constexpr std::string_view kInstead[] = {"not", "instead of", "rather than"};

const PatternList& meaning() {
  static const PatternList list(kMeaning);
  return list;
}
const PatternList& pointing() {
  static const PatternList list(kPointing);
  return list;
}
const PatternList& opening() {
  static const PatternList list(kOpening);
  return list;
}
const PatternList& instead() {
  static const PatternList list(kInstead);
  return list;
}

enum class Kind { kNone, kName, kNumber, kTime, kWeekday, kMonth };

bool begins_with_capital(const Word& word) {
  return std::isupper(static_cast<unsigned char>(word.raw[0])) != 0;
}

Kind kind_of(Words all, size_t at) {
  const Word& word = all[at];
  if (is_weekday(word.folded)) return Kind::kWeekday;
  const bool month = is_month(word.folded) || word.raw == "May" || word.raw == "March";
  if (month) return Kind::kMonth;
  if (is_number(word.folded)) return word.folded.contains(':') ? Kind::kTime : Kind::kNumber;
  const bool name = begins_with_capital(word) && !is_stop_word(word.folded) && word.folded != "asked";
  return name && !word.folded.starts_with("i'") ? Kind::kName : Kind::kNone;
}

// A value: the words from `begin` to `end`, all of one kind.
struct Run {
  size_t begin, end;
  Kind kind;
};

std::vector<Run> runs_of(Words all) {
  std::vector<Run> runs;
  for (size_t at = 0; at < all.size(); ++at) {
    const Kind kind = kind_of(all, at);
    if (kind == Kind::kNone) continue;
    const bool continues =
        !runs.empty() && runs.back().end == at && runs.back().kind == kind && !all[at].after_break;
    if (continues)
      runs.back().end = at + 1;
    else
      runs.push_back({at, at + 1, kind});
  }
  return runs;
}

std::string_view text_of(std::string_view whole, Words all, size_t begin, size_t end) {
  const size_t from = static_cast<size_t>(all[begin].raw.data() - whole.data());
  const std::string_view last = all[end - 1].raw;
  return whole.substr(from, static_cast<size_t>(last.data() - whole.data()) + last.size() - from);
}

// Where the words of `part` stand in `all`, one after the other.
std::optional<size_t> find(Words all, Words part) {
  for (size_t at = 0; at + part.size() <= all.size() && !part.empty(); ++at)
    if (std::ranges::equal(all.subspan(at, part.size()), part, {}, &Word::folded, &Word::folded)) return at;
  return std::nullopt;
}

std::string replaced(std::string_view text, Words all, size_t begin, size_t end, std::string_view by) {
  const std::string_view old = text_of(text, all, begin, end);
  const size_t from = static_cast<size_t>(old.data() - text.data());
  return std::string(text.substr(0, from)) + std::string(by) + std::string(text.substr(from + old.size()));
}

// No mere value: a verb or another clause is in it.
bool is_clause(Words all) {
  return std::ranges::any_of(all, [](const Word& word) {
    return (is_finite(word.folded) && !begins_with_capital(word)) || word.folded == "where" ||
           word.folded == "when" || word.folded == "who" || word.folded == "that" || word.folded == "because";
  });
}

// How many words at the beginning say that something was wrong: "No, I'm sorry, ".
size_t opening_length(Words all) {
  size_t at = 0;
  while (at < all.size()) {
    const auto match = opening().at(all, at);
    if (!match) break;
    const bool marked = match->end >= all.size() || all[match->end].after_break;
    if (!marked && all[at].folded != "actually" && all[at].folded != "no" && all[at].folded != "sorry") break;
    at = match->end;
  }
  return at;
}

}  // namespace

bool opens_correction(std::string_view sentence) {
  const std::vector<Word> found = words(sentence);
  const Words all = found;
  const size_t begin = !all.empty() && (all[0].folded == "and" || all[0].folded == "oh") ? 1 : 0;
  return opening_length(all.subspan(begin)) > 0;
}

std::optional<Correction> correction_of(std::string_view sentence) {
  const std::vector<Word> found = words(sentence);
  Words all = found;
  if (!all.empty() && (all[0].folded == "and" || all[0].folded == "oh" || all[0].folded == "but"))
    all = all.subspan(1);
  const size_t opened = opening_length(all);
  all = all.subspan(opened);
  if (all.empty()) return std::nullopt;
  const auto means = meaning().at(all, 0);
  const auto points = pointing().at(all, 0);
  if (!means && !points) return std::nullopt;
  all = all.subspan(means ? means->end : points->end);
  size_t end = 0;
  std::optional<PatternList::Match> wrong;
  while (end < all.size() && !(wrong = instead().at(all, end)) && (end == 0 || !all[end].after_break)) ++end;
  if (end == 0 || end > kMaxRightWords) return std::nullopt;
  if ((end < all.size() && !wrong) || is_clause(all.first(end))) return std::nullopt;  // it says more
  Correction correction{
      .right = std::string(text_of(sentence, all, 0, end)), .wrong = {}, .meant = means.has_value()};
  if (wrong && wrong->end < all.size() && all.size() - wrong->end <= kMaxWrongWords)
    correction.wrong = text_of(sentence, all, wrong->end, all.size());
  if (correction.wrong.empty() && (wrong || (!means && opened == 0))) return std::nullopt;
  if (correction.wrong.empty() && runs_of(all.first(end)).empty()) return std::nullopt;
  return correction;
}

std::optional<std::string> corrected(std::string_view text, const Correction& correction) {
  const std::vector<Word> all = words(text), right = words(correction.right), wrong = words(correction.wrong);
  const std::vector<Run> values = runs_of(right);
  if (!wrong.empty()) {
    const std::vector<Run> named = runs_of(wrong);
    const bool by_value = named.size() == 1 && !values.empty();
    const Words old =
        by_value ? Words(wrong).subspan(named[0].begin, named[0].end - named[0].begin) : Words(wrong);
    const auto at = find(all, old);
    if (!at) return std::nullopt;
    const std::string_view by = by_value ? text_of(correction.right, right, values[0].begin, values[0].end)
                                         : std::string_view(correction.right);
    return replaced(text, all, *at, *at + old.size(), by);
  }
  if (values.size() != 1) return std::nullopt;
  std::optional<Run> only;
  for (const Run& run : runs_of(all)) {
    if (run.kind != values[0].kind || run.begin == 0) continue;
    if (only) return std::nullopt;
    only = run;
  }
  if (!only) return std::nullopt;
  const std::string_view by = text_of(correction.right, right, values[0].begin, values[0].end);
  if (os::to_lower(text_of(text, all, only->begin, only->end)) == os::to_lower(by)) return std::nullopt;
  return replaced(text, all, only->begin, only->end, by);
}

bool shares_topic(std::string_view text, const Correction& correction) {
  const std::vector<std::string> said = content_words(text);
  return std::ranges::any_of(content_words(correction.right), [&](const std::string& word) {
    return !is_number(word) && std::ranges::binary_search(said, word);
  });
}

}  // namespace soma::memory::language
