// soma workflow create, update, list, describe, delete.
#include <fmt/format.h>

#include "app/cli/commands/workflow/workflow.h"
#include "app/cli/render/table.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Result;

constexpr size_t kMaxListed = 1'000;

struct MachineArguments {
  CommonOptions common;
  std::string file, contract, name, type, description, status, correlation;
  bool publish = false, allow_breaking = false;
  size_t limit = 20;
};

std::string text(const Value& object, std::string_view key) {
  return std::string(object.get(key).string_or(""));
}

Result<Value> body_of(const MachineArguments& arguments, const DefinitionFile& file) {
  Value body = json::object({{"definition", file.text}});
  if (!arguments.contract.empty()) {
    SOMA_ASSIGN(Value contract, read_contract_file(arguments.contract));
    body.set("contract", std::move(contract));
  }
  if (arguments.publish) body.set("publish", true);
  if (arguments.allow_breaking) body.set("allowBreaking", true);
  if (!arguments.description.empty()) body.set("versionDescription", arguments.description);
  return body;
}

int made(Context& context, const MachineArguments& arguments, const net::Response& response,
         std::string_view verb) {
  if (response.status >= 300) return report_refusal(context, arguments.file, response, arguments.common.json);
  const auto body = json::parse(response.body);
  if (!body) return report(context, body.error(), arguments.common.json);
  if (arguments.common.json) {
    context.terminal.out_line(json::write(*body));
    return kExitOk;
  }
  const Value& machine = body->get("machine");
  context.terminal.out_line(
      fmt::format("{} {} (revision {}{})", verb, text(machine, "name"), text(machine, "revisionId"),
                  arguments.publish ? fmt::format(", version {}", machine.get("versions").int_or(0)) : ""));
  return kExitOk;
}

Result<int> create(Context& context, const MachineArguments& arguments) {
  SOMA_ASSIGN(const DefinitionFile file, read_definition_file(arguments.file));
  SOMA_ASSIGN(Value body, body_of(arguments, file));
  body.set("name", arguments.name.empty() ? file.name : arguments.name);
  if (!arguments.type.empty()) body.set("type", arguments.type);
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_ASSIGN(const net::Response response, send(connection->url(), "POST", "/api/workflow/machines", body));
  return made(context, arguments, response, "created");
}

Result<int> update(Context& context, const MachineArguments& arguments) {
  SOMA_ASSIGN(const DefinitionFile file, read_definition_file(arguments.file));
  SOMA_ASSIGN(const Value body, body_of(arguments, file));
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  const std::string name = arguments.name.empty() ? file.name : arguments.name;
  SOMA_ASSIGN(const net::Response response,
              send(connection->url(), "PATCH", api_path("/api/workflow/machines/{}", {name}), body));
  return made(context, arguments, response, "updated");
}

Result<int> list_machines(Context& context, const MachineArguments& arguments, const std::string& url) {
  SOMA_ASSIGN(json::Array machines, call_list(url, "/api/workflow/machines", "machines", arguments.limit));
  if (arguments.common.json) {
    context.terminal.out_line(json::write(json::object({{"machines", std::move(machines)}})));
    return kExitOk;
  }
  if (machines.empty()) {
    context.terminal.note("soma: no state machines yet; make one with: soma workflow create FILE");
    return kExitOk;
  }
  std::vector<std::vector<std::string>> rows;
  for (const Value& machine : machines)
    rows.push_back({text(machine, "name"), text(machine, "type"),
                    std::to_string(machine.get("versions").int_or(0)),
                    std::to_string(machine.get("aliases").int_or(0)), text(machine, "updatedAt")});
  context.terminal.out(table({"NAME", "TYPE", "VERSIONS", "ALIASES", "UPDATED"}, rows));
  return kExitOk;
}

