// Graceful drain: what was begun is finished, what waits is told, what hangs is ended.
#include <gtest/gtest.h>

#include <atomic>

#include "base/net/test_support.h"

namespace soma::net {
namespace {

using namespace std::chrono_literals;

TEST(ServerStop, ClosesIdleConnectionsAndThePort) {
  TestServer test(2);
  test.router.add("GET", "/x", answer("hello"));
  const uint16_t port = test.start();
  RawClient idle(port);
  EXPECT_EQ(idle.get("/x").status, 200);
  RawClient fresh(port);
  ASSERT_TRUE(eventually([&] { return test.server->connections() == 2; }));
  test.server->stop();
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(fresh.read_to_end(), "");
  EXPECT_EQ(test.server->connections(), 0u);
  EXPECT_FALSE(RawClient(port).connected());
}

TEST(ServerStop, WaitsForARunningRequestAndTellsIt) {
  TestServer test;
  std::atomic<bool> running = false;
  std::string reason;
  test.router.add("GET", "/long", [&](Request&, Reply& reply) -> Task<> {
    Executor executor = co_await this_executor();
    Notifier told(executor);
    auto registration = reply.gone().on_request([&] { told.notify(); });
    running = true;
    co_await told.wait();
    reason = reply.gone().reason();
    Response response = Response::text(200, "finished");
    co_await reply.send(std::move(response));
  });
  RawClient client(test.start());
  client.send("GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return running.load(); }));
  test.server->stop();
  const RawResponse response = client.read_response();
  EXPECT_EQ(response.body, "finished");
  EXPECT_EQ(response.header("connection"), "close");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(reason, "the server is stopping");
}

TEST(ServerStop, EndsWhatHangsWhenTheDrainTimeIsOver) {
  TestServer test;
  std::atomic<int> stage = 0;
  struct Unwound {
    std::atomic<int>& stage;
    ~Unwound() { stage = 2; }
  };
  test.router.add("GET", "/hang", [&](Request&, Reply& reply) -> Task<> {
    Unwound unwound{stage};
    co_await reply.begin(200, {});
    Executor executor = co_await this_executor();
    Notifier never(executor);
    stage = 1;
    co_await never.wait();
  });
  RawClient client(test.start());
  client.send("GET /hang HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return stage == 1; }));
  std::thread stopper([&] { test.server->stop(); });
  // The drain's own timer is the only one ten seconds away.
  while (test.server->connections() != 0) {
    test.clock.advance(1s);
    std::this_thread::yield();
  }
  stopper.join();
  EXPECT_EQ(stage, 2);
  EXPECT_TRUE(client.read_to_end().ends_with("\r\n\r\n"));
}

TEST(ServerStop, IsQuickWhenItsLoopsAreGone) {
  TestServer test;
  test.router.add("GET", "/x", answer("hello"));
  RawClient client(test.start());
  EXPECT_EQ(client.get("/x").status, 200);
  test.loops.stop();
  test.server->stop();
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(ServerStop, LeavesNoTimerBehind) {
  TestServer test;
  test.router.add("GET", "/x", answer("hello"));
  RawClient client(test.start());
  EXPECT_EQ(client.get("/x").status, 200);
  EXPECT_NE(test.clock.next_timer(), os::Time::max());
  test.server->stop();
  EXPECT_TRUE(eventually([&] { return test.clock.next_timer() == os::Time::max(); }));
}

}  // namespace
}  // namespace soma::net
