// Passages (sentences, list items, table rows) are ranked by BM25 (Robertson and Zaragoza, 2009) with light
// stems; words of the heading above count half. What a question asks for by its form ("how much", "when")
// must be there in kind: an amount, a time.
#include "core/model/reflex/answer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/dated.h"
#include "core/model/reflex/moment.h"
#include "core/model/reflex/table.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

constexpr double kSaturation = 1.2;
constexpr double kLengthWeight = 0.5;
constexpr double kHeadingWeight = 0.5;
constexpr double kHeadingCoverage = 0.8;  // a sentence under "Brass lantern" is about the brass lantern
constexpr size_t kMaxPassages = 20'000;

struct Candidate {
  const Passage* passage;
  const Document* document;
  std::map<std::string, double> counts;
  double length = 0;
  double score = 0;
  double coverage = 0;  // of the question's words, by weight
  double confidence = 0;
  size_t place = 0;  // in reading order

  // A word of the question stands only in the heading above.
  bool by_heading() const {
    return !passage->heading.empty() && std::ranges::any_of(counts, [&](const auto& count) {
      const auto above = terms(passage->heading);
      return count.second < 1 && std::ranges::find(above, count.first) != above.end();
    });
  }
};

bool has_digit(std::string_view text) {
  return text.find_first_of("0123456789") != std::string_view::npos;
}

bool names_time(std::string_view text) {
  if (contains(text, ":") && has_digit(text)) return true;
  for (const std::string& word : words(text)) {
    static const std::set<std::string_view> names = {
        "am",       "pm",        "noon",     "midnight", "today",    "daily",  "monday",
        "tuesday",  "wednesday", "thursday", "friday",   "saturday", "sunday", "january",
        "february", "march",     "april",    "june",     "july",     "august", "september",
        "october",  "november",  "december", "hour",     "hours",    "dawn",   "dusk",
        "sunset",   "sunrise",   "weekend",  "summer",   "winter"};
    if (names.contains(word)) return true;
  }
  return has_digit(text);
}

// Six digits and more in one run, with the signs that people put between them; no date.
bool has_phone_number(std::string_view text) {
  constexpr int kMinDigits = 6;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin;
    int digits = 0;
    while (end < text.size() && std::string_view("0123456789 +-()/.").contains(text[end]))
      digits += std::isdigit(static_cast<unsigned char>(text[end++])) != 0 ? 1 : 0;
    if (digits >= kMinDigits && !read_date(text.substr(begin, end - begin))) return true;
    begin = end + 1;
  }
  return false;
}

// An address or a telephone number is one also when no other word of the question stands beside it.
constexpr double kUnmistakable = 1.8;

// 1 when the passage has the kind of thing that is asked for, less when not, more when it is rare.
double kind_factor(const std::vector<std::string>& question, std::string_view passage) {
  const auto asks = [&](std::string_view word) {
    return std::ranges::find(question, word) != question.end();
  };
  const bool price = asks("price") || asks("prices") || asks("cost") || asks("costs") || asks("fee") ||
                     asks("fare") || (asks("how") && asks("much"));
  if (price)
    return has_currency(passage)            ? 1.5
           : contains_word(passage, "free") ? 1.2
           : has_digit(passage)             ? 0.9
                                            : 0.6;
  if (asks("email") || asks("e-mail")) return contains(passage, "@") ? kUnmistakable : 0.8;
  if (asks("phone") || asks("telephone") || asks("mobile"))
    return has_phone_number(passage) ? kUnmistakable : 0.8;
  if (asks("when") || asks("time") || asks("date") || asks("hours")) return names_time(passage) ? 1.3 : 0.6;
  static constexpr std::array<std::string_view, 16> kMeasures = {
      "many",  "number", "tall",   "long",   "high",   "deep", "old",      "heavy",
      "weigh", "weighs", "weight", "height", "length", "far",  "distance", "wide"};
  if (std::ranges::any_of(kMeasures, asks)) return has_digit(passage) ? 1.25 : 0.75;
  return 1;
}

