// How much of what questions ask for the facts hold: the share of the evidence turns of LoCoMo's questions
// that some record of the semantic strategy names as its source, and what the records cost. The observations
// that a language model wrote for the same conversations name 80.8 % of them.
//
// Each conversation is remembered twice, once for each person: that person is the user then, the other one
// the assistant. Data: $SOMA_DATA/locomo (its README describes it); without it nothing is measured.
#include <gtest/gtest.h>

#include <cstdio>
#include <set>

#include "services/memory/strategies/data_test_kit.h"
#include "services/memory/strategies/semantic.h"

namespace soma::memory {
namespace {

constexpr double kLeastCoverage = 0.85;
constexpr double kMostBytes = 0.60;  // of the conversations' text

struct Measure {
  size_t evidence = 0, covered = 0, text_bytes = 0, record_bytes = 0, records = 0;
};

void remember(const test::Dialogue& dialogue, const std::string& user, std::set<std::string>& cited,
              Measure& measure) {
  json::Value notes;
  const test::RecordsOnPaper known;
  for (const Conversation& session : dialogue.sessions_of(user))
    for (const Change& change : semantic_strategy().consolidate(session, known, notes).changes) {
      ++measure.records;
      measure.record_bytes += change.text.size();
      cited.insert(change.sources.begin(), change.sources.end());
    }
}

TEST(FactCoverage, OfTheTurnsThatQuestionsAskFor) {
  const auto dialogues = test::locomo();
  if (dialogues.empty()) GTEST_SKIP() << "no data: set SOMA_DATA";
  Measure measure;
  for (const test::Dialogue& dialogue : dialogues) {
    std::set<std::string> cited;
    for (const std::string& person : dialogue.persons) remember(dialogue, person, cited, measure);
    for (const test::Utterance& turn : dialogue.turns) measure.text_bytes += turn.text.size();
    for (const std::string& id : dialogue.evidence) {
      ++measure.evidence;
      measure.covered += cited.count(id);
    }
  }
  const double coverage = static_cast<double>(measure.covered) / static_cast<double>(measure.evidence);
  const double bytes = static_cast<double>(measure.record_bytes) / static_cast<double>(measure.text_bytes);
  printf("facts: %zu records cite %.1f %% of %zu evidence turns, in %.1f %% of the conversations' bytes\n",
         measure.records, 100 * coverage, measure.evidence, 100 * bytes);
  EXPECT_GE(coverage, kLeastCoverage);
  EXPECT_LE(bytes, kMostBytes);
}

}  // namespace
}  // namespace soma::memory
