// soma workflow lint: rules over definition files; needs no server.
#include <fmt/format.h>

#include <algorithm>

#include "app/cli/commands/workflow/workflow.h"
#include "services/workflow/lint/lint.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Result;
namespace lint = workflow::lint;

struct LintArguments {
  std::vector<std::string> files;
  std::string format = "text", thresholds, level = "warning";
  bool json = false;
};

constexpr std::string_view kContractEnding = ".contract.json";

// What stands beside "x.asl.json" as "x.contract.json".
Result<std::optional<workflow::contract::Contract>> contract_beside(const std::string& path) {
  const std::filesystem::path file(path);
  const std::string stem = file.filename().string().substr(0, file.filename().string().find('.'));
  const std::filesystem::path beside = file.parent_path() / (stem + std::string(kContractEnding));
  if (!std::filesystem::exists(beside)) return std::nullopt;
  SOMA_ASSIGN(const std::string text, os::read_file(beside.string(), workflow::contract::kMaxContractBytes));
  json::ParseOptions options;
  options.source = beside.native();
  SOMA_ASSIGN(const Value parsed, json::parse(text, options));
  SOMA_ASSIGN(auto contract, workflow::contract::read_contract(parsed, text, beside.native()));
  return std::optional(std::move(contract));
}

// "order-processing" names what ARNs call OrderProcessing.
std::string machine_name(const std::string& file_name) {
  std::string out;
  bool upper = true;
  for (const char c : file_name) {
    if (c == '-' || c == '_') {
      upper = true;
      continue;
    }
    out += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = false;
  }
  return out;
}

// A definition that does not parse is told as its diagnostics, with places.
Result<lint::Machine> read_machine(Context& context, const std::string& path, bool& broken) {
  SOMA_ASSIGN(const DefinitionFile file, read_definition_file(path));
  const workflow::Parsed parsed = workflow::parse_definition(file.text, workflow::MachineType::kStandard);
  for (const workflow::Diagnostic& one : parsed.diagnostics) {
    if (one.severity != workflow::Severity::kError) continue;
    broken = true;
    context.terminal.note(fmt::format("{}:{}:{}: error {}: {}", path, one.position.line, one.position.column,
                                      one.code, one.message));
  }
  lint::Machine machine{.name = machine_name(file.name), .source = path, .definition = parsed.definition};
  SOMA_ASSIGN(machine.contract, contract_beside(path));
  return machine;
}

Result<int> run_lint(Context& context, const LintArguments& arguments) {
  lint::Thresholds thresholds;
  if (!arguments.thresholds.empty()) {
    SOMA_ASSIGN(const std::string text, os::read_file(arguments.thresholds, kMaxInputFileBytes));
    json::ParseOptions options;
    options.source = arguments.thresholds;
    SOMA_ASSIGN(const Value value, json::parse(text, options));
    SOMA_ASSIGN(thresholds, lint::read_thresholds(value, text, arguments.thresholds));
  }
  std::vector<lint::Machine> machines;
  bool broken = false;
  for (const std::string& file : arguments.files) {
    SOMA_ASSIGN(lint::Machine machine, read_machine(context, file, broken));
    if (machine.definition) machines.push_back(std::move(machine));
  }
  if (broken) return kExitUsage;
  const std::vector<lint::Finding> findings = lint::lint(machines, thresholds);
  if (arguments.format == "sarif") {
    context.terminal.out(json::write_pretty(lint::to_sarif(findings, machines)));
  } else if (arguments.json || arguments.format == "json") {
    context.terminal.out_line(json::write(lint::to_json(findings, machines)));
  } else {
    context.terminal.out(lint::to_text(findings, machines));
    context.terminal.note(
        fmt::format("soma: {} findings in {} definitions", findings.size(), machines.size()));
  }
  const bool fails = std::ranges::any_of(findings, [&](const lint::Finding& finding) {
    return arguments.level == "note" ||
           (arguments.level == "warning" && finding.level != lint::Level::kNote) ||
           finding.level == lint::Level::kError;
  });
  return fails ? kExitFailed : kExitOk;
}

}  // namespace

void add_lint(CLI::App& workflow, Context& context) {
  auto arguments = std::make_shared<LintArguments>();
  CLI::App* command =
      workflow.add_subcommand("lint", "Where definitions have begun to sprawl: what, where, why, what to do");
  command->add_option("files", arguments->files, "Definitions; those that start each other belong together")
      ->required()
      ->type_name("FILE…");
  command->add_option("--format", arguments->format, "text, json or sarif")
      ->check(CLI::IsMember({"text", "json", "sarif"}));
  command
      ->add_option("--thresholds", arguments->thresholds,
                   "A JSON file with the rules' limits (docs/workflow.md)")
      ->type_name("FILE");
  command
      ->add_option("--fail-on", arguments->level,
                   "The exit code is 1 from this level on: note, warning or error")
      ->check(CLI::IsMember({"note", "warning", "error"}));
  add_json_option(*command, arguments->json);
  add_example(*command, "  soma workflow lint workflows/*.asl.json --format sarif");
  on_call(*command, context, [&context, arguments] {
    const Result<int> code = run_lint(context, *arguments);
    return code ? *code : report(context, code.error(), arguments->json);
  });
}

}  // namespace soma::cli
