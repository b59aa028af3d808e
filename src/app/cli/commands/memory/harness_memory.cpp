// `soma add memory` and `soma remove memory`.
#include "app/cli/commands/memory/harness_memory.h"

#include <fmt/format.h>

#include <charconv>

#include "app/cli/commands/commands.h"
#include "app/cli/commands/memory/strategy_option.h"
#include "app/cli/project/project_files.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;

struct MemoryUseArguments {
  std::string harness;
  MemoryUseWords words;
  bool json = false;
};

template <typename Number>
Result<Number> number_of(std::string_view text, std::string_view whole) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return os::fail(Code::kInvalidArgument, fmt::format("--retrieve {}: '{}' is no number", whole, text),
                    "TEMPLATE, TEMPLATE:TOP-K or TEMPLATE:TOP-K:SCORE, as /facts/{actorId}/:5:0.2");
  return value;
}

// The template, and how it is looked up.
Result<json::Member> retrieval_of(const std::string& word) {
  const std::vector<std::string_view> parts = os::split(word, ':');
  if (parts.size() > 3 || parts.front().empty())
    return os::fail(Code::kInvalidArgument, fmt::format("--retrieve {}: cannot be read", word),
                    "TEMPLATE, TEMPLATE:TOP-K or TEMPLATE:TOP-K:SCORE, as /facts/{actorId}/:5:0.2");
  Value how = json::Object{};
  if (parts.size() > 1) {
    SOMA_ASSIGN(const int64_t top_k, number_of<int64_t>(parts[1], word));
    how.set("topK", top_k);
  }
  if (parts.size() > 2) {
    SOMA_ASSIGN(const double score, number_of<double>(parts[2], word));
    how.set("relevanceScore", score);
  }
  return json::Member{std::string(parts.front()), std::move(how)};
}

Result<Value> existing_memory(const MemoryUseWords& words) {
  Value inside = json::object({{"arn", words.arn}});
  if (!words.actor.empty()) inside.set("actorId", words.actor);
  if (words.messages_count) inside.set("messagesCount", *words.messages_count);
  Value retrievals = json::Object{};
  for (const std::string& word : words.retrievals) {
    SOMA_ASSIGN(json::Member retrieval, retrieval_of(word));
    retrievals.set(retrieval.first, std::move(retrieval.second));
  }
  if (!retrievals.empty()) inside.set("retrievalConfig", std::move(retrievals));
  return json::object({{"agentCoreMemoryConfiguration", std::move(inside)}});
}

Result<Value> own_memory(const MemoryUseWords& words) {
  Value inside = json::Object{};
  Value types = json::Array{};
  for (const std::string& word : words.strategies) {
    SOMA_ASSIGN(std::string type, parse_strategy_type_word(word));
    types.push_back(std::move(type));
  }
  if (!types.empty()) inside.set("strategies", std::move(types));
  if (words.expiry_days) inside.set("eventExpiryDuration", *words.expiry_days);
  return json::object({{"managedMemoryConfiguration", std::move(inside)}});
}

Result<> edit(Context& context, const MemoryUseArguments& arguments, bool adds) {
  SOMA_ASSIGN(const Project project, find_project(context.working_directory));
  SOMA_ASSIGN(const ProjectHarness harness, choose_harness(project, arguments.harness));
  Value use;
  if (adds) {
    SOMA_ASSIGN(use, memory_use(arguments.words));
    SOMA_TRY(add_memory_use(harness.file(), use));
  } else {
    SOMA_TRY(remove_memory_use(harness.file()));
  }
  const std::string_view action = adds ? "added" : "removed";
  if (arguments.json) {
    Value done = json::object({{"action", action}, {"file", harness.file().string()}});
    if (adds) done.set("memory", std::move(use));
    context.terminal.out_line(json::write(done));
  } else {
    context.terminal.out_line(
        fmt::format("{} memory in {}", action, shown_path(harness.file(), context.working_directory)));
  }
  return {};
}

void finish(CLI::App& command, Context& context, const std::shared_ptr<MemoryUseArguments>& arguments,
            bool adds) {
  command.add_option("--harness", arguments->harness, "The harness (default: the project's only one)")
      ->type_name("NAME");
  add_json_option(command, arguments->json);
  on_call(command, context, [&context, arguments, adds] {
    const Result<> done = edit(context, *arguments, adds);
    return done ? kExitOk : report(context, done.error(), arguments->json);
  });
}

}  // namespace

Result<Value> memory_use(const MemoryUseWords& words) {
  const bool of_existing = !words.actor.empty() || words.messages_count || !words.retrievals.empty();
  const bool of_own = !words.strategies.empty() || words.expiry_days;
  if (!words.arn.empty() && of_own)
    return os::fail(Code::kInvalidArgument, "a memory that exists has its strategies and expiry already",
                    "change those with: soma memory update");
  if (words.arn.empty() && of_existing)
    return os::fail(Code::kInvalidArgument, "--actor-id, --messages and --retrieve go with --arn",
                    "name the memory by its --arn (soma memory list)");
  return words.arn.empty() ? own_memory(words) : existing_memory(words);
}

void add_add_memory(CLI::App& add, Context& context) {
  auto arguments = std::make_shared<MemoryUseArguments>();
  MemoryUseWords& words = arguments->words;
  CLI::App* command =
      add.add_subcommand("memory", "Let a harness remember: its own memory, or one that exists");
  const auto own = "A memory of its own, made when it is deployed";
  command
      ->add_option("--strategies", words.strategies,
                   "semantic, summary, preference, episodic, with commas between (default: the first two)")
      ->delimiter(',')
      ->type_name("LIST")
      ->group(own);
  command->add_option("--expiry-days", words.expiry_days, "How long events are kept: 3 to 365 (default 30)")
      ->type_name("DAYS")
      ->group(own);
  const auto existing = "A memory that exists";
  command->add_option("--arn", words.arn, "Its ARN or id")->type_name("ARN")->group(existing);
  command->add_option("--actor-id", words.actor, "Whose memory, unless an invocation says so")
      ->type_name("ACTOR")
      ->group(existing);
  command->add_option("--messages", words.messages_count, "Earlier messages of a session that it begins with")
      ->type_name("COUNT")
      ->group(existing);
  command
      ->add_option("--retrieve", words.retrievals,
                   "What is looked up for each question: TEMPLATE[:TOP-K[:SCORE]]; can be repeated")
      ->type_name("TEMPLATE")
      ->group(existing);
  add_example(
      *command,
      "  soma add memory --strategies semantic,preference\n"
      "  soma add memory --arn Cases-0a1b2c3d4e --actor-id sloane --retrieve /cases/{actorId}/facts/:5:0.2");
  finish(*command, context, arguments, true);
}

void add_remove_memory(CLI::App& remove, Context& context) {
  auto arguments = std::make_shared<MemoryUseArguments>();
  CLI::App* command = remove.add_subcommand("memory", "Remove the memory from a harness's harness.json");
  add_example(*command, "  soma remove memory --harness browseragent");
  finish(*command, context, arguments, false);
}

}  // namespace soma::cli
