#include "app/cli/render/invocation_renderer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/exit_code.h"
#include "app/cli/test_support.h"

namespace soma::cli {
namespace {

using json::Value;
using testing::HasSubstr;
using testing::Not;

// A turn that calls the browser, and the answer.
constexpr std::string_view kToolTurn = R"json([
  {"messageStart":{"role":"assistant"}},
  {"contentBlockStart":{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t1","name":"browser"}}}},
  {"contentBlockDelta":{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"url\":"}}}},
  {"contentBlockDelta":{"contentBlockIndex":0,"delta":{"toolUse":{"input":"\"a\"}"}}}},
  {"contentBlockStop":{"contentBlockIndex":0}},
  {"messageStop":{"stopReason":"tool_use"}},
  {"metadata":{"usage":{"inputTokens":6000,"outputTokens":100}}},
  {"messageStart":{"role":"user"}},
  {"contentBlockStart":{"contentBlockIndex":0,"start":{"toolResult":{"toolUseId":"t1","status":"success"}}}},
  {"contentBlockDelta":{"contentBlockIndex":0,"delta":{"toolResult":[{"text":"page text"}]}}},
  {"contentBlockStop":{"contentBlockIndex":0}},
  {"messageStop":{"stopReason":"tool_result"}}])json";
constexpr std::string_view kAnswer = R"json([
  {"messageStart":{"role":"assistant"}},
  {"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Example "}}},
  {"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Domain"}}},
  {"contentBlockStop":{"contentBlockIndex":0}},
  {"messageStop":{"stopReason":"end_turn"}},
  {"metadata":{"usage":{"inputTokens":5,"outputTokens":10}}}])json";
constexpr std::string_view kInterrupted = R"json([
  {"messageStart":{"role":"assistant"}},
  {"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Exam"}}},
  {"messageStop":{"stopReason":"interrupted"}}])json";

struct Shown {
  std::string out, error;
  int code = -1;
};

