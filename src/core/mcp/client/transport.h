// How requests reach a server and answers come back. Two kinds: http_transport.h, stdio_transport.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/mcp/mcp.h"

namespace soma::mcp {

// One request and what belongs to it.
struct Exchange {
  int64_t id = 0;
  json::Value message;
  // Mirrored headers of the modern era; nothing on stdio.
  std::vector<std::pair<std::string, std::string>> headers{};
  net::Cancellation stop;
};

struct Reply {
  int status = 200;                  // of HTTP
  std::optional<Message> message{};  // the answer; nothing when the server answered without one
  std::string text{};                // the beginning of an answer that is none, for errors
  std::string session_id{};          // that came with it
};

// What the server says without being asked, notifications and requests. Gives the answer to a request.
using Listener = std::function<std::optional<json::Value>(const Message& message)>;

// All on one loop. `stop` ends an exchange with kCancelled.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual net::Task<os::Result<Reply>> ask(Exchange exchange) = 0;
  virtual net::Task<os::Result<>> tell(json::Value notification, net::Cancellation stop) = 0;
  // From now on: the protocol's version, and the legacy session's id (empty: none).
  virtual void speak(std::string version, std::string session_id) = 0;
  // Ends the session or the program.
  virtual net::Task<> close(net::Cancellation stop) = 0;
  // Whether the server must be told of a cancellation: closing the stream is none.
  virtual bool cancels_by_message() const = 0;
  virtual bool running() const = 0;  // a program that is started and has not ended
};

}  // namespace soma::mcp
