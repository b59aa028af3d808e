#include <fmt/format.h>

#include <algorithm>

#include "app/cli/project/harness_file.h"
#include "app/cli/project/project_files.h"
#include "services/harness/config.h"
#include "services/harness/skills/skills.h"

namespace soma::cli {

using json::Value;
using os::Code;
using os::Result;

namespace {

// The skills of this machine are looked at before the file names them.
Result<> check_skills(const Value& harness, const std::filesystem::path& file) {
  SOMA_ASSIGN(const harness::Config config, harness::config_from_json(harness, "", file.string()));
  SOMA_TRY(harness::check_path_skills(config.skills));
  return {};
}

}  // namespace

Result<> add_skill(const std::filesystem::path& harness_file, const Value& source) {
  SOMA_ASSIGN(Value harness, read_harness_file(harness_file));
  if (!harness.has("skills")) harness.set("skills", json::Array{});
  Value& skills = *harness.find("skills");
  if (std::ranges::find(skills.as_array(), source) != skills.as_array().end())
    return os::fail(Code::kAlreadyExists,
                    fmt::format("{} has the skill {}", harness_file.string(), json::write(source)));
  skills.push_back(source);
  SOMA_TRY(check_skills(harness, harness_file));
  return write_harness_file(harness_file, harness);
}

Result<> remove_skill(const std::filesystem::path& harness_file, const Value& source) {
  SOMA_ASSIGN(Value harness, read_harness_file(harness_file));
  Value* skills = harness.find("skills");
  std::vector<std::string> there;
  if (skills != nullptr)
    for (const Value& skill : skills->as_array()) there.push_back(json::write(skill));
  const auto found = std::ranges::find(there, json::write(source));
  if (found == there.end())
    return os::fail(Code::kNotFound,
                    fmt::format("{} has no skill {}", harness_file.string(), json::write(source)),
                    there.empty() ? "it has none" : fmt::format("it has: {}", os::join(there, ", ")));
  skills->as_array().erase(skills->as_array().begin() + (found - there.begin()));
  return write_harness_file(harness_file, harness);
}

}  // namespace soma::cli
