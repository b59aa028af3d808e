// The server over real sockets: framing, pipelining, streams, refusals.
#include "base/net/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "base/net/test_support.h"

namespace soma::net {
namespace {

Handler echo() {
  return [](Request& request, Reply& reply) -> Task<> {
    Response response = Response::text(200, request.method + " " + request.target + " " + request.body);
    co_await reply.send(std::move(response));
  };
}

TEST(Server, AnswersAndKeepsTheConnection) {
  TestServer test;
  test.router.add("GET", "/hello", answer("hello"));
  RawClient client(test.start());
  for (int i = 0; i < 3; ++i) {
    const RawResponse response = client.get("/hello");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "hello");
    EXPECT_EQ(response.header("content-type"), "text/plain; charset=utf-8");
    EXPECT_EQ(response.header("date"), "Thu, 01 Jan 2026 00:00:00 GMT");
    EXPECT_EQ(response.header("x-amzn-requestid").size(), 36u);
    EXPECT_EQ(response.header("connection"), "");
  }
  EXPECT_EQ(test.server->connections(), 1u);
}

TEST(Server, GivesTheHandlerTheWholeRequest) {
  TestServer test;
  test.router.add("POST", "/a/{id}", [](Request& request, Reply& reply) -> Task<> {
    std::string text = request.path + "|" + std::string(request.parameter("id")) + "|" +
                       std::string(request.query_value("q")) + "|" +
                       std::string(request.headers.get("X-Test")) + "|" + request.id + "|" +
                       request.peer.substr(0, 10) + "|" + request.body;
    Response response = Response::text(201, std::move(text));
    co_await reply.send(std::move(response));
  });
  RawClient client(test.start());
  client.send(
      "POST /a/x%2Fy?p=1&q=a+b%21 HTTP/1.1\r\nHost: localhost\r\nx-test: yes\r\nx-amzn-requestid: "
      "mine-1\r\nContent-Length: 4\r\n\r\nbody");
  const RawResponse response = client.read_response();
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.body, "/a/x%2Fy|x/y|a b!|yes|mine-1|127.0.0.1:|body");
  EXPECT_EQ(response.header("x-amzn-requestid"), "mine-1");
}

TEST(Server, ReplacesARequestIdThatIsNoId) {
  TestServer test;
  test.router.add("GET", "/", answer("x"));
  RawClient client(test.start());
  client.send("GET / HTTP/1.1\r\nHost: localhost\r\nx-amzn-requestid: <script>\r\n\r\n");
  EXPECT_EQ(client.read_response().header("x-amzn-requestid").size(), 36u);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  TestServer test;
  test.router.add("POST", "/{n}", echo());
  RawClient client(test.start());
  std::string requests;
  for (int i = 0; i < 200; ++i) {
    const std::string body = "body-" + std::to_string(i);
    requests += "POST /" + std::to_string(i) +
                " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + body;
  }
  client.send(requests);
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(client.read_response().body, "POST /" + std::to_string(i) + " body-" + std::to_string(i));
}

TEST(Server, ReadsRequestsCutAnywhere) {
  TestServer test;
  test.router.add("POST", "/x", echo());
  RawClient client(test.start());
  const std::string request =
      "\r\nPOST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n "
      "world\r\n0\r\nHost: evil\r\n\r\n";
  for (const char byte : request) ASSERT_TRUE(client.send({&byte, 1}));
  const RawResponse response = client.read_response();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "POST /x hello world");
  client.send("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(client.read_response().body, "POST /x ok");
}

TEST(Server, StreamsChunks) {
  TestServer test;
  test.router.add("GET", "/stream", [](Request&, Reply& reply) -> Task<> {
    Headers headers{{"content-type", "text/event-stream"}, {"content-length", "99"}};
    co_await reply.begin(200, std::move(headers));
    co_await reply.write("one ");
    co_await reply.write("");
    co_await reply.write("two");
    co_await reply.end();
  });
  RawClient client(test.start());
  for (int i = 0; i < 2; ++i) {
    const RawResponse response = client.get("/stream");
    EXPECT_EQ(response.body, "one two");
    EXPECT_EQ(response.header("content-length"), "");
  }
}

