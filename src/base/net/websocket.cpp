#include "base/net/websocket.h"

#include <fcntl.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include "base/net/client.h"
#include "base/net/connection.h"
#include "base/net/turn.h"

namespace soma::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

// A socket whose first bytes were read before: what a client sends right behind its upgrade request.
class PrefixedSocket {
 public:
  using executor_type = tcp::socket::executor_type;

  PrefixedSocket(tcp::socket socket, std::string prefix)
      : socket_(std::move(socket)), prefix_(std::move(prefix)) {}

  executor_type get_executor() { return socket_.get_executor(); }
  tcp::socket& socket() { return socket_; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(boost::system::error_code, size_t)>(
        [this](auto handler, const Buffers& target) {
          if (prefix_.empty()) return socket_.async_read_some(target, std::move(handler));
          const size_t count = asio::buffer_copy(target, asio::buffer(prefix_));
          prefix_.erase(0, count);
          asio::post(socket_.get_executor(),
                     beast::bind_front_handler(std::move(handler), boost::system::error_code(), count));
        },
        token, buffers);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return socket_.async_write_some(buffers, std::forward<Token>(token));
  }

  // What Beast does at the end of the conversation, and when its own timeout passes.
  friend void beast_close_socket(PrefixedSocket& stream) {
    boost::system::error_code ignored;
    stream.socket_.close(ignored);
  }
  template <class Handler>
  friend void async_teardown(beast::role_type role, PrefixedSocket& stream, Handler&& handler) {
    websocket::async_teardown(role, stream.socket_, std::forward<Handler>(handler));
  }

 private:
  tcp::socket socket_;
  std::string prefix_;
};

// Shared by the WebSocket and its running operations, so that it may be destroyed while a read waits.
struct Core {
  Core(tcp::socket socket, std::string prefix)
      : stream(PrefixedSocket(std::move(socket), std::move(prefix))) {}

  void close_socket() {
    boost::system::error_code ignored;
    stream.next_layer().socket().close(ignored);
  }

  std::shared_ptr<Connection> connection;  // of a server's side: counted until the WebSocket ends
  websocket::stream<PrefixedSocket, false> stream;
  Turn writing;
  size_t max_message_bytes = kMaxWebSocketMessageBytes;
};

void configure(Core& core, beast::role_type role, size_t max_message_bytes) {
  core.max_message_bytes = max_message_bytes;
  core.stream.read_message_max(max_message_bytes);
  core.stream.auto_fragment(false);
  core.stream.set_option(websocket::stream_base::timeout::suggested(role));
}

