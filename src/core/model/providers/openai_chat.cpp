// OpenAI Chat Completions: requests, as OpenAI and the many servers that speak it take them.
//
// Reasoning has no signature here. It is passed back (as `reasoning_content`) to servers other than OpenAI,
// which ignore it or ask for it between tool calls; OpenAI refuses the field and never sends it.
//
// A tool message holds text alone: a result's images and documents follow in a user message.
#include <vector>

#include <fmt/format.h>
#include "core/model/providers/history.h"
#include "core/model/providers/openai.h"

namespace soma::model {
namespace {

constexpr size_t kMaxToolIdBytes = 40;  // OpenAI refuses longer ids
constexpr std::string_view kMediaFollow = "The result's files are in the next message.";

json::Value text_part(std::string text) {
  return json::object({{"type", "text"}, {"text", std::move(text)}});
}

json::Value file_part(json::Value file) {
  return json::object({{"type", "file"}, {"file", std::move(file)}});
}

json::Value image_part(const Media& media) {
  if (!media.url.empty() && !is_address(media.url)) return file_part(json::object({{"file_id", media.url}}));
  std::string url = media.url.empty() ? data_url(media) : media.url;
  return json::object({{"type", "image_url"}, {"image_url", json::object({{"url", std::move(url)}})}});
}

json::Value document_part(const Media& media) {
  if (!media.url.empty()) {
    if (is_address(media.url)) return text_part(fmt::format("[document at {}]", media.url));
    return file_part(json::object({{"file_id", media.url}}));
  }
  if (is_text_format(media.format)) return text_part(document_text(media));
  if (media.format == "wav" || media.format == "mp3") {
    json::Value audio = json::object({{"data", os::base64_encode(media.bytes)}, {"format", media.format}});
    return json::object({{"type", "input_audio"}, {"input_audio", std::move(audio)}});
  }
  if (media.format != "pdf") return text_part(unreadable_note("document", media));
  return file_part(json::object(
      {{"filename", media.name.empty() ? "document.pdf" : media.name}, {"file_data", data_url(media)}}));
}

void add_media(json::Value& parts, const ToolResult& result) {
  for (const ResultContent& content : result.content) {
    if (const auto* image = std::get_if<Image>(&content)) parts.push_back(image_part(image->media));
    if (const auto* document = std::get_if<Document>(&content))
      parts.push_back(document_part(document->media));
  }
}

// Tool messages come first: they must follow their calls at once.
void add_user(json::Value& messages, const Message& message) {
  json::Value parts = json::array({});
  for (const Block& block : message.content) {
    if (const auto* text = std::get_if<Text>(&block)) {
      parts.push_back(text_part(text->text));
    } else if (const auto* image = std::get_if<Image>(&block)) {
      parts.push_back(image_part(image->media));
    } else if (const auto* document = std::get_if<Document>(&block)) {
      parts.push_back(document_part(document->media));
    } else if (const auto* result = std::get_if<ToolResult>(&block)) {
      std::string text = result_text(*result);
      if (text.empty() && has_media(*result)) text = kMediaFollow;
      messages.push_back(json::object(
          {{"role", "tool"}, {"tool_call_id", result->tool_use_id}, {"content", std::move(text)}}));
      add_media(parts, *result);
    }
  }
  if (parts.empty()) return;
  const bool plain = parts.size() == 1 && parts.at(0).get("type").string_or("") == "text";
  json::Value content = plain ? parts.at(0).get("text") : parts;
  messages.push_back(json::object({{"role", "user"}, {"content", std::move(content)}}));
}

void add_assistant(json::Value& messages, const Message& message) {
  std::string text, reasoning;
  json::Value calls = json::array({});
  for (const Block& block : message.content) {
    if (const auto* piece = std::get_if<Text>(&block)) {
      text += piece->text;
    } else if (const auto* thought = std::get_if<Reasoning>(&block)) {
      reasoning += thought->text;
    } else if (const auto* use = std::get_if<ToolUse>(&block)) {
      calls.push_back(json::object(
          {{"id", use->id},
           {"type", "function"},
           {"function", json::object({{"name", use->name}, {"arguments", json::write(use->input)}})}}));
    }
  }
  if (text.empty() && calls.empty()) return;
  json::Value out = json::object({{"role", "assistant"}});
  out.set("content", text.empty() ? json::Value() : json::Value(std::move(text)));
  if (!reasoning.empty()) out.set("reasoning_content", std::move(reasoning));
  if (!calls.empty()) out.set("tool_calls", std::move(calls));
  messages.push_back(std::move(out));
}

class ChatCodec final : public OpenAiCodec {
 public:
  using OpenAiCodec::OpenAiCodec;
  std::string_view origin() const override { return kChatOrigin; }
  std::unique_ptr<Decoder> decoder() const override { return make_openai_chat_decoder(); }

  os::Result<WireRequest> encode(const ConverseRequest& request) const override {
    const ModelSettings& settings = request.model;
    if (settings.top_k && official())
      return os::fail(os::Code::kUnsupported, "OpenAI's models have no topK", "leave it out");
    json::Value body = openai_body(settings);
    // Servers that speak this format know the older name; OpenAI's reasoning models only the newer one.
    if (settings.max_tokens)
      body.set(official() ? "max_completion_tokens" : "max_tokens", *settings.max_tokens);
    if (settings.top_k) body.set("top_k", *settings.top_k);
    for (const std::string& stop : settings.stop_sequences) {
      if (!body.has("stop")) body.set("stop", json::array({}));
      body.find("stop")->push_back(stop);
    }
    body.set("messages", messages_of(request));
    if (!request.tools.empty()) body.set("tools", tools_of(request.tools));
    body.set("stream", true);
    body.set("stream_options", json::object({{"include_usage", true}}));
    merge_additional(body, settings.additional_params);
    WireRequest out{.path = "/chat/completions", .body = json::write(body)};
    out.headers.set("content-type", "application/json");
    return out;
  }

 private:
  json::Value messages_of(const ConverseRequest& request) const {
    json::Value messages = json::array({});
    for (const std::string& text : request.system)
      messages.push_back(json::object({{"role", "system"}, {"content", text}}));
    const HistoryRules rules{.origin = kChatOrigin,
                             .max_tool_id_bytes = kMaxToolIdBytes,
                             .keep_reasoning = !official(),
                             .keep_unsigned_reasoning = true};
    for (const Message& message : portable_history(request.messages, rules)) {
      if (message.role == Role::kUser) {
        add_user(messages, message);
      } else {
        add_assistant(messages, message);
      }
    }
    return messages;
  }

  static json::Value tools_of(const std::vector<ToolSpec>& tools) {
    json::Value out = json::array({});
    for (const ToolSpec& tool : tools) {
      json::Value function = json::object({{"name", tool.name}, {"parameters", tool.input_schema}});
      if (!tool.description.empty()) function.set("description", tool.description);
      out.push_back(json::object({{"type", "function"}, {"function", std::move(function)}}));
    }
    return out;
  }
};

}  // namespace

std::unique_ptr<Codec> make_openai_chat_codec(const ModelSettings& settings) {
  return std::make_unique<ChatCodec>(settings);
}

}  // namespace soma::model
