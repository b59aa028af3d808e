// The questions of LoCoMo (Maharana et al., ACL 2024): which turns of ten long conversations answer them.
// $SOMA_DATA/locomo; its README defines the metric: R@k is the fraction of a question's evidence turns among
// the best k of its conversation, averaged over the questions.
#include <gtest/gtest.h>

#include <re2/re2.h>
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>

#include <fmt/format.h>
#include "base/json/json.h"
#include "services/memory/recall/conversation_index.h"

namespace soma::memory {
namespace {

constexpr std::array<size_t, 4> kDepths = {5, 10, 25, 50};
// Percent, for each depth; what is measured is a little more.
constexpr std::array<double, 4> kBars = {72.0, 81.0, 87.5, 90.5};
constexpr size_t kQuestions = 1'982;  // those with evidence

std::filesystem::path data_file() {
  const char* root = std::getenv("SOMA_DATA");
  const std::filesystem::path base = root != nullptr ? root : SOMA_SOURCE_DIR "/../shared/data";
  return base / "locomo" / "locomo10.json";
}

// "1:56 pm on 8 May, 2023": the day, at noon.
os::Time day_of(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                        "May",       "June",     "July",     "August",
                                                        "September", "October",  "November", "December"};
  int day = 0, year = 0;
  std::string month;
  EXPECT_TRUE(RE2::PartialMatch(text, R"(on (\d+) (\w+), (\d+))", &day, &month, &year)) << text;
  const auto number = std::ranges::find(kMonths, month) - kMonths.begin() + 1;
  const auto time = os::parse_time(fmt::format("{:04}-{:02}-{:02}T12:00:00Z", year, number, day));
  EXPECT_TRUE(time) << text;
  return time.value_or(os::Time{});
}

// "D3:05" and "D3:5" are the same turn.
std::vector<std::string> turn_ids(std::string_view text) {
  std::vector<std::string> ids;
  re2::StringPiece rest(text.data(), text.size());
  int session = 0, place = 0;
  while (RE2::FindAndConsume(&rest, R"(D(\d+):(\d+))", &session, &place))
    ids.push_back(fmt::format("D{}:{}", session, place));
  return ids;
}

struct Indexed {
  ConversationIndex index;
  std::map<std::string, uint64_t> numbers;  // by turn id
};

Indexed index_of(const json::Value& conversation) {
  Indexed indexed;
  std::vector<RecallTurn> turns;
  for (int session = 1; session <= 100; ++session) {
    const std::string name = fmt::format("session_{}", session);
    if (!conversation.has(name)) continue;
    const os::Time at = day_of(conversation.get(name + "_date_time").string_or(""));
    for (const json::Value& turn : conversation.get(name).as_array()) {
      std::string text(turn.get("text").string_or(""));
      const auto caption = turn.get("blip_caption").string_or("");
      if (!caption.empty()) text += fmt::format(" [image: {}]", caption);
      indexed.numbers[std::string(turn.get("dia_id").string_or(""))] = turns.size();
      turns.push_back({turns.size(), name, std::string(turn.get("speaker").string_or("")), text, at});
    }
  }
  indexed.index.add(turns);
  return indexed;
}

std::set<uint64_t> evidence_of(const json::Value& question, const Indexed& indexed) {
  std::set<uint64_t> evidence;
  for (const json::Value& entry : question.get("evidence").as_array())
    for (const std::string& id : turn_ids(entry.string_or("")))
      if (const auto number = indexed.numbers.find(id); number != indexed.numbers.end())
        evidence.insert(number->second);
  return evidence;
}

struct Recall {
  size_t questions = 0;
  std::array<double, kDepths.size()> sums{};

  void count(const std::vector<search::Hit>& hits, const std::set<uint64_t>& evidence) {
    ++questions;
    for (size_t i = 0; i < kDepths.size(); ++i) {
      size_t found = 0;
      for (size_t rank = 0; rank < std::min(kDepths[i], hits.size()); ++rank)
        found += evidence.count(hits[rank].document);
      sums[i] += static_cast<double>(found) / static_cast<double>(evidence.size());
    }
  }
  double percent(size_t depth) const { return 100 * sums[depth] / static_cast<double>(questions); }
  std::string line() const {
    std::string text;
    for (size_t i = 0; i < kDepths.size(); ++i) text += fmt::format("R@{} {:.1f} ", kDepths[i], percent(i));
    return text;
  }
};

TEST(Locomo, FindsTheTurnsThatAnswer) {
  if (!std::filesystem::exists(data_file())) {
    fmt::print("locomo: skipped, no {}\n", data_file().string());
    GTEST_SKIP();
  }
  const auto text = os::read_file(data_file().string());
  ASSERT_TRUE(text) << text.error().to_string();
  const auto samples = json::parse(*text);
  ASSERT_TRUE(samples) << samples.error().to_string();
  Recall all;
  std::map<int64_t, Recall> by_category;
  for (const json::Value& sample : samples->as_array()) {
    const Indexed indexed = index_of(sample.get("conversation"));
    for (const json::Value& question : sample.get("qa").as_array()) {
      const auto evidence = evidence_of(question, indexed);
      if (evidence.empty()) continue;
      const auto hits = indexed.index.search(question.get("question").string_or(""), kDepths.back());
      all.count(hits, evidence);
      by_category[question.get("category").int_or(0)].count(hits, evidence);
    }
  }
  constexpr std::array kCategories = {"",           "multi-hop",  "temporal", "open-domain",
                                      "single-hop", "adversarial"};
  for (const auto& [category, recall] : by_category)
    fmt::print("  category {} ({}): {}({} questions)\n", category,
               kCategories.at(static_cast<size_t>(category)), recall.line(), recall.questions);
  fmt::print("locomo: {}({} of {} questions)\n", all.line(), all.questions, kQuestions);
  EXPECT_EQ(all.questions, kQuestions);
  for (size_t i = 0; i < kDepths.size(); ++i) EXPECT_GE(all.percent(i), kBars[i]) << "R@" << kDepths[i];
}

}  // namespace
}  // namespace soma::memory
