#include "services/harness/code_interpreter/code_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/net/net.h"
#include "core/sandbox/sandbox.h"
#include "core/tool/file_actions.h"
#include "services/harness/code_interpreter/code_tools.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Code;
using os::Result;

// As the box names it.
std::string uri_of(const sandbox::Folder& folder, std::string_view relative) {
  return fmt::format("file://{}{}{}", folder.mount_point, relative.empty() ? "" : "/",
                     os::percent_encode(relative, true));
}

Value error_of(const os::Error& error) {
  return code_text(error.to_string(), true);
}

Value results(Value content) {
  return json::object({{"content", std::move(content)}, {"isError", false}});
}

Result<Value> read_code_file(const CodeFolders& folders, const std::string& path, size_t& room) {
  SOMA_ASSIGN(const sandbox::Folder folder, sandbox::folder_of(folders.workspace, folders.mounts, path));
  SOMA_ASSIGN(const sandbox::InsidePath place,
              sandbox::locate_inside(folder.root, path, sandbox::Missing::kRefuse, folder.mount_point));
  SOMA_ASSIGN(const os::Fd file, sandbox::open_inside(folder.root, path, O_RDONLY, 0, folder.mount_point));
  struct stat info{};
  if (fstat(file.get(), &info) != 0) return os::fail_errno(path, errno);
  if (!S_ISREG(info.st_mode)) return os::fail(Code::kInvalidArgument, fmt::format("{} is a directory", path));
  SOMA_ASSIGN(const std::string bytes,
              tool::read_bounded(file.get(), std::min(room, kMaxReadFileBytes), path));
  room -= bytes.size();
  const bool text = os::is_valid_utf8(bytes) && bytes.find('\0') == std::string::npos;
  Value resource = json::object({{"type", text ? "text" : "blob"},
                                 {"uri", uri_of(folder, place.relative)},
                                 {"mimeType", net::content_type_of(place.relative)}});
  resource.set(text ? "text" : "blob", text ? bytes : os::base64_encode(bytes));
  return json::object({{"type", "resource"}, {"resource", std::move(resource)}});
}

using Directory = std::unique_ptr<DIR, decltype([](DIR* directory) { closedir(directory); })>;

// The names in it, sorted.
Result<std::vector<std::string>> names_in(int directory) {
  const int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const Directory opened(copy < 0 ? nullptr : fdopendir(copy));
  if (!opened) return os::fail_errno("cannot read the directory", errno);
  std::vector<std::string> names;
  while (const dirent* entry = readdir(opened.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (names.size() == kMaxListedFiles)
      return os::fail(
          Code::kLimitExceeded,
          fmt::format("the directory has more than {} entries (kMaxListedFiles)", kMaxListedFiles),
          "list it with executeCommand");
    names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

Result<Value> list_directory(const CodeFolders& folders, const std::string& path) {
  const std::string named = path.empty() ? "." : path;
  SOMA_ASSIGN(const sandbox::Folder folder, sandbox::folder_of(folders.workspace, folders.mounts, named));
  SOMA_ASSIGN(const sandbox::InsidePath place,
              sandbox::locate_inside(folder.root, named, sandbox::Missing::kRefuse, folder.mount_point));
  SOMA_ASSIGN(const os::Fd directory,
              sandbox::open_inside(folder.root, named, O_RDONLY | O_DIRECTORY, 0, folder.mount_point));
  SOMA_ASSIGN(const std::vector<std::string> names, names_in(directory.get()));
  Value content = json::Array{};
  for (const std::string& name : names) {
    struct stat info{};
    if (fstatat(directory.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) continue;  // gone meanwhile
    const bool is_directory = S_ISDIR(info.st_mode);
    const std::string shown = os::to_valid_utf8(name);
    Value link =
        json::object({{"type", "resource_link"},
                      {"uri", uri_of(folder, place.relative.empty() ? name : place.relative + "/" + name)},
                      {"name", shown},
                      {"description", is_directory ? "Directory" : "File"}});
    if (!is_directory) {
      link.set("mimeType", net::content_type_of(shown));
      link.set("size", static_cast<int64_t>(info.st_size));
    }
    content.push_back(std::move(link));
  }
  return content;
}

Result<> write_code_file(const CodeFolders& folders, const CodeFile& file) {
  SOMA_ASSIGN(const sandbox::Folder folder, sandbox::folder_of(folders.workspace, folders.mounts, file.path));
  return sandbox::write_inside(folder.root, file.path, file.bytes, true, folder.mount_point);
}

}  // namespace

Value code_text(std::string text, bool error) {
  return json::object(
      {{"content", json::array({json::object({{"type", "text"}, {"text", std::move(text)}})})},
       {"isError", error}});
}

Result<std::vector<CodeFile>> code_files_from_json(const Value& content) {
  if (content.size() < 1 || content.size() > kMaxCodeFiles)
    return os::fail(Code::kInvalidArgument,
                    fmt::format("arguments/content must have 1 to {} files", kMaxCodeFiles),
                    R"(send [{"path": "a.txt", "text": "…"}])");
  std::vector<CodeFile> files;
  for (size_t index = 0; index < content.size(); ++index) {
    const Value& block = content.at(index);
    CodeFile file{std::string(block.get("path").string_or("")), std::string(block.get("text").string_or(""))};
    if (file.path.empty())
      return os::fail(Code::kInvalidArgument, fmt::format("arguments/content/{} has no path", index));
    if (block.has("text") == block.has("blob"))
      return os::fail(Code::kInvalidArgument, fmt::format("arguments/content/{} needs text or blob", index));
    if (block.has("blob")) {
      SOMA_ASSIGN(file.bytes, os::base64_decode(block.get("blob").string_or("")));
    }
    files.push_back(std::move(file));
  }
  return files;
}

Value read_code_files(const CodeFolders& folders, const std::vector<std::string>& paths) {
  Value content = json::Array{};
  size_t room = kMaxReadBytes;
  for (const std::string& path : paths) {
    Result<Value> block = read_code_file(folders, path, room);
    if (!block) return error_of(block.error());
    content.push_back(std::move(*block));
  }
  return results(std::move(content));
}

Value list_code_files(const CodeFolders& folders, const std::string& directory) {
  Result<Value> content = list_directory(folders, directory);
  return content ? results(std::move(*content)) : error_of(content.error());
}

Value write_code_files(const CodeFolders& folders, const std::vector<CodeFile>& files, uint64_t room) {
  for (const CodeFile& file : files) {
    if (file.bytes.size() > room)
      return error_of(
          {Code::kLimitExceeded, fmt::format("{} is larger than what the disk limit leaves", file.path), ""});
    room -= file.bytes.size();
    if (const auto written = write_code_file(folders, file); !written) return error_of(written.error());
  }
  return code_text(fmt::format("wrote {} file{}", files.size(), files.size() == 1 ? "" : "s"), false);
}

}  // namespace soma::harness
