#include "core/sandbox/user_namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace soma::sandbox {
namespace {

constexpr uid_t kRootInside = 65'534;  // shown as "nobody"

// A namespace belongs to the user who made it, and lives as long as something refers to it: this child first,
// our descriptor then. The child is a fork of a program with threads, so it makes nothing but system calls,
// and then waits to be killed.
[[noreturn]] void make_and_wait(int ready) {
  const bool made = syscall(SYS_setgroups, 0, nullptr) == 0 &&
                    syscall(SYS_setresgid, kOutsideUser, kOutsideUser, kOutsideUser) == 0 &&
                    syscall(SYS_setresuid, kOutsideUser, kOutsideUser, kOutsideUser) == 0 &&
                    unshare(CLONE_NEWUSER) == 0;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (made) static_cast<void>(write(ready, "r", 1));
  if (!made) _exit(errno);
  for (;;) pause();
}

os::Result<> write_map(pid_t pid, const char* name) {
  std::string path = fmt::format("/proc/{}/{}", pid, name);
  std::string map = fmt::format("{} 0 1\n{} {} 1\n", kRootInside, kInsideUser, kOutsideUser);
  os::Fd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.valid() || write(file.get(), map.data(), map.size()) != static_cast<ssize_t>(map.size()))
    return os::fail_errno(fmt::format("map the box's user to {} on the host", kOutsideUser), errno);
  return {};
}

os::Result<os::Fd> describe(pid_t pid) {
  SOMA_TRY(write_map(pid, "uid_map"));
  SOMA_TRY(write_map(pid, "gid_map"));
  os::Fd space(open(fmt::format("/proc/{}/ns/user", pid).c_str(), O_RDONLY | O_CLOEXEC));
  if (!space.valid()) return os::fail_errno("open the box's user namespace", errno);
  return space;
}

}  // namespace

bool needs_own_user() {
  return geteuid() == 0;
}

os::Result<os::Fd> make_user_namespace() {
  SOMA_ASSIGN(auto ready, os::make_pipe());
  pid_t pid = fork();
  if (pid < 0) return os::fail_errno("make a user namespace", errno);
  if (pid == 0) make_and_wait(ready.second.get());
  ready.second.reset();
  char byte = 0;
  const bool made = read(ready.first.get(), &byte, 1) == 1;
  os::Result<os::Fd> space;
  if (made) space = describe(pid);
  kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!made)
    return os::fail_errno("make a user namespace", WIFEXITED(status) ? WEXITSTATUS(status) : ECANCELED);
  return space;
}

}  // namespace soma::sandbox
