// A sentence is central when its words are those that many other sentences have; the first ones of a page get
// a little more, since writers begin with what matters.
#include "core/model/reflex/summary.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

struct Ranked {
  size_t place;
  double score;
};

bool is_sentence(const Passage& passage, size_t min_words) {
  return !passage.table_row && words(passage.text).size() >= min_words;
}

}  // namespace

size_t wanted_sentences(std::string_view request) {
  const auto all = words(request);
  for (size_t i = 0; i + 1 < all.size(); ++i) {
    static const std::set<std::string_view> units = {"sentence", "sentences", "line",    "lines", "points",
                                                     "point",    "bullet",    "bullets", "short", "facts"};
    if (!units.contains(all[i + 1])) continue;
    const auto named = all[i] == "a" || all[i] == "single" ? std::optional(1) : number_word(all[i]);
    const auto number = named ? std::optional<double>(*named) : first_number(all[i]);
    if (number && *number >= 1) return std::min(static_cast<size_t>(*number), kMaxSentences);
  }
  return 0;
}

bool wants_points(std::string_view request) {
  return contains_word(request, "bullet") || contains_word(request, "bullets") ||
         contains_word(request, "points");
}

std::string summarize(const Document& document, size_t count, bool points) {
  constexpr size_t kMinWords = 6, kLead = 3;
  std::vector<const Passage*> sentences;
  for (const Passage& passage : document.passages) {
    if (is_sentence(passage, kMinWords)) sentences.push_back(&passage);
  }
  if (sentences.empty()) {
    for (const Passage& passage : document.passages) {
      if (is_sentence(passage, 2)) sentences.push_back(&passage);
    }
  }
  std::map<std::string, double> spread;
  for (const Passage* sentence : sentences) {
    const auto all = terms(sentence->text);
    for (const std::string& term : std::set<std::string>(all.begin(), all.end())) spread[term] += 1;
  }
  for (const std::string& term : terms(document.name())) spread[term] += 1;
  std::vector<Ranked> ranked;
  for (size_t i = 0; i < sentences.size(); ++i) {
    const auto all = terms(sentences[i]->text);
    double score = 0;
    for (const std::string& term : std::set<std::string>(all.begin(), all.end())) score += spread[term] - 1;
    score /= std::sqrt(static_cast<double>(std::max<size_t>(all.size(), 4)));
    if (i < kLead) score += 0.6 * static_cast<double>(kLead - i);
    ranked.push_back({i, score});
  }
  std::ranges::sort(ranked, [](const Ranked& a, const Ranked& b) {
    return a.score == b.score ? a.place < b.place : a.score > b.score;
  });
  if (ranked.size() > count) ranked.resize(count);
  std::ranges::sort(ranked, {}, &Ranked::place);
  std::string out;
  for (const Ranked& one : ranked)
    out += fmt::format("{}{}{}",
                       out.empty() ? ""
                       : points    ? "\n"
                                   : " ",
                       points ? "- " : "", sentences[one.place]->text);
  return out;
}

}  // namespace soma::model::reflex
