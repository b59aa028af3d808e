// An automation client on its way to a session's browser: DevTools messages as text, in both directions.
//
// The client (Playwright, Puppeteer) sees a browser of its own; what it may not ask is in relay_rules.h. That
// it closes the browser closes the client: the browser is the session's.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "core/tool/browser/cdp.h"

namespace soma::tool::browser {

inline constexpr size_t kMaxRelayQueuedBytes = 2 * kMaxMessageBytes;  // said and not yet taken by the client

// On the loop of its client.
class Relay {
 public:
  // Opens a browser session for the client. Errors as Connection::call.
  static net::Task<os::Result<std::unique_ptr<Relay>>> open(Operation operation,
                                                            std::shared_ptr<Connection> connection,
                                                            std::string proxy_server, net::Executor executor);
  ~Relay();
  // What the browser says next. kCancelled: the relay was cut, with the reason; kUnavailable: the browser has
  // ended; kLimitExceeded: kMaxRelayQueuedBytes. One task at a time.
  net::Task<os::Result<std::string>> next();
  // A message of the client. What may not be asked is answered as the protocol answers errors.
  // kInvalidArgument: that is no message; the client is to be cut.
  os::Result<> take(std::string_view text);
  void cut(const std::string& reason);

 private:
  struct Outbox;
  Relay(std::shared_ptr<Connection> connection, std::string proxy_server, std::shared_ptr<Outbox> outbox,
        uint64_t channel);

  std::shared_ptr<Connection> connection_;
  std::string proxy_server_;
  std::shared_ptr<Outbox> outbox_;
  uint64_t channel_;
};

}  // namespace soma::tool::browser
