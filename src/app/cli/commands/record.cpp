#include <fmt/format.h>

#include <system_error>

#include "app/cli/commands/commands.h"
#include "app/cli/remote/api_client.h"
#include "services/harness/cassette/cassette.h"

namespace soma::cli {
namespace {

namespace fs = std::filesystem;
using json::Value;
using os::Code;
using os::Result;

struct RecordArguments {
  CommonOptions common;
  std::string harness, session_id, output;
  bool force = false, with_environment = false;
};

fs::path output_of(const Context& context, const RecordArguments& arguments) {
  if (!arguments.output.empty()) return context.working_directory / arguments.output;
  return context.working_directory / "cassettes" /
         fmt::format("{}{}", arguments.session_id, harness::kCassetteSuffix);
}

Result<> write_to(const fs::path& file, std::string_view text, bool force) {
  std::error_code error;
  if (!force && fs::exists(file, error))
    return os::fail(Code::kAlreadyExists, fmt::format("{} is there already", file.string()),
                    "write over it with --force, or name another file with --output");
  fs::create_directories(file.parent_path(), error);
  if (error) return os::fail_errno(fmt::format("cannot make {}", file.parent_path().string()), error.value());
  return os::write_file_atomic(file.string(), text);
}

Value summary_of(const harness::Cassette& cassette, size_t bytes) {
  size_t turns = 0, tools = 0;
  for (const harness::RecordedInvocation& invocation : cassette.invocations) {
    turns += invocation.turns.size();
    for (const harness::RecordedTurn& turn : invocation.turns) tools += turn.tools.size();
  }
  return json::object({{"invocations", cassette.invocations.size()},
                       {"turns", turns},
                       {"toolCalls", tools},
                       {"bytes", bytes}});
}

Result<> record(Context& context, const RecordArguments& arguments) {
  const fs::path file = output_of(context, arguments);
  SOMA_ASSIGN(const std::string harness, harness_key(context, arguments.harness));
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  const std::string path =
      with_query(api_path("/api/sessions/{}/{}/cassette", {harness, arguments.session_id}),
                 {{"environment", arguments.with_environment ? "true" : ""}});
  SOMA_ASSIGN(const Value answer, call(connection->url(), "GET", path));
  SOMA_ASSIGN(const harness::Cassette cassette,
              harness::cassette_from_json(answer, "", "the server's answer"));
  SOMA_ASSIGN(const std::string text, harness::write_cassette(cassette));
  SOMA_TRY(write_to(file, text, arguments.force));

  Value summary = summary_of(cassette, text.size());
  const std::string shown = shown_path(file, context.working_directory);
  if (arguments.common.json) {
    Value line = json::object({{"file", shown}});
    for (const auto& [name, value] : summary.as_object()) line.set(name, value);
    context.terminal.out_line(json::write(line));
    return {};
  }
  context.terminal.out_line(fmt::format("{}: {} invocations, {} turns, {} tool calls, {} bytes", shown,
                                        summary.get("invocations").as_int(), summary.get("turns").as_int(),
                                        summary.get("toolCalls").as_int(), text.size()));
  context.terminal.note(
      "soma: prompts, answers and tool results are in it as they were; look through it before you share it");
  context.terminal.note(fmt::format("      play it with: soma replay {}", shown));
  return {};
}

}  // namespace

void add_record(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<RecordArguments>();
  CLI::App* command = root.add_subcommand("record", "Keep a session's model and tool traffic as a cassette");
  command->add_option("session", arguments->session_id, "The session's id")
      ->required()
      ->type_name("SESSION_ID");
  command->add_option("--harness", arguments->harness, "Its harness (default: the project's only one)")
      ->type_name("NAME");
  command->add_option("--output", arguments->output, "The file (default: cassettes/SESSION_ID.cassette.json)")
      ->type_name("FILE");
  command->add_flag("--force", arguments->force, "Write over a file that is there");
  command->add_flag("--with-environment", arguments->with_environment,
                    "Keep the values of environmentVariables; else they are left empty");
  add_json_option(*command, arguments->common.json);
  add_connection_options(*command, arguments->common.connection);
  add_example(*command,
              "  soma record 0192f0c4-6a1e-7c3b-9a55-1f2e3d4c5b6a --harness browseragent --output "
              "cassettes/search.cassette.json");
  on_call(*command, context, [&context, arguments] {
    const auto done = record(context, *arguments);
    return done ? kExitOk : report(context, done.error(), arguments->common.json);
  });
}

}  // namespace soma::cli
