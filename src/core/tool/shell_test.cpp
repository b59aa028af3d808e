#include "core/tool/tool_test_support.h"

namespace soma::tool {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

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

// It used to lose all but its first 1 MiB, and the model all but 256 KiB of that.
TEST_F(ShellToolTest, AFloodIsKeptWholeAndEachReaderGetsItsShare) {
  Called called = shell("seq 1 2000000");
  EXPECT_FALSE(called.error);
  EXPECT_THAT(called.emitted, testing::StartsWith("1\n2\n3\n"));
  EXPECT_LE(called.text().size(), kMaxResultBytes);
  EXPECT_THAT(called.content, HasSubstr("bytes left out"));
  EXPECT_THAT(called.content, HasSubstr("1999999\n2000000\n[exit code 0"));
  const std::string model = called.model_text();
  EXPECT_LE(model.size(), kDefaultResultBytes);
  EXPECT_GT(model.size(), kDefaultResultBytes - 64);
  EXPECT_THAT(model, testing::StartsWith("1\n2\n3\n"));
  EXPECT_THAT(model, HasSubstr("the whole result is in /workspace/.soma/results/use-1.txt: 2,000,000 lines"));
  EXPECT_THAT(model, HasSubstr("1999999\n2000000\n[exit code 0"));
  std::string whole;
  for (int number = 1; number <= 2000000; ++number) whole += std::to_string(number) + "\n";
  EXPECT_TRUE(read_file(".soma/results/use-1.txt") == whole) << "the file is the whole output";
}

TEST_F(ShellToolTest, AKeptResultCanBeLookedAtByTheNextCommand) {
  with_tool("shell", [&](Tool& tool, Environment&) -> net::Task<> {
    json::Value flood = json::object({{"command", "seq 1 100000"}});
    co_await call(tool, flood);
    json::Value look = json::object(
        {{"command", "sed -n 54321p /workspace/.soma/results/use-1.txt; rm -r .soma && echo gone"}});
    Called called = co_await call(tool, look, {}, "use-2");
    EXPECT_THAT(called.text(), testing::StartsWith("54321\ngone\n"));
  });
}

TEST_F(ShellToolTest, ParallelCallsKeepTheirResultsApart) {
  with_tool("shell", [&](Tool& tool, Environment& environment) -> net::Task<> {
    int running = 2;
    net::Notifier done(environment.executor);
    auto flood = [&](std::string word, std::string id) -> net::Task<> {
      json::Value input = json::object({{"command", "yes " + word + " | head -n 100000"}});
      Called called = co_await call(tool, input, {}, id);
      EXPECT_THAT(called.model_text(), HasSubstr("/workspace/.soma/results/" + id + ".txt: 100,000 lines"));
      --running;
      done.notify();
    };
    net::spawn(environment.executor, flood("left", "a"), "test.flood");
    net::spawn(environment.executor, flood("right", "b"), "test.flood");
    while (running > 0) co_await done.wait();
  });
  EXPECT_EQ(read_file(".soma/results/a.txt").size(), 500000u);
  EXPECT_EQ(read_file(".soma/results/b.txt").size(), 600000u);
  EXPECT_THAT(read_file(".soma/results/a.txt"), Not(HasSubstr("right")));
}

// Keeping 14 MB would take the workspace over its limit, and the command would be ended for what it printed.
TEST_F(ShellToolTest, TheDiskLimitCutsWhatIsKeptAndNotTheCommand) {
  policy_.limits.disk_bytes = 2u << 20;
  Called called = shell("seq 1 2000000");
  EXPECT_FALSE(called.error) << called.content;
  const std::string model = called.model_text();
  EXPECT_LE(model.size(), kDefaultResultBytes);
  EXPECT_THAT(model, HasSubstr("bytes of the result are in /workspace/.soma/results/use-1.txt"));
  EXPECT_THAT(model, HasSubstr("the session's files may have 2,097,152 bytes together"));
  EXPECT_THAT(model, HasSubstr("2000000\n[exit code 0"));
  const std::string kept = read_file(".soma/results/use-1.txt");
  EXPECT_LE(kept.size(), 2u << 20);
  EXPECT_GT(kept.size(), 1u << 20);
  EXPECT_THAT(kept.substr(kept.size() - 200), HasSubstr("bytes more are not kept: the session's files"));
}

TEST_F(ShellToolTest, BinaryNoiseIsTextForBothReadersAndInTheFile) {
  Called called = shell("head -c 300000 /dev/urandom");
  EXPECT_TRUE(os::is_valid_utf8(called.text()));
  EXPECT_TRUE(os::is_valid_utf8(called.model_text()));
  EXPECT_LE(called.model_text().size(), kDefaultResultBytes);
  EXPECT_TRUE(os::is_valid_utf8(read_file(".soma/results/use-1.txt")));
  EXPECT_GE(read_file(".soma/results/use-1.txt").size(), 300000u);
}

TEST_F(ShellToolTest, ALinkInTheWayOfTheResultsLeadsNowhere) {
  std::filesystem::create_directory(directory_ + "/outside");
  std::filesystem::create_directory_symlink(directory_ + "/outside", workspace() + "/.soma");
  Called called = shell("seq 1 100000");
  EXPECT_FALSE(called.error);
  EXPECT_THAT(called.model_text(), HasSubstr("the whole result could not be kept: PermissionDenied"));
  EXPECT_THAT(called.model_text(), HasSubstr("100000\n[exit code 0"));
  EXPECT_TRUE(std::filesystem::is_empty(directory_ + "/outside"));
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
    Context context{.result_name = "1",
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
    Context context{.result_name = "1",
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
