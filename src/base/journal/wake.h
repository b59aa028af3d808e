// Durable timers: one timer of the clock stands for all runs that want to be woken.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/journal/core.h"
#include "base/journal/queries.h"

namespace soma::journal {

// Thread-safe. Actions run on the clock's thread.
class WakeTimers : public std::enable_shared_from_this<WakeTimers> {
 public:
  explicit WakeTimers(std::shared_ptr<Core> core) : core_(std::move(core)) {}

  void on_wake(std::string kind, std::function<void(std::string run)> action);
  void start();
  void close();

  // Around each write that sets a timer: before it is queued, and after it is durable or refused.
  void moving(const std::string& run);
  void moved(const std::string& run, int64_t key, os::Time when);
  void not_moved(const std::string& run);

 private:
  void settle(const std::string& run);
  void arm(os::Time when);
  void fire();
  os::Result<std::vector<DueRun>> take_due(os::Time now);

  const std::shared_ptr<Core> core_;
  std::mutex mutex_;
  std::map<std::string, std::function<void(std::string)>, std::less<>> actions_;
  bool running_ = false;
  WakePlace fired_{};                            // every timer up to here has fired in this process
  std::unordered_map<std::string, int> moving_;  // runs with a timer write on its way: how many
  std::vector<std::string> late_;                // runs whose timer was set to a place already passed
  os::Clock::TimerId timer_ = 0;
  os::Time armed_for_ = os::Time::max();
};

}  // namespace soma::journal
