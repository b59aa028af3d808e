#include "base/net/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <cerrno>

#include "base/net/reply.h"
#include "base/net/request_parser.h"

namespace soma::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

// What a client may choose for its request's id; anything else is replaced.
bool is_sane_id(std::string_view id) {
  constexpr size_t kMaxIdBytes = 128;
  return !id.empty() && id.size() <= kMaxIdBytes && std::ranges::all_of(id, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
}

std::string text_of(const tcp::endpoint& peer) {
  const std::string address = peer.address().to_string();
  return (peer.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(peer.port());
}

std::string text_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "unknown exception";
  }
}

}  // namespace

// One request and its answer.
struct Connection::Exchange {
  explicit Exchange(Connection& connection)
      : parser(request, connection.server_->options.limits),
        reply(connection, request),
        started(connection.server_->clock.now()) {}

  Request request;
  RequestParser parser;
  ConnectionReply reply;
  Router::Match match;
  std::optional<Refusal> refusal;
  os::Time started;
};

Connection::Connection(std::shared_ptr<ServerState> server, Shard& shard, tcp::socket socket,
                       const tcp::endpoint& peer)
    : server_(std::move(server)),
      shard_(shard),
      shard_index_(shard.connections.size()),
      socket_(std::move(socket)),
      peer_(peer) {
  shard_.connections.push_back(this);
}

Connection::~Connection() {
  Connection* last = shard_.connections.back();
  shard_.connections[shard_index_] = last;
  last->shard_index_ = shard_index_;
  shard_.connections.pop_back();
  server_->connection_ended();
}

void Connection::start() {
  auto ended = [self = shared_from_this()](const std::exception_ptr& failure) {
    // abort() cancels what the handler waits for: its unwinding is no news.
    if (failure && !self->dead_)
      os::log(os::Level::kError, "http.connection.failed", {{"error", text_of(failure)}});
    self->close();
  };
  asio::co_spawn(shard_.executor, serve(), asio::bind_cancellation_slot(hard_stop_.slot(), std::move(ended)));
}

Task<> Connection::serve() {
  bool first = true;
  while (!closing_) {
    if (pending_.empty() && !co_await wait_for_request(first)) break;
    first = false;
    if (!co_await serve_one()) break;
  }
  // A WebSocket lives on by itself.
  if (!abort_upgraded_) close();
}

Task<bool> Connection::wait_for_request(bool first) {
  const ServerLimits& limits = server_->options.limits;
  idle_ = true;
  const bool readable =
      shard_.draining || co_await wait_readable(first ? limits.header_timeout : limits.idle_timeout);
  idle_ = false;
  // A drain ends the wait, but a request that is already here is still served.
  if (!readable && !shard_.draining) co_return false;
  const ssize_t count = ::recv(socket_.native_handle(), shard_.scratch.get(), kScratchBytes, MSG_DONTWAIT);
  if (count > 0) {
    // Kept in the scratch buffer: nothing suspends between here and the parser.
    fresh_ = {shard_.scratch.get(), static_cast<size_t>(count)};
    co_return true;
  }
  co_return count < 0 && would_block(errno) && !shard_.draining;
}

Task<bool> Connection::serve_one() {
  Exchange exchange(*this);
  Step step = co_await read_head(exchange);
  if (step == Step::kGone) co_return false;
  const std::string_view sent_id = exchange.request.headers.get("x-amzn-requestid");
  exchange.request.id = is_sane_id(sent_id) ? std::string(sent_id) : server_->ids.uuid();
  exchange.request.peer = text_of(peer_);
  if (step == Step::kGo) step = route(exchange);
  if (step == Step::kGo && !exchange.parser.done()) step = co_await read_body(exchange);
  if (step == Step::kGone) co_return false;
  if (step == Step::kGo) {
    co_await call_handler(exchange);
  } else {
    co_await refuse(exchange);
  }
  log_access(exchange);
  const bool answered = exchange.reply.state() == ConnectionReply::State::kDone;
  if (answered && !dead_ && (closing() || !exchange.parser.done()) && has_unread(exchange.parser))
    co_await linger();
  co_return answered && !dead_ && exchange.parser.done() && !closing();
}

