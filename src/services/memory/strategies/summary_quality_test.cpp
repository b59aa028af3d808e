// How much of what a session was about is in the sentences that the rules choose: ROUGE (Lin, 2004) against
// the session summaries of LoCoMo ($SOMA_DATA/locomo), beside the first sentences and the longest ones at the
// same length. All are cut to the reference's number of words; words are compared in small letters,
// unstemmed.
#include <algorithm>
#include <cstdio>
#include <map>
#include <numeric>

#include <gtest/gtest.h>

#include "services/memory/strategies/data_test_kit.h"
#include "services/memory/strategies/language/sentences.h"
#include "services/memory/strategies/topics/ranking.h"
#include "services/memory/strategies/topics/words.h"

namespace soma::memory {
namespace {

using Words = std::vector<std::string>;

Words words_of(std::string_view text) {
  const std::string spaced = topics::spaced_words(text);
  Words out;
  for (const std::string_view word : topics::words(spaced)) out.emplace_back(word);
  return out;
}

double rouge_f1(const Words& left, const Words& right, size_t order) {
  const auto count = [order](const Words& words) {
    std::map<Words, size_t> grams;
    for (size_t at = 0; at + order <= words.size(); ++at)
      ++grams[Words(words.begin() + static_cast<std::ptrdiff_t>(at),
                    words.begin() + static_cast<std::ptrdiff_t>(at + order))];
    return grams;
  };
  const auto here = count(left), there = count(right);
  size_t common = 0, total = 0;
  for (const auto& [gram, times] : here) {
    total += times;
    if (const auto found = there.find(gram); found != there.end()) common += std::min(times, found->second);
  }
  for (const auto& [gram, times] : there) total += times;
  return total == 0 ? 0 : 200.0 * static_cast<double>(common) / static_cast<double>(total);
}

class Quality {
 public:
  void add(std::span<const std::string_view> sentences, std::span<const size_t> chosen,
           const Words& reference) {
    Words words;
    for (const size_t at : chosen) std::ranges::move(words_of(sentences[at]), std::back_inserter(words));
    if (words.size() > reference.size()) words.resize(reference.size());
    one_ += rouge_f1(words, reference, 1);
    two_ += rouge_f1(words, reference, 2);
    ++count_;
  }
  double one() const { return one_ / static_cast<double>(count_); }
  double two() const { return two_ / static_cast<double>(count_); }

 private:
  double one_ = 0, two_ = 0;
  size_t count_ = 0;
};

// The longest sentences that make up so many words, in their order.
std::vector<size_t> longest(std::span<const std::string_view> sentences, size_t word_count) {
  std::vector<size_t> order(sentences.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](size_t left, size_t right) {
    const size_t here = sentences[left].size(), there = sentences[right].size();
    return here != there ? here > there : left < right;
  });
  size_t count = 0, taken = 0;
  while (taken < order.size() && count < word_count) count += words_of(sentences[order[taken++]]).size();
  order.resize(taken);
  std::ranges::sort(order);
  return order;
}

struct Session {
  std::vector<std::string> turns;
  std::string summary;
};

std::vector<Session> summarized_sessions() {
  constexpr size_t kMostSessions = 100;
  const json::Value data = test::data_file("locomo/locomo10.json");
  std::vector<Session> out;
  for (size_t talk = 0; talk < data.size(); ++talk)
    for (size_t number = 1; number <= kMostSessions; ++number) {
      const std::string name = "session_" + std::to_string(number);
      const json::Value& turns = data.at(talk).get("conversation").get(name);
      Session session;
      session.summary = data.at(talk).get("session_summary").get(name + "_summary").string_or("");
      for (size_t at = 0; at < turns.size(); ++at)
        session.turns.emplace_back(turns.at(at).get("text").string_or(""));
      if (!session.turns.empty() && !session.summary.empty()) out.push_back(std::move(session));
    }
  return out;
}

TEST(SummaryQuality, ChoosesBetterThanTheFirstAndTheLongestSentences) {
  Quality rules, first, long_ones;
  const std::vector<Session> sessions = summarized_sessions();
  if (sessions.empty()) {
    std::puts("summaries: skipped: no $SOMA_DATA/locomo");
    return;
  }
  for (const Session& session : sessions) {
    std::vector<std::string_view> sentences;
    for (const std::string& turn : session.turns)
      std::ranges::move(language::sentences(turn), std::back_inserter(sentences));
    std::vector<topics::Candidate> candidates;
    for (const std::string_view sentence : sentences) candidates.push_back({.text = sentence});
    const Words reference = words_of(session.summary);
    std::vector<size_t> all(sentences.size());
    std::iota(all.begin(), all.end(), 0);
    rules.add(sentences, topics::choose_sentences(candidates, session.summary.size()), reference);
    first.add(sentences, all, reference);
    long_ones.add(sentences, longest(sentences, reference.size()), reference);
  }
  EXPECT_GT(rules.one(), first.one() + 1.5);
  EXPECT_GT(rules.two(), first.two() + 0.5);
  EXPECT_GT(rules.one(), long_ones.one());
  EXPECT_GT(rules.two(), long_ones.two());
  std::printf(
      "summaries: ROUGE-1 %.1f ROUGE-2 %.1f (first sentences %.1f/%.1f, longest %.1f/%.1f; %zu sessions)\n",
      rules.one(), rules.two(), first.one(), first.two(), long_ones.one(), long_ones.two(), sessions.size());
}

}  // namespace
}  // namespace soma::memory
