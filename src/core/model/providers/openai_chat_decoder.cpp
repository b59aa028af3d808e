// OpenAI Chat Completions: answers.
//
// Servers differ in small ways that are met here: reasoning arrives as `reasoning_content` or `reasoning`;
// tool calls come without an index, all with the index 0, or with arguments as an object; the finish reason
// of a tool call may be "stop". An answer is complete with a finish reason and `[DONE]`.
#include <algorithm>
#include <ranges>
#include <vector>

#include <fmt/format.h>
#include "core/model/providers/block_writer.h"
#include "core/model/providers/openai.h"

namespace soma::model {
namespace {

Usage usage_of(const json::Value& value) {
  Usage usage;
  const json::Value& details = value.get("prompt_tokens_details");
  usage.cache_read_input_tokens = token_count(details.get("cached_tokens"));
  usage.cache_write_input_tokens = token_count(details.get("cache_write_tokens"));
  const int64_t cached = usage.cache_read_input_tokens + usage.cache_write_input_tokens;
  usage.input_tokens = std::max<int64_t>(token_count(value.get("prompt_tokens")) - cached, 0);
  usage.output_tokens = token_count(value.get("completion_tokens"));
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
      writer_.reasoning({.text = std::string(thought), .origin = std::string(kChatOrigin)}, sink);
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

}  // namespace

std::unique_ptr<Decoder> make_openai_chat_decoder() {
  return std::make_unique<ChatDecoder>();
}

}  // namespace soma::model
