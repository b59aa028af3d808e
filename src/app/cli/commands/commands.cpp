#include "app/cli/commands/commands.h"

#include <fmt/format.h>

namespace soma::cli {

void add_json_option(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "Print the result as JSON on stdout, errors included");
}

void add_bearer_token_option(CLI::App& command, std::string& token) {
  command.add_option("--bearer-token", token, "For a harness with an authorizer: the token that it accepts")
      ->type_name("TOKEN")
      ->envname("SOMA_BEARER_TOKEN");
}

void add_connection_options(CLI::App& command, ConnectionOptions& connection) {
  command
      .add_option("--endpoint", connection.endpoint,
                  "The server's address (default: $SOMA_ENDPOINT, else the one running here)")
      ->type_name("URL")
      ->group("Server");
  command
      .add_option("--data-directory", connection.data_directory,
                  "Where soma keeps its data (default: $SOMA_HOME, else ~/.local/share/soma)")
      ->type_name("DIR")
      ->group("Server");
}

void add_example(CLI::App& command, const std::string& lines) {
  command.footer("Example:\n" + lines);
}

void on_call(CLI::App& command, Context& context, std::function<int()> action) {
  // The library calls the innermost command back first.
  command.callback([&context, action = std::move(action)] {
    if (!context.action) context.action = action;
  });
}

int report(Context& context, const os::Error& error, bool json) {
  Terminal& terminal = context.terminal;
  terminal.live("");
  if (json) {
    terminal.out_line(json::write(json::object({{"error", json::object({{"code", os::code_name(error.code)},
                                                                        {"message", error.message},
                                                                        {"hint", error.hint}})}})));
  } else {
    terminal.end_out_line();
    terminal.note(fmt::format("{} {}", terminal.red("soma:"), error.message));
    if (!error.hint.empty()) terminal.note(fmt::format("      {}", error.hint));
  }
  return exit_code_of(error.code);
}

os::Result<std::string> harness_key(const Context& context, const std::string& name, const std::string& arn) {
  if (!arn.empty()) return arn;
  if (!name.empty()) return name;
  const auto project = find_project(context.working_directory);
  if (!project && project.error().code == os::Code::kNotFound)
    return os::fail(os::Code::kInvalidArgument, "which harness?",
                    "name one with --harness, or work in a project's folder");
  if (!project) return std::unexpected(project.error());
  SOMA_ASSIGN(const ProjectHarness harness, choose_harness(*project, name));
  return harness.name;
}

}  // namespace soma::cli
