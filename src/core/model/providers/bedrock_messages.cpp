#include "core/model/providers/bedrock_messages.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include "core/model/providers/codec.h"
#include "core/model/providers/history.h"

namespace soma::model {
namespace {

constexpr size_t kMaxDocumentNameBytes = 200;

json::Value media_json(const Media& media, std::string_view format) {
  json::Value source = media.url.empty() ? json::object({{"bytes", os::base64_encode(media.bytes)}})
                                         : json::object({{"s3Location", json::object({{"uri", media.url}})}});
  return json::object({{"format", format}, {"source", std::move(source)}});
}

// The service fetches only from S3.
bool is_reachable(const Media& media) {
  return media.url.empty() || media.url.starts_with("s3://");
}

json::Value text_block(std::string_view text) {
  return json::object({{"text", text}});
}

json::Value image_block(const Media& media) {
  constexpr std::string_view kFormats[] = {"png", "jpeg", "gif", "webp"};
  const std::string_view format = media.format == "jpg" ? std::string_view("jpeg") : media.format;
  if (std::ranges::find(kFormats, format) == std::end(kFormats) || !is_reachable(media))
    return text_block(unreadable_note("image", media));
  return json::object({{"image", media_json(media, format)}});
}

std::string document_name(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, kMaxDocumentNameBytes)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const bool kept = letter || std::string_view("-()[]").contains(c);
    if (kept || out.empty() || out.back() != ' ') out += kept ? c : ' ';
  }
  return os::trim(out).empty() ? "document" : std::string(os::trim(out));
}

json::Value document_block(const Media& media) {
  constexpr std::string_view kFormats[] = {"pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"};
  std::string_view format = media.format;
  if (std::ranges::find(kFormats, format) == std::end(kFormats)) format = is_text_format(format) ? "txt" : "";
  if (format.empty() || !is_reachable(media)) return text_block(unreadable_note("document", media));
  json::Value document = media_json(media, format);
  document.set("name", document_name(media.name));
  return json::object({{"document", std::move(document)}});
}

json::Value reasoning_block(const Reasoning& reasoning) {
  if (!reasoning.redacted.empty()) {
    return json::object(
        {{"reasoningContent", json::object({{"redactedContent", os::base64_encode(reasoning.redacted)}})}});
  }
  json::Value text = json::object({{"text", reasoning.text}});
  if (!reasoning.signature.empty()) text.set("signature", reasoning.signature);
  return json::object({{"reasoningContent", json::object({{"reasoningText", std::move(text)}})}});
}

struct ResultWriter {
  json::Value operator()(const Text& text) const { return text_block(text.text); }
  json::Value operator()(const JsonContent& content) const {
    // The service takes objects alone here.
    if (!content.value.is_object()) return text_block(json::write(content.value));
    return json::object({{"json", content.value}});
  }
  json::Value operator()(const Image& image) const { return image_block(image.media); }
  json::Value operator()(const Document& document) const { return document_block(document.media); }
};

json::Value tool_result_block(const ToolResult& result, Role role) {
  if (role == Role::kAssistant && !result.content.empty()) {
    if (const auto* own = std::get_if<JsonContent>(&result.content.front()))
      return json::object({{"toolResult", own->value}});
  }
  json::Value content = json::array({});
  for (const ResultContent& item : result.content) content.push_back(std::visit(ResultWriter{}, item));
  return json::object({{"toolResult", json::object({{"toolUseId", result.tool_use_id},
                                                    {"content", std::move(content)},
                                                    {"status", result.error ? "error" : "success"}})}});
}

