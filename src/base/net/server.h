// The HTTP/1.1 server: keep-alive, chunked bodies both ways, limits, timeouts, graceful drain, SSE,
// WebSocket.
//
// One acceptor per loop (SO_REUSEPORT), each connection stays on its loop. A handler is a coroutine on that
// loop. Limits below; what exceeds one is answered with its name (408, 413, 414, 431, 503) and closed.
// Sources: RFC 9110, RFC 9112, RFC 6455.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/net/http.h"
#include "base/net/task.h"

namespace soma::net {

struct WebSocketMessage {
  bool binary = false;
  bool closed = false;      // the peer closed; no payload
  uint16_t close_code = 0;  // and what it said why (RFC 6455 7.4)
  std::string payload;
};

// The largest message that a server reads; a larger one ends the connection (close code 1009).
inline constexpr size_t kMaxWebSocketMessageBytes = 16u << 20;

// Pings are answered by whoever is in read(). A peer that is silent for five minutes and answers no ping is
// kTimeout. Used on its loop only; one task at a time may read, any number may write. Destroying it drops the
// connection.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  // kLimitExceeded: the peer's message was too large; kUnavailable: the connection broke. After an error or
  // `closed` nothing more comes.
  virtual Task<os::Result<WebSocketMessage>> read() = 0;
  // `payload` must stay until it returns.
  virtual Task<os::Result<>> write(std::string_view payload, bool binary = false) = 0;
  // Says goodbye and waits for the peer's answer. Codes: RFC 6455 7.4 (1000 normal, 1001 going away, 3000 and
  // above are free).
  virtual Task<> close(uint16_t code, std::string_view reason) = 0;
};

// How a handler answers. Exactly one of send(), begin()…end(), accept_websocket().
class Reply {
 public:
  virtual ~Reply() = default;
  virtual Task<os::Result<>> send(Response response) = 0;
  // A streamed body (chunked). write() waits for the socket: slow readers slow the writer down, memory stays
  // bounded. An error (kUnavailable) means that the client is gone or too slow.
  virtual Task<os::Result<>> begin(int status, Headers headers) = 0;
  virtual Task<os::Result<>> write(std::string_view bytes) = 0;
  virtual Task<os::Result<>> end() = 0;
  // A request that does not ask for one is answered (426) and is an error: the handler just returns. The
  // WebSocket may outlive the handler. `headers` go with the 101.
  virtual Task<os::Result<std::unique_ptr<WebSocket>>> accept_websocket(Headers headers) = 0;
  Task<os::Result<std::unique_ptr<WebSocket>>> accept_websocket() { return accept_websocket(Headers()); }
  // Becomes requested when the client goes away or the server drains. Call it on the handler's loop: the
  // first call starts the watch. A client that only closed its sending side counts as gone too, but what is
  // sent still reaches it.
  virtual const Cancellation& gone() const = 0;
};

// kInvalidArgument when the request does not ask for a WebSocket of version 13: for a handler that does
// something before it accepts.
os::Result<> check_websocket_request(const Request& request);

using Handler = std::function<Task<>(Request&, Reply&)>;

// A handler that computes one answer; an error becomes error_response().
using Answer = std::function<Task<os::Result<Response>>(Request&)>;
Handler answering(Answer answer);

// How often a quiet stream says that it is alive.
inline constexpr os::Duration kKeepAlive = std::chrono::seconds(15);

// Patterns: "/harnesses/{harnessId}/versions", a last "{path…}" takes the rest with its slashes. Literal
// segments win over parameters. A known path with another method is 405 with Allow. HEAD is served by GET.
// Not thread-safe while adding; const after that.
class Router {
 public:
  Router();
  ~Router();
  struct Options {
    size_t max_body_bytes = 8u << 20;
  };
  void add(std::string_view method, std::string_view pattern, Handler handler);
  void add(std::string_view method, std::string_view pattern, Handler handler, Options options);
  // For everything that no pattern matches (the console's files).
  void set_fallback(Handler handler);
  struct Match {
    const Handler* handler = nullptr;  // null: see status
    Options options;
    int status = 404;     // when there is no handler: 404, 405, or 400 for a parameter that does not decode
    std::string allow{};  // for 405
    std::vector<std::pair<std::string, std::string>> parameters{};
  };
  Match match(std::string_view method, std::string_view path) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct ServerLimits {
  size_t max_connections = 20'000;
  size_t max_header_bytes = 64u << 10;
  size_t max_target_bytes = 16u << 10;
  os::Duration header_timeout =
      std::chrono::seconds(15);  // from the first byte (or accept) to the end of the headers: slow loris
  os::Duration body_timeout = std::chrono::seconds(60);   // between two pieces of a body
  os::Duration idle_timeout = std::chrono::seconds(75);   // between two requests
  os::Duration write_timeout = std::chrono::seconds(60);  // for one write to a stalled reader
  os::Duration drain_timeout = std::chrono::seconds(10);
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0: any free port
  ServerLimits limits{};
  bool access_log = true;
  // Host names (without port) that requests may name in Host and Origin besides this machine's own, when
  // bound to loopback; a page of another site, or a name rebound to 127.0.0.1, gets 403. On other addresses
  // everything is served unless this names something.
  std::vector<std::string> allow_hosts{};
};

// start() binds (kUnavailable when the port is in use, naming it); stop() drains: no new connections, running
// requests get drain_timeout, streams are told by Reply::gone(); then what still runs is cancelled and
// closed. Destroying stops. start() and stop() are called from outside the loops, stop() while they run. What
// the constructor gets must outlive the server.
class Server {
 public:
  Server(LoopPool& loops, os::Clock& clock, os::IdSource& ids, const Router& router, ServerOptions options);
  ~Server();
  os::Result<> start();
  uint16_t port() const;
  size_t connections() const;
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace soma::net
