#include <gtest/gtest.h>

#include <atomic>

#include "base/net/test_support.h"

namespace soma::net {
namespace {

Handler echo_socket() {
  return [](Request&, Reply& reply) -> Task<> {
    auto socket = co_await reply.accept_websocket();
    if (!socket) co_return;
    for (;;) {
      const os::Result<WebSocketMessage> message = co_await (*socket)->read();
      if (!message || message->closed) co_return;
      const os::Result<> written = co_await (*socket)->write(message->payload, message->binary);
      if (!written) co_return;
    }
  };
}

// Runs a conversation as client; the server has its own loop.
template <class Talk>
void converse(uint16_t port, WebSocketOptions options, Talk talk) {
  run([&]() -> Task<> {
    Executor executor = co_await this_executor();
    std::string url = "ws://localhost:" + std::to_string(port) + "/socket?x=1";
    Headers headers{{"x-test", "yes"}};
    auto socket = co_await connect_websocket(executor, std::move(url), std::move(headers), options);
    EXPECT_TRUE(socket) << socket.error().to_string();
    if (socket) co_await talk(**socket);
  });
}

TEST(WebSocket, EchoesTextAndBytesOfAllSizes) {
  TestServer test;
  test.router.add("GET", "/socket", echo_socket());
  converse(test.start(), {}, [](WebSocket& socket) -> Task<> {
    for (const size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u, 3u << 20}) {
      const bool binary = size % 2 == 1;
      const std::string payload(size, binary ? '\xff' : 'x');
      const os::Result<> written = co_await socket.write(payload, binary);
      EXPECT_TRUE(written);
      const os::Result<WebSocketMessage> answer = co_await socket.read();
      EXPECT_TRUE(answer);
      if (!answer) co_return;
      EXPECT_EQ(answer->payload.size(), size);
      EXPECT_EQ(answer->payload, payload);
      EXPECT_EQ(answer->binary, binary);
    }
    co_await socket.close(1000, "done");
  });
  EXPECT_TRUE(eventually([&] { return test.server->connections() == 0; }));
}

TEST(WebSocket, RefusesAMessageThatIsTooBig) {
  TestServer test;
  std::atomic<bool> limited = false;
  test.router.add("GET", "/socket", [&](Request&, Reply& reply) -> Task<> {
    auto socket = co_await reply.accept_websocket();
    if (!socket) co_return;
    const os::Result<WebSocketMessage> message = co_await (*socket)->read();
    limited = !message && message.error().code == os::Code::kLimitExceeded &&
              message.error().message.contains("16777216");
  });
  converse(test.start(), {}, [](WebSocket& socket) -> Task<> {
    const std::string payload(kMaxWebSocketMessageBytes + 1, 'x');
    co_await socket.write(payload, true);
    const os::Result<WebSocketMessage> answer = co_await socket.read();
    EXPECT_TRUE(!answer || answer->closed);
  });
  EXPECT_TRUE(eventually([&] { return limited.load(); }));
}

TEST(WebSocket, TheClientHasItsOwnLimit) {
  TestServer test;
  test.router.add("GET", "/socket", echo_socket());
  WebSocketOptions options;
  options.max_message_bytes = 1000;
  converse(test.start(), options, [](WebSocket& socket) -> Task<> {
    const std::string payload(1001, 'x');
    co_await socket.write(payload);
    const os::Result<WebSocketMessage> answer = co_await socket.read();
    EXPECT_FALSE(answer);
    if (!answer) EXPECT_EQ(answer.error().code, os::Code::kLimitExceeded);
  });
}

TEST(WebSocket, ManyTasksMayWriteAtOnce) {
  TestServer test;
  test.router.add("GET", "/socket", [](Request&, Reply& reply) -> Task<> {
    auto socket = co_await reply.accept_websocket();
    if (!socket) co_return;
    std::shared_ptr<WebSocket> shared = std::move(*socket);
    Executor executor = co_await this_executor();
    auto write = [](std::shared_ptr<WebSocket> out, char letter) -> Task<> {
      const std::string payload(100'000, letter);
      co_await out->write(payload);
    };
    for (char letter = 'a'; letter <= 'z'; ++letter) spawn(executor, write(shared, letter), "writes");
    co_await shared->read();
  });
  converse(test.start(), {}, [](WebSocket& socket) -> Task<> {
    for (char letter = 'a'; letter <= 'z'; ++letter) {
      const os::Result<WebSocketMessage> message = co_await socket.read();
      EXPECT_TRUE(message);
      if (!message) co_return;
      EXPECT_EQ(message->payload, std::string(100'000, letter));
    }
    co_await socket.close(1000, "");
  });
}

TEST(WebSocket, SeesThatThePeerClosed) {
  TestServer test;
  test.router.add("GET", "/socket", [](Request&, Reply& reply) -> Task<> {
    auto socket = co_await reply.accept_websocket();
    if (socket) co_await (*socket)->close(3001, "enough");
  });
  converse(test.start(), {}, [](WebSocket& socket) -> Task<> {
    const os::Result<WebSocketMessage> message = co_await socket.read();
    EXPECT_TRUE(message && message->closed);
    const os::Result<> written = co_await socket.write("late");
    EXPECT_FALSE(written);
  });
}

TEST(WebSocket, ReadsAMessageThatCameWithTheHandshake) {
  TestServer test;
  test.router.add("GET", "/socket", echo_socket());
  RawClient client(test.start());
  std::string request =
      "GET /socket HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  request += std::string("\x81\x82\x00\x00\x00\x00hi", 8);
  request += std::string("\x89\x82\x00\x00\x00\x00hi", 8);  // a ping
  client.send(request);
  const RawResponse response = client.read_response(false);
  EXPECT_EQ(response.status, 101);
  EXPECT_EQ(response.header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_FALSE(response.header("x-amzn-requestid").empty());
  EXPECT_EQ(client.read_exactly(8), "\x81\x02hi\x8a\x02hi");
  client.send(std::string("\x81\x02hi", 4));  // clients must mask: closed with 1002
  EXPECT_EQ(client.read_exactly(4).substr(0, 1), "\x88");
  client.finish_sending();
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(WebSocket, AnOrdinaryRequestGets426) {
  TestServer test;
  test.router.add("GET", "/socket", echo_socket());
  RawClient client(test.start());
  const RawResponse response = client.get("/socket");
  EXPECT_EQ(response.status, 426);
  EXPECT_EQ(response.header("upgrade"), "websocket");
  EXPECT_EQ(client.get("/socket").status, 426);
}

TEST(WebSocket, StopEndsOneThatStaysOpen) {
  TestServer test;
  std::atomic<bool> told = false;
  std::unique_ptr<WebSocket> kept;
  test.router.add("GET", "/socket", [&](Request&, Reply& reply) -> Task<> {
    auto socket = co_await reply.accept_websocket();
    if (!socket) co_return;
    Executor executor = co_await this_executor();
    Notifier gone(executor);
    auto registration = reply.gone().on_request([&] { gone.notify(); });
    told = true;
    co_await gone.wait();
    co_await (*socket)->close(1001, "the server is stopping");
  });
  const uint16_t port = test.start();
  std::thread stopper([&] {
    eventually([&] { return told.load(); });
    test.server->stop();
  });
  converse(port, {}, [](WebSocket& socket) -> Task<> {
    const os::Result<WebSocketMessage> message = co_await socket.read();
    EXPECT_TRUE(message && message->closed);
  });
  stopper.join();
  EXPECT_EQ(test.server->connections(), 0u);
}

TEST(WebSocket, BothAnswersToTheHandshakeReachTheClient) {
  TestServer test;
  test.router.add("GET", "/socket", [](Request&, Reply& reply) -> Task<> {
    Headers headers{{"x-shell", "s1"}};
    auto socket = co_await reply.accept_websocket(std::move(headers));
    if (socket) co_await (*socket)->close(1000, "bye");
  });
  test.router.add("GET", "/refuses", [](Request& request, Reply& reply) -> Task<> {
    Response response = error_response({os::Code::kNotFound, "there is no shell", ""}, request.id);
    co_await reply.send(std::move(response));
  });
  const std::string server = "ws://localhost:" + std::to_string(test.start());
  run([&]() -> Task<> {
    Executor executor = co_await this_executor();
    Response answer;
    WebSocketOptions options;
    options.answer = &answer;
    std::string url = server + "/socket";
    Headers headers;
    auto socket = co_await connect_websocket(executor, std::move(url), headers, options);
    EXPECT_TRUE(socket);
    EXPECT_EQ(answer.status, 101);
    EXPECT_EQ(answer.headers.get("x-shell"), "s1");
    EXPECT_TRUE(answer.headers.has("x-amzn-requestid"));
    url = server + "/refuses";
    auto refused = co_await connect_websocket(executor, std::move(url), headers, options);
    EXPECT_FALSE(refused);
    EXPECT_EQ(answer.status, 404);
    EXPECT_TRUE(answer.body.contains("there is no shell"));
  });
}

TEST(WebSocket, ConnectingNamesWhatIsWrong) {
  run([]() -> Task<> {
    Executor executor = co_await this_executor();
    OutboundPolicy policy;
    WebSocketOptions options;
    options.policy = &policy;
    auto refused = co_await connect_websocket(executor, "ws://localhost:1/", {}, options);
    EXPECT_FALSE(refused);
    EXPECT_EQ(refused.error().code, os::Code::kPermissionDenied);
    auto unreachable = co_await connect_websocket(executor, "ws://127.0.0.1:1/");
    EXPECT_FALSE(unreachable);
    EXPECT_EQ(unreachable.error().code, os::Code::kUnavailable);
    auto secure = co_await connect_websocket(executor, "wss://127.0.0.1:1/");
    EXPECT_FALSE(secure);
    EXPECT_EQ(secure.error().code, os::Code::kUnsupported);
  });
}

}  // namespace
}  // namespace soma::net
