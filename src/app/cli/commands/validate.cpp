#include <fmt/format.h>

#include <system_error>

#include "app/cli/commands/commands.h"
#include "app/cli/remote/deployment.h"
#include "services/harness/config.h"
#include "services/harness/skills/skills.h"

namespace soma::cli {
namespace {

namespace fs = std::filesystem;

struct ValidateArguments {
  std::string path;
  bool schema = false;
  bool json = false;
};

// The harness files that a path stands for: itself, a harness's folder, or all of a project.
os::Result<std::vector<ProjectHarness>> harnesses_at(const Context& context, const std::string& path) {
  const fs::path place = path.empty() ? context.working_directory : context.working_directory / path;
  std::error_code error;
  const fs::file_status status = fs::status(place, error);
  if (!fs::exists(status))
    return os::fail(os::Code::kNotFound, fmt::format("{} is not there", place.string()));
  if (!fs::is_directory(status)) {
    const fs::path directory = place.parent_path();
    return std::vector<ProjectHarness>{{directory.filename().string(), directory}};
  }
  if (fs::exists(place / "harness.json", error))
    return std::vector<ProjectHarness>{{place.lexically_normal().filename().string(), place}};
  SOMA_ASSIGN(const Project project, find_project(place));
  return project.harnesses;
}

// The skills that it names, each as it is told: those of this machine are looked at, the others when a
// session starts.
os::Result<std::vector<std::string>> skills_of(const harness::Config& config) {
  SOMA_ASSIGN(const std::vector<harness::Skill> here, harness::check_path_skills(config.skills));
  std::vector<std::string> out;
  auto next = here.begin();
  for (const harness::SkillSource& source : config.skills) {
    if (source.kind == harness::SkillSource::Kind::kPath) {
      out.push_back(fmt::format("{}: {}", next->name, next->description));
      ++next;
    } else {
      out.push_back(fmt::format("{}, looked at when a session starts", source.words()));
    }
  }
  return out;
}

os::Result<std::vector<std::string>> check(const ProjectHarness& harness, const fs::path& file) {
  SOMA_ASSIGN(const harness::Config config, harness::read_config_file(file.string()));
  // A file of another name is checked by itself; the file of a project also against the project.
  if (file == harness.file()) SOMA_TRY(read_deployable(harness));
  return skills_of(config);
}

int run_validate(Context& context, const ValidateArguments& arguments) {
  if (arguments.schema) {
    context.terminal.out_line(harness::config_schema_text());
    return kExitOk;
  }
  const auto harnesses = harnesses_at(context, arguments.path);
  if (!harnesses) return report(context, harnesses.error(), arguments.json);
  const fs::path named = context.working_directory / arguments.path;
  std::error_code error;
  const bool one_file = !arguments.path.empty() && !fs::is_directory(named, error);
  int code = kExitOk;
  json::Value files = json::Array{};
  for (const ProjectHarness& harness : *harnesses) {
    const fs::path file = one_file ? named : harness.file();
    const auto checked = check(harness, file);
    json::Value entry = json::object({{"file", file.string()}, {"valid", checked.has_value()}});
    if (!checked) {
      if (code == kExitOk) code = exit_code_of(checked.error().code);
      entry.set("error",
                json::object({{"message", checked.error().message}, {"hint", checked.error().hint}}));
      if (!arguments.json) report(context, checked.error(), false);
    } else if (!arguments.json) {
      context.terminal.out_line(fmt::format("{}: valid", shown_path(file, context.working_directory)));
      for (const std::string& skill : *checked) context.terminal.out_line("  skill " + skill);
    }
    if (checked && !checked->empty()) {
      json::Value skills = json::Array{};
      for (const std::string& skill : *checked) skills.push_back(skill);
      entry.set("skills", std::move(skills));
    }
    files.push_back(std::move(entry));
  }
  if (arguments.json) context.terminal.out_line(json::write(json::object({{"files", std::move(files)}})));
  return code;
}

}  // namespace

void add_validate(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<ValidateArguments>();
  CLI::App* command =
      root.add_subcommand("validate", "Check harness files: unknown keys, wrong types, names used twice");
  command
      ->add_option("path", arguments->path,
                   "A harness.json, its folder, or a project (default: the project here)")
      ->type_name("PATH");
  command->add_flag("--schema", arguments->schema, "Print the JSON Schema of harness.json instead");
  add_json_option(*command, arguments->json);
  add_example(*command, "  soma validate\n  soma validate app/browseragent/harness.json");
  on_call(*command, context, [&context, arguments] { return run_validate(context, *arguments); });
}

}  // namespace soma::cli
