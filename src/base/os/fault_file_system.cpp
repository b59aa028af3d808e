#include "base/os/fault_file_system.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <random>
#include <set>

namespace soma::os {
namespace {

struct Change {
  uint64_t offset = 0;
  std::string bytes;                      // of a write
  std::optional<uint64_t> truncate_to{};  // else this is a truncation
};

void apply_change(std::string& content, const Change& change) {
  if (change.truncate_to) return content.resize(*change.truncate_to);
  if (content.size() < change.offset + change.bytes.size())
    content.resize(change.offset + change.bytes.size());
  std::copy(change.bytes.begin(), change.bytes.end(),
            content.begin() + static_cast<ptrdiff_t>(change.offset));
}

// A file's content, found by any number of names.
struct Node {
  std::string seen;
  std::string durable;
  std::vector<Change> unsynced;
};
using NodePtr = std::shared_ptr<Node>;
using Names = std::map<std::string, NodePtr>;

// One change of a directory: `path` now names `node` (null: nothing), and `from`, if any, names nothing any
// more.
struct NameChange {
  std::string path;
  NodePtr node;
  std::string from{};
};

void apply_change(Names& names, const NameChange& change) {
  if (!change.from.empty()) names.erase(change.from);
  if (change.node)
    names[change.path] = change.node;
  else
    names.erase(change.path);
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

struct PlannedFault {
  FaultKind kind;
  uint64_t countdown;
  int error_number;
};

}  // namespace

struct FaultFileSystem::State {
  explicit State(uint64_t seed) : random(seed) {}

  std::mutex mutex;
  std::mt19937_64 random;
  Names seen, durable;
  std::vector<NameChange> unsynced_names;
  std::set<std::string> directories{"/", "."};
  std::vector<PlannedFault> faults;
  std::optional<uint64_t> capacity;
  uint64_t used_bytes = 0;
  uint64_t operations = 0;
  uint64_t power_off_at = UINT64_MAX;
  uint64_t generation = 0;  // counts crashes

  bool power_off() const { return operations >= power_off_at; }
  bool chance() { return (random() & 1) != 0; }

  // Counts the operation; the errno value it must fail with, or 0. An operation in which the power goes off
  // may still reach the disk.
  int start(FaultKind kind) {
    if (power_off()) return EIO;
    ++operations;
    for (auto fault = faults.begin(); fault != faults.end(); ++fault) {
      if (fault->kind != kind || --fault->countdown > 0) continue;
      const int error_number = fault->error_number;
      faults.erase(fault);
      return error_number;
    }
    return 0;
  }

  void change_name(NameChange change) {
    apply_change(seen, change);
    unsynced_names.push_back(std::move(change));
  }

  void resize_seen(Node& node, const Change& change) {
    const uint64_t before = node.seen.size();
    apply_change(node.seen, change);
    used_bytes += node.seen.size() - before;
    node.unsynced.push_back(change);
  }

  static void sync(Node& node) {
    for (const Change& change : node.unsynced) apply_change(node.durable, change);
    node.unsynced.clear();
  }

  // The kernel marks pages clean whose writing failed: what was dropped here stays visible and never becomes
  // durable.
  void drop_some(Node& node) {
    std::erase_if(node.unsynced, [this](const Change&) { return chance(); });
  }

  void settle(Node& node) {
    for (Change& change : node.unsynced) {
      const uint64_t fate = random() % 3;
      if (fate == 0) continue;
      if (fate == 1 && !change.truncate_to) tear(change);
      apply_change(node.durable, change);
    }
    node.unsynced.clear();
    node.seen = node.durable;
  }

  void tear(Change& change) {
    const uint64_t first_boundary = kSectorBytes - change.offset % kSectorBytes;
    if (change.bytes.size() <= first_boundary) return change.bytes.clear();
    const uint64_t sectors = (change.bytes.size() - first_boundary) / kSectorBytes;
    change.bytes.resize(first_boundary + random() % (sectors + 1) * kSectorBytes);
  }
};

class FaultFileSystem::OpenFile final : public File {
 public:
  OpenFile(std::shared_ptr<State> state, NodePtr node, bool writable)
      : state_(std::move(state)),
        node_(std::move(node)),
        writable_(writable),
        generation_(state_->generation) {}

