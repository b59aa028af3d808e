#include "base/os/clock.h"

#include <atomic>
#include <future>
#include <thread>

#include <gtest/gtest.h>

namespace soma::os {
namespace {

using namespace std::chrono_literals;

TEST(Time, FormatsAsIso8601WithMilliseconds) {
  EXPECT_EQ(format_time(from_unix_ms(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_time(from_unix_ms(1'767'225'599'123)), "2025-12-31T23:59:59.123Z");
  EXPECT_EQ(format_time(from_unix_ms(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(Time, ReadsWhatItWrites) {
  for (int64_t ms :
       {int64_t{0}, int64_t{951'782'400'000}, int64_t{1'767'225'600'007}, int64_t{-62'135'596'800'000}}) {
    auto read = parse_time(format_time(from_unix_ms(ms)));
    ASSERT_TRUE(read) << read.error().to_string();
    EXPECT_EQ(unix_ms(*read), ms);
  }
}

TEST(Time, UnderstandsOffsetsAndFractions) {
  EXPECT_EQ(unix_ms(*parse_time("1970-01-01T01:30:00+01:30")), 0);
  EXPECT_EQ(unix_ms(*parse_time("1969-12-31T19:00:00-05:00")), 0);
  EXPECT_EQ(*parse_time("1970-01-01T00:00:00.123456789Z"), Time(123'456us));
  EXPECT_EQ(*parse_time("2024-02-29t00:00:00z"), *parse_time("2024-02-29T00:00:00Z"));
}

TEST(Time, RefusesWhatIsNoTime) {
  for (std::string_view text :
       {"", "2026-01-31", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-31T24:00:00Z",
        "2026-01-31T23:60:00Z", "2026-01-31T23:59:60Z", "2026-01-31T23:59:59", "2026-01-31T23:59:59.Z",
        "2026-01-31T23:59:59+1:00", "2026-01-31T23:59:59Z ", "2026-1-31T23:59:59Z", "26-01-31T23:59:59Z",
        "2026-01-31 23:59:59Z"}) {
    auto read = parse_time(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Code::kInvalidArgument);
  }
}

TEST(VirtualClock, StandsStillUntilAdvanced) {
  VirtualClock clock;
  EXPECT_EQ(format_time(clock.now()), "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(clock.now(), clock.now());
  clock.advance(90s);
  EXPECT_EQ(format_time(clock.now()), "2026-01-01T00:01:30.000Z");
}

TEST(VirtualClock, RunsTimersInOrderEachAtItsOwnTime) {
  VirtualClock clock;
  Time start = clock.now();
  std::vector<std::pair<char, Duration>> ran;
  auto note = [&](char name) { return [&, name] { ran.emplace_back(name, clock.now() - start); }; };
  clock.call_at(start + 3s, note('c'));
  clock.call_at(start + 1s, note('a'));
  clock.call_at(start + 1s, note('b'));
  clock.call_at(start + 9s, note('d'));
  EXPECT_EQ(clock.next_timer(), start + 1s);
  clock.advance(5s);
  EXPECT_EQ(ran, (std::vector<std::pair<char, Duration>>{{'a', 1s}, {'b', 1s}, {'c', 3s}}));
  EXPECT_EQ(clock.now(), start + 5s);
  EXPECT_EQ(clock.next_timer(), start + 9s);
}

TEST(VirtualClock, RunsTimersThatTimersSet) {
  VirtualClock clock;
  int ticks = 0;
  std::function<void()> tick = [&] {
    if (++ticks < 5) clock.call_at(clock.now() + 1s, tick);
  };
  clock.call_at(clock.now() + 1s, tick);
  clock.advance(3s);
  EXPECT_EQ(ticks, 3);
  clock.advance(1h);
  EXPECT_EQ(ticks, 5);
  EXPECT_EQ(clock.next_timer(), Time::max());
}

TEST(VirtualClock, OverdueTimerRunsAtOnceWithoutTurningTimeBack) {
  VirtualClock clock;
  Time start = clock.now();
  Time seen{};
  clock.call_at(start - 1h, [&] { seen = clock.now(); });
  clock.advance(0s);
  EXPECT_EQ(seen, start);
}

TEST(VirtualClock, CancelTellsWhetherTheActionWillRun) {
  VirtualClock clock;
  bool ran = false;
  auto first = clock.call_at(clock.now() + 1s, [&] { ran = true; });
  EXPECT_TRUE(clock.cancel(first));
  EXPECT_FALSE(clock.cancel(first));
  clock.advance(2s);
  EXPECT_FALSE(ran);
  Clock::TimerId second = 0;
  bool cancelled_itself = true;
  second = clock.call_at(clock.now() + 1s, [&] { cancelled_itself = clock.cancel(second); });
  clock.advance(2s);
  EXPECT_FALSE(cancelled_itself);
}

TEST(VirtualClock, MaySetTimersFromSeveralThreads) {
  VirtualClock clock;
  std::atomic<int> ran = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 100; ++j) clock.call_at(clock.now() + 1s, [&] { ++ran; });
    });
  }
  for (std::thread& thread : threads) thread.join();
  clock.advance(2s);
  EXPECT_EQ(ran, 400);
}

TEST(SystemClock, DoesNotStepBackAndTellsUtc) {
  auto clock = make_system_clock();
  Time last = clock->now();
  auto apart = last - std::chrono::floor<Duration>(std::chrono::system_clock::now());
  EXPECT_LT(std::chrono::abs(apart), 2s);
  for (int i = 0; i < 10'000; ++i) {
    Time next = clock->now();
    ASSERT_GE(next, last);
    last = next;
  }
}

TEST(SystemClock, RunsATimerNotBeforeItsTime) {
  auto clock = make_system_clock();
  std::promise<Time> ran;
  Time due = clock->now() + 5ms;
  clock->call_at(clock->now() + 24h, [] { FAIL() << "ran a day early"; });
  clock->call_at(due, [&] { ran.set_value(clock->now()); });
  auto future = ran.get_future();
  ASSERT_EQ(future.wait_for(30s), std::future_status::ready);
  EXPECT_GE(future.get(), due);
}

TEST(SystemClock, DoesNotRunWhatWasCancelled) {
  auto clock = make_system_clock();
  auto far = clock->call_at(clock->now() + 1h, [] { FAIL(); });
  EXPECT_TRUE(clock->cancel(far));
  std::promise<void> ran;
  auto near = clock->call_at(clock->now(), [&] { ran.set_value(); });
  ASSERT_EQ(ran.get_future().wait_for(30s), std::future_status::ready);
  EXPECT_FALSE(clock->cancel(near));
}

}  // namespace
}  // namespace soma::os
