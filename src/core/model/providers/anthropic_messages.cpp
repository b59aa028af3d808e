#include "core/model/providers/anthropic_messages.h"

#include <algorithm>
#include <utility>

#include "core/model/providers/codec.h"
#include "core/model/providers/history.h"

namespace soma::model {
namespace {

// The API has no default of its own.
constexpr int64_t kDefaultMaxTokens = 8192;

json::Value text_block(std::string_view text) {
  return json::object({{"type", "text"}, {"text", text}});
}

json::Value source_of(const Media& media, std::string_view mime) {
  if (!media.url.empty()) return json::object({{"type", "url"}, {"url", media.url}});
  return json::object({{"type", "base64"}, {"media_type", mime}, {"data", os::base64_encode(media.bytes)}});
}

json::Value image_block(const Media& media) {
  constexpr std::string_view kFormats[] = {"png", "jpeg", "jpg", "gif", "webp"};
  if (media.url.empty() && std::ranges::find(kFormats, media.format) == std::end(kFormats))
    return text_block(unreadable_note("image", media));
  return json::object({{"type", "image"}, {"source", source_of(media, mime_type_of(media.format))}});
}

json::Value document_block(const Media& media) {
  json::Value block = json::object({{"type", "document"}});
  if (!media.url.empty() || media.format == "pdf") {
    block.set("source", source_of(media, "application/pdf"));
  } else if (is_text_format(media.format)) {
    block.set("source", json::object({{"type", "text"},
                                      {"media_type", "text/plain"},
                                      {"data", os::to_valid_utf8(media.bytes)}}));
  } else {
    return text_block(unreadable_note("document", media));
  }
  if (!media.name.empty()) block.set("title", media.name);
  return block;
}

struct ResultWriter {
  json::Value operator()(const Text& text) const { return text_block(text.text); }
  // A tool that searches other tools answers with the API's own references.
  json::Value operator()(const JsonContent& content) const {
    if (content.value.get("type").string_or("") == "tool_reference") return content.value;
    return text_block(json::write(content.value));
  }
  json::Value operator()(const Image& image) const { return image_block(image.media); }
  json::Value operator()(const Document& document) const { return document_block(document.media); }
};

json::Value tool_use_block(const ToolUse& use) {
  json::Value block = json::object({{"type", use.type.empty() ? std::string("tool_use") : use.type},
                                    {"id", use.id},
                                    {"name", use.name},
                                    {"input", use.input}});
  if (!use.server_name.empty()) block.set("server_name", use.server_name);
  return block;
}

json::Value tool_result_block(const ToolResult& result, Role role) {
  if (role == Role::kAssistant && !result.content.empty()) {
    if (const auto* own = std::get_if<JsonContent>(&result.content.front())) return own->value;
  }
  json::Value content = json::array({});
  for (const ResultContent& item : result.content) {
    const auto* text = std::get_if<Text>(&item);
    if (text == nullptr || !os::trim(text->text).empty()) content.push_back(std::visit(ResultWriter{}, item));
  }
  json::Value block = json::object({{"type", "tool_result"}, {"tool_use_id", result.tool_use_id}});
  if (!content.empty()) block.set("content", std::move(content));
  if (result.error) block.set("is_error", true);
  return block;
}

json::Value reasoning_block(const Reasoning& reasoning) {
  if (!reasoning.redacted.empty())
    return json::object({{"type", "redacted_thinking"}, {"data", reasoning.redacted}});
  return json::object(
      {{"type", "thinking"}, {"thinking", reasoning.text}, {"signature", reasoning.signature}});
}

// Null for what the API does not take: a blank text.
json::Value block_json(const Block& block, Role role) {
  if (const auto* text = std::get_if<Text>(&block))
    return os::trim(text->text).empty() ? json::Value() : text_block(text->text);
  if (const auto* reasoning = std::get_if<Reasoning>(&block)) return reasoning_block(*reasoning);
  if (const auto* use = std::get_if<ToolUse>(&block)) return tool_use_block(*use);
  if (const auto* result = std::get_if<ToolResult>(&block)) return tool_result_block(*result, role);
  if (const auto* image = std::get_if<Image>(&block)) return image_block(image->media);
  return document_block(std::get<Document>(block).media);
}

// Results answer the calls of the message before: the API wants them first.
json::Value content_json(const Message& message) {
  json::Value results = json::array({}), others = json::array({});
  for (const Block& block : message.content) {
    const bool first = message.role == Role::kUser && std::holds_alternative<ToolResult>(block);
    json::Value value = block_json(block, message.role);
    if (!value.is_null()) (first ? results : others).push_back(std::move(value));
  }
  for (json::Value& block : others.as_array()) results.push_back(std::move(block));
  return results;
}

json::Value messages_json(const std::vector<Message>& messages) {
  json::Value out = json::array({});
  for (const Message& message : messages) {
    const std::string_view role = message.role == Role::kUser ? "user" : "assistant";
    json::Value content = content_json(message);
    if (content.empty()) continue;
    if (!out.empty() && out.as_array().back().get("role").string_or("") == role) {
      for (json::Value& block : content.as_array())
        out.as_array().back().find("content")->push_back(std::move(block));
    } else {
      out.push_back(json::object({{"role", role}, {"content", std::move(content)}}));
    }
  }
  return out;
}

void add_settings(json::Value& body, const ModelSettings& settings) {
  if (settings.temperature) body.set("temperature", *settings.temperature);
  if (settings.top_p) body.set("top_p", *settings.top_p);
  if (settings.top_k) body.set("top_k", *settings.top_k);
  if (!settings.stop_sequences.empty()) {
    json::Value& sequences = body.set("stop_sequences", json::array({}));
    for (const std::string& sequence : settings.stop_sequences) sequences.push_back(sequence);
  }
}

}  // namespace

json::Value anthropic_body(const ConverseRequest& request) {
  json::Value body = json::object({{"model", request.model.model_id},
                                   {"max_tokens", request.model.max_tokens.value_or(kDefaultMaxTokens)},
                                   {"stream", true}});
  json::Value system = json::array({});
  for (const std::string& text : request.system) {
    if (!os::trim(text).empty()) system.push_back(text_block(text));
  }
  if (!system.empty()) body.set("system", std::move(system));
  const HistoryRules rules{.origin = kAnthropicOrigin};
  body.set("messages", messages_json(portable_history(request.messages, rules)));
  if (!request.tools.empty()) {
    json::Value& tools = body.set("tools", json::array({}));
    for (const ToolSpec& tool : request.tools) {
      json::Value& spec = tools.push_back(json::object({{"name", tool.name}}));
      if (!tool.description.empty()) spec.set("description", tool.description);
      spec.set("input_schema", tool.input_schema);
    }
  }
  add_settings(body, request.model);
  merge_additional(body, request.model.additional_params);
  return body;
}

}  // namespace soma::model
