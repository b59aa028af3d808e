// soma workflow test: one state by itself, with what its data goes through (the service's TestState).
#include <fmt/format.h>

#include "app/cli/commands/workflow/workflow.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Result;

struct TestArguments {
  CommonOptions common;
  std::string file, state, input, variables, mock;
};

Result<Value> read_optional(const std::string& text, std::string_view option) {
  if (text.empty()) return Value();
  auto value = read_input(text);
  if (!value) value.error().message = fmt::format("{}: {}", option, value.error().message);
  return value;
}

net::Task<Result<net::Response>> ask(net::ClientRequest request) {
  net::HttpClient client(co_await net::this_executor());
  co_return co_await client.fetch(std::move(request));
}

Result<Value> test_state(const std::string& url, Value parameters) {
  net::ClientRequest request = api_request(url, "POST", "/", parameters);
  request.headers.set("content-type", "application/x-amz-json-1.0");
  request.headers.set("x-amz-target", "AWSStepFunctions.TestState");
  SOMA_ASSIGN(const net::Response response, net::run(ask(std::move(request))));
  return api_answer(response);
}

Result<Value> parameters_of(const TestArguments& arguments) {
  SOMA_ASSIGN(const DefinitionFile file, read_definition_file(arguments.file));
  SOMA_ASSIGN(const Value input, read_input(arguments.input));
  SOMA_ASSIGN(const Value variables, read_optional(arguments.variables, "--variables"));
  SOMA_ASSIGN(const Value mock, read_optional(arguments.mock, "--mock"));
  Value out = json::object({{"definition", file.text},
                            {"roleArn", "arn:aws:iam::000000000000:role/soma"},
                            {"input", json::write(input)},
                            {"inspectionLevel", "DEBUG"}});
  if (!arguments.state.empty()) out.set("stateName", arguments.state);
  if (!variables.is_null()) out.set("variables", json::write(variables));
  if (!mock.is_null()) out.set("mock", mock);
  return out;
}

Result<int> test(Context& context, const TestArguments& arguments) {
  SOMA_ASSIGN(Value parameters, parameters_of(arguments));
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_ASSIGN(const Value answer, test_state(connection->url(), std::move(parameters)));
  const std::string_view status = answer.get("status").string_or("");
  Terminal& terminal = context.terminal;
  if (arguments.common.json) {
    terminal.out_line(json::write(answer));
  } else {
    const Value& stages = answer.get("inspectionData");
    if (stages.is_object())
      for (const auto& [stage, value] : stages.as_object())
        terminal.note(terminal.dim(
            fmt::format("{:<20} {}", stage, value.is_string() ? value.as_string() : json::write(value))));
    if (answer.has("output")) terminal.out_line(answer.get("output").string_or(""));
    if (answer.has("error"))
      terminal.note(fmt::format("{} {}: {}", terminal.red(status), answer.get("error").string_or(""),
                                answer.get("cause").string_or("")));
    if (const std::string_view next = answer.get("nextState").string_or(""); !next.empty())
      terminal.note(fmt::format("next: {}", next));
  }
  return status == "SUCCEEDED" || status == "CAUGHT_ERROR" ? kExitOk : kExitFailed;
}

}  // namespace

void add_state_test(CLI::App& workflow, Context& context) {
  auto arguments = std::make_shared<TestArguments>();
  CLI::App* command =
      workflow.add_subcommand("test", "Run one state by itself, and show each step of its data");
  command->add_option("file", arguments->file, "A state, or a definition with --state")
      ->required()
      ->type_name("FILE");
  command->add_option("--state", arguments->state, "The state of the definition")->type_name("NAME");
  command->add_option("--input", arguments->input, "JSON, @FILE, or @- for stdin (default {})")
      ->type_name("INPUT");
  command
      ->add_option("--variables", arguments->variables, "Variables that are there, as a JSON object or @FILE")
      ->type_name("JSON");
  command
      ->add_option("--mock", arguments->mock,
                   "What its task answers: {\"result\": …} or {\"errorOutput\": …}, or @FILE")
      ->type_name("JSON");
  add_example(
      *command,
      "  soma workflow test order.asl.json --state Pay --input @order.json --mock '{\"result\": \"{}\"}'");
  on_server_call(*command, context, arguments, test);
}

}  // namespace soma::cli
