// soma workflow start, stop, redrive, history, logs.
#include <fmt/format.h>

#include "app/cli/commands/workflow/execution_follow.h"
#include "app/cli/commands/workflow/workflow.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Result;

struct ExecutionArguments {
  CommonOptions common;
  std::string machine, name, input, error, cause;
  bool wait = false, follow = false;
};

void print_event(Context& context, bool json, const Value& event) {
  context.terminal.out_line(json ? json::write(event) : history_line(event));
}

Result<int> start(Context& context, const ExecutionArguments& arguments) {
  SOMA_ASSIGN(Value input, read_input(arguments.input));
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  Value body = json::object({{"input", std::move(input)}});
  if (!arguments.name.empty()) body.set("name", arguments.name);
  SOMA_ASSIGN(const Value started,
              call(connection->url(), "POST",
                   api_path("/api/workflow/machines/{}/executions", {arguments.machine}), body));
  const Value& execution = started.get("execution");
  const std::string arn(execution.get("arn").string_or(""));
  // Nothing runs any more when this process, which is the server, ends.
  if (!arguments.wait && !connection->in_process()) {
    context.terminal.out_line(arguments.common.json ? json::write(started) : arn);
    return kExitOk;
  }
  SOMA_ASSIGN(const ExecutionKey key, execution_key(arn));
  SOMA_ASSIGN(const Value ended, follow_execution(*connection, key, true, [&](const Value& event) {
                if (!arguments.common.json) context.terminal.note(context.terminal.dim(history_line(event)));
              }));
  return print_outcome(context, ended, arguments.common.json);
}

Result<int> change(Context& context, const ExecutionArguments& arguments, std::string_view action) {
  SOMA_ASSIGN(const ExecutionKey key, execution_key(arguments.name));
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  Value body = json::Object{};
  if (!arguments.error.empty()) body.set("error", arguments.error);
  if (!arguments.cause.empty()) body.set("cause", arguments.cause);
  SOMA_ASSIGN(const Value changed,
              call(connection->url(), "POST", execution_path(key, fmt::format("/{}", action)), body));
  if (arguments.common.json)
    context.terminal.out_line(json::write(changed));
  else
    context.terminal.out_line(
        fmt::format("{}/{} {}", key.machine, key.name, changed.get("execution").get("status").string_or("")));
  return kExitOk;
}
Result<int> stop(Context& context, const ExecutionArguments& arguments) {
  return change(context, arguments, "stop");
}
Result<int> redrive(Context& context, const ExecutionArguments& arguments) {
  return change(context, arguments, "redrive");
}

Result<int> history(Context& context, const ExecutionArguments& arguments) {
  SOMA_ASSIGN(const ExecutionKey key, execution_key(arguments.name));
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_TRY(follow_execution(*connection, key, arguments.follow,
                            [&](const Value& event) { print_event(context, arguments.common.json, event); }));
  return kExitOk;
}

void add_execution(CLI::App& command, const std::shared_ptr<ExecutionArguments>& arguments) {
  command.add_option("execution", arguments->name, "MACHINE/EXECUTION, or the execution's ARN")
      ->required()
      ->type_name("EXECUTION");
}

}  // namespace

void add_executions(CLI::App& workflow, Context& context) {
  auto arguments = std::make_shared<ExecutionArguments>();
  CLI::App* command = workflow.add_subcommand("start", "Start an execution");
  command->add_option("machine", arguments->machine, "NAME, NAME:ALIAS or NAME:VERSION")
      ->required()
      ->type_name("MACHINE");
  command->add_option("--input", arguments->input, "JSON, @FILE, or @- for stdin (default {})")
      ->type_name("INPUT");
  command
      ->add_option("--name", arguments->name,
                   "The execution's name: repeated with the same input it starts nothing new")
      ->type_name("NAME");
  command->add_flag("--wait", arguments->wait, "Show its history as it goes, and print its output");
  add_example(*command, "  soma workflow start order:PROD --input @order.json --wait");
  on_server_call(*command, context, arguments, start);

  arguments = std::make_shared<ExecutionArguments>();
  command = workflow.add_subcommand("stop", "End an execution that runs");
  add_execution(*command, arguments);
  command->add_option("--error", arguments->error, "Why, as an error's name")->type_name("NAME");
  command->add_option("--cause", arguments->cause, "Why, for people")->type_name("TEXT");
  add_example(*command, "  soma workflow stop order/first --cause 'wrong warehouse'");
  on_server_call(*command, context, arguments, stop);

  arguments = std::make_shared<ExecutionArguments>();
  command = workflow.add_subcommand("redrive", "Go on with a failed execution where it failed");
  add_execution(*command, arguments);
  add_example(*command, "  soma workflow redrive order/first");
  on_server_call(*command, context, arguments, redrive);

  for (const auto& [name, about] : {std::pair{"history", "Print an execution's history"},
                                    {"logs", "The same, and go on with what comes until it ends"}}) {
    arguments = std::make_shared<ExecutionArguments>();
    arguments->follow = std::string_view(name) == "logs";
    command = workflow.add_subcommand(name, about);
    add_execution(*command, arguments);
    add_example(*command, fmt::format("  soma workflow {} order/first", name));
    on_server_call(*command, context, arguments, history);
  }
}

}  // namespace soma::cli
