// soma memory create, list, get, update, delete.
#include <fmt/format.h>

#include "app/cli/commands/memory/memory.h"
#include "app/cli/commands/memory/strategy_option.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr int64_t kDefaultExpiryDays = 90;

struct CreateArguments {
  CommonOptions common;
  std::string name, description;
  std::vector<std::string> strategies;
  int64_t expiry_days = kDefaultExpiryDays;
};

struct MemoryArguments {
  MemoryOptions common;
  std::vector<std::string> added, removed;  // strategies
  std::optional<std::string> description;
  std::optional<int64_t> expiry_days;
  bool yes = false;
};

std::string text(const Value& object, std::string_view key) {
  return std::string(object.get(key).string_or(""));
}

Result<Value> parse_strategies(const std::vector<std::string>& words) {
  Value strategies = json::Array{};
  for (const std::string& word : words) {
    SOMA_ASSIGN(Value strategy, parse_strategy(word));
    strategies.push_back(std::move(strategy));
  }
  return strategies;
}

Result<int> create(Context& context, const CreateArguments& arguments) {
  SOMA_ASSIGN(Value strategies, parse_strategies(arguments.strategies));
  Value body = json::object({{"name", arguments.name}, {"eventExpiryDuration", arguments.expiry_days}});
  if (!arguments.description.empty()) body.set("description", arguments.description);
  if (!strategies.empty()) body.set("memoryStrategies", std::move(strategies));
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_ASSIGN(const Value made, call(connection->url(), "POST", "/memories/create", body));
  return print_done(context, arguments.common.json, made,
                    fmt::format("created {}", text(made.get("memory"), "id")));
}

Result<int> list(Context& context, const CreateArguments& arguments) {
  SOMA_ASSIGN(const auto connection, Connection::open(arguments.common.connection, WhenAbsent::kStartHere));
  SOMA_ASSIGN(json::Array memories,
              call_list(connection->url(), "/api/memories", "memories", memory::kMaxMemories));
  const auto rows = [](const Value& memory) {
    return std::vector<std::vector<std::string>>{{text(memory, "name"), text(memory, "id"),
                                                  std::to_string(memory.get("eventExpiryDuration").int_or(0)),
                                                  text(memory, "updatedAt"), strategy_names(memory)}};
  };
  return print_list(context, arguments.common.json, "memories", std::move(memories),
                    {"NAME", "ID", "DAYS", "UPDATED", "STRATEGIES"}, rows,
                    "no memories yet; make one with: soma memory create NAME --strategy semantic");
}

std::string templates_of(const Value& holder) {
  return std::string(holder.get("namespaceTemplates").at(0).string_or(""));
}

void print_memory(Terminal& terminal, const Value& memory) {
  for (const char* member :
       {"id", "name", "arn", "description", "managedByResourceArn", "createdAt", "updatedAt"})
    if (const std::string value = text(memory, member); !value.empty())
      terminal.out_line(fmt::format("{:<21} {}", member, value));
  terminal.out_line(
      fmt::format("{:<21} {}", "eventExpiryDuration", memory.get("eventExpiryDuration").int_or(0)));
  const Value& strategies = memory.get("strategies");
  for (size_t i = 0; i < strategies.size(); ++i) {
    const Value& strategy = strategies.at(i);
    terminal.out_line(fmt::format("{:<21} {} ({}) {}", "strategy", text(strategy, "type"),
                                  text(strategy, "name"), templates_of(strategy)));
    const std::string reflections =
        templates_of(strategy.get("configuration").get("reflection").get("episodicReflectionConfiguration"));
    if (!reflections.empty()) terminal.out_line(fmt::format("{:<21} {}", "  reflections", reflections));
  }
}

Result<int> get(Context& context, const MemoryArguments& arguments) {
  SOMA_ASSIGN(const OpenMemory memory, open_memory(arguments.common));
  SOMA_ASSIGN(const Value found, read_memory(memory));
  if (arguments.common.json)
    context.terminal.out_line(json::write(json::object({{"memory", found}})));
  else
    print_memory(context.terminal, found);
  return kExitOk;
}

Result<Value> strategy_changes(const MemoryArguments& arguments, const Value& memory) {
  Value changes = json::Object{};
  SOMA_ASSIGN(Value added, parse_strategies(arguments.added));
  if (!added.empty()) changes.set("addMemoryStrategies", std::move(added));
  for (const std::string& name : arguments.removed) {
    SOMA_ASSIGN(std::string id, strategy_id(memory, name));
    if (!changes.has("deleteMemoryStrategies")) changes.set("deleteMemoryStrategies", json::Array{});
    changes.find("deleteMemoryStrategies")->push_back(json::object({{"memoryStrategyId", std::move(id)}}));
  }
  return changes;
}

