#include "app/cli/remote/live_stream.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>

#include "base/net/server_test_kit.h"

namespace soma::cli {
namespace {

using Next = LiveStream::Next;

// Serves the events after `after`, up to the third.
class ThreeEvents {
 public:
  ThreeEvents() {
    router_.add("GET", "/events", [](net::Request& request, net::Reply& reply) -> net::Task<> {
      net::Headers headers{{"content-type", "text/event-stream"}};
      co_await reply.begin(200, std::move(headers));
      const uint64_t after = request.query_number("after", 0, 3).value_or(0);
      for (uint64_t number = after + 1; number <= 3; ++number) {
        const std::string text = fmt::format("data: {}\n\n", number);
        co_await reply.write(text);
      }
      co_await reply.end();
    });
    server_.emplace(router_);
  }
  std::string url() const { return server_->address(); }

 private:
  net::Router router_;
  std::optional<net::TestServer> server_;  // the first to go
};

TEST(FollowStream, OpensAgainWhereItIsToldTo) {
  const ThreeEvents served;
  Connection connection(served.url());
  std::string seen;
  bool again = true;
  const auto done =
      follow_stream(connection, {.path = [&] { return fmt::format("/events?after={}", again ? 0 : 1); },
                                 .on_event =
                                     [&](const net::SseEvent& event) {
                                       seen += event.data;
                                       if (event.data == "1") again = false;
                                       if (event.data == "1") return Next::kOpenAgain;
                                       return event.data == "3" ? Next::kEnd : Next::kGoOn;
                                     }});
  EXPECT_TRUE(done);
  EXPECT_EQ(seen, "123");
}

TEST(FollowStream, EndsWithWhatTheServerRefuses) {
  const ThreeEvents served;
  Connection connection(served.url());
  const auto done = follow_stream(connection, {.path = [] { return std::string("/elsewhere"); },
                                               .on_event = [](const net::SseEvent&) { return Next::kGoOn; }});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, os::Code::kNotFound);
}

}  // namespace
}  // namespace soma::cli