// Words that give the form of the answer and say little of its subject.
bool gives_form(const std::string& term) {
  static const std::set<std::string_view> form = {"pric", "tim",    "dat",     "hour", "number",
                                                  "phon", "email",  "address", "nam",  "item",
                                                  "valu", "amount", "total",   "long", "exact"};
  return form.contains(term);
}

class Ranker {
 public:
  Ranker(std::span<const Document* const> documents, std::string_view question)
      : question_words_(words(question)) {
    for (std::string& term : terms(question)) wanted_.insert(std::move(term));
    for (const Document* document : documents) {
      for (const Passage& passage : document->passages) {
        // A line that is nothing but a date answers only who asks for one.
        if (!asks_when() && words(passage.text).size() <= 4 && read_date(passage.text)) continue;
        if (candidates_.size() < kMaxPassages) add(passage, *document);
      }
    }
  }

  std::vector<Candidate> run() {
    if (candidates_.empty() || wanted_.empty()) return {};
    double total = 0;
    for (const Candidate& candidate : candidates_) total += candidate.length;
    const double average = std::max(total / static_cast<double>(candidates_.size()), 1.0);
    std::map<std::string, double> weights;
    double full = 0;
    for (const std::string& term : wanted_) full += weights[term] = weight(term);
    for (Candidate& candidate : candidates_) score(candidate, weights, full, average);
    std::ranges::sort(candidates_, [](const Candidate& a, const Candidate& b) {
      return a.score == b.score ? a.place < b.place : a.score > b.score;
    });
    return std::move(candidates_);
  }

 private:
  bool asks_when() const {
    return std::ranges::any_of(question_words_, [](const std::string& word) {
      return word == "when" || word == "date" || word == "day" || word == "dates";
    });
  }

  void add(const Passage& passage, const Document& document) {
    Candidate candidate{.passage = &passage, .document = &document, .counts = {}};
    for (std::string& term : terms(passage.text)) {
      candidate.length += 1;
      if (wanted_.contains(term)) candidate.counts[term] += 1;
    }
    for (const std::string_view above : {std::string_view(passage.heading), document.name()}) {
      for (const std::string& term : terms(above)) {
        if (wanted_.contains(term) && candidate.counts[term] < kHeadingWeight)
          candidate.counts[term] = kHeadingWeight;
      }
    }
    candidate.place = candidates_.size();
    candidates_.push_back(std::move(candidate));
  }

  // A word that stands nowhere weighs as one that stands once: the others may still be enough. Words that
  // only give the form of the answer ("the price of …") weigh little: a price alone does not answer for
  // another thing.
  double weight(const std::string& term) const {
    const auto count = static_cast<double>(
        std::ranges::count_if(candidates_, [&](const Candidate& c) { return c.counts.contains(term); }));
    const double found = std::max(count, 1.0);
    const auto all = std::max(static_cast<double>(candidates_.size()), found);
    return (std::log(1 + (all - found + 0.5) / (found + 0.5)) + 0.2) * (gives_form(term) ? 0.4 : 1.0);
  }

  void score(Candidate& candidate, const std::map<std::string, double>& weights, double full,
             double average) const {
    double matched = 0;
    for (const auto& [term, count] : candidate.counts) {
      const double term_weight = weights.at(term);
      candidate.score +=
          term_weight * count * (kSaturation + 1) /
          (count + kSaturation * (1 - kLengthWeight + kLengthWeight * candidate.length / average));
      matched += term_weight * (count >= 1 ? 1.0 : kHeadingCoverage);
    }
    candidate.coverage = matched / full;
    const double kind = kind_factor(question_words_, candidate.passage->text);
    candidate.score = (candidate.score + (kind == kUnmistakable ? 1 : 0)) * kind * (0.4 + candidate.coverage);
    // A date or a label alone says nothing.
    if (candidate.length < 3 && kind <= 1) candidate.score *= 0.3;
    // "The email address of the hotel": most of what was asked for is the kind of thing itself.
    constexpr double kSure = 0.65;
    const auto form = static_cast<size_t>(std::ranges::count_if(wanted_, gives_form));
    if (kind == kUnmistakable && form * 2 >= wanted_.size()) {
      candidate.confidence = kSure;
      return;
    }
    candidate.confidence =
        std::min(0.9, candidate.coverage * std::min(kind, 1.0) + (kind == kUnmistakable ? 0.5 : 0));
  }

