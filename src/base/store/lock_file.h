// One process at a time: an advisory lock (flock) on a file beside the database, which names the process that
// holds it.
#pragma once

#include <string>

#include "base/os/os.h"

namespace soma::store {

// Holds the lock until destroyed; the kernel drops it when the process dies. The file itself stays: removing
// it would let two processes lock two different files of the same name.
class LockFile {
 public:
  LockFile() = default;
  // kUnavailable naming the holder's pid; else the file system's error.
  static os::Result<LockFile> take(const std::string& path);

 private:
  explicit LockFile(os::Fd fd) : fd_(std::move(fd)) {}
  os::Fd fd_;
};

}  // namespace soma::store
