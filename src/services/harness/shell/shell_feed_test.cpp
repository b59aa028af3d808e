#include "services/harness/shell/shell_feed.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace soma::harness {
namespace {

using Kind = ShellNews::Kind;

// Everything on one loop: what a feed does does not depend on how many there are.
template <class Test>
void on_a_loop(Test test) {
  net::run([&]() -> net::Task<> {
    const net::Executor executor = co_await net::this_executor();
    co_await test(executor, std::make_shared<ShellFeed>(executor));
  });
}

TEST(ShellFeed, AClientSeesWhatIsKeptThenWhatComesThenTheEnd) {
  on_a_loop([](net::Executor executor, std::shared_ptr<ShellFeed> feed) -> net::Task<> {
    feed->append("before ");
    const auto view = feed->attach(executor);
    feed->append("after");
    feed->finish({.exit_code = 3});
    const ShellNews output = co_await view->next();
    EXPECT_EQ(output.kind, Kind::kOutput);
    EXPECT_EQ(output.output, "before after");
    const ShellNews end = co_await view->next();
    EXPECT_EQ(end.kind, Kind::kEnd);
    EXPECT_EQ(end.end.exit_code, 3);
    view->detach();
  });
}

TEST(ShellFeed, WhoComesLaterTakesThePlace) {
  on_a_loop([](net::Executor executor, std::shared_ptr<ShellFeed> feed) -> net::Task<> {
    const auto first = feed->attach(executor);
    feed->append("text");
    const auto second = feed->attach(executor);
    const ShellNews taken = co_await first->next();
    EXPECT_EQ(taken.kind, Kind::kTaken);
    first->detach();
    EXPECT_TRUE(feed->attached());
    const ShellNews output = co_await second->next();
    EXPECT_EQ(output.output, "text");
    second->detach();
    EXPECT_FALSE(feed->attached());
    const ShellNews detached = co_await second->next();
    EXPECT_EQ(detached.kind, Kind::kDetached);
  });
}

TEST(ShellFeed, CountsWhatNobodySaw) {
  on_a_loop([](net::Executor executor, std::shared_ptr<ShellFeed> feed) -> net::Task<> {
    const auto first = feed->attach(executor);
    feed->append("seen");
    co_await first->next();
    first->detach();
    const std::string flood(kShellReplayBytes, 'x');
    feed->append("lost");
    feed->append(flood);
    const auto second = feed->attach(executor);
    EXPECT_EQ(second->dropped_bytes(), 4u);
    size_t replayed = 0;
    while (replayed < kShellReplayBytes) {
      const ShellNews news = co_await second->next();
      EXPECT_LE(news.output.size(), kMaxShellPieceBytes);
      replayed += news.output.size();
    }
    EXPECT_EQ(replayed, kShellReplayBytes);
    second->detach();
    const auto third = feed->attach(executor);
    EXPECT_EQ(third->dropped_bytes(), 0u);
    third->detach();
  });
}

TEST(ShellFeed, TheShellWaitsForAClientAndForNobodyElse) {
  on_a_loop([](net::Executor executor, std::shared_ptr<ShellFeed> feed) -> net::Task<> {
    const std::string flood(kShellReplayBytes, 'x');
    feed->append(flood);
    co_await feed->wait_for_room();  // nobody is attached
    const auto view = feed->attach(executor);
    bool room = false;
    net::spawn(
        executor,
        [](std::shared_ptr<ShellFeed> waited, bool& done) -> net::Task<> {
          co_await waited->wait_for_room();
          done = true;
        }(feed, room),
        "test");
    size_t taken = 0;
    while (!room) {
      const ShellNews news = co_await view->next();
      taken += news.output.size();
      co_await boost::asio::post(executor, boost::asio::use_awaitable);
    }
    EXPECT_GE(taken, kShellReplayBytes / 2);
    view->detach();
  });
}

}  // namespace
}  // namespace soma::harness