Result<int> list(Context& context, const MachineArguments& arguments) {
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  if (arguments.name.empty() && arguments.status.empty() && arguments.correlation.empty())
    return list_machines(context, arguments, connection->url());
  const std::string path = with_query(
      "/api/workflow/executions",
      {{"machine", arguments.name}, {"status", arguments.status}, {"correlationId", arguments.correlation}});
  SOMA_ASSIGN(json::Array executions, call_list(connection->url(), path, "executions", arguments.limit));
  if (arguments.common.json) {
    context.terminal.out_line(json::write(json::object({{"executions", std::move(executions)}})));
    return kExitOk;
  }
  if (executions.empty()) context.terminal.note("soma: no such executions");
  if (executions.empty()) return kExitOk;
  std::vector<std::vector<std::string>> rows;
  for (const Value& execution : executions)
    rows.push_back({text(execution, "machine"), text(execution, "status"), text(execution, "startedAt"),
                    text(execution, "stoppedAt"), text(execution, "name")});
  context.terminal.out(table({"MACHINE", "STATUS", "STARTED", "STOPPED", "EXECUTION"}, rows));
  return kExitOk;
}

Result<int> describe_execution(Context& context, const MachineArguments& arguments, const std::string& url) {
  SOMA_ASSIGN(const ExecutionKey key, execution_key(arguments.name));
  SOMA_ASSIGN(const Value found, call(url, "GET", execution_path(key)));
  const Value& execution = found.get("execution");
  if (arguments.common.json) {
    context.terminal.out_line(json::write(found));
    return kExitOk;
  }
  for (const char* member : {"arn", "status", "startedAt", "stoppedAt", "versionArn", "aliasArn", "parentArn",
                             "correlationId", "error", "cause"})
    if (const std::string value = text(execution, member); !value.empty())
      context.terminal.out_line(fmt::format("{:<14} {}", member, value));
  context.terminal.out_line(fmt::format("{:<14} {}", "input", json::write(execution.get("input"))));
  if (execution.has("output"))
    context.terminal.out_line(fmt::format("{:<14} {}", "output", json::write(execution.get("output"))));
  return kExitOk;
}

Result<int> describe(Context& context, const MachineArguments& arguments) {
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  if (arguments.name.find('/') != std::string::npos ||
      arguments.name.find(":execution:") != std::string::npos)
    return describe_execution(context, arguments, connection->url());
  const std::string path = api_path("/api/workflow/machines/{}", {arguments.name});
  SOMA_ASSIGN(const Value found, call(connection->url(), "GET", path));
  if (arguments.common.json) {
    context.terminal.out_line(json::write(found));
    return kExitOk;
  }
  const Value& machine = found.get("machine");
  SOMA_ASSIGN(const Value versions, call(connection->url(), "GET", path + "/versions"));
  SOMA_ASSIGN(const Value aliases, call(connection->url(), "GET", path + "/aliases"));
  Terminal& terminal = context.terminal;
  for (const char* member : {"arn", "type", "status", "revisionId", "createdAt", "updatedAt"})
    terminal.out_line(fmt::format("{:<14} {}", member, text(machine, member)));
  if (machine.has("contract"))
    terminal.out_line(fmt::format("{:<14} {} of {}", "contract", text(machine, "contractVersion"),
                                  text(machine.get("contract"), "owner")));
  for (size_t i = 0; i < versions.get("versions").size(); ++i) {
    const Value& version = versions.get("versions").at(i);
    const std::string verdict = text(version.get("compatibility"), "verdict");
    terminal.out_line(fmt::format("version {:<6} {} {}{}", version.get("version").int_or(0),
                                  text(version, "createdAt"), text(version, "description"),
                                  verdict.empty() ? "" : fmt::format(" ({})", verdict)));
  }
  for (size_t i = 0; i < aliases.get("aliases").size(); ++i) {
    const Value& alias = aliases.get("aliases").at(i);
    std::string routes;
    for (size_t r = 0; r < alias.get("routes").size(); ++r) {
      const Value& route = alias.get("routes").at(r);
      routes += fmt::format("{}{}={}%", routes.empty() ? "" : " ", route.get("version").int_or(0),
                            route.get("weight").int_or(0));
    }
    terminal.out_line(fmt::format("alias {:<8} {}", text(alias, "name"), routes));
  }
  terminal.out_line(text(machine, "definition"));
  return kExitOk;
}

