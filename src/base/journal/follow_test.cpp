#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "base/journal/journal_test_kit.h"

namespace soma::journal {
namespace {

using os::Code;

class FollowTest : public testing::Test, public JournalOnDisk {
 protected:
  // Follows until `last` and returns the seqs in the order seen.
  static net::Task<std::vector<uint64_t>> collect(Journal& journal, std::string run, uint64_t from,
                                                  uint64_t last, size_t limit) {
    const net::Executor executor = co_await net::this_executor();
    const std::unique_ptr<Follower> follower = journal.follow(executor, run, from);
    std::vector<uint64_t> seen;
    while (seen.empty() || seen.back() < last) {
      const auto events = co_await follower->next(limit);
      if (!events) {
        ADD_FAILURE() << events.error().to_string();
        break;
      }
      for (const EventPtr& event : *events) seen.push_back(event->seq);
    }
    co_return seen;
  }
  static net::Task<os::Result<std::vector<EventPtr>>> next_once(Follower& follower) {
    co_return co_await follower.next();
  }

  os::Result<std::vector<EventPtr>> follow_once(std::string_view run, uint64_t from) {
    return net::run(
        [](Journal& journal, std::string run, uint64_t from) -> net::Task<os::Result<std::vector<EventPtr>>> {
          const net::Executor executor = co_await net::this_executor();
          const auto follower = journal.follow(executor, run, from);
          co_return co_await follower->next();
        }(journal(), std::string(run), from));
  }
};

std::vector<uint64_t> dense(uint64_t from, uint64_t last) {
  std::vector<uint64_t> seqs;
  for (uint64_t seq = from; seq <= last; ++seq) seqs.push_back(seq);
  return seqs;
}

TEST_F(FollowTest, HistoryThenLiveWithoutGapOrRepeatUnderConcurrentAppends) {
  constexpr uint64_t kEvents = 600;
  ASSERT_TRUE(create("r"));
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 3; ++writer)
    writers.emplace_back([&, writer] {
      for (uint64_t last = 0; last < kEvents;) {
        const auto appended = append("r", last, {{"n", writer_body(writer, static_cast<int>(last))}});
        last = appended ? *appended : journal().get("r")->last_seq;
      }
    });
  std::vector<std::future<std::vector<uint64_t>>> followers;
  for (int index = 0; index < 6; ++index)
    followers.push_back(std::async(std::launch::async, [&, index] {
      const uint64_t from = static_cast<uint64_t>(index) * 60 + 1;
      return net::run(collect(journal(), "r", from, kEvents, index % 2 == 0 ? 1 : 64));
    }));
  for (size_t index = 0; index < followers.size(); ++index) {
    const std::vector<uint64_t> seen = followers[index].get();
    EXPECT_EQ(seen, dense(index * 60 + 1, seen.back()));
    EXPECT_GE(seen.back(), kEvents);
  }
  for (auto& writer : writers) writer.join();
}

TEST_F(FollowTest, AFollowerThatFallsBehindTheTailReadsFromDisk) {
  ASSERT_TRUE(create("r"));
  net::run([](FollowTest& test) -> net::Task<> {
    const net::Executor executor = co_await net::this_executor();
    const auto follower = test.journal().follow(executor, "r", 1);
    for (uint64_t seq = 0; seq < 3 * kTailEvents; ++seq) {
      std::vector<NewEvent> events{{"n", std::to_string(seq + 1)}};
      const auto appended = co_await test.journal().append("r", seq, std::move(events));
      EXPECT_TRUE(appended);
    }
    uint64_t seen = 0;
    while (seen < 3 * kTailEvents) {
      const auto events = co_await follower->next();
      if (!events) break;
      for (const EventPtr& event : *events) {
        EXPECT_EQ(event->seq, ++seen);
        EXPECT_EQ(event->body, std::to_string(seen));
      }
    }
    EXPECT_EQ(seen, 3 * kTailEvents);
  }(*this));
}

TEST_F(FollowTest, LargeEventsDoNotPileUpInMemory) {
  ASSERT_TRUE(create("r"));
  const std::string body = "\"" + std::string(2u << 20, 'x') + "\"";
  net::run([](FollowTest& test, std::string body) -> net::Task<> {
    const net::Executor executor = co_await net::this_executor();
    const auto follower = test.journal().follow(executor, "r", 1);
    for (uint64_t seq = 0; seq < 10; ++seq) {
      std::vector<NewEvent> events{{"n", body}};
      const auto appended = co_await test.journal().append("r", seq, std::move(events));
      EXPECT_TRUE(appended);
    }
    const auto first = co_await follower->next();
    EXPECT_LT(first->size(), 10u);  // bounded by bytes, not only by events
    EXPECT_EQ(first->front()->seq, 1u);
  }(*this, body));
}

TEST_F(FollowTest, AWaitingFollowerSeesTheNextAppendWithItsContent) {
  ASSERT_TRUE(create("r", {{"old", "1"}}));
  auto live = std::async(std::launch::async, [&] { return follow_once("r", 2); });
  ASSERT_TRUE(append("r", 1, {{"new", "[2]"}}, {.status = "ended"}));
  const auto events = live.get();
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ(events->front()->seq, 2u);
  EXPECT_EQ(events->front()->type, "new");
  EXPECT_EQ(events->front()->body, "[2]");
  EXPECT_EQ(events->front()->at, clock().now());
}

TEST_F(FollowTest, AFollowerMayStartInTheFuture) {
  ASSERT_TRUE(create("r", {{"a", "1"}}));
  auto live = std::async(std::launch::async, [&] { return follow_once("r", 3); });
  ASSERT_TRUE(append("r", 1, {{"b", "2"}}));
  ASSERT_TRUE(append("r", 2, {{"c", "3"}}));
  EXPECT_EQ(live.get()->front()->seq, 3u);
}

TEST_F(FollowTest, AnUnknownRunIsNotFound) {
  EXPECT_EQ(follow_once("none", 1).error().code, Code::kNotFound);
}

TEST_F(FollowTest, ClosingWakesTheWaiterWithCancelled) {
  ASSERT_TRUE(create("r"));
  net::LoopPool loops(1);
  loops.start();
  const auto follower = journal().follow(loops.executor(0), "r", 1);
  std::promise<Code> seen;
  net::spawn(
      loops.executor(0),
      [](Follower& follower, std::promise<Code>& seen) -> net::Task<> {
        const auto events = co_await follower.next();
        seen.set_value(events ? Code::kInternal : events.error().code);
      }(*follower, seen),
      "test");
  follower->close();
  EXPECT_EQ(seen.get_future().get(), Code::kCancelled);
  loops.stop();
}

TEST_F(FollowTest, RemovingTheRunWakesTheWaiterWithNotFound) {
  ASSERT_TRUE(create("r"));
  auto live = std::async(std::launch::async, [&] { return follow_once("r", 1); });
  ASSERT_TRUE(net::run(journal().remove("r")));
  EXPECT_EQ(live.get().error().code, Code::kNotFound);
}

TEST_F(FollowTest, ClosingTheJournalWakesTheWaiterAndTheFollowerOutlivesIt) {
  ASSERT_TRUE(create("r"));
  net::LoopPool loops(1);
  loops.start();
  const auto follower = journal().follow(loops.executor(0), "r", 1);
  std::promise<Code> seen;
  net::spawn(
      loops.executor(0),
      [](Follower& follower, std::promise<Code>& seen) -> net::Task<> {
        const auto events = co_await follower.next();
        seen.set_value(events ? Code::kInternal : events.error().code);
      }(*follower, seen),
      "test");
  reopen();
  EXPECT_EQ(seen.get_future().get(), Code::kCancelled);
  loops.stop();
}

TEST_F(FollowTest, WaitingUntilADeadlineEndsEmpty) {
  ASSERT_TRUE(create("r", {{"a", "1"}}));
  const os::Time deadline = clock().now() + std::chrono::seconds(30);
  auto waiting = std::async(std::launch::async, [&] {
    return net::run([](FollowTest& test, os::Time deadline) -> net::Task<size_t> {
      const net::Executor executor = co_await net::this_executor();
      const auto follower = test.journal().follow(executor, "r", 1);
      const auto first = co_await follower->next_until(test.clock(), deadline);
      EXPECT_EQ(first->size(), 1u);
      const auto second = co_await follower->next_until(test.clock(), deadline);
      EXPECT_TRUE(second);
      co_return second->size();
    }(*this, deadline));
  });
  while (clock().next_timer() != deadline) std::this_thread::yield();
  clock().advance(std::chrono::seconds(30));
  EXPECT_EQ(waiting.get(), 0u);
}

}  // namespace
}  // namespace soma::journal
