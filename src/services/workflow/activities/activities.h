// Tasks that wait for a worker, and workers that wait for a task: two queues for each activity, of which one
// is empty. In memory; what is here is in the journal too, and put together from it at start.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/net/net.h"
#include "services/workflow/engine/engine.h"

namespace soma::workflow {

inline constexpr size_t kMaxActivityPollers = 1'000;  // that wait for one activity

// Where a task is; its input and its token are asked of the execution when a worker takes it.
struct WaitingTask {
  std::string run;
  engine::TaskId task = 0;
  friend bool operator==(const WaitingTask&, const WaitingTask&) = default;
};

// Thread-safe.
class ActivityQueue {
 public:
  // A task that is there already is not added again.
  void add(std::string_view activity_arn, WaitingTask task);
  // Back to the front: its worker went away before it had it.
  void put_back(std::string_view activity_arn, WaitingTask task);
  void remove(std::string_view activity_arn, const WaitingTask& task);
  // Waits until `deadline` for the next task, in order of their coming; nothing then, or when `gone` is
  // requested. kLimitExceeded: kMaxActivityPollers wait already.
  net::Task<os::Result<std::optional<WaitingTask>>> take(std::string activity_arn, os::Clock& clock,
                                                         os::Time deadline, net::Cancellation gone);
  size_t waiting(std::string_view activity_arn) const;  // tasks

 private:
  struct Poller {
    explicit Poller(const net::Executor& executor) : changed(executor) {}
    net::Notifier changed;
    std::optional<WaitingTask> task{};
  };
  struct Activity {
    std::deque<WaitingTask> tasks;
    std::unordered_set<std::string> known;  // of `tasks`
    std::deque<std::shared_ptr<Poller>> pollers;
  };

  void add(std::string_view activity_arn, WaitingTask task, bool front);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Activity> activities_;
};

}  // namespace soma::workflow
