// Where a session's pages may connect: a SOCKS5 proxy on loopback, one per browser context, that asks the
// outbound policy.
//
// Chromium sends every connection of the context through it, whatever opens it: the page, its frames,
// scripts, workers, WebSockets, windows that it opens. Names are resolved here and the policy sees each
// address before it is dialled, so that no name and no second look-up leads around it. (Intercepting requests
// over the protocol was rejected: it misses what a new window asks for before it is attached, costs a round
// trip per request, and learns the address only after the connection was made.) Source: RFC 1928.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/net/net.h"

namespace soma::tool::browser {

inline constexpr size_t kMaxProxyConnections = 256;  // of one session

// Thread-safe. Destroying it closes the port and all connections.
class PolicyProxy {
 public:
  // `loop` carries the traffic. kUnavailable when no port can be had.
  static os::Result<std::unique_ptr<PolicyProxy>> start(const net::Executor& loop,
                                                        net::OutboundPolicy policy);
  ~PolicyProxy();
  uint16_t port() const;
  // Why the last connection to that host and port failed (the browser says no more than that the proxy
  // refused); empty when it did not.
  os::Error failure(const std::string& host, const std::string& port) const;

 private:
  struct State;
  explicit PolicyProxy(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace soma::tool::browser
