// The small renderers: journal lines, tables, approvals, sessions, differences.
#include <gtest/gtest.h>

#include "app/cli/render/approval_text.h"
#include "app/cli/render/difference.h"
#include "app/cli/render/figures.h"
#include "app/cli/render/journal_line.h"
#include "app/cli/render/session_text.h"
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

TEST(JournalLine, TellsWhatTheNewerEventsSay) {
  const auto summary = [](std::string_view event) {
    constexpr size_t kHead = 29;  // time, seq and type
    return journal_line(json_of(event)).value_or("").substr(kHead);
  };
  EXPECT_EQ(
      summary(
          R"({"type":"approval.requested","body":{"approvalId":"apr_1","name":"shell","input":{"command":"ls"},
                        "rule":"approvals/default"}})"),
      "apr_1 shell {\"command\":\"ls\"} (approvals/default)");
  EXPECT_EQ(
      summary(
          R"({"type":"approval.answered","body":{"approvalId":"apr_1","decision":"deny","by":"ada","reason":"no"}})"),
      "apr_1 deny, by ada: no");
  EXPECT_EQ(
      summary(R"({"type":"hook.finished","body":{"name":"audit","type":"before_tool_call","decision":"deny",
                        "reason":"no","latencyMs":100}})"),
      "audit before_tool_call, deny, 0.1s: no");
  EXPECT_EQ(
      summary(
          R"({"type":"subagent.started","body":{"harnessName":"helper","sessionId":"s","budgetUsd":0.5}})"),
      "helper, session s, at most $0.5000");
  EXPECT_EQ(
      summary(R"({"type":"context.compacted","body":{"strategy":"summarization","removed":3,"tokensBefore":9,
                        "tokensAfter":4,"costUsd":0.01,"summary":"so far"}})"),
      "summarization, 3 messages removed, 9 → 4 tokens, $0.0100: so far");
  EXPECT_EQ(summary(R"({"type":"output.rejected","body":{"attempt":2,"violations":["a","b"]}})"),
            "attempt 2: a; b");
  EXPECT_EQ(summary(R"({"type":"output.accepted","body":{"value":[1]}})"), "[1]");
  EXPECT_EQ(summary(R"({"type":"invocation.waiting","body":{}})"), "for an approval");
}

TEST(Figures, ShowMoneyAndTimeInAFewCharacters) {
  EXPECT_EQ(dollars(0), "$0");
  EXPECT_EQ(dollars(0.000042), "$0.000042");
  EXPECT_EQ(dollars(0.0123), "$0.0123");
  EXPECT_EQ(dollars(1.5), "$1.50");
  EXPECT_EQ(short_time(std::chrono::milliseconds(3'240)), "3.2s");
  EXPECT_EQ(short_time(std::chrono::seconds(100)), "100s");
  EXPECT_EQ(short_time(std::chrono::minutes(59)), "59m");
  EXPECT_EQ(short_time(std::chrono::hours(72)), "3d");
  EXPECT_EQ(short_time(std::chrono::seconds(-1)), "0.0s");
}

TEST(Table, GivesColourNoRoom) {
  EXPECT_EQ(table({"A", "B"}, {{"\x1b[33mxy\x1b[0m", "1"}}), "A   B\n\x1b[33mxy\x1b[0m  1\n");
}

const json::Value kApproval =
    json_of(R"json({"approvalId":"apr_1","harnessName":"clerk","sessionId":"s1","tool":"shell",
    "input":{"command":"echo \u001b[2J"},"inputHash":"ff","rule":"approvals/default","requestedAt":"2026-01-01T00:00:00.000Z",
    "expiresAt":"2026-01-01T00:10:00.000Z"})json");

TEST(ApprovalText, ShowsAllOfItAndLetsNoControlCharacterThrough) {
  const os::Time now = os::parse_time("2026-01-01T00:01:00.000Z").value();
  const std::string text = approval_text(kApproval, now);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(
      text.find(
          "asked      2026-01-01T00:00:00.000Z (60s ago)\nexpires    in 9m\nhash       ff\narguments\n{\n"),
      std::string::npos)
      << text;
  EXPECT_NE(approvals_table({kApproval}, now).find("60s  in 9m\n"), std::string::npos);
}

TEST(SessionTree, DrawsChildrenBelowTheirCaller) {
  PrintedText printed;
  const Terminal terminal = printed.terminal();
  const json::Value tree =
      json_of(R"json({"session":{"harnessName":"a","sessionId":"1","status":"idle","costUsd":0.5,
      "createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-01-01T00:00:02.000Z","usage":{"totalTokens":7}},
    "children":[{"session":{"harnessName":"b","sessionId":"2","status":"waiting",
      "createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-01-01T00:00:00.000Z"},
      "children":[{"session":{"harnessName":"c","sessionId":"3"},"children":[]}]},
      {"session":{"harnessName":"d","sessionId":"4"},"children":[]}]})json");
  EXPECT_EQ(session_tree(tree, terminal, os::parse_time("2026-01-01T00:00:05.000Z").value()),
            "HARNESS  STATUS   COST     TOKENS  DURATION  SESSION\n"
            "a        idle     $0.5000  7       2.0s      1\n"
            "├─ b     waiting  -        0       5.0s      2\n"
            "│  └─ c           -        0                 3\n"
            "└─ d              -        0                 4\n");
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