Task<Connection::Step> Connection::read_head(Exchange& exchange) {
  RequestParser& parser = exchange.parser;
  const os::Time deadline = exchange.started + server_->options.limits.header_timeout;
  feed(parser);
  while (!parser.head_done() && !parser.refusal()) {
    const Read read = co_await read_scratch(deadline);
    if (read == Read::kTimeout) {
      exchange.refusal = {.status = 408,
                          .exception = "RequestTimeoutException",
                          .message = "the request's headers did not arrive within header_timeout"};
      co_return Step::kRefused;
    }
    if (read != Read::kBytes) co_return Step::kGone;
    feed(parser);
  }
  exchange.refusal = parser.refusal();
  if (exchange.refusal) co_return Step::kRefused;
  exchange.reply.set_protocol(parser.is_http_11(), parser.keeps_alive());
  co_return Step::kGo;
}

Connection::Step Connection::route(Exchange& exchange) {
  const Request& request = exchange.request;
  const os::Result<> host = server_->guard.check(request.headers.get("host"), request.headers.get("origin"));
  if (!host) {
    exchange.refusal = {403, "AccessDeniedException", host.error().message, host.error().hint};
    return Step::kRefused;
  }
  exchange.match = server_->router.match(request.method, request.path);
  const Router::Match& match = exchange.match;
  if (match.handler == nullptr) {
    if (match.status == 405) {
      exchange.refusal = {405, "MethodNotAllowedException",
                          request.method + " is not offered at " + request.path, "offered: " + match.allow};
    } else if (match.status == 400) {
      exchange.refusal = {.message = "the path has a broken percent-encoding: " + request.path};
    } else {
      exchange.refusal = {404, "ResourceNotFoundException", "nothing is served at " + request.path, {}};
    }
    return Step::kRefused;
  }
  const size_t max_body_bytes = match.options.max_body_bytes;
  if (exchange.parser.declared_body_bytes().value_or(0) > max_body_bytes) {
    exchange.refusal = body_too_large(max_body_bytes);
    return Step::kRefused;
  }
  exchange.parser.set_max_body_bytes(max_body_bytes);
  return Step::kGo;
}

Task<Connection::Step> Connection::read_body(Exchange& exchange) {
  RequestParser& parser = exchange.parser;
  if (parser.expects_continue() && pending_.empty() && fresh_.empty()) {
    static constexpr std::array<std::string_view, 1> kContinue{"HTTP/1.1 100 Continue\r\n\r\n"};
    const os::Result<> written = co_await write(kContinue);
    if (!written) co_return Step::kGone;
  }
  feed(parser);
  while (!parser.done() && !parser.refusal()) {
    const Read read = co_await read_scratch(server_->clock.now() + server_->options.limits.body_timeout);
    if (read == Read::kTimeout) {
      exchange.refusal = {.status = 408,
                          .exception = "RequestTimeoutException",
                          .message = "no further piece of the body arrived within body_timeout"};
      co_return Step::kRefused;
    }
    if (read != Read::kBytes) co_return Step::kGone;
    feed(parser);
  }
  exchange.refusal = parser.refusal();
  co_return exchange.refusal ? Step::kRefused : Step::kGo;
}