Result<int> remove(Context& context, const MachineArguments& arguments) {
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_ASSIGN(const Value answer,
              call(connection->url(), "DELETE", api_path("/api/workflow/machines/{}", {arguments.name})));
  if (arguments.common.json)
    context.terminal.out_line(json::write(answer));
  else
    context.terminal.out_line(fmt::format("deleted {}", arguments.name));
  return kExitOk;
}

void add_definition_options(CLI::App& command, const std::shared_ptr<MachineArguments>& arguments) {
  command.add_option("file", arguments->file, "The definition, in Amazon States Language")
      ->required()
      ->type_name("FILE");
  command
      .add_option("--name", arguments->name, "The machine's name (default: the file's, up to its first dot)")
      ->type_name("NAME");
  command
      .add_option("--contract", arguments->contract, "What it promises: input, output, errors, time, as JSON")
      ->type_name("FILE");
  command.add_flag("--publish", arguments->publish, "Publish it as a version at once");
  command.add_option("--description", arguments->description, "Of that version")->type_name("TEXT");
}

}  // namespace

void add_machines(CLI::App& workflow, Context& context) {
  auto arguments = std::make_shared<MachineArguments>();
  CLI::App* command = workflow.add_subcommand("create", "Make a state machine of a definition");
  add_definition_options(*command, arguments);
  command->add_option("--type", arguments->type, "STANDARD (default) or EXPRESS")->type_name("TYPE");
  add_example(*command, "  soma workflow create order.asl.json --publish");
  on_server_call(*command, context, arguments, create);

  arguments = std::make_shared<MachineArguments>();
  command = workflow.add_subcommand("update", "Give a state machine another definition");
  add_definition_options(*command, arguments);
  command->add_flag("--allow-breaking", arguments->allow_breaking,
                    "Publish it though its contract breaks that of the version before");
  add_example(*command,
              "  soma workflow update order.asl.json --publish --description 'asks for a currency'");
  on_server_call(*command, context, arguments, update);

  arguments = std::make_shared<MachineArguments>();
  command = workflow.add_subcommand("list", "State machines, or a machine's executions");
  command->add_option("machine", arguments->name, "Whose executions; NAME:ALIAS or NAME:VERSION narrow them")
      ->type_name("NAME");
  command->add_option("--status", arguments->status, "RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED")
      ->type_name("STATUS");
  command->add_option("--correlation-id", arguments->correlation, "Of everything that one request set off")
      ->type_name("ID");
  command->add_option("--limit", arguments->limit, "How many at most")
      ->check(CLI::Range(size_t{1}, kMaxListed));
  add_example(*command, "  soma workflow list order --status FAILED");
  on_server_call(*command, context, arguments, list);

  arguments = std::make_shared<MachineArguments>();
  command =
      workflow.add_subcommand("describe", "A state machine with its versions and aliases, or an execution");
  command->add_option("what", arguments->name, "NAME, or MACHINE/EXECUTION")->required()->type_name("WHAT");
  add_example(*command, "  soma workflow describe order\n  soma workflow describe order/first");
  on_server_call(*command, context, arguments, describe);

  arguments = std::make_shared<MachineArguments>();
  command = workflow.add_subcommand("delete", "End a state machine's executions, and delete it");
  command->add_option("machine", arguments->name, "The machine")->required()->type_name("NAME");
  add_example(*command, "  soma workflow delete order");
  on_server_call(*command, context, arguments, remove);
}

}  // namespace soma::cli
