// Paths that a tool names, resolved by hand, one component at a time.
//
// The one who may put symbolic links in a workspace is the one who must not get out of it, and may change
// them while we look. So no path with more than one component is ever given to the kernel: each step opens
// one name below an open directory with O_NOFOLLOW, reads a link's target itself, and takes ".." from its own
// stack. What is held cannot be exchanged any more.
//
// openat2(RESOLVE_BENEATH) does the same in one call, but refuses links to "/workspace/…", which are right
// inside the box.
#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <deque>
#include <optional>
#include <vector>

#include "core/sandbox/sandbox.h"

namespace soma::sandbox {
namespace {

constexpr size_t kMaxLinks = 40;         // as the kernel's own
constexpr size_t kMaxDirectories = 256;  // open at once

std::unexpected<os::Error> leaves(std::string_view path, std::string_view mount_point) {
  const std::string_view what = mount_point == kWorkspaceMount ? "the workspace" : mount_point;
  return os::fail(os::Code::kPermissionDenied, fmt::format("{} leads out of {}", path, what),
                  fmt::format("use a path below {}, or one relative to it", mount_point));
}

// "/workspace/a" -> "a"; nothing for any other absolute path.
std::optional<std::string_view> below_mount_point(std::string_view path, std::string_view mount_point) {
  if (!path.starts_with('/')) return path;
  if (!path.starts_with(mount_point)) return std::nullopt;
  path.remove_prefix(mount_point.size());
  if (!path.empty() && path.front() != '/') return std::nullopt;
  return path;
}

class Walk {
 public:
  Walk(std::string_view asked, Missing missing, std::string_view mount_point)
      : asked_(asked), missing_(missing), mount_point_(mount_point) {}

  os::Result<> open_root(const std::string& root) {
    root_ = os::Fd(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root_.valid()) return os::fail_errno(fmt::format("open the workspace {}", root), errno);
    return {};
  }

  // Puts a path's components before what is still to do.
  os::Result<> push(std::string_view path) {
    if (path.size() > PATH_MAX || path.find('\0') != std::string_view::npos)
      return os::fail(os::Code::kInvalidArgument, "a path must be shorter than 4,096 bytes and hold no NUL");
    auto relative = below_mount_point(path, mount_point_);
    if (!relative) return leaves(asked_, mount_point_);
    if (path.starts_with('/')) open_.clear();
    std::vector<std::string_view> parts = os::split(*relative, '/');
    for (auto part = parts.rbegin(); part != parts.rend(); ++part)
      if (!part->empty() && *part != ".") todo_.emplace_front(*part);
    return {};
  }

  os::Result<> run() {
    while (!todo_.empty()) {
      std::string name = std::move(todo_.front());
      todo_.pop_front();
      if (name == "..") {
        SOMA_TRY(go_up());
      } else {
        SOMA_TRY(step(std::move(name)));
      }
    }
    return {};
  }

  // The last step stays undone: whoever opens it decides how.
  os::Result<InsidePath> result() {
    InsidePath path;
    path.exists = !missing_last_;
    std::vector<std::string> names;
    for (const Level& level : open_) names.push_back(level.name);
    path.relative = os::join(names, "/");
    path.name = open_.empty() ? "." : open_.back().name;
    int parent = open_.size() < 2 ? root_.get() : open_[open_.size() - 2].directory.get();
    path.parent = os::Fd(fcntl(parent, F_DUPFD_CLOEXEC, 0));
    if (!path.parent.valid()) return os::fail_errno("hold a directory", errno);
    return path;
  }

  // For a path whose end does not exist: its missing components as they were written.
  const std::vector<std::string>& unresolved() const { return unresolved_; }
  void keep_unresolved() { keep_unresolved_ = true; }

 private:
  struct Level {
    std::string name;
    os::Fd directory;  // O_PATH; of the last level possibly a file, or invalid when missing
  };

  int here() const { return open_.empty() ? root_.get() : open_.back().directory.get(); }

  os::Result<> go_up() {
    if (missing_last_) return os::fail(os::Code::kNotFound, fmt::format("{} does not exist", asked_));
    if (open_.empty()) return leaves(asked_, mount_point_);
    open_.pop_back();
    return {};
  }

