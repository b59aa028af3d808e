#include "services/memory/tables/stored_json.h"

#include <fmt/format.h>

#include <array>

namespace soma::memory::tables {

using json::Value;
using os::Code;
using os::Result;

namespace {

constexpr std::array<std::string_view, 4> kRoles{"user", "assistant", "tool", "other"};

Result<Value> parse_body(std::string_view text) {
  auto body = json::parse(text);
  if (!body)
    return os::fail(Code::kCorrupt,
                    fmt::format("a row of the memory database is broken: {}", body.error().message));
  return body;
}

void set_text(Value& out, std::string_view key, const std::string& text) {
  if (!text.empty()) out.set(key, text);
}
std::string text_of(const Value& from, std::string_view key) {
  return std::string(from.get(key).string_or(""));
}

Value strategy_json(const StrategyDefinition& strategy) {
  Value out = json::object({{"id", strategy.id},
                            {"type", to_string(strategy.spec.type)},
                            {"name", strategy.spec.name},
                            {"namespace", strategy.spec.namespace_template},
                            {"created", to_column(strategy.created)},
                            {"updated", to_column(strategy.updated)}});
  set_text(out, "description", strategy.spec.description);
  set_text(out, "reflections", strategy.spec.reflection_template);
  return out;
}

Result<StrategyDefinition> strategy_from_json(const Value& from) {
  const auto type = parse_strategy_type(from.get("type").string_or(""));
  if (!type) return os::fail(Code::kCorrupt, "a stored strategy has an unknown type");
  StrategyDefinition out;
  out.id = text_of(from, "id");
  out.spec = {.type = *type,
              .name = text_of(from, "name"),
              .description = text_of(from, "description"),
              .namespace_template = text_of(from, "namespace"),
              .reflection_template = text_of(from, "reflections")};
  out.created = from_column(from.get("created").int_or(0));
  out.updated = from_column(from.get("updated").int_or(0));
  return out;
}

Value payload_json(const Payload& payload) {
  switch (payload.kind) {
    case Payload::Kind::kMessage:
      return json::object({{"role", kRoles[static_cast<size_t>(payload.role)]}, {"text", payload.text}});
    case Payload::Kind::kDocument:
      return json::object({{"document", payload.data}});
    case Payload::Kind::kBlob:
      return json::object({{"blob", payload.data}});
  }
  return {};
}

Payload payload_from_json(const Value& from) {
  if (const Value* document = from.find("document"))
    return {.kind = Payload::Kind::kDocument, .data = *document};
  if (const Value* blob = from.find("blob")) return {.kind = Payload::Kind::kBlob, .data = *blob};
  Payload out{.text = text_of(from, "text")};
  for (size_t role = 0; role < kRoles.size(); ++role)
    if (kRoles[role] == from.get("role").string_or("")) out.role = static_cast<Role>(role);
  return out;
}

}  // namespace

int64_t to_column(os::Time time) {
  return time.time_since_epoch().count();
}
os::Time from_column(int64_t column) {
  return os::Time(os::Duration(column));
}

std::string memory_body(const Memory& memory) {
  Value strategies = json::Array{};
  for (const StrategyDefinition& each : memory.strategies) strategies.push_back(strategy_json(each));
  Value keys = json::Array{};
  for (const IndexedKey& each : memory.indexed_keys)
    keys.push_back(json::object({{"key", each.key}, {"type", each.type}}));
  Value out = json::object({{"id", memory.id},
                            {"name", memory.name},
                            {"expiryDays", memory.event_expiry_days},
                            {"strategies", std::move(strategies)},
                            {"indexedKeys", std::move(keys)},
                            {"created", to_column(memory.created)},
                            {"updated", to_column(memory.updated)}});
  set_text(out, "description", memory.description);
  set_text(out, "encryptionKeyArn", memory.encryption_key_arn);
  set_text(out, "executionRoleArn", memory.execution_role_arn);
  set_text(out, "managedBy", memory.managed_by);
  set_text(out, "clientToken", memory.client_token);
  return json::write(out);
}

Result<Memory> memory_from_body(std::string_view text) {
  SOMA_ASSIGN(const Value from, parse_body(text));
  Memory out;
  out.id = text_of(from, "id");
  out.name = text_of(from, "name");
  out.description = text_of(from, "description");
  out.event_expiry_days = from.get("expiryDays").int_or(kMaxExpiryDays);
  const Value& strategies = from.get("strategies");
  for (size_t index = 0; index < strategies.size(); ++index) {
    SOMA_ASSIGN(StrategyDefinition strategy, strategy_from_json(strategies.at(index)));
    out.strategies.push_back(std::move(strategy));
  }
  const Value& keys = from.get("indexedKeys");
  for (size_t index = 0; index < keys.size(); ++index)
    out.indexed_keys.push_back({text_of(keys.at(index), "key"), text_of(keys.at(index), "type")});
  out.encryption_key_arn = text_of(from, "encryptionKeyArn");
  out.execution_role_arn = text_of(from, "executionRoleArn");
  out.managed_by = text_of(from, "managedBy");
  out.client_token = text_of(from, "clientToken");
  out.created = from_column(from.get("created").int_or(0));
  out.updated = from_column(from.get("updated").int_or(0));
  return out;
}

std::string event_body(const Event& event) {
  Value payload = json::Array{};
  for (const Payload& each : event.payload) payload.push_back(payload_json(each));
  Value out = json::object({{"payload", std::move(payload)}});
  if (event.branch)
    out.set("branch", json::object({{"name", event.branch->name}, {"root", event.branch->root_event_id}}));
  if (!event.metadata.empty()) out.set("metadata", to_json(event.metadata));
  return json::write(out);
}

Result<> event_from_body(std::string_view text, Event& event) {
  SOMA_ASSIGN(const Value from, parse_body(text));
  const Value& payload = from.get("payload");
  event.payload.reserve(payload.size());
  for (size_t index = 0; index < payload.size(); ++index)
    event.payload.push_back(payload_from_json(payload.at(index)));
  if (const Value* branch = from.find("branch"))
    event.branch = Branch{text_of(*branch, "name"), text_of(*branch, "root")};
  SOMA_ASSIGN(event.metadata, metadata_from_json(from.get("metadata"), kMaxEventMetadata));
  return {};
}

std::string record_body(const Record& record) {
  Value sources = json::Array{};
  for (const std::string& each : record.sources) sources.push_back(each);
  Value out = json::object({{"text", record.text}});
  if (!record.metadata.empty()) out.set("metadata", to_json(record.metadata));
  if (!record.sources.empty()) out.set("sources", std::move(sources));
  set_text(out, "supersedes", record.supersedes);
  set_text(out, "supersededBy", record.superseded_by);
  return json::write(out);
}

Result<> record_from_body(std::string_view text, Record& record) {
  SOMA_ASSIGN(const Value from, parse_body(text));
  record.text = text_of(from, "text");
  SOMA_ASSIGN(record.metadata, metadata_from_json(from.get("metadata"), kMaxRecordMetadata));
  const Value& sources = from.get("sources");
  for (size_t index = 0; index < sources.size(); ++index)
    record.sources.emplace_back(sources.at(index).string_or(""));
  record.supersedes = text_of(from, "supersedes");
  record.superseded_by = text_of(from, "supersededBy");
  return {};
}

}  // namespace soma::memory::tables
