#include "app/cli/project/watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace soma::cli {
namespace {

constexpr int kQuietMs = 50;  // one save is several changes
constexpr uint32_t kChanges = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE;
constexpr size_t kBufferBytes = 16u << 10;

}  // namespace

os::Result<FolderWatch> FolderWatch::open() {
  FolderWatch watch;
  watch.inotify_ = os::Fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!watch.inotify_.valid()) return os::fail_errno("cannot watch files", errno);
  watch.stop_ = os::Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!watch.stop_.valid()) return os::fail_errno("cannot watch files", errno);
  return watch;
}

os::Result<> FolderWatch::watch(const std::vector<std::filesystem::path>& folders) {
  std::vector<int> wanted;
  for (const auto& folder : folders) {
    const int id = ::inotify_add_watch(inotify_.get(), folder.c_str(), kChanges);
    if (id >= 0)
      wanted.push_back(id);
    else if (errno != ENOENT)
      return os::fail_errno("cannot watch " + folder.string(), errno);
  }
  for (const int id : watches_)
    if (std::find(wanted.begin(), wanted.end(), id) == wanted.end()) ::inotify_rm_watch(inotify_.get(), id);
  watches_ = std::move(wanted);
  return {};
}

os::Result<bool> FolderWatch::wait() {
  std::array<pollfd, 2> ends{pollfd{inotify_.get(), POLLIN, 0}, pollfd{stop_.get(), POLLIN, 0}};
  bool changed = false;
  for (;;) {
    const int ready = ::poll(ends.data(), ends.size(), changed ? kQuietMs : -1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return os::fail_errno("cannot watch files", errno);
    if (ready == 0) return true;
    if (ends[1].revents != 0) return false;
    std::array<char, kBufferBytes> events;
    while (::read(inotify_.get(), events.data(), events.size()) > 0) {
    }
    changed = true;
  }
}

void FolderWatch::stop() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(stop_.get(), &one, sizeof one);
}

}  // namespace soma::cli
