// Anthropic's Messages API. Source: docs.claude.com, "Messages" and "Streaming messages".
//
// What runs on the service's side (web search, code execution, MCP) comes as a call and a result inside the
// assistant's message. The result is kept as the service's own JSON and passed back as it is.
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include "core/model/providers/block_writer.h"
#include "core/model/providers/codec.h"
#include "core/model/providers/history.h"

namespace soma::model {
namespace {

constexpr std::string_view kOrigin = "anthropic";
constexpr std::string_view kApiVersion = "2023-06-01";
// The API has no default of its own.
constexpr int64_t kDefaultMaxTokens = 8192;

// ---- requests

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
    if (text == nullptr || !text->text.empty()) content.push_back(std::visit(ResultWriter{}, item));
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

// Null for what the API does not take: an empty text.
json::Value block_json(const Block& block, Role role) {
  if (const auto* text = std::get_if<Text>(&block))
    return text->text.empty() ? json::Value() : text_block(text->text);
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

json::Value request_body(const ConverseRequest& request) {
  json::Value body = json::object({{"model", request.model.model_id},
                                   {"max_tokens", request.model.max_tokens.value_or(kDefaultMaxTokens)},
                                   {"stream", true}});
  json::Value system = json::array({});
  for (const std::string& text : request.system) {
    if (!text.empty()) system.push_back(text_block(text));
  }
  if (!system.empty()) body.set("system", std::move(system));
  const HistoryRules rules{.origin = kOrigin};
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

// ---- answers

StopReason stop_reason_of(std::string_view name) {
  if (name == "refusal") return StopReason::kContentFiltered;
  if (name == "pause_turn") return StopReason::kPartialTurn;
  return parse_stop_reason(name).value_or(StopReason::kEndTurn);
}

// Figures of a later event stand for those of an earlier one.
void read_usage(const json::Value& from, Usage& usage) {
  usage.input_tokens = from.get("input_tokens").int_or(usage.input_tokens);
  usage.output_tokens = from.get("output_tokens").int_or(usage.output_tokens);
  usage.cache_read_input_tokens = from.get("cache_read_input_tokens").int_or(usage.cache_read_input_tokens);
  usage.cache_write_input_tokens =
      from.get("cache_creation_input_tokens").int_or(usage.cache_write_input_tokens);
}

std::unexpected<os::Error> error_in_stream(const json::Value& error) {
  const std::string_view type = error.get("type").string_or("api_error");
  struct Row {
    std::string_view type;
    int status;
  };
  constexpr Row kRows[] = {{"invalid_request_error", 400}, {"authentication_error", 401},
                           {"permission_error", 403},      {"not_found_error", 404},
                           {"request_too_large", 413},     {"rate_limit_error", 503},
                           {"timeout_error", 503},         {"overloaded_error", 529}};
  const auto row = std::ranges::find(kRows, type, &Row::type);
  const int status = row != std::end(kRows) ? row->status : 500;
  return std::unexpected(
      failure_of_status(status, {}, "anthropic", type, error.get("message").string_or("")).error);
}

class AnthropicDecoder final : public Decoder {
 public:
  os::Result<> on_event(std::string_view, std::string_view data, const EventSink& sink) override {
    SOMA_ASSIGN(const json::Value event, parse_answer(data, kOrigin));
    const std::string_view type = event.get("type").string_or("");
    if (type == "error") return error_in_stream(event.get("error"));
    if (writer_.finished()) return {};
    if (type == "message_start") {
      read_usage(event.get("message").get("usage"), usage_);
      writer_.start(sink);
    } else if (type == "content_block_start") {
      start_block(event.get("content_block"), sink);
    } else if (type == "content_block_delta") {
      add_delta(event.get("delta"), sink);
    } else if (type == "content_block_stop") {
      stop_block(sink);
    } else if (type == "message_delta") {
      read_usage(event.get("usage"), usage_);
      const json::Value& reason = event.get("delta").get("stop_reason");
      if (reason.is_string()) stop_ = stop_reason_of(reason.as_string());
    } else if (type == "message_stop") {
      writer_.finish(stop_, usage_, sink);
    }
    return {};
  }

  os::Result<> on_end(const EventSink&) override {
    if (writer_.finished()) return {};
    return os::fail(os::Code::kUnavailable, "anthropic: the answer ends before message_stop");
  }

  os::Result<> on_document(const json::Value& document, const EventSink& sink) override {
    if (document.get("type").string_or("") == "error") return error_in_stream(document.get("error"));
    const json::Value& content = document.get("content");
    if (!content.is_array()) return os::fail(os::Code::kCorrupt, "anthropic: an answer without content");
    writer_.start(sink);
    for (const json::Value& block : content.as_array()) {
      start_block(block, sink);
      stop_block(sink);
    }
    read_usage(document.get("usage"), usage_);
    stop_ = stop_reason_of(document.get("stop_reason").string_or(""));
    writer_.finish(stop_, usage_, sink);
    return {};
  }

 private:
  void start_block(const json::Value& block, const EventSink& sink) {
    const auto text = [&](std::string_view key) { return std::string(block.get(key).string_or("")); };
    const std::string type = text("type");
    if (type == "text") {
      writer_.text(text("text"), sink);
    } else if (type == "thinking") {
      writer_.reasoning({text("thinking"), text("signature"), {}, std::string(kOrigin)}, sink);
    } else if (type == "redacted_thinking") {
      writer_.reasoning({{}, {}, text("data"), std::string(kOrigin)}, sink);
    } else if (type == "tool_use") {
      start_tool(block, {text("id"), text("name")}, sink);
    } else if (type.ends_with("_tool_use")) {
      start_tool(block, {text("id"), text("name"), type, text("server_name"), std::string(kOrigin)}, sink);
    } else if (type.ends_with("_tool_result")) {
      writer_.server_result(text("tool_use_id"), block, sink);
    }
  }

  void start_tool(const json::Value& block, ToolUseStart start, const EventSink& sink) {
    writer_.tool_use(std::move(start), sink);
    // A stream opens with {} and sends the input in pieces; a whole answer has it here.
    const json::Value& input = block.get("input");
    if (input.is_object() && !input.empty()) whole_input_ = json::write(input);
  }

  void add_delta(const json::Value& delta, const EventSink& sink) {
    const std::string_view type = delta.get("type").string_or("");
    const auto text = [&](std::string_view key) { return std::string(delta.get(key).string_or("")); };
    if (type == "text_delta") {
      writer_.text(text("text"), sink);
    } else if (type == "thinking_delta") {
      writer_.reasoning({text("thinking"), {}, {}, std::string(kOrigin)}, sink);
    } else if (type == "signature_delta") {
      writer_.reasoning({{}, text("signature"), {}, std::string(kOrigin)}, sink);
    } else if (type == "input_json_delta") {
      whole_input_.clear();
      writer_.tool_input(text("partial_json"), sink);
    }
  }

  void stop_block(const EventSink& sink) {
    writer_.tool_input(std::exchange(whole_input_, {}), sink);
    writer_.close(sink);
  }

  BlockWriter writer_;
  std::string whole_input_;
  StopReason stop_ = StopReason::kEndTurn;
  Usage usage_;
};

class AnthropicCodec final : public Codec {
 public:
  std::string_view origin() const override { return kOrigin; }
  std::string default_base(const Environment& environment) const override {
    const std::string base = environment("ANTHROPIC_BASE_URL");
    return base.empty() ? "https://api.anthropic.com" : base;
  }

  os::Result<WireRequest> encode(const ConverseRequest& request) const override {
    WireRequest out;
    out.path = "/v1/messages";
    out.headers = {{"content-type", "application/json"},
                   {"accept", "text/event-stream"},
                   {"anthropic-version", std::string(kApiVersion)}};
    json::Value body = request_body(request);
    // Features in trial are named in a header; additionalParams is the one place to say so.
    if (const json::Value* beta = body.find("anthropic_beta")) {
      std::vector<std::string> names;
      if (beta->is_string()) names.push_back(beta->as_string());
      for (size_t i = 0; beta->is_array() && i < beta->size(); ++i)
        names.emplace_back(beta->at(i).string_or(""));
      out.headers.set("anthropic-beta", os::join(names, ","));
      body.erase("anthropic_beta");
    }
    out.body = json::write(body);
    return out;
  }

  os::Result<> authorize(WireRequest& request, const std::string&, const std::string& key,
                         const Environment& environment, os::Time) const override {
    const std::string value = key.empty() ? environment("ANTHROPIC_API_KEY") : key;
    if (value.empty())
      return os::fail(os::Code::kUnauthenticated, "anthropic: there is no key", "set ANTHROPIC_API_KEY");
    request.headers.set("x-api-key", value);
    return {};
  }

  std::unique_ptr<Decoder> decoder() const override { return std::make_unique<AnthropicDecoder>(); }

  Failure error_of(int status, const net::Headers& headers, std::string_view body) const override {
    const auto parsed = json::parse(body);
    const json::Value none;
    const json::Value& error = parsed ? parsed->get("error") : none;
    return failure_of_status(status, headers, "anthropic", error.get("type").string_or(""),
                             error.get("message").string_or(body));
  }
};

}  // namespace

std::unique_ptr<Codec> make_anthropic_codec(const ModelSettings&) {
  return std::make_unique<AnthropicCodec>();
}

}  // namespace soma::model
