#include <fmt/format.h>

#include "app/cli/commands/commands.h"
#include "app/cli/remote/api_client.h"
#include "app/cli/render/session_text.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Result;

constexpr size_t kDefaultSessions = 20;
constexpr size_t kMaxSessions = 1'000;

struct SessionsArguments {
  CommonOptions common;
  std::string harness, session_id;
  size_t limit = kDefaultSessions;
};

std::string text(const Value& object, std::string_view key) {
  return std::string(object.get(key).string_or(""));
}

Result<int> list_sessions(Context& context, const SessionsArguments& arguments) {
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  const std::string path = with_query(
      "/api/sessions", {{"harness", arguments.harness}, {"limit", std::to_string(arguments.limit)}});
  SOMA_ASSIGN(json::Array sessions, call_list(connection->url(), path, "sessions", arguments.limit));
  if (arguments.common.json) {
    context.terminal.out_line(json::write(json::object({{"sessions", std::move(sessions)}})));
    return kExitOk;
  }
  if (sessions.empty()) context.terminal.note("soma: no sessions yet");
  if (sessions.empty()) return kExitOk;
  context.terminal.out(sessions_table(sessions, context.terminal));
  return kExitOk;
}

void print_block(Terminal& terminal, const Value& block) {
  if (block.get("text").is_string()) terminal.out_line(block.get("text").as_string());
  if (const Value* use = block.find("toolUse"))
    terminal.out_line(
        fmt::format("🔧 Tool: {} {}", use->get("name").string_or("?"), json::write(use->get("input"))));
  const Value* result = block.find("toolResult");
  if (result == nullptr) return;
  terminal.out_line(fmt::format("→ {}", result->get("status").string_or("success")));
  for (size_t index = 0; index < result->get("content").size(); ++index) {
    const Value& piece = result->get("content").at(index);
    terminal.out_line(piece.get("text").is_string() ? piece.get("text").as_string() : json::write(piece));
  }
}

Result<int> show_session(Context& context, const SessionsArguments& arguments) {
  SOMA_ASSIGN(const std::string harness, harness_key(context, arguments.harness));
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_ASSIGN(const Value found, call(connection->url(), "GET",
                                      api_path("/api/sessions/{}/{}", {harness, arguments.session_id})));
  Terminal& terminal = context.terminal;
  if (arguments.common.json) {
    terminal.out_line(json::write(found));
    return kExitOk;
  }
  const Value& session = found.get("session");
  terminal.note(terminal.dim(fmt::format("{}  {}  {}  {} tokens", text(session, "harnessName"),
                                         text(session, "status"), text(session, "updatedAt"),
                                         session.get("usage").get("totalTokens").int_or(0))));
  for (size_t index = 0; index < found.get("messages").size(); ++index) {
    const Value& message = found.get("messages").at(index);
    terminal.out_line(fmt::format("{}[{}]", index > 0 ? "\n" : "", message.get("role").string_or("?")));
    for (size_t block = 0; block < message.get("content").size(); ++block)
      print_block(terminal, message.get("content").at(block));
  }
  return kExitOk;
}

Result<int> show_tree(Context& context, const SessionsArguments& arguments) {
  SOMA_ASSIGN(const std::string harness, harness_key(context, arguments.harness));
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_ASSIGN(const Value found, call(connection->url(), "GET",
                                      api_path("/api/sessions/{}/{}/tree", {harness, arguments.session_id})));
  if (arguments.common.json)
    context.terminal.out_line(json::write(found));
  else
    context.terminal.out(session_tree(found.get("root"), context.terminal, os::make_system_clock()->now()));
  return kExitOk;
}

Result<int> stop_session(Context& context, const SessionsArguments& arguments) {
  SOMA_ASSIGN(const std::string harness, harness_key(context, arguments.harness));
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_ASSIGN(const Value answer, call(connection->url(), "DELETE",
                                       api_path("/api/sessions/{}/{}", {harness, arguments.session_id})));
  if (arguments.common.json)
    context.terminal.out_line(json::write(answer.is_null() ? Value(json::Object{}) : answer));
  else
    context.terminal.out_line(fmt::format("{} ended; its history stays", arguments.session_id));
  return kExitOk;
}

using Run = Result<int> (*)(Context&, const SessionsArguments&);

void on_call_of(CLI::App& command, Context& context, const std::shared_ptr<SessionsArguments>& arguments,
                Run run) {
  on_call(command, context, [&context, arguments, run] {
    const Result<int> code = run(context, *arguments);
    return code ? *code : report(context, code.error(), arguments->common.json);
  });
}

void add_one(CLI::App& sessions, Context& context, const std::string& name, const std::string& what,
             Run run) {
  auto arguments = std::make_shared<SessionsArguments>();
  CLI::App* command = sessions.add_subcommand(name, what);
  command->add_option("session", arguments->session_id, "The session's id")->required()->type_name("SESSION");
  command->add_option("--harness", arguments->harness, "Its harness (default: the project's only one)")
      ->type_name("NAME");
  add_json_option(*command, arguments->common.json);
  add_connection_options(*command, arguments->common.connection);
  add_example(
      *command,
      fmt::format("  soma sessions {} --harness browseragent 0192f0c4-6a1e-7c3b-9a55-1f2e3d4c5b6a", name));
  on_call_of(*command, context, arguments, run);
}

void add_list_options(CLI::App& command, SessionsArguments& arguments) {
  command.add_option("--harness", arguments.harness, "Only those of this harness")->type_name("NAME");
  command.add_option("--limit", arguments.limit, "At most so many")
      ->capture_default_str()
      ->check(CLI::Range(size_t{1}, kMaxSessions))
      ->type_name("N");
  add_json_option(command, arguments.common.json);
  add_connection_options(command, arguments.common.connection);
}

}  // namespace

void add_sessions(CLI::App& root, Context& context) {
  CLI::App* sessions = root.add_subcommand("sessions", "List sessions, show one, its sub-agents, or end one");
  sessions->require_subcommand(0, 1);
  auto arguments = std::make_shared<SessionsArguments>();
  add_list_options(*sessions, *arguments);
  add_example(*sessions, "  soma sessions list --harness browseragent");
  // `soma sessions` alone lists.
  on_call_of(*sessions, context, arguments, list_sessions);

  auto list_arguments = std::make_shared<SessionsArguments>();
  CLI::App* list = sessions->add_subcommand("list", "The newest sessions");
  add_list_options(*list, *list_arguments);
  add_example(*list, "  soma sessions list --harness browseragent --limit 5");
  on_call_of(*list, context, list_arguments, list_sessions);
  add_one(*sessions, context, "show", "A session's messages", show_session);
  add_one(*sessions, context, "tree", "The sub-agents of a session and of those that called it", show_tree);
  add_one(*sessions, context, "stop", "End a session: its processes and its browser; its history stays",
          stop_session);
}

}  // namespace soma::cli
