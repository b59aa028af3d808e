#include "core/tool/browser/policy_proxy.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <map>
#include <mutex>
#include <set>

namespace soma::tool::browser {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr size_t kCopyBytes = 32u << 10;
constexpr size_t kMaxFailures = 256;
constexpr std::chrono::seconds kHandshakeLimit{10};
constexpr std::chrono::seconds kConnectLimit{15};
constexpr std::chrono::milliseconds kAcceptPause{100};

constexpr uint8_t kVersion = 5;
enum Answer : uint8_t {
  kGranted = 0,
  kNotAllowed = 2,
  kHostUnreachable = 4,
  kRefused = 5,
  kUnknownCommand = 7
};

struct Target {
  std::string host;
  uint16_t port = 0;
};

}  // namespace

struct PolicyProxy::State : std::enable_shared_from_this<State> {
  State(const net::Executor& executor, net::OutboundPolicy rules)
      : loop(executor), policy(std::move(rules)), acceptor(executor) {}

  const net::Executor loop;
  const net::OutboundPolicy policy;
  tcp::acceptor acceptor;
  uint16_t port = 0;
  std::set<std::shared_ptr<tcp::socket>> sockets;  // on the loop

  mutable std::mutex mutex;
  std::map<std::string, os::Error> failures;

  static net::Task<> accept(std::shared_ptr<State> self);
  static net::Task<> serve(std::shared_ptr<State> self, std::shared_ptr<tcp::socket> client);
  static net::Task<> tunnel(std::shared_ptr<State> self, std::shared_ptr<tcp::socket> client,
                            std::shared_ptr<tcp::socket> server);
  static net::Task<> copy(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to);
  static net::Task<os::Result<std::shared_ptr<tcp::socket>>> dial(std::shared_ptr<State> self, Target target);

  void remember(const Target& target, const os::Error* error) {
    std::lock_guard lock(mutex);
    std::string key = fmt::format("{}:{}", target.host, target.port);
    failures.erase(key);
    if (!error) return;
    if (failures.size() >= kMaxFailures) failures.clear();
    failures.emplace(std::move(key), *error);
  }
};

namespace {

void close(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.close(ignored);
}

// Closes the socket unless it is called off in time: a peer that says nothing holds nothing.
class Watchdog {
 public:
  Watchdog(const net::Executor& loop, std::shared_ptr<tcp::socket> socket, std::chrono::seconds limit)
      : timer_(std::make_shared<asio::steady_timer>(loop, limit)) {
    timer_->async_wait([timer = timer_, socket](const boost::system::error_code& error) {
      if (!error) close(*socket);
    });
  }
  ~Watchdog() { timer_->cancel(); }

