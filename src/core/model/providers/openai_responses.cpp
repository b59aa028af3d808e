// OpenAI Responses.
//
// An answer is a list of items. Text, reasoning and function calls become blocks; every other item (web
// search, code, MCP, tool search on the server) is kept whole as a server-side tool use and passed back as it
// came.
//
// The service wants a reasoning item followed by the very item that followed it, known by its id, and it
// looks at a message's phase and a call's namespace. Blocks have no place for those, so that each item that
// needs them is preceded by a reasoning block without text, a *marker*, whose signature names the item:
// {"type":"message","id":"msg_…","phase":"commentary"}. A reasoning block's own signature is
// {"type":"reasoning","id":"rs_…","encrypted_content":"…"}; an item with several summaries is several blocks
// of one id, the last of which holds the encrypted content.
//
// Source: the OpenAI API reference (Responses, streaming events).
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include "core/model/providers/block_writer.h"
#include "core/model/providers/openai.h"
#include "core/model/providers/openai_items.h"

namespace soma::model {
namespace {

Usage usage_of(const json::Value& value) {
  const json::Value& details = value.get("input_tokens_details");
  Usage usage;
  usage.cache_read_input_tokens = token_count(details.get("cached_tokens"));
  usage.cache_write_input_tokens = token_count(details.get("cache_write_tokens"));
  const int64_t cached = usage.cache_read_input_tokens + usage.cache_write_input_tokens;
  usage.input_tokens = std::max<int64_t>(token_count(value.get("input_tokens")) - cached, 0);
  usage.output_tokens = token_count(value.get("output_tokens"));
  return usage;
}

class ResponsesDecoder final : public Decoder {
 public:
  os::Result<> on_event(std::string_view, std::string_view data, const EventSink& sink) override {
    if (writer_.finished() || os::trim(data) == "[DONE]") return {};
    SOMA_ASSIGN(const json::Value event, parse_answer(data, "openai"));
    const std::string_view type = event.get("type").string_or("");
    if (type == "response.output_item.added") return on_added(event, sink);
    if (type == "response.output_item.done") return on_done(event, sink);
    if (type == "response.completed" || type == "response.incomplete")
      return finish(event.get("response"), sink);
    if (type == "response.failed" || type == "error") return failed(event);
    if (type == "response.created") {
      writer_.start(sink);
    } else if (live_ && event.get("output_index").int_or(-1) == *live_) {
      on_delta(type, event, sink);
    }
    return {};
  }

  os::Result<> on_end(const EventSink&) override {
    if (writer_.finished()) return {};
    return os::fail(os::Code::kUnavailable,
                    "the model's answer was cut: openai's stream ended before response.completed");
  }

  os::Result<> on_document(const json::Value& document, const EventSink& sink) override {
    if (!document.get("output").is_array())
      return os::fail(os::Code::kCorrupt, "openai's answer has no list of output items");
    const std::string_view status = document.get("status").string_or("completed");
    if (status == "failed") return failed(document);
    if (status != "completed" && status != "incomplete")
      return os::fail(os::Code::kUnavailable, fmt::format("openai's answer is not there yet: {}", status));
    for (const json::Value& item : document.get("output").as_array()) SOMA_TRY(write_item(item, sink));
    return finish(document, sink);
  }

 private:
  // One item is written as it comes (the live one). Should another start before it is over, that one is
  // written whole, after it.
  os::Result<> on_added(const json::Value& event, const EventSink& sink) {
    if (live_) return {};
    const json::Value& item = event.get("item");
    const std::string_view type = item.get("type").string_or("");
    if (type != "message" && type != "reasoning" && type != "function_call") return {};
    live_ = event.get("output_index").int_or(0);
    live_written_ = false;
    if (type == "reasoning") {
      live_id_ = item.get("id").string_or("");
    } else {
      start_item(item, sink);
    }
    return {};
  }

