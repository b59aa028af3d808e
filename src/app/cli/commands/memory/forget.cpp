// soma memory forget.
#include <fmt/format.h>

#include "app/cli/commands/memory/forget.h"
#include "app/cli/commands/memory/memory.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;

struct ForgetArguments {
  MemoryOptions common;
  ForgetWords words;
  bool yes = false;
};

std::string path_of(const OpenMemory& memory, const ForgetWords& words, Forgotten what) {
  switch (what) {
    case Forgotten::kRecord:
      return memory.path("/memoryRecords/{}", {words.record});
    case Forgotten::kEvent:
      return memory.path("/actor/{}/sessions/{}/events/{}", {words.actor, words.session, words.event});
    case Forgotten::kActor:
      break;
  }
  return memory.own_path("/actors/{}", {words.actor});
}

std::string name_of(const ForgetWords& words, Forgotten what) {
  if (what == Forgotten::kRecord) return words.record;
  return what == Forgotten::kEvent ? words.event : fmt::format("everything of {}", words.actor);
}

std::string outcome(const std::string& name, const Value& answer) {
  const Value* counts = answer.find("forgotten");
  if (counts == nullptr) return fmt::format("forgot {}", name);
  return fmt::format("forgot {}: {} events, {} records", name, counts->get("events").int_or(0),
                     counts->get("records").int_or(0));
}

Result<int> forget(Context& context, const ForgetArguments& arguments) {
  SOMA_ASSIGN(const Forgotten what, what_to_forget(arguments.words));
  SOMA_ASSIGN(const OpenMemory memory, open_memory(arguments.common));
  const std::string name = name_of(arguments.words, what);
  if (!arguments.yes)
    SOMA_TRY(
        confirm(context, {.text = fmt::format("forget {} in {}?", name, memory.id),
                          .unasked = fmt::format("there is no terminal to ask whether to forget {}", name),
                          .hint = "the same with --yes does not ask"}));
  SOMA_ASSIGN(const Value answer, call(memory.url(), "DELETE", path_of(memory, arguments.words, what)));
  return print_done(context, arguments.common.json, answer, outcome(name, answer));
}

}  // namespace

Result<Forgotten> what_to_forget(const ForgetWords& words) {
  const auto refuse = [](std::string message) -> Result<Forgotten> {
    return os::fail(Code::kInvalidArgument, std::move(message),
                    "--actor A; or --record R; or --event E with its --actor and --session");
  };
  if (!words.record.empty()) {
    if (!words.actor.empty() || !words.session.empty() || !words.event.empty())
      return refuse("a record is named by --record alone");
    return Forgotten::kRecord;
  }
  if (!words.event.empty()) {
    if (words.actor.empty() || words.session.empty())
      return refuse("an event is named by its actor and session, too");
    return Forgotten::kEvent;
  }
  if (!words.session.empty()) return refuse("--session goes with --event");
  if (words.actor.empty()) return refuse("what should be forgotten?");
  return Forgotten::kActor;
}

void add_forget(CLI::App& memory, Context& context) {
  auto arguments = std::make_shared<ForgetArguments>();
  CLI::App* command = memory.add_subcommand("forget", "Delete all of an actor, one record or one event");
  add_memory_option(*command, arguments->common);
  command->add_option("--actor", arguments->words.actor, "Everything of this actor; or whose event it is")
      ->type_name("ACTOR");
  command->add_option("--record", arguments->words.record, "This record (soma memory records)")
      ->type_name("ID");
  command->add_option("--event", arguments->words.event, "This event (soma memory events)")->type_name("ID");
  command->add_option("--session", arguments->words.session, "The session of the event")->type_name("ID");
  command->add_flag("-y,--yes", arguments->yes, "Do not ask; for scripts");
  add_example(*command, "  soma memory forget Travel --actor anna --yes");
  on_server_call(*command, context, arguments, forget);
}

}  // namespace soma::cli
