#include "base/store/shared_file.h"

#include <sqlite3.h>

#include <algorithm>

namespace soma::store {

bool SharedFile::lock(int& held, int wanted) {
  std::lock_guard guard(mutex_);
  if (held >= wanted) return true;
  if (wanted == SQLITE_LOCK_SHARED) {
    if (pending_ || exclusive_) return false;
    ++readers_;
    held = wanted;
    return true;
  }
  if (held < SQLITE_LOCK_RESERVED) {
    if (reserved_) return false;
    reserved_ = true;
    held = SQLITE_LOCK_RESERVED;
  }
  if (wanted == SQLITE_LOCK_RESERVED) return true;
  pending_ = true;  // no new readers; kept on failure, as SQLite expects
  held = SQLITE_LOCK_PENDING;
  if (wanted == SQLITE_LOCK_PENDING) return true;
  if (readers_ > 1) return false;
  exclusive_ = true;
  held = SQLITE_LOCK_EXCLUSIVE;
  return true;
}

void SharedFile::unlock(int& held, int wanted) {
  std::lock_guard guard(mutex_);
  if (held <= wanted) return;
  if (held >= SQLITE_LOCK_RESERVED) {
    reserved_ = false;
    pending_ = false;
    exclusive_ = false;
  }
  if (wanted == SQLITE_LOCK_NONE) --readers_;
  held = wanted;
}

bool SharedFile::reserved() {
  std::lock_guard guard(mutex_);
  return reserved_;
}

void* SharedFile::region(size_t index, size_t bytes, bool extend) {
  std::lock_guard guard(mutex_);
  if (index >= regions_.size() && !extend) return nullptr;
  while (regions_.size() <= index) regions_.push_back(std::make_unique<std::byte[]>(bytes));
  return regions_[index].get();
}

bool SharedFile::lock_slots(int first, int count, bool exclusive, unsigned& held_shared,
                            unsigned& held_exclusive) {
  std::lock_guard guard(mutex_);
  const auto slots = std::span(slots_).subspan(static_cast<size_t>(first), static_cast<size_t>(count));
  const unsigned mask = ((1u << count) - 1) << first;
  if (!exclusive) {
    if ((held_shared & mask) != 0) return true;
    if (slots[0].exclusive) return false;
    ++slots[0].shared;
    held_shared |= mask;
    return true;
  }
  for (size_t index = 0; index < slots.size(); ++index) {
    if ((held_exclusive & (1u << (static_cast<unsigned>(first) + index))) != 0) continue;
    if (slots[index].exclusive || slots[index].shared > 0) return false;
  }
  for (Slot& slot : slots) slot.exclusive = true;
  held_exclusive |= mask;
  return true;
}

void SharedFile::unlock_slots(int first, int count, unsigned& held_shared, unsigned& held_exclusive) {
  std::lock_guard guard(mutex_);
  for (int index = first; index < first + count; ++index) {
    const unsigned bit = 1u << index;
    Slot& slot = slots_[static_cast<size_t>(index)];
    if ((held_shared & bit) != 0) --slot.shared;
    if ((held_exclusive & bit) != 0) slot.exclusive = false;
    held_shared &= ~bit;
    held_exclusive &= ~bit;
  }
}

std::shared_ptr<SharedFile> SharedFiles::get(const std::string& path) {
  std::lock_guard guard(mutex_);
  std::erase_if(files_, [](const auto& entry) { return entry.second.expired(); });
  std::shared_ptr<SharedFile> file = files_[path].lock();
  if (!file) files_[path] = file = std::make_shared<SharedFile>();
  return file;
}

}  // namespace soma::store