 private:
  std::shared_ptr<asio::steady_timer> timer_;
};

net::Task<bool> read_exactly(tcp::socket& socket, uint8_t* bytes, size_t count) {
  auto buffer = asio::buffer(bytes, count);
  auto [error, got] = co_await asio::async_read(socket, buffer, kTuple);
  co_return !error && got == count;
}

net::Task<bool> answer(tcp::socket& socket, uint8_t code) {
  std::array<uint8_t, 10> bytes = {kVersion, code, 0, 1, 0, 0, 0, 0, 0, 0};
  auto buffer = asio::buffer(bytes);
  auto [error, count] = co_await asio::async_write(socket, buffer, kTuple);
  co_return !error;
}

// The greeting and the request; nothing when the client does not speak SOCKS5 or asks for more than a
// connection.
net::Task<std::optional<Target>> read_request(tcp::socket& socket) {
  std::array<uint8_t, 256> bytes{};
  if (!co_await read_exactly(socket, bytes.data(), 2) || bytes[0] != kVersion) co_return std::nullopt;
  size_t methods = bytes[1];
  if (!co_await read_exactly(socket, bytes.data(), methods)) co_return std::nullopt;
  std::array<uint8_t, 2> no_authentication = {kVersion, 0};
  auto buffer = asio::buffer(no_authentication);
  auto [error, count] = co_await asio::async_write(socket, buffer, kTuple);
  if (error || !co_await read_exactly(socket, bytes.data(), 4)) co_return std::nullopt;
  bool connect = bytes[1] == 1;
  uint8_t kind = bytes[3];
  Target target;
  if (kind == 1) {
    asio::ip::address_v4::bytes_type address;
    if (!co_await read_exactly(socket, address.data(), address.size())) co_return std::nullopt;
    target.host = asio::ip::address_v4(address).to_string();
  } else if (kind == 4) {
    asio::ip::address_v6::bytes_type address;
    if (!co_await read_exactly(socket, address.data(), address.size())) co_return std::nullopt;
    target.host = asio::ip::address_v6(address).to_string();
  } else if (kind == 3) {
    uint8_t length = 0;
    if (!co_await read_exactly(socket, &length, 1)) co_return std::nullopt;
    if (!co_await read_exactly(socket, bytes.data(), length)) co_return std::nullopt;
    target.host.assign(reinterpret_cast<const char*>(bytes.data()), length);
  } else {
    co_return std::nullopt;
  }
  std::array<uint8_t, 2> port{};
  if (!co_await read_exactly(socket, port.data(), 2)) co_return std::nullopt;
  target.port = static_cast<uint16_t>(port[0] << 8 | port[1]);
  if (!connect) {
    co_await answer(socket, kUnknownCommand);
    co_return std::nullopt;
  }
  co_return target;
}

uint8_t answer_for(os::Code code) {
  if (code == os::Code::kPermissionDenied) return kNotAllowed;
  return code == os::Code::kNotFound ? kHostUnreachable : kRefused;
}

}  // namespace

net::Task<os::Result<std::shared_ptr<tcp::socket>>> PolicyProxy::State::dial(std::shared_ptr<State> self,
                                                                             Target target) {
  std::string port = std::to_string(target.port);
  tcp::resolver resolver(self->loop);
  auto [resolve_error, found] = co_await resolver.async_resolve(target.host, port, kTuple);
  if (resolve_error) {
    co_return os::fail(
        os::Code::kNotFound,
        fmt::format("the name {} cannot be resolved ({})", target.host, resolve_error.message()),
        "check the spelling of the address, or this machine's name service");
  }
  os::Error last{os::Code::kUnavailable, "no address for " + target.host, ""};
  for (const auto& entry : found) {
    std::string address = entry.endpoint().address().to_string();
    if (auto allowed = self->policy.check(target.host, address, port); !allowed) {
      last = allowed.error();
      continue;
    }
    auto server = std::make_shared<tcp::socket>(self->loop);
    Watchdog watchdog(self->loop, server, kConnectLimit);
    tcp::endpoint endpoint = entry.endpoint();
    auto [error] = co_await server->async_connect(endpoint, kTuple);
    if (!error) {
      boost::system::error_code ignored;
      server->set_option(tcp::no_delay(true), ignored);
      co_return server;
    }
    bool slow = error == asio::error::operation_aborted || error == asio::error::bad_descriptor;
    last = os::Error{
        slow ? os::Code::kTimeout : os::Code::kUnavailable,
        fmt::format("nothing answers at {} port {} ({})", address, port,
                    slow ? fmt::format("no answer in {} s", kConnectLimit.count()) : error.message()),
        "check that the server is running and the port is right"};
  }
  co_return std::unexpected(last);
}

net::Task<> PolicyProxy::State::copy(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to) {
  std::vector<char> bytes(kCopyBytes);
  while (true) {
    auto space = asio::buffer(bytes);
    auto [read_error, count] = co_await from->async_read_some(space, kTuple);
    if (read_error) break;
    auto part = asio::buffer(bytes.data(), count);
    auto [write_error, written] = co_await asio::async_write(*to, part, kTuple);
    if (write_error) {
      close(*from);
      break;
    }
  }
  boost::system::error_code ignored;
  to->shutdown(tcp::socket::shutdown_send, ignored);
}