class SocketWebSocket final : public WebSocket {
 public:
  explicit SocketWebSocket(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  ~SocketWebSocket() override { core_->close_socket(); }

  Task<os::Result<WebSocketMessage>> read() override {
    const auto core = core_;
    beast::flat_buffer buffer;
    auto [error, count] = co_await core->stream.async_read(buffer, kAsTuple);
    WebSocketMessage message;
    if (error == websocket::error::closed) {
      message.closed = true;
      message.close_code = core->stream.reason().code;
      co_return message;
    }
    if (error == websocket::error::message_too_big)
      co_return os::fail(os::Code::kLimitExceeded, "the peer's message is larger than max_message_bytes (" +
                                                       std::to_string(core->max_message_bytes) + ")");
    if (error == beast::error::timeout)
      co_return os::fail(os::Code::kTimeout, "the peer does not answer pings");
    if (error) co_return os::fail(os::Code::kUnavailable, "the WebSocket broke: " + error.message());
    message.binary = core->stream.got_binary();
    const auto bytes = buffer.data();
    message.payload.assign(static_cast<const char*>(bytes.data()), bytes.size());
    co_return message;
  }

  Task<os::Result<>> write(std::string_view payload, bool binary) override {
    const auto core = core_;
    auto turn = co_await core->writing.take();
    core->stream.binary(binary);
    auto buffer = asio::buffer(payload.data(), payload.size());
    auto [error, count] = co_await core->stream.async_write(buffer, kAsTuple);
    if (error) co_return os::fail(os::Code::kUnavailable, "the WebSocket is closed: " + error.message());
    co_return os::Result<>();
  }

  Task<> close(uint16_t code, std::string_view reason) override {
    const auto core = core_;
    constexpr size_t kMaxReasonBytes = 123;  // of a control frame
    const std::string_view text = os::utf8_prefix(reason, kMaxReasonBytes);
    websocket::close_reason why(static_cast<websocket::close_code>(code), {text.data(), text.size()});
    // The peer's answer comes within the stream's own timeout; an error means that it is gone already.
    co_await core->stream.async_close(why, kAsTuple);
  }

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace

os::Result<> check_websocket_request(const Request& request) {
  beast::http::fields fields;
  for (const auto& [name, value] : request.headers.entries()) {
    if (os::to_lower(name) == "connection" || os::to_lower(name) == "upgrade") fields.insert(name, value);
  }
  const bool upgrade = beast::http::token_list{fields["Connection"]}.exists("upgrade") &&
                       beast::http::token_list{fields["Upgrade"]}.exists("websocket");
  if (request.method != "GET" || !upgrade || request.headers.get("sec-websocket-key").empty())
    return os::fail(os::Code::kInvalidArgument, "a WebSocket connection is expected here",
                    "send GET with \"Connection: Upgrade\", \"Upgrade: websocket\" and Sec-WebSocket-Key");
  if (request.headers.get("sec-websocket-version") != "13")
    return os::fail(os::Code::kInvalidArgument, "the only WebSocket version spoken here is 13");
  return {};
}

Task<os::Result<std::unique_ptr<WebSocket>>> upgrade_connection(Connection& connection,
                                                                const Request& request, Headers headers) {
  std::string already_read;
  auto abort = std::make_shared<std::function<void()>>();
  tcp::socket socket = connection.take_socket(already_read, [abort] {
    if (*abort) (*abort)();
  });
  auto core = std::make_shared<Core>(std::move(socket), std::move(already_read));
  core->connection = connection.shared_from_this();
  *abort = [held = std::weak_ptr(core)] {
    if (auto open = held.lock()) open->close_socket();
  };
  configure(*core, beast::role_type::server, kMaxWebSocketMessageBytes);
  beast::http::request<beast::http::empty_body> head(beast::http::verb::get, request.target, 11);
  for (const auto& [name, value] : request.headers.entries()) head.insert(name, value);
  headers.set("x-amzn-requestid", request.id);
  core->stream.set_option(
      websocket::stream_base::decorator([headers = std::move(headers)](websocket::response_type& response) {
        for (const auto& [name, value] : headers.entries()) response.set(name, value);
      }));
  auto [error] = co_await core->stream.async_accept(head, kAsTuple);
  if (error) co_return os::fail(os::Code::kUnavailable, "the WebSocket handshake failed: " + error.message());
  co_return std::make_unique<SocketWebSocket>(std::move(core));
}

namespace {

os::Result<std::vector<tcp::endpoint>> allowed_endpoints(const tcp::resolver::results_type& found,
                                                         const Url& url, const OutboundPolicy* policy) {
  std::vector<tcp::endpoint> endpoints;
  for (const auto& entry : found) {
    if (policy != nullptr)
      SOMA_TRY(policy->check(url.host, entry.endpoint().address().to_string(), url.port));
    endpoints.push_back(entry.endpoint());
  }
  return endpoints;
}

// Closes what it watches when the time is over. Shared with its timer's handler, which may come late.
class ConnectDeadline {
 public:
  ConnectDeadline(const Executor& executor, os::Duration timeout, std::function<void()> expire)
      : timer_(executor, timeout) {
    timer_.async_wait([expired = expired_, act = std::move(expire)](const boost::system::error_code& error) {
      if (error) return;
      *expired = true;
      act();
    });
  }
  bool expired() const { return *expired_; }

 private:
  asio::steady_timer timer_;
  std::shared_ptr<bool> expired_ = std::make_shared<bool>(false);
};

}  // namespace

Task<os::Result<std::unique_ptr<WebSocket>>> connect_websocket(Executor executor, std::string url_text,
                                                               Headers headers, WebSocketOptions options) {
  SOMA_CO_ASSIGN(const Url url, parse_url(url_text));
  if (url.scheme != "ws" && url.scheme != "http")
    co_return os::fail(os::Code::kUnsupported, "WebSocket to " + url.scheme + "://: only ws:// is offered");
  const std::string where = url.host + ":" + url.port;
  if (options.policy != nullptr) SOMA_CO_TRY(options.policy->check(url.host, "", url.port));

  auto resolver = std::make_shared<tcp::resolver>(executor);
  auto socket = std::make_shared<tcp::socket>(executor);
  const ConnectDeadline deadline(executor, options.connect_timeout, [resolver, socket] {
    boost::system::error_code ignored;
    resolver->cancel();
    socket->close(ignored);
  });
  auto [resolve_error, found] = co_await resolver->async_resolve(url.host, url.port, kAsTuple);
  if (resolve_error)
    co_return os::fail(os::Code::kUnavailable, "cannot resolve " + url.host + ": " + resolve_error.message());
  SOMA_CO_ASSIGN(const std::vector<tcp::endpoint> endpoints, allowed_endpoints(found, url, options.policy));
  auto [connect_error, endpoint] = co_await asio::async_connect(*socket, endpoints, kAsTuple);
  if (deadline.expired())
    co_return os::fail(os::Code::kTimeout, "no connection to " + where + " within connect_timeout");
  if (connect_error)
    co_return os::fail(os::Code::kUnavailable, "cannot connect to " + where + ": " + connect_error.message());
  ::fcntl(socket->native_handle(), F_SETFD, FD_CLOEXEC);
  boost::system::error_code ignored;
  socket->set_option(tcp::no_delay(true), ignored);

  auto core = std::make_shared<Core>(std::move(*socket), std::string());
  configure(*core, beast::role_type::client, options.max_message_bytes);
  core->stream.set_option(websocket::stream_base::decorator([headers](websocket::request_type& request) {
    for (const auto& [name, value] : headers.entries()) request.set(name, value);
  }));
  const std::string target = url.query.empty() ? url.path : url.path + "?" + url.query;
  const std::string host = url.host.contains(':') ? "[" + url.host + "]:" + url.port : where;
  websocket::response_type answer;
  auto [error] = co_await core->stream.async_handshake(answer, host, target, kAsTuple);
  if (options.answer != nullptr) {
    *options.answer = {.status = static_cast<int>(answer.result_int()), .headers = {}, .body = answer.body()};
    for (const auto& field : answer) options.answer->headers.add(field.name_string(), field.value());
  }
  if (error)
    co_return os::fail(os::Code::kUnavailable,
                       "the WebSocket handshake with " + where + " failed: " + error.message());
  co_return std::make_unique<SocketWebSocket>(std::move(core));
}

}  // namespace soma::net
