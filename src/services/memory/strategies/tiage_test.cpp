// Where people feel that the subject shifts, against where the rules do: the test dialogues of TIAGE (Xie et
// al., 2021; $SOMA_DATA/tiage), and where one session of LoCoMo (Maharana et al., 2024) ends and the next
// begins when they follow each other without a pause. The rules were fitted on TIAGE's training dialogues.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <gtest/gtest.h>

#include "services/memory/strategies/data_test_kit.h"
#include "services/memory/strategies/topics/segments.h"

namespace soma::memory {
namespace {

struct Dialogue {
  std::vector<Turn> turns;
  std::vector<bool> shifts;  // at this turn
};

std::vector<bool> marks(const std::vector<size_t>& starts, size_t count) {
  std::vector<bool> out(count, false);
  for (const size_t start : starts) out[start] = start > 0;
  return out;
}

// Errors of a segmentation summed over dialogues.
class Score {
 public:
  void add(const std::vector<bool>& truth, const std::vector<bool>& found) {
    for (size_t at = 0; at < truth.size(); ++at) {
      both_ += truth[at] && found[at];
      truth_ += truth[at];
      found_ += found[at];
    }
    // Half of the mean true segment, as Pk's authors have it (Beeferman et al., 1999).
    const auto segments = static_cast<double>(1 + std::ranges::count(truth, true));
    const auto window = std::max<size_t>(
        2, static_cast<size_t>(std::lround(static_cast<double>(truth.size()) / segments / 2)));
    for (size_t at = 0; at + window < truth.size(); ++at) {
      const auto begin = static_cast<std::ptrdiff_t>(at) + 1;
      const auto end = begin + static_cast<std::ptrdiff_t>(window);
      const auto true_count = std::count(truth.begin() + begin, truth.begin() + end, true);
      const auto found_count = std::count(found.begin() + begin, found.begin() + end, true);
      ++windows_;
      pk_ += (true_count > 0) != (found_count > 0);
      differences_ += true_count != found_count;
    }
  }
  double precision() const { return share(both_, found_); }
  double recall() const { return share(both_, truth_); }
  double f1() const { return share(2 * both_, truth_ + found_); }
  double pk() const { return share(pk_, windows_); }
  double window_diff() const { return share(differences_, windows_); }

 private:
  static double share(size_t part, size_t whole) {
    return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  }
  size_t both_ = 0, truth_ = 0, found_ = 0, windows_ = 0, pk_ = 0, differences_ = 0;
};

struct Scores {
  Score rules, none, even;
};

// `even_gap`: turns between the boundaries of the evenly spaced baseline.
Scores measure(const std::vector<Dialogue>& dialogues, const topics::Grain& grain, size_t even_gap) {
  Scores out;
  for (const Dialogue& each : dialogues) {
    const size_t count = each.turns.size();
    std::vector<bool> even(count, false);
    for (size_t at = even_gap; at < count; at += even_gap) even[at] = true;
    out.rules.add(each.shifts, marks(topics::segment_starts(each.turns, grain), count));
    out.none.add(each.shifts, std::vector<bool>(count, false));
    out.even.add(each.shifts, even);
  }
  return out;
}

Turn said(std::string_view text, size_t at) {
  return {
      .source = std::to_string(at) + "/0", .role = Role::kUser, .text = std::string(text), .at = os::Time{}};
}

std::vector<Dialogue> tiage(const std::string& file) {
  const json::Value data = test::data_file("tiage/" + file);
  std::vector<Dialogue> out;
  if (!data.is_object()) return out;
  for (const auto& [number, utterances] : data.as_object()) {
    Dialogue dialogue;
    for (const json::Value& each : utterances.as_array()) {
      dialogue.turns.push_back(said(each.at(0).string_or(""), dialogue.turns.size()));
      dialogue.shifts.push_back(each.at(1) == json::Value("1") || each.at(1) == json::Value(1));
    }
    out.push_back(std::move(dialogue));
  }
  return out;
}

std::vector<Dialogue> joined_sessions() {
  std::vector<Dialogue> out;
  for (const test::Dialogue& talk : test::locomo()) {
    Dialogue dialogue;
    for (const Conversation& session : talk.sessions)
      for (size_t at = 0; at < session.turns.size(); ++at) {
        dialogue.shifts.push_back(at == 0 && !dialogue.turns.empty());
        dialogue.turns.push_back(said(session.turns[at].text, dialogue.turns.size()));
      }
    out.push_back(std::move(dialogue));
  }
  return out;
}

void print(const char* name, const Scores& scores) {
  std::printf(
      "%s: F1 %.1f (precision %.1f, recall %.1f) Pk %.1f WindowDiff %.1f (baselines: no shift Pk %.1f "
      "WindowDiff %.1f, "
      "evenly spaced F1 %.1f Pk %.1f WindowDiff %.1f)\n",
      name, scores.rules.f1(), scores.rules.precision(), scores.rules.recall(), scores.rules.pk(),
      scores.rules.window_diff(), scores.none.pk(), scores.none.window_diff(), scores.even.f1(),
      scores.even.pk(), scores.even.window_diff());
}

TEST(Tiage, FindsShiftsBetterThanBaselines) {
  const std::vector<Dialogue> dialogues = tiage("anno_test.json");
  if (dialogues.empty()) {
    std::puts("tiage: skipped: no $SOMA_DATA/tiage");
    return;
  }
  const Scores scores = measure(dialogues, topics::kShifts, 4);
  EXPECT_LT(scores.rules.pk(), scores.none.pk() - 8);
  EXPECT_LT(scores.rules.pk(), scores.even.pk() - 8);
  EXPECT_LT(scores.rules.window_diff(), scores.none.window_diff());
  EXPECT_GT(scores.rules.f1(), 45);
  print("tiage", scores);
}

TEST(Tiage, FindsWhereSessionsMeet) {
  const std::vector<Dialogue> dialogues = joined_sessions();
  if (dialogues.empty()) {
    std::puts("tiage, joined sessions: skipped: no $SOMA_DATA/locomo");
    return;
  }
  const Scores scores = measure(dialogues, topics::kTopics, 22);
  EXPECT_LT(scores.rules.pk(), scores.none.pk() - 10);
  EXPECT_LT(scores.rules.pk(), scores.even.pk() - 10);
  EXPECT_GT(scores.rules.recall(), 65);
  print("tiage, joined sessions of LoCoMo", scores);
}

}  // namespace
}  // namespace soma::memory
