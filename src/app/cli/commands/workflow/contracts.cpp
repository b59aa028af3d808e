// soma workflow contract diff.
#include <fmt/format.h>

#include "app/cli/commands/workflow/workflow.h"
#include "services/workflow/contract/compatibility.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Result;
namespace contract = workflow::contract;

struct ContractArguments {
  bool json = false;
  std::string before, after;
};

Result<contract::Contract> read_contract_of(const std::string& path) {
  SOMA_ASSIGN(const std::string text, os::read_file(path, contract::kMaxContractBytes));
  json::ParseOptions options;
  options.source = path;
  SOMA_ASSIGN(const Value value, json::parse(text, options));
  return contract::read_contract(value, text, path);
}

Result<int> diff(Context& context, const ContractArguments& arguments) {
  SOMA_ASSIGN(const contract::Contract before, read_contract_of(arguments.before));
  SOMA_ASSIGN(const contract::Contract after, read_contract_of(arguments.after));
  const contract::Comparison comparison = contract::compare(before, after);
  const Value shown = contract::to_json(comparison);
  if (arguments.json)
    context.terminal.out_line(json::write(shown));
  else
    print_comparison(context, shown);
  return comparison.verdict == contract::Verdict::kBreaking ? kExitFailed : kExitOk;
}

}  // namespace

Result<Value> read_contract_file(const std::string& path) {
  SOMA_ASSIGN(const contract::Contract read, read_contract_of(path));
  return contract::to_json(read);
}

void print_comparison(Context& context, const Value& comparison) {
  if (!comparison.is_object()) return;
  Terminal& terminal = context.terminal;
  const std::string_view verdict = comparison.get("verdict").string_or("");
  const Value& findings = comparison.get("findings");
  terminal.out_line(verdict == "breaking" ? terminal.red(verdict) : std::string(verdict));
  for (size_t i = 0; i < findings.size(); ++i)
    terminal.out_line(fmt::format("  {:<10} {} {}", findings.at(i).get("verdict").string_or(""),
                                  findings.at(i).get("pointer").string_or(""),
                                  findings.at(i).get("message").string_or("")));
}

void add_contracts(CLI::App& workflow, Context& context) {
  CLI::App* group = workflow.add_subcommand("contract", "What state machines promise");
  group->require_subcommand(1, 1);
  auto arguments = std::make_shared<ContractArguments>();
  CLI::App* command = group->add_subcommand(
      "diff", "Whether one contract may take another's place; exit code 1 when it breaks callers");
  command->add_option("before", arguments->before, "The contract that callers know")
      ->required()
      ->type_name("FILE");
  command->add_option("after", arguments->after, "The one that would take its place")
      ->required()
      ->type_name("FILE");
  add_json_option(*command, arguments->json);
  add_example(*command, "  soma workflow contract diff payment-1.0.contract.json payment-1.1.contract.json");
  on_call(*command, context, [&context, arguments] {
    const Result<int> code = diff(context, *arguments);
    return code ? *code : report(context, code.error(), arguments->json);
  });
}

}  // namespace soma::cli
