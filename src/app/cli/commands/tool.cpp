// `soma add tool` and `soma remove tool`.
#include <fmt/format.h>

#include "app/cli/commands/commands.h"
#include "app/cli/project/project_files.h"
#include "core/tool/tool.h"

namespace soma::cli {
namespace {

struct ToolArguments {
  std::string harness, type, name, config;
  bool json = false;
};

os::Result<ProjectHarness> own_harness(const Context& context, const std::string& name) {
  SOMA_ASSIGN(const Project project, find_project(context.working_directory));
  return choose_harness(project, name);
}

int done(Context& context, const ToolArguments& arguments, const std::filesystem::path& file,
         std::string_view action) {
  if (arguments.json)
    context.terminal.out_line(
        json::write(json::object({{"action", action}, {"tool", arguments.name}, {"file", file.string()}})));
  else
    context.terminal.out_line(
        fmt::format("{} {} in {}", action, arguments.name, shown_path(file, context.working_directory)));
  return kExitOk;
}

os::Result<ToolEdit> tool_edit(const ToolArguments& arguments) {
  ToolEdit edit{arguments.type, arguments.name};
  if (arguments.config.empty()) return edit;
  json::ParseOptions options;
  options.source = "--config";
  SOMA_ASSIGN(edit.config, json::parse(arguments.config, options));
  return edit;
}

int run_add_tool(Context& context, ToolArguments& arguments) {
  if (arguments.name.empty()) arguments.name = arguments.type;
  const auto harness = own_harness(context, arguments.harness);
  if (!harness) return report(context, harness.error(), arguments.json);
  const auto edit = tool_edit(arguments);
  if (!edit) return report(context, edit.error(), arguments.json);
  const auto added = add_tool(harness->file(), *edit);
  if (!added) return report(context, added.error(), arguments.json);
  return done(context, arguments, harness->file(), "added");
}

int run_remove_tool(Context& context, const ToolArguments& arguments) {
  const auto harness = own_harness(context, arguments.harness);
  if (!harness) return report(context, harness.error(), arguments.json);
  const auto removed = remove_tool(harness->file(), arguments.name);
  if (!removed) return report(context, removed.error(), arguments.json);
  return done(context, arguments, harness->file(), "removed");
}

std::string known_types() {
  std::string out;
  for (const tool::ToolType& type : tool::tool_types())
    out += fmt::format("\n  {:<28} {}", type.type, type.summary);
  return out.empty() ? out : "\n\nTypes:" + out;
}

}  // namespace

void add_add(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<ToolArguments>();
  CLI::App* add = root.add_subcommand("add", "Add to a harness (tool)");
  add->require_subcommand(1);
  CLI::App* command = add->add_subcommand("tool", "Add a tool to a harness's harness.json");
  command->add_option("--harness", arguments->harness, "The harness (default: the project's only one)")
      ->type_name("NAME");
  command->add_option("--type", arguments->type, "The tool's type")->required()->type_name("TYPE");
  command->add_option("--name", arguments->name, "What the model calls it (default: the type)")
      ->type_name("NAME");
  command->add_option("--config", arguments->config, "The tool's configuration")->type_name("JSON");
  add_json_option(*command, arguments->json);
  add_example(*command, "  soma add tool --harness browseragent --type agentcore_browser --name browser" +
                            known_types());
  on_call(*command, context, [&context, arguments] { return run_add_tool(context, *arguments); });
}

void add_remove(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<ToolArguments>();
  CLI::App* remove = root.add_subcommand("remove", "Remove from a harness (tool)");
  remove->require_subcommand(1);
  CLI::App* command = remove->add_subcommand("tool", "Remove a tool from a harness's harness.json");
  command->add_option("--harness", arguments->harness, "The harness (default: the project's only one)")
      ->type_name("NAME");
  command->add_option("--name", arguments->name, "The tool's name")->required()->type_name("NAME");
  add_json_option(*command, arguments->json);
  add_example(*command, "  soma remove tool --harness browseragent --name browser");
  on_call(*command, context, [&context, arguments] { return run_remove_tool(context, *arguments); });
}

}  // namespace soma::cli
