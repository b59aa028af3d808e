// "Which is heavier, the clock or the lantern?" when no table has both: each thing's own page is opened by
// the link that bears its name, and the measure is read there.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/moment.h"
#include "core/model/reflex/planner.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

constexpr size_t kMaxCompared = 3;

std::string bare_name(std::string_view text) {
  std::string out(strip(text, ".,;:!?\"'"));
  for (const std::string_view article : {"the ", "a ", "an ", "between ", "of "}) {
    if (os::to_lower(out).starts_with(article)) out.erase(0, article.size());
  }
  return out;
}

std::vector<std::string> split_names(std::string_view text, std::string_view conjunction) {
  std::vector<std::string> out;
  const std::string lower = os::to_lower(text);
  size_t begin = 0;
  for (size_t at = lower.find(conjunction); at != std::string::npos; at = lower.find(conjunction, begin)) {
    out.push_back(bare_name(text.substr(begin, at - begin)));
    begin = at + conjunction.size();
  }
  out.push_back(bare_name(text.substr(begin)));
  std::erase(out, "");
  return out;
}

// "Which is heavier, A or B", "is A heavier than B", "compare the weight of A and B".
std::vector<std::string> compared_things(std::string_view question, const Degree* degree) {
  const std::string lower = os::to_lower(question);
  std::string_view rest = strip(question, "?.!");
  if (const size_t than = lower.find(" than "); than != std::string::npos && degree != nullptr) {
    const size_t begin = lower.find(' ') + 1, end = lower.find(degree->word);
    if (end == std::string::npos || end <= begin) return {};
    return {bare_name(rest.substr(begin, end - begin)), bare_name(rest.substr(than + 6))};
  }
  if (degree != nullptr && contains(lower, " or ")) {
    size_t begin = lower.find(',');
    if (begin == std::string::npos) begin = lower.find(':');
    if (begin == std::string::npos) begin = lower.find(degree->word) + degree->word.size();
    return split_names(rest.substr(std::min(begin + 1, rest.size())), " or ");
  }
  if (!contains(lower, "compare") && !contains(lower, "difference") && !contains(lower, "between")) return {};
  for (const std::string_view opening : {" between ", " of "}) {
    const size_t at = lower.find(opening);
    if (at == std::string::npos) continue;
    return split_names(rest.substr(at + opening.size()), contains(lower, " or ") ? " or " : " and ");
  }
  return {};
}

// The word that says what is compared: "weight" in "compare the weight of A and B".
std::string compared_measure(std::string_view question, const Degree* degree) {
  if (degree != nullptr && !degree->measure.empty()) return std::string(degree->measure);
  const auto all = words(question);
  for (size_t i = 0; i + 1 < all.size(); ++i) {
    if ((all[i + 1] == "of" || all[i + 1] == "between") && !is_stop_word(all[i]) && all[i] != "difference")
      return all[i];
  }
  return contains_word(question, "compare") || contains_word(question, "difference") ? "price" : "";
}

// "Weight: 0.9 kg" says 0.9 of the weight.
std::optional<std::string> stated(const Document& document, std::string_view measure) {
  const std::string wanted = stem(measure);
  for (const Passage& passage : document.passages) {
    const size_t colon = passage.text.find(": ");
    if (colon == std::string::npos || passage.table_row) continue;
    const auto label = terms(std::string_view(passage.text).substr(0, colon));
    if (std::ranges::find(label, wanted) != label.end()) return passage.text.substr(colon + 2);
  }
  return std::nullopt;
}

}  // namespace

// False while a page is awaited; `best` is set when all things were found.
bool Planner::compare_pages(const std::string& question, std::optional<Answer>& best) {
  const Degree* degree = find_degree(question, false);
  if (degree == nullptr) degree = find_degree(question, true);
  const auto things = compared_things(question, degree);
  const std::string measure = compared_measure(question, degree);
  if (things.size() < 2 || things.size() > kMaxCompared || measure.empty() || page_ == nullptr ||
      tools_.browser == nullptr)
    return true;
  struct Finding {
    std::string name, value;
    double number;
  };
  std::vector<Finding> findings;
  const Document* start = page_;
  for (const std::string& thing : things) {
    if (page_ != start) {
      return_to_ = start->source;
      if (!come_back()) return false;
      start = page_;
    }
    const Element* link = find_element(*page_, thing, {"link"});
    if (link == nullptr) return true;
    const std::string name = plain_text(link->name);
    if (!act_on(*link, "click", {}, fmt::format("opened \"{}\"", name))) return false;
    const auto value = page_ == start ? std::nullopt : stated(*page_, measure);
    const auto number = value ? sort_value(*value) : std::nullopt;
    if (!number) return true;
    findings.push_back({name, *value, *number});
  }
  const bool highest = degree == nullptr || degree->highest;
  const auto winner = std::ranges::max_element(findings, [&](const Finding& a, const Finding& b) {
    return highest ? a.number < b.number : a.number > b.number;
  });
  std::string text;
  for (const Finding& finding : findings)
    text += fmt::format("\n- {}: {} {}", finding.name, measure, finding.value);
  const std::string first_words = os::to_lower(question.substr(0, question.find(' ')));
  const bool yes_no = first_words == "is" || first_words == "are" || first_words == "does";
  const std::string verdict = degree == nullptr ? ""
                              : yes_no          ? (winner == findings.begin() ? "Yes" : "No")
                                                : winner->name;
  best = Answer{fmt::format("{}{}", verdict.empty() ? "Compared:" : verdict + ":", text), page_, 0.9};
  return true;
}

}  // namespace soma::model::reflex
