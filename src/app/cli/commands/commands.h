// The table of commands, and what they share.
//
// Adding a command: one file with an add_<command> function, one line in kCommands (cli.cpp).
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "app/cli/exit_code.h"
#include "app/cli/project/project.h"
#include "app/cli/remote/connection.h"
#include "app/cli/terminal.h"
#include "base/json/json.h"

namespace soma::cli {

// What a command works in. Outlives the command.
struct Context {
  Terminal terminal;
  std::filesystem::path working_directory;
  std::function<int()> action{};  // set by the command that was named; its result is the exit code
};

// Options that most commands have.
struct CommonOptions {
  ConnectionOptions connection;
  bool json = false;
};
void add_json_option(CLI::App& command, bool& json);
// --bearer-token, or SOMA_BEARER_TOKEN: other users of the machine can read a command line.
void add_bearer_token_option(CLI::App& command, std::string& token);
void add_connection_options(CLI::App& command, ConnectionOptions& connection);
// "Example:" and the lines, below a command's help.
void add_example(CLI::App& command, const std::string& lines);

// What the command does when it is the one that was named. Of a command and its subcommand the subcommand
// counts.
void on_call(CLI::App& command, Context& context, std::function<int()> action);

// Says what went wrong: one line and its hint on stderr, or with `json` {"error": {"code", "message",
// "hint"}} on stdout. Returns the exit code.
int report(Context& context, const os::Error& error, bool json);

// What a command does that asks a server: its result is an exit code, its error is told as all commands tell
// theirs. `arguments->common` becomes the options that all of these have.
template <typename Arguments>
void on_server_call(CLI::App& command, Context& context, std::shared_ptr<Arguments> arguments,
                    os::Result<int> (*run)(Context&, const Arguments&)) {
  add_json_option(command, arguments->common.json);
  add_connection_options(command, arguments->common.connection);
  on_call(command, context, [&context, arguments, run] {
    const os::Result<int> code = run(context, *arguments);
    return code ? *code : report(context, code.error(), arguments->common.json);
  });
}

// A question that is answered at the terminal.
struct Question {
  std::string shown{};  // printed before it: what it is about
  std::string text;     // "delete Travel with everything in it?"
  std::string unasked;  // the error's message where there is no terminal
  std::string hint;     // and what to do there
};
// Returns when the answer is yes; what is neither yes nor no is asked again. kCancelled for anything else
// than a yes; kFailedPrecondition without a terminal.
os::Result<> confirm(Context& context, const Question& question);

// What names a harness to the API: the ARN or name that was given, else the project's only harness.
os::Result<std::string> harness_key(const Context& context, const std::string& name,
                                    const std::string& arn = {});

void add_create(CLI::App& root, Context& context);
void add_add(CLI::App& root, Context& context);
void add_remove(CLI::App& root, Context& context);
// `add skill` and `remove skill`, below the two.
void add_add_skill(CLI::App& add, Context& context);
void add_remove_skill(CLI::App& remove, Context& context);
// `add mount` and `remove mount`.
void add_add_mount(CLI::App& add, Context& context);
void add_remove_mount(CLI::App& remove, Context& context);
// `add memory` and `remove memory`.
void add_add_memory(CLI::App& add, Context& context);
void add_remove_memory(CLI::App& remove, Context& context);
void add_validate(CLI::App& root, Context& context);
void add_deploy(CLI::App& root, Context& context);
void add_invoke(CLI::App& root, Context& context);
void add_exec(CLI::App& root, Context& context);
void add_sessions(CLI::App& root, Context& context);
void add_approvals(CLI::App& root, Context& context);
void add_approve(CLI::App& root, Context& context);
void add_deny(CLI::App& root, Context& context);
void add_logs(CLI::App& root, Context& context);
void add_record(CLI::App& root, Context& context);
void add_replay(CLI::App& root, Context& context);
void add_test(CLI::App& root, Context& context);
void add_status(CLI::App& root, Context& context);
void add_serve(CLI::App& root, Context& context);
void add_dev(CLI::App& root, Context& context);
void add_prices(CLI::App& root, Context& context);
void add_secret(CLI::App& root, Context& context);
void add_workflow(CLI::App& root, Context& context);
void add_memory(CLI::App& root, Context& context);
void add_trace(CLI::App& root, Context& context);

}  // namespace soma::cli
