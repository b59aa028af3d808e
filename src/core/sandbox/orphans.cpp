// A killed soma leaves processes behind: a bubblewrap that lost its other half before it could ask to die
// with it waits for ever, and a command without a box never asks. Each start carries the owner's mark in its
// environment, which the kernel keeps readable for the user's own and root's eyes in /proc/<pid>/environ.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <memory>

#include "core/sandbox/bubblewrap.h"
#include "core/sandbox/sandbox.h"

namespace soma::sandbox {
namespace {

constexpr size_t kMaxEnvironmentBytes = 64u << 10;  // the mark stands first in what soma starts

bool bears(pid_t pid, std::string_view mark) {
  const os::Fd file(open(fmt::format("/proc/{}/environ", pid).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return false;
  std::string text(kMaxEnvironmentBytes, '\0');
  const ssize_t length = read(file.get(), text.data(), text.size());
  if (length <= 0) return false;
  text.resize(static_cast<size_t>(length));
  for (const std::string_view entry : os::split(text, '\0'))
    if (entry == mark) return true;
  return false;
}

}  // namespace

std::string owner_mark(std::string_view owner) {
  return fmt::format("SOMA_BOX_OWNER={}", owner);
}

size_t end_orphans(std::string_view owner) {
  const std::string mark = owner_mark(owner);
  const std::unique_ptr<DIR, decltype([](DIR* directory) { closedir(directory); })> proc(opendir("/proc"));
  size_t ended = 0;
  while (const dirent* entry = proc ? readdir(proc.get()) : nullptr) {
    const std::string_view name = entry->d_name;
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc() || pid == getpid())
      continue;
    // Held before it is looked at: the number may go to a stranger at any moment, the descriptor does not.
    const os::Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (!process.valid() || !bears(pid, mark)) continue;
    if (syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0) == 0) ++ended;
  }
  return ended;
}

}  // namespace soma::sandbox
