#include <fmt/format.h>

#include "app/cli/commands/commands.h"
#include "app/cli/project/project_files.h"

namespace soma::cli {
namespace {

struct CreateArguments {
  NewProject project{.name = {}, .model_provider = "reflex"};
  bool json = false;
};

// The recording that `replay` plays is named as seen from here; harness.json is somewhere else.
void make_recording_absolute(NewProject& project, const std::filesystem::path& from) {
  if (project.model_provider == "replay" && !project.model_id.empty())
    project.model_id = (from / project.model_id).lexically_normal().string();
}

int run_create(Context& context, CreateArguments& arguments) {
  make_recording_absolute(arguments.project, context.working_directory);
  const auto created = create_project(context.working_directory, arguments.project);
  if (!created) return report(context, created.error(), arguments.json);
  const ProjectHarness& harness = created->harnesses.front();
  Terminal& terminal = context.terminal;
  const auto shown = [&](const std::filesystem::path& path) {
    return shown_path(path, context.working_directory);
  };
  if (arguments.json) {
    terminal.out_line(json::write(json::object(
        {{"name", created->name}, {"path", created->root.string()}, {"harness", harness.file().string()}})));
    return kExitOk;
  }
  for (const auto& file : {created->file, harness.file(), harness.directory / "system-prompt.md"})
    terminal.out_line(shown(file));
  const auto provider = resolve_provider(arguments.project.model_provider);
  if (provider && !provider_is_here(*provider))
    terminal.note(
        fmt::format("soma: this build cannot ask '{}' yet: deploying works, invoking does not", *provider));
  terminal.note("\nNext:");
  terminal.note(fmt::format("  cd {}", shown(created->root)));
  terminal.note(
      fmt::format("  soma add tool --harness {} --type agentcore_browser --name browser", harness.name));
  terminal.note("  soma deploy --yes");
  terminal.note(fmt::format(
      "  soma invoke --harness {} --stream --prompt \"Go to example.com and describe what you see\"",
      harness.name));
  return kExitOk;
}

}  // namespace

void add_create(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<CreateArguments>();
  CLI::App* command = root.add_subcommand("create", "Make a project folder with one harness");
  command->add_option("--name", arguments->project.name, "The project's and its harness's name")
      ->required()
      ->type_name("NAME");
  command
      ->add_option("--model-provider", arguments->project.model_provider,
                   "reflex (built in), replay, bedrock, openai, …")
      ->capture_default_str()
      ->type_name("PROVIDER");
  command->add_option("--model-id", arguments->project.model_id, "The model; for replay the recording's file")
      ->type_name("ID");
  command->add_flag("--no-tools", arguments->project.no_tools,
                    "Allow no tool, not even shell and file_operations");
  add_json_option(*command, arguments->json);
  add_example(*command, "  soma create --name browseragent --model-provider reflex");
  on_call(*command, context, [&context, arguments] { return run_create(context, *arguments); });
}

}  // namespace soma::cli
