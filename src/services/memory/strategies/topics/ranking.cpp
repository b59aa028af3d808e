#include "services/memory/strategies/topics/ranking.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>

#include "services/memory/strategies/topics/cues.h"
#include "services/memory/strategies/topics/words.h"

namespace soma::memory::topics {
namespace {

constexpr double kQuestionWeight = 0.3;  // a question says little, its answer what matters
constexpr double kCourtesyWeight = 0;    // nobody looks for a greeting
constexpr double kRepeatedWorth = 0.1;   // of a word that a chosen sentence has

struct Ranked {
  std::vector<size_t> terms;  // numbers of distinct terms
  double weight = 0;
  bool open = true;  // may still be chosen
};

class Ranking {
 public:
  explicit Ranking(std::span<const Candidate> candidates) {
    std::unordered_map<std::string, size_t> numbers;
    for (const Candidate& candidate : candidates) {
      Ranked ranked{.weight = candidate.weight * weight_of(candidate.text)};
      for (std::string& term : distinct_terms(candidate.text)) {
        const size_t number = numbers.try_emplace(std::move(term), worth_.size()).first->second;
        if (number == worth_.size()) worth_.push_back(0);
        worth_[number] += candidate.weight;
        ranked.terms.push_back(number);
      }
      sentences_.push_back(std::move(ranked));
    }
    for (double& worth : worth_) worth = std::log1p(worth);
    covered_.assign(worth_.size(), false);
  }

  // The best of those that are open; none when no open one says anything.
  std::ptrdiff_t best() const {
    std::ptrdiff_t found = -1;
    double most = 0;
    for (size_t at = 0; at < sentences_.size(); ++at) {
      if (!sentences_[at].open) continue;
      const double value = value_of(sentences_[at]);
      if (value > most) {
        most = value;
        found = static_cast<std::ptrdiff_t>(at);
      }
    }
    return found;
  }

  void close(size_t at) { sentences_[at].open = false; }
  void choose(size_t at) {
    close(at);
    for (const size_t term : sentences_[at].terms) covered_[term] = true;
  }

 private:
  static double weight_of(std::string_view sentence) {
    if (is_courtesy(sentence)) return kCourtesyWeight;
    return sentence.ends_with('?') ? kQuestionWeight : 1;
  }

  double value_of(const Ranked& sentence) const {
    double sum = 0;
    for (const size_t term : sentence.terms) sum += worth_[term] * (covered_[term] ? kRepeatedWorth : 1);
    return sum * sentence.weight;
  }

  std::vector<Ranked> sentences_;
  std::vector<double> worth_;  // by term
  std::vector<bool> covered_;
};

}  // namespace

std::vector<size_t> choose_sentences(std::span<const Candidate> candidates, size_t budget_bytes) {
  candidates = candidates.first(std::min(candidates.size(), kMaxRankedSentences));
  Ranking ranking(candidates);
  // Too long ones go first, so that the loop below looks at the whole list once for each that is chosen.
  for (size_t at = 0; at < candidates.size(); ++at)
    if (candidates[at].text.size() > budget_bytes) ranking.close(at);
  const bool anyone_free =
      std::ranges::any_of(candidates, [](const Candidate& each) { return !each.bounded; });
  size_t left = budget_bytes;
  size_t left_bounded = anyone_free ? budget_bytes / 2 : budget_bytes;
  std::vector<size_t> chosen;
  for (std::ptrdiff_t best = ranking.best(); best >= 0; best = ranking.best()) {
    const auto at = static_cast<size_t>(best);
    const Candidate& candidate = candidates[at];
    const size_t size = candidate.text.size();
    chosen.push_back(at);
    ranking.choose(at);
    left -= size;
    if (candidate.bounded) left_bounded -= size;
    for (size_t other = 0; other < candidates.size(); ++other) {
      const size_t room = candidates[other].bounded ? std::min(left, left_bounded) : left;
      if (candidates[other].text.size() > room) ranking.close(other);
    }
  }
  std::ranges::sort(chosen);
  return chosen;
}

}  // namespace soma::memory::topics
