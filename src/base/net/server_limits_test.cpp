// Each limit of the server, and what clients do who do not keep to them. Time is virtual.
#include <gtest/gtest.h>

#include <atomic>
#include <random>

#include "base/net/test_support.h"

namespace soma::net {
namespace {

using namespace std::chrono_literals;

Handler echo_size() {
  return [](Request& request, Reply& reply) -> Task<> {
    Response response = Response::text(200, std::to_string(request.body.size()));
    co_await reply.send(std::move(response));
  };
}

struct Refused {
  const char* name;
  std::string request;
  int status;
  const char* message;
};

TEST(ServerLimits, RefusesMalformedRequests) {
  TestServer test;
  test.router.add("POST", "/x", echo_size());
  const uint16_t port = test.start();
  const Refused cases[] = {
      {"garbage",
       std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(400, '\x80') +
           "\r\n\r\n",
       400, "malformed"},
      {"no version", "GET /x\r\n\r\n", 400, "malformed"},
      {"newer version", "GET /x HTTP/2.0\r\nHost: localhost\r\n\r\n", 505, "HTTP/1.1"},
      {"no host", "GET /x HTTP/1.1\r\n\r\n", 400, "Host"},
      {"two hosts", "GET /x HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400, "Host"},
      {"space in name", "GET /x HTTP/1.1\r\nHost: localhost\r\nbad name: 1\r\n\r\n", 400, "malformed"},
      {"space before colon", "GET /x HTTP/1.1\r\nHost : localhost\r\n\r\n", 400, "malformed"},
      {"target with fragment", "GET /x#y HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "target"},
      {"target without slash", "GET x HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "target"},
      {"broken query", "GET /x?a=%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "target"},
      {"length not a number", "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1x\r\n\r\n", 400,
       "malformed"},
      {"negative length", "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400,
       "malformed"},
      {"two lengths",
       "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400,
       "malformed"},
      {"length and chunked",
       "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n",
       400, "malformed"},
      {"encoding not understood",
       "POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501,
       "chunked"},
      {"encoding in 1.0",
       "POST /x HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501, "chunked"},
      {"bad chunk size", "POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
       400, "malformed"},
      {"chunk too long for itself",
       "POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", 400,
       "malformed"},
      {"unknown expectation",
       "POST /x HTTP/1.1\r\nHost: localhost\r\nExpect: more\r\nContent-Length: 1\r\n\r\na", 417,
       "100-continue"},
  };
  for (const Refused& refused : cases) {
    RawClient client(port);
    client.send(refused.request);
    const RawResponse response = client.read_response();
    EXPECT_EQ(response.status, refused.status) << refused.name << ": " << response.head;
    EXPECT_NE(response.body.find(refused.message), std::string::npos)
        << refused.name << ": " << response.body;
    EXPECT_EQ(response.header("connection"), "close") << refused.name;
    client.finish_sending();
    EXPECT_EQ(client.read_to_end(), "") << refused.name;
  }
  EXPECT_TRUE(eventually([&] { return test.server->connections() == 0; }));
}

TEST(ServerLimits, SurvivesRandomBytes) {
  TestServer test;
  test.router.add("POST", "/x", echo_size());
  const uint16_t port = test.start();
  std::mt19937 random(7);
  const std::string_view seed =
      "POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  for (int round = 0; round < 200; ++round) {
    std::string bytes(seed);
    for (int flips = 0; flips < 1 + round % 8; ++flips)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    RawClient client(port);
    client.send(bytes);
    client.finish_sending();
    client.read_to_end();
  }
  EXPECT_EQ(RawClient(port).get("/none").status, 404);
  EXPECT_TRUE(eventually([&] { return test.server->connections() == 0; }));
}

TEST(ServerLimits, NamesTheLimitOfHeadersAndTarget) {
  TestServer test;
  test.router.add("GET", "/x", answer("hello"));
  ServerOptions options;
  options.limits.max_header_bytes = 4096;
  options.limits.max_target_bytes = 1024;
  const uint16_t port = test.start(options);
  const auto request = [&](const std::string& target, const std::string& header) {
    RawClient client(port);
    client.send("GET /x" + target + " HTTP/1.1\r\nHost: localhost\r\nA: " + header + "\r\n\r\n");
    return client.read_response();
  };
  EXPECT_EQ(request("?" + std::string(900, 'a'), std::string(2800, 'b')).status, 200);
  EXPECT_EQ(request("", std::string(8000, 'b')).status, 431);
  EXPECT_NE(request("", std::string(8000, 'b')).body.find("max_header_bytes (4096)"), std::string::npos);
  EXPECT_EQ(request("?" + std::string(2000, 'a'), "").status, 414);
  EXPECT_EQ(request("?" + std::string(20000, 'a'), "").status, 414);
  EXPECT_NE(request("?" + std::string(2000, 'a'), "").body.find("max_target_bytes (1024)"),
            std::string::npos);
}

TEST(ServerLimits, NamesTheLimitOfTheBody) {
  TestServer test;
  test.router.add("POST", "/x", echo_size(), {.max_body_bytes = 1000});
  const uint16_t port = test.start();
  const auto post = [&](const std::string& head, const std::string& body) {
    RawClient client(port);
    client.send("POST /x HTTP/1.1\r\nHost: localhost\r\n" + head + "\r\n\r\n" + body);
    return client.read_response();
  };
  EXPECT_EQ(post("Content-Length: 1000", std::string(1000, 'x')).body, "1000");
  EXPECT_EQ(post("Transfer-Encoding: chunked", "3e8\r\n" + std::string(1000, 'x') + "\r\n0\r\n\r\n").body,
            "1000");
  // Refused by the declared length, without a byte of it.
  EXPECT_EQ(post("Content-Length: 1001", "").status, 413);
  EXPECT_EQ(post("Content-Length: 99999999999999999", "").status, 413);
  EXPECT_NE(post("Content-Length: 1001", "").body.find("max_body_bytes (1000)"), std::string::npos);
  EXPECT_EQ(post("Transfer-Encoding: chunked", "3e9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n").status,
            413);
  EXPECT_EQ(post("Transfer-Encoding: chunked", "ffffffffffff\r\n" + std::string(2000, 'x')).status, 413);
}

TEST(ServerLimits, AClientThatGoesOnSendingStillReadsTheRefusal) {
  TestServer test;
  test.router.add("POST", "/x", echo_size(), {.max_body_bytes = 1000});
  RawClient client(test.start());
  client.send("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 600000\r\n\r\n" +
              std::string(600000, 'x'));
  EXPECT_EQ(client.read_response().status, 413);
}

TEST(ServerLimits, AnEndlessChunkHeaderIsRefused) {
  TestServer test;
  test.router.add("POST", "/x", echo_size());
  const uint16_t port = test.start();
  RawClient client(port);
  client.send("POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;" +
              std::string(200'000, 'x'));
  EXPECT_EQ(client.read_response().status, 400);
}

TEST(ServerLimits, ContinuesOnlyWhatItWouldTake) {
  TestServer test;
  test.router.add("POST", "/x", echo_size(), {.max_body_bytes = 10});
  const uint16_t port = test.start();
  RawClient good(port);
  good.send("POST /x HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(good.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  good.send("body");
  EXPECT_EQ(good.read_response().body, "4");
  RawClient bad(port);
  bad.send("POST /x HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n");
  EXPECT_EQ(bad.read_response().status, 413);
}

TEST(ServerLimits, ASlowHeadGets408) {
  TestServer test;
  test.router.add("GET", "/x", answer("hello"));
  RawClient client(test.start());
  client.send("GET /x HTTP/1.1\r\nHost: loc");
  ASSERT_TRUE(test.advance_until_readable(client, 60s));
  const RawResponse response = client.read_response();
  EXPECT_EQ(response.status, 408);
  EXPECT_NE(response.body.find("header_timeout"), std::string::npos);
}

TEST(ServerLimits, ASlowHeadIsNotSavedByTricklingBytes) {
  TestServer test;
  test.router.add("GET", "/x", answer("hello"));
  RawClient client(test.start());
  client.send("GET /x HTTP/1.1\r\nHost: localhost\r\n");
  for (int i = 0; i < 100 && !client.readable(2); ++i) {
    client.send("X-" + std::to_string(i) + ": y\r\n");
    test.clock.advance(1s);
  }
  ASSERT_TRUE(test.advance_until_readable(client, 1000s));
  EXPECT_EQ(client.read_response().status, 408);
}

TEST(ServerLimits, AStalledBodyGets408) {
  TestServer test;
  test.router.add("POST", "/x", echo_size());
  RawClient client(test.start());
  client.send("POST /x HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n");
  client.read_until("\r\n\r\n");  // the head arrived in time
  client.send("half");
  ASSERT_TRUE(test.advance_until_readable(client, 300s));
  const RawResponse response = client.read_response();
  EXPECT_EQ(response.status, 408);
  EXPECT_NE(response.body.find("body_timeout"), std::string::npos);
}

TEST(ServerLimits, IdleConnectionsAreClosedInSilence) {
  TestServer test;
  test.router.add("GET", "/x", answer("hello"));
  const uint16_t port = test.start();
  RawClient never(port);
  RawClient once(port);
  EXPECT_EQ(once.get("/x").status, 200);
  ASSERT_TRUE(test.advance_until_readable(never, 60s));
  EXPECT_EQ(never.read_to_end(), "");
  ASSERT_TRUE(test.advance_until_readable(once, 300s));
  EXPECT_EQ(once.read_to_end(), "");
  EXPECT_TRUE(eventually([&] { return test.server->connections() == 0; }));
}

TEST(ServerLimits, AReaderThatStallsEndsTheStream) {
  TestServer test;
  std::atomic<int> outcome = 0;
  test.router.add("GET", "/flood", [&](Request&, Reply& reply) -> Task<> {
    const std::string piece(1 << 20, 'x');
    co_await reply.begin(200, {});
    outcome = -1;
    for (;;) {
      const os::Result<> written = co_await reply.write(piece);
      if (written) continue;
      outcome = written.error().message.contains("write_timeout") && reply.gone().requested() ? 1 : 2;
      co_return;
    }
  });
  RawClient client(test.start(), 4096);
  client.send("GET /flood HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return outcome != 0; }));
  EXPECT_TRUE(eventually([&] {
    test.clock.advance(1s);
    return outcome > 0;
  }));
  EXPECT_EQ(outcome, 1);
}

TEST(ServerLimits, AWriterIsHeldBackByASlowReader) {
  TestServer test;
  std::atomic<size_t> written = 0;
  constexpr size_t kTotal = 64u << 20;
  test.router.add("GET", "/flood", [&](Request&, Reply& reply) -> Task<> {
    const std::string piece(1 << 20, 'x');
    co_await reply.begin(200, {});
    while (written < kTotal) {
      co_await reply.write(piece);
      written += piece.size();
    }
    co_await reply.end();
  });
  RawClient client(test.start(), 4096);
  client.send("GET /flood HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.read_until("\r\n\r\n");
  // Only what the sockets hold got through while nobody reads.
  size_t before = written;
  while (client.readable(20) && before != written) before = written;
  EXPECT_LT(written, kTotal / 2);
  size_t total = 0;
  for (;;) {
    const size_t size = std::strtoul(client.read_until("\r\n").c_str(), nullptr, 16);
    if (size == 0) break;
    total += client.read_exactly(size).size();
    client.read_until("\r\n");
  }
  EXPECT_EQ(total, kTotal);
}

TEST(ServerLimits, BeyondMaxConnectionsItSaysSo) {
  TestServer test;
  test.router.add("GET", "/x", answer("hello"));
  ServerOptions options;
  options.limits.max_connections = 2;
  const uint16_t port = test.start(options);
  RawClient first(port);
  RawClient second(port);
  EXPECT_EQ(first.get("/x").status, 200);
  EXPECT_EQ(second.get("/x").status, 200);
  RawClient third(port);
  const RawResponse refused = third.read_response();
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.body.find("max_connections (2)"), std::string::npos);
  first.close();
  ASSERT_TRUE(eventually([&] { return test.server->connections() == 1; }));
  RawClient fourth(port);
  EXPECT_EQ(fourth.get("/x").status, 200);
}

}  // namespace
}  // namespace soma::net
