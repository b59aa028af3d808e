// OpenAI Chat Completions, as OpenAI and the many servers that speak it send and take it.
//
// Servers differ in small ways that are met here: reasoning arrives as `reasoning_content` or `reasoning`;
// tool calls come without an index, all with the index 0, or with arguments as an object; the finish reason
// of a tool call may be "stop". The answer is complete with a finish reason and `[DONE]`.
//
// Reasoning has no signature here. It is passed back (as `reasoning_content`) to servers other than OpenAI,
// which ignore it or ask for it between tool calls; OpenAI refuses the field and never sends it.
//
// A tool message holds text alone: a result's images and documents follow in a user message.
#include "core/model/providers/block_writer.h"
#include "core/model/providers/history.h"
#include "core/model/providers/openai.h"

#include <ranges>
#include <vector>

#include <fmt/format.h>

namespace soma::model {
namespace {

constexpr std::string_view kOrigin = "openai_chat";
constexpr size_t kMaxToolIdBytes = 40;  // OpenAI refuses longer ids
constexpr std::string_view kMediaFollow = "The result's files are in the next message.";

// ---- requests

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
  json::Value content = plain ? parts.at(0).get("text") : std::move(parts);
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

// ---- answers

Usage usage_of(const json::Value& value) {
  Usage usage;
  usage.cache_read_input_tokens = value.get("prompt_tokens_details").get("cached_tokens").int_or(0);
  usage.input_tokens = value.get("prompt_tokens").int_or(0) - usage.cache_read_input_tokens;
  usage.output_tokens = value.get("completion_tokens").int_or(0);
  return usage;
}

class ChatDecoder final : public Decoder {
 public:
  os::Result<> on_event(std::string_view, std::string_view data, const EventSink& sink) override {
    if (writer_.finished()) return {};
    if (os::trim(data) == "[DONE]") return done(sink);
    SOMA_ASSIGN(const json::Value chunk, parse_answer(data, "openai"));
    if (const json::Value& error = chunk.get("error"); !error.is_null())
      return std::unexpected(openai_stream_error(error));
    if (chunk.get("usage").is_object()) usage_ = usage_of(chunk.get("usage"));
    if (id_.empty()) id_ = chunk.get("id").string_or("");
    const json::Value& choice = chunk.get("choices").at(0);
    SOMA_TRY(on_delta(choice.get("delta"), sink));
    if (const std::string_view finish = choice.get("finish_reason").string_or(""); !finish.empty())
      finish_ = finish;
    return {};
  }

  os::Result<> on_end(const EventSink&) override {
    if (writer_.finished()) return {};
    return os::fail(os::Code::kUnavailable,
                    "the model's answer was cut: openai's stream ended before [DONE]");
  }

  os::Result<> on_document(const json::Value& document, const EventSink& sink) override {
    const json::Value& choice = document.get("choices").at(0);
    if (!choice.get("message").is_object())
      return os::fail(os::Code::kCorrupt, "openai's answer has no choices[0].message");
    usage_ = usage_of(document.get("usage"));
    id_ = document.get("id").string_or("");
    finish_ = choice.get("finish_reason").string_or("stop");
    SOMA_TRY(on_delta(choice.get("message"), sink));
    return done(sink);
  }

 private:
  // Calls after the first wait until it is complete: blocks come one after the other.
  struct Call {
    int64_t index;
    std::string id, name, arguments;
    bool open = false, closed = false;
  };

  os::Result<> on_delta(const json::Value& delta, const EventSink& sink) {
    writer_.start(sink);
    const std::string_view thought =
        delta.get("reasoning_content").string_or(delta.get("reasoning").string_or(""));
    const std::string_view text = delta.get("content").string_or("");
    const std::string_view refusal = delta.get("refusal").string_or("");
    if (!thought.empty() || !text.empty() || !refusal.empty()) flush_calls(sink);
    if (!thought.empty())
      writer_.reasoning({.text = std::string(thought), .origin = std::string(kOrigin)}, sink);
    writer_.text(text, sink);
    writer_.text(refusal, sink);
    refused_ |= !refusal.empty();
    const json::Value& calls = delta.get("tool_calls");
    for (size_t i = 0; i < calls.size(); ++i) SOMA_TRY(on_call(calls.at(i), sink));
    return {};
  }

  os::Result<> on_call(const json::Value& piece, const EventSink& sink) {
    const std::string_view id = piece.get("id").string_or("");
    const json::Value& function = piece.get("function");
    const json::Value& arguments = function.get("arguments");
    const std::string text =
        arguments.is_object() ? json::write(arguments) : std::string(arguments.string_or(""));
    Call* call = find_call(piece.get("index").int_or(-1), id);
    if (call == nullptr) {
      if (calls_.size() == kMaxContentBlocks)
        return os::fail(os::Code::kLimitExceeded, "the model's answer has too many tool calls");
      calls_.push_back({piece.get("index").int_or(-1), std::string(id), {}, {}});
      call = &calls_.back();
    }
    if (call->closed) {
      return text.empty()
                 ? os::Result<>()
                 : os::fail(os::Code::kCorrupt, "openai sent arguments for a tool call that was over");
    }
    if (call->name.empty()) call->name = function.get("name").string_or("");  // some repeat it in each piece
    call->arguments += text;
    if (call == &calls_[written_]) write_call(*call, text, sink);
    return {};
  }

  // Some servers give every call the index 0, or none: another id is another call.
  Call* find_call(int64_t index, std::string_view id) {
    for (Call& call : std::views::reverse(calls_)) {
      if ((id.empty() || id == call.id) && (index < 0 || index == call.index)) return &call;
    }
    return nullptr;
  }

  void write_call(Call& call, std::string_view arguments, const EventSink& sink) {
    if (call.name.empty()) return;
    if (!call.open) {
      call.open = true;
      if (call.id.empty()) call.id = fmt::format("call_{}_{}", id_, written_);
      writer_.tool_use({.id = call.id, .name = call.name}, sink);
      arguments = call.arguments;
    }
    writer_.tool_input(arguments, sink);
  }

  void flush_calls(const EventSink& sink) {
    for (; written_ < calls_.size(); ++written_) {
      Call& call = calls_[written_];
      if (!call.open) write_call(call, {}, sink);
      writer_.close(sink);
      call.closed = true;
    }
  }

  os::Result<> done(const EventSink& sink) {
    if (finish_.empty())
      return os::fail(os::Code::kUnavailable, "the model's answer was cut: openai sent no finish reason");
    flush_calls(sink);
    writer_.finish(stop_reason(), usage_, sink);
    return {};
  }

  StopReason stop_reason() const {
    if (finish_ == "length") return StopReason::kMaxTokens;
    if (finish_ == "content_filter" || refused_) return StopReason::kContentFiltered;
    return calls_.empty() ? StopReason::kEndTurn : StopReason::kToolUse;
  }

  BlockWriter writer_;
  std::vector<Call> calls_;
  size_t written_ = 0;  // calls before it are complete; the call at it is being written
  std::string id_, finish_;
  Usage usage_;
  bool refused_ = false;
};

class ChatCodec final : public OpenAiCodec {
 public:
  using OpenAiCodec::OpenAiCodec;
  std::string_view origin() const override { return kOrigin; }
  std::unique_ptr<Decoder> decoder() const override { return std::make_unique<ChatDecoder>(); }

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
    const HistoryRules rules{.origin = kOrigin,
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
