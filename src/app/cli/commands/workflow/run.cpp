// soma workflow run: a definition's file run here, without a server, its history shown as it goes.
#include <fmt/format.h>

#include "app/cli/commands/workflow/execution_follow.h"
#include "app/cli/commands/workflow/workflow.h"
#include "base/os/scratch_directory.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Result;

struct RunArguments {
  std::string file, input, functions;
  bool json = false, quiet = false;
};

// The private server's data directory gets what the definition calls.
Result<> provide(const std::string& from, const std::filesystem::path& to) {
  if (from.empty()) return {};
  std::error_code error;
  std::filesystem::copy_file(from, to, error);
  if (error) return os::fail_errno(fmt::format("cannot read {}", from), error.value());
  return {};
}

Result<int> run_file(Context& context, const RunArguments& arguments) {
  SOMA_ASSIGN(const DefinitionFile file, read_definition_file(arguments.file));
  SOMA_ASSIGN(Value input, read_input(arguments.input));
  const os::ScratchDirectory scratch;
  ConnectionOptions options;
  options.data_directory = scratch.path();
  SOMA_TRY(provide(arguments.functions, std::filesystem::path(scratch.path()) / "workflow.json"));
  SOMA_ASSIGN(const auto connection, Connection::open(options, WhenAbsent::kStartHere));
  Value machine = json::object({{"name", "run"}, {"definition", file.text}});
  SOMA_ASSIGN(const net::Response made, send(connection->url(), "POST", "/api/workflow/machines", machine));
  if (made.status >= 300) return report_refusal(context, arguments.file, made, arguments.json);
  Value body = json::object({{"name", "run"}, {"input", std::move(input)}});
  SOMA_TRY(call(connection->url(), "POST", "/api/workflow/machines/run/executions", body));
  const ExecutionKey key{"run", "run"};
  SOMA_ASSIGN(const Value ended, follow_execution(*connection, key, true, [&](const Value& event) {
                if (!arguments.json && !arguments.quiet)
                  context.terminal.note(context.terminal.dim(history_line(event)));
              }));
  return print_outcome(context, ended, arguments.json);
}

}  // namespace

void add_run(CLI::App& workflow, Context& context) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = workflow.add_subcommand("run", "Run a definition's file here; no server, nothing kept");
  command->add_option("file", arguments->file, "The definition, in Amazon States Language")
      ->required()
      ->type_name("FILE");
  command->add_option("--input", arguments->input, "JSON, @FILE, or @- for stdin (default {})")
      ->type_name("INPUT");
  command
      ->add_option("--functions", arguments->functions,
                   "What function names stand for (docs/workflow.md, workflow.json)")
      ->type_name("FILE");
  command->add_flag("--quiet", arguments->quiet, "Only the output");
  add_json_option(*command, arguments->json);
  add_example(*command,
              "  soma workflow run order.asl.json --input '{\"orderId\": \"1\"}' --functions workflow.json");
  on_call(*command, context, [&context, arguments] {
    const Result<int> code = run_file(context, *arguments);
    return code ? *code : report(context, code.error(), arguments->json);
  });
}

}  // namespace soma::cli
