#include "core/tool/browser/relay.h"

#include <fmt/format.h>

#include "core/tool/browser/relay_rules.h"

namespace soma::tool::browser {

using json::Value;
using os::Code;
using os::Result;

namespace {

constexpr size_t kMaxClientMessageDepth = 1000;
// Error codes of the protocol: JSON-RPC 2.0 5.1, and Chromium's own for a session that is not there.
constexpr int kServerError = -32000, kSessionNotFound = -32001, kInvalidRequest = -32600;

int protocol_code(Code code) {
  if (code == Code::kNotFound) return kSessionNotFound;
  return code == Code::kInvalidArgument ? kInvalidRequest : kServerError;
}

}  // namespace

// What waits for the client. Outlives the relay while the connection still has messages on their way.
struct Relay::Outbox {
  explicit Outbox(const net::Executor& executor) : filled(executor) {}
  std::deque<std::string> messages;
  size_t bytes = 0;
  std::optional<os::Error> end;
  net::Notifier filled;

  void add(const Value& message) {
    if (end) return;
    std::string text = json::write(message);
    bytes += text.size();
    messages.push_back(std::move(text));
    if (bytes > kMaxRelayQueuedBytes)
      finish(
          {Code::kLimitExceeded, fmt::format("{} bytes wait for the client (kMaxRelayQueuedBytes)", bytes)});
    filled.notify();
  }
  void finish(os::Error error) {
    if (!end) end = std::move(error);
    filled.notify();
  }
};

net::Task<Result<std::unique_ptr<Relay>>> Relay::open(Operation operation,
                                                      std::shared_ptr<Connection> connection,
                                                      std::string proxy_server, net::Executor executor) {
  Value none(json::Object{});
  SOMA_CO_ASSIGN(const Value attached,
                 co_await connection->call(operation, "Target.attachToBrowserTarget", std::move(none), ""));
  auto outbox = std::make_shared<Outbox>(executor);
  Channels::Handler handler = [outbox](const Value& message) {
    if (message.is_null()) {
      outbox->finish({Code::kUnavailable, "the browser has ended"});
    } else {
      outbox->add(message);
    }
  };
  const uint64_t channel = connection->open_channel(std::string(attached.get("sessionId").string_or("")),
                                                    executor, std::move(handler));
  co_return std::unique_ptr<Relay>(
      new Relay(std::move(connection), std::move(proxy_server), std::move(outbox), channel));
}

Relay::Relay(std::shared_ptr<Connection> connection, std::string proxy_server, std::shared_ptr<Outbox> outbox,
             uint64_t channel)
    : connection_(std::move(connection)),
      proxy_server_(std::move(proxy_server)),
      outbox_(std::move(outbox)),
      channel_(channel) {}

Relay::~Relay() {
  connection_->close_channel(channel_);
}

net::Task<Result<std::string>> Relay::next() {
  const auto outbox = outbox_;
  // A cut relay says nothing more; one whose browser has ended says what it had said before.
  while (outbox->messages.empty() && !outbox->end) co_await outbox->filled.wait();
  if (outbox->messages.empty() || (outbox->end && outbox->end->code != Code::kUnavailable))
    co_return std::unexpected(*outbox->end);
  std::string message = std::move(outbox->messages.front());
  outbox->messages.pop_front();
  outbox->bytes -= message.size();
  co_return message;
}

Result<> Relay::take(std::string_view text) {
  json::ParseOptions options;
  options.max_depth = kMaxClientMessageDepth;
  SOMA_ASSIGN(Value message, json::parse(text, options));
  if (!message.is_object()) return os::fail(Code::kInvalidArgument, "a DevTools message is a JSON object");
  const std::string method(message.get("method").string_or(""));
  Value answer = json::object({{"id", message.get("id")}});
  if (const Value* session = message.find("sessionId")) answer.set("sessionId", *session);
  if (method == "Browser.close") {
    answer.set("result", Value(json::Object{}));
    outbox_->add(answer);
    outbox_->finish({Code::kUnavailable, "the client has closed"});
    return {};
  }
  Value params = message.get("params");
  if (!params.is_object()) params = json::Object{};
  Result<> passed = check_command(method, params, proxy_server_);
  if (passed) {
    message.set("params", std::move(params));
    passed = connection_->pass(channel_, std::move(message));
  }
  if (!passed) {
    const os::Error& error = passed.error();
    answer.set("error", json::object({{"code", protocol_code(error.code)}, {"message", error.message}}));
    outbox_->add(answer);
  }
  return {};
}

void Relay::cut(const std::string& reason) {
  outbox_->finish({Code::kCancelled, reason});
}

}  // namespace soma::tool::browser
