#include "services/memory/definitions.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "services/memory/memory.h"

namespace soma::memory {

using os::Code;
using os::Result;

namespace {

constexpr std::string_view kActor = "{actorId}", kSession = "{sessionId}", kStrategy = "{memoryStrategyId}";
// AgentCore's defaults; a session's own place for what belongs to one session.
constexpr std::string_view kActorTemplate = "/strategies/{memoryStrategyId}/actors/{actorId}/";
constexpr std::string_view kSessionTemplate =
    "/strategies/{memoryStrategyId}/actors/{actorId}/sessions/{sessionId}/";

Result<> invalid(std::string_view member, std::string_view value, std::string_view hint) {
  return os::fail(Code::kInvalidArgument,
                  fmt::format("{} is '{}'", member, os::utf8_prefix(os::to_valid_utf8(value), 100)),
                  std::string(hint));
}

Result<> check_name(std::string_view member, std::string_view name) {
  static const RE2 pattern("[a-zA-Z][a-zA-Z0-9_]{0,47}");
  if (RE2::FullMatch(name, pattern)) return {};
  return invalid(member, name, "use a letter, then letters, digits and underscores, 48 at most");
}

Result<> check_description(std::string_view member, std::string_view text) {
  if (text.size() <= kMaxDescriptionBytes) return {};
  return os::fail(Code::kInvalidArgument, fmt::format("{} has {} bytes; at most {} (kMaxDescriptionBytes)",
                                                      member, text.size(), kMaxDescriptionBytes));
}

Result<> check_expiry(int64_t days) {
  if (days >= kMinExpiryDays && days <= kMaxExpiryDays) return {};
  return os::fail(Code::kInvalidArgument, fmt::format("eventExpiryDuration is {} days; it must be {} to {}",
                                                      days, kMinExpiryDays, kMaxExpiryDays));
}

Result<> check_template(std::string_view member, std::string_view text) {
  static const RE2 pattern(R"([a-zA-Z0-9\-_/]*(\{(actorId|sessionId|memoryStrategyId)\}[a-zA-Z0-9\-_/]*)*)");
  if (!text.empty() && text.size() <= kMaxTemplateBytes && RE2::FullMatch(text, pattern)) return {};
  return invalid(
      member, text,
      "letters, digits, - _ / and the words {actorId}, {sessionId}, {memoryStrategyId}; 512 at most");
}

Result<> check_keys(const std::vector<IndexedKey>& keys) {
  if (keys.size() > kMaxIndexedKeys)
    return os::fail(Code::kInvalidArgument,
                    fmt::format("there would be {} indexedKeys; at most {}", keys.size(), kMaxIndexedKeys));
  for (const IndexedKey& key : keys) {
    if (key.key.empty() || key.key.size() > kMaxMetadataTextBytes)
      return invalid("indexedKeys.key", key.key, "1 to 256 bytes");
    if (key.type != "STRING" && key.type != "STRINGLIST" && key.type != "NUMBER")
      return invalid("indexedKeys.type", key.type, "STRING, STRINGLIST or NUMBER");
    if (std::ranges::count(keys, key.key, &IndexedKey::key) > 1)
      return invalid("indexedKeys.key", key.key, "a key is there once");
  }
  return {};
}

bool is_above(std::string_view upper, std::string_view lower) {
  if (!lower.starts_with(upper)) return false;
  return upper.ends_with('/') || lower.size() == upper.size() || lower[upper.size()] == '/';
}

// Fills in the defaults.
Result<> complete(StrategySpec& spec) {
  SOMA_TRY(check_name("a strategy's name", spec.name));
  SOMA_TRY(check_description("a strategy's description", spec.description));
  const bool episodic = spec.type == StrategyType::kEpisodic;
  const bool of_session = episodic || spec.type == StrategyType::kSummarization;
  if (spec.namespace_template.empty())
    spec.namespace_template = of_session ? kSessionTemplate : kActorTemplate;
  SOMA_TRY(check_template("namespaceTemplates", spec.namespace_template));
  if (spec.type == StrategyType::kSummarization && !spec.namespace_template.contains(kSession))
    return invalid("namespaceTemplates", spec.namespace_template,
                   "a summary is of a session: put {sessionId} into it");
  if (!episodic) {
    if (spec.reflection_template.empty()) return {};
    return invalid("reflectionConfiguration", spec.reflection_template, "only episodic strategies reflect");
  }
  if (spec.reflection_template.empty()) {
    const size_t session = spec.namespace_template.find("sessions/{sessionId}");
    const size_t word = spec.namespace_template.find(kSession);
    spec.reflection_template = spec.namespace_template.substr(0, std::min(session, word));
    if (spec.reflection_template.empty()) spec.reflection_template = spec.namespace_template;
  }
  SOMA_TRY(check_template("reflectionConfiguration.namespaceTemplates", spec.reflection_template));
  if (is_above(spec.reflection_template, spec.namespace_template)) return {};
  return os::fail(Code::kInvalidArgument,
                  fmt::format("the reflections' namespace '{}' is not above the episodes' namespace '{}'",
                              spec.reflection_template, spec.namespace_template),
                  "make it the same, or a part of it from the start up to a slash");
}

Result<> add_strategy(Memory& memory, StrategySpec spec, os::IdSource& ids, os::Time now) {
  SOMA_TRY(complete(spec));
  if (memory.strategies.size() >= kMaxStrategies)
    return os::fail(Code::kInvalidArgument,
                    fmt::format("a memory has at most {} strategies (kMaxStrategies)", kMaxStrategies));
  for (const StrategyDefinition& each : memory.strategies)
    if (each.spec.name == spec.name) return invalid("a strategy's name", spec.name, "each has its own name");
  StrategyDefinition added{.id = fmt::format("{}-{}", spec.name, ids.token(10)),
                           .spec = std::move(spec),
                           .created = now,
                           .updated = now};
  memory.strategies.push_back(std::move(added));
  return {};
}

Result<> modify_strategy(Memory& memory, const StrategyUpdate& update, os::Time now) {
  const auto found = std::ranges::find(memory.strategies, update.id, &StrategyDefinition::id);
  if (found == memory.strategies.end())
    return os::fail(Code::kNotFound, fmt::format("memory {} has no strategy {}", memory.id, update.id));
  StrategySpec spec = found->spec;
  if (update.description) spec.description = *update.description;
  if (update.namespace_template) spec.namespace_template = *update.namespace_template;
  if (update.reflection_template) spec.reflection_template = *update.reflection_template;
  SOMA_TRY(complete(spec));
  found->spec = std::move(spec);
  found->updated = now;
  return {};
}

void replace_word(std::string& text, std::string_view word, std::string_view value) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + value.size()))
    text.replace(at, word.size(), value);
}

}  // namespace

