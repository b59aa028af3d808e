// How many stated preferences the detector finds, and how many it finds in chat that is not about them:
// PrefEval's explicit preferences, a turn each; its choices, as the turn that follows the options; and the
// turns of LoCoMo as users' turns. The cues were written with every other topic in view; the rest is held
// out.
//
// Data: $SOMA_DATA (prefeval/ and locomo/ describe themselves); without it nothing is measured.
#include <gtest/gtest.h>

#include <cstdio>

#include "services/memory/strategies/data_test_kit.h"
#include "services/memory/strategies/preference.h"

namespace soma::memory {
namespace {

constexpr double kLeastExplicit = 0.90;
constexpr double kMostPerThousandTurns = 60;

struct Share {
  size_t found = 0, all = 0;
  double percent() const {
    return all == 0 ? 0 : 100.0 * static_cast<double>(found) / static_cast<double>(all);
  }
};

size_t records_of(const Conversation& conversation) {
  json::Value notes;
  const test::RecordsOnPaper known;
  return preference_strategy().consolidate(conversation, known, notes).changes.size();
}

bool states(std::string_view sentence) {
  return records_of({.turns = {{.source = "1/0", .text = std::string(sentence)}}}) > 0;
}

bool shows(const json::Value& conversation) {
  const auto text = [&](const char* key) { return std::string(conversation.get(key).string_or("")); };
  return records_of({.turns = {{.source = "1/0", .text = text("query")},
                               {.source = "2/0", .role = Role::kAssistant, .text = text("assistant_options")},
                               {.source = "3/0", .text = text("user_selection")}},
                     .first_new = 2}) > 0;
}

TEST(Prefeval, FindsStatedPreferencesAndChoices) {
  const auto topics = test::data_files("prefeval/explicit");
  const auto dialogues = test::locomo();
  if (topics.empty() || dialogues.empty()) GTEST_SKIP() << "no data: set SOMA_DATA";
  Share stated_share, held_out, choice, held_out_choice;
  const auto count = [](Share& all, Share& half, bool in_half, bool found) {
    ++all.all, all.found += found;
    if (in_half) ++half.all, half.found += found;
  };
  for (size_t topic = 0; topic < topics.size(); ++topic) {
    const json::Value stated = test::data_file("prefeval/explicit/" + topics[topic]);
    for (size_t i = 0; i < stated.size(); ++i) {
      const bool found = states(stated.at(i).get("preference").string_or(""));
      count(stated_share, held_out, topic % 2 == 1, found);
    }
    const json::Value chosen = test::data_file("prefeval/choice_based/" + topics[topic]);
    for (size_t i = 0; i < chosen.size(); ++i) {
      const bool found = shows(chosen.at(i).get("conversation"));
      count(choice, held_out_choice, topic % 2 == 1, found);
    }
  }
  size_t turns = 0, records = 0;
  for (const test::Dialogue& dialogue : dialogues)
    for (const Conversation& session : dialogue.sessions) {
      turns += session.turns.size();
      records += records_of(session);
    }
  const double per_thousand = 1000.0 * static_cast<double>(records) / static_cast<double>(turns);
  printf(
      "prefeval: explicit recall %.1f %% (held-out half %.1f %%), choice recall %.1f %% (held-out half %.1f "
      "%%), "
      "%.0f records per 1000 LoCoMo turns\n",
      stated_share.percent(), held_out.percent(), choice.percent(), held_out_choice.percent(), per_thousand);
  EXPECT_GE(stated_share.percent(), 100 * kLeastExplicit);
  EXPECT_GE(held_out.percent(), 100 * kLeastExplicit);
  EXPECT_LE(per_thousand, kMostPerThousandTurns);
}

}  // namespace
}  // namespace soma::memory
