// Memories and their strategies.
#include <algorithm>

#include "services/memory/api/shapes.h"

namespace soma::memory::api {
namespace {

using json::Value;
using os::Result;

struct StrategyMember {
  std::string_view name;
  StrategyType type;
};
constexpr StrategyMember kStrategyUnion[] = {{"semanticMemoryStrategy", StrategyType::kSemantic},
                                             {"summaryMemoryStrategy", StrategyType::kSummarization},
                                             {"userPreferenceMemoryStrategy", StrategyType::kUserPreference},
                                             {"episodicMemoryStrategy", StrategyType::kEpisodic}};
constexpr std::string_view kCustomStrategy = "customMemoryStrategy";

constexpr std::string_view kNoPrompts =
    "is not offered: soma's strategies are rules, without a model to prompt; write records of your own with "
    "BatchCreateMemoryRecords";
constexpr std::string_view kNoRecordSchema =
    "is not offered: soma's strategies infer no metadata; write records of your own with "
    "BatchCreateMemoryRecords";
constexpr std::string_view kNoStreams =
    "is not offered: follow a memory at GET /api/memories/{memoryId}/watch";
constexpr std::string_view kNoTags = "is not offered: memories have no tags here";

void refuse_of_strategy(Members& members) {
  members.refuse("memoryRecordSchema", kNoRecordSchema);
  members.refuse("recordExpirySpecification", kNoRecordExpiry);
}

std::optional<std::string> read_reflection(Members members) {
  auto name_space = read_template(members);
  members.refuse("memoryRecordSchema", kNoRecordSchema);
  members.done();
  return name_space;
}

StrategySpec read_strategy(const Value& element, Faults& faults, std::string path) {
  StrategySpec spec;
  Members choice(element, faults, std::move(path));
  if (choice.has(kCustomStrategy)) {
    choice.fault(kCustomStrategy, std::string(kNoPrompts));
    return spec;
  }
  const std::string_view chosen = choice.one_of(
      {kStrategyUnion[0].name, kStrategyUnion[1].name, kStrategyUnion[2].name, kStrategyUnion[3].name});
  choice.done();
  if (chosen.empty()) return spec;
  spec.type = std::ranges::find(kStrategyUnion, chosen, &StrategyMember::name)->type;
  Members members = choice.object(chosen, kRequired);
  spec.name = members.text("name", kRequired, kName);
  spec.description = members.text("description", kOptional, kDescription);
  spec.namespace_template = read_template(members).value_or("");
  if (spec.type == StrategyType::kEpisodic && members.has("reflectionConfiguration"))
    spec.reflection_template =
        read_reflection(members.object("reflectionConfiguration", kOptional)).value_or("");
  refuse_of_strategy(members);
  members.done();
  return spec;
}

std::vector<StrategySpec> read_strategies(Members& members, std::string_view member) {
  std::vector<StrategySpec> strategies;
  for (const Value& element : members.list(member, kOptional, 0, kMaxStrategies))
    strategies.push_back(
        read_strategy(element, members.faults(), members.path_of(member, strategies.size())));
  return strategies;
}

StrategyUpdate read_strategy_update(const Value& element, Faults& faults, std::string path) {
  StrategyUpdate update;
  Members members(element, faults, std::move(path));
  update.id = members.text("memoryStrategyId", kRequired, kStrategyId);
  update.description = members.optional_text("description", kDescription);
  update.namespace_template = read_template(members);
  if (members.has("configuration")) {
    Members configuration = members.object("configuration", kOptional);
    for (const char* member : {"extraction", "consolidation", "selfManagedConfiguration"})
      configuration.refuse(member, kNoPrompts);
    if (configuration.has("reflection")) {
      Members reflection = configuration.object("reflection", kOptional);
      reflection.refuse("customReflectionConfiguration", kNoPrompts);
      if (reflection.has("episodicReflectionConfiguration"))
        update.reflection_template =
            read_reflection(reflection.object("episodicReflectionConfiguration", kOptional));
      reflection.done();
    }
    configuration.done();
  }
  refuse_of_strategy(members);
  members.done();
  return update;
}

void read_strategy_changes(Members members, MemoryUpdate& update) {
  update.add = read_strategies(members, "addMemoryStrategies");
  for (const Value& element : members.list("modifyMemoryStrategies", kOptional, 0, kMaxStrategies))
    update.modify.push_back(read_strategy_update(
        element, members.faults(), members.path_of("modifyMemoryStrategies", update.modify.size())));
  for (const Value& element : members.list("deleteMemoryStrategies", kOptional, 0, kMaxStrategies)) {
    Members removed(element, members.faults(),
                    members.path_of("deleteMemoryStrategies", update.remove.size()));
    update.remove.push_back(removed.text("memoryStrategyId", kRequired, kStrategyId));
    removed.done();
  }
  members.done();
}

std::vector<IndexedKey> read_indexed_keys(Members& members, std::string_view member) {
  std::vector<IndexedKey> keys;
  for (const Value& element : members.list(member, kOptional, 1, kMaxIndexedKeys)) {
    Members entry(element, members.faults(), members.path_of(member, keys.size()));
    keys.push_back({.key = entry.text("key", kRequired, kMetadataKey),
                    .type = entry.choice("type", kRequired, {"STRING", "STRINGLIST", "NUMBER"})});
    entry.done();
  }
  return keys;
}

void refuse_of_memory(Members& members) {
  members.refuse("namespaceKeys", kNoOtherVariables);
  members.refuse("streamDeliveryResources", kNoStreams);
}

void set_unless_empty(Value& body, std::string_view member, const std::string& text) {
  if (!text.empty()) body.set(member, text);
}

void set_template(Value& body, const std::string& name_space_template) {
  body.set("namespaces", json::array({name_space_template}));
  body.set("namespaceTemplates", json::array({name_space_template}));
}

Value strategy_json(const StrategyDefinition& strategy, Times times) {
  Value body = json::object({{"strategyId", strategy.id},
                             {"name", strategy.spec.name},
                             {"type", to_string(strategy.spec.type)},
                             {"status", "ACTIVE"},
                             {"createdAt", time_json(strategy.created, times)},
                             {"updatedAt", time_json(strategy.updated, times)}});
  set_unless_empty(body, "description", strategy.spec.description);
  set_template(body, strategy.spec.namespace_template);
  // The one thing of a strategy without prompts that the API tells in its configuration.
  if (!strategy.spec.reflection_template.empty()) {
    Value reflections = json::Object{};
    set_template(reflections, strategy.spec.reflection_template);
    Value union_member = json::object({{"episodicReflectionConfiguration", std::move(reflections)}});
    body.set("configuration", json::object({{"reflection", std::move(union_member)}}));
  }
  return body;
}

}  // namespace

Result<PageRequest> page_request(const Value& body) {
  Faults faults;
  Members members(body, faults);
  PageRequest page = read_page(members, kMaxPage);
  members.done();
  SOMA_TRY(faults.result());
  return page;
}

Result<NewMemory> new_memory(const Value& body) {
  Faults faults;
  Members members(body, faults);
  NewMemory wanted{.name = members.text("name", kRequired, kName),
                   .description = members.text("description", kOptional, kDescription)};
  wanted.event_expiry_days =
      members.integer("eventExpiryDuration", kRequired, kMinExpiryDays, kMaxExpiryDays).value_or(0);
  wanted.strategies = read_strategies(members, "memoryStrategies");
  wanted.indexed_keys = read_indexed_keys(members, "indexedKeys");
  wanted.encryption_key_arn = members.text("encryptionKeyArn", kOptional, kArn);
  wanted.execution_role_arn = members.text("memoryExecutionRoleArn", kOptional, kArn);
  wanted.client_token = members.text("clientToken", kOptional, kClientToken);
  members.refuse("tags", kNoTags);
  refuse_of_memory(members);
  members.done();
  SOMA_TRY(faults.result());
  return wanted;
}

Result<MemoryUpdate> memory_update(const Value& body) {
  Faults faults;
  Members members(body, faults);
  MemoryUpdate update{.description = members.optional_text("description", kDescription),
                      .execution_role_arn = members.optional_text("memoryExecutionRoleArn", kArn)};
  update.event_expiry_days =
      members.integer("eventExpiryDuration", kOptional, kMinExpiryDays, kMaxExpiryDays);
  update.add_indexed_keys = read_indexed_keys(members, "addIndexedKeys");
  if (members.has("memoryStrategies"))
    read_strategy_changes(members.object("memoryStrategies", kOptional), update);
  members.text("clientToken", kOptional, kClientToken);  // an update may be repeated as it is
  refuse_of_memory(members);
  members.done();
  SOMA_TRY(faults.result());
  return update;
}

Value memory_json(const Memory& memory, Times times) {
  Value body = memory_summary_json(memory);
  body.set("name", memory.name);
  body.set("eventExpiryDuration", memory.event_expiry_days);
  body.set("createdAt", time_json(memory.created, times));
  body.set("updatedAt", time_json(memory.updated, times));
  set_unless_empty(body, "description", memory.description);
  set_unless_empty(body, "encryptionKeyArn", memory.encryption_key_arn);
  set_unless_empty(body, "memoryExecutionRoleArn", memory.execution_role_arn);
  Value strategies = json::Array{};
  for (const StrategyDefinition& strategy : memory.strategies)
    strategies.push_back(strategy_json(strategy, times));
  body.set("strategies", std::move(strategies));
  if (!memory.indexed_keys.empty()) {
    Value keys = json::Array{};
    for (const IndexedKey& key : memory.indexed_keys)
      keys.push_back(json::object({{"key", key.key}, {"type", key.type}}));
    body.set("indexedKeys", std::move(keys));
  }
  return body;
}

Value memory_summary_json(const Memory& memory) {
  Value body = json::object({{"arn", memory.arn()},
                             {"id", memory.id},
                             {"status", "ACTIVE"},
                             {"createdAt", time_json(memory.created, Times::kSeconds)},
                             {"updatedAt", time_json(memory.updated, Times::kSeconds)}});
  set_unless_empty(body, "managedByResourceArn", memory.managed_by);
  return body;
}

}  // namespace soma::memory::api
