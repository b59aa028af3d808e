// soma memory add, events, sessions, actors.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "app/cli/commands/memory/memory.h"
#include "app/cli/render/memory_text.h"
#include "app/cli/render/one_line.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Result;
using Rows = std::vector<std::vector<std::string>>;

struct EventArguments {
  MemoryOptions common;
  std::string actor, session, role = "user", text;
  size_t limit = 20;
};

std::string text(const Value& object, std::string_view key) {
  return std::string(object.get(key).string_or(""));
}

std::string upper(std::string word) {
  for (char& c : word)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return word;
}

Result<int> add(Context& context, const EventArguments& arguments) {
  SOMA_ASSIGN(const std::string said, read_text(arguments.text));
  SOMA_ASSIGN(const OpenMemory memory, open_memory(arguments.common));
  Value message =
      json::object({{"content", json::object({{"text", said}})}, {"role", upper(arguments.role)}});
  Value body =
      json::object({{"actorId", arguments.actor},
                    {"eventTimestamp", now_seconds()},
                    {"payload", json::array({json::object({{"conversational", std::move(message)}})})}});
  if (!arguments.session.empty()) body.set("sessionId", arguments.session);
  SOMA_ASSIGN(const Value made, call(memory.url(), "POST", memory.path("/events"), body));
  const Value& event = made.get("event");
  return print_done(context, arguments.common.json, made,
                    fmt::format("added {} to session {}", text(event, "eventId"), text(event, "sessionId")));
}

Result<json::Array> read_sessions(const OpenMemory& memory, const EventArguments& arguments, size_t limit) {
  return post_list(memory.url(), memory.path("/actor/{}/sessions", {arguments.actor}), json::Object{},
                   "sessionSummaries", limit);
}

Result<json::Array> read_events(const OpenMemory& memory, const EventArguments& arguments,
                                const std::string& session, size_t limit) {
  return post_list(memory.url(), memory.path("/actor/{}/sessions/{}", {arguments.actor, session}),
                   json::Object{}, "events", limit);
}

// Those of the session, else of the newest sessions.
Result<json::Array> newest_events(const OpenMemory& memory, const EventArguments& arguments) {
  if (!arguments.session.empty()) return read_events(memory, arguments, arguments.session, arguments.limit);
  SOMA_ASSIGN(const json::Array sessions, read_sessions(memory, arguments, arguments.limit));
  json::Array all;
  for (const Value& session : sessions) {
    if (all.size() >= arguments.limit) break;
    SOMA_ASSIGN(json::Array events,
                read_events(memory, arguments, text(session, "sessionId"), arguments.limit - all.size()));
    std::ranges::move(events, std::back_inserter(all));
  }
  return all;
}

Rows event_rows(const Value& event) {
  Rows rows;
  for (const Message& message : messages_of(event))
    rows.push_back({text(event, "eventId"), time_text(event.get("eventTimestamp")), text(event, "sessionId"),
                    message.role, one_line(message.text, kMaxOneLineBytes)});
  return rows;
}

Result<int> events(Context& context, const EventArguments& arguments) {
  SOMA_ASSIGN(const OpenMemory memory, open_memory(arguments.common));
  SOMA_ASSIGN(json::Array found, newest_events(memory, arguments));
  return print_list(context, arguments.common.json, "events", std::move(found),
                    {"EVENT", "AT", "SESSION", "ROLE", "TEXT"}, event_rows,
                    fmt::format("no events of {} yet; add one with: soma memory add {} --actor {} TEXT",
                                arguments.actor, arguments.common.memory, arguments.actor));
}

Result<int> sessions(Context& context, const EventArguments& arguments) {
  SOMA_ASSIGN(const OpenMemory memory, open_memory(arguments.common));
  SOMA_ASSIGN(json::Array found, read_sessions(memory, arguments, arguments.limit));
  const auto rows = [](const Value& session) {
    return Rows{{time_text(session.get("createdAt")), text(session, "sessionId")}};
  };
  return print_list(context, arguments.common.json, "sessionSummaries", std::move(found),
                    {"BEGUN", "SESSION"}, rows, fmt::format("no sessions of {} yet", arguments.actor));
}

Result<int> actors(Context& context, const EventArguments& arguments) {
  SOMA_ASSIGN(const OpenMemory memory, open_memory(arguments.common));
  SOMA_ASSIGN(json::Array found, post_list(memory.url(), memory.path("/actors"), json::Object{},
                                           "actorSummaries", arguments.limit));
  const auto rows = [](const Value& actor) { return Rows{{text(actor, "actorId")}}; };
  return print_list(context, arguments.common.json, "actorSummaries", std::move(found), {"ACTOR"}, rows,
                    "nobody has said anything yet");
}

void add_actor_option(CLI::App& command, EventArguments& arguments) {
  command.add_option("--actor", arguments.actor, "Whose it is: a user, an agent")
      ->required()
      ->type_name("ACTOR");
}

void add_limit_option(CLI::App& command, EventArguments& arguments) {
  command.add_option("--limit", arguments.limit, "How many at most (default 20)")
      ->check(CLI::Range(size_t{1}, kMaxListed));
}

}  // namespace

void add_events(CLI::App& memory, Context& context) {
  auto arguments = std::make_shared<EventArguments>();
  CLI::App* command = memory.add_subcommand("add", "Add what was said, as an event");
  add_memory_option(*command, arguments->common);
  add_actor_option(*command, *arguments);
  command->add_option("--session", arguments->session, "The conversation (default: a new one)")
      ->type_name("ID");
  command->add_option("--role", arguments->role, "Who says it: user (default), assistant, tool or other")
      ->type_name("ROLE")
      ->check(CLI::IsMember({"user", "assistant", "tool", "other"}));
  command->add_option("text", arguments->text, "What was said; - reads standard input")
      ->required()
      ->type_name("TEXT");
  add_example(*command, "  soma memory add Travel --actor anna --session trip \"I live in Lisbon.\"");
  on_server_call(*command, context, arguments, add);

  arguments = std::make_shared<EventArguments>();
  command = memory.add_subcommand("events", "What an actor's sessions have, newest first");
  add_memory_option(*command, arguments->common);
  add_actor_option(*command, *arguments);
  command->add_option("--session", arguments->session, "Of this one (default: of the newest)")
      ->type_name("ID");
  add_limit_option(*command, *arguments);
  add_example(*command, "  soma memory events Travel --actor anna");
  on_server_call(*command, context, arguments, events);

  arguments = std::make_shared<EventArguments>();
  command = memory.add_subcommand("sessions", "An actor's sessions, newest first");
  add_memory_option(*command, arguments->common);
  add_actor_option(*command, *arguments);
  add_limit_option(*command, *arguments);
  add_example(*command, "  soma memory sessions Travel --actor anna");
  on_server_call(*command, context, arguments, sessions);

  arguments = std::make_shared<EventArguments>();
  command = memory.add_subcommand("actors", "Who has said something");
  add_memory_option(*command, arguments->common);
  add_limit_option(*command, *arguments);
  add_example(*command, "  soma memory actors Travel");
  on_server_call(*command, context, arguments, actors);
}

}  // namespace soma::cli