  os::Result<> step(std::string name) {
    if (missing_last_) {
      unresolved_.push_back(std::move(name));
      return {};
    }
    if (open_.size() >= kMaxDirectories)
      return os::fail(os::Code::kInvalidArgument,
                      fmt::format("{} is nested deeper than {} directories", asked_, kMaxDirectories));
    os::Fd next(openat(here(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!next.valid()) return step_missing(std::move(name), errno);
    struct stat info{};
    if (fstat(next.get(), &info) != 0) return os::fail_errno(asked_, errno);
    if (S_ISLNK(info.st_mode)) return follow(next.get());
    open_.push_back({std::move(name), std::move(next)});
    return {};
  }

  os::Result<> follow(int link) {
    if (++links_ > kMaxLinks)
      return os::fail(os::Code::kInvalidArgument,
                      fmt::format("{} goes through too many symbolic links", asked_));
    std::array<char, PATH_MAX> target{};
    ssize_t size = readlinkat(link, "", target.data(), target.size());
    if (size < 0) return os::fail_errno(asked_, errno);
    return push(std::string_view(target.data(), static_cast<size_t>(size)));
  }

  os::Result<> step_missing(std::string name, int error_number) {
    if (error_number == ENOTDIR)
      return os::fail(os::Code::kInvalidArgument,
                      fmt::format("{}: a part of the path is a file, not a directory", asked_));
    if (error_number != ENOENT) return os::fail_errno(asked_, error_number);
    bool last = todo_.empty();
    if (missing_ == Missing::kMakeParents && !last) return make_directory(std::move(name));
    if (missing_ == Missing::kRefuse || (!last && !keep_unresolved_))
      return os::fail(os::Code::kNotFound, fmt::format("{} does not exist", asked_));
    missing_last_ = true;
    open_.push_back({std::move(name), os::Fd()});
    return {};
  }

  os::Result<> make_directory(std::string name) {
    if (mkdirat(here(), name.c_str(), 0755) != 0 && errno != EEXIST)
      return os::fail_errno(fmt::format("make the directory of {}", asked_), errno);
    struct stat owner{};
    if (fstat(here(), &owner) == 0 && owner.st_uid != geteuid() &&
        fchownat(here(), name.c_str(), owner.st_uid, owner.st_gid, AT_SYMLINK_NOFOLLOW) != 0)
      return os::fail_errno(fmt::format("hand over the directory of {}", asked_), errno);
    todo_.push_front(std::move(name));  // looked at like any other: it may have been exchanged
    if (++made_ > kMaxDirectories)
      return os::fail(os::Code::kConflict, fmt::format("{} keeps disappearing", asked_));
    return {};
  }

  std::string asked_;
  Missing missing_;
  std::string_view mount_point_;
  os::Fd root_;
  std::vector<Level> open_;
  std::deque<std::string> todo_;
  std::vector<std::string> unresolved_;
  size_t links_ = 0;
  size_t made_ = 0;
  bool missing_last_ = false;
  bool keep_unresolved_ = false;
};

// A file that soma makes as root must stay usable in the box, whose user owns the directory.
os::Result<> hand_over(int parent, int file) {
  struct stat owner{};
  struct stat info{};
  if (fstat(parent, &owner) != 0 || fstat(file, &info) != 0) return os::fail_errno("look at a file", errno);
  if (geteuid() == 0 && info.st_uid != owner.st_uid && fchown(file, owner.st_uid, owner.st_gid) != 0)
    return os::fail_errno("hand a file over to the session's user", errno);
  return {};
}

class TemporaryName {
 public:
  TemporaryName(int directory, std::string name) : directory_(directory), name_(std::move(name)) {}
  ~TemporaryName() {
    if (!name_.empty()) unlinkat(directory_, name_.c_str(), 0);
  }
  TemporaryName(const TemporaryName&) = delete;
  TemporaryName& operator=(const TemporaryName&) = delete;
  const char* c_str() const { return name_.c_str(); }
  void keep() { name_.clear(); }

 private:
  int directory_;
  std::string name_;
};

os::Result<> write_bytes(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return os::fail_errno("write the file", errno);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

std::string random_name() {
  uint64_t number = 0;
  static_cast<void>(getrandom(&number, sizeof number, 0));
  return fmt::format(".{:016x}.tmp", number);
}

}  // namespace

os::Result<InsidePath> locate_inside(const std::string& root, std::string_view path, Missing missing,
                                     std::string_view mount_point) {
  Walk walk(path, missing, mount_point);
  SOMA_TRY(walk.open_root(root));
  SOMA_TRY(walk.push(path));
  SOMA_TRY(walk.run());
  return walk.result();
}

os::Result<std::string> resolve_inside(const std::string& root, std::string_view path, bool must_exist) {
  Walk walk(path, must_exist ? Missing::kRefuse : Missing::kAllowLast, kWorkspaceMount);
  if (!must_exist) walk.keep_unresolved();
  SOMA_TRY(walk.open_root(root));
  SOMA_TRY(walk.push(path));
  SOMA_TRY(walk.run());
  SOMA_ASSIGN(InsidePath found, walk.result());
  std::string resolved = found.relative.empty() ? root : root + "/" + found.relative;
  for (const std::string& name : walk.unresolved()) resolved += "/" + name;
  return resolved;
}

os::Result<os::Fd> open_inside(const std::string& root, std::string_view path, int flags, unsigned mode,
                               std::string_view mount_point) {
  const Missing missing = (flags & O_CREAT) != 0 ? Missing::kAllowLast : Missing::kRefuse;
  SOMA_ASSIGN(InsidePath found, locate_inside(root, path, missing, mount_point));
  os::Fd file(openat(found.parent.get(), found.name.c_str(),
                     flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode));
  if (!file.valid() && errno == ELOOP)
    return leaves(path, mount_point);  // became a link since: somebody plays tricks
  if (!file.valid()) return os::fail_errno(path, errno);
  struct stat info{};
  if (fstat(file.get(), &info) != 0) return os::fail_errno(path, errno);
  if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode))
    return os::fail(os::Code::kInvalidArgument, fmt::format("{} is neither a file nor a directory", path));
  if ((flags & O_CREAT) != 0) SOMA_TRY(hand_over(found.parent.get(), file.get()));
  return file;
}

os::Result<> write_inside(const std::string& root, std::string_view path, std::string_view bytes,
                          bool overwrite, std::string_view mount_point) {
  SOMA_ASSIGN(InsidePath found, locate_inside(root, path, Missing::kMakeParents, mount_point));
  struct stat old{};
  const int parent = found.parent.get();
  const bool exists = fstatat(parent, found.name.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0;
  if (exists && !S_ISREG(old.st_mode))
    return os::fail(os::Code::kInvalidArgument, fmt::format("{} is there and is no file", path));
  if (exists && !overwrite) return os::fail(os::Code::kAlreadyExists, fmt::format("{} exists already", path));
  TemporaryName temporary(parent, random_name());
  os::Fd file(openat(parent, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file.valid()) return os::fail_errno(fmt::format("make a file beside {}", path), errno);
  SOMA_TRY(hand_over(parent, file.get()));
  if (exists && fchmod(file.get(), old.st_mode & 0777) != 0)
    return os::fail_errno("keep the file's mode", errno);
  SOMA_TRY(write_bytes(file.get(), bytes));
  if (fdatasync(file.get()) != 0) return os::fail_errno("sync the file", errno);
  const unsigned flags = overwrite ? 0 : RENAME_NOREPLACE;
  if (renameat2(parent, temporary.c_str(), parent, found.name.c_str(), flags) != 0) {
    if (errno == EEXIST) return os::fail(os::Code::kAlreadyExists, fmt::format("{} exists already", path));
    return os::fail_errno(fmt::format("put {} in its place", path), errno);
  }
  temporary.keep();
  const os::Fd directory(openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || fsync(directory.get()) != 0)
    return os::fail_errno(fmt::format("sync the directory of {}", path), errno);
  return {};
}

os::Result<os::Fd> make_directory_inside(const std::string& root, std::string_view path) {
  // The walk makes the directories of a file; this one's name is as good as any.
  SOMA_TRY(locate_inside(root, fmt::format("{}/{}", path, random_name()), Missing::kMakeParents));
  return open_inside(root, path, O_RDONLY | O_DIRECTORY);
}

os::Result<os::Fd> replace_in(int directory, const std::string& name) {
  if (unlinkat(directory, name.c_str(), 0) != 0 && errno != ENOENT) {
    if (errno == EISDIR)
      return os::fail(os::Code::kConflict, fmt::format("{} is there and is a directory", name));
    return os::fail_errno(fmt::format("replace {}", name), errno);
  }
  os::Fd file(openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file.valid()) return os::fail_errno(fmt::format("make {}", name), errno);
  SOMA_TRY(hand_over(directory, file.get()));
  return file;
}

}  // namespace soma::sandbox
