// Waits until a file of a project changes (inotify).
#pragma once

#include <filesystem>
#include <vector>

#include "base/os/os.h"

namespace soma::cli {

// Watches folders, not files: editors replace files rather than write to them. One thread, except stop().
class FolderWatch {
 public:
  static os::Result<FolderWatch> open();
  // Watches these folders and no others.
  os::Result<> watch(const std::vector<std::filesystem::path>& folders);
  // Blocks until something changed in them and was then quiet for kQuiet. False after stop().
  os::Result<bool> wait();
  // Thread-safe; once.
  void stop();

 private:
  os::Fd inotify_, stop_;
  std::vector<int> watches_;
};

}  // namespace soma::cli
