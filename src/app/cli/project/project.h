// The project folder: which harnesses it has and where their files are.
//
//   soma/soma.json                {"name": "shop", "harnesses": [{"name": "shop", "path": "app/shop"}]}
//   app/<name>/harness.json       the harness (services/harness/config.h)
//   app/<name>/system-prompt.md   its system prompt
//
// A project of the agentcore command line (agentcore/agentcore.json) is read too, and never written to.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::cli {

inline constexpr size_t kMaxProjectFileBytes = 1u << 20;
inline constexpr size_t kMaxProjectHarnesses = 1'000;

struct ProjectHarness {
  std::string name;
  std::filesystem::path directory;
  std::filesystem::path file() const { return directory / "harness.json"; }
};

struct Project {
  std::string name;
  std::filesystem::path root;
  std::filesystem::path file;  // soma.json or agentcore.json
  std::vector<ProjectHarness> harnesses;
};

// The project that `from` is in: the nearest folder upwards that has a project file. kNotFound when there is
// none.
os::Result<Project> find_project(const std::filesystem::path& from);
os::Result<Project> read_project(const std::filesystem::path& root);

// A JSON file of at most kMaxProjectFileBytes; what is wrong with it is told with file, line and column.
os::Result<json::Value> read_json_file(const std::string& path);
// JSON that was typed: `source` takes the file's place in errors.
os::Result<json::Value> read_json_text(std::string_view text, std::string_view source);

// The harness of that name; without a name the only one. kNotFound names the nearest, kInvalidArgument says
// that one has to be named.
os::Result<ProjectHarness> choose_harness(const Project& project, std::string_view name);

// kInvalidArgument unless a letter, then at most 39 of [A-Za-z0-9_].
os::Result<> check_harness_name(std::string_view name);

// A path that was typed, as harness.json keeps it: as it is found from there, so that the project can be
// moved; an absolute one stays.
std::string path_beside(const std::filesystem::path& harness_file, const std::string& typed,
                        const std::filesystem::path& working_directory);

// `path` as it is shown: relative to `from` when it lies below, else whole.
std::string shown_path(const std::filesystem::path& path, const std::filesystem::path& from);

}  // namespace soma::cli
