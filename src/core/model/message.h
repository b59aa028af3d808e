// Messages, content blocks and stream events: the shape of the Converse and InvokeHarness APIs, which all of
// soma speaks inside.
//
// Providers translate from and to their own API at their own edge, and nowhere else. JSON forms (to_json /
// from_json) are the wire's. Sources: Amazon Bedrock API reference (Message, ContentBlock, ConverseStream),
// Bedrock AgentCore InvokeHarness.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::model {

enum class Role { kUser, kAssistant };

// An image or a document: either the bytes, or a file of the session's workspace that holds them (what soma's
// own tools make).
struct Media {
  std::string format;  // "png", "jpeg", "gif", "webp"; "pdf", "csv", "md", "txt", …
  std::string bytes{};
  std::string file{};  // relative to the workspace
  std::string url{};   // where the provider is to fetch it itself; bytes and file are then empty
  std::string name{};  // documents
};

struct Text {
  std::string text;
};
struct Reasoning {
  std::string text;
  std::string signature{};  // opaque, belongs to the provider and model that made it
  std::string redacted{};   // opaque bytes instead of text
  std::string origin{};     // the provider that made the signature; only it gets it back
};
struct ToolUse {
  std::string id, name;
  json::Value input;
  std::string type{};  // "tool_use", "server_tool_use", "mcp_tool_use"; empty means tool_use
  std::string server_name{};
  std::string origin{};  // of calls that the provider itself runs (type is not tool_use): who
};
struct Image {
  Media media;
};
struct Document {
  Media media;
};
struct JsonContent {
  json::Value value;
};
using ResultContent = std::variant<Text, JsonContent, Image, Document>;
struct ToolResult {
  std::string tool_use_id;
  bool error = false;  // status "error"
  std::vector<ResultContent> content;
};
using Block = std::variant<Text, Reasoning, ToolUse, ToolResult, Image, Document>;

struct Message {
  Role role = Role::kUser;
  std::vector<Block> content;
};

// The stop reasons of InvokeHarness.
enum class StopReason {
  kEndTurn,
  kToolUse,
  kToolResult,
  kMaxTokens,
  kStopSequence,
  kContentFiltered,
  kMalformedModelOutput,
  kMalformedToolUse,
  kInterrupted,
  kPartialTurn,
  kModelContextWindowExceeded,
  kMaxIterationsExceeded,
  kMaxOutputTokensExceeded,
  kTimeoutExceeded,
  kHookStopped,
  // soma's own
  kMaxToolCallsExceeded,
  kMaxCostExceeded,
};
std::string_view stop_reason_name(StopReason reason);  // "end_turn"
os::Result<StopReason> parse_stop_reason(std::string_view name);

struct Usage {
  int64_t input_tokens = 0, output_tokens = 0;
  int64_t cache_read_input_tokens = 0, cache_write_input_tokens = 0;
  int64_t total() const { return input_tokens + output_tokens; }
  Usage& operator+=(const Usage& other);
};

struct MessageStart {
  Role role;
};
struct ToolUseStart {
  std::string id, name, type{}, server_name{}, origin{};
};
struct ToolResultStart {
  std::string tool_use_id;
  std::optional<bool> error{};
};
struct ContentBlockStart {
  int index;
  std::variant<std::monostate, ToolUseStart, ToolResultStart>
      start{};  // text and reasoning blocks start without a body
};
struct TextDelta {
  std::string text;
};
struct ToolInputDelta {
  std::string json_fragment;
};
struct ReasoningDelta {
  std::string text{}, signature{}, redacted{}, origin{};
};
struct ToolResultDelta {
  std::vector<ResultContent> content;
};
struct ToolResultMetadata {
  std::string metadata;  // JSON text
};
struct ContentBlockDelta {
  int index;
  std::variant<TextDelta, ToolInputDelta, ReasoningDelta, ToolResultDelta, ToolResultMetadata> delta;
};
struct ContentBlockStop {
  int index;
};
struct MessageStop {
  StopReason reason;
};
struct Metadata {
  Usage usage;
  int64_t latency_ms = 0;
};
using StreamEvent =
    std::variant<MessageStart, ContentBlockStart, ContentBlockDelta, ContentBlockStop, MessageStop, Metadata>;

json::Value to_json(const Message& message);
json::Value to_json(const Block& block);
json::Value to_json(const ResultContent& content);
json::Value to_json(const Usage& usage);
json::Value to_json(const StreamEvent& event);  // {"contentBlockDelta": {…}}: one member, the union's
// Errors name the pointer inside `value`: kInvalidArgument.
os::Result<Message> message_from_json(const json::Value& value, std::string_view pointer = "");
os::Result<ResultContent> result_content_from_json(const json::Value& value, std::string_view pointer = "");
os::Result<StreamEvent> event_from_json(const json::Value& value);

// All text blocks, joined by newlines.
std::string text_of(const Message& message);

// Limits of one message that a MessageAssembler builds. kMaxModelResponseBytes bounds what one answer may
// stream, as JSON: text, reasoning, tool inputs, ids, results of the service's own tools. It leaves the room
// that an event of the journal (16 MiB) needs around it.
inline constexpr size_t kMaxModelResponseBytes = 12u << 20;
inline constexpr size_t kMaxContentBlocks = 4096;

// Builds the message out of its events. Tool input fragments are parsed at the block's stop (nothing at all
// is {}); what is no JSON object is kept as {"_malformed": "<text>"} and sets malformed_tool_use(). Blocks
// come one after the other. While a stream is open, message() holds what came so far; a tool use whose block
// is still open has the input {}. Texts of consecutive tool result deltas join into one; a toolResultMetadata
// of {"status": "error" | "success", …} sets the result's status.
class MessageAssembler {
 public:
  // kCorrupt: an event that cannot come here (a delta without its block, two starts, two tool uses of one
  // id). kLimitExceeded: more than kMaxModelResponseBytes, or than kMaxContentBlocks. After an error the
  // assembler is not to be used further; message() stays readable.
  os::Result<> add(const StreamEvent& event);
  bool complete() const { return stop_.has_value(); }
  bool open() const { return started_ && !stop_; }
  StopReason stop_reason() const { return stop_.value_or(StopReason::kPartialTurn); }
  bool malformed_tool_use() const { return malformed_; }
  const Usage& usage() const { return usage_; }
  const Message& message() const { return message_; }
  // The index of a block that was started and not stopped.
  std::optional<int> open_block() const { return open_block_; }

 private:
  os::Result<> on(const MessageStart& event);
  os::Result<> on(const ContentBlockStart& event);
  os::Result<> on(const ContentBlockDelta& event);
  os::Result<> on(const ContentBlockStop& event);
  os::Result<> on(const MessageStop& event);
  os::Result<> on(const Metadata& event);
  os::Result<> append(const ContentBlockDelta& event);
  os::Result<> count(size_t bytes);

  Message message_;
  std::string tool_input_;
  std::optional<int> open_block_;
  std::optional<StopReason> stop_;
  Usage usage_;
  int last_index_ = -1;
  size_t blocks_ = 0;
  size_t bytes_ = 0;
  bool started_ = false;
  bool has_block_ = false;  // the open block has its place in message_
  bool has_metadata_ = false;
  bool malformed_ = false;
};

}  // namespace soma::model