Shown show(AnswerFormat format, std::initializer_list<std::string_view> recordings,
           Terminal::Traits traits = {}, bool cancelled = false) {
  PrintedText printed;
  Terminal terminal = printed.terminal(traits);
  const auto renderer = make_renderer(format, terminal, [] { return int64_t{2'200}; });
  for (const std::string_view recording : recordings)
    for (const Value& event : json_of(recording).as_array()) renderer->on_event(event);
  const int code = renderer->finish({"session-1", "invocation-1", cancelled});
  return {printed.out, printed.error, code};
}

TEST(InvocationRenderer, PrintsToolLineUsageAndAnswerOnAPipe) {
  const Shown shown = show(AnswerFormat::kPlain, {kToolTurn, kAnswer});
  EXPECT_EQ(shown.error, "🔧 Tool: browser\n⚡ 6005 in · 110 out · 2.2s\n");
  EXPECT_EQ(shown.out, "Example Domain\n");
  EXPECT_EQ(shown.code, kExitOk);
}

TEST(InvocationRenderer, StreamsTheAnswerBelowWhatTheToolsTook) {
  const Shown shown = show(AnswerFormat::kStream, {kToolTurn, kAnswer});
  EXPECT_EQ(shown.out, "Example Domain\n");
  EXPECT_EQ(shown.error,
            "🔧 Tool: browser\n⚡ 6000 in · 100 out · 2.2s\n⚡ 6005 in · 110 out · 2.2s in total\n");
}

TEST(InvocationRenderer, StreamsWithoutToolsWithOneUsageLine) {
  const Shown shown = show(AnswerFormat::kStream, {kAnswer});
  EXPECT_EQ(shown.out, "Example Domain\n");
  EXPECT_EQ(shown.error, "⚡ 5 in · 10 out · 2.2s\n");
}

TEST(InvocationRenderer, ShowsHowAToolEndedOnATerminal) {
  const Shown shown = show(AnswerFormat::kStream, {kToolTurn, kAnswer}, {true, true, false, 80});
  EXPECT_THAT(shown.error, HasSubstr("🔧 Tool: browser [ok]\n"));
  EXPECT_THAT(shown.error, Not(HasSubstr("\x1b[3")));
}

TEST(InvocationRenderer, ColoursOnlyWhereThereIsColour) {
  EXPECT_THAT(show(AnswerFormat::kPlain, {kToolTurn, kAnswer}, {true, true, true, 80}).error,
              HasSubstr("\x1b[32m[ok]"));
  EXPECT_THAT(show(AnswerFormat::kPlain, {kToolTurn, kAnswer}).error, Not(HasSubstr("\x1b")));
}

TEST(InvocationRenderer, ReadsTheStatusOfAStreamedResultFromItsMetadata) {
  constexpr std::string_view kStreamedFailure = R"json([
    {"messageStart":{"role":"assistant"}},
    {"contentBlockStart":{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t1","name":"shell"}}}},
    {"messageStop":{"stopReason":"tool_use"}},
    {"messageStart":{"role":"user"}},
    {"contentBlockStart":{"contentBlockIndex":0,"start":{"toolResult":{"toolUseId":"t1"}}}},
    {"contentBlockDelta":{"contentBlockIndex":0,"delta":{"toolResultMetadata":{"metadata":"{\"status\":\"error\"}"}}}},
    {"contentBlockStop":{"contentBlockIndex":0}},
    {"messageStop":{"stopReason":"tool_result"}}])json";
  EXPECT_THAT(show(AnswerFormat::kPlain, {kStreamedFailure, kAnswer}, {false, true, false, 80}).error,
              HasSubstr("🔧 Tool: shell [error]\n"));
  EXPECT_THAT(show(AnswerFormat::kJson, {kStreamedFailure, kAnswer}).out, HasSubstr(R"("status":"error")"));
}

TEST(InvocationRenderer, StartsAgainAfterAnInterruptedMessage) {
  const Shown streamed = show(AnswerFormat::kStream, {kInterrupted, kAnswer});
  EXPECT_EQ(streamed.out, "Exam\nExample Domain\n");
  EXPECT_THAT(streamed.error, HasSubstr("interrupted; it starts again"));
  EXPECT_EQ(streamed.code, kExitOk);
  EXPECT_EQ(show(AnswerFormat::kPlain, {kInterrupted, kAnswer}).out, "Example Domain\n");
}

TEST(InvocationRenderer, ForgetsTheToolCallsOfAnInterruptedMessage) {
  constexpr std::string_view kCut = R"json([
    {"messageStart":{"role":"assistant"}},
    {"contentBlockStart":{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t0","name":"browser"}}}},
    {"messageStop":{"stopReason":"interrupted"}}])json";
  const Value result = json_of(show(AnswerFormat::kJson, {kCut, kToolTurn, kAnswer}).out);
  ASSERT_EQ(result.get("toolCalls").size(), 1u);
  EXPECT_EQ(result.get("toolCalls").at(0).get("toolUseId").string_or(""), "t1");
}

TEST(InvocationRenderer, TellsWhoStoppedIt) {
  EXPECT_EQ(show(AnswerFormat::kPlain, {kInterrupted}, {}, true).code, kExitInterrupted);
  EXPECT_EQ(show(AnswerFormat::kPlain, {kInterrupted}, {}, false).code, kExitFailed);
}

TEST(InvocationRenderer, GivesJsonForMachines) {
  const Shown shown = show(AnswerFormat::kJson, {kToolTurn, kAnswer});
  EXPECT_EQ(shown.error, "");
  EXPECT_EQ(json_of(shown.out), json_of(R"json({
    "text":"Example Domain","sessionId":"session-1","invocationId":"invocation-1","stopReason":"end_turn",
    "usage":{"inputTokens":6005,"outputTokens":110,"totalTokens":6115},"latencyMs":2200,
    "toolCalls":[{"toolUseId":"t1","name":"browser","input":{"url":"a"},"status":"success"}]})json"));
}

TEST(InvocationRenderer, GivesAnEventALine) {
  const Shown shown = show(AnswerFormat::kEvents, {kAnswer});
  EXPECT_EQ(std::ranges::count(shown.out, '\n'), 6);
  EXPECT_TRUE(shown.out.starts_with("{\"messageStart\":{\"role\":\"assistant\"}}\n"));
}

TEST(InvocationRenderer, SaysWhichLimitStoppedIt) {
  const Shown shown = show(AnswerFormat::kPlain,
                           {kToolTurn, R"([{"messageStop":{"stopReason":"max_iterations_exceeded"}}])"});
  EXPECT_EQ(shown.code, kExitLimit);
  EXPECT_THAT(shown.error, HasSubstr("max_iterations_exceeded"));
}

TEST(InvocationRenderer, SaysWhatWentWrong) {
  const Shown shown = show(AnswerFormat::kPlain, {R"([{"runtimeClientError":{"message":"no such model"}}])"});
  EXPECT_EQ(shown.code, kExitFailed);
  EXPECT_THAT(shown.error, HasSubstr("soma: no such model\n"));
  EXPECT_EQ(show(AnswerFormat::kJson, {R"([{"validationException":{"message":"bad"}}])"}).code, kExitUsage);
}

constexpr std::string_view kApproval = R"json([
  {"approvalRequested":{"approvalId":"apr_1","toolUseId":"t1","name":"shell","input":{"command":"a\u001bb"},"inputHash":"h",
                        "rule":"approvals/default","reason":"be careful"}},
  {"approvalAnswered":{"approvalId":"apr_1","toolUseId":"t1","decision":"deny","inputHash":"h","by":"ada","reason":"no"}}])json";
constexpr std::string_view kRest = R"json([
  {"subagentStarted":{"toolUseId":"t2","harnessName":"helper","sessionId":"s2"}},
  {"contextCompacted":{"strategy":"sliding_window","removed":3,"tokensBefore":900,"tokensAfter":200}},
  {"hookEvent":{"hookEventId":"h1","name":"audit","type":"before_tool_call","decision":"deny","reason":"not now"}},
  {"hookEvent":{"hookEventId":"h2","name":"audit","type":"before_tool_call","decision":"allow"}},
  {"outputRejected":{"attempt":1,"violations":["/city is missing"]}}])json";
