#include "services/harness/memory/memory_config.h"

#include <fmt/format.h>
#include <algorithm>

#include "base/json/schema.h"

namespace soma::harness {

using json::Value;
using os::Result;

namespace {

constexpr std::string_view kManaged = "managedMemoryConfiguration";
constexpr std::string_view kExisting = "agentCoreMemoryConfiguration";

constexpr std::string_view kMembers = R"json(
    "disabled": {"type": "object", "maxProperties": 0},
    "managedMemoryConfiguration": {
      "type": "object",
      "additionalProperties": false,
      "description": "A memory of this harness's own, made for it.",
      "properties": {
        "arn": {"type": "string", "maxLength": 2048, "description": "Told by soma; ignored when it is sent."},
        "strategies": {"type": "array", "maxItems": 4, "uniqueItems": true, "items": {"enum": ["SEMANTIC", "SUMMARIZATION", "USER_PREFERENCE", "EPISODIC"]}, "default": ["SEMANTIC", "SUMMARIZATION"]},
        "eventExpiryDuration": {"type": "integer", "minimum": 3, "maximum": 365, "default": 30, "description": "Days."},
        "encryptionKeyArn": {"type": "string", "maxLength": 2048, "description": "Kept and told; soma has no keys of a cloud."}
      }
    },
    "agentCoreMemoryConfiguration": {
      "type": "object",
      "required": ["arn"],
      "additionalProperties": false,
      "description": "A memory that exists.",
      "properties": {
        "arn": {"type": "string", "minLength": 1, "maxLength": 2048, "description": "Its ARN or id."},
        "actorId": {"type": "string", "minLength": 1, "maxLength": 255, "description": "Whose memory is used, unless an invocation says so."},
        "messagesCount": {"type": "integer", "minimum": 0, "maximum": 100, "description": "Earlier messages of the same session that a new one begins with."},
        "retrievalConfig": {
          "type": "object",
          "maxProperties": 16,
          "description": "What is looked up before the model is asked, by template of a namespace.",
          "propertyNames": {"minLength": 1, "maxLength": 512},
          "additionalProperties": {
            "type": "object",
            "additionalProperties": false,
            "properties": {
              "topK": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
              "relevanceScore": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.2},
              "strategyId": {"type": "string", "minLength": 1, "maxLength": 100}
            }
          }
        }
      }
    })json";

std::string make_schema() {
  return fmt::format(
      R"json({{"type": "object", "maxProperties": 1, "additionalProperties": false,
  "description": "What the agent remembers beyond one session. UpdateHarness wraps it: {{\"optionalValue\": {{…}}}}.",
  "properties": {{{0},
    "optionalValue": {{"type": ["object", "null"], "maxProperties": 1, "additionalProperties": false, "properties": {{{0}}}}}
  }}}})json",
      kMembers);
}

MemoryUse managed_from_json(const Value& from) {
  MemoryUse out{.managed = true};
  const Value& types = from.get("strategies");
  for (size_t index = 0; index < types.size(); ++index)
    out.strategies.push_back(*memory::parse_strategy_type(types.at(index).as_string()));
  if (!from.has("strategies"))
    out.strategies = {memory::StrategyType::kSemantic, memory::StrategyType::kSummarization};
  out.expiry_days = from.get("eventExpiryDuration").int_or(kDefaultManagedExpiryDays);
  out.encryption_key_arn = from.get("encryptionKeyArn").string_or("");
  return out;
}

MemoryUse existing_from_json(const Value& from) {
  MemoryUse out{.memory = std::string(from.get("arn").string_or("")),
                .actor_id = std::string(from.get("actorId").string_or(""))};
  if (from.has("messagesCount")) out.messages_count = from.get("messagesCount").as_int();
  const Value& retrievals = from.get("retrievalConfig");
  for (const auto& [name_space, each] : retrievals.is_object() ? retrievals.as_object() : json::Object{})
    out.retrievals.push_back({.name_space = name_space,
                              .top_k = each.get("topK").int_or(kDefaultTopK),
                              .relevance = each.get("relevanceScore").double_or(kDefaultRelevance),
                              .strategy_id = std::string(each.get("strategyId").string_or(""))});
  return out;
}

}  // namespace

std::string_view memory_schema_text() {
  static const std::string text = make_schema();
  return text;
}

Result<std::optional<MemoryUse>> memory_use_from_json(const Value& value, const std::string& pointer,
                                                      std::string_view text, std::string_view source) {
  if (value.has("optionalValue"))
    return memory_use_from_json(value.get("optionalValue"), pointer + "/optionalValue", text, source);
  if (const Value* managed = value.find(kManaged)) return managed_from_json(*managed);
  const Value* existing = value.find(kExisting);
  if (existing == nullptr) return std::nullopt;
  MemoryUse use = existing_from_json(*existing);
  if (!use.actor_id.empty()) {
    if (const Result<> checked = memory::check_actor_id(use.actor_id); !checked)
      return std::unexpected(json::violations_error(
          {{fmt::format("{}/{}/actorId", pointer, kExisting), "", checked.error().message}}, text, source));
  }
  return use;
}

Value to_json(const MemoryUse& use) {
  Value inside = json::Object{};
  if (use.managed) {
    Value types = json::Array{};
    for (const memory::StrategyType type : use.strategies) types.push_back(to_string(type));
    inside.set("strategies", std::move(types));
    inside.set("eventExpiryDuration", use.expiry_days);
    if (!use.encryption_key_arn.empty()) inside.set("encryptionKeyArn", use.encryption_key_arn);
    return json::object({{std::string(kManaged), std::move(inside)}});
  }
  inside.set("arn", use.memory);
  if (!use.actor_id.empty()) inside.set("actorId", use.actor_id);
  if (use.messages_count) inside.set("messagesCount", *use.messages_count);
  Value retrievals = json::Object{};
  for (const Retrieval& each : use.retrievals) {
    Value one = json::object({{"topK", each.top_k}, {"relevanceScore", each.relevance}});
    if (!each.strategy_id.empty()) one.set("strategyId", each.strategy_id);
    retrievals.set(each.name_space, std::move(one));
  }
  if (!use.retrievals.empty()) inside.set("retrievalConfig", std::move(retrievals));
  return json::object({{std::string(kExisting), std::move(inside)}});
}

}  // namespace soma::harness
