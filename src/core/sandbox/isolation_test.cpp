// What a box cannot see and cannot do.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "core/sandbox/box_test_support.h"

namespace soma::sandbox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class IsolationTest : public BoxTest {
 protected:
  static bool has(const char* program) { return os::find_program(program).has_value(); }
};

TEST_F(IsolationTest, OnlyTheWorkspaceAndTemporaryPlacesAreWritable) {
  Ran ran =
      run("for place in / /usr /etc /dev /proc/sys/kernel /bin; do touch $place/x 2>/dev/null && echo "
          "\"wrote $place\"; done;"
          "for place in /workspace /tmp /dev/shm; do touch $place/x && echo ok; done");
  EXPECT_EQ(ran.out, "ok\nok\nok\n");
}

TEST_F(IsolationTest, AReadOnlyFolderIsShownAndCannotBeChanged) {
  TemporaryDirectory shown;
  std::ofstream(shown.path() + "/note") << "words\n";
  policy_.mounts.push_back({.host = shown.path(), .inside = "/shown"});
  chmod(shown.path().c_str(), 0755);
  Ran ran = run("cat /shown/note; touch /shown/x || echo refused; rm /shown/note || echo kept");
  EXPECT_EQ(ran.out, "words\nrefused\nkept\n");
}

TEST_F(IsolationTest, AWritableFolderOfTheSessionsIsTheirsToChange) {
  TemporaryDirectory folder;
  policy_.mounts.push_back(
      {.host = folder.path(), .inside = "/mnt/data", .writable = true, .belongs = Mount::Belongs::kSessions});
  EXPECT_EQ(run("echo words > /mnt/data/note; mkdir /mnt/data/in; touch /mnt/x || echo refused").out,
            "refused\n");
  EXPECT_EQ(run("cat /mnt/data/note; rmdir /mnt/data/in && ls /mnt/data").out, "words\nnote\n");
}

// A session that may write in a bucket puts a link to the host's files where another one's folder is.
TEST_F(IsolationTest, ALinkOnTheWayToAMountIsNotFollowed) {
  TemporaryDirectory bucket, elsewhere;
  std::filesystem::create_directory(bucket.path() + "/mine");
  policy_.mounts.push_back({.host = bucket.path() + "/mine",
                            .inside = "/mnt/mine",
                            .writable = true,
                            .belongs = Mount::Belongs::kSessions,
                            .shared = bucket.path()});
  auto task = [&]() -> net::Task<std::string> {
    const net::Executor executor = co_await net::this_executor();
    const std::unique_ptr<Sandbox> sandbox = make(executor);
    Command first = shell("touch /mnt/mine/x && echo \"made $0\"");
    const Ran before = co_await exec(*sandbox, std::move(first));
    std::filesystem::remove_all(bucket.path() + "/mine");
    std::filesystem::create_directory_symlink(elsewhere.path(), bucket.path() + "/mine");
    Command second = shell("ls /mnt/mine");
    const auto refused = co_await sandbox->exec(std::move(second), {}, {});
    co_return before.out + (refused ? "started" : refused.error().message);
  };
  EXPECT_THAT(net::run(task()), AllOf(HasSubstr("made sh\n"), HasSubstr("a link stands on the way")));
}

// The last moment in which somebody can exchange it: bubblewrap has been told the path and has not yet
// mounted it.
class ExchangingLauncher final : public os::ProcessLauncher {
 public:
  ExchangingLauncher(os::ProcessLauncher& real, std::function<void()> exchange)
      : real_(real), exchange_(std::move(exchange)) {}
  os::Result<std::unique_ptr<os::Process>> launch(const os::ProcessSpec& spec) override {
    exchange_();
    return real_.launch(spec);
  }

 private:
  os::ProcessLauncher& real_;
  std::function<void()> exchange_;
};