std::string Memory::arn() const {
  return "arn:aws:bedrock-agentcore:local:000000000000:memory/" + id;
}

const StrategyDefinition* Memory::strategy(std::string_view strategy_id) const {
  const auto found = std::ranges::find(strategies, strategy_id, &StrategyDefinition::id);
  return found == strategies.end() ? nullptr : &*found;
}

Result<Memory> make_memory(NewMemory wanted, os::IdSource& ids, os::Time now) {
  SOMA_TRY(check_name("name", wanted.name));
  SOMA_TRY(check_description("description", wanted.description));
  SOMA_TRY(check_expiry(wanted.event_expiry_days));
  SOMA_TRY(check_keys(wanted.indexed_keys));
  Memory memory{.id = fmt::format("{}-{}", wanted.name, ids.token(10)),
                .name = std::move(wanted.name),
                .description = std::move(wanted.description),
                .event_expiry_days = wanted.event_expiry_days,
                .strategies = {},
                .indexed_keys = std::move(wanted.indexed_keys),
                .encryption_key_arn = std::move(wanted.encryption_key_arn),
                .execution_role_arn = std::move(wanted.execution_role_arn),
                .managed_by = std::move(wanted.managed_by),
                .client_token = std::move(wanted.client_token),
                .created = now,
                .updated = now};
  for (StrategySpec& spec : wanted.strategies) SOMA_TRY(add_strategy(memory, std::move(spec), ids, now));
  return memory;
}

