// soma memory settle, watch, dump.
#include <fmt/format.h>

#include <optional>

#include "app/cli/commands/memory/memory.h"
#include "app/cli/remote/live_stream.h"
#include "app/cli/remote/memory_changes.h"
#include "app/cli/render/memory_text.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Result;
using Kind = MemoryChange::Kind;
using Next = LiveStream::Next;

struct WatchArguments {
  MemoryOptions common;
  bool records_only = false, events_only = false, from_start = false, all_sessions = false;
  uint64_t limit = 0;  // 0: none

  bool shows(Kind kind) const { return kind == Kind::kEvent ? !records_only : !events_only; }
};

Result<int> settle(Context& context, const WatchArguments& arguments) {
  SOMA_ASSIGN(const OpenMemory memory, open_memory(arguments.common));
  SOMA_ASSIGN(const Value answer, call(memory.url(), "POST", memory.own_path("/settle")));
  return print_done(context, arguments.common.json, answer, fmt::format("settled {}", memory.id));
}

void print_change(Context& context, bool json, const MemoryChange& change, const StrategyTitles& titles) {
  Terminal& terminal = context.terminal;
  const bool is_event = change.kind == Kind::kEvent;
  if (json) {
    terminal.out_line(json::write(json::object({{is_event ? "event" : "record", change.body}})));
  } else if (is_event) {
    for (const std::string& line : event_lines(change.body)) terminal.out_line(line);
  } else {
    terminal.out_line(record_line(change.body, titles));
  }
}

struct Tally {
  uint64_t events = 0, records = 0;
  std::string actor{}, session{};  // of the last event
  int64_t upto = 0;

  bool is_last_session(const Value& event) const {
    return event.get("sessionId").string_or("") == session && event.get("actorId").string_or("") == actor;
  }
  void add(const MemoryChange& change) {
    if (change.kind == Kind::kRecord) {
      ++records;
      return;
    }
    ++events;
    if (!is_last_session(change.body)) {
      actor = change.body.get("actorId").string_or("");
      session = change.body.get("sessionId").string_or("");
    }
  }
};

Result<Tally> take_stock(const OpenMemory& memory) {
  Tally tally;
  SOMA_ASSIGN(tally.upto, read_changes(memory.url(), memory.own_path(""),
                                       [&](const MemoryChange& change) { tally.add(change); }));
  return tally;
}

// A memory's stream, and the strategies that its records name.
class Watch {
 public:
  Watch(Context& context, const WatchArguments& arguments, const OpenMemory& memory)
      : context_(context), arguments_(arguments), memory_(memory) {}

  Result<> follow(int64_t after) {
    after_ = after;
    return follow_stream(*memory_.connection,
                         {.path = [this] { return path(); },
                          .on_event = [this](const net::SseEvent& event) { return on_event(event); }});
  }

 private:
  Result<std::string> path() {
    if (unknown_strategy_) {
      SOMA_ASSIGN(const Value definition, read_memory(memory_));
      titles_ = strategy_titles(definition);
      // One that is gone again is called by its id.
      titles_.emplace(*unknown_strategy_, *unknown_strategy_);
      unknown_strategy_.reset();
    }
    return with_query(memory_.own_path("/watch"), {{"after", std::to_string(after_)}});
  }

  Next on_event(const net::SseEvent& event) {
    auto body = json::parse(event.data);
    if (!body) return Next::kGoOn;
    const MemoryChange change{event.event == "record" ? Kind::kRecord : Kind::kEvent, std::move(*body)};
    if (is_of_unknown_strategy(change)) return Next::kOpenAgain;  // and it comes again
    after_ = change.body.get("change").int_or(after_);
    if (!arguments_.shows(change.kind)) return Next::kGoOn;
    print_change(context_, arguments_.common.json, change, titles_);
    return ++shown_ == arguments_.limit ? Next::kEnd : Next::kGoOn;
  }

  bool is_of_unknown_strategy(const MemoryChange& change) {
    if (change.kind != Kind::kRecord) return false;
    const std::string_view id = change.body.get("memoryStrategyId").string_or("");
    if (id == kNoStrategy || titles_.contains(id)) return false;
    unknown_strategy_ = id;
    return true;
  }

  Context& context_;
  const WatchArguments& arguments_;
  const OpenMemory& memory_;
  int64_t after_ = 0;
  uint64_t shown_ = 0;
  StrategyTitles titles_;
  std::optional<std::string> unknown_strategy_;
};