json::Value tool_use_block(const ToolUse& use) {
  json::Value body = json::object({{"toolUseId", use.id}, {"name", use.name}, {"input", use.input}});
  if (!use.type.empty() && use.type != "tool_use") body.set("type", use.type);
  return json::object({{"toolUse", std::move(body)}});
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

bool has(const json::Value& content, std::string_view kind) {
  return std::ranges::any_of(content.as_array(), [&](const json::Value& block) { return block.has(kind); });
}

json::Value messages_json(const std::vector<Message>& messages) {
  json::Value out = json::array({});
  for (const Message& message : messages) {
    const std::string_view role = message.role == Role::kUser ? "user" : "assistant";
    json::Value content = json::array({});
    for (const Block& block : message.content) {
      json::Value value = block_json(block, message.role);
      if (!value.is_null()) content.push_back(std::move(value));
    }
    if (content.empty()) continue;
    if (!out.empty() && out.as_array().back().get("role").string_or("") == role) {
      for (json::Value& block : content.as_array())
        out.as_array().back().find("content")->push_back(std::move(block));
    } else {
      out.push_back(json::object({{"role", role}, {"content", std::move(content)}}));
    }
  }
  for (json::Value& message : out.as_array()) {
    json::Value& content = *message.find("content");
    if (has(content, "document") && !has(content, "text")) content.push_back(text_block("(a document)"));
  }
  return out;
}

json::Value tool_spec(std::string_view name, std::string_view description, json::Value schema) {
  json::Value spec = json::object({{"name", name}});
  if (!description.empty()) spec.set("description", description);
  spec.set("inputSchema", json::object({{"json", std::move(schema)}}));
  return json::object({{"toolSpec", std::move(spec)}});
}

// The request's tools; without any, those that the history has called, since the service refuses a history of
// calls to tools that it was never told of.
json::Value tools_json(const ConverseRequest& request, const std::vector<Message>& history) {
  json::Value tools = json::array({});
  for (const ToolSpec& tool : request.tools)
    tools.push_back(tool_spec(tool.name, tool.description, tool.input_schema));
  if (!tools.empty() || request.model.additional_params.get("toolConfig").has("tools")) return tools;
  std::set<std::string> names;
  for (const Message& message : history) {
    for (const Block& block : message.content) {
      const auto* use = std::get_if<ToolUse>(&block);
      if (use == nullptr || !(use->type.empty() || use->type == "tool_use")) continue;
      if (names.insert(use->name).second)
        tools.push_back(tool_spec(use->name, "", json::object({{"type", "object"}})));
    }
  }
  return tools;
}

json::Value inference_config(const ModelSettings& settings) {
  json::Value config = json::object({});
  if (settings.max_tokens) config.set("maxTokens", *settings.max_tokens);
  if (settings.temperature) config.set("temperature", *settings.temperature);
  if (settings.top_p) config.set("topP", *settings.top_p);
  if (!settings.stop_sequences.empty()) {
    json::Value& sequences = config.set("stopSequences", json::array({}));
    for (const std::string& sequence : settings.stop_sequences) sequences.push_back(sequence);
  }
  return config;
}

// Converse's own members keep their place; anything else is the model's.
void add_extra_settings(json::Value& body, const ModelSettings& settings) {
  constexpr std::string_view kOwn[] = {"inferenceConfig",
                                       "toolConfig",
                                       "guardrailConfig",
                                       "performanceConfig",
                                       "serviceTier",
                                       "outputConfig",
                                       "promptVariables",
                                       "requestMetadata",
                                       "additionalModelRequestFields",
                                       "additionalModelResponseFieldPaths"};
  json::Value extra;
  if (settings.top_k && bedrock_origin(settings.model_id) == "bedrock/amazon") {
    extra.set("inferenceConfig", json::object({{"topK", *settings.top_k}}));
  } else if (settings.top_k) {
    extra.set("top_k", *settings.top_k);
  }
  json::Value fields = json::object({});
  if (!extra.is_null()) body.set("additionalModelRequestFields", std::move(extra));
  if (!settings.additional_params.is_object()) return;
  json::Value own = json::object({});
  for (const auto& [key, value] : settings.additional_params.as_object()) {
    const bool is_own = std::ranges::find(kOwn, std::string_view(key)) != std::end(kOwn);
    (is_own ? own : fields).set(key, value);
  }
  if (!fields.empty())
    merge_additional(body, json::object({{"additionalModelRequestFields", std::move(fields)}}));
  merge_additional(body, own);
}

}  // namespace

std::string bedrock_origin(std::string_view model_id) {
  constexpr std::string_view kRegions[] = {"us", "eu", "apac", "global", "us-gov", "jp", "au", "ca"};
  const auto parts = os::split(model_id, '.');
  if (parts.size() < 2 || model_id.starts_with("arn:")) return "bedrock";
  const bool regional = std::ranges::find(kRegions, parts[0]) != std::end(kRegions);
  return fmt::format("bedrock/{}", parts[regional ? 1 : 0]);
}

json::Value bedrock_body(const ConverseRequest& request) {
  const std::string origin = bedrock_origin(request.model.model_id);
  const HistoryRules rules{.origin = origin, .more_id_characters = ".:"};
  const std::vector<Message> history = portable_history(request.messages, rules);
  json::Value body = json::object({{"messages", messages_json(history)}});
  json::Value system = json::array({});
  for (const std::string& text : request.system) {
    if (!os::trim(text).empty()) system.push_back(text_block(text));
  }
  if (!system.empty()) body.set("system", std::move(system));
  json::Value inference = inference_config(request.model);
  if (!inference.empty()) body.set("inferenceConfig", std::move(inference));
  json::Value tools = tools_json(request, history);
  if (!tools.empty()) body.set("toolConfig", json::object({{"tools", std::move(tools)}}));
  add_extra_settings(body, request.model);
  return body;
}

}  // namespace soma::model
