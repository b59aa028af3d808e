// Time as ISO-8601 text, and the two clocks.
//
// SystemClock counts from CLOCK_BOOTTIME (steady, goes on while the machine sleeps) plus an offset to UTC
// that only ever grows: a wall clock set forward is followed, one set back is not until the next start. So
// now() never steps back and a timer never waits for a wall clock to catch up with itself.
#include "base/os/clock.h"

#include <time.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include <fmt/format.h>

namespace soma::os {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Reading two clocks is not one step: a smaller difference is noise, not a clock that was set.
constexpr Duration kFollowedStep = seconds(1);
// Bounds how late a timer is after the wall clock was set forward or the machine slept.
constexpr Duration kLongestSleep = seconds(30);

Duration read_clock(clockid_t id) {
  timespec time{};
  clock_gettime(id, &time);
  return seconds(time.tv_sec) + std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(time.tv_nsec));
}

// The timers of both clocks, in order of time and then of setting. Not thread-safe: the owner's lock guards
// it.
class Timers {
 public:
  Clock::TimerId add(Time when, std::function<void()> action) {
    Clock::TimerId id = next_id_++;
    due_.emplace(std::pair(when, id), std::move(action));
    when_.emplace(id, when);
    return id;
  }

  bool cancel(Clock::TimerId id) {
    auto found = when_.find(id);
    if (found == when_.end()) return false;
    due_.erase({found->second, id});
    when_.erase(found);
    return true;
  }

  Time earliest() const { return due_.empty() ? Time::max() : due_.begin()->first.first; }

  std::optional<std::pair<Time, std::function<void()>>> take_due(Time now) {
    if (due_.empty() || earliest() > now) return std::nullopt;
    auto first = due_.begin();
    std::pair taken(first->first.first, std::move(first->second));
    when_.erase(first->first.second);
    due_.erase(first);
    return taken;
  }

 private:
  std::map<std::pair<Time, Clock::TimerId>, std::function<void()>> due_;
  std::unordered_map<Clock::TimerId, Time> when_;
  Clock::TimerId next_id_ = 1;
};

class SystemClock final : public Clock {
 public:
  SystemClock() : offset_us_(measure_offset().count()), thread_([this] { run(); }) {}

  ~SystemClock() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  Time now() const override {
    Duration steady = read_clock(CLOCK_BOOTTIME);
    Duration offset = Duration(offset_us_.load(std::memory_order_relaxed));
    if (read_clock(CLOCK_REALTIME) - steady - offset > kFollowedStep) {
      offset = follow_step();
      steady = read_clock(CLOCK_BOOTTIME);
    }
    return Time(steady + offset);
  }

  TimerId call_at(Time when, std::function<void()> action) override {
    std::lock_guard lock(mutex_);
    TimerId id = timers_.add(when, std::move(action));
    // A timer that was cancelled leaves the thread asleep until its time: what comes after that is no news.
    if (when < asleep_until_) changed_.notify_all();
    return id;
  }

  bool cancel(TimerId id) override {
    std::lock_guard lock(mutex_);
    return timers_.cancel(id);
  }

 private:
  // UTC minus the steady clock: of a few readings the one least disturbed by the scheduler.
  static Duration measure_offset() {
    Duration least = Duration::max();
    for (int reading = 0; reading < 3; ++reading) {
      Duration steady = read_clock(CLOCK_BOOTTIME);
      least = std::min(least, read_clock(CLOCK_REALTIME) - steady);
    }
    return least;
  }

  Duration follow_step() const {
    int64_t measured = measure_offset().count();
    int64_t known = offset_us_.load();
    while (measured > known + kFollowedStep.count() && !offset_us_.compare_exchange_weak(known, measured)) {
    }
    return Duration(offset_us_.load());
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (auto due = timers_.take_due(now())) {
        lock.unlock();
        due->second();
        due.reset();  // what the action holds is let go outside the lock
        lock.lock();
        continue;
      }
      asleep_until_ = timers_.earliest();
      if (asleep_until_ == Time::max()) {
        changed_.wait(lock);
      } else {
        changed_.wait_for(lock, std::min(kLongestSleep, asleep_until_ - now()));
      }
      asleep_until_ = Time::min();
    }
  }

  mutable std::atomic<int64_t> offset_us_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Timers timers_;
  Time asleep_until_ = Time::min();  // of the thread; the past while it is awake
  bool stopping_ = false;
  std::thread thread_;
};

