#include "base/store/lock_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace soma::store {
namespace {

constexpr size_t kMaxHolderBytes = 32;

std::string holder(int fd) {
  char text[kMaxHolderBytes];
  const ssize_t length = ::pread(fd, text, sizeof text, 0);
  if (length <= 0) return "unknown";
  return std::string(os::trim({text, static_cast<size_t>(length)}));
}

}  // namespace

os::Result<LockFile> LockFile::take(const std::string& path) {
  os::Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.valid()) return os::fail_errno(path, errno);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
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
