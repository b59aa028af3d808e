// The JSON form of messages and content blocks, as in the Converse API (plus soma's own
// `source.file`, `source.url` and `origin`).
#include <utility>

#include <fmt/format.h>
#include "core/model/message_wire.h"

namespace soma::model {
namespace {

constexpr std::string_view kBlockKinds = "text, reasoningContent, toolUse, toolResult, image, document";
constexpr std::string_view kMediaSources = "bytes, file, url";
constexpr std::string_view kResultKinds = "text, json, image, document";

json::Value media_to_json(const Media& media) {
  json::Value out = json::object({{"format", media.format}});
  if (!media.name.empty()) out.set("name", media.name);
  if (!media.url.empty()) {
    out.set("source", json::object({{"url", media.url}}));
  } else if (!media.file.empty()) {
    out.set("source", json::object({{"file", media.file}}));
  } else {
    out.set("source", json::object({{"bytes", os::base64_encode(media.bytes)}}));
  }
  return out;
}

os::Result<Media> media_from_json(const json::Value& value, std::string_view pointer) {
  if (!value.is_object()) return wrong(pointer, "must be an object with format and source");
  Media media;
  SOMA_ASSIGN(media.format, required_string(value, pointer, "format"));
  SOMA_ASSIGN(media.name, optional_string(value, pointer, "name"));
  const std::string source_pointer = json::append_pointer(pointer, "source");
  SOMA_ASSIGN(const json::Member* source, union_member(value.get("source"), source_pointer, kMediaSources));
  if (source->first == "file") {
    SOMA_ASSIGN(media.file, required_string(value.get("source"), source_pointer, "file"));
    if (media.file.empty()) return wrong(json::append_pointer(source_pointer, "file"), "must not be empty");
  } else if (source->first == "url") {
    SOMA_ASSIGN(media.url, required_string(value.get("source"), source_pointer, "url"));
    if (media.url.empty()) return wrong(json::append_pointer(source_pointer, "url"), "must not be empty");
  } else if (source->first == "bytes") {
    SOMA_ASSIGN(media.bytes, optional_bytes(value.get("source"), source_pointer, "bytes"));
  } else {
    return wrong(source_pointer,
                 fmt::format("unknown source \"{}\"; known: {}", source->first, kMediaSources));
  }
  return media;
}

json::Value reasoning_to_json(const Reasoning& reasoning) {
  json::Value out;
  if (!reasoning.redacted.empty()) {
    out.set("redactedContent", os::base64_encode(reasoning.redacted));
  } else {
    json::Value& text = out.set("reasoningText", json::object({{"text", reasoning.text}}));
    if (!reasoning.signature.empty()) text.set("signature", reasoning.signature);
  }
  if (!reasoning.origin.empty()) out.set("origin", reasoning.origin);
  return out;
}

os::Result<Reasoning> reasoning_from_json(const json::Value& value, std::string_view pointer) {
  Reasoning reasoning;
  json::Value body = value;
  SOMA_ASSIGN(reasoning.origin, optional_string(value, pointer, "origin"));
  if (body.is_object()) body.erase("origin");
  SOMA_ASSIGN(const json::Member* member, union_member(body, pointer, "reasoningText, redactedContent"));
  const std::string inner = json::append_pointer(pointer, member->first);
  if (member->first == "reasoningText") {
    if (!member->second.is_object()) return wrong(inner, "must be an object with text");
    SOMA_ASSIGN(reasoning.text, required_string(member->second, inner, "text"));
    SOMA_ASSIGN(reasoning.signature, optional_string(member->second, inner, "signature"));
  } else if (member->first == "redactedContent") {
    SOMA_ASSIGN(reasoning.redacted, optional_bytes(value, pointer, "redactedContent"));
  } else {
    return wrong(pointer,
                 fmt::format("unknown member \"{}\"; known: reasoningText, redactedContent", member->first));
  }
  return reasoning;
}

json::Value tool_use_to_json(const ToolUse& use) {
  json::Value out = json::object({{"toolUseId", use.id}, {"name", use.name}, {"input", use.input}});
  if (!use.type.empty()) out.set("type", use.type);
  if (!use.server_name.empty()) out.set("serverName", use.server_name);
  if (!use.origin.empty()) out.set("origin", use.origin);
  return out;
}

os::Result<ToolUse> tool_use_from_json(const json::Value& value, std::string_view pointer) {
  if (!value.is_object()) return wrong(pointer, "must be an object with toolUseId, name and input");
  ToolUse use;
  SOMA_ASSIGN(use.id, required_string(value, pointer, "toolUseId"));
  SOMA_ASSIGN(use.name, required_string(value, pointer, "name"));
  SOMA_ASSIGN(use.type, optional_string(value, pointer, "type"));
  SOMA_ASSIGN(use.server_name, optional_string(value, pointer, "serverName"));
  SOMA_ASSIGN(use.origin, optional_string(value, pointer, "origin"));
  const json::Value* input = value.find("input");
  if (input == nullptr) return wrong(pointer, "input is missing");
  use.input = *input;
  return use;
}

json::Value tool_result_to_json(const ToolResult& result) {
  json::Value content = json::array({});
  for (const ResultContent& item : result.content) content.push_back(to_json(item));
  return json::object({{"toolUseId", result.tool_use_id},
                       {"status", result.error ? "error" : "success"},
                       {"content", std::move(content)}});
}

os::Result<ToolResult> tool_result_from_json(const json::Value& value, std::string_view pointer) {
  if (!value.is_object()) return wrong(pointer, "must be an object with toolUseId and content");
  ToolResult result;
  SOMA_ASSIGN(result.tool_use_id, required_string(value, pointer, "toolUseId"));
  if (const json::Value* status = value.find("status")) {
    SOMA_ASSIGN(result.error, status_is_error(*status, json::append_pointer(pointer, "status")));
  }
  const std::string content_pointer = json::append_pointer(pointer, "content");
  const json::Value& content = value.get("content");
  if (!content.is_array()) return wrong(content_pointer, "must be an array of content blocks");
  for (size_t i = 0; i < content.size(); ++i) {
    SOMA_ASSIGN(
        ResultContent item,
        result_content_from_json(content.at(i), json::append_pointer(content_pointer, std::to_string(i))));
    result.content.push_back(std::move(item));
  }
  return result;
}

os::Result<Block> block_from_json(const json::Value& value, std::string_view pointer) {
  SOMA_ASSIGN(const json::Member* member, union_member(value, pointer, kBlockKinds));
  const std::string& kind = member->first;
  const std::string inner = json::append_pointer(pointer, kind);
  if (kind == "text") {
    SOMA_ASSIGN(std::string text, required_string(value, pointer, "text"));
    return Text{std::move(text)};
  }
  if (kind == "reasoningContent") return reasoning_from_json(member->second, inner);
  if (kind == "toolUse") return tool_use_from_json(member->second, inner);
  if (kind == "toolResult") return tool_result_from_json(member->second, inner);
  if (kind == "image" || kind == "document") {
    SOMA_ASSIGN(Media media, media_from_json(member->second, inner));
    if (kind == "image") return Image{std::move(media)};
    return Document{std::move(media)};
  }
  return wrong(pointer, fmt::format("unknown content block \"{}\"; known: {}", kind, kBlockKinds));
}

struct BlockWriter {
  json::Value operator()(const Text& text) const { return json::object({{"text", text.text}}); }
  json::Value operator()(const Reasoning& reasoning) const {
    return json::object({{"reasoningContent", reasoning_to_json(reasoning)}});
  }
  json::Value operator()(const ToolUse& use) const {
    return json::object({{"toolUse", tool_use_to_json(use)}});
  }
  json::Value operator()(const ToolResult& result) const {
    return json::object({{"toolResult", tool_result_to_json(result)}});
  }
  json::Value operator()(const JsonContent& content) const { return json::object({{"json", content.value}}); }
  json::Value operator()(const Image& image) const {
    return json::object({{"image", media_to_json(image.media)}});
  }
  json::Value operator()(const Document& document) const {
    return json::object({{"document", media_to_json(document.media)}});
  }
};

}  // namespace

std::unexpected<os::Error> wrong(std::string_view pointer, std::string_view what) {
  os::Error error{
      os::Code::kInvalidArgument, fmt::format("{}: {}", pointer.empty() ? "/" : pointer, what), {}, {}};
  error.details.emplace_back("pointer", std::string(pointer));
  return std::unexpected(std::move(error));
}

os::Result<std::string> required_string(const json::Value& value, std::string_view pointer,
                                        std::string_view key) {
  const json::Value* member = value.find(key);
  if (member == nullptr) return wrong(json::append_pointer(pointer, key), "is missing");
  if (!member->is_string()) {
    return wrong(json::append_pointer(pointer, key),
                 fmt::format("must be a string, is {}", json::type_name(member->type())));
  }
  return member->as_string();
}

os::Result<std::string> optional_string(const json::Value& value, std::string_view pointer,
                                        std::string_view key) {
  if (value.get(key).is_null()) return std::string();
  return required_string(value, pointer, key);
}

os::Result<std::string> optional_bytes(const json::Value& value, std::string_view pointer,
                                       std::string_view key) {
  SOMA_ASSIGN(const std::string text, optional_string(value, pointer, key));
  auto bytes = os::base64_decode(text);
  if (!bytes) return wrong(json::append_pointer(pointer, key), "must be base64");
  return *std::move(bytes);
}

os::Result<bool> status_is_error(const json::Value& status, std::string_view pointer) {
  if (status.string_or("") == "success") return false;
  if (status.string_or("") == "error") return true;
  return wrong(pointer, "must be \"success\" or \"error\"");
}

os::Result<const json::Member*> union_member(const json::Value& value, std::string_view pointer,
                                             std::string_view known) {
  if (!value.is_object() || value.size() != 1) {
    return wrong(pointer, fmt::format("must be an object with exactly one of: {}", known));
  }
  return &value.as_object().front();
}

std::string_view role_name(Role role) {
  return role == Role::kUser ? "user" : "assistant";
}

os::Result<Role> role_from_json(const json::Value& value, std::string_view pointer) {
  if (value.string_or("") == "user") return Role::kUser;
  if (value.string_or("") == "assistant") return Role::kAssistant;
  return wrong(pointer, "must be \"user\" or \"assistant\"");
}

json::Value to_json(const Block& block) {
  return std::visit(BlockWriter{}, block);
}

json::Value to_json(const ResultContent& content) {
  return std::visit(BlockWriter{}, content);
}

json::Value to_json(const Message& message) {
  json::Value content = json::array({});
  for (const Block& block : message.content) content.push_back(to_json(block));
  return json::object({{"role", role_name(message.role)}, {"content", std::move(content)}});
}

os::Result<ResultContent> result_content_from_json(const json::Value& value, std::string_view pointer) {
  SOMA_ASSIGN(const json::Member* member, union_member(value, pointer, kResultKinds));
  const std::string& kind = member->first;
  if (kind == "text") {
    SOMA_ASSIGN(std::string text, required_string(value, pointer, "text"));
    return Text{std::move(text)};
  }
  if (kind == "json") return JsonContent{member->second};
  if (kind == "image" || kind == "document") {
    SOMA_ASSIGN(Media media, media_from_json(member->second, json::append_pointer(pointer, kind)));
    if (kind == "image") return Image{std::move(media)};
    return Document{std::move(media)};
  }
  return wrong(pointer, fmt::format("unknown content \"{}\"; known: {}", kind, kResultKinds));
}

os::Result<Message> message_from_json(const json::Value& value, std::string_view pointer) {
  if (!value.is_object()) return wrong(pointer, "must be an object with role and content");
  Message message;
  SOMA_ASSIGN(message.role, role_from_json(value.get("role"), json::append_pointer(pointer, "role")));
  const std::string content_pointer = json::append_pointer(pointer, "content");
  const json::Value& content = value.get("content");
  if (!content.is_array()) return wrong(content_pointer, "must be an array of content blocks");
  for (size_t i = 0; i < content.size(); ++i) {
    SOMA_ASSIGN(Block block,
                block_from_json(content.at(i), json::append_pointer(content_pointer, std::to_string(i))));
    message.content.push_back(std::move(block));
  }
  return message;
}

}  // namespace soma::model
