#include "services/harness/skills/skill_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>

#include "core/sandbox/sandbox.h"

namespace soma::harness {
namespace {

namespace fs = std::filesystem;
using os::Code;
using os::Result;

constexpr size_t kPieceBytes = 256u << 10;

struct OpenFile {
  os::Fd file;
  uint64_t bytes = 0;
  bool executable = false;
};

std::unexpected<os::Error> too_much(const std::string& folder, std::string_view what,
                                    std::string_view limit) {
  return os::fail(Code::kLimitExceeded,
                  fmt::format("the skill {} has more than {} ({})", folder, what, limit),
                  "keep in it what its instructions name");
}

// The files of a skill, one by one, parents first.
class SkillWalk {
 public:
  explicit SkillWalk(std::string folder) : folder_(std::move(folder)) {}

  Result<Skill> head() const {
    const std::string path = folder_ + "/" + std::string(kSkillFile);
    std::error_code error;
    if (!fs::is_directory(folder_, error))
      return os::fail(Code::kNotFound, fmt::format("{} is no folder", folder_),
                      "a skill is a folder with SKILL.md in it");
    if (!fs::exists(path, error))
      return os::fail(Code::kNotFound, fmt::format("{} has no {}", folder_, kSkillFile),
                      "a skill is a folder with SKILL.md in it");
    SOMA_ASSIGN(OpenFile opened, open(std::string(kSkillFile)));
    SOMA_ASSIGN(const std::string text, read_all(opened, path));
    return parse_skill_file(text, path);
  }

  // Looks at everything; copies it below `target` when there is one.
  Result<> run(const std::optional<fs::path>& target) {
    std::error_code error;
    fs::recursive_directory_iterator entry(folder_, error), end;
    for (; !error && entry != end; entry.increment(error)) {
      if (entry->path().filename() == ".git") {
        entry.disable_recursion_pending();
        continue;
      }
      if (++entries_ > kMaxSkillFiles)
        return too_much(folder_, fmt::format("{} files", kMaxSkillFiles), "kMaxSkillFiles");
      if (static_cast<size_t>(entry.depth()) >= kMaxSkillDepth)
        return too_much(folder_, fmt::format("{} folders in each other", kMaxSkillDepth), "kMaxSkillDepth");
      const std::string relative = entry->path().lexically_relative(folder_).string();
      SOMA_TRY(take(*entry, relative, target));
    }
    if (error) return os::fail_errno(fmt::format("read the skill {}", folder_), error.value());
    return {};
  }

 private:
  Result<> take(const fs::directory_entry& entry, const std::string& relative,
                const std::optional<fs::path>& target) {
    if (fs::is_directory(entry.symlink_status())) {
      if (target && ::mkdir((*target / relative).c_str(), 0755) != 0)
        return os::fail_errno(fmt::format("make {}", (*target / relative).string()), errno);
      return {};
    }
    SOMA_ASSIGN(OpenFile opened, open(relative));
    bytes_ += opened.bytes;
    if (bytes_ > kMaxSkillBytes)
      return too_much(folder_, fmt::format("{} MiB", kMaxSkillBytes >> 20), "kMaxSkillBytes");
    if (!target) return {};
    return copy(opened, entry.path().string(), (*target / relative).string());
  }

  Result<OpenFile> open(const std::string& relative) const {
    auto file = sandbox::open_inside(folder_, relative, O_RDONLY);
    if (!file && file.error().code == Code::kPermissionDenied)
      return os::fail(Code::kPermissionDenied,
                      fmt::format("{}/{} leads out of the skill, or cannot be read", folder_, relative),
                      "a skill's links may lead to its own files only");
    if (!file)
      return os::fail(file.error().code, fmt::format("{}/{}: {}", folder_, relative, file.error().message),
                      file.error().hint);
    struct stat info{};
    if (fstat(file->get(), &info) != 0) return os::fail_errno(relative, errno);
    if (!S_ISREG(info.st_mode))
      return os::fail(Code::kInvalidArgument, fmt::format("{}/{} is a link to a folder", folder_, relative),
                      "a skill's links may lead to its own files only");
    return OpenFile{std::move(*file), static_cast<uint64_t>(info.st_size), (info.st_mode & 0111) != 0};
  }

  // As many bytes as it had when it was opened, at most kMaxSkillBytes.
  Result<std::string> read_all(const OpenFile& opened, const std::string& path) const {
    if (opened.bytes > kMaxSkillBytes)
      return too_much(folder_, fmt::format("{} MiB", kMaxSkillBytes >> 20), "kMaxSkillBytes");
    std::string bytes(opened.bytes, '\0');
    size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t count =
          ::read(opened.file.get(), bytes.data() + done, std::min(kPieceBytes, bytes.size() - done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return os::fail_errno(path, errno);
      if (count == 0) break;
      done += static_cast<size_t>(count);
    }
    bytes.resize(done);
    return bytes;
  }

  Result<> copy(const OpenFile& opened, const std::string& from, const std::string& to) const {
    SOMA_ASSIGN(const std::string bytes, read_all(opened, from));
    SOMA_TRY(os::write_file_atomic(to, bytes));
    if (::chmod(to.c_str(), opened.executable ? 0755 : 0644) != 0) return os::fail_errno(to, errno);
    return {};
  }

  std::string folder_;
  size_t entries_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace

Result<Skill> read_skill_folder(const std::string& folder) {
  SkillWalk walk(folder);
  SOMA_ASSIGN(Skill skill, walk.head());
  SOMA_TRY(walk.run(std::nullopt));
  return skill;
}

Result<Skill> copy_skill_folder(const std::string& folder, const std::string& parent) {
  SkillWalk walk(folder);
  SOMA_ASSIGN(Skill skill, walk.head());
  const fs::path target = fs::path(parent) / skill.name;
  if (::mkdir(target.c_str(), 0755) != 0) {
    if (errno == EEXIST)
      return os::fail(Code::kConflict, fmt::format("the skill name '{}' is used twice", skill.name),
                      "give each skill a name of its own in its SKILL.md");
    return os::fail_errno(fmt::format("make {}", target.string()), errno);
  }
  SOMA_TRY(walk.run(target));
  return skill;
}

}  // namespace soma::harness