// Until Ctrl-C or the limit.
Result<int> watch(Context& context, const WatchArguments& arguments) {
  SOMA_ASSIGN(const OpenMemory memory, open_memory(arguments.common));
  int64_t after = 0;
  if (!arguments.from_start) {
    context.terminal.error("Seeding current state...");
    const Result<Tally> tally = take_stock(memory);
    context.terminal.note(tally ? fmt::format(" done ({} events, {} records)", tally->events, tally->records)
                                : std::string(" failed"));
    if (!tally) return std::unexpected(tally.error());
    after = tally->upto;
  }
  context.terminal.note("Watching for new additions...");
  SOMA_TRY(Watch(context, arguments, memory).follow(after));
  return kExitOk;
}

void print_strategies(Context& context, bool json, const Value& memory) {
  if (json) {
    context.terminal.out_line(json::write(json::object({{"memory", memory}})));
    return;
  }
  const Value& strategies = memory.get("strategies");
  context.terminal.out_line(fmt::format("STRATEGIES ({})", strategies.size()));
  for (size_t i = 0; i < strategies.size(); ++i)
    context.terminal.out_line(fmt::format("[{} ({})] {}", strategies.at(i).get("type").string_or(""),
                                          strategies.at(i).get("name").string_or(""),
                                          strategies.at(i).get("namespaceTemplates").at(0).string_or("")));
}

void print_heading(Context& context, const WatchArguments& arguments, Kind kind, const Tally& tally) {
  if (arguments.common.json) return;
  if (kind == Kind::kRecord)
    context.terminal.out_line(fmt::format("\nRECORDS ({})", tally.records));
  else if (arguments.all_sessions || tally.events == 0)
    context.terminal.out_line(fmt::format("\nEVENTS ({})", tally.events));
  else
    context.terminal.out_line(fmt::format("\nEVENTS ({}; those of the newest session, {} of {})",
                                          tally.events, tally.session, tally.actor));
}

// Read again for each kind: what a memory has need not fit into this process.
Result<int> dump(Context& context, const WatchArguments& arguments) {
  SOMA_ASSIGN(const OpenMemory memory, open_memory(arguments.common));
  SOMA_ASSIGN(const Value definition, read_memory(memory));
  SOMA_ASSIGN(const Tally tally, take_stock(memory));
  const StrategyTitles titles = strategy_titles(definition);
  print_strategies(context, arguments.common.json, definition);
  for (const Kind kind : {Kind::kEvent, Kind::kRecord}) {
    if (!arguments.shows(kind)) continue;
    print_heading(context, arguments, kind, tally);
    SOMA_TRY(read_changes(memory.url(), memory.own_path(""), [&](const MemoryChange& change) {
      if (change.kind != kind) return;
      if (kind == Kind::kEvent && !arguments.all_sessions && !tally.is_last_session(change.body)) return;
      print_change(context, arguments.common.json, change, titles);
    }));
  }
  return kExitOk;
}

void add_kind_options(CLI::App& command, WatchArguments& arguments) {
  CLI::Option* records =
      command.add_flag("--ltm-only", arguments.records_only, "Records alone: what is remembered for long");
  command.add_flag("--stm-only", arguments.events_only, "Events alone: what was said")->excludes(records);
}

}  // namespace

void add_watch(CLI::App& memory, Context& context) {
  auto arguments = std::make_shared<WatchArguments>();
  CLI::App* command = memory.add_subcommand("settle", "Wait until what was said has become records");
  add_memory_option(*command, arguments->common);
  add_example(*command, "  soma memory settle Travel");
  on_server_call(*command, context, arguments, settle);

  arguments = std::make_shared<WatchArguments>();
  command = memory.add_subcommand("watch", "Print events and records as they come, until Ctrl-C");
  add_memory_option(*command, arguments->common);
  add_kind_options(*command, *arguments);
  command->add_flag("--from-start", arguments->from_start, "Begin with what is there already");
  command->add_option("--limit", arguments->limit, "End after so many events and records")
      ->check(CLI::PositiveNumber);
  add_example(*command, "  soma memory watch Travel --ltm-only");
  on_server_call(*command, context, arguments, watch);

  arguments = std::make_shared<WatchArguments>();
  command = memory.add_subcommand("dump", "Print all: strategies, events, records");
  add_memory_option(*command, arguments->common);
  add_kind_options(*command, *arguments);
  command->add_flag("--all-sessions", arguments->all_sessions,
                    "Events of all sessions (default: of the newest alone)");
  add_example(*command, "  soma memory dump Travel --all-sessions");
  on_server_call(*command, context, arguments, dump);
}

}  // namespace soma::cli
