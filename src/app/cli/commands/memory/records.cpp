// soma memory records, search, recall, remember.
#include <fmt/format.h>

#include "app/cli/commands/memory/memory.h"
#include "app/cli/render/memory_text.h"
#include "app/cli/render/one_line.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;
using Rows = std::vector<std::vector<std::string>>;

constexpr std::string_view kEverywhere = "/";  // the path that all records are below

struct RecordArguments {
  MemoryOptions common;
  std::string name_space, path, strategy, actor, session, text;
  size_t limit = 20, top_k = 10;
};

std::string text(const Value& object, std::string_view key) {
  return std::string(object.get(key).string_or(""));
}

std::string text_of(const Value& record) {
  return one_line(record.get("content").get("text").string_or(""), kMaxOneLineBytes);
}

std::string name_space_of(const Value& record) {
  return std::string(record.get("namespaces").at(0).string_or("-"));
}

// Where the records are, as both kinds of lists name it.
Value place_of(const RecordArguments& arguments) {
  if (!arguments.name_space.empty()) return json::object({{"namespace", arguments.name_space}});
  return json::object(
      {{"namespacePath", arguments.path.empty() ? kEverywhere : std::string_view(arguments.path)}});
}

// The strategy's id for its name, when one was named; `body` is where the request has it.
Result<> set_strategy(const RecordArguments& arguments, const Value& memory, Value& body) {
  if (arguments.strategy.empty()) return {};
  SOMA_ASSIGN(std::string id, strategy_id(memory, arguments.strategy));
  body.set("memoryStrategyId", std::move(id));
  return {};
}

Result<int> records(Context& context, const RecordArguments& arguments) {
  SOMA_ASSIGN(const OpenMemory memory, open_memory(arguments.common));
  SOMA_ASSIGN(const Value found, read_memory(memory));
  Value place = place_of(arguments);
  SOMA_TRY(set_strategy(arguments, found, place));
  SOMA_ASSIGN(json::Array all, post_list(memory.url(), memory.path("/memoryRecords"), std::move(place),
                                         "memoryRecordSummaries", arguments.limit));
  const StrategyTitles titles = strategy_titles(found);
  const auto rows = [&](const Value& record) {
    return Rows{{text(record, "memoryRecordId"),
                 strategy_title(record, titles) + (record.has("supersededBy") ? " superseded" : ""),
                 name_space_of(record), text_of(record)}};
  };
  return print_list(context, arguments.common.json, "memoryRecordSummaries", std::move(all),
                    {"RECORD", "STRATEGY", "NAMESPACE", "TEXT"}, rows,
                    "no such records; what was said becomes records with: soma memory settle");
}

Result<int> search(Context& context, const RecordArguments& arguments) {
  SOMA_ASSIGN(const OpenMemory memory, open_memory(arguments.common));
  SOMA_ASSIGN(const Value found, read_memory(memory));
  Value criteria = json::object({{"searchQuery", arguments.text}, {"topK", arguments.top_k}});
  SOMA_TRY(set_strategy(arguments, found, criteria));
  Value body = place_of(arguments);
  body.set("searchCriteria", std::move(criteria));
  SOMA_ASSIGN(Value answer, call(memory.url(), "POST", memory.path("/retrieve"), body));
  Value* all = answer.find("memoryRecordSummaries");
  if (all == nullptr || !all->is_array())
    return os::fail(Code::kCorrupt, "the server's answer has no memoryRecordSummaries");
  const auto rows = [](const Value& record) {
    return Rows{
        {fmt::format("{:.2f}", record.get("score").double_or(0)), name_space_of(record), text_of(record)}};
  };
  return print_list(context, arguments.common.json, "memoryRecordSummaries", std::move(all->as_array()),
                    {"SCORE", "NAMESPACE", "TEXT"}, rows, "nothing is known about that");
}

Result<int> recall(Context& context, const RecordArguments& arguments) {
  SOMA_ASSIGN(const OpenMemory memory, open_memory(arguments.common));
  const std::string path =
      with_query(memory.own_path("/recall"), {{"actorId", arguments.actor},
                                              {"query", arguments.text},
                                              {"sessionId", arguments.session},
                                              {"limit", std::to_string(arguments.top_k)}});
  SOMA_ASSIGN(json::Array turns, call_list(memory.url(), path, "turns", arguments.top_k));
  const auto rows = [](const Value& turn) {
    return Rows{{fmt::format("{:.2f}", turn.get("score").double_or(0)), text(turn, "at"),
                 short_session(text(turn, "sessionId")), os::to_lower(text(turn, "role")),
                 one_line(text(turn, "text"), kMaxOneLineBytes)}};
  };
  return print_list(context, arguments.common.json, "turns", std::move(turns),
                    {"SCORE", "AT", "SESSION", "ROLE", "TEXT"}, rows,
                    fmt::format("{} has said nothing about that", arguments.actor));
}

