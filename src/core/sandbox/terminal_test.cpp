// A shell on a terminal of its own, inside the box and without one.
#include <gmock/gmock.h>

#include <array>

#include "core/sandbox/box_test_support.h"

namespace soma::sandbox {
namespace {

using ::testing::HasSubstr;

class TerminalTest : public BoxTest, public testing::WithParamInterface<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::kBubblewrap) BoxTest::SetUp();
    policy_.kind = GetParam();
  }

  // Types each line once what comes before it is printed, and returns all that was printed until the end.
  // What a key is meant for must have the terminal by then: it prints its word itself.
  struct Line {
    std::string after, typed;
  };
  std::string talk(std::vector<Line> lines, os::TerminalSize size = {}) {
    auto task = [&]() -> net::Task<std::string> {
      net::Executor executor = co_await net::this_executor();
      std::unique_ptr<Sandbox> sandbox = make(executor);
      Command command{.arguments = {"bash", "--norc"},
                      .environment = {{"PS1", "ready$ "}, {"HISTFILE", ""}, {"TERM", "xterm"}},
                      .terminal = size};
      auto process = co_await sandbox->start(std::move(command));
      if (!process) throw std::runtime_error(process.error().to_string());
      std::string all, unread;
      for (const Line& line : lines) {
        while (!unread.contains(line.after)) {
          auto piece = co_await (*process)->read();
          if (!piece) throw std::runtime_error("ended before " + line.after + ": " + all);
          all += piece->second;
          unread += piece->second;
        }
        unread.erase(0, unread.find(line.after) + line.after.size());
        if (line.typed == "<resize>") {
          EXPECT_TRUE((*process)->resize({.columns = 111, .rows = 33}));
          continue;
        }
        const auto written = co_await (*process)->write(line.typed);
        EXPECT_TRUE(written);
      }
      for (;;) {
        auto piece = co_await (*process)->read();
        if (!piece) break;
        all += piece->second;
      }
      exit_code_ = (*process)->exit_code();
      co_return all;
    };
    return net::run(task());
  }

  int exit_code_ = -1;
};

TEST_P(TerminalTest, IsAWorkingTerminalWithASize) {
  const std::string said =
      talk({{"ready$ ", "stty size; echo to-tty > /dev/tty; exit 7\r"}}, {.columns = 132, .rows = 43});
  EXPECT_THAT(said, HasSubstr("43 132"));
  EXPECT_THAT(said, HasSubstr("\r\nto-tty"));
  EXPECT_EQ(exit_code_, 7);
}

TEST_P(TerminalTest, CtrlCEndsTheCommandAndNotTheShell) {
  const std::string said = talk({{"ready$ ", "sh -c 'echo sle\"\"eping; exec sleep 1000'\r"},
                                 {"sleeping\r\n", "\x03"},
                                 {"ready$ ", "echo still $?; exit\r"}});
  EXPECT_THAT(said, HasSubstr("still 130"));
}

TEST_P(TerminalTest, HasJobControl) {
  const std::string said = talk({{"ready$ ", "sh -c 'echo st\"\"ops; exec sleep 1000'\r"},
                                 {"stops\r\n", "\x1a"},
                                 {"ready$ ", "jobs; kill -KILL %1; disown %1; exit\r"}});
  EXPECT_THAT(said, HasSubstr("Stopped"));
  EXPECT_THAT(said, testing::Not(HasSubstr("no job control")));
}

TEST_P(TerminalTest, TakesANewSize) {
  const std::string said = talk({{"ready$ ", "<resize>"}, {"", "stty size; exit\r"}});
  EXPECT_THAT(said, HasSubstr("33 111"));
}

TEST_P(TerminalTest, WhatItLeavesBehindEndsWithIt) {
  talk({{"ready$ ", "set +m; sleep 4242 & exit\r"}});
  EXPECT_NE(std::system("pgrep -f '^sleep 4242$' > /dev/null"), 0);
}

INSTANTIATE_TEST_SUITE_P(Kinds, TerminalTest, testing::Values(Kind::kBubblewrap, Kind::kNone),
                         [](const auto& kind) { return kind.param == Kind::kNone ? "NoBox" : "Box"; });

}  // namespace
}  // namespace soma::sandbox