Result<Memory> changed_memory(Memory memory, MemoryUpdate update, os::IdSource& ids, os::Time now) {
  if (update.description) {
    SOMA_TRY(check_description("description", *update.description));
    memory.description = std::move(*update.description);
  }
  if (update.execution_role_arn) memory.execution_role_arn = std::move(*update.execution_role_arn);
  if (update.event_expiry_days) {
    SOMA_TRY(check_expiry(*update.event_expiry_days));
    memory.event_expiry_days = *update.event_expiry_days;
  }
  for (IndexedKey& key : update.add_indexed_keys)
    if (std::ranges::find(memory.indexed_keys, key) == memory.indexed_keys.end())
      memory.indexed_keys.push_back(std::move(key));
  SOMA_TRY(check_keys(memory.indexed_keys));
  for (const std::string& id : update.remove)
    if (std::erase_if(memory.strategies, [&](const StrategyDefinition& each) { return each.id == id; }) == 0)
      return os::fail(Code::kNotFound, fmt::format("memory {} has no strategy {}", memory.id, id));
  for (const StrategyUpdate& each : update.modify) SOMA_TRY(modify_strategy(memory, each, now));
  for (StrategySpec& spec : update.add) SOMA_TRY(add_strategy(memory, std::move(spec), ids, now));
  memory.updated = now;
  return memory;
}

Result<> check_actor_id(std::string_view id) {
  static const RE2 pattern("[a-zA-Z0-9][a-zA-Z0-9-_/]*(?::[a-zA-Z0-9-_/]+)*[a-zA-Z0-9-_/]*");
  if (!id.empty() && id.size() <= kMaxActorIdBytes && RE2::FullMatch(id, pattern)) return {};
  return invalid("actorId", id,
                 "a letter or digit, then letters, digits, - _ / and single colons; 255 at most");
}

Result<> check_session_id(std::string_view id) {
  static const RE2 pattern("[a-zA-Z0-9][a-zA-Z0-9-_]*");
  if (!id.empty() && id.size() <= kMaxSessionIdBytes && RE2::FullMatch(id, pattern)) return {};
  return invalid("sessionId", id, "a letter or digit, then letters, digits, - and _; 100 at most");
}

Result<> check_name_space(std::string_view name_space) {
  static const RE2 pattern(R"([a-zA-Z0-9/*][a-zA-Z0-9\-_/*:]*)");
  if (!name_space.empty() && name_space.size() <= kMaxNamespaceBytes && RE2::FullMatch(name_space, pattern))
    return {};
  return invalid("a namespace", name_space, "letters, digits, - _ : and slashes; 1,024 at most");
}

std::string fill_template(std::string_view name_space_template, std::string_view actor_id,
                          std::string_view session_id, std::string_view strategy_id) {
  std::string out(name_space_template);
  replace_word(out, kStrategy, strategy_id);
  replace_word(out, kSession, session_id);
  replace_word(out, kActor, actor_id);
  return out;
}

std::vector<std::string> name_spaces_of_actor(const Memory& memory, std::string_view actor_id,
                                              const std::vector<std::string>& session_ids) {
  std::set<std::string> out;
  const auto add = [&](std::string_view upto, std::string_view session, const std::string& strategy) {
    out.insert(fill_template(upto, actor_id, session, strategy));
  };
  for (const StrategyDefinition& strategy : memory.strategies)
    for (const std::string& whole : {strategy.spec.namespace_template, strategy.spec.reflection_template}) {
      const std::string_view text = whole;
      if (const size_t at = text.find(kActor); at != std::string_view::npos) {
        const std::string_view upto = text.substr(0, at + kActor.size());
        if (upto.contains(kSession))
          for (const std::string& session : session_ids) add(upto, session, strategy.id);
        else
          add(upto, "", strategy.id);
      } else if (const size_t place = text.find(kSession); place != std::string_view::npos) {
        for (const std::string& session : session_ids)
          add(text.substr(0, place + kSession.size()), session, strategy.id);
      }
    }
  return {out.begin(), out.end()};
}

}  // namespace soma::memory