net::Task<> PolicyProxy::State::tunnel(std::shared_ptr<State> self, std::shared_ptr<tcp::socket> client,
                                       std::shared_ptr<tcp::socket> server) {
  self->sockets.insert(server);
  auto up_done = std::make_shared<net::Notifier>(self->loop);
  auto upwards = [](std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to,
                    std::shared_ptr<net::Notifier> done) -> net::Task<> {
    co_await copy(from, to);
    close(*to);  // a browser never closes one direction alone: it is gone, and an idle server would keep the
                 // tunnel open
    done->notify();
  };
  net::spawn(self->loop, upwards(client, server, up_done), "browser.proxy.up");
  co_await copy(server, client);
  co_await up_done->wait();
  close(*server);
  self->sockets.erase(server);
}

net::Task<> PolicyProxy::State::serve(std::shared_ptr<State> self, std::shared_ptr<tcp::socket> client) {
  boost::system::error_code ignored;
  client->set_option(tcp::no_delay(true), ignored);
  std::optional<Target> target;
  {
    Watchdog watchdog(self->loop, client, kHandshakeLimit);
    target = co_await read_request(*client);
  }
  if (target) {
    auto server = co_await dial(self, *target);
    self->remember(*target, server ? nullptr : &server.error());
    bool told = co_await answer(*client, server ? kGranted : answer_for(server.error().code));
    if (server && told) co_await tunnel(self, client, *server);
  }
  close(*client);
  self->sockets.erase(client);
}

net::Task<> PolicyProxy::State::accept(std::shared_ptr<State> self) {
  while (self->acceptor.is_open()) {
    auto client = std::make_shared<tcp::socket>(self->loop);
    auto [error] = co_await self->acceptor.async_accept(*client, kTuple);
    if (error == asio::error::operation_aborted || !self->acceptor.is_open()) break;
    if (error) {  // out of descriptors: wait for some to be freed
      asio::steady_timer pause(self->loop, kAcceptPause);
      co_await pause.async_wait(kTuple);
      continue;
    }
    if (self->sockets.size() >= 2 * kMaxProxyConnections) continue;
    self->sockets.insert(client);
    net::spawn(self->loop, serve(self, client), "browser.proxy");
  }
}

os::Result<std::unique_ptr<PolicyProxy>> PolicyProxy::start(const net::Executor& loop,
                                                            net::OutboundPolicy policy) {
  auto state = std::make_shared<State>(loop, std::move(policy));
  boost::system::error_code error;
  tcp::endpoint anywhere(asio::ip::address_v4::loopback(), 0);
  state->acceptor.open(anywhere.protocol(), error);
  if (!error) state->acceptor.bind(anywhere, error);
  if (!error) state->acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error)
    return os::fail(os::Code::kUnavailable, "cannot open a port for the browser's proxy: " + error.message());
  state->port = state->acceptor.local_endpoint().port();
  net::spawn(loop, State::accept(state), "browser.proxy.accept");
  return std::unique_ptr<PolicyProxy>(new PolicyProxy(std::move(state)));
}

PolicyProxy::~PolicyProxy() {
  asio::post(state_->loop, [state = state_] {
    boost::system::error_code ignored;
    state->acceptor.close(ignored);
    for (const auto& socket : state->sockets) close(*socket);
  });
}

uint16_t PolicyProxy::port() const {
  return state_->port;
}

os::Error PolicyProxy::failure(const std::string& host, const std::string& port) const {
  std::lock_guard lock(state_->mutex);
  auto found = state_->failures.find(host + ":" + port);
  return found == state_->failures.end() ? os::Error{os::Code::kUnavailable, "", ""} : found->second;
}

}  // namespace soma::tool::browser