TEST_F(IsolationTest, ACommandDoesNotStartWhereAMountWasExchangedInTheLastMoment) {
  TemporaryDirectory bucket, elsewhere;
  const std::string mine = bucket.path() + "/mine";
  std::filesystem::create_directory(mine);
  chmod(elsewhere.path().c_str(), 0777);
  ExchangingLauncher launcher(*launcher_, [&] {
    std::filesystem::remove_all(mine);
    std::filesystem::create_directory_symlink(elsewhere.path(), mine);
  });
  policy_.mounts.push_back({.host = mine,
                            .inside = "/mnt/mine",
                            .writable = true,
                            .belongs = Mount::Belongs::kSessions,
                            .shared = bucket.path()});
  auto task = [&]() -> net::Task<Ran> {
    const net::Executor executor = co_await net::this_executor();
    auto sandbox = make_sandbox(policy_, workspace(), executor, launcher, *clock_).value();
    Command command = shell("touch /mnt/mine/x; echo ran");
    co_return co_await exec(*sandbox, std::move(command));
  };
  const Ran ran = net::run(task());
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("another folder than the one that was meant"));
  EXPECT_TRUE(std::filesystem::is_empty(elsewhere.path()));
}

TEST_F(IsolationTest, TheHostsFilesAreNotThere) {
  TemporaryDirectory elsewhere;
  std::ofstream(elsewhere.path() + "/secret") << "secret";
  Ran ran = run("cat /etc/shadow " + elsewhere.path() + "/secret; ls /root /home /var /proc/1/root/root");
  EXPECT_EQ(ran.out, "");
  EXPECT_NE(ran.outcome.exit_code, 0);
}

TEST_F(IsolationTest, TheHostsEnvironmentIsNotThereNorInTheFirstProcess) {
  setenv("SOMA_TEST_SECRET", "hunter2", 1);
  policy_.environment = {{"GIVEN", "by policy"}};
  Ran ran = run("env; tr '\\0' '\\n' < /proc/1/environ; tr '\\0' ' ' < /proc/1/cmdline; echo \"$GIVEN\"");
  unsetenv("SOMA_TEST_SECRET");
  EXPECT_THAT(ran.out, Not(HasSubstr("hunter2")));
  EXPECT_THAT(ran.out, Not(HasSubstr(workspace()))) << "the host's path is nobody's business inside";
  EXPECT_THAT(ran.out, HasSubstr("by policy"));
  EXPECT_THAT(ran.out, HasSubstr("HOME=/workspace"));
}

TEST_F(IsolationTest, TheHostsProcessesAreNotThere) {
  Ran ran = run("ls -d /proc/[0-9]* | wc -l; kill -0 " + std::to_string(getpid()) + " 2>&1 && echo reached");
  EXPECT_LT(std::stoi(ran.out), 10);
  EXPECT_THAT(ran.out, Not(HasSubstr("reached")));
}

TEST_F(IsolationTest, NothingInTheBoxIsTheHostsRootAndNoCapabilityIsLeft) {
  Ran ran =
      run("id -u; grep -E 'Cap(Eff|Prm|Bnd|Amb)' /proc/self/status | grep -v 0000000000000000; grep "
          "NoNewPrivs /proc/self/status;"
          "grep Seccomp: /proc/self/status; touch mine");
  EXPECT_EQ(ran.out, "1000\nNoNewPrivs:\t1\nSeccomp:\t2\n");
  struct stat info{};
  ASSERT_EQ(stat((workspace() + "/mine").c_str(), &info), 0);
  EXPECT_NE(info.st_uid, 0u);
}

// The host's root may write most of /proc/sys without any capability: found with a box whose user was the
// host's root.
TEST_F(IsolationTest, KernelSettingsCannotBeWritten) {
  Ran ran =
      run("for file in /proc/sys/kernel/core_pattern /proc/sys/vm/swappiness /proc/sysrq-trigger; do"
          " [ -w $file ] && echo \"$file is writable\"; done; true");
  EXPECT_EQ(ran.out, "");
}

