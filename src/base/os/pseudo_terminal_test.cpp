#include "base/os/pseudo_terminal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "base/os/text.h"

namespace soma::os {
namespace {

// What is printed until nobody has the terminal open any more.
std::string read_to_end(const Fd& controller) {
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t got; (got = read(controller.get(), buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<size_t>(got));
  return text;
}

class PseudoTerminalTest : public testing::Test {
 protected:
  // A shell on a terminal of its own.
  void start(std::string script, TerminalSize size = {}) {
    auto made = open_pseudo_terminal(size);
    ASSERT_TRUE(made) << made.error().to_string();
    terminal_ = std::move(*made);
    ProcessSpec spec;
    spec.arguments = {"sh", "-c", std::move(script)};
    spec.environment = {"PATH=/usr/bin:/bin"};
    spec.terminal = terminal_.path;
    auto process = launcher_->launch(spec);
    ASSERT_TRUE(process) << process.error().to_string();
    process_ = std::move(*process);
  }
  void type(std::string_view keys) {
    ASSERT_EQ(write(terminal_.controller.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  void read_until(std::string_view text) {
    std::string seen;
    std::array<char, 256> buffer;
    while (!seen.contains(text)) {
      const ssize_t got = read(terminal_.controller.get(), buffer.data(), buffer.size());
      ASSERT_GT(got, 0) << seen;
      seen.append(buffer.data(), static_cast<size_t>(got));
    }
  }

  std::unique_ptr<ProcessLauncher> launcher_ = make_process_launcher();
  PseudoTerminal terminal_;
  std::unique_ptr<Process> process_;
};

TEST_F(PseudoTerminalTest, IsAllThreeStreamsAndHasItsSize) {
  start("test -t 0 && test -t 1 && test -t 2 && stty size", {.columns = 132, .rows = 43});
  EXPECT_EQ(trim(read_to_end(terminal_.controller)), "43 132");
  EXPECT_EQ(process_->wait().code, 0);
}

TEST_F(PseudoTerminalTest, IsTheControllingTerminal) {
  start("echo here > /dev/tty");
  EXPECT_EQ(trim(read_to_end(terminal_.controller)), "here");
}

TEST_F(PseudoTerminalTest, CtrlCInterruptsWhatRunsInTheForeground) {
  start("trap 'exit 42' INT; echo ready; while :; do read line; done");
  read_until("ready");
  type("\x03");
  EXPECT_EQ(process_->wait().code, 42);
}

TEST_F(PseudoTerminalTest, ANewSizeIsToldToTheProgram) {
  start("trap 'stty size; exit' WINCH; echo ready; while :; do read line; done");
  read_until("ready");
  ASSERT_TRUE(resize_terminal(terminal_.controller.get(), {.columns = 100, .rows = 30}));
  EXPECT_EQ(trim(read_to_end(terminal_.controller)), "30 100");
}

TEST_F(PseudoTerminalTest, ATerminalThatIsNotThereIsSaid) {
  ProcessSpec spec;
  spec.arguments = {"true"};
  spec.terminal = "/no/such/terminal";
  const auto process = launcher_->launch(spec);
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().code, Code::kNotFound);
}

TEST(TerminalSize, OfWhatIsNoTerminalIsNothing) {
  auto ends = make_pipe();
  ASSERT_TRUE(ends);
  EXPECT_FALSE(terminal_size(ends->first.get()));
}

}  // namespace
}  // namespace soma::os
