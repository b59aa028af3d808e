#include "app/cli/render/answer.h"

#include <algorithm>

namespace soma::cli {

using json::Value;

void Answer::add(const Value& wire_event) {
  completed_.reset();
  if (wire_event.size() != 1 || !wire_event.is_object()) return;
  const auto& [name, body] = wire_event.as_object().front();
  const int64_t index = body.get("contentBlockIndex").int_or(0);
  if (name == "messageStart") {
    role_ = body.get("role").string_or("");
    message_text_.clear();
    uses_.clear();
    results_.clear();
    calls_before_message_ = tool_calls_.size();
  } else if (name == "contentBlockStart") {
    start_block(index, body.get("start"));
  } else if (name == "contentBlockDelta") {
    add_delta(index, body.get("delta"));
  } else if (name == "contentBlockStop") {
    stop_block(index);
  } else if (name == "messageStop") {
    stop_message(body.get("stopReason").string_or(""));
  } else if (name == "metadata") {
    input_tokens_ += body.get("usage").get("inputTokens").int_or(0);
    output_tokens_ += body.get("usage").get("outputTokens").int_or(0);
  } else if (name.ends_with("Exception") || name == "runtimeClientError") {
    error_name_ = name;
    error_message_ = body.get("message").string_or("no explanation");
  }
}

void Answer::start_block(int64_t index, const Value& start) {
  if (const Value* use = start.find("toolUse")) {
    uses_[index] = tool_calls_.size();
    tool_calls_.push_back(
        {std::string(use->get("toolUseId").string_or("")), std::string(use->get("name").string_or(""))});
  }
  const Value* result = start.find("toolResult");
  if (result == nullptr) return;
  const auto call = std::ranges::find(tool_calls_, result->get("toolUseId").string_or(""), &ToolCall::id);
  if (call == tool_calls_.end()) return;
  results_[index] = static_cast<size_t>(call - tool_calls_.begin());
  call->status = result->get("status").string_or("");
}

void Answer::add_delta(int64_t index, const Value& delta) {
  const auto use = uses_.find(index);
  if (use != uses_.end())
    tool_calls_[use->second].input_text += delta.get("toolUse").get("input").string_or("");
  if (role_ == "assistant" && delta.get("text").is_string()) message_text_ += delta.get("text").as_string();
  // A result that was streamed while the tool ran says how it ended at its end.
  const auto result = results_.find(index);
  const Value& metadata = delta.get("toolResultMetadata").get("metadata");
  if (result == results_.end() || !metadata.is_string()) return;
  if (const auto parsed = json::parse(metadata.as_string()))
    tool_calls_[result->second].status = parsed->get("status").string_or("");
}

void Answer::stop_block(int64_t index) {
  uses_.erase(index);
  const auto result = results_.find(index);
  if (result == results_.end()) return;
  completed_ = result->second;
  if (tool_calls_[*completed_].status.empty()) tool_calls_[*completed_].status = "success";
  results_.erase(result);
}

void Answer::stop_message(std::string_view reason) {
  stop_reason_ = reason;
  role_.clear();
  // The model is asked again: what it had begun to say and to call does not count.
  if (reason == "interrupted")
    tool_calls_.erase(tool_calls_.begin() + static_cast<std::ptrdiff_t>(calls_before_message_),
                      tool_calls_.end());
  else if (!message_text_.empty())
    text_ = std::move(message_text_);
  message_text_.clear();
}

Value Answer::usage() const {
  return json::object({{"inputTokens", input_tokens_},
                       {"outputTokens", output_tokens_},
                       {"totalTokens", input_tokens_ + output_tokens_}});
}

Value Answer::tool_calls_json() const {
  Value calls = json::Array{};
  for (const ToolCall& tool_call : tool_calls_) {
    auto input = json::parse(tool_call.input_text);
    calls.push_back(json::object({{"toolUseId", tool_call.id},
                                  {"name", tool_call.name},
                                  {"input", input ? std::move(*input) : Value(tool_call.input_text)},
                                  {"status", tool_call.status.empty() ? Value() : Value(tool_call.status)}}));
  }
  return calls;
}

}  // namespace soma::cli