TEST(Server, SendsEachPieceAtOnce) {
  TestServer test;
  Notifier* go = nullptr;
  std::atomic<bool> waiting = false;
  test.router.add("GET", "/stream", [&](Request&, Reply& reply) -> Task<> {
    Executor executor = co_await this_executor();
    Notifier next(executor);
    go = &next;
    co_await reply.begin(200, {});
    co_await reply.write("first");
    waiting = true;
    co_await next.wait();
    co_await reply.write("second");
    co_await reply.end();
  });
  RawClient client(test.start());
  client.send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(client.read_until("first").find("first"), std::string::npos);
  ASSERT_TRUE(eventually([&] { return waiting.load(); }));
  go->notify();
  EXPECT_NE(client.read_until("0\r\n\r\n").find("second"), std::string::npos);
}

TEST(Server, AnswersHeadWithoutBody) {
  TestServer test;
  test.router.add("GET", "/x", answer("hello"));
  test.router.add("GET", "/stream", [](Request&, Reply& reply) -> Task<> {
    co_await reply.begin(200, {});
    co_await reply.write("hidden");
    co_await reply.end();
  });
  RawClient client(test.start());
  client.send("HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const RawResponse response = client.read_response(false);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("content-length"), "5");
  client.send("HEAD /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.read_response(false).status, 200);
  EXPECT_EQ(client.get("/x").body, "hello");
}

TEST(Server, SpeaksHttp10) {
  TestServer test;
  test.router.add("GET", "/x", answer("hello"));
  test.router.add("GET", "/stream", [](Request&, Reply& reply) -> Task<> {
    co_await reply.begin(200, {});
    co_await reply.write("one ");
    co_await reply.write("two");
    co_await reply.end();
  });
  const uint16_t port = test.start();
  RawClient plain(port);
  plain.send("GET /x HTTP/1.0\r\n\r\n");
  const std::string text = plain.read_to_end();
  EXPECT_TRUE(text.starts_with("HTTP/1.0 200 OK\r\n")) << text;
  EXPECT_TRUE(text.ends_with("\r\n\r\nhello")) << text;
  RawClient stream(port);
  stream.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const std::string streamed = stream.read_to_end();
  EXPECT_TRUE(streamed.ends_with("\r\n\r\none two")) << streamed;
}

TEST(Server, ClosesWhenTheClientAsks) {
  TestServer test;
  test.router.add("GET", "/x", answer("hello"));
  RawClient client(test.start());
  client.send("GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_NE(client.read_to_end().find("connection: close\r\n"), std::string::npos);
}

TEST(Server, AnswersAHalfClosedClient) {
  TestServer test;
  test.router.add("POST", "/x", echo());
  RawClient client(test.start());
  client.send("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nok");
  client.finish_sending();
  EXPECT_TRUE(client.read_to_end().ends_with("POST /x ok"));
}

TEST(Server, DropsAHalfClosedClientWhoseRequestIsCut) {
  TestServer test;
  test.router.add("POST", "/x", echo());
  const uint16_t port = test.start();
  for (const char* cut : {"PO", "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\nhalf"}) {
    RawClient client(port);
    client.send(cut);
    client.finish_sending();
    EXPECT_EQ(client.read_to_end(), "");
  }
  EXPECT_TRUE(eventually([&] { return test.server->connections() == 0; }));
}

TEST(Server, NamesUnknownPathsAndMethods) {
  TestServer test;
  test.router.add("GET", "/x", answer("hello"));
  test.router.add("PUT", "/x", answer("hello"));
  RawClient client(test.start());
  RawResponse response = client.get("/nowhere");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.header("x-amzn-errortype"), "ResourceNotFoundException");
  EXPECT_NE(response.body.find("\"requestId\":\"" + response.header("x-amzn-requestid")), std::string::npos);
  client.send("DELETE /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
  response = client.read_response();
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.header("allow"), "GET, HEAD, PUT");
  EXPECT_EQ(client.get("/x").status, 200);
}

TEST(Server, TurnsAHandlersFailureInto500) {
  TestServer test;
  test.router.add("GET", "/throws", [](Request&, Reply&) -> Task<> {
    throw std::runtime_error("secret detail");
    co_return;
  });
  test.router.add("GET", "/silent", [](Request&, Reply&) -> Task<> { co_return; });
  RawClient client(test.start());
  const RawResponse thrown = client.get("/throws");
  EXPECT_EQ(thrown.status, 500);
  EXPECT_EQ(thrown.body.find("secret detail"), std::string::npos);
  EXPECT_NE(thrown.body.find(thrown.header("x-amzn-requestid")), std::string::npos);
  EXPECT_EQ(client.get("/silent").status, 500);
}

TEST(Server, CutsAStreamWhoseHandlerFails) {
  TestServer test;
  test.router.add("GET", "/stream", [](Request&, Reply& reply) -> Task<> {
    co_await reply.begin(200, {});
    co_await reply.write("part");
    throw std::runtime_error("halfway");
  });
  RawClient client(test.start());
  client.send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().ends_with("4\r\npart\r\n"));
}

TEST(Server, RefusesASecondAnswer) {
  TestServer test;
  std::atomic<int> refused = 0;
  test.router.add("GET", "/x", [&](Request&, Reply& reply) -> Task<> {
    Response first = Response::text(200, "first");
    Response second = Response::text(200, "second");
    co_await reply.send(std::move(first));
    const os::Result<> again = co_await reply.send(std::move(second));
    if (!again && again.error().code == os::Code::kFailedPrecondition) ++refused;
    if (!co_await reply.write("more")) ++refused;
  });
  RawClient client(test.start());
  EXPECT_EQ(client.get("/x").body, "first");
  EXPECT_EQ(client.get("/x").body, "first");
  EXPECT_TRUE(eventually([&] { return refused == 4; }));
}

TEST(Server, LeavesOutHeadersThatWouldBreakTheResponse) {
  TestServer test;
  test.router.add("GET", "/x", [](Request&, Reply& reply) -> Task<> {
    Response response = Response::text(200, "ok");
    response.headers.add("x-bad", "a\r\nx-forged: 1");
    response.headers.add("bad name", "1");
    response.headers.add("x-good", "1");
    co_await reply.send(std::move(response));
  });
  RawClient client(test.start());
  const RawResponse response = client.get("/x");
  EXPECT_EQ(response.head.find("forged"), std::string::npos);
  EXPECT_EQ(response.header("x-good"), "1");
}

TEST(Server, TellsTheHandlerThatTheClientIsGone) {
  TestServer test;
  std::atomic<int> stage = 0;
  test.router.add("GET", "/long", [&](Request&, Reply& reply) -> Task<> {
    Executor executor = co_await this_executor();
    Notifier gone(executor);
    auto registration = reply.gone().on_request([&] { gone.notify(); });
    stage = 1;
    co_await gone.wait();
    stage = 2;
  });
  test.router.add("GET", "/next", answer("next"));
  RawClient client(test.start());
  client.send("GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return stage == 1; }));
  client.send("GET /next HTTP/1.1\r\nHost: localhost\r\n\r\n");  // pipelined behind: no sign of leaving
  client.close();
  EXPECT_TRUE(eventually([&] { return stage == 2; }));
  EXPECT_TRUE(eventually([&] { return test.server->connections() == 0; }));
}

TEST(Server, KeepsWhatIsPipelinedBehindAWatchedHandler) {
  TestServer test;
  Notifier* go = nullptr;
  std::atomic<bool> waiting = false;
  test.router.add("GET", "/watched", [&](Request&, Reply& reply) -> Task<> {
    Executor executor = co_await this_executor();
    Notifier next(executor);
    go = &next;
    EXPECT_FALSE(reply.gone().requested());
    waiting = true;
    co_await next.wait();
    EXPECT_FALSE(reply.gone().requested());
    Response response = Response::text(200, "watched");
    co_await reply.send(std::move(response));
  });
  test.router.add("GET", "/next", answer("next"));
  RawClient client(test.start());
  client.send("GET /watched HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return waiting.load(); }));
  client.send("GET /next HTTP/1.1\r\nHost: localhost\r\n\r\nGET /ne");
  client.send("xt HTTP/1.1\r\nHost: localhost\r\n\r\n");
  go->notify();
  EXPECT_EQ(client.read_response().body, "watched");
  EXPECT_EQ(client.read_response().body, "next");
  EXPECT_EQ(client.read_response().body, "next");
  waiting = false;
  client.send("GET /watched HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return waiting.load(); }));
  go->notify();
  EXPECT_EQ(client.read_response().body, "watched");
}

TEST(Server, LogsEachRequestWithoutItsQuery) {
  TestServer test;
  test.access_log = true;
  test.router.add("GET", "/x", answer("hello"));
  ::testing::internal::CaptureStderr();
  {
    RawClient client(test.start());
    client.send("GET /x?key=secret HTTP/1.1\r\nHost: localhost\r\nx-amzn-requestid: mine-1\r\n\r\n");
    client.read_response();
  }
  test.server->stop();
  const std::string log = ::testing::internal::GetCapturedStderr();
  for (const char* part : {"http.request", "method=GET", "path=/x ", "status=200", "bytes=5",
                           "request=mine-1", "peer=127.0.0.1:"})
    EXPECT_NE(log.find(part), std::string::npos) << part << " in " << log;
  EXPECT_EQ(log.find("secret"), std::string::npos) << log;
}

TEST(Server, ALastAnswerReachesAClientThatSentMore) {
  TestServer test;
  test.router.add("GET", "/x", answer("hello"));
  RawClient client(test.start());
  client.send(
      "GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\nGET /x HTTP/1.1\r\nHost: "
      "localhost\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().ends_with("hello"));
}

TEST(Server, RefusesForeignHostsAndPages) {
  TestServer test;
  test.router.add("GET", "/x", answer("hello"));
  RawClient client(test.start());
  client.send("GET /x HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 403);
  client.send("GET /x HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 403);
  client.send("GET http://evil.example/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 403);
  client.send("GET http://localhost:1/x HTTP/1.1\r\nHost: ignored\r\nOrigin: http://127.0.0.1:3000\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 200);
}

TEST(Server, ServesFiveHundredConnectionsAtOnce) {
  TestServer test(2);
  test.router.add("GET", "/x", answer("hello"));
  const uint16_t port = test.start();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 500; ++i) {
    clients.push_back(std::make_unique<RawClient>(port));
    ASSERT_TRUE(clients.back()->connected());
  }
  for (auto& client : clients) client->send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
  for (auto& client : clients) ASSERT_EQ(client->read_response().body, "hello");
  EXPECT_EQ(test.server->connections(), 500u);
  clients.clear();
  EXPECT_TRUE(eventually([&] { return test.server->connections() == 0; }));
}

TEST(Server, APortInUseIsNamed) {
  TestServer first;
  first.router.add("GET", "/x", answer("first"));
  const uint16_t port = first.start();
  TestServer second;
  ServerOptions options;
  options.port = port;
  Server server(second.loops, second.clock, *second.ids, second.router, options);
  const os::Result<> started = server.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, os::Code::kUnavailable);
  EXPECT_NE(started.error().message.find(std::to_string(port)), std::string::npos);
  EXPECT_EQ(RawClient(port).get("/x").body, "first");
}

TEST(Server, ARestartTakesTheSamePortAtOnce) {
  uint16_t port = 0;
  for (int round = 0; round < 3; ++round) {
    TestServer test(2);
    test.router.add("GET", "/x", answer("hello"));
    ServerOptions options;
    options.port = port;
    port = test.start(options);
    RawClient client(port);
    EXPECT_EQ(client.get("/x").body, "hello");
  }
}

}  // namespace
}  // namespace soma::net
