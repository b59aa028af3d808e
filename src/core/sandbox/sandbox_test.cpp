// Commands, their output and end; processes that live on.
#include "core/sandbox/sandbox.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <thread>

#include "core/sandbox/box_test_support.h"
#include "core/sandbox/bubblewrap.h"

namespace soma::sandbox {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class SandboxTest : public BoxTest {};

TEST_F(SandboxTest, TellsTheExitCodeAndKeepsTheStreamsApart) {
  Ran ran = run("echo out; echo err >&2; exit 7");
  EXPECT_EQ(ran.out, "out\n");
  EXPECT_EQ(ran.err, "err\n");
  EXPECT_EQ(ran.outcome.exit_code, 7);
  EXPECT_TRUE(ran.outcome.exceeded.empty());
  EXPECT_FALSE(ran.outcome.timed_out);
  EXPECT_FALSE(ran.outcome.cancelled);
}

TEST_F(SandboxTest, ASignalShowsAsItsNumberAbove128) {
  EXPECT_EQ(run("kill -TERM $$").outcome.exit_code, 128 + 15);
}

TEST_F(SandboxTest, GivesTheInputAndClosesIt) {
  Ran ran = run({.arguments = {"cat"}, .input = std::string(300'000, 'x')});
  EXPECT_EQ(ran.out, std::string(300'000, 'x'));
}

TEST_F(SandboxTest, ACommandThatIgnoresItsInputStillEnds) {
  EXPECT_EQ(run({.arguments = {"true"}, .input = std::string(1 << 20, 'x')}).outcome.exit_code, 0);
}

TEST_F(SandboxTest, WithoutInputReadsAnEmptyOne) {
  EXPECT_EQ(run("cat; echo end").out, "end\n");
}

TEST_F(SandboxTest, StartsInTheWorkspaceOrWhereToldBelowIt) {
  EXPECT_EQ(run("pwd").out, "/workspace\n");
  Command command = shell("pwd");
  command.working_directory = "sub";
  std::filesystem::create_directory(workspace() + "/sub");
  EXPECT_EQ(run(command).out, "/workspace/sub\n");
}

TEST_F(SandboxTest, AnUnknownProgramIsSaidSo) {
  Ran ran = run({.arguments = {"no-such-program"}});
  EXPECT_NE(ran.outcome.exit_code, 0);
  EXPECT_THAT(ran.err, HasSubstr("no-such-program"));
}

TEST_F(SandboxTest, RefusesACommandWithoutProgramOrWithANul) {
  auto task = [&]() -> net::Task<> {
    net::Executor executor = co_await net::this_executor();
    std::unique_ptr<Sandbox> sandbox = make(executor);
    Command empty{.arguments = {}};
    Command nul = shell(std::string("echo a\0b", 8));
    auto first = co_await sandbox->exec(empty, {}, {});
    auto second = co_await sandbox->exec(nul, {}, {});
    EXPECT_EQ(first.error().code, os::Code::kInvalidArgument);
    EXPECT_EQ(second.error().code, os::Code::kInvalidArgument);
  };
  net::run(task());
}

TEST_F(SandboxTest, RefusesAWorkspaceThatIsNotThere) {
  auto task = [&]() -> net::Task<> {
    net::Executor executor = co_await net::this_executor();
    auto made = make_sandbox(policy_, workspace() + "/missing", executor, *launcher_, *clock_);
    EXPECT_EQ(made.error().code, os::Code::kFailedPrecondition);
  };
  net::run(task());
}

TEST_F(SandboxTest, CancellationEndsTheCommandAndIsSaid) {
  auto task = [&]() -> net::Task<> {
    net::Executor executor = co_await net::this_executor();
    std::unique_ptr<Sandbox> sandbox = make(executor);
    net::Cancellation cancellation;
    OutputSink sink = [&](Stream, std::string_view) { cancellation.request("asked"); };
    Command command = shell("echo started; sleep 600");
    auto outcome = co_await sandbox->exec(command, sink, cancellation);
    EXPECT_TRUE(outcome->cancelled);
    EXPECT_EQ(outcome->exit_code, 128 + 9);
    EXPECT_FALSE(outcome->timed_out);
    auto again = co_await sandbox->exec(command, sink, cancellation);
    EXPECT_TRUE(again->cancelled) << "a request made before the start counts too";
  };
  net::run(task());
}

TEST_F(SandboxTest, WhatACommandLeavesRunningEndsWithIt) {
  Ran ran = run("(sleep 600; echo late > /workspace/late) & setsid sleep 600 & echo done");
  EXPECT_EQ(ran.out, "done\n");
  EXPECT_LT(ran.outcome.elapsed, 30s);
}

TEST_F(SandboxTest, ManyCommandsAtOnceDoNotMixTheirOutput) {
  constexpr int kCommands = 20;
  auto task = [&]() -> net::Task<> {
    net::Executor executor = co_await net::this_executor();
    std::unique_ptr<Sandbox> sandbox = make(executor);
    net::Notifier done(executor);
    int ended = 0;
    auto one = [&](int number) -> net::Task<> {
      Ran ran = co_await exec(*sandbox, shell("echo " + std::to_string(number)));
      EXPECT_EQ(ran.out, std::to_string(number) + "\n");
      ++ended;
      done.notify();
    };
    for (int i = 0; i < kCommands; ++i) net::spawn(executor, one(i), "one");
    while (ended < kCommands) co_await done.wait();
  };
  net::run(task());
}

// A box of a soma that ran as root outlived it: bubblewrap, still root without its capabilities, was not
// allowed to signal it. The box holds a named pipe open until its last process is gone. bubblewrap asks to
// die with its parent a moment after the command has begun: a box of a server that is killed just then is
// left to end_orphans() at the next start.
TEST_F(SandboxTest, ABoxEndsWithTheServerThatIsKilled) {
  policy_.owner = "killed-" + std::to_string(getpid());
  std::string pipe = workspace() + "/pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0666), 0);
  pid_t server = fork();
  if (server == 0) {
    std::unique_ptr<os::Clock> clock = os::make_system_clock();
    auto task = [&]() -> net::Task<> {
      net::Executor executor = co_await net::this_executor();
      auto sandbox = make_sandbox(policy_, workspace(), executor, *launcher_, *clock);
      Command command = shell("exec 3> pipe; echo ready >&3; sleep 600 & setsid sleep 600 & sleep 600");
      co_await (*sandbox)->exec(command, {}, {});
    };
    net::run(task());
    _exit(0);
  }
  os::Fd reader(open(pipe.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 16> bytes{};
  EXPECT_EQ(read(reader.get(), bytes.data(), bytes.size()), 6);
  kill(server, SIGKILL);
  waitpid(server, nullptr, 0);
  pollfd end{.fd = reader.get(), .events = POLLIN, .revents = 0};
  constexpr int kPatienceMs = 20'000;
  constexpr int kBriefMs = 1'000;
  if (poll(&end, 1, kBriefMs) == 0) EXPECT_GE(end_orphans(policy_.owner), 1u);
  ASSERT_EQ(poll(&end, 1, kPatienceMs), 1) << "processes of the box are still there";
  EXPECT_EQ(read(reader.get(), bytes.data(), bytes.size()), 0);
}

TEST_F(SandboxTest, AProcessLivesOnBetweenCalls) {
  auto task = [&]() -> net::Task<> {
    net::Executor executor = co_await net::this_executor();
    std::unique_ptr<Sandbox> sandbox = make(executor);
    Command command = shell("while read line; do echo \"got $line\"; done; exit 5");
    auto process = co_await sandbox->start(command);
    for (const char* word : {"one", "two"}) {
      std::string line = std::string(word) + "\n";
      EXPECT_TRUE(co_await (*process)->write(line));
      auto answer = co_await (*process)->read();
      EXPECT_EQ(answer->second, "got " + line);
    }
    EXPECT_TRUE((*process)->running());
    (*process)->kill();
    auto end = co_await (*process)->read();
    EXPECT_EQ(end.error().code, os::Code::kUnavailable);
    EXPECT_THAT(end.error().message, HasSubstr("137"));
    EXPECT_FALSE((*process)->running());
  };
  net::run(task());
}

TEST_F(SandboxTest, AProcessThatIsNotReadIsHeldBack) {
  auto task = [&]() -> net::Task<> {
    net::Executor executor = co_await net::this_executor();
    std::unique_ptr<Sandbox> sandbox = make(executor);
    Command command = shell("head -c 3000000 /dev/zero; echo end >&2");
    auto process = co_await sandbox->start(command);
    uint64_t bytes = 0;
    for (;;) {
      auto piece = co_await (*process)->read();
      if (!piece) break;
      if (piece->first == Stream::kStdout) bytes += piece->second.size();
    }
    EXPECT_EQ(bytes, 3'000'000u);
  };
  net::run(task());
}

TEST_F(SandboxTest, KindNoneRunsWithoutABoxAndSaysSoByItsUser) {
  policy_.kind = Kind::kNone;
  Ran ran = run("pwd; id -u; echo kept > file");
  EXPECT_EQ(ran.out, workspace() + "\n" + std::to_string(getuid()) + "\n");
  EXPECT_EQ(read_file("file"), "kept\n");
}

TEST_F(SandboxTest, KindNoneKillsTheWholeGroupAtTheTimeLimit) {
  policy_.kind = Kind::kNone;
  Command command = shell("sleep 600 & sleep 600; echo no");
  command.limits.time = 200ms;
  Ran ran = run(command);
  EXPECT_TRUE(ran.outcome.timed_out);
  EXPECT_EQ(ran.out, "");
}

std::string environment_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/environ");
  return {std::istreambuf_iterator<char>(file), {}};
}

// What a killed soma leaves behind is ended by its mark; what bears another stays.
TEST(OrphansTest, EndsTheOwnersProcessesAndNoOthers) {
  auto launcher = os::make_process_launcher();
  const auto launch = [&](const std::string& owner) {
    os::ProcessSpec spec;
    spec.arguments = {"sleep", "600"};
    spec.environment = {owner_mark(owner)};
    return *launcher->launch(spec);
  };
  const std::string mine = "orphans-" + std::to_string(getpid());
  auto first = launch(mine);
  auto second = launch(mine);
  auto other = launch(mine + "0");
  // posix_spawn returns when the child has left its parent's memory, which is a moment before the new
  // program's environment can be read: a look in between missed one, and the test waited for it for ever.
  for (const auto* process : {first.get(), second.get(), other.get()})
    while (environment_of(process->pid()).empty()) std::this_thread::yield();
  EXPECT_EQ(end_orphans(mine), 2u);
  EXPECT_EQ(first->wait().signal, SIGKILL);
  EXPECT_EQ(second->wait().signal, SIGKILL);
  EXPECT_FALSE(other->poll_exit().has_value());
}

}  // namespace
}  // namespace soma::sandbox
