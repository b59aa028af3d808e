// `soma add skill` and `soma remove skill`.
#include <fmt/format.h>

#include "app/cli/commands/commands.h"
#include "app/cli/project/project_files.h"

namespace soma::cli {
namespace {

struct SkillArguments {
  std::string harness, path, git, git_path, credential, username, s3;
  bool json = false;
};

os::Result<json::Value> source_of(const Context& context, const SkillArguments& arguments,
                                  const std::filesystem::path& harness_file) {
  const int given = static_cast<int>(!arguments.path.empty()) + static_cast<int>(!arguments.git.empty()) +
                    static_cast<int>(!arguments.s3.empty());
  if (given != 1)
    return os::fail(os::Code::kInvalidArgument, given == 0 ? "where is the skill?" : "a skill has one source",
                    "give one of --path, --git, --s3");
  if (arguments.git.empty() &&
      !(arguments.git_path.empty() && arguments.credential.empty() && arguments.username.empty()))
    return os::fail(os::Code::kInvalidArgument, "--git-path, --credential and --username go with --git");
  if (!arguments.username.empty() && arguments.credential.empty())
    return os::fail(os::Code::kInvalidArgument, "--username needs a --credential");
  if (!arguments.path.empty()) {
    std::string path = path_beside(harness_file, arguments.path, context.working_directory);
    return json::object({{"path", std::move(path)}});
  }
  if (!arguments.s3.empty()) return json::object({{"s3", json::object({{"uri", arguments.s3}})}});
  json::Value git = json::object({{"url", arguments.git}});
  if (!arguments.git_path.empty()) git.set("path", arguments.git_path);
  if (!arguments.credential.empty()) {
    json::Value auth = json::object({{"credentialArn", arguments.credential}});
    if (!arguments.username.empty()) auth.set("username", arguments.username);
    git.set("auth", std::move(auth));
  }
  return json::object({{"git", std::move(git)}});
}

using Edit = os::Result<> (*)(const std::filesystem::path& harness_file, const json::Value& source);

os::Result<> edit(Context& context, const SkillArguments& arguments, Edit change, std::string_view action) {
  SOMA_ASSIGN(const Project project, find_project(context.working_directory));
  SOMA_ASSIGN(const ProjectHarness harness, choose_harness(project, arguments.harness));
  SOMA_ASSIGN(const json::Value source, source_of(context, arguments, harness.file()));
  SOMA_TRY(change(harness.file(), source));
  if (arguments.json)
    context.terminal.out_line(json::write(
        json::object({{"action", action}, {"skill", source}, {"file", harness.file().string()}})));
  else
    context.terminal.out_line(fmt::format("{} {} in {}", action, json::write(source),
                                          shown_path(harness.file(), context.working_directory)));
  return {};
}

CLI::App* add_command(CLI::App& parent, SkillArguments& arguments, const std::string& description) {
  CLI::App* command = parent.add_subcommand("skill", description);
  command->add_option("--harness", arguments.harness, "The harness (default: the project's only one)")
      ->type_name("NAME");
  command->add_option("--path", arguments.path, "A folder with SKILL.md on the server's machine")
      ->type_name("FOLDER");
  command->add_option("--git", arguments.git, "A git repository, https or file")->type_name("URL");
  command->add_option("--git-path", arguments.git_path, "The skill's folder in the repository")
      ->type_name("FOLDER");
  command
      ->add_option("--credential", arguments.credential,
                   "Where the repository's password or token is: secret:NAME, env:NAME")
      ->type_name("REFERENCE");
  command->add_option("--username", arguments.username, "Who it is of (default: oauth2)")->type_name("NAME");
  command->add_option("--s3", arguments.s3, "A folder below objects/ in the data directory")
      ->type_name("s3://BUCKET/FOLDER");
  add_json_option(*command, arguments.json);
  return command;
}

void add_edit(CLI::App& parent, Context& context, const std::string& description, const std::string& example,
              Edit change, std::string_view action) {
  auto arguments = std::make_shared<SkillArguments>();
  CLI::App* command = add_command(parent, *arguments, description);
  add_example(*command, example);
  on_call(*command, context, [&context, arguments, change, action] {
    const auto done = edit(context, *arguments, change, action);
    return done ? static_cast<int>(kExitOk) : report(context, done.error(), arguments->json);
  });
}

}  // namespace

void add_add_skill(CLI::App& add, Context& context) {
  add_edit(
      add, context, "Add a skill to a harness's harness.json",
      "  soma add skill --path skills/fill-forms\n"
      "  soma add skill --git https://git.example/skills --git-path fill-forms --credential secret:GIT_TOKEN",
      add_skill, "added");
}

void add_remove_skill(CLI::App& remove, Context& context) {
  add_edit(remove, context, "Remove a skill from a harness's harness.json",
           "  soma remove skill --path skills/fill-forms", remove_skill, "removed");
}

}  // namespace soma::cli
