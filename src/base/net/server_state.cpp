#include "base/net/server_state.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <ctime>

#include "base/net/connection.h"
#include "base/net/listen.h"
#include "base/net/refusal.h"
#include "base/net/response_head.h"

namespace soma::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr size_t kAcceptBatch = 64;
// Out of descriptors or memory: accepting again at once would only spin.
constexpr std::chrono::milliseconds kAcceptPause{100};

os::Duration sweep_interval_of(const ServerLimits& limits) {
  const os::Duration shortest =
      std::min({limits.header_timeout, limits.body_timeout, limits.idle_timeout, limits.write_timeout});
  return std::clamp(shortest / 4, kMinSweepInterval, kMaxSweepInterval);
}

os::Result<tcp::endpoint> endpoint_of(const ServerOptions& options) {
  boost::system::error_code error;
  const std::string address = options.address == "localhost" ? "127.0.0.1" : options.address;
  const auto parsed = asio::ip::make_address(address, error);
  if (error)
    return os::fail(os::Code::kInvalidArgument, "\"" + options.address + "\" is no IP address to listen on",
                    "use 127.0.0.1, ::1, or an address of this machine");
  return tcp::endpoint(parsed, options.port);
}

// The one answer of a server that is full, sent without waiting: it fits every fresh socket's buffer.
void refuse_connection(ServerState& server, Shard& shard, int socket) {
  const std::string id = server.ids.uuid();
  const Refusal refusal{
      503, "ServiceUnavailableException",
      "the server has max_connections (" + std::to_string(server.options.limits.max_connections) + ") open",
      "try again later, or raise the limit"};
  const Response response = refusal.response(id);
  ResponseFrame frame;
  frame.body_bytes = response.body.size();
  frame.keep_alive = false;
  frame.date = server.date(shard);
  frame.request_id = id;
  const std::string bytes = response_head(response.status, response.headers, frame) + response.body;
  ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  // What the client already sent is read, or closing would reset the connection and lose the answer.
  ::shutdown(socket, SHUT_WR);
  ::recv(socket, shard.scratch.get(), kScratchBytes, MSG_DONTWAIT);
  ::close(socket);
}

}  // namespace

ServerState::ServerState(LoopPool& pool, os::Clock& time, os::IdSource& id_source, const Router& routes,
                         ServerOptions wanted)
    : loops(pool),
      clock(time),
      ids(id_source),
      router(routes),
      options(std::move(wanted)),
      guard(options.address, options.allow_hosts),
      sweep_interval(sweep_interval_of(options.limits)) {
  gate->server = this;
  for (size_t i = 0; i < loops.size(); ++i) shards.push_back(std::make_unique<Shard>(loops.executor(i)));
}

os::Result<> ServerState::start() {
  SOMA_ASSIGN(tcp::endpoint endpoint, endpoint_of(options));
  SOMA_ASSIGN(std::vector<os::Fd> sockets, listen_on(endpoint, shards.size(), kListenBacklog));
  for (size_t i = 0; i < shards.size(); ++i) {
    boost::system::error_code error;
    shards[i]->acceptor.assign(endpoint.protocol(), sockets[i].get(), error);
    if (error) return os::fail(os::Code::kInternal, "listening socket: " + error.message());
    sockets[i].release();
  }
  port = endpoint.port();
  listening = shards.size();
  for (auto& shard : shards) spawn(shard->executor, accept(*shard), "http.accept");
  return {};
}

Task<> ServerState::accept(Shard& shard) {
  const auto self = shared_from_this();
  asio::steady_timer pause(shard.executor);
  while (!shard.draining) {
    auto [error] = co_await shard.acceptor.async_wait(tcp::acceptor::wait_read, kAsTuple);
    if (error) co_return;
    for (size_t i = 0; i < kAcceptBatch && shard.acceptor.is_open(); ++i) {
      tcp::endpoint peer;
      socklen_t size = static_cast<socklen_t>(peer.capacity());
      const int socket =
          ::accept4(shard.acceptor.native_handle(), peer.data(), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (socket >= 0) {
        peer.resize(size);
        admit(shard, socket, peer);
        continue;
      }
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        os::log(os::Level::kWarning, "http.accept.failed",
                {{"errno", errno}, {"connections", connections.load()}});
        pause.expires_after(kAcceptPause);
        co_await pause.async_wait(kAsTuple);
      }
      if (errno != ECONNABORTED && errno != EINTR) break;
    }
  }
}

void ServerState::admit(Shard& shard, int socket, const tcp::endpoint& peer) {
  if (connections.fetch_add(1) >= options.limits.max_connections) {
    --connections;
    return refuse_connection(*this, shard, socket);
  }
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  tcp::socket stream(shard.executor);
  boost::system::error_code error;
  stream.assign(peer.protocol(), socket, error);
  if (error) {
    ::close(socket);
    return connection_ended();
  }
  auto connection = std::make_shared<Connection>(shared_from_this(), shard, std::move(stream), peer);
  connection->start();
  arm_sweep(shard);
}

void ServerState::arm_sweep(Shard& shard) {
  if (shard.sweep_timer) return;
  auto fire = [held = gate, &shard] {
    std::lock_guard lock(held->mutex);
    if (held->server == nullptr) return;
    asio::post(shard.executor, [server = held->server->shared_from_this(), &shard] { server->sweep(shard); });
  };
  shard.sweep_timer = clock.call_at(clock.now() + sweep_interval, std::move(fire));
}

void ServerState::sweep(Shard& shard) {
  shard.sweep_timer.reset();
  const os::Time now = clock.now();
  for (Connection* connection : shard.connections) connection->sweep(now);
  if (!shard.connections.empty()) arm_sweep(shard);
}

std::string_view ServerState::date(Shard& shard) const {
  const int64_t second = os::unix_ms(clock.now()) / 1000;
  if (second != shard.date_second) {
    const std::time_t time = second;
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    std::array<char, 40> text{};
    const size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    shard.date.assign(text.data(), size);
    shard.date_second = second;
  }
  return shard.date;
}

void ServerState::connection_ended() {
  --connections;
  if (stopping) tell_stop();
}

}  // namespace soma::net
