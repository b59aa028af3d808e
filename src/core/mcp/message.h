// JSON-RPC 2.0 as MCP uses it (https://modelcontextprotocol.io/specification): one message read, checked and
// written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/json.h"

namespace soma::mcp {

inline constexpr size_t kMaxMessageBytes = 8u << 20;  // of one message that is read
inline constexpr size_t kMaxMessageDepth = 64;
inline constexpr size_t kMaxErrorTextBytes = 1024;  // what is kept of an error's message

// JSON-RPC's own codes, and those that MCP defines since 2026-07-28.
inline constexpr int64_t kMethodNotFound = -32601;
inline constexpr int64_t kHeaderMismatch = -32020;
inline constexpr int64_t kMissingClientCapability = -32021;
inline constexpr int64_t kUnsupportedVersion = -32022;

struct RpcError {
  int64_t code = 0;
  std::string message;
  json::Value data{};
};

struct Message {
  enum class Kind { kRequest, kNotification, kResponse };
  Kind kind = Kind::kNotification;
  json::Value id{};      // of a request or response: a string or an integer; null: an error of no request
  std::string method{};  // of a request or notification
  json::Value params{};  // null when absent
  json::Value result{};  // of a response: an object
  std::optional<RpcError> error{};
};

// kCorrupt for what is no message of JSON-RPC 2.0 (a batch is none), kLimitExceeded for more than
// kMaxMessageBytes or kMaxMessageDepth.
os::Result<Message> parse_message(std::string_view text);
os::Result<Message> message_from_json(json::Value value);

json::Value request_json(int64_t id, std::string_view method, json::Value params);
json::Value notification_json(std::string_view method, json::Value params);
json::Value result_json(json::Value id, json::Value result);
json::Value error_json(json::Value id, int64_t code, std::string_view message);

// True for an error that only a server of 2026-07-28 or later gives.
bool is_modern_error(const RpcError& error);

}  // namespace soma::mcp
