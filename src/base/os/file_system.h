// Files behind an interface, so that a test can lose what was not synced, tear the last write and fill the
// disk.
//
// The journal and the store reach the disk through this alone. PosixFileSystem is the real one;
// FaultFileSystem (fault_file_system.h) is the one that fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/os/result.h"

namespace soma::os {

// An open file. One thread at a time.
class File {
 public:
  virtual ~File() = default;
  // Reads up to buffer.size() bytes at `offset`; fewer only at the end of the file.
  virtual Result<size_t> read_at(uint64_t offset, std::span<std::byte> buffer) = 0;
  // Writes all bytes or fails; a failed write may have written a part.
  virtual Result<> write_at(uint64_t offset, std::span<const std::byte> bytes) = 0;
  virtual Result<> truncate(uint64_t size) = 0;
  // Durable on return (fdatasync). After a failed sync the file's state is unknown: stop using it.
  virtual Result<> sync() = 0;
  virtual Result<uint64_t> size() = 0;
};

enum class OpenMode { kRead, kReadWrite, kCreate };  // kCreate: read and write, made when missing

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Result<> remove(const std::string& path) = 0;
  virtual Result<> rename(const std::string& from, const std::string& to) = 0;
  // Makes creations, removals and renames in the directory durable.
  virtual Result<> sync_directory(const std::string& path) = 0;
  virtual bool exists(const std::string& path) = 0;
  virtual Result<> make_directories(const std::string& path) = 0;
  // Names in the directory, sorted, without "." and "..".
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
};

std::unique_ptr<FileSystem> make_posix_file_system();

// Whole-file helpers. kMaxReadFileBytes bounds the first; the second writes a sibling, syncs and renames
// (atomic).
inline constexpr size_t kMaxReadFileBytes = 64u << 20;
Result<std::string> read_file(const std::string& path, size_t max_bytes = kMaxReadFileBytes);
Result<> write_file_atomic(const std::string& path, std::string_view bytes);

}  // namespace soma::os
