#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "base/journal/journal_test_kit.h"
#include "base/journal/limits.h"

namespace soma::journal {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class WakeTest : public testing::Test, public JournalOnDisk {
 protected:
  void start() {
    woken_.clear();
    journal().on_wake("test", [this](std::string run) { woken_.push_back(run); });
    journal().start();
    clock().advance(seconds(0));
  }
  void wake_at(const std::string& run, os::Time when) { ASSERT_TRUE(net::run(journal().wake_at(run, when))); }
  // What was woken since the last look.
  std::vector<std::string> woken() { return std::exchange(woken_, {}); }

  std::vector<std::string> woken_;
};

TEST_F(WakeTest, ARunIsWokenWhenItsTimeComes) {
  start();
  ASSERT_TRUE(create("r", {}, {.wake_at = clock().now() + seconds(10)}));
  clock().advance(seconds(9));
  EXPECT_THAT(woken(), IsEmpty());
  clock().advance(seconds(1));
  EXPECT_THAT(woken(), ElementsAre("r"));
}

TEST_F(WakeTest, ADueTimerFiresOnceAndAgainAfterARestart) {
  start();
  ASSERT_TRUE(create("r", {}, {.wake_at = clock().now() + seconds(1)}));
  clock().advance(seconds(100));
  EXPECT_THAT(woken(), ElementsAre("r"));
  clock().advance(seconds(1000));
  EXPECT_THAT(woken(), IsEmpty());
  reopen();
  start();
  EXPECT_THAT(woken(), ElementsAre("r"));
  ASSERT_TRUE(append("r", 0, {}, {.wake_at = os::Time::max()}));  // settled
  reopen();
  start();
  clock().advance(seconds(1000));
  EXPECT_THAT(woken(), IsEmpty());
}

TEST_F(WakeTest, ATimerSetBeforeARestartFiresAfterIt) {
  ASSERT_TRUE(create("soon", {}, {.wake_at = clock().now() + seconds(5)}));
  ASSERT_TRUE(create("later", {}, {.wake_at = clock().now() + seconds(50)}));
  reopen();
  clock().advance(seconds(10));
  start();
  EXPECT_THAT(woken(), ElementsAre("soon"));
  clock().advance(seconds(40));
  EXPECT_THAT(woken(), ElementsAre("later"));
}

TEST_F(WakeTest, AMovedTimerFiresAtItsNewTimeOnly) {
  start();
  const os::Time base = clock().now();
  ASSERT_TRUE(create("r", {}, {.wake_at = base + seconds(10)}));
  wake_at("r", base + seconds(30));
  clock().advance(seconds(20));
  EXPECT_THAT(woken(), IsEmpty());
  wake_at("r", base + seconds(25));  // and to an earlier one
  clock().advance(seconds(5));
  EXPECT_THAT(woken(), ElementsAre("r"));
  clock().advance(seconds(100));
  EXPECT_THAT(woken(), IsEmpty());
}

TEST_F(WakeTest, AClearedTimerDoesNotFire) {
  start();
  ASSERT_TRUE(create("r", {{"a", "1"}}, {.wake_at = clock().now() + seconds(10)}));
  ASSERT_TRUE(append("r", 1, {{"b", "2"}}, {.wake_at = os::Time::max()}));
  clock().advance(seconds(100));
  EXPECT_THAT(woken(), IsEmpty());
}

TEST_F(WakeTest, AnAppendThatSaysNothingAboutTheTimerLeavesIt) {
  start();
  ASSERT_TRUE(create("r", {}, {.wake_at = clock().now() + seconds(10)}));
  ASSERT_TRUE(append("r", 0, {{"a", "1"}}, {.status = "busy"}));
  clock().advance(seconds(10));
  EXPECT_THAT(woken(), ElementsAre("r"));
}

TEST_F(WakeTest, ATimeInThePastFiresAtOnce) {
  start();
  ASSERT_TRUE(create("first", {}, {.wake_at = clock().now() + seconds(10)}));
  clock().advance(seconds(10));
  EXPECT_THAT(woken(), ElementsAre("first"));
  ASSERT_TRUE(create("past", {}, {.wake_at = clock().now() - seconds(9)}));
  wake_at("first", clock().now());  // the same time again is a new wish
  clock().advance(seconds(0));
  EXPECT_THAT(woken(), testing::UnorderedElementsAre("past", "first"));
  clock().advance(seconds(100));
  EXPECT_THAT(woken(), IsEmpty());
}

TEST_F(WakeTest, MoreTimersThanOneRoundHoldsAllFireInOrder) {
  const int runs = static_cast<int>(kWakesPerRound) * 2 + 10;
  const os::Time when = clock().now() + seconds(10);
  for (int index = 0; index < runs; ++index)
    ASSERT_TRUE(create("r" + std::to_string(index), {}, {.wake_at = when}));
  ASSERT_TRUE(create("earlier", {}, {.wake_at = when - seconds(1)}));
  start();
  clock().advance(seconds(10));
  const std::vector<std::string> seen = woken();
  ASSERT_EQ(seen.size(), static_cast<size_t>(runs) + 1);
  EXPECT_EQ(seen.front(), "earlier");
  for (int index = 0; index < runs; ++index)
    EXPECT_EQ(seen[static_cast<size_t>(index) + 1], "r" + std::to_string(index));
}

TEST_F(WakeTest, EachKindHasItsOwnAction) {
  std::map<std::string, std::vector<std::string>> by_kind;
  for (const char* kind : {"a", "b"})
    journal().on_wake(kind, [&by_kind, kind](std::string run) { by_kind[kind].push_back(run); });
  journal().start();
  const AppendOptions soon{.wake_at = clock().now() + seconds(1)};
  for (const char* kind : {"a", "b", "c"}) {  // nobody acts on "c"
    journal::Run run{.id = std::string("run of ") + kind, .kind = kind, .status = "new"};
    ASSERT_TRUE(net::run(journal().create(run, {}, soon)));
  }
  clock().advance(seconds(1));
  EXPECT_THAT(by_kind["a"], ElementsAre("run of a"));
  EXPECT_THAT(by_kind["b"], ElementsAre("run of b"));
}

TEST_F(WakeTest, ARemovedRunIsNotWoken) {
  start();
  ASSERT_TRUE(create("r", {}, {.wake_at = clock().now() + seconds(1)}));
  ASSERT_TRUE(net::run(journal().remove("r")));
  clock().advance(seconds(10));
  EXPECT_THAT(woken(), IsEmpty());
}

TEST_F(WakeTest, ARefusedAppendLeavesTheOldTimer) {
  start();
  ASSERT_TRUE(create("r", {{"a", "1"}}, {.wake_at = clock().now() + seconds(5)}));
  EXPECT_FALSE(append("r", 0, {{"b", "2"}}, {.wake_at = os::Time::max()}));
  clock().advance(seconds(5));
  EXPECT_THAT(woken(), ElementsAre("r"));
}

TEST_F(WakeTest, AnActionMaySetTheNextTimer) {
  int rounds = 0;
  journal().on_wake("test", [&](std::string run) {
    ++rounds;
    journal().append_async(run, 0, {}, {.wake_at = clock().now() + seconds(1)},
                           [](os::Result<uint64_t> result) { EXPECT_TRUE(result); });
  });
  journal().start();
  clock().advance(seconds(0));
  ASSERT_TRUE(create("r", {}, {.wake_at = clock().now() + seconds(1)}));
  for (int round = 1; round <= 3; ++round) {
    while (clock().next_timer() == os::Time::max()) std::this_thread::yield();
    clock().advance(clock().next_timer() - clock().now());
    EXPECT_EQ(rounds, round);
  }
}

}  // namespace
}  // namespace soma::journal
