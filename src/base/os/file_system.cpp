#include "base/os/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>

#include "base/os/process.h"

namespace soma::os {
namespace {

// Stores hold conversations: for the owner's eyes.
constexpr mode_t kStoreFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;
// Files that people edit, less the umask.
constexpr mode_t kPlainFileMode = 0666;
constexpr size_t kReadChunkBytes = 64u << 10;

// Retries a system call that a signal interrupted.
template <class Call>
auto retried(Call call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

class PosixFile final : public File {
 public:
  PosixFile(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<size_t> read_at(uint64_t offset, std::span<std::byte> buffer) override {
    size_t done = 0;
    while (done < buffer.size()) {
      ssize_t got = retried([&] {
        return pread(fd_.get(), buffer.data() + done, buffer.size() - done,
                     static_cast<off_t>(offset + done));
      });
      if (got < 0) return fail_errno("read " + path_, errno);
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

  Result<> write_at(uint64_t offset, std::span<const std::byte> bytes) override {
    size_t done = 0;
    while (done < bytes.size()) {
      ssize_t put = retried([&] {
        return pwrite(fd_.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
      });
      if (put < 0) return fail_errno("write " + path_, errno);
      done += static_cast<size_t>(put);
    }
    return {};
  }

  Result<> truncate(uint64_t size) override {
    if (retried([&] { return ftruncate(fd_.get(), static_cast<off_t>(size)); }) < 0) {
      return fail_errno("truncate " + path_, errno);
    }
    return {};
  }

  Result<> sync() override {
    // Not retried, not even after EINTR: a failed sync may have dropped the dirty pages.
    if (fdatasync(fd_.get()) < 0) return fail_errno("sync " + path_, errno);
    return {};
  }

  Result<uint64_t> size() override {
    struct stat status{};
    if (fstat(fd_.get(), &status) < 0) return fail_errno("stat " + path_, errno);
    return static_cast<uint64_t>(status.st_size);
  }

 private:
  Fd fd_;
  std::string path_;
};

Result<Fd> open_fd(const std::string& path, int flags, mode_t mode) {
  Fd fd(retried([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); }));
  if (!fd.valid()) return fail_errno("open " + path, errno);
  return fd;
}

Result<> sync_directory_at(const std::string& path) {
  SOMA_ASSIGN(Fd fd, open_fd(path, O_RDONLY | O_DIRECTORY, 0));
  if (fsync(fd.get()) < 0) return fail_errno("sync directory " + path, errno);
  return {};
}

Result<> make_directory(const std::string& path) {
  if (mkdir(path.c_str(), kDirectoryMode) == 0) return {};
  int error_number = errno;
  struct stat status{};
  if (error_number == EEXIST && stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
  return fail_errno("make directory " + path, error_number);
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    int flags = mode == OpenMode::kRead ? O_RDONLY : O_RDWR;
    if (mode == OpenMode::kCreate) flags |= O_CREAT;
    SOMA_ASSIGN(Fd fd, open_fd(path, flags, kStoreFileMode));
    return std::make_unique<PosixFile>(std::move(fd), path);
  }

  Result<> remove(const std::string& path) override {
    if (::remove(path.c_str()) < 0) return fail_errno("remove " + path, errno);
    return {};
  }

  Result<> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) < 0) return fail_errno("rename " + from + " to " + to, errno);
    return {};
  }

  Result<> sync_directory(const std::string& path) override { return sync_directory_at(path); }

  bool exists(const std::string& path) override { return access(path.c_str(), F_OK) == 0; }

  Result<> make_directories(const std::string& path) override {
    for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      SOMA_TRY(make_directory(path.substr(0, slash)));
    }
    return make_directory(path);
  }

  Result<std::vector<std::string>> list(const std::string& path) override {
    std::unique_ptr<DIR, decltype([](DIR* directory) { closedir(directory); })> directory(
        opendir(path.c_str()));
    if (!directory) return fail_errno("list " + path, errno);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = readdir(directory.get())) {
      std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return fail_errno("list " + path, errno);
    std::sort(names.begin(), names.end());
    return names;
  }
};

Result<> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    ssize_t put = retried([&] { return write(fd, bytes.data(), bytes.size()); });
    if (put < 0) return fail_errno("write " + path, errno);
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return {};
}

Result<> write_synced(const std::string& path, std::string_view bytes, const std::string& mode_of) {
  SOMA_ASSIGN(Fd fd, open_fd(path, O_WRONLY | O_CREAT | O_EXCL, kPlainFileMode));
  struct stat status{};
  if (stat(mode_of.c_str(), &status) == 0 && fchmod(fd.get(), status.st_mode & 07777) < 0) {
    return fail_errno("set the mode of " + path, errno);
  }
  SOMA_TRY(write_all(fd.get(), bytes, path));
  if (fsync(fd.get()) < 0) return fail_errno("sync " + path, errno);
  return {};
}

// A name beside `path` that no other writer of this machine uses at the same time.
std::string sibling_of(const std::string& path) {
  static std::atomic<uint64_t> count{0};
  return path + ".new-" + std::to_string(getpid()) + "-" + std::to_string(++count);
}

}  // namespace

std::unique_ptr<FileSystem> make_posix_file_system() {
  return std::make_unique<PosixFileSystem>();
}

Result<std::string> read_file(const std::string& path, size_t max_bytes) {
  SOMA_ASSIGN(Fd fd, open_fd(path, O_RDONLY, 0));
  struct stat status{};
  if (fstat(fd.get(), &status) < 0) return fail_errno("stat " + path, errno);
  std::string bytes;
  if (S_ISREG(status.st_mode))
    bytes.reserve(std::min<size_t>(static_cast<size_t>(status.st_size), max_bytes) + 1);
  // Read to the end rather than to st_size: a file of /proc says 0, and another writer may be adding to it.
  while (bytes.size() <= max_bytes) {
    size_t before = bytes.size();
    size_t room = std::max(std::min(kReadChunkBytes, max_bytes + 1 - before), bytes.capacity() - before);
    bytes.resize(before + std::min(room, max_bytes + 1 - before));
    ssize_t got = retried([&] { return read(fd.get(), bytes.data() + before, bytes.size() - before); });
    if (got < 0) return fail_errno("read " + path, errno);
    bytes.resize(before + static_cast<size_t>(got));
    if (got == 0) return bytes;
  }
  Error error{Code::kLimitExceeded, path + " is larger than " + std::to_string(max_bytes) + " bytes"};
  error.details.emplace_back("limit", "max_bytes");
  return std::unexpected(std::move(error));
}

Result<> write_file_atomic(const std::string& path, std::string_view bytes) {
  std::string temporary = sibling_of(path);
  Result<> written = write_synced(temporary, bytes, path);
  if (written && ::rename(temporary.c_str(), path.c_str()) < 0) {
    written = fail_errno("rename " + temporary + " to " + path, errno);
  }
  if (!written) {
    unlink(temporary.c_str());
    return written;
  }
  std::string parent = std::filesystem::path(path).parent_path().string();
  return sync_directory_at(parent.empty() ? "." : parent);
}

}  // namespace soma::os
