#include "base/os/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/os/file_system.h"
#include "base/os/scratch_directory.h"
#include "base/os/text.h"

namespace soma::os {
namespace {

std::string read_to_end(const Fd& fd) {
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t got; (got = read(fd.get(), buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), got);
  return text;
}

void write_text(const Fd& fd, std::string_view text) {
  ASSERT_EQ(write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

ProcessSpec shell(std::string script) {
  ProcessSpec spec;
  spec.arguments = {"sh", "-c", std::move(script)};
  spec.environment = {"PATH=/usr/bin:/bin"};
  return spec;
}

class ProcessTest : public testing::Test {
 protected:
  std::unique_ptr<Process> start(const ProcessSpec& spec) {
    auto process = launcher_->launch(spec);
    EXPECT_TRUE(process) << process.error().to_string();
    return std::move(*process);
  }

  std::unique_ptr<ProcessLauncher> launcher_ = make_process_launcher();
};

TEST_F(ProcessTest, TellsOutputErrorsAndExitCode) {
  auto process = start(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(read_to_end(process->stdout_fd()), "out\n");
  EXPECT_EQ(read_to_end(process->stderr_fd()), "err\n");
  ExitStatus status = process->wait();
  EXPECT_EQ(status.code, 3);
  EXPECT_EQ(status.signal, 0);
  EXPECT_EQ(process->poll_exit()->code, 3);
}

TEST_F(ProcessTest, TellsTheSignalThatEndedIt) {
  ExitStatus status = start(shell("kill -TERM $$"))->wait();
  EXPECT_EQ(status.signal, SIGTERM);
  EXPECT_EQ(status.code, 128 + SIGTERM);
}

TEST_F(ProcessTest, FeedsStdinUntilItIsClosed) {
  ProcessSpec spec = shell("cat");
  spec.pipe_stdin = true;
  auto process = start(spec);
  write_text(process->stdin_fd(), "hello");
  process->stdin_fd().reset();
  EXPECT_EQ(read_to_end(process->stdout_fd()), "hello");
  EXPECT_EQ(process->wait().code, 0);
}

TEST_F(ProcessTest, StdinIsEmptyUnlessAskedFor) {
  auto process = start(shell("wc -c"));
  EXPECT_EQ(trim(read_to_end(process->stdout_fd())), "0");
}

TEST_F(ProcessTest, InheritsNoEnvironmentAndNoSignalSettings) {
  setenv("SOMA_TEST_LEAK", "1", 1);
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  auto old_handler = signal(SIGPIPE, SIG_IGN);
  ProcessSpec spec = shell("env; grep -E 'SigBlk|SigIgn' /proc/self/status");
  spec.environment.push_back("GIVEN=yes");
  auto process = start(spec);
  std::string text = read_to_end(process->stdout_fd());
  signal(SIGPIPE, old_handler);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  unsetenv("SOMA_TEST_LEAK");
  EXPECT_NE(text.find("GIVEN=yes"), std::string::npos) << text;
  EXPECT_EQ(text.find("SOMA_TEST_LEAK"), std::string::npos) << text;
  EXPECT_NE(text.find("SigBlk:\t0000000000000000"), std::string::npos) << text;
  size_t ignored_at = text.find("SigIgn:\t");
  ASSERT_NE(ignored_at, std::string::npos) << text;
  uint64_t ignored = std::stoull(text.substr(ignored_at + 8), nullptr, 16);
  EXPECT_EQ(ignored & 0x7fff'ffff, 0u) << text;  // above are signals that the C library keeps for itself
}

TEST_F(ProcessTest, NoDescriptorLeaksThatNobodyNamed) {
  auto other = start(shell("sleep 600"));  // its pipe ends are ours while the next child starts
  int leak = fcntl(STDERR_FILENO, F_DUPFD, 100);
  int low_leak = dup(STDERR_FILENO);
  ProcessSpec spec = shell("ls /proc/self/fd");
  spec.inherit = {{STDERR_FILENO, 50}};
  auto process = start(spec);
  close(leak);
  close(low_leak);
  EXPECT_EQ(read_to_end(process->stdout_fd()), "0\n1\n2\n3\n50\n");  // 3: the directory that ls reads
}

TEST_F(ProcessTest, PlacesInheritedDescriptorsWhateverTheirNumbers) {
  auto first = *make_pipe();
  auto second = *make_pipe();
  ProcessSpec spec = shell("echo to-a >&3; echo to-b >&4");  // 3 and 4 may well be pipe ends of ours
  spec.inherit = {{first.second.get(), 3}, {second.second.get(), 4}};
  auto process = start(spec);
  first.second.reset();
  second.second.reset();
  EXPECT_EQ(read_to_end(first.first), "to-a\n");
  EXPECT_EQ(read_to_end(second.first), "to-b\n");
}

TEST_F(ProcessTest, SwapsTwoDescriptors) {
  auto left = *make_pipe();
  auto right = *make_pipe();
  ProcessSpec spec;
  spec.environment = {"PATH=/usr/bin:/bin"};
  std::string left_number = std::to_string(left.second.get());
  std::string right_number = std::to_string(right.second.get());
  spec.arguments = {"bash", "-c", "echo L >&" + right_number + "; echo R >&" + left_number};
  spec.inherit = {{left.second.get(), right.second.get()}, {right.second.get(), left.second.get()}};
  auto process = start(spec);
  EXPECT_EQ(process->wait().code, 0);
  left.second.reset();
  right.second.reset();
  EXPECT_EQ(read_to_end(left.first), "L\n");
  EXPECT_EQ(read_to_end(right.first), "R\n");
}

TEST_F(ProcessTest, RunsInItsWorkingDirectory) {
  ScratchDirectory directory;
  ProcessSpec spec = shell("pwd -P");
  spec.working_directory = directory.path();
  auto process = start(spec);
  EXPECT_EQ(read_to_end(process->stdout_fd()), std::filesystem::canonical(directory.path()).string() + "\n");
}

TEST_F(ProcessTest, SaysWhatCouldNotBeStarted) {
  ProcessSpec spec;
  spec.arguments = {"soma-no-such-program"};
  auto missing = launcher_->launch(spec);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_NE(missing.error().message.find("soma-no-such-program"), std::string::npos);

  spec = shell("true");
  spec.working_directory = "/no/such/place";
  auto misplaced = launcher_->launch(spec);
  ASSERT_FALSE(misplaced);
  EXPECT_EQ(misplaced.error().code, Code::kNotFound);
  EXPECT_NE(misplaced.error().message.find("/no/such/place"), std::string::npos);

  spec.arguments.clear();
  EXPECT_EQ(launcher_->launch(spec).error().code, Code::kInvalidArgument);
}

TEST_F(ProcessTest, PidfdBecomesReadableAtTheEnd) {
  ProcessSpec spec = shell("read line");
  spec.pipe_stdin = true;
  auto process = start(spec);
  pollfd watched{.fd = process->pidfd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&watched, 1, 0), 0);
  EXPECT_EQ(process->poll_exit(), std::nullopt);
  process->stdin_fd().reset();
  EXPECT_EQ(poll(&watched, 1, 30'000), 1);
  EXPECT_TRUE(process->poll_exit().has_value());
}

// A pipe's reader sees the end only when every holder of the write end is gone: so this also waits for the
// grandchild's death.
TEST_F(ProcessTest, KillGroupReachesGrandchildren) {
  auto process = start(shell("sleep 600 & echo started; wait"));
  std::array<char, 8> line{};
  ASSERT_EQ(read(process->stdout_fd().get(), line.data(), line.size()), 8);
  process->kill_group(SIGKILL);
  EXPECT_EQ(read_to_end(process->stdout_fd()), "");
  EXPECT_EQ(process->wait().signal, SIGKILL);
}

TEST_F(ProcessTest, DestroyingKillsGrandchildrenThatOutlivedTheChild) {
  auto process = start(shell("sleep 600 & echo started"));
  Fd output = std::move(process->stdout_fd());
  std::array<char, 8> line{};
  ASSERT_EQ(read(output.get(), line.data(), line.size()), 8);
  EXPECT_EQ(process->wait().code, 0);
  process.reset();
  EXPECT_EQ(read_to_end(output), "");
}

TEST_F(ProcessTest, DestroyingReaps) {
  auto process = start(shell("sleep 600"));
  pid_t pid = process->pid();
  process.reset();
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST_F(ProcessTest, WithoutSessionKillsTheChildAlone) {
  ProcessSpec spec = shell("sleep 600");
  spec.new_session = false;
  auto process = start(spec);
  EXPECT_EQ(getpgid(process->pid()), getpgid(0));
  process->kill_group(SIGKILL);
  EXPECT_EQ(process->wait().signal, SIGKILL);
}

TEST(Fd, MovesItsDescriptorAndClosesIt) {
  auto ends = *make_pipe();
  int number = ends.first.get();
  Fd moved = std::move(ends.first);
  EXPECT_FALSE(ends.first.valid());
  EXPECT_EQ(moved.get(), number);
  moved = std::move(ends.second);
  EXPECT_EQ(fcntl(number, F_GETFD), -1);
  EXPECT_EQ(fcntl(moved.get(), F_GETFD), FD_CLOEXEC);
}

TEST(FindProgram, LooksInPathAndAtPaths) {
  EXPECT_TRUE(find_program("sh").has_value());
  EXPECT_EQ(find_program("/bin/sh"), "/bin/sh");
  EXPECT_EQ(find_program("/etc/passwd"), std::nullopt);
  EXPECT_EQ(find_program("/tmp"), std::nullopt);
  EXPECT_EQ(find_program(""), std::nullopt);
}

}  // namespace
}  // namespace soma::os
