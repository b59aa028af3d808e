#include "app/cli/commands/commands.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include "app/cli/hidden_input.h"
#include "app/cli/remote/approvals.h"

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

os::Result<> confirm(Context& context, const Question& question) {
  Terminal& terminal = context.terminal;
  if (::isatty(STDIN_FILENO) != 1 || !terminal.traits().error_is_terminal)
    return os::fail(os::Code::kFailedPrecondition, question.unasked, question.hint);
  terminal.error(question.shown);
  for (;;) {
    // What was typed before the question is there is no answer to it.
    ::tcflush(STDIN_FILENO, TCIFLUSH);
    terminal.error(fmt::format("{} [y/n] ", question.text));
    SOMA_ASSIGN(const std::string line, read_line(STDIN_FILENO, kMaxReplyBytes));
    const auto reply = parse_reply(line);
    if (reply && reply->choice == Choice::kYes) return {};
    if (reply) return os::fail(os::Code::kCancelled, "nothing was done");
  }
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
