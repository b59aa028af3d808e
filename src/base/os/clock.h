// Time, passed in. Everything that waits, expires or stamps asks a Clock, so that tests run in virtual time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/os/result.h"

namespace soma::os {

using Duration = std::chrono::microseconds;
using Time = std::chrono::sys_time<Duration>;  // UTC

// "2026-01-31T23:59:59.123Z": ISO-8601 in UTC with milliseconds.
std::string format_time(Time time);
Result<Time> parse_time(std::string_view text);
int64_t unix_ms(Time time);
Time from_unix_ms(int64_t ms);

// Thread-safe. Outlives everything that holds a reference to it.
class Clock {
 public:
  using TimerId = uint64_t;
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  // Calls `action` once at or after `when`, on the clock's own thread (SystemClock) or inside advance()
  // (VirtualClock). The action must be short: post to an event loop for anything more.
  virtual TimerId call_at(Time when, std::function<void()> action) = 0;
  // True when the action will not run any more; false when it ran or is running.
  virtual bool cancel(TimerId id) = 0;
};

// Wall-clock time that does not step back; timers on one thread of its own.
std::unique_ptr<Clock> make_system_clock();

// Stands still until advanced. Timers due run in order of their time, each seeing its own time as now().
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(Time start = from_unix_ms(1'767'225'600'000));  // 2026-01-01T00:00:00Z
  ~VirtualClock() override;
  Time now() const override;
  TimerId call_at(Time when, std::function<void()> action) override;
  bool cancel(TimerId id) override;
  void advance(Duration by);
  // The time of the earliest timer, or Time::max() when none is set.
  Time next_timer() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace soma::os