Task<> Connection::call_handler(Exchange& exchange) {
  std::exception_ptr failure;
  exchange.request.parameters = std::move(exchange.match.parameters);
  in_handler_ = true;
  try {
    co_await (*exchange.match.handler)(exchange.request, exchange.reply);
  } catch (...) {
    failure = std::current_exception();
  }
  in_handler_ = false;
  gone_.reset();
  if (dead_) co_return;
  using State = ConnectionReply::State;
  const State state = exchange.reply.state();
  if (!failure && (state == State::kDone || state == State::kUpgraded)) co_return;
  if (!failure && client_left_) {  // nobody is there to answer
    dead_ = true;
    co_return;
  }
  const std::string why = failure ? text_of(failure) : "the handler returned before its answer was complete";
  os::log(os::Level::kError, "http.handler.failed",
          {{"request", exchange.request.id}, {"path", exchange.request.path}, {"error", why}});
  if (state == State::kFresh) {
    Refusal refusal{.status = 500,
                    .exception = "InternalServerException",
                    .message = "the server failed at this request",
                    .hint = "the server's log has the cause under this request id"};
    Response response = refusal.response(exchange.request.id);
    co_await exchange.reply.send(std::move(response));
  } else if (state == State::kStreaming) {
    // The client must see that the body is cut: no last chunk, and the connection ends.
    dead_ = true;
  }
}

Task<> Connection::refuse(Exchange& exchange) {
  // What follows an unread body, or a request that was not understood, cannot be told from a new request.
  if (!exchange.parser.done() || exchange.parser.refusal()) closing_ = true;
  Response response = exchange.refusal->response(exchange.request.id);
  if (!exchange.match.allow.empty()) response.headers.add("allow", exchange.match.allow);
  co_await exchange.reply.send(std::move(response));
}

// Closing with bytes unread resets the connection, and the client may lose the answer.
bool Connection::has_unread(const RequestParser& parser) const {
  boost::system::error_code ignored;
  return !parser.done() || !pending_.empty() || socket_.available(ignored) > 0;
}

Task<> Connection::linger() {
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  const os::Time deadline = server_->clock.now() + kLingerTimeout;
  size_t discarded = 0;
  while (discarded < kMaxLingerBytes && co_await read_scratch(deadline) == Read::kBytes) {
    discarded += fresh_.size();
    fresh_ = {};
  }
}

void Connection::log_access(const Exchange& exchange) const {
  if (!server_->options.access_log || !os::log_enabled(os::Level::kInfo)) return;
  const Request& request = exchange.request;
  const auto taken = std::chrono::duration<double, std::milli>(server_->clock.now() - exchange.started);
  os::log(os::Level::kInfo, "http.request",
          {{"method", request.method},
           {"path", request.path},
           {"status", exchange.reply.status()},
           {"bytes", exchange.reply.body_bytes()},
           {"ms", taken.count()},
           {"request", request.id},
           {"peer", request.peer}});
}

const Cancellation& Connection::gone() {
  if (!gone_) {
    gone_.emplace();
    if (client_left_ || dead_) gone_->request("the client is gone");
    if (shard_.draining) gone_->request("the server is stopping");
    watch();
  }
  return *gone_;
}

// Waits for the client's leaving while a handler runs. The wait stays after the handler's end and serves the
// next handler.
void Connection::watch() {
  if (watching_ || dead_ || client_left_ || !socket_.is_open()) return;
  watching_ = true;
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const boost::system::error_code&) {
    self->watching_ = false;
    if (self->in_handler_ && self->gone_) self->watched_readable();
  });
}

void Connection::watched_readable() {
  if (!socket_.is_open()) return;
  const size_t room = kMaxPipelinedBytes - std::min(kMaxPipelinedBytes, pending_.size());
  if (room == 0) return;
  const ssize_t count =
      ::recv(socket_.native_handle(), shard_.scratch.get(), std::min(room, kScratchBytes), MSG_DONTWAIT);
  if (count > 0) pending_.append(shard_.scratch.get(), static_cast<size_t>(count));
  if (count == 0 || (count < 0 && !would_block(errno))) {
    client_left_ = true;
    Cancellation(*gone_).request("the client is gone");
    return;
  }
  watch();
}

tcp::socket Connection::take_socket(std::string& already_read, std::function<void()> abort) {
  already_read = std::move(pending_);
  already_read += std::exchange(fresh_, {});
  pending_.clear();
  boost::system::error_code ignored;
  socket_.cancel(ignored);  // the watch: from now on the socket's new owner reads
  abort_upgraded_ = std::move(abort);
  return std::move(socket_);
}

}  // namespace soma::net