Result<int> remember(Context& context, const RecordArguments& arguments) {
  SOMA_ASSIGN(const std::string content, read_text(arguments.text));
  SOMA_ASSIGN(const OpenMemory memory, open_memory(arguments.common));
  Value record = json::object({{"requestIdentifier", "record"},
                               {"namespaces", json::array({arguments.name_space})},
                               {"content", json::object({{"text", content}})},
                               {"timestamp", now_seconds()}});
  const Value body = json::object({{"records", json::array({std::move(record)})}});
  SOMA_ASSIGN(const Value answer,
              call(memory.url(), "POST", memory.path("/memoryRecords/batchCreate"), body));
  if (const Value& failed = answer.get("failedRecords").at(0); !failed.is_null())
    return std::unexpected(api_error(static_cast<int>(failed.get("errorCode").int_or(500)),
                                     json::write(json::object({{"message", failed.get("errorMessage")}}))));
  return print_done(
      context, arguments.common.json, answer,
      fmt::format("remembered {}", text(answer.get("successfulRecords").at(0), "memoryRecordId")));
}

void add_place_options(CLI::App& command, RecordArguments& arguments, std::string_view fallback) {
  CLI::Option* exact = command.add_option("--namespace", arguments.name_space, "Of exactly this namespace")
                           ->type_name("NAMESPACE");
  command
      .add_option("--path", arguments.path, fmt::format("Of this namespace and all below it ({})", fallback))
      ->type_name("PATH")
      ->excludes(exact);
  command.add_option("--strategy", arguments.strategy, "Of this strategy: its name or id")
      ->type_name("STRATEGY");
}

void add_question(CLI::App& command, RecordArguments& arguments) {
  command.add_option("question", arguments.text, "What you want to know")->required()->type_name("QUESTION");
  command.add_option("--top-k", arguments.top_k, "How many at most (default 10)")
      ->check(CLI::Range(size_t{1}, memory::kMaxTopK));
}

}  // namespace

void add_records(CLI::App& memory, Context& context) {
  auto arguments = std::make_shared<RecordArguments>();
  CLI::App* command = memory.add_subcommand("records", "What is remembered, newest first");
  add_memory_option(*command, arguments->common);
  add_place_options(*command, *arguments, "default: all");
  command->add_option("--limit", arguments->limit, "How many at most (default 20)")
      ->check(CLI::Range(size_t{1}, kMaxListed));
  add_example(*command, "  soma memory records Travel --path /facts/anna");
  on_server_call(*command, context, arguments, records);

  arguments = std::make_shared<RecordArguments>();
  command = memory.add_subcommand("search", "The records that say most about a question, best first");
  add_memory_option(*command, arguments->common);
  add_question(*command, *arguments);
  add_place_options(*command, *arguments, "default: all");
  add_example(*command, "  soma memory search Travel --path /facts/anna \"Where does Anna live?\"");
  on_server_call(*command, context, arguments, search);

  arguments = std::make_shared<RecordArguments>();
  command = memory.add_subcommand("recall", "What was said itself about a question, best first");
  add_memory_option(*command, arguments->common);
  add_question(*command, *arguments);
  command->add_option("--actor", arguments->actor, "Whose conversations")->required()->type_name("ACTOR");
  command->add_option("--session", arguments->session, "Of this one (default: all)")->type_name("ID");
  add_example(*command, "  soma memory recall Travel --actor anna \"Where does Anna live?\"");
  on_server_call(*command, context, arguments, recall);

  arguments = std::make_shared<RecordArguments>();
  command = memory.add_subcommand("remember", "Write a record yourself");
  add_memory_option(*command, arguments->common);
  command->add_option("--namespace", arguments->name_space, "Where it goes")
      ->required()
      ->type_name("NAMESPACE");
  command->add_option("text", arguments->text, "What is worth knowing; - reads standard input")
      ->required()
      ->type_name("TEXT");
  add_example(*command, "  soma memory remember Travel --namespace /facts/anna/ \"Anna prefers trains.\"");
  on_server_call(*command, context, arguments, remember);
}

}  // namespace soma::cli
