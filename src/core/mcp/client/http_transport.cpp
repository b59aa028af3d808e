#include "core/mcp/client/http_transport.h"

#include <fmt/format.h>

#include <algorithm>

namespace soma::mcp {
namespace {

using os::Code;
using os::Result;

constexpr os::Duration kConnectTime = std::chrono::seconds(10);
constexpr uint64_t kDefaultRetryMs = 1'000;
constexpr size_t kMaxErrorBodyBytes = 64u << 10;  // of an answer that is no success
constexpr int kUnauthorized = 401;
constexpr size_t kShownBodyBytes = 300;
constexpr std::string_view kBase64Start = "=?base64?", kBase64End = "?=";

bool has_type(const net::Headers& headers, std::string_view type) {
  std::string_view value = headers.get("content-type");
  value = os::trim(value.substr(0, value.find(';')));
  return os::to_lower(value) == type;
}

// Visible ASCII, as the specification asks of a session's id: it goes into a header.
bool is_session_id(std::string_view text) {
  constexpr size_t kMaxSessionIdBytes = 1024;
  return text.size() <= kMaxSessionIdBytes &&
         std::ranges::all_of(text, [](char c) { return c >= 0x21 && c <= 0x7e; });
}

// A stream of events, while it brings one answer.
struct Incoming {
  std::string last_event_id{};
  uint64_t retry_ms = kDefaultRetryMs;
  size_t messages = 0, bytes = 0;
  size_t resumptions = 0;  // since the last event
  std::optional<Message> answer{};
};

class HttpTransport final : public Transport {
 public:
  HttpTransport(const net::Executor& executor, os::Clock& clock, HttpServer server, Listener listener)
      : executor_(executor),
        clock_(clock),
        server_(std::move(server)),
        listener_(std::move(listener)),
        http_(executor) {}

  net::Task<Result<Reply>> ask(Exchange exchange) override {
    net::ClientRequest request = request_for("POST", exchange.stop);
    request.body = json::write(exchange.message);
    for (auto& [name, value] : exchange.headers) request.headers.set(name, value);
    const std::string session = session_id_;
    SOMA_CO_ASSIGN(std::unique_ptr<net::ClientStream> stream, co_await open(std::move(request)));
    Reply reply;
    reply.status = stream->status();
    reply.session_id = stream->headers().get("mcp-session-id");
    if (!is_session_id(reply.session_id))
      co_return os::fail(Code::kCorrupt, "its session id is not made of visible ASCII characters");
    const bool success = reply.status >= 200 && reply.status < 300;
    if (success && has_type(stream->headers(), "text/event-stream")) {
      Incoming incoming;
      SOMA_CO_TRY(co_await read_to_answer(std::move(stream), exchange, session, incoming));
      reply.message = std::move(incoming.answer);
      co_return reply;
    }
    SOMA_CO_TRY(co_await read_body(*stream, exchange, success, reply));
    co_return reply;
  }

  net::Task<Result<>> tell(json::Value notification, net::Cancellation stop) override {
    net::ClientRequest request = request_for("POST", stop);
    request.body = json::write(notification);
    SOMA_CO_ASSIGN(const int status, co_await status_of(std::move(request)));
    if (status < 200 || status >= 300)
      co_return os::fail(Code::kUnavailable, fmt::format("it answers a notification with status {}", status));
    co_return Result<>{};
  }

  void speak(std::string version, std::string session_id) override {
    version_ = std::move(version);
    session_id_ = std::move(session_id);
  }

  net::Task<> close(net::Cancellation stop) override {
    if (session_id_.empty()) co_return;
    net::ClientRequest request = request_for("DELETE", stop);
    session_id_.clear();
    // A server need not let a client end its session: 405 is an answer, too.
    static_cast<void>(co_await status_of(std::move(request)));
  }

  bool cancels_by_message() const override { return version_ != kModernVersion; }
  bool running() const override { return false; }

 private:
  net::ClientRequest request_for(std::string_view method, const net::Cancellation& stop) const {
    net::ClientRequest request;
    request.method = method;
    request.url = server_.url;
    request.headers = server_.headers;
    request.headers.set("content-type", "application/json");
    request.headers.set("accept",
                        method == "GET" ? "text/event-stream" : "application/json, text/event-stream");
    if (!version_.empty()) request.headers.set("mcp-protocol-version", version_);
    if (!session_id_.empty()) request.headers.set("mcp-session-id", session_id_);
    request.connect_timeout = kConnectTime;
    request.stall_timeout = os::Duration(0);  // whoever asks has a deadline
    request.policy = server_.policy.get();
    request.cancellation = stop;
    return request;
  }

