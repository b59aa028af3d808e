// The small renderers: journal lines, tables, differences.
#include <gtest/gtest.h>

#include "app/cli/render/difference.h"
#include "app/cli/render/journal_line.h"
#include "app/cli/render/table.h"
#include "app/cli/test_support.h"

namespace soma::cli {
namespace {

TEST(JournalLine, TellsTimeSeqTypeAndWhatHappened) {
  const auto line = journal_line(json_of(R"json({"seq":4,"at":"2026-01-31T09:00:01.250Z","type":"tool.intent",
      "body":{"name":"browser","input":{"action":"navigate"}}})json"));
  EXPECT_EQ(line, "09:00:01.250  #4    tool.intent          browser {\"action\":\"navigate\"}");
}

TEST(JournalLine, LeavesPiecesOfAStreamOut) {
  EXPECT_EQ(journal_line(json_of(R"({"seq":5,"at":"","type":"stream","body":[]})")), std::nullopt);
}

TEST(JournalLine, KeepsToOneLineAndCutsWhatIsLong) {
  const std::string long_text(1'000, 'x');
  const json::Value event = json::object(
      {{"seq", 1},
       {"at", ""},
       {"type", "tool.result"},
       {"body",
        json::object({{"name", "shell"},
                      {"status", "success"},
                      {"content", json::array({json::object({{"text", "a\nb\x1b[31m" + long_text}})})}})}});
  const std::string line = journal_line(event).value();
  EXPECT_EQ(line.find_first_of("\n\x1b"), std::string::npos);
  EXPECT_LT(line.size(), kMaxJournalLineBytes + 60);
  EXPECT_TRUE(line.ends_with("…"));
}

TEST(JournalLine, ShowsATypeThatItDoesNotKnow) {
  EXPECT_EQ(journal_line(json_of(R"({"seq":2,"at":"","type":"new.kind","body":{"a":1}})")),
            "  #2    new.kind             {\"a\":1}");
}

TEST(Table, AlignsByCodePoints) {
  EXPECT_EQ(table({"NAME", "N"}, {{"é", "1"}, {"abcdef", "22"}}), "NAME    N\né       1\nabcdef  22\n");
}

TEST(Differences, NamesEachPathOnce) {
  const auto lines = differences(json_of(R"({"a":1,"b":{"c":"x","gone":2},"list":[1,2,3]})"),
                                 json_of(R"({"a":1,"b":{"c":"y"},"list":[1,5],"new":true})"));
  EXPECT_EQ(lines, (std::vector<std::string>{"~ b.c: \"x\" → \"y\"", "- b.gone: 2", "~ list[1]: 2 → 5",
                                             "- list[2]: 3", "+ new: true"}));
}

TEST(Differences, AreNoneForTheSameValueInAnotherOrder) {
  EXPECT_TRUE(differences(json_of(R"({"a":1,"b":2})"), json_of(R"({"b":2,"a":1.0})")).empty());
}

}  // namespace
}  // namespace soma::cli
