#include "base/net/client.h"

#include <gtest/gtest.h>

#include <atomic>

#include "base/net/test_support.h"

namespace soma::net {
namespace {

using namespace std::chrono_literals;

// Listens, takes connections one after the other, and answers each with fixed bytes, whatever was asked: for
// answers that no good server gives.
class FixedServer {
 public:
  explicit FixedServer(std::string answer, bool hold = false) : answer_(std::move(answer)), hold_(hold) {
    listener_ = os::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_.get(), 16);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~FixedServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/x?key=secret"; }

 private:
  void serve() {
    for (;;) {
      os::Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client.valid()) return;
      char bytes[65536];
      if (::recv(client.get(), bytes, sizeof bytes, 0) <= 0) continue;
      ::send(client.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
      if (hold_) ::recv(client.get(), bytes, sizeof bytes, 0);  // until the client gives up
    }
  }
  std::string answer_;
  bool hold_;
  os::Fd listener_;
  uint16_t port_ = 0;
  std::thread thread_;
};

template <class Use>
void with_client(Use use) {
  run([&]() -> Task<> {
    Executor executor = co_await this_executor();
    HttpClient client(executor);
    co_await use(client);
  });
}

ClientRequest get(std::string url) {
  ClientRequest request;
  request.url = std::move(url);
  return request;
}

std::string url_of(uint16_t port, std::string_view path) {
  return "http://127.0.0.1:" + std::to_string(port) + std::string(path);
}

TEST(HttpClient, CancellingEndsATransferThatWaits) {
  FixedServer server("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", true);
  with_client([&](HttpClient& client) -> Task<> {
    Cancellation cancellation;
    ClientRequest request = get(server.url());
    request.cancellation = cancellation;
    auto stream = co_await client.open(std::move(request));
    EXPECT_TRUE(stream.has_value());
    EXPECT_EQ(co_await (*stream)->read(), "abc");
    std::thread elsewhere([&] { cancellation.request("enough"); });
    const auto rest = co_await (*stream)->read();
    elsewhere.join();
    EXPECT_FALSE(rest.has_value());
    EXPECT_EQ(rest.error().code, os::Code::kCancelled);
    EXPECT_EQ(rest.error().message, "enough");
  });
}

TEST(HttpClient, SendsMethodHeadersAndBody) {
  TestServer test;
  test.router.set_fallback([](Request& request, Reply& reply) -> Task<> {
    std::string text =
        request.method + "|" + request.target + "|" + std::string(request.headers.get("x-test")) + "|" +
        std::string(request.headers.get("x-empty")) + (request.headers.has("x-empty") ? "!" : "") + "|" +
        std::string(request.headers.get("content-type")) + "|" + request.body;
    Response response = Response::text(200, std::move(text));
    response.headers.add("x-answer", "42");
    co_await reply.send(std::move(response));
  });
  const uint16_t port = test.start();
  with_client([&](HttpClient& client) -> Task<> {
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
      ClientRequest request = get(url_of(port, "/a/../b%2Fc?q=1"));
      request.method = method;
      request.headers = {{"X-Test", "yes"}, {"X-Empty", ""}};
      if (request.method[0] == 'P') request.body = std::string("a\0b", 3);
      const std::string expected = request.method + "|/a/../b%2Fc?q=1|yes|!||" + request.body;
      const os::Result<Response> response = co_await client.fetch(std::move(request));
      EXPECT_TRUE(response) << response.error().to_string();
      if (!response) co_return;
      EXPECT_EQ(response->status, 200);
      EXPECT_EQ(response->body, expected);
      EXPECT_EQ(response->headers.get("X-Answer"), "42");
    }
    ClientRequest head = get(url_of(port, "/x"));
    head.method = "HEAD";
    const os::Result<Response> response = co_await client.fetch(std::move(head));
    EXPECT_TRUE(response && response->body.empty() && response->headers.get("content-length") != "0");
  });
  EXPECT_TRUE(eventually(
      [&] { return test.server->connections() == 0; }));  // reused one, and closed it with the client
}

TEST(HttpClient, ManyRequestsAtOnce) {
  TestServer test;
  test.router.add("GET", "/x", answer("hello"));
  const uint16_t port = test.start();
  with_client([&](HttpClient& client) -> Task<> {
    Executor executor = co_await this_executor();
    Notifier all(executor);
    int left = 100;
    auto fetch = [](HttpClient& shared, std::string url, int& open, Notifier& done) -> Task<> {
      ClientRequest request = get(std::move(url));
      const os::Result<Response> response = co_await shared.fetch(std::move(request));
      EXPECT_TRUE(response && response->body == "hello");
      if (--open == 0) done.notify();
    };
    for (int i = 0; i < 100; ++i) spawn(executor, fetch(client, url_of(port, "/x"), left, all), "fetch");
    co_await all.wait();
  });
}

TEST(HttpClient, StreamsWhileTheServerStillWrites) {
  TestServer test;
  Notifier* go = nullptr;
  test.router.add("GET", "/stream", [&](Request&, Reply& reply) -> Task<> {
    Executor executor = co_await this_executor();
    Notifier next(executor);
    go = &next;
    co_await reply.begin(200, {{"x-early", "1"}});
    co_await reply.write("first");
    co_await next.wait();
    co_await reply.write("second");
    co_await reply.end();
  });
  const uint16_t port = test.start();
  with_client([&](HttpClient& client) -> Task<> {
    ClientRequest request = get(url_of(port, "/stream"));
    auto stream = co_await client.open(std::move(request));
    EXPECT_TRUE(stream);
    EXPECT_EQ((*stream)->status(), 200);
    EXPECT_EQ((*stream)->headers().get("x-early"), "1");
    os::Result<std::string> bytes = co_await (*stream)->read();
    EXPECT_EQ(*bytes, "first");
    go->notify();
    bytes = co_await (*stream)->read();
    EXPECT_EQ(*bytes, "second");
    for (int i = 0; i < 2; ++i) {
      bytes = co_await (*stream)->read();
      EXPECT_TRUE(bytes && bytes->empty());
    }
  });
}

TEST(HttpClient, ASlowReaderHoldsTheServerBack) {
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
  const uint16_t port = test.start();
  with_client([&](HttpClient& client) -> Task<> {
    ClientRequest request = get(url_of(port, "/flood"));
    auto stream = co_await client.open(std::move(request));
    EXPECT_TRUE(stream);
    // Nobody reads the stream; a second request shows that the loop goes on meanwhile.
    for (int i = 0; i < 50; ++i) {
      ClientRequest other = get(url_of(port, "/none"));
      co_await client.fetch(std::move(other));
    }
    EXPECT_LT(written, kTotal / 2);
    size_t total = 0;
    size_t largest = 0;
    for (;;) {
      const os::Result<std::string> bytes = co_await (*stream)->read();
      EXPECT_TRUE(bytes);
      if (!bytes || bytes->empty()) break;
      total += bytes->size();
      largest = std::max(largest, bytes->size());
    }
    EXPECT_EQ(total, kTotal);
    EXPECT_LE(largest, 512u << 10);
  });
}

TEST(HttpClient, DestroyingAStreamAbortsIt) {
  TestServer test;
  std::atomic<bool> gone = false;
  test.router.add("GET", "/stream", [&](Request&, Reply& reply) -> Task<> {
    Executor executor = co_await this_executor();
    Notifier left(executor);
    auto registration = reply.gone().on_request([&] { left.notify(); });
    co_await reply.begin(200, {});
    co_await reply.write("x");
    co_await left.wait();
    gone = true;
  });
  const uint16_t port = test.start();
  with_client([&](HttpClient& client) -> Task<> {
    ClientRequest request = get(url_of(port, "/stream"));
    auto stream = co_await client.open(std::move(request));
    EXPECT_TRUE(stream);
    stream->reset();
    co_return;
  });
  EXPECT_TRUE(eventually([&] { return gone.load(); }));
}

TEST(HttpClient, ACutBodyIsAnErrorAndNeverAnEnd) {
  for (const char* cut : {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart",
                          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n",
                          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\npart"}) {
    FixedServer server(cut);
    with_client([&](HttpClient& client) -> Task<> {
      ClientRequest request = get(server.url());
      auto stream = co_await client.open(std::move(request));
      EXPECT_TRUE(stream) << stream.error().to_string();
      if (!stream) co_return;
      std::string body;
      os::Result<std::string> bytes;
      while ((bytes = co_await (*stream)->read()) && !bytes->empty()) body += *bytes;
      EXPECT_EQ(body, "part");
      EXPECT_FALSE(bytes) << cut;
      if (bytes) co_return;
      EXPECT_EQ(bytes.error().code, os::Code::kUnavailable);
      EXPECT_EQ(bytes.error().message.find("secret"), std::string::npos) << bytes.error().message;
    });
  }
}

TEST(HttpClient, NamesWhatWentWrong) {
  FixedServer silent("", true);
  FixedServer garbage("\x01\x02 garbage\r\n\r\n");
  FixedServer large("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + std::string(5000, 'x'));
  FixedServer large_chunked("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" +
                            std::string(5000, 'x') + "\r\n0\r\n\r\n");
  FixedServer stalls("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", true);
  with_client([&](HttpClient& client) -> Task<> {
    const auto code_of = [&client](ClientRequest request) -> Task<std::string> {
      const os::Result<Response> response = co_await client.fetch(std::move(request));
      co_return response ? "ok" : std::string(os::code_name(response.error().code));
    };
    ClientRequest request = get("http://127.0.0.1:1/");
    EXPECT_EQ(co_await code_of(request), "Unavailable");
    request = get(garbage.url());
    EXPECT_EQ(co_await code_of(request), "Unavailable");
    request = get(silent.url());
    request.total_timeout = 50ms;
    EXPECT_EQ(co_await code_of(request), "Timeout");
    request = get(stalls.url());
    request.stall_timeout = 50ms;
    EXPECT_EQ(co_await code_of(request), "Timeout");
    request = get(large.url());
    request.max_body_bytes = 4999;
    EXPECT_EQ(co_await code_of(request), "LimitExceeded");
    request = get(large_chunked.url());
    request.max_body_bytes = 4999;
    EXPECT_EQ(co_await code_of(request), "LimitExceeded");
    request.max_body_bytes = 5000;
    EXPECT_EQ(co_await code_of(request), "ok");
    request = get("file:///etc/passwd");
    EXPECT_EQ(co_await code_of(request), "InvalidArgument");
    request = get(large.url());
    request.headers.add("x", "a\r\nb: c");
    EXPECT_EQ(co_await code_of(request), "InvalidArgument");
  });
}

TEST(HttpClient, FollowsRedirectsOnlyWhenAsked) {
  TestServer test;
  test.router.add("GET", "/from", [](Request&, Reply& reply) -> Task<> {
    Response response = Response::text(302, "moved");
    response.headers.add("location", "/to");
    co_await reply.send(std::move(response));
  });
  test.router.add("GET", "/loop", [](Request&, Reply& reply) -> Task<> {
    Response response = Response::text(302, "again");
    response.headers.add("location", "/loop");
    co_await reply.send(std::move(response));
  });
  test.router.add("GET", "/to", answer("there"));
  const uint16_t port = test.start();
  with_client([&](HttpClient& client) -> Task<> {
    ClientRequest request = get(url_of(port, "/from"));
    os::Result<Response> response = co_await client.fetch(request);
    EXPECT_TRUE(response && response->status == 302 && response->body == "moved");
    request.follow_redirects = true;
    response = co_await client.fetch(request);
    EXPECT_TRUE(response && response->status == 200 && response->body == "there");
    request.url = url_of(port, "/loop");
    response = co_await client.fetch(request);
    EXPECT_FALSE(response);
    EXPECT_EQ(response.error().code, os::Code::kLimitExceeded);
  });
}

TEST(HttpClient, ThePolicyHoldsForNamesRedirectsAndReusedConnections) {
  TestServer inside;
  std::atomic<int> reached = 0;
  inside.router.add("GET", "/secret", [&](Request&, Reply& reply) -> Task<> {
    ++reached;
    Response response = Response::text(200, "secret");
    co_await reply.send(std::move(response));
  });
  const uint16_t inside_port = inside.start();
  TestServer outside;
  outside.router.add("GET", "/from", [&](Request&, Reply& reply) -> Task<> {
    Response response = Response::text(302, "");
    response.headers.add("location", url_of(inside_port, "/secret"));
    co_await reply.send(std::move(response));
  });
  const uint16_t outside_port = outside.start();
  with_client([&](HttpClient& client) -> Task<> {
    OutboundPolicy policy;
    const auto refused = [&client](ClientRequest request) -> Task<bool> {
      const os::Result<Response> response = co_await client.fetch(std::move(request));
      co_return !response && response.error().code == os::Code::kPermissionDenied;
    };
    ClientRequest request = get(url_of(inside_port, "/secret"));
    request.policy = &policy;
    EXPECT_TRUE(co_await refused(request));
    request.url = "http://localhost:" + std::to_string(inside_port) + "/secret";
    EXPECT_TRUE(co_await refused(request));
    EXPECT_EQ(reached, 0);

    // A redirect from a place that is allowed to one that is not.
    policy.allow("127.0.0.1:" + std::to_string(outside_port));
    request.url = url_of(outside_port, "/from");
    request.follow_redirects = true;
    EXPECT_TRUE(co_await refused(request));
    EXPECT_EQ(reached, 0);

    // A connection that a request without policy left open.
    request.url = url_of(inside_port, "/secret");
    request.policy = nullptr;
    EXPECT_FALSE(co_await refused(request));
    EXPECT_EQ(reached, 1);
    request.policy = &policy;
    EXPECT_TRUE(co_await refused(request));
    EXPECT_EQ(reached, 1);
    policy.allow("127.0.0.0/8");
    EXPECT_FALSE(co_await refused(request));
    EXPECT_EQ(reached, 2);
  });
}

}  // namespace
}  // namespace soma::net
