// What the connections of this process share about one database file: SQLite's file locks, and WAL's index
// with its locks.
//
// Between processes SQLite keeps these in the file and in mapped memory beside it; here one process is alone
// with its file system, so plain memory does. It goes with the last connection, as it would with the process:
// the next one recovers from the log.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace soma::store {

// Thread-safe.
class SharedFile {
 public:
  // SQLite's five levels (SQLITE_LOCK_NONE … EXCLUSIVE); `held` is the caller's and is updated. False: busy.
  bool lock(int& held, int wanted);
  void unlock(int& held, int wanted);
  bool reserved();

  // Region `index` of the WAL index, zeroed when new. Null when it is missing and `extend` is false.
  void* region(size_t index, size_t bytes, bool extend);
  // Slots [first, first + count), all or none. `held_shared` and `held_exclusive` are the caller's bit masks.
  // False: busy.
  bool lock_slots(int first, int count, bool exclusive, unsigned& held_shared, unsigned& held_exclusive);
  void unlock_slots(int first, int count, unsigned& held_shared, unsigned& held_exclusive);

 private:
  struct Slot {
    int shared = 0;
    bool exclusive = false;
  };
  static constexpr size_t kSlots = 8;  // SQLITE_SHM_NLOCK

  std::mutex mutex_;
  int readers_ = 0;  // connections at SHARED or above
  bool reserved_ = false;
  bool pending_ = false;
  bool exclusive_ = false;
  std::array<Slot, kSlots> slots_{};
  std::vector<std::unique_ptr<std::byte[]>> regions_;
};

// The one SharedFile for each path, while anybody holds it. Thread-safe.
class SharedFiles {
 public:
  std::shared_ptr<SharedFile> get(const std::string& path);

 private:
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<SharedFile>> files_;
};

}  // namespace soma::store
