// Each due timer fires once in a process's life, and again after a restart, until an append moves it.
//
// The timers are in an index ordered by (time, run key), on disk, however many there are. A cursor in memory
// says how far they have fired; start-up begins before the first. A timer that is set to a place behind the
// cursor goes to a list of late ones, which fire at once. A run whose timer write is on its way is skipped by
// the scan, because the scan may see the new row before the write's callback has told where it stands: the
// callback settles it, either ahead of the cursor or on the late list. So nothing is missed, nothing fires
// twice.
#include "base/journal/wake.h"

#include "base/journal/limits.h"
#include "base/journal/time_column.h"

namespace soma::journal {
namespace {

constexpr os::Duration kRetryAfterFailedRead = std::chrono::seconds(1);

}  // namespace

void WakeTimers::on_wake(std::string kind, std::function<void(std::string run)> action) {
  std::lock_guard lock(mutex_);
  actions_[std::move(kind)] = std::move(action);
}

void WakeTimers::start() {
  std::lock_guard lock(mutex_);
  running_ = true;
  arm(core_->clock.now());
}

void WakeTimers::close() {
  std::lock_guard lock(mutex_);
  running_ = false;
  if (armed_for_ != os::Time::max()) core_->clock.cancel(timer_);
}

void WakeTimers::moving(const std::string& run) {
  std::lock_guard lock(mutex_);
  ++moving_[run];
}

void WakeTimers::settle(const std::string& run) {
  const auto found = moving_.find(run);
  if (--found->second == 0) moving_.erase(found);
}

void WakeTimers::moved(const std::string& run, int64_t key, os::Time when) {
  std::lock_guard lock(mutex_);
  settle(run);
  if (when == os::Time::max()) return;
  if (WakePlace{to_column(when), key} <= fired_) late_.push_back(run);
  arm(when);
}

// Its old timer may have been skipped by the scan.
void WakeTimers::not_moved(const std::string& run) {
  std::lock_guard lock(mutex_);
  settle(run);
  late_.push_back(run);
  arm(core_->clock.now());
}

void WakeTimers::arm(os::Time when) {
  if (!running_ || when >= armed_for_) return;
  if (armed_for_ != os::Time::max()) core_->clock.cancel(timer_);
  armed_for_ = when;
  timer_ = core_->clock.call_at(when, [weak = weak_from_this()] {
    if (const auto timers = weak.lock()) timers->fire();
  });
}

os::Result<std::vector<DueRun>> WakeTimers::take_due(os::Time now) {
  std::vector<DueRun> due;
  SOMA_TRY(core_->read([&](store::Connection& connection) -> os::Result<> {
    for (const std::string& run : late_) {
      SOMA_ASSIGN(std::optional<DueRun> late, due_run(connection, run));
      if (late && late->place <= fired_) due.push_back(std::move(*late));
    }
    SOMA_ASSIGN(std::vector<DueRun> ahead, due_runs(connection, fired_, now, kWakesPerRound));
    WakePlace reached = fired_;
    for (DueRun& run : ahead) {
      reached = run.place;
      if (!moving_.contains(run.id)) due.push_back(std::move(run));
    }
    SOMA_ASSIGN(const std::optional<os::Time> next, next_wake(connection, reached));
    fired_ = reached;
    late_.clear();
    if (next) arm(std::max(*next, now));
    return {};
  }));
  return due;
}

void WakeTimers::fire() {
  std::vector<std::pair<std::function<void(std::string)>, std::string>> calls;
  {
    std::lock_guard lock(mutex_);
    armed_for_ = os::Time::max();
    if (!running_) return;
    const os::Time now = core_->clock.now();
    os::Result<std::vector<DueRun>> due = take_due(now);
    if (!due) {
      os::log(os::Level::kWarning, "journal.timers.unreadable", {{"cause", due.error().message}});
      arm(now + kRetryAfterFailedRead);
      return;
    }
    for (DueRun& run : *due)
      if (const auto action = actions_.find(run.kind); action != actions_.end())
        calls.emplace_back(action->second, std::move(run.id));
  }
  for (auto& [action, run] : calls) action(std::move(run));
}

}  // namespace soma::journal