TEST_F(IsolationTest, TheHostsLoopbackCannotBeReached) {
  os::Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  ASSERT_EQ(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  std::string connect =
      "exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(ntohs(address.sin_port)) + " && echo connected";
  if (!has("bash")) GTEST_SKIP() << "no bash to connect with";
  EXPECT_EQ(run({.arguments = {"bash", "-c", connect}}).out, "");
  policy_.network = true;
  EXPECT_EQ(run({.arguments = {"bash", "-c", connect}}).out, "connected\n")
      << "with a network the same script must connect";
}

TEST_F(IsolationTest, TwoSandboxesSeeNothingOfEachOther) {
  TemporaryDirectory other;
  auto task = [&]() -> net::Task<> {
    net::Executor executor = co_await net::this_executor();
    std::unique_ptr<Sandbox> first = make(executor);
    std::unique_ptr<Sandbox> second = make(executor, other.path());
    Command sleeper{
        .arguments = {"sh", "-c",
                      "echo mine > /workspace/mine; echo mine > /tmp/mine; echo ready; exec sleep 600"}};
    auto process = co_await first->start(sleeper);
    co_await (*process)->read();
    Command look = shell("ls /workspace /tmp; cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
    Ran ran = co_await exec(*second, look);
    EXPECT_THAT(ran.out, Not(HasSubstr("mine")));
    EXPECT_THAT(ran.out, Not(HasSubstr("sleep 600")));
  };
  net::run(task());
  EXPECT_EQ(read_file("mine"), "mine\n");
}

struct Refusal {
  const char* what;
  const char* python;  // prints "refused" when the system call fails with one of the errors expected
};
const Refusal kRefusals[] = {
    {"mount", "libc.mount(b'none', b'/tmp', b'tmpfs', 0, 0)"},
    {"unshare user", "libc.unshare(0x10000000)"},
    {"ptrace", "libc.ptrace(0, 0, 0, 0)"},
    {"setns", "libc.setns(os.open('/proc/self/ns/net', 0), 0)"},
    {"chroot", "libc.chroot(b'/tmp')"},
    {"keyctl", "libc.syscall(250, 0, 0, 0)"},
    {"bpf", "libc.syscall(321, 0, 0, 0)"},
    {"perf_event_open", "libc.syscall(298, 0, 0, -1, -1, 0)"},
    {"userfaultfd", "libc.syscall(323, 0)"},
    {"io_uring_setup", "libc.syscall(425, 1, 0)"},
    {"clone3", "libc.syscall(435, 0, 0)"},
    {"TIOCSTI", "libc.ioctl(0, 0x5412, b'x')"},
    {"TIOCSTI with high bits", "libc.ioctl(0, ctypes.c_ulong(0x100005412), b'x')"},
    {"setuid file", "libc.chmod(b'/workspace/file', 0o4755)"},
    {"setuid file made so", "libc.open(b'/workspace/made', 0o101, 0o4755)"},
    {"vsock", "libc.socket(40, 1, 0)"},
    {"packet socket", "libc.socket(17, 3, 0)"},
    {"crypto socket", "libc.socket(38, 5, 0)"},
};

TEST_F(IsolationTest, DangerousSystemCallsAreRefusedByTheFilter) {
#if !defined(__x86_64__)
  GTEST_SKIP() << "the numbers are those of x86-64";
#endif
  if (!std::filesystem::exists("/usr/bin/python3")) GTEST_SKIP() << "no python3 to make the calls with";
  std::string script =
      "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nopen('/workspace/file', 'w').close()\n"
      "def call(name, result):\n"
      "    if result != -1 or ctypes.get_errno() not in (1, 38, 97): print(name, result, "
      "ctypes.get_errno())\n";
  for (const Refusal& refusal : kRefusals)
    script += std::string("ctypes.set_errno(0); call('") + refusal.what + "', " + refusal.python + ")\n";
  Ran ran = run({.arguments = {"/usr/bin/python3", "-c", script}});
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.outcome.exit_code, 0);
}

TEST_F(IsolationTest, OrdinaryProgramsRunUnderTheFilter) {
  Ran ran =
      run("sh -c 'echo a | cat'; chmod 755 . && mkdir -m 700 d && tar --version > /dev/null && echo fine");
  EXPECT_EQ(ran.out, "a\nfine\n");
  if (std::filesystem::exists("/usr/bin/python3"))
    EXPECT_EQ(
        run({.arguments =
                 {"/usr/bin/python3", "-c",
                  "import threading, subprocess, socket\n"
                  "t = threading.Thread(target=lambda: print('thread')); t.start(); t.join()\n"
                  "print(subprocess.run(['echo', 'child'], capture_output=True).stdout.decode(), end='')\n"
                  "s = socket.socket(); s.bind(('127.0.0.1', 0)); print('bound')"}})
            .out,
        "thread\nchild\nbound\n");
}

}  // namespace
}  // namespace soma::sandbox
