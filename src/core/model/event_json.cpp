// The JSON form of stream events, as in ConverseStream and InvokeHarness: {"contentBlockDelta": {…}}.
#include <limits>
#include <utility>

#include <fmt/format.h>
#include "core/model/message_wire.h"

namespace soma::model {
namespace {

constexpr std::string_view kEventKinds =
    "messageStart, contentBlockStart, contentBlockDelta, contentBlockStop, messageStop, metadata";
constexpr std::string_view kDeltaKinds = "text, toolUse, toolResult, toolResultMetadata, reasoningContent";

os::Result<int64_t> integer(const json::Value& value, std::string_view pointer, std::string_view key,
                            int64_t fallback) {
  const json::Value& member = value.get(key);
  if (member.is_null()) return fallback;
  if (member.type() != json::Type::kInt || member.as_int() < 0) {
    return wrong(json::append_pointer(pointer, key), "must be an integer of 0 or more");
  }
  return member.as_int();
}

os::Result<int> block_index(const json::Value& value, std::string_view pointer) {
  if (!value.has("contentBlockIndex"))
    return wrong(json::append_pointer(pointer, "contentBlockIndex"), "is missing");
  SOMA_ASSIGN(const int64_t index, integer(value, pointer, "contentBlockIndex", 0));
  if (index > std::numeric_limits<int>::max()) {
    return wrong(json::append_pointer(pointer, "contentBlockIndex"), "is too large");
  }
  return static_cast<int>(index);
}

// A toolResult delta carries text and JSON only, so that an image or a document travels inside a json member.
json::Value result_delta_item_to_json(const ResultContent& content) {
  json::Value item = to_json(content);
  if (item.has("text") || item.has("json")) return item;
  return json::object({{"json", std::move(item)}});
}

os::Result<ResultContent> result_delta_item_from_json(const json::Value& value, std::string_view pointer) {
  const json::Value& inner = value.get("json");
  if (inner.is_object() && inner.size() == 1 && (inner.has("image") || inner.has("document"))) {
    // A tool's own JSON may happen to have such a member: what is no media stays JSON.
    if (auto media = result_content_from_json(inner, json::append_pointer(pointer, "json"))) return media;
  }
  return result_content_from_json(value, pointer);
}

struct StartWriter {
  json::Value operator()(std::monostate) const { return {}; }
  json::Value operator()(const ToolUseStart& start) const {
    json::Value use = json::object({{"toolUseId", start.id}, {"name", start.name}});
    if (!start.type.empty()) use.set("type", start.type);
    if (!start.server_name.empty()) use.set("serverName", start.server_name);
    if (!start.origin.empty()) use.set("origin", start.origin);
    return json::object({{"toolUse", std::move(use)}});
  }
  json::Value operator()(const ToolResultStart& start) const {
    json::Value result = json::object({{"toolUseId", start.tool_use_id}});
    if (start.error) result.set("status", *start.error ? "error" : "success");
    return json::object({{"toolResult", std::move(result)}});
  }
};

struct DeltaWriter {
  json::Value operator()(const TextDelta& delta) const { return json::object({{"text", delta.text}}); }
  json::Value operator()(const ToolInputDelta& delta) const {
    return json::object({{"toolUse", json::object({{"input", delta.json_fragment}})}});
  }
  json::Value operator()(const ReasoningDelta& delta) const {
    json::Value inner;
    if (!delta.redacted.empty()) {
      inner = json::object({{"redactedContent", os::base64_encode(delta.redacted)}});
    } else if (!delta.signature.empty()) {
      inner = json::object({{"signature", delta.signature}});
      if (!delta.text.empty()) inner.set("text", delta.text);
    } else {
      inner = json::object({{"text", delta.text}});
    }
    if (!delta.origin.empty()) inner.set("origin", delta.origin);
    return json::object({{"reasoningContent", std::move(inner)}});
  }
  json::Value operator()(const ToolResultDelta& delta) const {
    json::Value items = json::array({});
    for (const ResultContent& content : delta.content) items.push_back(result_delta_item_to_json(content));
    return json::object({{"toolResult", std::move(items)}});
  }
  json::Value operator()(const ToolResultMetadata& delta) const {
    return json::object({{"toolResultMetadata", json::object({{"metadata", delta.metadata}})}});
  }
};

struct EventWriter {
  json::Value operator()(const MessageStart& event) const {
    return json::object({{"messageStart", json::object({{"role", role_name(event.role)}})}});
  }
  json::Value operator()(const ContentBlockStart& event) const {
    // Clients of the API read `start` as required, and find it empty before text.
    json::Value start = std::visit(StartWriter{}, event.start);
    if (start.is_null()) start = json::Object{};
    return json::object({{"contentBlockStart",
                          json::object({{"contentBlockIndex", event.index}, {"start", std::move(start)}})}});
  }
  json::Value operator()(const ContentBlockDelta& event) const {
    return json::object(
        {{"contentBlockDelta", json::object({{"contentBlockIndex", event.index},
                                             {"delta", std::visit(DeltaWriter{}, event.delta)}})}});
  }
  json::Value operator()(const ContentBlockStop& event) const {
    return json::object({{"contentBlockStop", json::object({{"contentBlockIndex", event.index}})}});
  }
  json::Value operator()(const MessageStop& event) const {
    return json::object({{"messageStop", json::object({{"stopReason", stop_reason_name(event.reason)}})}});
  }
  json::Value operator()(const Metadata& event) const {
    return json::object(
        {{"metadata", json::object({{"usage", to_json(event.usage)},
                                    {"metrics", json::object({{"latencyMs", event.latency_ms}})}})}});
  }
};

os::Result<StreamEvent> start_from_json(const json::Value& body, std::string_view pointer) {
  ContentBlockStart event{};
  SOMA_ASSIGN(event.index, block_index(body, pointer));
  const json::Value& start = body.get("start");
  if (start.is_null() || (start.is_object() && start.empty())) return event;
  const std::string start_pointer = json::append_pointer(pointer, "start");
  SOMA_ASSIGN(const json::Member* member, union_member(start, start_pointer, "toolUse, toolResult"));
  const std::string inner = json::append_pointer(start_pointer, member->first);
  const json::Value& value = member->second;
  if (member->first == "toolUse") {
    ToolUseStart use;
    SOMA_ASSIGN(use.id, required_string(value, inner, "toolUseId"));
    SOMA_ASSIGN(use.name, required_string(value, inner, "name"));
    SOMA_ASSIGN(use.type, optional_string(value, inner, "type"));
    SOMA_ASSIGN(use.server_name, optional_string(value, inner, "serverName"));
    SOMA_ASSIGN(use.origin, optional_string(value, inner, "origin"));
    event.start = std::move(use);
  } else if (member->first == "toolResult") {
    ToolResultStart result;
    SOMA_ASSIGN(result.tool_use_id, required_string(value, inner, "toolUseId"));
    if (const json::Value* status = value.find("status")) {
      SOMA_ASSIGN(result.error, status_is_error(*status, json::append_pointer(inner, "status")));
    }
    event.start = std::move(result);
  } else {
    return wrong(start_pointer,
                 fmt::format("unknown start \"{}\"; known: toolUse, toolResult", member->first));
  }
  return event;
}

os::Result<ReasoningDelta> reasoning_delta_from_json(const json::Value& value, std::string_view pointer) {
  if (!value.is_object()) return wrong(pointer, "must be an object with text, signature or redactedContent");
  ReasoningDelta delta;
  SOMA_ASSIGN(delta.text, optional_string(value, pointer, "text"));
  SOMA_ASSIGN(delta.signature, optional_string(value, pointer, "signature"));
  SOMA_ASSIGN(delta.redacted, optional_bytes(value, pointer, "redactedContent"));
  SOMA_ASSIGN(delta.origin, optional_string(value, pointer, "origin"));
  return delta;
}

os::Result<ToolResultDelta> tool_result_delta_from_json(const json::Value& value, std::string_view pointer) {
  if (!value.is_array()) return wrong(pointer, "must be an array of text and json");
  ToolResultDelta delta;
  for (size_t i = 0; i < value.size(); ++i) {
    SOMA_ASSIGN(ResultContent content,
                result_delta_item_from_json(value.at(i), json::append_pointer(pointer, std::to_string(i))));
    delta.content.push_back(std::move(content));
  }
  return delta;
}

os::Result<StreamEvent> delta_from_json(const json::Value& body, std::string_view pointer) {
  ContentBlockDelta event{};
  SOMA_ASSIGN(event.index, block_index(body, pointer));
  const std::string delta_pointer = json::append_pointer(pointer, "delta");
  SOMA_ASSIGN(const json::Member* member, union_member(body.get("delta"), delta_pointer, kDeltaKinds));
  const std::string inner = json::append_pointer(delta_pointer, member->first);
  const json::Value& value = member->second;
  if (member->first == "text") {
    SOMA_ASSIGN(std::string text, required_string(body.get("delta"), delta_pointer, "text"));
    event.delta = TextDelta{std::move(text)};
  } else if (member->first == "toolUse") {
    SOMA_ASSIGN(std::string input, required_string(value, inner, "input"));
    event.delta = ToolInputDelta{std::move(input)};
  } else if (member->first == "reasoningContent") {
    SOMA_ASSIGN(event.delta, reasoning_delta_from_json(value, inner));
  } else if (member->first == "toolResult") {
    SOMA_ASSIGN(event.delta, tool_result_delta_from_json(value, inner));
  } else if (member->first == "toolResultMetadata") {
    SOMA_ASSIGN(std::string metadata, required_string(value, inner, "metadata"));
    event.delta = ToolResultMetadata{std::move(metadata)};
  } else {
    return wrong(delta_pointer, fmt::format("unknown delta \"{}\"; known: {}", member->first, kDeltaKinds));
  }
  return event;
}

os::Result<StreamEvent> metadata_from_json(const json::Value& body, std::string_view pointer) {
  Metadata event;
  const json::Value& usage = body.get("usage");
  const std::string usage_pointer = json::append_pointer(pointer, "usage");
  if (!usage.is_null() && !usage.is_object()) return wrong(usage_pointer, "must be an object");
  SOMA_ASSIGN(event.usage.input_tokens, integer(usage, usage_pointer, "inputTokens", 0));
  SOMA_ASSIGN(event.usage.output_tokens, integer(usage, usage_pointer, "outputTokens", 0));
  SOMA_ASSIGN(event.usage.cache_read_input_tokens, integer(usage, usage_pointer, "cacheReadInputTokens", 0));
  SOMA_ASSIGN(event.usage.cache_write_input_tokens,
              integer(usage, usage_pointer, "cacheWriteInputTokens", 0));
  const std::string metrics_pointer = json::append_pointer(pointer, "metrics");
  SOMA_ASSIGN(event.latency_ms, integer(body.get("metrics"), metrics_pointer, "latencyMs", 0));
  return event;
}

}  // namespace

json::Value to_json(const Usage& usage) {
  json::Value out = json::object({{"inputTokens", usage.input_tokens},
                                  {"outputTokens", usage.output_tokens},
                                  {"totalTokens", usage.total()}});
  if (usage.cache_read_input_tokens != 0) out.set("cacheReadInputTokens", usage.cache_read_input_tokens);
  if (usage.cache_write_input_tokens != 0) out.set("cacheWriteInputTokens", usage.cache_write_input_tokens);
  return out;
}

json::Value to_json(const StreamEvent& event) {
  return std::visit(EventWriter{}, event);
}

os::Result<StreamEvent> event_from_json(const json::Value& value) {
  SOMA_ASSIGN(const json::Member* member, union_member(value, "", kEventKinds));
  const std::string& kind = member->first;
  const json::Value& body = member->second;
  const std::string pointer = json::append_pointer("", kind);
  if (!body.is_object()) return wrong(pointer, "must be an object");
  if (kind == "messageStart") {
    SOMA_ASSIGN(const Role role, role_from_json(body.get("role"), json::append_pointer(pointer, "role")));
    return MessageStart{role};
  }
  if (kind == "contentBlockStart") return start_from_json(body, pointer);
  if (kind == "contentBlockDelta") return delta_from_json(body, pointer);
  if (kind == "contentBlockStop") {
    SOMA_ASSIGN(const int index, block_index(body, pointer));
    return ContentBlockStop{index};
  }
  if (kind == "messageStop") {
    SOMA_ASSIGN(const std::string name, required_string(body, pointer, "stopReason"));
    auto reason = parse_stop_reason(name);
    if (!reason) return wrong(json::append_pointer(pointer, "stopReason"), reason.error().message);
    return MessageStop{*reason};
  }
  if (kind == "metadata") return metadata_from_json(body, pointer);
  return wrong("", fmt::format("unknown event \"{}\"; known: {}", kind, kEventKinds));
}

}  // namespace soma::model
