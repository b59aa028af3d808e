#include "app/cli/cli.h"

#include <fmt/format.h>

#include <exception>
#include <sstream>
#include <system_error>

#include "app/cli/commands/commands.h"
#include "app/cli/remote/deployment.h"

namespace soma::cli {
namespace {

using AddCommand = void (*)(CLI::App& root, Context& context);
constexpr AddCommand kCommands[] = {
    add_create,    add_add,     add_remove, add_validate, add_deploy,   add_invoke, add_exec, add_sessions,
    add_approvals, add_approve, add_deny,   add_logs,     add_record,   add_replay, add_test, add_status,
    add_serve,     add_dev,     add_prices, add_secret,   add_workflow, add_memory, add_trace};

constexpr std::string_view kAbout =
    "soma gives any language model a body: tools, isolated sessions, and a memory that survives.";
constexpr std::string_view kFooter =
    "Begin with:\n"
    "  soma create --name browseragent --model-provider reflex\n\n"
    "Every command has --help with an example. Exit codes: 0 done, 1 the agent or the command failed, 2 "
    "wrong input,\n"
    "3 not found, 4 no server, 5 a limit or a deadline, 6 refused, 7 calls to answer, 130 interrupted.";

// What to do next, for `soma` alone: made, deployed, invoked, in that order.
int print_next_step(Context& context) {
  Terminal& terminal = context.terminal;
  const auto project = find_project(context.working_directory);
  if (!project && project.error().code != os::Code::kNotFound) return report(context, project.error(), false);
  terminal.out_line(kAbout);
  if (!project || project->harnesses.empty()) {
    terminal.out_line(
        "\nThere is no project here. Make one:\n  soma create --name browseragent --model-provider reflex");
    terminal.out_line("\nOr run the server and its console:\n  soma serve\n\nAll commands: soma --help");
    return kExitOk;
  }
  terminal.out_line(fmt::format("\nProject {} in {}", project->name, project->root.string()));
  const ProjectHarness& first = project->harnesses.front();
  for (const ProjectHarness& harness : project->harnesses) {
    const auto body = read_deployable(harness);
    if (!body) return report(context, body.error(), false);
    std::vector<std::string> tools;
    for (const json::Value& tool : body->get("tools").as_array())
      tools.emplace_back(tool.get("name").string_or(""));
    terminal.out_line(fmt::format("  {}: {}, tools: {}", harness.name,
                                  body->get("model").get("provider").string_or("?"),
                                  tools.empty() ? "only the built-in ones" : os::join(tools, ", ")));
  }
  terminal.out_line(fmt::format(
      "\nNext:\n  soma deploy --yes\n  soma invoke --harness {} --stream --prompt \"…\"", first.name));
  terminal.out_line(
      "  soma dev      the server and the console, deploying again on each change\n\nAll commands: soma "
      "--help");
  return kExitOk;
}

const CLI::App* deepest(const CLI::App& root) {
  const CLI::App* command = &root;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  return command;
}

// "did you mean …" for the first word that nobody expected.
std::string suggestion(const CLI::App& root) {
  const std::vector<std::string> unexpected = root.remaining(true);
  if (unexpected.empty()) return {};
  const CLI::App* command = deepest(root);
  std::vector<std::string> known;
  for (const CLI::Option* option : command->get_options())
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  for (const CLI::App* subcommand : command->get_subcommands(nullptr))
    known.push_back(subcommand->get_name());
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  const std::string word = unexpected.front().substr(0, unexpected.front().find('='));
  const std::string_view near = os::nearest(word, candidates);
  return near.empty() ? "" : fmt::format("did you mean '{}'?", near);
}

std::string command_words(const CLI::App& root) {
  std::string words = "soma";
  for (const CLI::App* command = &root; !command->get_subcommands().empty();) {
    command = command->get_subcommands().front();
    words += " " + command->get_name();
  }
  return words;
}

int report_usage(Context& context, const CLI::App& root, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    std::ostringstream out, ignored;
    root.exit(error, out, ignored);
    context.terminal.out(out.str());
    return kExitOk;
  }
  std::string hint = suggestion(root);
  if (hint.empty()) hint = fmt::format("see: {} --help", command_words(root));
  const std::string_view message = os::trim(error.what());
  context.terminal.note(
      fmt::format("{} {}", context.terminal.red("soma:"), message.substr(0, message.find('\n'))));
  context.terminal.note(fmt::format("      {}", hint));
  return kExitUsage;
}

int run_command(Context& context, int argc, char** argv) {
  CLI::App root{std::string(kAbout), "soma"};
  root.require_subcommand(0, 1);
  root.footer(std::string(kFooter));
  root.set_help_flag("-h,--help", "Print help and an example");
  for (const AddCommand add : kCommands) add(root, context);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return report_usage(context, root, error);
  }
  return context.action ? context.action() : print_next_step(context);
}

}  // namespace

int run(int argc, char** argv) {
  // Commands speak for themselves; `serve` and `dev` set what their options say.
  os::set_log_level(os::Level::kWarning);
  Context context{.terminal = Terminal::of_process(), .working_directory = {}};
  std::error_code error;
  context.working_directory = std::filesystem::current_path(error);
  if (error)
    return report(context, os::fail_errno("cannot tell the working directory", error.value()).error(), false);
  try {
    return run_command(context, argc, argv);
  } catch (const std::exception& escaped) {
    context.terminal.note(fmt::format("soma: a bug: {}", escaped.what()));
    return kExitFailed;
  }
}

}  // namespace soma::cli