  // Sends it with what shows who asks; once more when the server no longer takes that.
  net::Task<Result<std::unique_ptr<net::ClientStream>>> open(net::ClientRequest request) {
    if (!server_.authorizer) co_return co_await http_.open(std::move(request));
    const std::shared_ptr<Authorizer> authorizer = server_.authorizer;
    net::ClientRequest first = request;
    SOMA_CO_TRY(co_await authorizer->authorize(first));
    const net::Headers shown = first.headers;
    SOMA_CO_ASSIGN(std::unique_ptr<net::ClientStream> stream, co_await http_.open(std::move(first)));
    if (stream->status() != kUnauthorized || !authorizer->refused(shown)) co_return std::move(stream);
    stream.reset();
    SOMA_CO_TRY(co_await authorizer->authorize(request));
    co_return co_await http_.open(std::move(request));
  }

  // The answer's status; the rest is read, within its limit, for the connection to serve again.
  net::Task<Result<int>> status_of(net::ClientRequest request) {
    SOMA_CO_ASSIGN(const std::unique_ptr<net::ClientStream> stream, co_await open(std::move(request)));
    for (size_t bytes = 0; bytes <= kMaxErrorBodyBytes;) {
      SOMA_CO_ASSIGN(const std::string piece, co_await stream->read());
      if (piece.empty()) break;
      bytes += piece.size();
    }
    co_return stream->status();
  }

  static net::Task<Result<>> read_body(net::ClientStream& stream, const Exchange& exchange, bool success,
                                       Reply& reply) {
    const size_t limit = success ? kMaxMessageBytes : kMaxErrorBodyBytes;
    std::string body;
    while (true) {
      SOMA_CO_ASSIGN(const std::string piece, co_await stream.read());
      if (piece.empty()) break;
      if (piece.size() > limit - body.size()) {
        if (!success) break;  // enough to see what it is
        co_return os::fail(Code::kLimitExceeded,
                           fmt::format("its answer has over {} bytes (kMaxMessageBytes)", kMaxMessageBytes));
      }
      body += piece;
    }
    const std::string shown = os::to_valid_utf8(os::trim(body));
    reply.text = os::utf8_prefix(shown, kShownBodyBytes);
    if (!has_type(stream.headers(), "application/json")) co_return Result<>{};
    Result<Message> message = parse_message(body);
    if (!message) {
      // An error's body may be anybody's, of a proxy for example.
      if (success) co_return std::unexpected(std::move(message.error()));
      co_return Result<>{};
    }
    const bool ours = message->kind == Message::Kind::kResponse &&
                      (message->id == json::Value(exchange.id) || (message->id.is_null() && message->error));
    if (!ours && success)
      co_return os::fail(Code::kCorrupt, "its answer is not to the request that was sent");
    if (ours) reply.message = std::move(*message);
    co_return Result<>{};
  }

  // Until the answer is there. A stream that ends before that is resumed, where the server gave its events
  // ids.
  net::Task<Result<>> read_to_answer(std::unique_ptr<net::ClientStream> stream, const Exchange& exchange,
                                     const std::string& session, Incoming& incoming) {
    while (true) {
      const Result<> read = co_await read_stream(*stream, exchange, incoming);
      stream.reset();
      if (incoming.answer) co_return Result<>{};
      const bool cut = read || read.error().code == Code::kUnavailable;
      if (!cut) co_return read;
      if (version_ == kModernVersion || incoming.last_event_id.empty())
        co_return os::fail(Code::kUnavailable, "the stream ended before the answer came",
                           "whether the call took effect is unknown");
      if (++incoming.resumptions > kMaxResumptions)
        co_return os::fail(
            Code::kUnavailable,
            fmt::format("the stream was resumed {} times and brought nothing (kMaxResumptions)",
                        kMaxResumptions));
      SOMA_CO_TRY(co_await wait_to_resume(exchange, incoming));
      auto resumed = co_await resume(exchange, session, incoming);
      if (!resumed) co_return std::unexpected(std::move(resumed.error()));
      stream = std::move(*resumed);
    }
  }

