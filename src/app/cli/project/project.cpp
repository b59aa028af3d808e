#include "app/cli/project/project.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/json/schema.h"

namespace soma::cli {
namespace {

namespace fs = std::filesystem;
using json::Value;
using os::Code;
using os::Result;

constexpr size_t kMaxHarnessNameBytes = 40;
constexpr std::string_view kOwnFile = "soma/soma.json";
constexpr std::string_view kForeignFile = "agentcore/agentcore.json";

constexpr std::string_view kProjectSchema = R"json({
  "type": "object",
  "required": ["name", "harnesses"],
  "additionalProperties": false,
  "properties": {
    "$schema": {"type": "string"},
    "name": {"type": "string", "minLength": 1, "maxLength": 100},
    "harnesses": {
      "type": "array",
      "maxItems": 1000,
      "items": {
        "type": "object",
        "required": ["name", "path"],
        "additionalProperties": false,
        "properties": {
          "name": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]*$", "maxLength": 40},
          "path": {"type": "string", "minLength": 1, "maxLength": 1024}
        }
      }
    }
  }
})json";

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

Result<> check_own(const Value& value, std::string_view text, const std::string& source) {
  SOMA_ASSIGN(const Value definition, json::parse(kProjectSchema));
  SOMA_ASSIGN(const json::Schema schema, json::Schema::compile(definition));
  const auto violations = schema.validate(value);
  if (!violations.empty()) return std::unexpected(json::violations_error(violations, text, source));
  return {};
}

Result<> add_harness(Project& project, std::string name, fs::path directory) {
  const bool taken =
      std::ranges::find(project.harnesses, name, &ProjectHarness::name) != project.harnesses.end();
  if (taken)
    return os::fail(Code::kInvalidArgument,
                    fmt::format("{}: the harness name '{}' is used twice", project.file.string(), name));
  if (project.harnesses.size() >= kMaxProjectHarnesses)
    return os::fail(Code::kLimitExceeded,
                    fmt::format("{}: more than {} harnesses", project.file.string(), kMaxProjectHarnesses));
  project.harnesses.push_back({std::move(name), std::move(directory)});
  return {};
}

// A project of the other command line may list its harnesses or only have their folders under app/.
Result<> read_foreign_harnesses(const Value& value, Project& project) {
  for (size_t index = 0; index < value.get("harnesses").size(); ++index) {
    const Value& entry = value.get("harnesses").at(index);
    const std::string name(entry.get("name").string_or(""));
    if (name.empty()) continue;
    SOMA_TRY(add_harness(project, name, project.root / entry.get("path").string_or("app/" + name)));
  }
  if (!project.harnesses.empty()) return {};
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(project.root / "app", error))
    if (is_file(entry.path() / "harness.json")) found.push_back(entry.path());
  std::ranges::sort(found);
  for (const fs::path& directory : found)
    SOMA_TRY(add_harness(project, directory.filename().string(), directory));
  return {};
}

}  // namespace

Result<Value> read_json_text(std::string_view text, std::string_view source) {
  json::ParseOptions options;
  options.source = source;
  return json::parse(text, options);
}

Result<Value> read_json_file(const std::string& path) {
  SOMA_ASSIGN(const std::string text, os::read_file(path, kMaxProjectFileBytes));
  return read_json_text(text, path);
}

Result<Project> read_project(const fs::path& root) {
  Project project;
  project.root = root;
  const bool own = is_file(root / kOwnFile);
  project.file = root / (own ? kOwnFile : kForeignFile);
  const std::string source = project.file.string();
  SOMA_ASSIGN(const std::string text, os::read_file(source, kMaxProjectFileBytes));
  SOMA_ASSIGN(const Value value, read_json_text(text, source));
  project.name = value.get("name").string_or(root.filename().string());
  if (!own) {
    SOMA_TRY(read_foreign_harnesses(value, project));
    return project;
  }
  SOMA_TRY(check_own(value, text, source));
  for (const Value& entry : value.get("harnesses").as_array())
    SOMA_TRY(add_harness(project, entry.get("name").as_string(), root / entry.get("path").as_string()));
  return project;
}

Result<Project> find_project(const fs::path& from) {
  std::error_code error;
  const fs::path start = fs::absolute(from, error).lexically_normal();
  for (fs::path folder = start;; folder = folder.parent_path()) {
    if (is_file(folder / kOwnFile) || is_file(folder / kForeignFile)) return read_project(folder);
    if (folder == folder.parent_path()) break;
  }
  return os::fail(Code::kNotFound, "no project here or in the folders above (looked for soma/soma.json)",
                  "make one with: soma create --name browseragent --model-provider reflex");
}

Result<ProjectHarness> choose_harness(const Project& project, std::string_view name) {
  std::vector<std::string> names;
  for (const ProjectHarness& harness : project.harnesses) {
    if (harness.name == name) return harness;
    names.push_back(harness.name);
  }
  if (name.empty() && names.size() == 1) return project.harnesses.front();
  if (names.empty())
    return os::fail(Code::kNotFound, fmt::format("the project '{}' has no harness", project.name));
  if (name.empty())
    return os::fail(Code::kInvalidArgument, "which harness?",
                    fmt::format("name one with --harness: {}", os::join(names, ", ")));
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const std::string_view near = os::nearest(name, candidates);
  return os::fail(Code::kNotFound,
                  fmt::format("the project '{}' has no harness named '{}'", project.name, name),
                  near.empty() ? fmt::format("it has: {}", os::join(names, ", "))
                               : fmt::format("did you mean '{}'?", near));
}

Result<> check_harness_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto allowed = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  if (!name.empty() && name.size() <= kMaxHarnessNameBytes && letter(name.front()) &&
      std::ranges::all_of(name, allowed))
    return {};
  return os::fail(Code::kInvalidArgument, fmt::format("'{}' cannot be a harness's name", name),
                  "a letter first, then letters, digits and _, at most 40 characters");
}

std::string path_beside(const std::filesystem::path& harness_file, const std::string& typed,
                        const std::filesystem::path& working_directory) {
  const std::filesystem::path path(typed);
  if (path.is_absolute()) return path.lexically_normal().string();
  return (working_directory / path)
      .lexically_normal()
      .lexically_relative(harness_file.parent_path())
      .string();
}

std::string shown_path(const fs::path& path, const fs::path& from) {
  const fs::path relative = path.lexically_normal().lexically_relative(from.lexically_normal());
  if (relative.empty() || *relative.begin() == "..") return path.lexically_normal().string();
  return relative.string();
}

}  // namespace soma::cli