  std::vector<std::string> question_words_;
  std::set<std::string> wanted_;
  std::vector<Candidate> candidates_;
};

// The share of what the question is about that the table speaks of: the last *boat* is not the last *event*.
double relevance(const Document& document, const Table& table, std::string_view question) {
  std::set<std::string> vocabulary;
  const auto add = [&](std::string_view text) {
    for (std::string& term : terms(text)) vocabulary.insert(std::move(term));
  };
  add(document.title);
  add(table.caption);
  add(table.section);
  for (const Heading& heading : document.headings) add(heading.text);
  for (const std::string& header : table.headers) add(header);
  for (const auto& row : table.rows) {
    for (const std::string& cell : row) add(cell);
  }
  double subjects = 0, found = 0;
  for (const std::string& term : terms(question)) {
    if (is_form_word(term) || has_digit(term) || is_day_name(term) || number_word(term) ||
        number_word(term + "e"))
      continue;
    subjects += 1;
    if (vocabulary.contains(term)) found += 1;
  }
  return subjects == 0 ? 1 : found / subjects;
}

struct TableFinding {
  TableAnswer answer;
  const Document* document;
  const Table* table;
  double confidence;
};

// Rows that fit in other tables of the page belong to the answer too: each under its table's name.
std::string with_other_tables(const std::vector<TableFinding>& findings, const TableFinding& best) {
  std::string out;
  size_t parts = 0;
  for (const TableFinding& finding : findings) {
    const bool belongs =
        finding.document == best.document && finding.answer.of_rows && finding.confidence >= kMinConfidence;
    if (&finding != &best && !(belongs && best.answer.of_rows)) continue;
    const bool named =
        finding.table->caption.empty() || contains(finding.answer.text, finding.table->caption);
    out += (parts++ == 0 ? "" : "\n\n") + (named ? "" : finding.table->caption + ": ") + finding.answer.text;
  }
  return parts > 1 ? out : best.answer.text;
}

std::optional<Answer> best_table_answer(std::span<const Document* const> documents,
                                        std::string_view question) {
  std::vector<TableFinding> findings;
  for (const Document* document : documents) {
    for (const Table& table : document->tables) {
      auto answer = ask_table(table, question);
      if (!answer) continue;
      const double share = relevance(*document, table, question);
      double confidence = answer->confidence * (share >= 0.5 ? 0.5 + 0.5 * share : share);
      // "Which dishes cost less than $20" of a menu that never says "dish": asked of one page, it is its
      // table.
      constexpr double kOfThisPage = 0.63;
      if (share == 0 && documents.size() == 1 && answer->of_rows && document->tables.size() == 1)
        confidence = kOfThisPage;
      if (confidence >= kMinConfidence)
        findings.push_back({*std::move(answer), document, &table, confidence});
    }
  }
  const auto best = std::ranges::max_element(findings, {}, &TableFinding::confidence);
  if (best == findings.end()) return std::nullopt;
  return Answer{with_other_tables(findings, *best), best->document, best->confidence};
}

// What stands under the heading that answers, from the passage on.
std::string section_text(const Candidate& candidate) {
  constexpr size_t kMaxSectionBytes = 400;
  std::string text = candidate.passage->heading + ": " + candidate.passage->text;
  if (std::ranges::any_of(candidate.counts, [](const auto& count) { return count.second >= 1; })) return text;
  const Passage* end = candidate.document->passages.data() + candidate.document->passages.size();
  for (const Passage* next = candidate.passage + 1;
       next != end && next->heading == candidate.passage->heading; ++next) {
    if (text.size() + next->text.size() > kMaxSectionBytes) break;
    text += " " + next->text;
  }
  return text;
}

