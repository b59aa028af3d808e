#include "core/sandbox/disk_gauge.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

namespace soma::sandbox {
namespace {

constexpr uint64_t kBlockUnit = 512;            // of st_blocks, whatever the file system's own
constexpr uint64_t kLeastSuspicion = 1u << 20;  // other writers' noise
constexpr uint64_t kSuspicionFraction = 8;      // of the limit

using Directory = std::unique_ptr<DIR, decltype([](DIR* directory) { closedir(directory); })>;

Directory open_directory(int parent, const char* name) {
  int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return Directory(fd < 0 ? nullptr : fdopendir(fd));
}

uint64_t bytes_of(const struct stat& info) {
  return kBytesPerEntry + static_cast<uint64_t>(info.st_blocks) * kBlockUnit /
                              std::max<uint64_t>(1, S_ISDIR(info.st_mode) ? 1 : info.st_nlink);
}

uint64_t free_bytes_at(const std::string& path) {
  struct statvfs info{};
  if (statvfs(path.c_str(), &info) != 0) return 0;
  return static_cast<uint64_t>(info.f_bfree) * info.f_frsize;
}

DiskUsage measure_all(const std::vector<std::string>& folders, size_t max_entries) {
  DiskUsage usage;
  for (const std::string& folder : folders) {
    const DiskUsage part = measure_directory(folder, UINT64_MAX, max_entries);
    usage.bytes += std::min(part.bytes, UINT64_MAX - usage.bytes);
    usage.complete = usage.complete && part.complete;
  }
  return usage;
}

}  // namespace

DiskUsage measure_directory(const std::string& path, uint64_t max_bytes, size_t max_entries) {
  DiskUsage usage;
  size_t entries = 0;
  std::vector<Directory> open;
  open.push_back(open_directory(AT_FDCWD, path.c_str()));
  if (!open.back()) return usage;
  while (!open.empty()) {
    DIR* directory = open.back().get();
    const dirent* entry = readdir(directory);
    if (entry == nullptr) {
      open.pop_back();
      continue;
    }
    std::string_view name = entry->d_name;
    struct stat info{};
    if (name == "." || name == ".." ||
        fstatat(dirfd(directory), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
      continue;
    usage.bytes += bytes_of(info);
    if (usage.bytes > max_bytes || ++entries > max_entries) return {.bytes = usage.bytes, .complete = false};
    if (!S_ISDIR(info.st_mode)) continue;
    if (open.size() >= kMaxDirectoryDepth) return {.bytes = UINT64_MAX, .complete = false};
    if (Directory child = open_directory(dirfd(directory), entry->d_name)) open.push_back(std::move(child));
  }
  return usage;
}

DiskGauge::DiskGauge(WritableFolders folders, uint64_t limit_bytes)
    : folders_(std::move(folders)), limit_(limit_bytes), free_then_(free_bytes()) {
  DiskUsage usage = measure_all(folders_.counted, kQuickEntries);
  measured_ = usage.complete;
  used_ = usage.bytes;
}

// Of the workspace, which is the first: all of a session's own folders are in one data directory.
uint64_t DiskGauge::free_bytes() const {
  return free_bytes_at(folders_.counted.front());
}

uint64_t DiskGauge::shared_free_bytes() const {
  uint64_t least = UINT64_MAX;
  for (const std::string& folder : folders_.shared) least = std::min(least, free_bytes_at(folder));
  return least;
}

bool DiskGauge::suspicious() const {
  uint64_t free_now = free_bytes();
  uint64_t fell = free_then_ > free_now ? free_then_ - free_now : 0;
  uint64_t remaining = limit_ > used_ ? limit_ - used_ : 0;
  return fell >= std::max(kLeastSuspicion, std::min(limit_ / kSuspicionFraction, remaining));
}

bool DiskGauge::due(os::Time now) const {
  return now - measured_at_ >= kDiskInterval || suspicious();
}

net::Task<> DiskGauge::measure(std::shared_ptr<DiskGauge> gauge, os::Time now) {
  uint64_t free_before = gauge->free_bytes();
  auto walk = [counted = gauge->folders_.counted] { return measure_all(counted, kMaxEntries); };
  DiskUsage usage = co_await net::offload(walk);
  gauge->used_ = usage.complete ? usage.bytes : UINT64_MAX;
  gauge->free_then_ = free_before;
  gauge->measured_at_ = now;
  gauge->measured_ = true;
}

}  // namespace soma::sandbox
