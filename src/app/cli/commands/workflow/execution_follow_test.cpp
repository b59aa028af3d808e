#include "app/cli/commands/workflow/execution_follow.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>

#include "app/cli/test_support.h"
#include "base/net/server_test_kit.h"

namespace soma::cli {
namespace {

// Serves one execution that ends as soon as a number of requests have been answered: its run has two events
// before its end and three after.
class EndingExecution {
 public:
  explicit EndingExecution(int ends_after) : left_(ends_after) {
    add("/api/workflow/executions/m/e", [](bool ended) {
      return fmt::format(R"({{"execution":{{"runId":"execution/m/e","status":"{}"}}}})",
                         ended ? "SUCCEEDED" : "RUNNING");
    });
    add("/api/runs/{runId}",
        [](bool ended) { return fmt::format(R"({{"run":{{"lastSeq":{}}}}})", ended ? 3 : 2); });
    add("/api/workflow/executions/m/e/history", [](bool ended) {
      return fmt::format(R"({{"events":[{{"id":1,"type":"ExecutionStarted"}}{}]}})",
                         ended ? R"(,{"id":2,"type":"ExecutionSucceeded"})" : "");
    });
    router_.add("GET", "/api/runs/{runId}/events",
                [this](net::Request& request, net::Reply& reply) { return events(request, reply); });
    server_.emplace(router_);
  }

  std::string url() const { return server_->address(); }
  // Whether somebody asked for events that the execution will never have.
  bool was_awaited_in_vain() const { return awaited_in_vain_; }

 private:
  void add(const char* path, std::string (*answer)(bool ended)) {
    router_.add("GET", path,
                net::answering([this, answer](net::Request&) -> net::Task<os::Result<net::Response>> {
                  const bool ended = left_.fetch_sub(1) <= 0;
                  co_return net::Response::json(200, json_of(answer(ended)));
                }));
  }
  // The end itself comes here when it has not come before. The stream of an awaited event that never comes is
  // closed, so that a follower who waits in vain does not hang the test.
  net::Task<> events(net::Request& request, net::Reply& reply) {
    left_ = 0;
    if (request.query_value("from") > "3") awaited_in_vain_ = true;
    net::Headers headers{{"content-type", "text/event-stream"}};
    co_await reply.begin(200, std::move(headers));
    if (!awaited_in_vain_) co_await reply.write("id: 3\nevent: journal\ndata: {\"seq\":3}\n\n");
    co_await reply.end();
  }

  std::atomic<int> left_;
  std::atomic<bool> awaited_in_vain_ = false;
  net::Router router_;
  std::optional<net::TestServer> server_;  // the first to go
};

// Whenever the end comes between a follower's requests, it is seen and the whole history is told once.
TEST(ExecutionFollow, MissesNoEndThatComesBetweenTwoRequests) {
  for (int ends_after = 0; ends_after <= 6; ++ends_after) {
    EndingExecution served(ends_after);
    Connection connection(served.url());
    std::string told;
    const auto ended = follow_execution(connection, {"m", "e"}, true, [&](const json::Value& event) {
      told += fmt::format("{} ", event.get("type").string_or(""));
    });
    ASSERT_TRUE(ended) << ended.error().to_string();
    EXPECT_EQ(ended->get("status").string_or(""), "SUCCEEDED") << ends_after;
    EXPECT_EQ(told, "ExecutionStarted ExecutionSucceeded ") << ends_after;
    EXPECT_FALSE(served.was_awaited_in_vain()) << ends_after;
  }
}

}  // namespace
}  // namespace soma::cli
