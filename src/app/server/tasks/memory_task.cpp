// Memory as tasks: what happened becomes an event, what is remembered is looked up. All may be asked again
// after a crash: what writes carries the task's key as its token.
//
// The operations take the words of the AgentCore API, in the capitals of a task's parameters.
#include <algorithm>

#include <fmt/format.h>

#include "app/server/tasks/tasks.h"
#include "services/memory/memory.h"
#include "services/workflow/connectors/answers.h"

namespace soma::server {
namespace {

using json::Value;
using os::Code;
using os::Result;
using workflow::ConnectorResult;

constexpr std::string_view kKind = "Memory";
constexpr int64_t kDefaultTopK = 10;

struct Call {
  memory::Service& memories;
  const Value& parameters;
  os::Time now;
  std::string token;  // the same each time the task is asked

  std::string text(std::string_view name) const { return std::string(parameters.get(name).string_or("")); }
  Result<> check(std::initializer_list<std::string_view> known) const {
    SOMA_TRY(check_members(parameters, known));
    if (parameters.get("Memory").is_string()) return {};
    return os::fail(Code::kInvalidArgument, "Memory is missing", "name a memory by its id or ARN");
  }
  Result<size_t> number(std::string_view name, int64_t fallback) const {
    const int64_t value = parameters.has(name) ? parameters.get(name).int_or(0) : fallback;
    if (value >= 1 && value <= static_cast<int64_t>(memory::kMaxTopK)) return static_cast<size_t>(value);
    return os::fail(Code::kInvalidArgument,
                    fmt::format("{} must be a number from 1 to {}", name, memory::kMaxTopK));
  }
};

Result<memory::Role> role_of(std::string_view name) {
  constexpr std::string_view kNames[] = {"USER", "ASSISTANT", "TOOL", "OTHER"};
  const auto* found = std::ranges::find(kNames, name);
  if (found == std::end(kNames))
    return os::fail(Code::kInvalidArgument, fmt::format("Role is '{}'", name),
                    "USER, ASSISTANT, TOOL or OTHER");
  return static_cast<memory::Role>(found - std::begin(kNames));
}

// "Text" with "Role", "Messages" of the same two, or "Document", which is any JSON.
Result<std::vector<memory::Payload>> payload_of(const Value& parameters) {
  std::vector<memory::Payload> out;
  const auto add = [&](const Value& from) -> Result<> {
    SOMA_ASSIGN(const memory::Role role, role_of(from.get("Role").string_or("USER")));
    const Value& text = from.get("Text");
    out.push_back({.role = role, .text = text.is_string() ? text.as_string() : json::write(text)});
    return {};
  };
  if (parameters.has("Text")) SOMA_TRY(add(parameters));
  const Value& messages = parameters.get("Messages");
  for (size_t index = 0; index < messages.size(); ++index) {
    SOMA_TRY(check_members(messages.at(index), {"Role", "Text"}));
    SOMA_TRY(add(messages.at(index)));
  }
  if (const Value* document = parameters.find("Document"))
    out.push_back({.kind = memory::Payload::Kind::kDocument, .text = {}, .data = *document});
  if (out.empty())
    return os::fail(Code::kInvalidArgument, "there is nothing to keep", "give Text, Messages or Document");
  return out;
}

net::Task<Result<Value>> create_event(const Call& call) {
  SOMA_CO_TRY(call.check({"Memory", "ActorId", "SessionId", "Text", "Role", "Messages", "Document"}));
  memory::NewEvent event{.memory_id = call.text("Memory"),
                         .actor_id = call.text("ActorId"),
                         .session_id = call.text("SessionId"),
                         .at = call.now,
                         .client_token = call.token};
  SOMA_CO_ASSIGN(event.payload, payload_of(call.parameters));
  SOMA_CO_ASSIGN(const memory::Event made, co_await call.memories.create_event(std::move(event)));
  co_return json::object({{"EventId", made.id}, {"ActorId", made.actor_id}, {"SessionId", made.session_id}});
}

net::Task<Result<Value>> retrieve(const Call& call) {
  SOMA_CO_TRY(call.check({"Memory", "Namespace", "NamespacePath", "Query", "TopK", "StrategyId"}));
  SOMA_CO_ASSIGN(const size_t top_k, call.number("TopK", kDefaultTopK));
  std::string memory = call.text("Memory"), query = call.text("Query");
  const memory::RecordFilter filter{.name_space = call.text("Namespace"),
                                    .path = call.text("NamespacePath"),
                                    .strategy_id = call.text("StrategyId")};
  SOMA_CO_ASSIGN(const std::vector<memory::FoundRecord> found,
                 co_await call.memories.retrieve(std::move(memory), filter, std::move(query), top_k));
  Value records = json::Array{};
  for (const memory::FoundRecord& each : found)
    records.push_back(json::object({{"RecordId", each.record.id},
                                    {"Text", each.record.text},
                                    {"Namespace", each.record.name_space},
                                    {"Score", each.score}}));
  co_return json::object({{"Records", std::move(records)}});
}

net::Task<Result<Value>> recall(const Call& call) {
  SOMA_CO_TRY(call.check({"Memory", "ActorId", "SessionId", "Query", "TopK"}));
  SOMA_CO_ASSIGN(const size_t top_k, call.number("TopK", kDefaultTopK));
  std::string memory = call.text("Memory"), actor = call.text("ActorId"), session = call.text("SessionId"),
              query = call.text("Query");
  SOMA_CO_ASSIGN(const std::vector<memory::FoundTurn> found,
                 co_await call.memories.recall(std::move(memory), std::move(actor), std::move(session),
                                               std::move(query), top_k));
  Value messages = json::Array{};
  for (const memory::FoundTurn& each : found)
    messages.push_back(json::object({{"EventId", each.event_id},
                                     {"SessionId", each.session_id},
                                     {"Text", each.text},
                                     {"At", os::format_time(each.at)},
                                     {"Score", each.score}}));
  co_return json::object({{"Messages", std::move(messages)}});
}

net::Task<Result<Value>> remember(const Call& call) {
  SOMA_CO_TRY(call.check({"Memory", "Namespace", "StrategyId", "Text"}));
  std::vector<memory::NewRecord> records;
  records.push_back({.request_id = "task",
                     .name_space = call.text("Namespace"),
                     .text = call.text("Text"),
                     .strategy_id = call.text("StrategyId"),
                     .at = call.now});
  SOMA_CO_ASSIGN(const std::vector<memory::BatchOutcome> outcomes,
                 co_await call.memories.create_records(call.text("Memory"), std::move(records), call.token));
  if (outcomes.front().error) co_return std::unexpected(*outcomes.front().error);
  co_return json::object({{"RecordId", outcomes.front().record_id}});
}

struct Action {
  std::string_view name;
  net::Task<Result<Value>> (*run)(const Call& call);
};
constexpr Action kActions[] = {
    {"createEvent", create_event}, {"retrieve", retrieve}, {"recall", recall}, {"remember", remember}};

class MemoryConnector final : public OwnConnector {
 public:
  MemoryConnector(const TaskDependencies& dependencies, const Action& action)
      : OwnConnector("memory", action.name, true), with_(dependencies.with), action_(action) {}

  net::Task<ConnectorResult> run(workflow::ConnectorCall call,
                                 std::function<void(workflow::engine::Payload)> /*submitted*/,
                                 net::Cancellation /*cancellation*/) override {
    const Call asked{*with_.memories, call.task.parameters.value(), with_.clock.now(), call.idempotency_key};
    Result<Value> answered = co_await action_.run(asked);
    if (!answered) co_return failed_call(kKind, answered.error());
    co_return workflow::answer(std::move(*answered));
  }

 private:
  const harness::Dependencies& with_;
  const Action& action_;
};

}  // namespace

void add_memory_connectors(workflow::Connectors& connectors, const TaskDependencies& dependencies) {
  for (const Action& action : kActions)
    connectors.add(std::make_unique<MemoryConnector>(dependencies, action));
}

}  // namespace soma::server
