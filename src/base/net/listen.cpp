// SO_REUSEPORT has a trap: a second process of the same user may bind the same port and quietly take half of
// the connections. So before the sockets that share, one that does not share is bound as a probe, and closed
// again. SO_REUSEADDR lets a restarted server bind while old connections are still in TIME_WAIT.
#include "base/net/listen.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace soma::net {

using boost::asio::ip::tcp;

namespace {

std::string text_of(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]:" : address + ":") +
         std::to_string(endpoint.port());
}

os::Result<os::Fd> bind_socket(const tcp::endpoint& endpoint, bool shared) {
  os::Fd socket(
      ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
  if (!socket.valid()) return os::fail_errno("socket", errno);
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (shared) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (::bind(socket.get(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0) return socket;
  const int error = errno;
  if (error == EADDRINUSE)
    return os::fail(os::Code::kUnavailable, "cannot listen on " + text_of(endpoint) + ": the port is in use",
                    "stop the program that uses it, or choose another port");
  if (error == EADDRNOTAVAIL || error == EACCES)
    return os::fail(os::Code::kUnavailable,
                    "cannot listen on " + text_of(endpoint) + ": " + std::strerror(error),
                    "choose an address of this machine and a port above 1023");
  return os::fail_errno("bind " + text_of(endpoint), error);
}

os::Result<uint16_t> bound_port(const os::Fd& socket, tcp::endpoint endpoint) {
  socklen_t size = static_cast<socklen_t>(endpoint.capacity());
  if (::getsockname(socket.get(), endpoint.data(), &size) != 0) return os::fail_errno("getsockname", errno);
  endpoint.resize(size);
  return endpoint.port();
}

}  // namespace

os::Result<std::vector<os::Fd>> listen_on(tcp::endpoint& endpoint, size_t count, int backlog) {
  if (endpoint.port() != 0) SOMA_TRY(bind_socket(endpoint, false));
  std::vector<os::Fd> sockets;
  for (size_t i = 0; i < count; ++i) {
    SOMA_ASSIGN(os::Fd socket, bind_socket(endpoint, true));
    SOMA_ASSIGN(const uint16_t port, bound_port(socket, endpoint));
    endpoint.port(port);
    if (::listen(socket.get(), backlog) != 0) return os::fail_errno("listen " + text_of(endpoint), errno);
    sockets.push_back(std::move(socket));
  }
  return sockets;
}

}  // namespace soma::net
