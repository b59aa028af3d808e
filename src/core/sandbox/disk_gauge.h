// How much a session holds, without walking its folders for every command.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/net/net.h"
#include "base/os/os.h"

namespace soma::sandbox {

inline constexpr size_t kMaxDirectoryDepth = 128;  // deeper than this counts as full
inline constexpr size_t kQuickEntries =
    1000;  // walked on the loop when a sandbox is made; more is left to a worker thread
inline constexpr size_t kMaxEntries = 4'000'000;  // more than this counts as full
inline constexpr uint64_t kBytesPerEntry =
    4096;  // an empty file or directory counts as a block, which bounds their number too
inline constexpr os::Duration kDiskInterval = std::chrono::seconds(5);

struct DiskUsage {
  uint64_t bytes = 0;
  bool complete = true;  // false: counting ended at one of its bounds
};
// Blocking. Counts until `max_bytes` or `max_entries` is passed. Symbolic links are not followed, hard links
// are counted in shares.
DiskUsage measure_directory(const std::string& path, uint64_t max_bytes, size_t max_entries);

// The folders that a sandbox may write in.
struct WritableFolders {
  std::vector<std::string> counted;  // the workspace, and what else is the session's own
  std::vector<std::string> shared;   // with others, who write there too: only what is left free counts
};

// Remembers what the counted folders held and how much their file system had free then: as long as that has
// hardly changed, nobody can have written much. One per sandbox, used on its loop.
class DiskGauge {
 public:
  DiskGauge(WritableFolders folders, uint64_t limit_bytes);
  // True when the free space fell, or kDiskInterval passed: time to measure().
  bool due(os::Time now) const;
  // True when the free space fell enough to matter, whatever the time.
  bool suspicious() const;
  bool measured() const { return measured_; }
  uint64_t used() const { return used_; }
  uint64_t limit() const { return limit_; }
  // What the fullest file system of the shared folders has free; UINT64_MAX where there is none.
  uint64_t shared_free_bytes() const;
  // Walks on a worker thread.
  static net::Task<> measure(std::shared_ptr<DiskGauge> gauge, os::Time now);

 private:
  uint64_t free_bytes() const;

  WritableFolders folders_;
  uint64_t limit_;
  uint64_t used_ = 0;
  uint64_t free_then_ = 0;
  os::Time measured_at_{};
  bool measured_ = false;
};

}  // namespace soma::sandbox
