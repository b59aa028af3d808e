// Programs as hooks: real processes of /bin/sh.
#include <gmock/gmock.h>

#include "services/harness/hooks/hook_test_kit.h"

namespace soma::harness {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

using HookCommand = HookTest;

TEST_F(HookCommand, ExitCodesDecide) {
  EXPECT_EQ(outcome_of(command("exit 0")).allowed, true);
  EXPECT_EQ(outcome_of(command(R"(echo '{"decision": "allow"}')")).allowed, true);

  const HookOutcome said = outcome_of(command(R"(echo '{"decision": "deny", "reason": "no"}')"));
  EXPECT_EQ(said.allowed, false);
  EXPECT_EQ(said.reason, "no");
  EXPECT_FALSE(said.error);

  const HookOutcome two = outcome_of(command("echo 'not today' >&2; exit 2", FailureMode::kAllow));
  EXPECT_EQ(two.allowed, false) << "exit code 2 is a decision and no failure";
  EXPECT_EQ(two.reason, "not today");
  EXPECT_FALSE(two.error);

  const HookOutcome one = outcome_of(command("echo first >&2; echo 'no such host' >&2; exit 1"));
  EXPECT_EQ(one.allowed, false);
  EXPECT_EQ(one.reason, "the hook 'audit' failed: it exited with code 1: no such host");

  const HookOutcome killed = outcome_of(command("kill -9 $$", FailureMode::kAllow));
  EXPECT_EQ(killed.allowed, true);
  EXPECT_EQ(killed.error, "it was killed by signal 9");
}

TEST_F(HookCommand, AnAnswerOfAProgramThatFailedDoesNotCount) {
  EXPECT_EQ(outcome_of(command(R"(echo '{"decision": "allow"}'; exit 1)")).allowed, false);
}

TEST_F(HookCommand, ThatCannotStartIsAFailure) {
  Hook hook = command("exit 0");
  std::get<CommandTarget>(hook.target).arguments = {"no-such-program-here"};
  const HookOutcome outcome = outcome_of(hook);
  EXPECT_EQ(outcome.allowed, false);
  EXPECT_THAT(outcome.reason, HasSubstr("'no-such-program-here' is not there"));
}

TEST_F(HookCommand, GetsThePayloadOnItsInput) {
  const Hook hook = command("cat > \"$1/payload\"");
  const HookCall call = call_of(hook);
  EXPECT_EQ(outcome_of(call).allowed, true);
  EXPECT_EQ(content("payload"), json::write(hook_payload(call)));
}

TEST_F(HookCommand, APayloadLargerThanThePipeIsReadOrNot) {
  const std::string large(1u << 20, 'x');
  const Hook ignores = command("exit 0");
  HookCall call = call_of(ignores);
  call.context = json::object({{"text", large}});
  EXPECT_EQ(outcome_of(call).allowed, true);

  const Hook counts = command(R"(echo "{\"decision\": \"deny\", \"reason\": \"$(wc -c | tr -d ' ')\"}")");
  call.hook = &counts;
  const HookOutcome outcome = outcome_of(call);
  EXPECT_EQ(outcome.reason, std::to_string(json::write(hook_payload(call)).size() + 1));
}

// Nobody needs all of it, and a pipe that nobody empties would stop the program.
TEST_F(HookCommand, ThatWritesMuchToStderrIsNotHeldUp) {
  const HookOutcome outcome = outcome_of(command("head -c 1000000 /dev/zero | tr '\\0' 'e' >&2; exit 2"));
  EXPECT_EQ(outcome.allowed, false);
  EXPECT_EQ(outcome.reason, std::string(kMaxHookReasonBytes, 'e'));
}

TEST_F(HookCommand, AnAnswerIsBounded) {
  const HookOutcome outcome = outcome_of(command("exec cat /dev/zero"));
  EXPECT_EQ(outcome.allowed, false);
  EXPECT_THAT(outcome.reason, HasSubstr("kMaxHookAnswerBytes (65536)"));
}

TEST_F(HookCommand, TheTimeoutKillsTheWholeGroupEvenWhenItIgnoresSigterm) {
  const Hook hook = command(
      "trap '' TERM\n"
      "(trap '' TERM; exec tail -f /dev/null) &\n"
      "echo $! > \"$1/child\"; echo $$ > \"$1/pid\"\n"
      "while :; do wait; done");
  const HookOutcome outcome = outcome_of(hook, [&]() -> net::Task<> {
    co_await until([&] { return written("pid"); });
    EXPECT_TRUE(is_running(content("child")));
    clock_.advance(60s);
    co_await until([&] { return !is_running(content("pid")) && !is_running(content("child")); });
  });
  EXPECT_EQ(outcome.allowed, false);
  EXPECT_EQ(outcome.reason, "the hook 'audit' failed: it gave no answer within timeoutSeconds (60)");
  EXPECT_EQ(outcome.latency_ms, 60'000);
}

TEST_F(HookCommand, ItsOwnTimeoutCounts) {
  Hook hook = command("echo $$ > \"$1/pid\"; exec tail -f /dev/null", FailureMode::kAllow);
  hook.timeout_seconds = 5;
  HookCall call = call_of(hook);
  call.context = json::object({{"text", std::string(1u << 20, 'x')}});  // the feeding never ends either
  const HookOutcome outcome = outcome_of(call, [&]() -> net::Task<> {
    co_await until([&] { return written("pid"); });
    clock_.advance(5s);
  });
  EXPECT_EQ(outcome.allowed, true);
  EXPECT_EQ(outcome.error, "it gave no answer within timeoutSeconds (5)");
}

TEST_F(HookCommand, CancellationKillsIt) {
  const Hook hook = command("echo $$ > \"$1/pid\"; exec tail -f /dev/null");
  const HookOutcome outcome = outcome_of(hook, [&]() -> net::Task<> {
    co_await until([&] { return written("pid"); });
    cancellation_.request("interrupted");
    co_await until([&] { return !is_running(content("pid")); });
  });
  EXPECT_TRUE(outcome.cancelled);
  EXPECT_FALSE(outcome.allowed);
  EXPECT_EQ(outcome.error, "cancelled: interrupted");
}

TEST_F(HookCommand, WhatItLeavesInItsGroupIsKilledAndDoesNotHoldTheAnswerUp) {
  const HookOutcome outcome =
      outcome_of(command("tail -f /dev/null & echo $! > \"$1/child\"; echo '{\"decision\": \"deny\"}'"),
                 [&]() -> net::Task<> {
                   co_await until([&] { return written("child") && !is_running(content("child")); });
                 });
  EXPECT_EQ(outcome.allowed, false);
  EXPECT_FALSE(outcome.error);
}

// A child in a session of its own is not of the group, and holds stdout open.
TEST_F(HookCommand, AChildThatLeftTheGroupHoldsTheAnswerUpForASecondAtMost) {
  const Hook hook = command(
      "setsid sh -c 'echo $$ > \"$0/child\"; exec tail -f /dev/null' \"$1\" &\n"
      "while [ ! -s \"$1/child\" ]; do :; done; echo '{\"decision\": \"deny\", \"reason\": \"no\"}'; echo $$ "
      "> \"$1/pid\"");
  const HookOutcome outcome = outcome_of(hook, [&]() -> net::Task<> {
    co_await until([&] { return written("pid") && !is_running(content("pid")); });
    co_await until([&] { return clock_.next_timer() < clock_.now() + 2s; });
    clock_.advance(1s);
  });
  EXPECT_EQ(outcome.allowed, false);
  EXPECT_EQ(outcome.reason, "no");
  ::kill(std::stoi(content("child")), SIGKILL);
}

// The server's other secrets are no business of a hook's.
TEST_F(HookCommand, SeesFewOfTheServersVariables) {
  ::setenv("SOMA_TEST_SEEN", "seen", 1);
  ::setenv("OPENAI_TEST_KEY", "unseen", 1);
  const HookOutcome outcome =
      outcome_of(command("echo \"$SOMA_TEST_SEEN,$OPENAI_TEST_KEY,${PATH:+path}\" >&2; exit 2"));
  ::unsetenv("SOMA_TEST_SEEN");
  ::unsetenv("OPENAI_TEST_KEY");
  EXPECT_EQ(outcome.reason, "seen,,path");
}

}  // namespace
}  // namespace soma::harness
