#include "base/store/lock_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <thread>

namespace soma::store {
namespace {

constexpr size_t kMaxHolderBytes = 32;

std::string holder(int fd) {
  char text[kMaxHolderBytes];
  const ssize_t length = ::pread(fd, text, sizeof text, 0);
  if (length <= 0) return "unknown";
  return std::string(os::trim({text, static_cast<size_t>(length)}));
}

// The file names a process that has ended: what still holds the lock is a copy of its descriptor in a child
// that has not reached its exec. That takes moments, and a soma that was killed must start again at once.
constexpr auto kLookAgain = std::chrono::milliseconds(5);
constexpr int kMaxLooks = 400;

bool has_ended(const std::string& pid_text) {
  pid_t pid = 0;
  std::from_chars(pid_text.data(), pid_text.data() + pid_text.size(), pid);
  return pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH;
}

bool lock(int fd) {
  for (int look = 0; look < kMaxLooks; ++look) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK) return false;
    if (!has_ended(holder(fd))) break;
    std::this_thread::sleep_for(kLookAgain);
  }
  errno = EWOULDBLOCK;
  return false;
}

}  // namespace

os::Result<LockFile> LockFile::take(const std::string& path) {
  os::Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.valid()) return os::fail_errno(path, errno);
  if (!lock(fd.get())) {
    if (errno != EWOULDBLOCK) return os::fail_errno(path, errno);
    const std::string pid = holder(fd.get());
    auto refused = os::fail(os::Code::kUnavailable, fmt::format("{} is held by process {}", path, pid),
                            "stop that process, or use another data directory");
    refused.error().details = {{"file", path}, {"pid", pid}};
    return refused;
  }
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), pid.data(), pid.size(), 0) < 0)
    return os::fail_errno(path, errno);
  return LockFile(std::move(fd));
}

}  // namespace soma::store