  os::Result<> on_done(const json::Value& event, const EventSink& sink) {
    const json::Value& item = event.get("item");
    if (!live_) return write_item(item, sink);
    if (event.get("output_index").int_or(0) != *live_) {
      if (waiting_.size() == kMaxContentBlocks)
        return os::fail(os::Code::kLimitExceeded, "the model's answer has too many items");
      waiting_.push_back(item);
      return {};
    }
    end_item(item, sink);
    live_.reset();
    for (const json::Value& other : std::exchange(waiting_, {})) SOMA_TRY(write_item(other, sink));
    return {};
  }

  void on_delta(std::string_view type, const json::Value& event, const EventSink& sink) {
    const std::string_view delta = event.get("delta").string_or("");
    if (type == "response.output_text.delta") {
      writer_.text(delta, sink);
    } else if (type == "response.refusal.delta") {
      writer_.text(delta, sink);
      refused_ = true;
    } else if (type == "response.function_call_arguments.delta") {
      writer_.tool_input(delta, sink);
    } else if (type == "response.reasoning_summary_text.delta" || type == "response.reasoning_text.delta") {
      write_reasoning(delta, {}, sink);
    } else if (type == "response.reasoning_summary_part.added") {
      if (live_written_) end_reasoning_part(sink);
    } else if (type == "response.content_part.added") {
      if (live_written_) writer_.close(sink);
    } else {
      return;
    }
    live_written_ |= !delta.empty();
  }

  // ---- items

  void start_item(const json::Value& item, const EventSink& sink) {
    const std::string_view type = item.get("type").string_or("");
    writer_.close(sink);
    if (reasoned_ || needs_marker(item)) {
      write_reasoning({}, marker_of(item), sink);
      writer_.close(sink);
    }
    if (type == "message") return;
    called_ = true;
    writer_.tool_use(
        {.id = std::string(item.get("call_id").string_or("")),
         .name = std::string(type == "function_call" ? item.get("name").string_or("") : kToolSearch)},
        sink);
  }

  // What of a live item did not come in pieces.
  void end_item(const json::Value& item, const EventSink& sink) {
    const std::string_view type = item.get("type").string_or("");
    if (type == "reasoning") {
      if (!live_written_) write_texts(item, sink);
      write_reasoning({}, reasoning_signature(item), sink);
      reasoned_ = true;
    } else if (!live_written_ && type == "message") {
      write_texts(item, sink);
    } else if (!live_written_) {
      const json::Value& arguments = item.get("arguments");
      writer_.tool_input(arguments.is_object() ? json::write(arguments) : arguments.string_or(""), sink);
    }
    writer_.close(sink);
  }

  os::Result<> write_item(const json::Value& item, const EventSink& sink) {
    const std::string_view type = item.get("type").string_or("");
    const bool client_search = type == "tool_search_call" && item.get("execution").string_or("") == "client";
    live_written_ = false;
    live_id_ = item.get("id").string_or("");
    if (type == "reasoning") {
      end_item(item, sink);
    } else if (type == "message" || type == "function_call" || client_search) {
      start_item(item, sink);
      end_item(item, sink);
    } else {
      if (live_id_.empty()) live_id_ = fmt::format("item_{}", server_items_);
      ++server_items_;
      const bool mcp = type.starts_with("mcp_");
      writer_.tool_use({.id = live_id_,
                        .name = std::string(type),
                        .type = mcp ? "mcp_tool_use" : "server_tool_use",
                        .server_name = std::string(item.get("server_label").string_or("")),
                        .origin = std::string(kResponsesOrigin)},
                       sink);
      writer_.tool_input(json::write(item), sink);
      writer_.close(sink);
    }
    return {};
  }

  void write_texts(const json::Value& item, const EventSink& sink) {
    const bool reasoning = item.get("type").string_or("") == "reasoning";
    const json::Value& list = item.get("summary").empty() ? item.get("content") : item.get("summary");
    for (size_t i = 0; i < list.size(); ++i) {
      if (i > 0 && reasoning) end_reasoning_part(sink);
      if (i > 0) writer_.close(sink);
      const json::Value& part = list.at(i);
      const std::string_view text = part.get("text").string_or(part.get("refusal").string_or(""));
      refused_ |= part.has("refusal");
      if (reasoning) {
        write_reasoning(text, {}, sink);
      } else {
        writer_.text(text, sink);
      }
    }
  }

