// Listing directories and searching in files. Links are shown, never followed.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <functional>
#include <memory>

#include "core/sandbox/sandbox.h"
#include "core/tool/file_actions.h"

namespace soma::tool {
namespace {

constexpr size_t kMaxDirectoryEntries = 50'000;  // read of one directory

using Directory = std::unique_ptr<DIR, decltype([](DIR* directory) { closedir(directory); })>;

struct Entry {
  std::string name;
  struct stat info{};
};

// Sorted by name.
std::vector<Entry> entries_of(int directory_fd, bool hidden) {
  std::vector<Entry> entries;
  int copy = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  Directory directory(copy < 0 ? nullptr : fdopendir(copy));
  if (!directory) return entries;
  while (const dirent* found = readdir(directory.get())) {
    std::string name = found->d_name;
    if (name == "." || name == ".." || (!hidden && name.starts_with('.'))) continue;
    Entry entry{.name = std::move(name)};
    if (fstatat(directory_fd, entry.name.c_str(), &entry.info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    entries.push_back(std::move(entry));
    if (entries.size() >= kMaxDirectoryEntries) break;
  }
  std::ranges::sort(entries, {}, &Entry::name);
  return entries;
}

// Visits all below a directory in order, but for what soma keeps: the results in it would flood every answer.
// `visit` gets the entry's directory, its path and itself, and returns
// false to end the walk.
class TreeWalk {
 public:
  using Visit = std::function<bool(int directory, const std::string& path, const Entry& entry)>;
  TreeWalk(bool hidden, size_t max_depth, Visit visit)
      : hidden_(hidden), max_depth_(max_depth), visit_(std::move(visit)) {}

  bool run(int directory, const std::string& prefix, size_t depth = 1) {
    for (const Entry& entry : entries_of(directory, hidden_)) {
      std::string path = prefix + entry.name;
      if (!visit_(directory, path, entry)) return false;
      if (!S_ISDIR(entry.info.st_mode) || depth >= max_depth_ || entry.name == kOwnFolder) continue;
      os::Fd below(openat(directory, entry.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (below.valid() && !run(below.get(), path + "/", depth + 1)) return false;
    }
    return true;
  }

 private:
  bool hidden_;
  size_t max_depth_;
  Visit visit_;
};

std::string describe(int directory, const std::string& path, const Entry& entry) {
  std::string name = os::to_valid_utf8(path);
  if (S_ISDIR(entry.info.st_mode)) return fmt::format("{:>14}  {}/\n", "", name);
  if (!S_ISLNK(entry.info.st_mode))
    return fmt::format("{:>14}  {}\n", with_commas(static_cast<uint64_t>(entry.info.st_size)), name);
  std::array<char, PATH_MAX> target{};
  ssize_t size = readlinkat(directory, entry.name.c_str(), target.data(), target.size());
  return fmt::format(
      "{:>14}  {} -> {}\n", "link", name,
      os::to_valid_utf8(std::string_view(target.data(), static_cast<size_t>(std::max<ssize_t>(size, 0)))));
}

std::string shown_path(const json::Value& input) {
  std::string path(input.get("path").string_or(""));
  return path.empty() ? "/workspace" : path;
}

struct Searched {
  std::string pattern;
  std::string glob;
  bool ignore_case = false;
  size_t max_bytes = 0;  // of text
  std::string text{};
  size_t matches = 0;
  size_t files = 0;
  size_t too_large = 0;
  bool cut = false;
};

void search_text(const std::string& path, std::string_view bytes, Searched& search) {
  size_t number = 0;
  while (!bytes.empty()) {
    size_t end = bytes.find('\n');
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    ++number;
    bool found = search.ignore_case ? os::to_lower(line).find(search.pattern) != std::string::npos
                                    : line.find(search.pattern) != std::string_view::npos;
    if (!found) continue;
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::string shown = fmt::format("{}:{}: {}\n", os::to_valid_utf8(path), number,
                                    os::to_valid_utf8(os::utf8_prefix(os::trim(line), kMaxLineBytes / 4)));
    const bool fits = search.matches == 0 || search.text.size() + shown.size() <= search.max_bytes;
    if (search.matches >= kMaxMatches || !fits) {
      search.cut = true;
      return;
    }
    ++search.matches;
    search.text += shown;
  }
}

void search_file(int file, const std::string& path, Searched& search) {
  os::Result<std::string> bytes = read_bounded(file, kMaxSearchedBytes, path);
  if (!bytes) {
    search.too_large += bytes.error().code == os::Code::kLimitExceeded;
    return;
  }
  if (!looks_binary(*bytes)) search_text(path, *bytes, search);
}

bool wanted(const std::string& path, const std::string& name, const std::string& glob) {
  return glob.empty() || os::glob_match(glob, name) || os::glob_match(glob, path);
}

std::string summary(const Searched& search) {
  std::string text = search.text;
  if (search.matches == 0) text += fmt::format("[no match in {} files]\n", search.files);
  if (search.cut)
    text += fmt::format("[more matches: only the first {} are shown; narrow the pattern, path or glob]\n",
                        search.matches);
  if (search.files >= kMaxSearchedFiles) text += fmt::format("[ended after {} files]\n", search.files);
  if (search.too_large > 0)
    text += fmt::format("[{} files over {} bytes were not searched]\n", search.too_large,
                        with_commas(kMaxSearchedBytes));
  return text;
}

}  // namespace

os::Result<std::string> list_directory(const FileAction& action) {
  const json::Value& input = action.input;
  std::string path(input.get("path").string_or(""));
  SOMA_ASSIGN(os::Fd directory, sandbox::open_inside(action.root, path, O_RDONLY, 0, action.mount_point));
  struct stat info{};
  if (fstat(directory.get(), &info) != 0) return os::fail_errno(path, errno);
  if (!S_ISDIR(info.st_mode))
    return fmt::format("{:>14}  {}\n", with_commas(static_cast<uint64_t>(info.st_size)), path);
  auto depth = static_cast<size_t>(std::clamp<int64_t>(input.get("depth").int_or(1), 1, kMaxListDepth));
  const size_t max_bytes = action.max_bytes - std::min(action.max_bytes, kNotesBytes);
  std::string text;
  size_t count = 0;
  TreeWalk walk(input.get("hidden").bool_or(false), depth,
                [&](int parent, const std::string& name, const Entry& entry) {
                  std::string line = describe(parent, name, entry);
                  if (count >= kMaxListed || (count > 0 && text.size() + line.size() > max_bytes))
                    return false;
                  ++count;
                  text += line;
                  return true;
                });
  if (!walk.run(directory.get(), ""))
    text += fmt::format("[more than {} entries: list a directory below, or with less depth]\n", count);
  if (count == 0) return fmt::format("[{} is empty]", shown_path(input));
  return text;
}

os::Result<std::string> search_files(const FileAction& action) {
  const json::Value& input = action.input;
  Searched search{.pattern = std::string(input.get("pattern").string_or("")),
                  .glob = std::string(input.get("glob").string_or("")),
                  .ignore_case = input.get("ignore_case").bool_or(false),
                  .max_bytes = action.max_bytes - std::min(action.max_bytes, kNotesBytes)};
  if (search.pattern.empty())
    return os::fail(os::Code::kInvalidArgument, "this operation needs \"pattern\": the text to search for");
  if (search.ignore_case) search.pattern = os::to_lower(search.pattern);
  std::string path(input.get("path").string_or(""));
  SOMA_ASSIGN(os::Fd start, sandbox::open_inside(action.root, path, O_RDONLY, 0, action.mount_point));
  struct stat info{};
  if (fstat(start.get(), &info) != 0) return os::fail_errno(path, errno);
  if (!S_ISDIR(info.st_mode)) {
    search.files = 1;
    search_file(start.get(), path, search);
    return summary(search);
  }
  TreeWalk walk(
      input.get("hidden").bool_or(false), kMaxSearchDepth,
      [&](int parent, const std::string& name, const Entry& entry) {
        if (search.cut || search.files >= kMaxSearchedFiles) return false;
        if (!S_ISREG(entry.info.st_mode) || !wanted(name, entry.name, search.glob)) return true;
        os::Fd file(openat(parent, entry.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!file.valid()) return true;
        ++search.files;
        search_file(file.get(), name, search);
        return true;
      });
  walk.run(start.get(), "");
  return summary(search);
}

}  // namespace soma::tool
