#include "base/net/task.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <latch>
#include <stdexcept>
#include <thread>

namespace soma::net {
namespace {

using namespace std::chrono_literals;

Task<int> give(int value) {
  co_return value;
}

Task<int> add(int left, int right) {
  const int first = co_await give(left);
  const int second = co_await give(right);
  co_return first + second;
}

Task<> fail_with(std::string what) {
  throw std::runtime_error(what);
  co_return;
}

TEST(Run, ReturnsTheTasksValue) {
  EXPECT_EQ(run(add(2, 3)), 5);
}

TEST(Run, RethrowsWhatTheTaskThrew) {
  EXPECT_THROW(run(fail_with("boom")), std::runtime_error);
}

TEST(Run, EndsThoughAnotherTaskStillWaits) {
  bool waiting = false;
  run([&]() -> Task<> {
    Executor executor = co_await this_executor();
    auto wait_forever = [](Executor loop, bool& started) -> Task<> {
      Notifier never(loop);
      started = true;
      co_await never.wait();
    };
    spawn(executor, wait_forever(executor, waiting), "waits-forever");
    Notifier turn(executor);
    spawn(
        executor,
        [](Notifier& other) -> Task<> {
          other.notify();
          co_return;
        }(turn),
        "turn");
    co_await turn.wait();
  });
  EXPECT_TRUE(waiting);
}

TEST(Spawn, AnEscapedExceptionDoesNotStopTheLoop) {
  LoopPool loops(1);
  loops.start();
  spawn(loops.executor(0), fail_with("lost"), "fails");
  std::promise<int> after;
  spawn(
      loops.executor(0),
      [](std::promise<int>& done) -> Task<> {
        done.set_value(7);
        co_return;
      }(after),
      "after");
  EXPECT_EQ(after.get_future().get(), 7);
}

TEST(LoopPool, GivesTheSameLoopForTheSameKey) {
  LoopPool loops(4);
  EXPECT_EQ(loops.executor_for("session-1"), loops.executor_for("session-1"));
  bool spread = false;
  for (int i = 0; i < 32; ++i) spread |= loops.executor_for(std::to_string(i)) != loops.executor_for("0");
  EXPECT_TRUE(spread);
}

TEST(LoopPool, RunsAgainAfterStop) {
  LoopPool loops(2);
  for (int round = 0; round < 3; ++round) {
    loops.start();
    EXPECT_TRUE(loops.running());
    std::promise<void> ran;
    spawn(
        loops.executor(1),
        [](std::promise<void>& done) -> Task<> {
          done.set_value();
          co_return;
        }(ran),
        "ran");
    ran.get_future().get();
    loops.stop();
    EXPECT_FALSE(loops.running());
  }
}

TEST(Notifier, RemembersOneNotification) {
  run([]() -> Task<> {
    Executor executor = co_await this_executor();
    Notifier notifier(executor);
    notifier.notify();
    notifier.notify();
    co_await notifier.wait();
    os::VirtualClock clock;
    const bool notified = co_await notifier.wait_until(clock, clock.now());
    EXPECT_FALSE(notified);
  });
}

TEST(Notifier, WakesAWaiterFromAnotherThread) {
  run([]() -> Task<> {
    Executor executor = co_await this_executor();
    Notifier notifier(executor);
    std::thread other([&] { notifier.notify(); });
    co_await notifier.wait();
    other.join();
  });
}

TEST(Notifier, LosesNothingUnderManyNotifications) {
  constexpr int kRounds = 20'000;
  run([]() -> Task<> {
    Executor executor = co_await this_executor();
    Notifier ping(executor);
    std::atomic<int> sent = 0;
    std::thread sender([&] {
      for (int i = 0; i < kRounds; ++i) {
        ++sent;
        ping.notify();
      }
    });
    while (sent.load() < kRounds) co_await ping.wait();
    sender.join();
  });
}

TEST(Notifier, MayBeNotifiedAfterItsLoopIsGone) {
  std::shared_ptr<Notifier> notifier;
  run([&]() -> Task<> {
    Executor executor = co_await this_executor();
    notifier = std::make_shared<Notifier>(executor);
    auto wait_forever = [](std::shared_ptr<Notifier> shared) -> Task<> { co_await shared->wait(); };
    spawn(executor, wait_forever(notifier), "waits-forever");
    co_return;
  });
  notifier->notify();
}

TEST(Notifier, WaitUntilEndsAtTheDeadlineOfTheClock) {
  LoopPool loops(1);
  os::VirtualClock clock;
  const os::Time deadline = clock.now() + 10s;
  std::promise<bool> result;
  auto wait = [](os::Clock& time, os::Time until, std::promise<bool>& done) -> Task<> {
    Executor executor = co_await this_executor();
    Notifier never(executor);
    const bool notified = co_await never.wait_until(time, until);
    done.set_value(notified);
  };
  spawn(loops.executor(0), wait(clock, deadline, result), "waits");
  loops.start();
  while (clock.next_timer() != deadline) std::this_thread::yield();
  clock.advance(10s);
  EXPECT_FALSE(result.get_future().get());
  EXPECT_EQ(clock.next_timer(), os::Time::max());
}

TEST(Notifier, WaitUntilTakesItsTimerBackWhenNotified) {
  os::VirtualClock clock;
  run([&]() -> Task<> {
    Executor executor = co_await this_executor();
    Notifier notifier(executor);
    auto notify = [](Notifier& waiter) -> Task<> {
      waiter.notify();
      co_return;
    };
    spawn(executor, notify(notifier), "notifies");
    const os::Time deadline = clock.now() + 10s;
    const bool notified = co_await notifier.wait_until(clock, deadline);
    EXPECT_TRUE(notified);
  });
  EXPECT_EQ(clock.next_timer(), os::Time::max());
}

TEST(Cancellation, CallsEachActionOnceWithTheFirstReason) {
  Cancellation cancellation;
  int first = 0;
  int second = 0;
  auto keep = cancellation.on_request([&] { ++first; });
  {
    auto gone = cancellation.on_request([&] { ++second; });
  }
  EXPECT_FALSE(cancellation.requested());
  Cancellation copy = cancellation;
  copy.request("client left");
  copy.request("again");
  EXPECT_TRUE(cancellation.requested());
  EXPECT_EQ(cancellation.reason(), "client left");
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 0);
}

TEST(Cancellation, CallsAnActionAtOnceWhenAlreadyRequested) {
  Cancellation cancellation;
  cancellation.request("stop");
  bool called = false;
  auto keep = cancellation.on_request([&] { called = true; });
  EXPECT_TRUE(called);
}

TEST(Cancellation, AnActionMayDropItsOwnRegistration) {
  Cancellation cancellation;
  Cancellation::Registration keep;
  keep = cancellation.on_request([&] { keep = {}; });
  cancellation.request("stop");
  EXPECT_TRUE(cancellation.requested());
}

TEST(Cancellation, DroppingARegistrationWaitsForItsRunningAction) {
  Cancellation cancellation;
  std::latch started(1);
  std::atomic<bool> ended = false;
  auto keep = std::make_optional(cancellation.on_request([&] {
    started.count_down();
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    ended = true;
  }));
  std::thread requester([&] { cancellation.request("stop"); });
  started.wait();
  keep.reset();
  EXPECT_TRUE(ended);
  requester.join();
}

TEST(Offload, RunsElsewhereAndResumesHere) {
  run([]() -> Task<> {
    const auto here = std::this_thread::get_id();
    auto work = [] { return std::this_thread::get_id(); };
    const auto there = co_await offload(work);
    EXPECT_NE(there, here);
    EXPECT_EQ(std::this_thread::get_id(), here);
  });
}

TEST(Offload, TakesWorkThatCannotBeCopiedAndThrowsWhatItThrew) {
  run([]() -> Task<> {
    auto work = [value = std::make_unique<int>(41)] { return *value + 1; };
    const int value = co_await offload(std::move(work));
    EXPECT_EQ(value, 42);
    bool thrown = false;
    try {
      auto failing = [] { throw std::runtime_error("no"); };
      co_await offload(failing);
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
  });
}

TEST(SleepUntil, ResumesWhenTheClockGetsThere) {
  LoopPool loops(1);
  os::VirtualClock clock;
  const os::Time when = clock.now() + 1h;
  std::promise<os::Time> woke;
  auto sleep = [](os::Clock& time, os::Time until, std::promise<os::Time>& done) -> Task<> {
    co_await sleep_until(time, until);
    done.set_value(time.now());
  };
  spawn(loops.executor(0), sleep(clock, when, woke), "sleeps");
  loops.start();
  while (clock.next_timer() != when) std::this_thread::yield();
  clock.advance(1h);
  EXPECT_EQ(woke.get_future().get(), when);
}

TEST(FdStream, CarriesBytesThroughAPipeUntilItsEnd) {
  run([]() -> Task<> {
    Executor executor = co_await this_executor();
    auto pipe = os::make_pipe();
    EXPECT_TRUE(pipe);
    FdStream reader(executor, std::move(pipe->first));
    auto write = [](Executor loop, os::Fd end) -> Task<> {
      FdStream writer(loop, std::move(end));
      const std::string big(1 << 20, 'x');  // more than a pipe holds: the writer waits for the reader
      const os::Result<> written = co_await writer.write_all(big);
      EXPECT_TRUE(written);
    };
    spawn(executor, write(executor, std::move(pipe->second)), "writes");
    size_t total = 0;
    for (;;) {
      const os::Result<std::string> bytes = co_await reader.read_some(1 << 20);
      EXPECT_TRUE(bytes);
      if (!bytes || bytes->empty()) break;
      EXPECT_LE(bytes->size(), FdStream::kMaxReadBytes);
      total += bytes->size();
    }
    EXPECT_EQ(total, 1u << 20);
  });
}

TEST(FdStream, AWriteWithoutReaderIsAnErrorAndNoSignal) {
  run([]() -> Task<> {
    Executor executor = co_await this_executor();
    auto pipe = os::make_pipe();
    EXPECT_TRUE(pipe);
    FdStream writer(executor, std::move(pipe->second));
    pipe->first.reset();
    const os::Result<> written = co_await writer.write_all("lost");
    EXPECT_FALSE(written);
    if (!written) EXPECT_EQ(written.error().code, os::Code::kUnavailable);
  });
}

TEST(FdStream, CloseEndsAReadThatWaits) {
  run([]() -> Task<> {
    Executor executor = co_await this_executor();
    auto pipe = os::make_pipe();
    EXPECT_TRUE(pipe);
    FdStream reader(executor, std::move(pipe->first));
    auto close = [](FdStream& stream) -> Task<> {
      stream.close();
      co_return;
    };
    spawn(executor, close(reader), "closes");
    const os::Result<std::string> bytes = co_await reader.read_some(10);
    EXPECT_FALSE(bytes);
    if (!bytes) EXPECT_EQ(bytes.error().code, os::Code::kCancelled);
  });
}

TEST(WaitExit, GivesTheStatusOfTheProcess) {
  auto launcher = os::make_process_launcher();
  os::ProcessSpec spec;
  spec.arguments = {"sh", "-c", "exit 3"};
  spec.environment = {"PATH=/usr/bin:/bin"};
  auto process = launcher->launch(spec);
  ASSERT_TRUE(process) << process.error().to_string();
  EXPECT_EQ(run(wait_exit(**process)).code, 3);
}

}  // namespace
}  // namespace soma::net