  Result<size_t> read_at(uint64_t offset, std::span<std::byte> buffer) override {
    std::lock_guard lock(state_->mutex);
    if (dead()) return fail_errno("read", EIO);
    if (offset >= node_->seen.size()) return 0;
    const size_t count = std::min<size_t>(buffer.size(), node_->seen.size() - offset);
    std::memcpy(buffer.data(), node_->seen.data() + offset, count);
    return count;
  }

  Result<> write_at(uint64_t offset, std::span<const std::byte> bytes) override {
    return change({offset, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())});
  }

  Result<> truncate(uint64_t size) override { return change({.truncate_to = size}); }

  Result<> sync() override {
    std::lock_guard lock(state_->mutex);
    if (dead()) return fail_errno("sync", EIO);
    const int error_number = state_->start(FaultKind::kSync);
    if (state_->power_off()) return fail_errno("sync", EIO);
    if (error_number != 0) {
      state_->drop_some(*node_);
      return fail_errno("sync", error_number);
    }
    State::sync(*node_);
    return {};
  }

  Result<uint64_t> size() override {
    std::lock_guard lock(state_->mutex);
    if (dead()) return fail_errno("size", EIO);
    return node_->seen.size();
  }

 private:
  bool dead() const { return generation_ != state_->generation || state_->power_off(); }

  Result<> change(Change change) {
    std::lock_guard lock(state_->mutex);
    if (!writable_) return fail_errno("write", EBADF);
    if (dead()) return fail_errno("write", EIO);
    const int error_number = state_->start(FaultKind::kWrite);
    if (error_number == 0 && over_capacity(change)) return fail_errno("write", ENOSPC);
    if (error_number != 0) {
      state_->tear(change);
      if (!change.truncate_to) state_->resize_seen(*node_, change);
      return fail_errno("write", error_number);
    }
    state_->resize_seen(*node_, change);
    if (state_->power_off()) return fail_errno("write", EIO);
    return {};
  }

  bool over_capacity(const Change& change) const {
    const uint64_t end = change.truncate_to.value_or(change.offset + change.bytes.size());
    const uint64_t capacity = state_->capacity.value_or(UINT64_MAX);
    return end > node_->seen.size() && state_->used_bytes + (end - node_->seen.size()) > capacity;
  }

