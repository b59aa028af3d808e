#include "services/harness/cassette/expectation.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace soma::harness {
namespace {

ReplayReport report() {
  ReplayReport out;
  out.invocations.push_back({.stop_reason = "end_turn",
                             .answer = "First.",
                             .turns = 1,
                             .usage = {.input_tokens = 10, .output_tokens = 5},
                             .cost_usd = 0.01});
  out.invocations.push_back(
      {.stop_reason = "max_tokens",
       .answer = R"({"total": 12})",
       .turns = 3,
       .usage = {.input_tokens = 20, .output_tokens = 7},
       .cost_usd = 0.02,
       .tools = {{"shell", json::object({{"command", "git push origin"}}), false},
                 {"file_operations", json::object({{"operation", "view"}, {"depth", 2}}), true},
                 {"shell", json::object({{"command", "ls"}}), false}}});
  return out;
}

// "" when the expectation holds, else "expectation | expected | actual".
std::string failure(std::string_view expectation, const ReplayReport& of = report()) {
  const auto list = expectations_from_json(json::Array{*json::parse(expectation)});
  if (!list) return list.error().to_string();
  const auto failures = check_expectations(*list, of);
  if (failures.empty()) return "";
  return fmt::format("{} | {} | {}", failures[0].expectation, failures[0].expected, failures[0].actual);
}

TEST(Expectation, HoldsOrSaysWhatWasThere) {
  struct Case {
    const char* expectation;
    const char* fails_with;  // "": it holds
  };
  constexpr Case kCases[] = {
      {R"({"answerContains": "total"})", ""},
      {R"({"answerContains": "First"})",
       R"({"answerContains":"First"} | an answer with "First" in it | {"total": 12})"},
      {R"({"answerEquals": "{\"total\": 12}"})", ""},
      {R"({"answerEquals": "x"})", R"({"answerEquals":"x"} | x | {"total": 12})"},
      {R"({"answerMatches": "total\": \\d+"})", ""},
      {R"({"answerMatches": "^\\d+$"})",
       R"({"answerMatches":"^\\d+$"} | an answer that /^\d+$/ matches | {"total": 12})"},
      {R"({"answerJson": {"type": "object", "required": ["total"]}})", ""},
      {R"({"answerJson": {"properties": {"total": {"type": "string"}}}})",
       "/total must be string, is integer"},
      {R"({"toolCalled": "shell"})", ""},
      {R"({"toolCalled": "browser"})", "such a call | 0 of them; shell, file_operations, shell"},
      {R"({"toolCalled": {"name": "shell", "times": 2}})", ""},
      {R"({"toolCalled": {"name": "shell", "times": 1}})",
       R"(1 such calls | 2 of them; shell {"command":"git push origin"}; shell {"command":"ls"})"},
      {R"({"toolCalled": {"name": "shell", "arguments": {"command": "git push*"}}})", ""},
      {R"({"toolCalled": {"name": "file_operations", "arguments": {"depth": "2"}}})", ""},
      {R"({"toolCalled": {"name": "shell", "arguments": {"command": "rm*"}}})",
       "such a call | 0 of them; shell"},
      {R"({"toolCalled": {"name": "shell", "arguments": {"path": "*"}}})", "such a call | 0 of them"},
      {R"({"toolCalled": {"name": "shell", "times": 0, "arguments": {"command": "rm*"}}})", ""},
      {R"({"toolNotCalled": "browser"})", ""},
      {R"({"toolNotCalled": "shell"})", R"(no call of shell | shell {"command":"git push origin"})"},
      {R"({"toolsInOrder": ["shell", "file_operations", "shell"]})", ""},
      {R"({"toolsInOrder": ["shell"]})", "shell | shell, file_operations, shell"},
      {R"({"stopReason": "max_tokens"})", ""},
      {R"({"stopReason": "end_turn"})", "end_turn | max_tokens"},
      {R"({"costUnder": 0.04})", ""},
      {R"({"costUnder": 0.03})", "under 0.03 USD | 0.03 USD"},
      {R"({"tokensUnder": 43})", ""},
      {R"({"tokensUnder": 42})", "under 42 tokens | 42 tokens"},
      {R"({"turnsUnder": 5})", ""},
      {R"({"turnsUnder": 4})", "under 4 turns | 4 turns"},
      {R"({"exact": true})", ""},
      {R"({"exact": false})", "a difference from the recording | none"},
  };
  for (const Case& one : kCases) {
    SCOPED_TRACE(one.expectation);
    const std::string said = failure(one.expectation);
    if (*one.fails_with == '\0') {
      EXPECT_EQ(said, "");
    } else {
      EXPECT_NE(said.find(one.fails_with), std::string::npos) << said;
    }
  }
}

TEST(Expectation, SaysWhereAReplayWasNotExact) {
  ReplayReport inexact = report();
  inexact.mismatches.push_back({2, 1, "the model is shown something else"});
  EXPECT_NE(failure(R"({"exact": true})", inexact)
                .find("1 differences; the first: invocation 2, turn 1: the model"),
            std::string::npos);
  EXPECT_EQ(failure(R"({"exact": false})", inexact), "");
}

TEST(Expectation, ACostThatNobodyKnowsIsNotUnderAnything) {
  ReplayReport unpriced = report();
  unpriced.invocations[0].cost_usd.reset();
  EXPECT_NE(failure(R"({"costUnder": 100})", unpriced).find("no price"), std::string::npos);
}

TEST(Expectation, RefusesWhatItDoesNotKnow) {
  EXPECT_NE(failure(R"({"toolCaled": "x"})").find("did you mean 'toolCalled'"), std::string::npos)
      << failure(R"({"toolCaled": "x"})");
  EXPECT_NE(failure("{}").find("InvalidArgument"), std::string::npos);
  EXPECT_NE(failure(R"({"exact": true, "turnsUnder": 1})").find("InvalidArgument"), std::string::npos);
  EXPECT_NE(failure(R"({"toolCalled": {"name": "x", "argument": {}}})").find("arguments"), std::string::npos);
  EXPECT_NE(failure(R"({"turnsUnder": "3"})").find("must be integer"), std::string::npos);
  EXPECT_NE(failure(R"({"answerMatches": "("})").find("/0/answerMatches"), std::string::npos);
  EXPECT_NE(failure(R"({"answerJson": {"tipe": "x"}})").find("/0/answerJson"), std::string::npos);
}

TEST(Expectation, PrintsLongTextsInPart) {
  ReplayReport lengthy = report();
  lengthy.invocations.back().answer = std::string(10'000, 'x');
  const auto list =
      expectations_from_json(json::Array{json::object({{"answerEquals", std::string(10'000, 'y')}})});
  const auto failures = check_expectations(*list, lengthy);
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_LT(failures[0].expectation.size(), kMaxExpectationTextBytes + 50);
  EXPECT_LT(failures[0].expected.size(), kMaxExpectationTextBytes + 50);
  EXPECT_NE(failures[0].actual.find("(10000 bytes)"), std::string::npos);
}

TEST(Expectation, ANewCassetteExpectsWhatWasSeen) {
  Cassette cassette;
  cassette.invocations.push_back({.messages = {}, .stop_reason = "end_turn"});
  cassette.invocations[0].turns.push_back(
      {.request = {}, .tools = {{.id = "t1", .name = "shell", .input = {}}}});
  EXPECT_EQ(json::write(default_expectations(cassette)),
            R"([{"stopReason":"end_turn"},{"toolsInOrder":["shell"]},{"exact":true}])");
}

}  // namespace
}  // namespace soma::harness
