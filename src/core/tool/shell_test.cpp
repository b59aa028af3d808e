#include "core/tool/tool_test_support.h"

namespace soma::tool {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class ShellToolTest : public ToolTest {
 protected:
  void SetUp() override {
    if (!sandbox_available()) GTEST_SKIP();
  }
  Called shell(std::string command, int64_t timeout = 60) {
    return call_once("shell", json::object({{"command", std::move(command)}, {"timeout", timeout}}));
  }
};

TEST_F(ShellToolTest, StreamsOutputAndEndsWithTheExitCode) {
  Called called = shell("echo one; echo two >&2; exit 3");
  EXPECT_THAT(called.emitted, HasSubstr("one\n"));
  EXPECT_THAT(called.emitted, HasSubstr("two\n"));
  EXPECT_THAT(called.content, MatchesRegex("\\[exit code 3 in [0-9]+\\.[0-9][0-9] s\\]"));
  EXPECT_FALSE(called.error) << "an exit code is an answer";
}

TEST_F(ShellToolTest, TheLastLineStandsAlone) {
  EXPECT_THAT(shell("printf x").content, MatchesRegex("\n\\[exit code 0 .*"));
}

TEST_F(ShellToolTest, ATimeoutIsAnErrorAndNamed) {
  Called called = shell("echo before; sleep 600", 1);
  EXPECT_TRUE(called.error);
  EXPECT_THAT(called.text(), HasSubstr("before\n[timed out after 1."));
  EXPECT_THAT(called.text(), HasSubstr("[limit exceeded: time (1 s)]"));
}

TEST_F(ShellToolTest, AnExceededLimitIsAnErrorAndNamed) {
  policy_.limits.processes = 20;
  Called called = shell("i=0; while [ $i -lt 60 ]; do sleep 20 & i=$((i+1)); done; wait");
  EXPECT_TRUE(called.error);
  EXPECT_THAT(called.text(), HasSubstr("[limit exceeded: processes (20)]"));
}

TEST_F(ShellToolTest, AFloodKeepsItsBeginningAndIsNoError) {
  Called called = shell("seq 1 10000000");
  EXPECT_FALSE(called.error);
  EXPECT_THAT(called.emitted, testing::StartsWith("1\n2\n3\n"));
  EXPECT_LT(called.text().size(), kMaxResultBytes);
  EXPECT_THAT(called.content, HasSubstr("bytes left out"));
  EXPECT_THAT(called.content, HasSubstr("[limit exceeded: output (1 MiB; "));
}

TEST_F(ShellToolTest, ALongOutputKeepsItsEnd) {
  Called called = shell("seq 1 80000; echo the end");
  EXPECT_THAT(called.content, HasSubstr("80000\nthe end\n[exit code 0"));
  EXPECT_THAT(called.content, HasSubstr("bytes left out"));
}

TEST_F(ShellToolTest, OutputIsValidUtf8WhateverIsPrinted) {
  Called called = shell("printf '\\xff\\xfe ok \\xc3\\xa9 \\xe2\\x82'; seq 1 3");
  EXPECT_TRUE(os::is_valid_utf8(called.text()));
  EXPECT_THAT(called.text(), HasSubstr(" ok é "));
}

TEST_F(ShellToolTest, CancellationStopsIt) {
  with_tool("shell", [&](Tool& tool, Environment&) -> net::Task<> {
    net::Cancellation cancellation;
    json::Value input = json::object({{"command", "echo started; sleep 600"}});
    Context context{.tool_use_id = "1",
                    .deadline = clock_->now() + std::chrono::hours(1),
                    .cancellation = cancellation,
                    .emit = [&](std::string_view) { cancellation.request("asked"); }};
    Outcome outcome = co_await tool.run(input, context);
    EXPECT_TRUE(outcome.error);
    EXPECT_THAT(std::get<model::Text>(outcome.content.at(0)).text, HasSubstr("[cancelled after"));
  });
}

TEST_F(ShellToolTest, NeverRunsLongerThanItsInvocation) {
  with_tool("shell", [&](Tool& tool, Environment&) -> net::Task<> {
    json::Value input = json::object({{"command", "sleep 600"}});
    Context context{.tool_use_id = "1",
                    .deadline = clock_->now() + std::chrono::milliseconds(300),
                    .cancellation = {},
                    .emit = {}};
    Outcome outcome = co_await tool.run(input, context);
    EXPECT_TRUE(outcome.error);
  });
}

TEST_F(ShellToolTest, WithoutASandboxSaysWhy) {
  needs_sandbox_ = false;
  Called called = shell("true");
  EXPECT_TRUE(called.error);
  EXPECT_EQ(called.content, "no sandbox here");
}

TEST_F(ShellToolTest, MayNotBeRepeated) {
  with_tool("shell", [&](Tool& tool, Environment&) -> net::Task<> {
    EXPECT_FALSE(tool.repeatable(json::object({{"command", "ls"}})));
    EXPECT_FALSE(tool.holds_state());
    co_return;
  });
}

}  // namespace
}  // namespace soma::tool