// Reads exactly `digits` decimal digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
  auto year = take_number(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  auto month = take_number(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  std::chrono::year_month_day date(std::chrono::year(*year),
                                   std::chrono::month(static_cast<unsigned>(*month)),
                                   std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<Duration> take_time_of_day(std::string_view& text) {
  auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ":")) return std::nullopt;
  auto minute = take_number(text, 2);
  if (!minute || *minute > 59 || !take(text, ":")) return std::nullopt;
  auto second = take_number(text, 2);
  if (!second || *second > 59) return std::nullopt;
  Duration time = std::chrono::hours(*hour) + std::chrono::minutes(*minute) + seconds(*second);
  if (!take(text, ".")) return time;
  int64_t scale = 100'000;  // digits past the sixth are cut off
  size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits, scale /= 10) {
    time += microseconds((text[digits] - '0') * scale);
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return time;
}

std::optional<Duration> take_zone(std::string_view& text) {
  if (take(text, "Zz")) return Duration(0);
  bool west = !text.empty() && text.front() == '-';
  if (!take(text, "+-")) return std::nullopt;
  auto hours = take_number(text, 2);
  if (!hours || *hours > 23 || !take(text, ":")) return std::nullopt;
  auto minutes = take_number(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  Duration offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return west ? -offset : offset;
}

}  // namespace

std::string format_time(Time time) {
  auto days = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date(days);
  std::chrono::hh_mm_ss clock(std::chrono::floor<milliseconds>(time - days));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

Result<Time> parse_time(std::string_view text) {
  std::string_view rest = text;
  auto day = take_date(rest);
  if (day && take(rest, "Tt")) {
    auto time = take_time_of_day(rest);
    auto zone = time ? take_zone(rest) : std::nullopt;
    if (zone && rest.empty()) return Time(*day) + *time - *zone;
  }
  return fail(Code::kInvalidArgument, fmt::format("'{}' is no ISO-8601 time", text.substr(0, 64)),
              "write it as 2026-01-31T23:59:59Z");
}

int64_t unix_ms(Time time) {
  return std::chrono::floor<milliseconds>(time).time_since_epoch().count();
}

Time from_unix_ms(int64_t ms) {
  return Time(milliseconds(ms));
}

std::unique_ptr<Clock> make_system_clock() {
  return std::make_unique<SystemClock>();
}

struct VirtualClock::State {
  mutable std::mutex mutex;
  Time now;
  Timers timers;
};

VirtualClock::VirtualClock(Time start) : state_(std::make_unique<State>()) {
  state_->now = start;
}

VirtualClock::~VirtualClock() = default;

Time VirtualClock::now() const {
  std::lock_guard lock(state_->mutex);
  return state_->now;
}

Clock::TimerId VirtualClock::call_at(Time when, std::function<void()> action) {
  std::lock_guard lock(state_->mutex);
  return state_->timers.add(when, std::move(action));
}

bool VirtualClock::cancel(TimerId id) {
  std::lock_guard lock(state_->mutex);
  return state_->timers.cancel(id);
}

void VirtualClock::advance(Duration by) {
  std::unique_lock lock(state_->mutex);
  Time target = state_->now + by;
  while (auto due = state_->timers.take_due(target)) {
    state_->now = std::max(state_->now, due->first);
    lock.unlock();
    due->second();
    due.reset();
    lock.lock();
  }
  state_->now = std::max(state_->now, target);
}

Time VirtualClock::next_timer() const {
  std::lock_guard lock(state_->mutex);
  return state_->timers.earliest();
}

}  // namespace soma::os
