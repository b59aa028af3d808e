#include "core/mcp/message.h"

#include <fmt/format.h>

#include "base/os/text.h"

namespace soma::mcp {
namespace {

using json::Value;
using os::Code;
using os::Result;

std::unexpected<os::Error> no_message(std::string_view what) {
  return os::fail(Code::kCorrupt, fmt::format("no JSON-RPC message: {}", what));
}

bool is_id(const Value& value) {
  return value.is_string() || value.is_integer();
}

Result<> read_response(Value& value, Message& out) {
  out.kind = Message::Kind::kResponse;
  const Value* error = value.find("error");
  Value* result = value.find("result");
  if ((error == nullptr) == (result == nullptr)) return no_message("a response has a result or an error");
  if (!is_id(out.id) && !(error != nullptr && out.id.is_null()))
    return no_message("a response's id must be a string or an integer");
  if (result != nullptr) {
    if (!result->is_object()) return no_message("a result must be an object");
    out.result = std::move(*result);
    return {};
  }
  if (!error->is_object() || error->get("code").type() != json::Type::kInt)
    return no_message("an error must have a code");
  const std::string text = os::to_valid_utf8(error->get("message").string_or(""));
  out.error = RpcError{error->get("code").as_int(), std::string(os::utf8_prefix(text, kMaxErrorTextBytes)),
                       error->get("data")};
  return {};
}

}  // namespace

Result<Message> message_from_json(Value value) {
  if (!value.is_object())
    return no_message(fmt::format("it must be an object, is {}", json::type_name(value.type())));
  if (value.get("jsonrpc").string_or("") != "2.0") return no_message(R"(it must say "jsonrpc": "2.0")");
  Message out;
  out.id = value.get("id");
  if (const Value* method = value.find("method")) {
    if (!method->is_string()) return no_message("its method must be a string");
    out.method = method->as_string();
    if (Value* params = value.find("params")) {
      if (!params->is_object() && !params->is_null()) return no_message("its params must be an object");
      out.params = std::move(*params);
    }
    if (value.has("id")) {
      if (!is_id(out.id)) return no_message("a request's id must be a string or an integer");
      out.kind = Message::Kind::kRequest;
    }
    return out;
  }
  SOMA_TRY(read_response(value, out));
  return out;
}

Result<Message> parse_message(std::string_view text) {
  if (text.size() > kMaxMessageBytes)
    return os::fail(Code::kLimitExceeded,
                    fmt::format("a message has over {} bytes (kMaxMessageBytes)", kMaxMessageBytes));
  Result<Value> value = json::parse(text, {.max_depth = kMaxMessageDepth, .max_bytes = kMaxMessageBytes});
  if (value) return message_from_json(std::move(*value));
  if (value.error().code == Code::kLimitExceeded)
    return os::fail(Code::kLimitExceeded,
                    fmt::format("{} (kMaxMessageDepth, kMaxMessageBytes)", value.error().message));
  return no_message(value.error().message);
}

Value request_json(int64_t id, std::string_view method, Value params) {
  return json::object({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}});
}

Value notification_json(std::string_view method, Value params) {
  Value out = json::object({{"jsonrpc", "2.0"}, {"method", method}});
  if (!params.is_null()) out.set("params", std::move(params));
  return out;
}

Value result_json(Value id, Value result) {
  return json::object({{"jsonrpc", "2.0"}, {"id", std::move(id)}, {"result", std::move(result)}});
}

Value error_json(Value id, int64_t code, std::string_view message) {
  return json::object({{"jsonrpc", "2.0"},
                       {"id", std::move(id)},
                       {"error", json::object({{"code", code}, {"message", message}})}});
}

bool is_modern_error(const RpcError& error) {
  return error.code == kHeaderMismatch || error.code == kMissingClientCapability ||
         error.code == kUnsupportedVersion;
}

}  // namespace soma::mcp
