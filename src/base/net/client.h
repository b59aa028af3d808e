// The HTTP client: libcurl's multi interface on the event loop. Proxies, redirects, CA stores and HTTP/2 are
// curl's job.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/net/http.h"
#include "base/net/task.h"

namespace soma::net {

// Which addresses soma's outbound requests may reach. Public addresses are allowed. Loopback, link-local
// (cloud metadata), private and unspecified addresses are refused unless named. Checked on the resolved
// address, so that a name cannot lead around it.
class OutboundPolicy {
 public:
  // "host", "host:port", "10.0.0.0/8"; "*" allows everything.
  void allow(std::string_view rule);
  // `host` as written and `address` as resolved (may be empty before resolution).
  os::Result<> check(std::string_view host, std::string_view address, std::string_view port) const;
  bool unrestricted() const;  // "*" was allowed

 private:
  std::vector<std::string> rules_;
};

struct ClientRequest {
  std::string method = "GET";
  std::string url;
  Headers headers{};
  std::string body{};
  os::Duration connect_timeout = std::chrono::seconds(10);
  os::Duration total_timeout = std::chrono::seconds(0);    // 0: none
  os::Duration stall_timeout = std::chrono::seconds(120);  // no byte for so long is kTimeout
  size_t max_body_bytes = 64u << 20;                       // for fetch(): more is kLimitExceeded
  bool follow_redirects = false;
  const OutboundPolicy* policy = nullptr;  // null: no restriction
  // Ends the transfer at once, wherever it is: what waits for it gets kCancelled.
  std::optional<Cancellation> cancellation{};
};

// A response whose body is read piece by piece. Destroying it aborts the transfer.
class ClientStream {
 public:
  virtual ~ClientStream() = default;
  virtual int status() const = 0;
  virtual const Headers& headers() const = 0;
  // The next bytes; empty at the end of a complete body. A cut body is kUnavailable, never an end. Reading
  // slowly holds the sender back.
  virtual Task<os::Result<std::string>> read() = 0;
  // For a reader that has all it needs and only wants the connection to be free for the next request: a body
  // that is not over in so long from now is kTimeout, however much still comes.
  virtual void finish_within(os::Duration time) = 0;
};

// Owned by one loop (its executor's); use it from tasks on that loop only.
class HttpClient {
 public:
  explicit HttpClient(const Executor& executor);
  ~HttpClient();
  // The whole response in memory. Errors: kUnavailable (no connection, cut), kTimeout, kLimitExceeded,
  // kPermissionDenied (policy).
  Task<os::Result<Response>> fetch(ClientRequest request);
  // Returns when the headers are there.
  Task<os::Result<std::unique_ptr<ClientStream>>> open(ClientRequest request);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

class WebSocket;

struct WebSocketOptions {
  os::Duration connect_timeout = std::chrono::seconds(10);
  size_t max_message_bytes = 16u << 20;
  const OutboundPolicy* policy = nullptr;  // null: no restriction
  // Set to the answer to the handshake: its headers, and what a server says that refuses it. Lives until
  // connect_websocket() returns.
  Response* answer = nullptr;
};

// The client's side of a WebSocket, "ws://host:port/path" only. kUnavailable, kTimeout, kPermissionDenied
// (policy), kUnsupported (wss).
Task<os::Result<std::unique_ptr<WebSocket>>> connect_websocket(Executor executor, std::string url,
                                                               Headers headers = {},
                                                               WebSocketOptions options = {});

}  // namespace soma::net
