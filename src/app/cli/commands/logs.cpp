#include <fmt/format.h>

#include "app/cli/commands/commands.h"
#include "app/cli/remote/api_client.h"
#include "app/cli/remote/live_stream.h"
#include "app/cli/render/journal_line.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr size_t kPageEvents = 1'000;

struct LogsArguments {
  CommonOptions common;
  std::string harness, session_id;
  bool follow = false;
};

void print_event(Context& context, const LogsArguments& arguments, const Value& event) {
  if (arguments.common.json) {
    context.terminal.out_line(json::write(event));
  } else if (const auto line = journal_line(event)) {
    context.terminal.out_line(*line);
  }
}

// The run of the session that was named, else of the harness's newest.
Result<std::string> find_run(const std::string& url, const std::string& harness,
                             const std::string& session_id) {
  if (!session_id.empty()) {
    SOMA_ASSIGN(const Value found, call(url, "GET", api_path("/api/sessions/{}/{}", {harness, session_id})));
    return std::string(found.get("session").get("runId").string_or(""));
  }
  SOMA_ASSIGN(const Value page,
              call(url, "GET", with_query("/api/sessions", {{"harness", harness}, {"limit", "1"}})));
  if (page.get("sessions").empty())
    return os::fail(Code::kNotFound, fmt::format("'{}' has no sessions yet", harness),
                    "make one with: soma invoke");
  return std::string(page.get("sessions").at(0).get("runId").string_or(""));
}

// Prints the history from `next` on and moves it behind what was printed.
Result<> print_history(Context& context, const LogsArguments& arguments, const std::string& url,
                       const std::string& run, int64_t& next) {
  for (;;) {
    const std::string path =
        api_path("/api/runs/{}/events", {run}) + fmt::format("?from={}&limit={}", next, kPageEvents);
    SOMA_ASSIGN(const Value page, call(url, "GET", path));
    const Value& events = page.get("events");
    for (size_t index = 0; index < events.size(); ++index) print_event(context, arguments, events.at(index));
    if (events.empty()) return {};
    next = events.at(events.size() - 1).get("seq").int_or(next) + 1;
    if (events.size() < kPageEvents) return {};
  }
}

// Until Ctrl-C, through restarts of the server.
Result<> follow_live(Context& context, const LogsArguments& arguments, Connection& connection,
                     const std::string& run) {
  int64_t next = 1;
  return follow_stream(
      connection,
      {.path = [&] { return api_path("/api/runs/{}/events", {run}) + fmt::format("?from={}", next); },
       .on_event =
           [&](const net::SseEvent& event) {
             const auto entry = json::parse(event.data);
             if (!entry || entry->get("seq").int_or(0) < next) return LiveStream::Next::kGoOn;
             print_event(context, arguments, *entry);
             next = entry->get("seq").int_or(0) + 1;
             return LiveStream::Next::kGoOn;
           }});
}

Result<> logs(Context& context, const LogsArguments& arguments) {
  SOMA_ASSIGN(const std::string harness, harness_key(context, arguments.harness));
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_ASSIGN(const std::string run, find_run(connection->url(), harness, arguments.session_id));
  if (arguments.follow) return follow_live(context, arguments, *connection, run);
  int64_t next = 1;
  return print_history(context, arguments, connection->url(), run, next);
}

}  // namespace

void add_logs(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<LogsArguments>();
  CLI::App* command = root.add_subcommand("logs", "Print a session's journal");
  command->add_option("--harness", arguments->harness, "The harness (default: the project's only one)")
      ->type_name("NAME");
  command->add_option("--session-id", arguments->session_id, "The session (default: the harness's newest)")
      ->type_name("ID");
  command->add_flag("-f,--follow", arguments->follow,
                    "Go on with what is journaled from now on, until Ctrl-C");
  add_json_option(*command, arguments->common.json);
  add_connection_options(*command, arguments->common.connection);
  add_example(*command, "  soma logs --harness browseragent --follow");
  on_call(*command, context, [&context, arguments] {
    const auto done = logs(context, *arguments);
    return done ? kExitOk : report(context, done.error(), arguments->common.json);
  });
}

}  // namespace soma::cli
