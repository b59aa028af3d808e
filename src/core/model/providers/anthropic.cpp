// Anthropic's Messages API. Source: docs.claude.com, "Messages" and "Streaming messages".
//
// What runs on the service's side (web search, code execution, MCP) comes as a call and a result inside the
// assistant's message. The result is kept as the service's own JSON and passed back as it is.
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include "core/model/providers/anthropic_messages.h"
#include "core/model/providers/block_writer.h"
#include "core/model/providers/codec.h"

namespace soma::model {
namespace {

constexpr std::string_view kApiVersion = "2023-06-01";

StopReason stop_reason_of(std::string_view name) {
  if (name == "refusal") return StopReason::kContentFiltered;
  if (name == "pause_turn") return StopReason::kPartialTurn;
  return parse_stop_reason(name).value_or(StopReason::kEndTurn);
}

// Figures of a later event stand for those of an earlier one.
void read_usage(const json::Value& from, Usage& usage) {
  const auto read = [&from](std::string_view name, int64_t& figure) {
    if (const json::Value* value = from.find(name); value != nullptr && value->is_number())
      figure = token_count(*value);
  };
  read("input_tokens", usage.input_tokens);
  read("output_tokens", usage.output_tokens);
  read("cache_read_input_tokens", usage.cache_read_input_tokens);
  read("cache_creation_input_tokens", usage.cache_write_input_tokens);
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
    SOMA_ASSIGN(const json::Value event, parse_answer(data, kAnthropicOrigin));
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
    return os::fail(os::Code::kUnavailable,
                    "the model's answer was cut: anthropic's stream ended before message_stop");
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
      writer_.reasoning({text("thinking"), text("signature"), {}, std::string(kAnthropicOrigin)}, sink);
    } else if (type == "redacted_thinking") {
      writer_.reasoning({{}, {}, text("data"), std::string(kAnthropicOrigin)}, sink);
    } else if (type == "tool_use") {
      start_tool(block, {text("id"), text("name")}, sink);
    } else if (type.ends_with("_tool_use")) {
      start_tool(block, {text("id"), text("name"), type, text("server_name"), std::string(kAnthropicOrigin)},
                 sink);
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
      writer_.reasoning({text("thinking"), {}, {}, std::string(kAnthropicOrigin)}, sink);
    } else if (type == "signature_delta") {
      writer_.reasoning({{}, text("signature"), {}, std::string(kAnthropicOrigin)}, sink);
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
  explicit AnthropicCodec(std::string api_base) : api_base_(std::move(api_base)) {}

  std::string_view origin() const override { return kAnthropicOrigin; }
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
    json::Value body = anthropic_body(request);
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

  os::Result<> authorize(WireRequest& request, const std::string& url, const std::string& key,
                         const Environment& environment, os::Time) const override {
    // Somebody else's server gets the key that was named for it, never the customary one.
    const auto address = net::parse_url(url);
    const bool own = api_base_.empty() || (address && address->host.ends_with(".anthropic.com"));
    const std::string value = key.empty() && own ? environment("ANTHROPIC_API_KEY") : key;
    if (!value.empty()) {
      request.headers.set("x-api-key", value);
    } else if (own) {
      return os::fail(os::Code::kUnauthenticated, "anthropic: there is no key", "set ANTHROPIC_API_KEY");
    }
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

 private:
  std::string api_base_;
};

}  // namespace

std::unique_ptr<Codec> make_anthropic_codec(const ModelSettings& settings) {
  return std::make_unique<AnthropicCodec>(settings.api_base);
}

}  // namespace soma::model