std::optional<Answer> best_passages(std::span<const Document* const> documents, std::string_view question) {
  const std::vector<Candidate> ranked = Ranker(documents, question).run();
  if (ranked.empty() || ranked.front().score <= 0) return std::nullopt;
  const Candidate& first = ranked.front();
  if (first.confidence < kMinConfidence) return std::nullopt;
  if (first.by_heading()) return Answer{section_text(first), first.document, first.confidence};
  std::vector<const Candidate*> taken = {&first};
  for (size_t i = 1; i < ranked.size() && taken.size() < 3; ++i) {
    const Candidate& next = ranked[i];
    if (next.document != first.document || next.score < first.score * 0.75) break;
    const bool known = std::ranges::any_of(
        taken, [&](const Candidate* other) { return contains(other->passage->text, next.passage->text); });
    if (!known) taken.push_back(&next);
  }
  std::ranges::sort(taken, {}, &Candidate::place);
  std::string text;
  for (const Candidate* one : taken)
    text += (text.empty() ? "" : "\n") + std::string(taken.size() > 1 ? "- " : "") + one->passage->text;
  return Answer{std::move(text), first.document, first.confidence};
}

std::string quoted_list(const std::vector<std::string>& names, size_t limit) {
  std::string out;
  for (size_t i = 0; i < names.size() && i < limit; ++i)
    out += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", shortened(names[i], 60));
  if (names.size() > limit) out += fmt::format(" and {} more", names.size() - limit);
  return out;
}

void describe_tables(const Document& document, std::string& out) {
  for (size_t i = 0; i < document.tables.size() && i < 4; ++i) {
    const Table& table = document.tables[i];
    if (table.rows.empty()) continue;
    out +=
        fmt::format("- Table{}: {} rows with {}\n", table.caption.empty() ? "" : " \"" + table.caption + "\"",
                    table.rows.size(), fmt::join(table.headers, ", "));
  }
}

void describe_elements(const Document& document, std::string& out) {
  std::vector<std::string> links, fields, buttons;
  const auto add = [](std::vector<std::string>& names, const std::string& name) {
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const Element& element : document.elements) {
    if (element.kind == "link") add(links, plain_text(element.name));
    if (element.is_field()) add(fields, element.name);
    if (element.kind == "button") add(buttons, element.name);
  }
  if (!fields.empty()) out += fmt::format("- Form fields: {}\n", quoted_list(fields, 12));
  if (!buttons.empty()) out += fmt::format("- Buttons: {}\n", quoted_list(buttons, 8));
  if (!links.empty()) out += fmt::format("- Links: {}\n", quoted_list(links, 16));
}

}  // namespace

std::optional<Answer> answer_question(std::span<const Document* const> documents, std::string_view question) {
  for (const Document* document : documents) {
    constexpr double kDatedConfidence = 0.93;
    if (auto found = ask_dated(*document, question))
      return Answer{*std::move(found), document, kDatedConfidence};
  }
  auto table = best_table_answer(documents, question);
  auto passages = best_passages(documents, question);
  if (table && (!passages || table->confidence >= passages->confidence)) return table;
  return passages;
}

std::optional<Answer> nearest_passage(std::span<const Document* const> documents, std::string_view question) {
  constexpr double kNear = 0.25;
  const std::vector<Candidate> ranked = Ranker(documents, question).run();
  if (ranked.empty() || ranked.front().confidence < kNear) return std::nullopt;
  const Candidate& first = ranked.front();
  return Answer{first.by_heading() ? section_text(first) : first.passage->text, first.document,
                first.confidence};
}

std::string describe(const Document& document) {
  constexpr size_t kMaxLead = 700;
  std::string out = fmt::format("### {}\n", document.name());
  std::string lead;
  for (const Passage& passage : document.passages) {
    if (passage.table_row || lead.size() > kMaxLead) continue;
    if (passage.text.size() < 4 || passage.text == document.title) continue;
    lead += (lead.empty() ? "" : " ") + passage.text;
  }
  if (!lead.empty()) out += shortened(lead, kMaxLead) + "\n";
  std::string facts;
  std::vector<std::string> headings;
  for (const Heading& heading : document.headings) headings.push_back(heading.text);
  if (!headings.empty()) facts += fmt::format("- Headings: {}\n", quoted_list(headings, 12));
  describe_tables(document, facts);
  describe_elements(document, facts);
  if (!facts.empty()) out += "\n" + facts;
  if (lead.empty() && facts.empty()) out += "The page has no readable text.\n";
  out.pop_back();
  return out;
}

}  // namespace soma::model::reflex