constexpr std::string_view kEnd =
    R"([{"invocationFinished":{"stopReason":"end_turn","costUsd":0.0123,"output":{"city":"Oslo"}}}])";

TEST(InvocationRenderer, TellsWhatHappenedBesideTheAnswerALineEach) {
  const Shown shown = show(AnswerFormat::kPlain, {kApproval, kRest, kAnswer, kEnd});
  EXPECT_EQ(shown.error,
            "✋ Asks: shell {\"command\":\"a\\u001bb\"} (approvals/default: be careful)\n"
            "   soma approve apr_1 · soma deny apr_1\n"
            "✋ shell denied by ada: no\n"
            "🤖 Sub-agent: helper, session s2\n"
            "✂ Context: removed 3 messages, 900 → 200 tokens\n"
            "⛔ Hook audit denied: not now\n"
            "↻ Output 1 does not fit: /city is missing\n"
            "⚡ 5 in · 10 out · 2.2s · $0.0123\n");
  EXPECT_EQ(shown.out, "Example Domain\n");
}

TEST(InvocationRenderer, PutsWhatHappenedIntoTheObject) {
  const Value out = json_of(show(AnswerFormat::kJson, {kApproval, kRest, kAnswer, kEnd}).out);
  EXPECT_EQ(out.get("costUsd").double_or(0), 0.0123);
  EXPECT_EQ(json::write(out.get("output")), R"({"city":"Oslo"})");
  EXPECT_EQ(out.get("approvals").at(0).get("tool").string_or(""), "shell");
  EXPECT_EQ(out.get("approvals").at(0).get("decision").string_or(""), "deny");
  EXPECT_EQ(out.get("approvals").at(0).get("by").string_or(""), "ada");
  for (const char* one : {"subAgents", "compactions", "hookDenials", "outputRejections"})
    EXPECT_EQ(out.get(one).size(), 1u) << one;
}

TEST(InvocationRenderer, PrintsTheOutputAlone) {
  EXPECT_EQ(show(AnswerFormat::kOutput, {kAnswer, kEnd}).out, "{\"city\":\"Oslo\"}\n");
  EXPECT_EQ(show(AnswerFormat::kOutput, {R"([{"runtimeClientError":{"message":"it does not fit"}}])"}).out,
            "");
}

TEST(InvocationRenderer, HandsOverTheCallsThatAreTheClients) {
  constexpr std::string_view kCall = R"json([
    {"messageStart":{"role":"assistant"}},
    {"contentBlockStart":{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"q1","name":"ask_user"}}}},
    {"contentBlockDelta":{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"question\":\"Red?\"}"}}}},
    {"contentBlockStop":{"contentBlockIndex":0}},
    {"messageStop":{"stopReason":"tool_use"}},
    {"invocationFinished":{"stopReason":"tool_use","pending":["q1","older"]}}])json";
  const Shown shown = show(AnswerFormat::kPlain, {kCall});
  EXPECT_EQ(shown.code, kExitPending);
  EXPECT_THAT(shown.error, HasSubstr("✋ Yours to answer: ask_user {\"question\":\"Red?\"} (q1)\n"));
  EXPECT_THAT(shown.error, HasSubstr("--session-id session-1 --tool-result q1=… --tool-result older=…\n"));
  const Shown machine = show(AnswerFormat::kJson, {kCall});
  EXPECT_EQ(machine.code, kExitPending);
  EXPECT_EQ(json::write(json_of(machine.out).get("pending")),
            R"([{"toolUseId":"q1","name":"ask_user","input":{"question":"Red?"}},{"toolUseId":"older"}])");
}

TEST(InvocationRenderer, KnowsTheLimitsAndTheRefusalOfAHook) {
  EXPECT_EQ(exit_code_of_stop_reason("max_tool_calls_exceeded"), kExitLimit);
  EXPECT_EQ(exit_code_of_stop_reason("max_cost_exceeded"), kExitLimit);
  EXPECT_EQ(exit_code_of_stop_reason("hook_stopped"), kExitRefused);
}

}  // namespace
}  // namespace soma::cli
