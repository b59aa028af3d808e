#include "core/sandbox/user_namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace soma::sandbox {
namespace {

constexpr uid_t kRootInside = 65'534;  // shown as "nobody"
constexpr size_t kStackBytes = 16u << 10;

// A namespace lives as long as something refers to it: a process first, our descriptor then. The process
// shares soma's memory (no page tables are copied) and only waits to be killed.
int wait_to_be_killed(void*) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
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
  auto stack = std::make_unique<std::array<std::byte, kStackBytes>>();
  pid_t pid =
      clone(wait_to_be_killed, stack->data() + kStackBytes, CLONE_NEWUSER | CLONE_VM | SIGCHLD, nullptr);
  if (pid < 0) return os::fail_errno("make a user namespace", errno);
  os::Result<os::Fd> space = describe(pid);
  kill(pid, SIGKILL);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return space;
}

}  // namespace soma::sandbox
