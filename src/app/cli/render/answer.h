// What an invocation's wire events add up to: the answer, the tool calls, the tokens, how it ended.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"

namespace soma::cli {

struct ToolCall {
  std::string id, name;
  std::string input_text{};  // JSON, as it streamed in
  std::string status{};      // "success", "error"; empty while it runs
};

class Answer {
 public:
  void add(const json::Value& wire_event);

  // The text of the last assistant message that has any; of the one that streams now, as far as it came.
  const std::string& text() const { return message_text_.empty() ? text_ : message_text_; }
  const std::vector<ToolCall>& tool_calls() const { return tool_calls_; }
  // The tool call whose result was complete with the last event; null when that event completed none.
  const ToolCall* completed_call() const { return completed_ ? &tool_calls_[*completed_] : nullptr; }
  int64_t input_tokens() const { return input_tokens_; }
  int64_t output_tokens() const { return output_tokens_; }
  // Of the last message that ended; empty before.
  const std::string& stop_reason() const { return stop_reason_; }
  // "assistant" or "user" while a message streams.
  const std::string& role() const { return role_; }
  // The exception that ended the invocation: its name ("validationException") and what it says.
  const std::string& error_name() const { return error_name_; }
  const std::string& error_message() const { return error_message_; }

  json::Value usage() const;
  json::Value tool_calls_json() const;

 private:
  void start_block(int64_t index, const json::Value& start);
  void add_delta(int64_t index, const json::Value& delta);
  void stop_block(int64_t index);
  void stop_message(std::string_view reason);

  std::string role_, text_, message_text_, stop_reason_, error_name_, error_message_;
  std::vector<ToolCall> tool_calls_;
  std::map<int64_t, size_t> uses_, results_;  // open blocks of the message: index to tool call
  std::optional<size_t> completed_;
  size_t calls_before_message_ = 0;
  int64_t input_tokens_ = 0, output_tokens_ = 0;
};

}  // namespace soma::cli
