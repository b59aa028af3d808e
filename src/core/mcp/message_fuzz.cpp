// What a server sends as a message: whatever it is, it is refused or reads back the same.
#include <cstdint>
#include <string_view>

#include "core/mcp/message.h"

namespace soma::mcp {
namespace {

void check(bool holds) {
  if (!holds) __builtin_trap();
}

json::Value written(const Message& message) {
  if (message.kind == Message::Kind::kNotification) return notification_json(message.method, message.params);
  if (message.kind == Message::Kind::kRequest) {
    json::Value out = notification_json(message.method, message.params);
    out.set("id", message.id);
    return out;
  }
  if (message.error) return error_json(message.id, message.error->code, message.error->message);
  return result_json(message.id, message.result);
}

void fuzz_message(std::string_view text) {
  const auto message = parse_message(text);
  if (!message) return;
  const bool response = message->kind == Message::Kind::kResponse;
  check(response == message->method.empty() || !response);
  check(!response || message->error || message->result.is_object());
  check(message->params.is_null() || message->params.is_object());
  const auto again = parse_message(json::write(written(*message)));
  check(again && again->kind == message->kind && again->id == message->id &&
        again->method == message->method && again->params == message->params &&
        again->result == message->result && again->error.has_value() == message->error.has_value());
}

}  // namespace
}  // namespace soma::mcp

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  soma::mcp::fuzz_message({reinterpret_cast<const char*>(data), size});
  return 0;
}