  const std::shared_ptr<State> state_;
  const NodePtr node_;
  const bool writable_;
  const uint64_t generation_;
};

FaultFileSystem::FaultFileSystem(uint64_t seed) : state_(std::make_shared<State>(seed)) {}
FaultFileSystem::~FaultFileSystem() = default;

Result<std::unique_ptr<File>> FaultFileSystem::open(const std::string& path, OpenMode mode) {
  std::lock_guard lock(state_->mutex);
  if (state_->power_off()) return fail_errno(path, EIO);
  if (!state_->directories.contains(parent_of(path))) return fail_errno(path, ENOENT);
  auto found = state_->seen.find(path);
  if (found == state_->seen.end()) {
    if (mode != OpenMode::kCreate) return fail_errno(path, ENOENT);
    if (const int error_number = state_->start(FaultKind::kDirectory); error_number != 0)
      return fail_errno(path, error_number);
    state_->change_name({path, std::make_shared<Node>()});
    if (state_->power_off()) return fail_errno(path, EIO);
    found = state_->seen.find(path);
  }
  return std::make_unique<OpenFile>(state_, found->second, mode != OpenMode::kRead);
}

Result<> FaultFileSystem::remove(const std::string& path) {
  std::lock_guard lock(state_->mutex);
  const auto found = state_->seen.find(path);
  if (found == state_->seen.end()) return fail_errno(path, state_->power_off() ? EIO : ENOENT);
  if (const int error_number = state_->start(FaultKind::kDirectory); error_number != 0)
    return fail_errno(path, error_number);
  state_->used_bytes -= found->second->seen.size();
  state_->change_name({path, nullptr});
  if (state_->power_off()) return fail_errno(path, EIO);
  return {};
}

Result<> FaultFileSystem::rename(const std::string& from, const std::string& to) {
  std::lock_guard lock(state_->mutex);
  const auto found = state_->seen.find(from);
  if (found == state_->seen.end()) return fail_errno(from, state_->power_off() ? EIO : ENOENT);
  if (!state_->directories.contains(parent_of(to))) return fail_errno(to, ENOENT);
  if (const int error_number = state_->start(FaultKind::kDirectory); error_number != 0)
    return fail_errno(from, error_number);
  if (const auto replaced = state_->seen.find(to);
      replaced != state_->seen.end() && replaced->second != found->second)
    state_->used_bytes -= replaced->second->seen.size();
  state_->change_name({to, found->second, from});
  if (state_->power_off()) return fail_errno(from, EIO);
  return {};
}

Result<> FaultFileSystem::sync_directory(const std::string& path) {
  std::lock_guard lock(state_->mutex);
  const int error_number = state_->start(FaultKind::kSync);
  if (state_->power_off()) return fail_errno(path, EIO);
  if (error_number != 0) return fail_errno(path, error_number);
  if (!state_->directories.contains(path)) return fail_errno(path, ENOENT);
  std::erase_if(state_->unsynced_names, [&](const NameChange& change) {
    const bool here =
        parent_of(change.path) == path || (!change.from.empty() && parent_of(change.from) == path);
    if (here) apply_change(state_->durable, change);
    return here;
  });
  return {};
}

bool FaultFileSystem::exists(const std::string& path) {
  std::lock_guard lock(state_->mutex);
  return state_->seen.contains(path) || state_->directories.contains(path);
}

Result<> FaultFileSystem::make_directories(const std::string& path) {
  std::lock_guard lock(state_->mutex);
  if (state_->power_off()) return fail_errno(path, EIO);
  for (std::string directory = path; state_->directories.insert(directory).second;)
    directory = parent_of(directory);
  return {};
}

Result<std::vector<std::string>> FaultFileSystem::list(const std::string& path) {
  std::lock_guard lock(state_->mutex);
  if (state_->power_off()) return fail_errno(path, EIO);
  if (!state_->directories.contains(path)) return fail_errno(path, ENOENT);
  std::set<std::string> names;
  const auto add = [&](const std::string& entry) {
    if (entry != path && parent_of(entry) == path) names.insert(entry.substr(entry.rfind('/') + 1));
  };
  for (const auto& [name, node] : state_->seen) add(name);
  for (const std::string& directory : state_->directories) add(directory);
  return std::vector<std::string>(names.begin(), names.end());
}

void FaultFileSystem::fail(FaultKind kind, uint64_t nth, int error_number) {
  std::lock_guard lock(state_->mutex);
  state_->faults.push_back({kind, nth, error_number});
}

void FaultFileSystem::set_capacity(std::optional<uint64_t> bytes) {
  std::lock_guard lock(state_->mutex);
  state_->capacity = bytes;
}

void FaultFileSystem::stop_after(uint64_t operations) {
  std::lock_guard lock(state_->mutex);
  state_->power_off_at = state_->operations + operations;
}

uint64_t FaultFileSystem::operations() const {
  std::lock_guard lock(state_->mutex);
  return state_->operations;
}

void FaultFileSystem::crash() {
  std::lock_guard lock(state_->mutex);
  for (const NameChange& change : state_->unsynced_names)
    if (state_->chance()) apply_change(state_->durable, change);
  state_->unsynced_names.clear();
  state_->seen = state_->durable;
  state_->used_bytes = 0;
  std::set<Node*> settled;
  for (const auto& [name, node] : state_->seen) {
    if (settled.insert(node.get()).second) state_->settle(*node);
    state_->used_bytes += node->seen.size();
  }
  ++state_->generation;
  state_->faults.clear();
  state_->power_off_at = UINT64_MAX;
}

}  // namespace soma::os