Result<int> update(Context& context, const MemoryArguments& arguments) {
  SOMA_ASSIGN(const OpenMemory memory, open_memory(arguments.common));
  SOMA_ASSIGN(const Value found, read_memory(memory));
  Value body = json::Object{};
  if (arguments.description) body.set("description", *arguments.description);
  if (arguments.expiry_days) body.set("eventExpiryDuration", *arguments.expiry_days);
  SOMA_ASSIGN(Value changes, strategy_changes(arguments, found));
  if (!changes.empty()) body.set("memoryStrategies", std::move(changes));
  if (body.empty())
    return os::fail(Code::kInvalidArgument, "what should change?",
                    "give --add-strategy, --remove-strategy, --description or --expiry-days");
  SOMA_ASSIGN(const Value updated, call(memory.url(), "PUT", memory.path("/update"), body));
  return print_done(context, arguments.common.json, updated,
                    fmt::format("updated {}: {}", memory.id, strategy_names(updated.get("memory"))));
}

Result<int> remove(Context& context, const MemoryArguments& arguments) {
  SOMA_ASSIGN(const OpenMemory memory, open_memory(arguments.common));
  SOMA_TRY(read_memory(memory));
  if (!arguments.yes)
    SOMA_TRY(confirm(context, {.text = fmt::format("delete {} with everything in it?", memory.id),
                               .unasked = "there is no terminal to ask whether to delete this memory",
                               .hint = fmt::format("soma memory delete {} --yes", arguments.common.memory)}));
  SOMA_ASSIGN(const Value removed, call(memory.url(), "DELETE", memory.path("/delete")));
  return print_done(context, arguments.common.json, removed, fmt::format("deleted {}", memory.id));
}

void add_create_command(CLI::App& memory, Context& context) {
  auto arguments = std::make_shared<CreateArguments>();
  CLI::App* command = memory.add_subcommand("create", "Make a memory");
  command->add_option("name", arguments->name, "A letter, then letters, digits and _")
      ->required()
      ->type_name("NAME");
  command->add_option("--strategy", arguments->strategies, std::string(kStrategyHelp))->type_name("STRATEGY");
  command
      ->add_option("--expiry-days", arguments->expiry_days, "How long events are kept: 3 to 365 (default 90)")
      ->type_name("DAYS");
  command->add_option("--description", arguments->description, "What it is for")->type_name("TEXT");
  add_example(
      *command,
      "  soma memory create Cases --strategy semantic:Facts:/cases/{actorId}/facts/ --strategy episodic "
      "--expiry-days 30");
  on_server_call(*command, context, arguments, create);
}

void add_update_command(CLI::App& memory, Context& context) {
  auto arguments = std::make_shared<MemoryArguments>();
  CLI::App* command =
      memory.add_subcommand("update", "Change a memory's strategies and how long it keeps events");
  add_memory_option(*command, arguments->common);
  command->add_option("--add-strategy", arguments->added, std::string(kStrategyHelp))->type_name("STRATEGY");
  command
      ->add_option("--remove-strategy", arguments->removed,
                   "Its name or id; its records go with it; can be repeated")
      ->type_name("NAME");
  command->add_option("--description", arguments->description, "What it is for")->type_name("TEXT");
  command->add_option("--expiry-days", arguments->expiry_days, "How long events are kept: 3 to 365")
      ->type_name("DAYS");
  add_example(*command, "  soma memory update Cases --add-strategy preference --remove-strategy Episodes");
  on_server_call(*command, context, arguments, update);
}

}  // namespace

void add_definitions(CLI::App& memory, Context& context) {
  add_create_command(memory, context);

  auto listed = std::make_shared<CreateArguments>();
  CLI::App* command = memory.add_subcommand("list", "Memories, oldest first");
  add_example(*command, "  soma memory list");
  on_server_call(*command, context, listed, list);

  auto arguments = std::make_shared<MemoryArguments>();
  command = memory.add_subcommand("get", "One memory with its strategies and their namespaces");
  add_memory_option(*command, arguments->common);
  add_example(*command, "  soma memory get Cases");
  on_server_call(*command, context, arguments, get);

  add_update_command(memory, context);

  arguments = std::make_shared<MemoryArguments>();
  command = memory.add_subcommand("delete", "Delete a memory with everything in it");
  add_memory_option(*command, arguments->common);
  command->add_flag("-y,--yes", arguments->yes, "Do not ask; for scripts");
  add_example(*command, "  soma memory delete Cases --yes");
  on_server_call(*command, context, arguments, remove);
}

}  // namespace soma::cli
