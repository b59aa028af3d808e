#include <fmt/format.h>

#include "app/cli/commands/commands.h"
#include "services/harness/cassette/cassette_replay.h"

namespace soma::cli {
namespace {

using os::Result;

struct ReplayArguments {
  std::string file, config;
  bool json = false;
};

void print_invocation(Terminal& terminal, const harness::RecordedInvocation& recorded,
                      const harness::ReplayedInvocation& played) {
  for (const model::Message& message : recorded.messages)
    terminal.out_line(fmt::format("> {}", model::text_of(message)));
  for (const harness::ReplayedTool& tool : played.tools)
    terminal.out_line(
        fmt::format("  {} {} → {}", tool.name, json::write(tool.input), tool.error ? "error" : "success"));
  if (!played.answer.empty()) terminal.out_line(played.answer);
  if (!played.error.empty()) terminal.out_line(fmt::format("the model failed: {}", played.error));
  const std::string cost = played.cost_usd ? fmt::format(" · {:.4f} USD", *played.cost_usd) : "";
  terminal.out_line(
      terminal.dim(fmt::format("{} · {} turns · {} in · {} out{}", played.stop_reason, played.turns,
                               played.usage.input_tokens, played.usage.output_tokens, cost)));
}

void print_mismatches(Terminal& terminal, const harness::ReplayReport& report) {
  for (const harness::Mismatch& mismatch : report.mismatches) {
    terminal.out_line(fmt::format("{}: {}", harness::place_of(mismatch), mismatch.what));
    if (!mismatch.expected.empty()) terminal.out_line(fmt::format("  expected {}", mismatch.expected));
    if (!mismatch.actual.empty()) terminal.out_line(fmt::format("  actual   {}", mismatch.actual));
  }
  if (report.mismatches_left_out > 0)
    terminal.out_line(fmt::format("… and {} more", report.mismatches_left_out));
}

Result<int> run_replay(Context& context, const ReplayArguments& arguments) {
  harness::ReplayOptions options;
  if (!arguments.config.empty()) {
    SOMA_ASSIGN(options.config,
                harness::read_config_file((context.working_directory / arguments.config).string()));
  }
  SOMA_ASSIGN(const harness::Cassette cassette,
              harness::read_cassette((context.working_directory / arguments.file).string()));
  SOMA_ASSIGN(const harness::ReplayReport report, harness::replay(cassette, options));
  Terminal& terminal = context.terminal;
  if (arguments.json) {
    terminal.out_line(json::write(harness::to_json(report)));
  } else {
    for (size_t index = 0; index < report.invocations.size(); ++index)
      print_invocation(terminal, cassette.invocations[index], report.invocations[index]);
    print_mismatches(terminal, report);
    const size_t differences = report.mismatches.size() + report.mismatches_left_out;
    terminal.out_line(report.exact() ? "soma replay: exact"
                                     : fmt::format("soma replay: {} difference{} from the recording",
                                                   differences, differences == 1 ? "" : "s"));
  }
  return report.exact() ? kExitOk : kExitFailed;
}

}  // namespace

void add_replay(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<ReplayArguments>();
  CLI::App* command = root.add_subcommand("replay", "Run a cassette's session again, offline, and compare");
  command->add_option("file", arguments->file, "The cassette")->required()->type_name("FILE");
  command
      ->add_option(
          "--config", arguments->config,
          "Another harness.json instead of the recorded configuration: a changed prompt, other tools")
      ->type_name("FILE");
  add_json_option(*command, arguments->json);
  add_example(
      *command,
      "  soma replay cassettes/search.cassette.json\n  soma replay cassettes/search.cassette.json --config "
      "app/browseragent/harness.json");
  on_call(*command, context, [&context, arguments] {
    const Result<int> code = run_replay(context, *arguments);
    return code ? *code : report(context, code.error(), arguments->json);
  });
}

}  // namespace soma::cli
