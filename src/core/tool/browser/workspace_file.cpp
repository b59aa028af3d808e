#include "core/tool/browser/workspace_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace soma::tool::browser {

namespace {

constexpr int kMaxNumber = 9999;
constexpr int kMaxCopies = 1000;
constexpr size_t kMaxNameBytes = 120;
constexpr size_t kCopyBytes = 1u << 20;

os::Result<os::Fd> open_folder(const std::string& workspace, const std::string& folder) {
  os::Fd root(::open(workspace.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) return os::fail_errno("open the workspace", errno);
  if (::mkdirat(root.get(), folder.c_str(), 0755) != 0 && errno != EEXIST)
    return os::fail_errno("make " + folder, errno);
  os::Fd opened(::openat(root.get(), folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!opened.valid()) {
    if (errno == ELOOP || errno == ENOTDIR) {
      return os::fail(os::Code::kPermissionDenied, fmt::format("{} in the workspace is no folder", folder),
                      "remove or rename it");
    }
    return os::fail_errno("open " + folder, errno);
  }
  return opened;
}

os::Result<> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return os::fail_errno("write", errno);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

os::Result<> copy_all(int from, int to) {
  std::vector<char> buffer(kCopyBytes);
  while (true) {
    ssize_t count = ::read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return os::fail_errno("read", errno);
    if (count == 0) return {};
    SOMA_TRY(write_all(to, std::string_view(buffer.data(), static_cast<size_t>(count))));
  }
}

os::Fd create(int folder, const std::string& name) {
  return os::Fd(::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
}

}  // namespace

std::string safe_file_name(std::string_view name) {
  std::string out;
  for (char c : os::to_valid_utf8(name)) {
    bool bad = static_cast<unsigned char>(c) < 0x20 || c == '/' || c == '\\' || c == 0x7f;
    out.push_back(bad ? '_' : c);
  }
  out = os::utf8_prefix(out, kMaxNameBytes);
  while (out.starts_with('.')) out.erase(0, 1);
  return out.empty() ? "download" : out;
}

os::Result<std::string> write_numbered(const std::string& workspace, const std::string& folder,
                                       std::string_view suffix, std::string_view bytes) {
  SOMA_ASSIGN(os::Fd directory, open_folder(workspace, folder));
  for (int number = 1; number <= kMaxNumber; ++number) {
    std::string name = fmt::format("{:04}{}", number, suffix);
    os::Fd file = create(directory.get(), name);
    if (!file.valid() && errno == EEXIST) continue;
    if (!file.valid()) return os::fail_errno("create " + name, errno);
    SOMA_TRY(write_all(file.get(), bytes));
    return folder + "/" + name;
  }
  return os::fail(os::Code::kLimitExceeded, fmt::format("{} holds {} files already", folder, kMaxNumber),
                  "remove some");
}

os::Result<std::string> move_into(const std::string& workspace, const std::string& folder,
                                  std::string_view name, const std::string& source) {
  SOMA_ASSIGN(os::Fd directory, open_folder(workspace, folder));
  os::Fd from(::open(source.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!from.valid()) return os::fail_errno("open the downloaded file", errno);
  std::string clean = safe_file_name(name);
  size_t dot = clean.rfind('.');
  std::string stem = clean.substr(0, dot);
  std::string suffix = dot == std::string::npos ? "" : clean.substr(dot);
  for (int copy = 1; copy <= kMaxCopies; ++copy) {
    std::string candidate = copy == 1 ? clean : fmt::format("{} ({}){}", stem, copy, suffix);
    if (::linkat(AT_FDCWD, source.c_str(), directory.get(), candidate.c_str(), 0) == 0) {
      ::unlink(source.c_str());
      return folder + "/" + candidate;
    }
    if (errno == EEXIST) continue;
    // Another file system, or one without hard links.
    os::Fd file = create(directory.get(), candidate);
    if (!file.valid() && errno == EEXIST) continue;
    if (!file.valid()) return os::fail_errno("create " + candidate, errno);
    SOMA_TRY(copy_all(from.get(), file.get()));
    ::unlink(source.c_str());
    return folder + "/" + candidate;
  }
  return os::fail(os::Code::kLimitExceeded,
                  fmt::format("{} holds {} files named {}", folder, kMaxCopies, clean));
}

}  // namespace soma::tool::browser
