// For tests of this folder: a server on virtual time and a client that speaks raw bytes.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/net/net.h"

namespace soma::net {

// How long a test waits in real time for what must come, before it fails.
inline constexpr int kPatienceMs = 20'000;

struct RawResponse {
  int status = 0;
  std::string head;
  std::string body;

  std::string header(std::string_view name) const {
    const std::string lower = os::to_lower(head);
    const size_t at = lower.find("\r\n" + os::to_lower(name) + ": ");
    if (at == std::string::npos) return {};
    const size_t start = at + name.size() + 4;
    return head.substr(start, head.find("\r\n", start) - start);
  }
};

class RawClient {
 public:
  explicit RawClient(uint16_t port, int receive_buffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0)
      ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  bool connected() const { return connected_; }
  void finish_sending() { ::shutdown(fd_.get(), SHUT_WR); }
  void close() { fd_.reset(); }

  // False when the server does not take it.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }

  bool readable(int timeout_ms) const {
    pollfd waiting{fd_.get(), POLLIN, 0};
    return ::poll(&waiting, 1, timeout_ms) > 0;
  }

  // More bytes into the buffer; false at the end, on error, or when patience ends.
  bool fill() {
    if (!readable(kPatienceMs)) {
      ADD_FAILURE() << "nothing came from the server; so far: " << buffer_.substr(0, 200);
      return false;
    }
    char bytes[65536];
    const ssize_t count = ::recv(fd_.get(), bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    buffer_.append(bytes, static_cast<size_t>(count));
    return true;
  }

  std::string read_to_end() {
    while (fill()) {
    }
    return std::exchange(buffer_, {});
  }

  std::string read_until(std::string_view mark) {
    size_t at = 0;
    while ((at = buffer_.find(mark)) == std::string::npos) {
      if (!fill()) return std::exchange(buffer_, {});
    }
    std::string text = buffer_.substr(0, at + mark.size());
    buffer_.erase(0, text.size());
    return text;
  }

  std::string read_exactly(size_t bytes) {
    while (buffer_.size() < bytes && fill()) {
    }
    std::string text = buffer_.substr(0, bytes);
    buffer_.erase(0, text.size());
    return text;
  }

  // One response, by its framing; a chunked body is put together.
  RawResponse read_response(bool with_body = true) {
    RawResponse response;
    response.head = read_until("\r\n\r\n");
    if (response.head.size() < 12) return response;
    response.status = std::atoi(response.head.c_str() + 9);
    if (!with_body) return response;
    if (response.header("transfer-encoding") == "chunked") {
      for (;;) {
        const size_t size = std::strtoul(read_until("\r\n").c_str(), nullptr, 16);
        response.body += read_exactly(size);
        const std::string end = read_until("\r\n");
        if (size == 0 || end.empty()) return response;
      }
    }
    response.body = read_exactly(std::strtoul(response.header("content-length").c_str(), nullptr, 10));
    return response;
  }

  RawResponse get(std::string_view path) {
    send("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return read_response();
  }

 private:
  os::Fd fd_;
  bool connected_ = false;
  std::string buffer_;
};

// Waits, without a fixed sleep, for what another thread brings about.
inline bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

// Declared members first: handlers may use the clock.
struct TestServer {
  explicit TestServer(size_t loop_count = 1) : loops(loop_count) {}
  ~TestServer() {
    if (server) server->stop();
    loops.stop();
  }

  uint16_t start(ServerOptions options = {}) {
    options.access_log = access_log;
    server.emplace(loops, clock, *ids, router, options);
    const os::Result<> started = server->start();
    EXPECT_TRUE(started) << started.error().to_string();
    loops.start();
    return server->port();
  }

  // Lets time pass until the client has something to read.
  bool advance_until_readable(const RawClient& client, os::Duration limit) {
    for (os::Duration passed{0}; passed < limit; passed += std::chrono::seconds(1)) {
      if (client.readable(2)) return true;
      clock.advance(std::chrono::seconds(1));
    }
    return client.readable(kPatienceMs);
  }

  bool access_log = false;
  os::VirtualClock clock;
  std::unique_ptr<os::IdSource> ids = os::make_seeded_ids(1, clock);
  Router router;
  LoopPool loops;
  std::optional<Server> server;
};

// "GET /x" with a fixed answer.
inline Handler answer(std::string text) {
  return [text = std::move(text)](Request&, Reply& reply) -> Task<> {
    Response response = Response::text(200, text);
    co_await reply.send(std::move(response));
  };
}

}  // namespace soma::net
