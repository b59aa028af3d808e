// A handler's answer, written to its connection.
#pragma once

#include "base/net/connection.h"
#include "base/net/response_head.h"

namespace soma::net {

class ConnectionReply final : public Reply {
 public:
  ConnectionReply(Connection& connection, const Request& request)
      : connection_(connection), request_(request) {}

  Task<os::Result<>> send(Response response) override;
  Task<os::Result<>> begin(int status, Headers headers) override;
  Task<os::Result<>> write(std::string_view bytes) override;
  Task<os::Result<>> end() override;
  Task<os::Result<std::unique_ptr<WebSocket>>> accept_websocket(Headers headers) override;
  using Reply::accept_websocket;
  const Cancellation& gone() const override { return connection_.gone(); }

  enum class State { kFresh, kStreaming, kDone, kUpgraded };
  State state() const { return state_; }
  int status() const { return status_; }
  uint64_t body_bytes() const { return body_bytes_; }
  void set_protocol(bool http_11, bool keep_alive) {
    http_11_ = http_11;
    keep_alive_ = keep_alive;
  }

 private:
  std::string head(int status, const Headers& headers, Framing framing, uint64_t body_bytes);

  Connection& connection_;
  const Request& request_;
  State state_ = State::kFresh;
  bool http_11_ = true;
  bool keep_alive_ = true;
  bool chunked_ = false;
  bool with_body_ = true;  // of a streamed answer
  int status_ = 0;
  uint64_t body_bytes_ = 0;
};

}  // namespace soma::net
