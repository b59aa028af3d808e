#include "core/sandbox/user_namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace soma::sandbox {
namespace {

constexpr uid_t kRootInside = 65'534;  // shown as "nobody"

// A namespace belongs to the user who made it, and lives as long as something refers to it: this child first,
// our descriptor then. The child is a fork of a program with threads, so it makes nothing but system calls,
// and then waits until `hold` closes: at describe's end, or with soma's own end, at whatever moment that
// comes. It keeps none of soma's other descriptors: a lock would outlive soma in it.
[[noreturn]] void make_and_wait(int hold, int ready) {
  constexpr int kHold = 0;
  constexpr int kReady = 1;
  const int hold_copy = fcntl(hold, F_DUPFD, kReady + 1);
  const int ready_copy = fcntl(ready, F_DUPFD, kReady + 1);
  if (dup2(hold_copy, kHold) < 0 || dup2(ready_copy, kReady) < 0) _exit(errno);
  if (syscall(SYS_close_range, kReady + 1, ~0U, 0) != 0) _exit(errno);
  const bool made = syscall(SYS_setgroups, 0, nullptr) == 0 &&
                    syscall(SYS_setresgid, kOutsideUser, kOutsideUser, kOutsideUser) == 0 &&
                    syscall(SYS_setresuid, kOutsideUser, kOutsideUser, kOutsideUser) == 0 &&
                    unshare(CLONE_NEWUSER) == 0;
  if (!made) _exit(errno);
  static_cast<void>(write(kReady, "r", 1));
  char byte;
  while (read(kHold, &byte, 1) < 0 && errno == EINTR) {
  }
  _exit(0);
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
  SOMA_ASSIGN(auto hold, os::make_pipe());
  SOMA_ASSIGN(auto ready, os::make_pipe());
  pid_t pid = fork();
  if (pid < 0) return os::fail_errno("make a user namespace", errno);
  if (pid == 0) make_and_wait(hold.first.get(), ready.second.get());
  hold.first.reset();
  ready.second.reset();
  char byte = 0;
  const bool made = read(ready.first.get(), &byte, 1) == 1;
  os::Result<os::Fd> space;
  if (made) space = describe(pid);
  hold.second.reset();
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!made)
    return os::fail_errno("make a user namespace", WIFEXITED(status) ? WEXITSTATUS(status) : ECANCELED);
  return space;
}

}  // namespace soma::sandbox