  void write_reasoning(std::string_view text, std::string signature, const EventSink& sink) {
    writer_.reasoning({.text = std::string(text),
                       .signature = std::move(signature),
                       .origin = std::string(kResponsesOrigin)},
                      sink);
  }

  void end_reasoning_part(const EventSink& sink) {
    write_reasoning({}, reasoning_signature(json::object({{"id", live_id_}})), sink);
    writer_.close(sink);
  }

  // ---- ends

  os::Result<> finish(const json::Value& response, const EventSink& sink) {
    const bool whole = response.get("status").string_or("") != "incomplete";
    if (live_ && whole) return os::fail(os::Code::kCorrupt, "openai ended the answer inside an item");
    writer_.finish(stop_reason(response), usage_of(response.get("usage")), sink);
    return {};
  }

  StopReason stop_reason(const json::Value& response) const {
    const std::string_view reason = response.get("incomplete_details").get("reason").string_or("");
    if (reason == "max_output_tokens") return StopReason::kMaxTokens;
    if (reason == "content_filter" || refused_) return StopReason::kContentFiltered;
    if (response.get("status").string_or("") == "incomplete") return StopReason::kInterrupted;
    return called_ ? StopReason::kToolUse : StopReason::kEndTurn;
  }

  // {"type":"error","code",…}, {"type":"error","error":{…}} or {"response":{"error":{…}}}.
  static os::Result<> failed(const json::Value& event) {
    const json::Value& response = event.get("response").is_object() ? event.get("response") : event;
    return std::unexpected(
        openai_stream_error(response.get("error").is_object() ? response.get("error") : response));
  }

  BlockWriter writer_;
  std::optional<int64_t> live_;       // the live item's output_index
  std::string live_id_;               // the item's own id
  bool live_written_ = false;         // pieces of it came
  std::vector<json::Value> waiting_;  // items that ended while another was live
  size_t server_items_ = 0;
  bool reasoned_ = false, called_ = false, refused_ = false;
};

class ResponsesCodec final : public OpenAiCodec {
 public:
  using OpenAiCodec::OpenAiCodec;
  std::string_view origin() const override { return kResponsesOrigin; }
  std::unique_ptr<Decoder> decoder() const override { return std::make_unique<ResponsesDecoder>(); }

  os::Result<WireRequest> encode(const ConverseRequest& request) const override {
    const ModelSettings& settings = request.model;
    if (settings.top_k)
      return os::fail(os::Code::kUnsupported, "the Responses API has no topK", "leave it out");
    if (!settings.stop_sequences.empty()) {
      return os::fail(os::Code::kUnsupported, "the Responses API has no stop sequences",
                      "leave them out, or set apiFormat to chat_completions");
    }
    json::Value body = openai_body(settings);
    if (settings.max_tokens) body.set("max_output_tokens", *settings.max_tokens);
    if (!request.system.empty())
      body.set("instructions", fmt::format("{}", fmt::join(request.system, "\n\n")));
    body.set("input", items_of(request));
    if (!request.tools.empty()) body.set("tools", tools_of(request.tools));
    // Without it reasoning could not be passed back when the service keeps no answers.
    body.set("include", json::array({"reasoning.encrypted_content"}));
    body.set("stream", true);
    merge_additional(body, settings.additional_params);
    WireRequest out{.path = "/responses", .body = json::write(body)};
    out.headers.set("content-type", "application/json");
    return out;
  }

 private:
  static json::Value tools_of(const std::vector<ToolSpec>& tools) {
    json::Value out = json::array({});
    for (const ToolSpec& tool : tools) {
      json::Value entry = json::object({{"type", "function"}, {"name", tool.name}});
      if (!tool.description.empty()) entry.set("description", tool.description);
      entry.set("parameters", tool.input_schema);
      entry.set("strict", false);  // the default, true, refuses schemas with optional members
      out.push_back(std::move(entry));
    }
    return out;
  }
};

}  // namespace

std::unique_ptr<Codec> make_openai_responses_codec(const ModelSettings& settings) {
  return std::make_unique<ResponsesCodec>(settings);
}

}  // namespace soma::model
