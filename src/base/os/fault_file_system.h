// The file system that fails: in memory, with a disk that keeps only what was synced.
//
// Two states are kept of everything: what the program sees, and what the disk surely has. Between them stand
// the operations that no sync has made durable yet. crash() decides about each of them alone: kept, lost, or
// (a write) torn after some whole sectors. Faults by plan come before that: an operation that fails, a disk
// that is full, power that goes off at the nth operation. Everything random comes from the seed: the same
// operations meet the same fate.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/os/file_system.h"

namespace soma::os {

inline constexpr uint64_t kSectorBytes = 512;  // a write is torn at a multiple of it

enum class FaultKind {
  kWrite,      // File::write_at, File::truncate
  kSync,       // File::sync, FileSystem::sync_directory
  kDirectory,  // making, removing and renaming files
};

// Thread-safe. Outlives its files.
class FaultFileSystem final : public FileSystem {
 public:
  explicit FaultFileSystem(uint64_t seed);
  ~FaultFileSystem() override;

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<> remove(const std::string& path) override;
  Result<> rename(const std::string& from, const std::string& to) override;
  Result<> sync_directory(const std::string& path) override;
  bool exists(const std::string& path) override;
  Result<> make_directories(const std::string& path) override;  // durable at once
  Result<std::vector<std::string>> list(const std::string& path) override;

  // The nth operation of that kind from now on (from 1) fails with the errno value, once. A failed write may
  // have written a part. A failed sync drops some of the writes it should have made durable: they stay
  // visible, and no later sync saves them, as on Linux.
  void fail(FaultKind kind, uint64_t nth, int error_number);
  // Writes that would make the sum of all files' sizes larger fail with ENOSPC. Nothing: no limit.
  void set_capacity(std::optional<uint64_t> bytes);
  // Power goes off during the nth operation from now on (of any kind): it and all later ones, reads too, fail
  // with EIO.
  void stop_after(uint64_t operations);
  // Operations (writes, syncs, directory changes) so far; failed ones count.
  uint64_t operations() const;

  // The power cut: from here on the program sees what the disk kept. Files opened before are dead (EIO);
  // planned faults are forgotten.
  void crash();

 private:
  struct State;
  class OpenFile;
  std::shared_ptr<State> state_;
};

}  // namespace soma::os