  net::Task<Result<>> wait_to_resume(const Exchange& exchange, const Incoming& incoming) {
    net::Notifier stopped(executor_);
    const auto registration = exchange.stop.on_request([&stopped] { stopped.notify(); });
    const os::Duration delay = std::min<os::Duration>(
        std::chrono::milliseconds(std::min<uint64_t>(incoming.retry_ms, 1u << 30)), kMaxRetryDelay);
    if (delay <= os::Duration(0)) co_return Result<>{};
    const os::Time until = clock_.now() + delay;
    static_cast<void>(co_await stopped.wait_until(clock_, until));
    if (exchange.stop.requested()) co_return os::fail(Code::kCancelled, exchange.stop.reason());
    co_return Result<>{};
  }

  net::Task<Result<std::unique_ptr<net::ClientStream>>> resume(const Exchange& exchange,
                                                               const std::string& session,
                                                               const Incoming& incoming) {
    net::ClientRequest request = request_for("GET", exchange.stop);
    request.headers.set("last-event-id", incoming.last_event_id);
    if (!session.empty()) request.headers.set("mcp-session-id", session);
    SOMA_CO_ASSIGN(std::unique_ptr<net::ClientStream> stream, co_await open(std::move(request)));
    if (stream->status() != 200 || !has_type(stream->headers(), "text/event-stream"))
      co_return os::fail(
          Code::kUnavailable,
          fmt::format("the stream was cut, and cannot be resumed (status {})", stream->status()),
          "whether the call took effect is unknown");
    co_return std::move(stream);
  }

  net::Task<Result<>> read_stream(net::ClientStream& stream, const Exchange& exchange, Incoming& incoming) {
    net::SseParser parser;
    while (true) {
      SOMA_CO_ASSIGN(const std::string bytes, co_await stream.read());
      if (bytes.empty()) co_return Result<>{};
      incoming.bytes += bytes.size();
      if (incoming.bytes > kMaxStreamBytes)
        co_return os::fail(Code::kLimitExceeded,
                           fmt::format("its stream has over {} bytes (kMaxStreamBytes)", kMaxStreamBytes));
      SOMA_CO_ASSIGN(const std::vector<net::SseEvent> events, parser.feed(bytes));
      for (const net::SseEvent& event : events) {
        SOMA_CO_TRY(co_await take(event, exchange, incoming));
        if (incoming.answer) co_return Result<>{};
      }
    }
  }

  net::Task<Result<>> take(const net::SseEvent& event, const Exchange& exchange, Incoming& incoming) {
    incoming.resumptions = 0;
    if (!event.id.empty()) incoming.last_event_id = event.id;
    if (event.retry_ms) incoming.retry_ms = *event.retry_ms;
    const bool is_message = (event.event.empty() || event.event == "message") && !event.data.empty();
    if (!is_message) co_return Result<>{};
    if (++incoming.messages > kMaxStreamMessages)
      co_return os::fail(
          Code::kLimitExceeded,
          fmt::format("over {} messages came before the answer (kMaxStreamMessages)", kMaxStreamMessages));
    SOMA_CO_ASSIGN(Message message, parse_message(event.data));
    if (message.kind == Message::Kind::kResponse) {
      // An answer to something else is none of ours; the limits bound how many of them come.
      if (message.id == json::Value(exchange.id)) incoming.answer = std::move(message);
      co_return Result<>{};
    }
    const std::optional<json::Value> answer = listener_(message);
    if (!answer || version_ == kModernVersion) co_return Result<>{};
    // A server that does not take the answer will say so by ending the call.
    json::Value body = *answer;
    const Result<> told = co_await tell(std::move(body), exchange.stop);
    if (!told && exchange.stop.requested()) co_return told;
    co_return Result<>{};
  }

  net::Executor executor_;
  os::Clock& clock_;
  HttpServer server_;
  Listener listener_;
  net::HttpClient http_;
  std::string version_, session_id_;
};

}  // namespace

std::unique_ptr<Transport> make_http_transport(const net::Executor& executor, os::Clock& clock,
                                               HttpServer server, Listener listener) {
  return std::make_unique<HttpTransport>(executor, clock, std::move(server), std::move(listener));
}

std::string header_value(std::string_view text) {
  const bool visible =
      std::ranges::all_of(text, [](char c) { return (c >= 0x20 && c <= 0x7e) || c == '\t'; });
  const bool looks_encoded = text.starts_with(kBase64Start) && text.ends_with(kBase64End);
  if (visible && os::trim(text) == text && !looks_encoded) return std::string(text);
  return fmt::format("{}{}{}", kBase64Start, os::base64_encode(text), kBase64End);
}

}  // namespace soma::mcp
