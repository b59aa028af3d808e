#include "services/harness/skills/session_skills.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "core/sandbox/sandbox.h"
#include "services/harness/skills/skill_folder.h"

namespace soma::harness {
namespace {

namespace fs = std::filesystem;
using os::Code;
using os::Result;

constexpr std::string_view kManifest = "manifest.json";  // {"sources": …, "skills": …}: what the copy is of
constexpr std::string_view kScheme = "s3://";

std::string copy_folder(const std::string& session_directory) {
  return session_directory + "/skills";
}

// The copy that is there, when it is of these sources.
std::optional<std::vector<Skill>> present(const std::string& session_directory, const json::Value& sources) {
  const auto text = os::read_file(fmt::format("{}/{}", copy_folder(session_directory), kManifest));
  const auto manifest = text ? json::parse(*text) : os::Result<json::Value>(std::unexpected(text.error()));
  if (!manifest || manifest->get("sources") != sources) return std::nullopt;
  return skills_from_json(manifest->get("skills"));
}

Result<> remove_folder(const std::string& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (error) return os::fail_errno(fmt::format("remove {}", folder), error.value());
  return {};
}

// Copies everything beside the present copy and then takes its place, so that a crash leaves one that is
// whole or none.
Result<std::vector<Skill>> install(const std::vector<SkillSource>& sources,
                                   const std::vector<std::string>& folders,
                                   const std::string& session_directory) {
  const std::string target = copy_folder(session_directory), making = target + ".new";
  SOMA_TRY(remove_folder(making));
  std::error_code error;
  fs::create_directories(making + "/files", error);
  if (error) return os::fail_errno(fmt::format("make {}", making), error.value());
  // Whoever runs in the box is another user than soma.
  if (::chmod((making + "/files").c_str(), 0755) != 0) return os::fail_errno(making, errno);
  std::vector<Skill> skills;
  for (size_t index = 0; index < sources.size(); ++index) {
    auto skill = copy_skill_folder(folders[index], making + "/files");
    if (!skill) return std::unexpected(sources[index].named(skill.error()));
    skills.push_back(std::move(*skill));
  }
  const json::Value manifest = json::object({{"sources", to_json(sources)}, {"skills", to_json(skills)}});
  SOMA_TRY(os::write_file_atomic(fmt::format("{}/{}", making, kManifest), json::write(manifest)));
  SOMA_TRY(remove_folder(target));
  fs::rename(making, target, error);
  if (error) return os::fail_errno(fmt::format("make {}", target), error.value());
  return skills;
}

class Sources {
 public:
  explicit Sources(const SkillMachine& machine) : machine_(machine) {}

  // The folder of this machine that has it.
  net::Task<Result<std::string>> locate(SkillSource source) {
    if (source.kind == SkillSource::Kind::kPath) co_return source.path;
    if (source.kind == SkillSource::Kind::kS3) co_return object_folder(machine_.data_directory, source.url);
    GitAddress address{.url = source.url, .username = source.username};
    if (!source.credential.empty()) {
      SOMA_CO_ASSIGN(address.password, machine_.read_secret(source.credential));
    }
    GitMachine git{.executor = machine_.executor,
                   .clock = machine_.clock,
                   .ids = machine_.ids,
                   .launcher = machine_.launcher,
                   .cache = git_cache(machine_.data_directory)};
    SOMA_CO_ASSIGN(const std::string checkout, co_await git_checkout(std::move(git), std::move(address)));
    if (source.path.empty()) co_return checkout;
    if (source.path.starts_with('/'))
      co_return os::fail(Code::kInvalidArgument,
                         fmt::format("git.path is {}, which is absolute", source.path),
                         "name the folder from the repository's root");
    co_return sandbox::resolve_inside(checkout, source.path, true);
  }

 private:
  const SkillMachine& machine_;
};

}  // namespace

std::string git_cache(const std::string& data_directory) {
  return data_directory + "/skills/git";
}

std::string skills_folder(const std::string& session_directory) {
  return copy_folder(session_directory) + "/files";
}

Result<std::string> object_folder(const std::string& data_directory, const std::string& uri) {
  std::string_view rest = uri;
  rest.remove_prefix(std::min(rest.size(), kScheme.size()));
  fs::path folder = fs::path(data_directory) / "objects";
  size_t parts = 0;
  for (const std::string_view part : os::split(rest, '/')) {
    if (part.empty()) continue;
    if (part == "." || part == "..")
      return os::fail(Code::kInvalidArgument, fmt::format("{} has a part that is {}", uri, part),
                      "write the address without it");
    folder /= part;
    ++parts;
  }
  if (!uri.starts_with(kScheme) || parts == 0)
    return os::fail(Code::kInvalidArgument, fmt::format("{} names no bucket", uri), "s3://bucket/skills/pdf");
  return folder.string();
}

net::Task<Result<std::vector<Skill>>> ready_session_skills(SkillMachine machine,
                                                           std::vector<SkillSource> sources,
                                                           std::string session_directory, bool anew) {
  if (sources.empty()) co_return std::vector<Skill>{};
  if (!anew) {
    auto look = [session_directory, wanted = to_json(sources)] { return present(session_directory, wanted); };
    if (auto skills = co_await net::offload(std::move(look))) co_return std::move(*skills);
  }
  Sources places(machine);
  std::vector<std::string> folders;
  for (const SkillSource& source : sources) {
    SkillSource copy = source;
    auto folder = co_await places.locate(std::move(copy));
    if (!folder) co_return std::unexpected(source.named(folder.error()));
    folders.push_back(std::move(*folder));
  }
  auto work = [sources, folders, session_directory] { return install(sources, folders, session_directory); };
  co_return co_await net::offload(std::move(work));
}

}  // namespace soma::harness
