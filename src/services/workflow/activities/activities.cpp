#include "services/workflow/activities/activities.h"

#include <fmt/format.h>

#include <algorithm>

namespace soma::workflow {
namespace {

std::string key_of(const WaitingTask& task) {
  return fmt::format("{}#{}", task.run, task.task);
}

}  // namespace

void ActivityQueue::add(std::string_view activity_arn, WaitingTask task) {
  add(activity_arn, std::move(task), false);
}

void ActivityQueue::put_back(std::string_view activity_arn, WaitingTask task) {
  add(activity_arn, std::move(task), true);
}

void ActivityQueue::add(std::string_view activity_arn, WaitingTask task, bool front) {
  const std::lock_guard lock(mutex_);
  Activity& activity = activities_[std::string(activity_arn)];
  if (!activity.pollers.empty()) {
    const std::shared_ptr<Poller> poller = activity.pollers.front();
    activity.pollers.pop_front();
    poller->task = std::move(task);
    poller->changed.notify();
    return;
  }
  if (!activity.known.insert(key_of(task)).second) return;
  if (front)
    activity.tasks.push_front(std::move(task));
  else
    activity.tasks.push_back(std::move(task));
}

void ActivityQueue::remove(std::string_view activity_arn, const WaitingTask& task) {
  const std::lock_guard lock(mutex_);
  const auto found = activities_.find(std::string(activity_arn));
  if (found == activities_.end() || found->second.known.erase(key_of(task)) == 0) return;
  std::erase(found->second.tasks, task);
  if (found->second.tasks.empty() && found->second.pollers.empty()) activities_.erase(found);
}

net::Task<os::Result<std::optional<WaitingTask>>> ActivityQueue::take(std::string activity_arn,
                                                                      os::Clock& clock, os::Time deadline,
                                                                      net::Cancellation gone) {
  const net::Executor executor = co_await net::this_executor();
  const auto poller = std::make_shared<Poller>(executor);
  {
    const std::lock_guard lock(mutex_);
    Activity& activity = activities_[activity_arn];
    if (!activity.tasks.empty()) {
      WaitingTask task = std::move(activity.tasks.front());
      activity.tasks.pop_front();
      activity.known.erase(key_of(task));
      if (activity.tasks.empty()) activities_.erase(activity_arn);
      co_return std::optional(std::move(task));
    }
    if (activity.pollers.size() >= kMaxActivityPollers)
      co_return os::fail(os::Code::kLimitExceeded,
                         fmt::format("{} workers wait for the activity already (kMaxActivityPollers)",
                                     activity.pollers.size()));
    activity.pollers.push_back(poller);
  }
  const auto left = gone.on_request([poller] { poller->changed.notify(); });
  const bool notified = co_await poller->changed.wait_until(clock, deadline);
  static_cast<void>(notified);
  const std::lock_guard lock(mutex_);
  if (const auto found = activities_.find(activity_arn); !poller->task && found != activities_.end()) {
    std::erase(found->second.pollers, poller);
    if (found->second.tasks.empty() && found->second.pollers.empty()) activities_.erase(found);
  }
  co_return std::move(poller->task);
}

size_t ActivityQueue::waiting(std::string_view activity_arn) const {
  const std::lock_guard lock(mutex_);
  const auto found = activities_.find(std::string(activity_arn));
  return found == activities_.end() ? 0 : found->second.tasks.size();
}

}  // namespace soma::workflow
