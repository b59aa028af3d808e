#include "core/tool/interpreter.h"
#include "core/tool/tool_test_support.h"

namespace soma::tool {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CodeInterpreterTest : public ToolTest {
 protected:
  void SetUp() override {
    if (!sandbox_available()) GTEST_SKIP();
  }
  static bool installed(const char* program) {
    bool found = std::filesystem::exists(std::string("/usr/bin/") + program);
    if (!found) std::cout << "skipped: " << program << " is not installed\n";
    return found;
  }
  // Runs cells one after another in one session.
  std::vector<Called> cells(const std::string& language, std::vector<std::string> codes) {
    std::vector<Called> results;
    with_tool("agentcore_code_interpreter", [&](Tool& tool, Environment&) -> net::Task<> {
      for (const std::string& code : codes) {
        json::Value input = json::object({{"language", language}, {"code", code}, {"timeout", 60}});
        results.push_back(co_await call(tool, input));
      }
    });
    return results;
  }
};

TEST_F(CodeInterpreterTest, PythonKeepsItsStateAndPrintsTheLastValue) {
  if (!installed("python3")) GTEST_SKIP();
  auto results = cells("python", {"x = 20\ndef double(n): return 2 * n", "print('hello')\ndouble(x) + 2",
                                  "import os; os.getcwd()", "x = 1"});
  EXPECT_EQ(results[0].text(), "[no output]");
  EXPECT_EQ(results[1].text(), "hello\n42\n");
  EXPECT_EQ(results[2].text(), "'/workspace'\n");
  EXPECT_FALSE(results[1].error);
}

TEST_F(CodeInterpreterTest, APythonErrorShowsItsLineAndKeepsTheState) {
  if (!installed("python3")) GTEST_SKIP();
  auto results = cells("python", {"kept = 'still here'", "def f():\n    return 1 / 0\nf()", "kept",
                                  "def (:", "import sys; sys.exit(3)", "kept"});
  EXPECT_TRUE(results[1].error);
  EXPECT_THAT(results[1].text(), HasSubstr("line 2, in f"));
  EXPECT_THAT(results[1].text(), HasSubstr("return 1 / 0"));
  EXPECT_THAT(results[1].text(), HasSubstr("ZeroDivisionError"));
  EXPECT_THAT(results[1].text(), Not(HasSubstr("_drive"))) << "the driver's own frames are nobody's business";
  EXPECT_EQ(results[2].text(), "'still here'\n");
  EXPECT_THAT(results[3].text(), HasSubstr("SyntaxError"));
  EXPECT_THAT(results[4].text(), HasSubstr("SystemExit: 3"));
  EXPECT_EQ(results[5].text(), "'still here'\n");
}

TEST_F(CodeInterpreterTest, PythonAwaitsAtTheTopLevelAndHasNoInput) {
  if (!installed("python3")) GTEST_SKIP();
  auto results = cells("python", {"import asyncio\nasync def f(): return 7\nawait f()", "input()"});
  EXPECT_EQ(results[0].text(), "7\n");
  EXPECT_THAT(results[1].text(), HasSubstr("EOFError"));
}

TEST_F(CodeInterpreterTest, ChildrensOutputIsPartOfTheResult) {
  if (!installed("python3")) GTEST_SKIP();
  EXPECT_THAT(
      cells("python", {"import subprocess\nsubprocess.run(['echo', 'from a child']).returncode"})[0].text(),
      HasSubstr("from a child\n"));
}

TEST_F(CodeInterpreterTest, ClosingItsStreamsDoesNotLoseTheEndOfTheCall) {
  if (!installed("python3")) GTEST_SKIP();
  auto results = cells("python", {"import os, sys\nos.close(1); os.close(2); sys.stdin.close()", "x = 1"});
  EXPECT_FALSE(results[1].error) << results[1].text();
}

TEST_F(CodeInterpreterTest, PrintedMarkersDoNotEndACall) {
  if (!installed("python3")) GTEST_SKIP();
  auto results = cells("python", {"print('\\0' + 'A' * 32 + ' ok')\nprint('\\0')\nprint('after')"});
  EXPECT_THAT(results[0].text(), HasSubstr("after\n"));
}

TEST_F(CodeInterpreterTest, JavaScriptKeepsItsStateAndAwaits) {
  if (!installed("node")) GTEST_SKIP();
  auto results =
      cells("javascript",
            {"const x = 20; function double(n) { return 2 * n; }", "console.log('hello'); double(x) + 2",
             "await new Promise((done) => setTimeout(() => done({ a: [1, 2] }), 5))",
             "const os = require('os'); typeof os.cpus", "throw new Error('broken')", "let y = ;", "x"});
  EXPECT_EQ(results[0].text(), "[no output]");
  EXPECT_EQ(results[1].text(), "hello\n42\n");
  EXPECT_EQ(results[2].text(), "{ a: [ 1, 2 ] }\n");
  EXPECT_EQ(results[3].text(), "'function'\n");
  EXPECT_TRUE(results[4].error);
  EXPECT_THAT(results[4].text(), HasSubstr("Error: broken"));
  EXPECT_THAT(results[4].text(), Not(HasSubstr("node:")));
  EXPECT_TRUE(results[5].error);
  EXPECT_THAT(results[5].text(), HasSubstr("SyntaxError"));
  EXPECT_EQ(results[6].text(), "20\n");
}

TEST_F(CodeInterpreterTest, WhatJavaScriptThrowsLaterIsPrintedAndKeepsTheState) {
  if (!installed("node")) GTEST_SKIP();
  auto results = cells("javascript", {"const kept = 1; setTimeout(() => { throw new Error('later'); }, 1); 2",
                                      "await new Promise((done) => setTimeout(done, 50))", "kept", "throw 5",
                                      "if (1) {", "await Promise.reject(new Error('rejected'))"});
  EXPECT_FALSE(results[0].error);
  EXPECT_THAT(results[0].text() + results[1].text(), HasSubstr("Error: later"));
  EXPECT_EQ(results[2].text(), "1\n");
  EXPECT_EQ(results[3].text(), "Uncaught 5\n");
  EXPECT_THAT(results[4].text(), HasSubstr("Unexpected end of input"));
  EXPECT_THAT(results[5].text(), HasSubstr("Error: rejected"));
  EXPECT_TRUE(results[5].error);
}

TEST_F(CodeInterpreterTest, BashKeepsItsStateAndTellsExitCodes) {
  if (!installed("bash")) GTEST_SKIP();
  auto results = cells("bash", {"x=20; cd /tmp; greet() { echo \"hello $x\"; }", "greet; pwd; false",
                                "cat; read line; echo \"end $line\"", "if then"});
  EXPECT_EQ(results[0].text(), "[no output]");
  EXPECT_EQ(results[1].text(), "hello 20\n/tmp\n[exit code 1]");
  EXPECT_FALSE(results[1].error);
  EXPECT_EQ(results[2].text(), "end \n");
  EXPECT_THAT(results[3].text(), HasSubstr("syntax error"));
}

TEST_F(CodeInterpreterTest, AnInterpreterThatEndsSaysSoAndTheNextCallIsFresh) {
  if (!installed("bash")) GTEST_SKIP();
  auto results = cells("bash", {"x=1", "echo last words; exit 5", "echo \"x is $x\""});
  EXPECT_TRUE(results[1].error);
  EXPECT_THAT(results[1].text(),
              HasSubstr("last words\n[the bash interpreter is gone and its state is lost"));
  EXPECT_THAT(results[1].text(), HasSubstr("exit code 5"));
  EXPECT_EQ(results[2].text(), "x is \n");
}

TEST_F(CodeInterpreterTest, ATimeoutStopsTheInterpreterAndSaysThatStateIsLost) {
  if (!installed("bash")) GTEST_SKIP();
  Called called =
      call_once("agentcore_code_interpreter",
                json::object({{"language", "bash"}, {"code", "echo before; sleep 600"}, {"timeout", 1}}));
  EXPECT_TRUE(called.error);
  EXPECT_THAT(
      called.text(),
      HasSubstr("before\n[timed out after 1.00 s: the bash interpreter was stopped and its state is lost]"));
}

TEST_F(CodeInterpreterTest, AMemoryLimitIsNamed) {
  if (!installed("python3")) GTEST_SKIP();
  policy_.limits.memory_bytes = 64 << 20;
  auto results =
      cells("python", {"x = []\nwhile True: x.append(b'x' * (1 << 20)); __import__('time').sleep(0.002)"});
  EXPECT_TRUE(results[0].error);
  EXPECT_THAT(results[0].text(), HasSubstr("memory (64 MiB)"));
}

TEST_F(CodeInterpreterTest, ClearContextStartsFresh) {
  if (!installed("bash")) GTEST_SKIP();
  with_tool("agentcore_code_interpreter", [&](Tool& tool, Environment&) -> net::Task<> {
    json::Value set = json::object({{"language", "bash"}, {"code", "x=1"}});
    json::Value get =
        json::object({{"language", "bash"}, {"code", "echo \"x is $x\""}, {"clearContext", true}});
    co_await call(tool, set);
    EXPECT_TRUE(tool.holds_state());
    Called called = co_await call(tool, get);
    EXPECT_EQ(called.text(), "x is \n");
  });
}

TEST_F(CodeInterpreterTest, AfterARestartOfTheSessionTheLossIsToldOnce) {
  if (!installed("bash")) GTEST_SKIP();
  cells("bash", {"x=1"});
  auto results = cells("bash", {"echo \"x is $x\"", "echo again"});
  EXPECT_EQ(results[0].text(), "[state was reset: what earlier bash calls defined is gone]\nx is \n");
  EXPECT_EQ(results[1].text(), "again\n");
}

TEST_F(CodeInterpreterTest, CallsAtTheSameTimeTakeTurns) {
  if (!installed("bash")) GTEST_SKIP();
  with_tool("agentcore_code_interpreter", [&](Tool& tool, Environment& environment) -> net::Task<> {
    constexpr int kCalls = 5;
    net::Notifier done(environment.executor);
    int ended = 0;
    auto one = [&](int number) -> net::Task<> {
      json::Value input =
          json::object({{"language", "bash"}, {"code", "n=$((n+1)); echo " + std::to_string(number)}});
      Called called = co_await call(tool, input);
      EXPECT_EQ(called.text(), std::to_string(number) + "\n");
      ++ended;
      done.notify();
    };
    for (int i = 0; i < kCalls; ++i) net::spawn(environment.executor, one(i), "call");
    while (ended < kCalls) co_await done.wait();
    json::Value count = json::object({{"language", "bash"}, {"code", "echo $n"}});
    Called called = co_await call(tool, count);
    EXPECT_EQ(called.text(), "5\n");
  });
}

TEST_F(CodeInterpreterTest, CancellationStopsIt) {
  if (!installed("bash")) GTEST_SKIP();
  with_tool("agentcore_code_interpreter", [&](Tool& tool, Environment&) -> net::Task<> {
    net::Cancellation cancellation;
    json::Value input = json::object({{"language", "bash"}, {"code", "echo started; sleep 600"}});
    Context context{.result_name = "1",
                    .deadline = clock_->now() + std::chrono::hours(1),
                    .cancellation = cancellation,
                    .emit = [&](std::string_view) { cancellation.request("asked"); }};
    Outcome outcome = co_await tool.run(input, context);
    EXPECT_TRUE(outcome.error);
    EXPECT_THAT(std::get<model::Text>(outcome.content.at(0)).text, HasSubstr("[cancelled"));
  });
}

TEST(MarkerScannerTest, FindsTheMarkerHoweverTheBytesAreSplit) {
  const std::string stream = std::string("out\0put", 7) + std::string("\0TOKEN ok\n", 10);
  for (size_t first = 0; first <= stream.size(); ++first) {
    MarkerScanner scanner(std::string("\0TOKEN ", 7));
    std::string output = scanner.add(std::string_view(stream).substr(0, first));
    output += scanner.add(std::string_view(stream).substr(first));
    ASSERT_TRUE(scanner.done()) << first;
    EXPECT_EQ(scanner.status(), "ok");
    EXPECT_EQ(output, std::string("out\0put", 7));
  }
}

}  // namespace
}  // namespace soma::tool
