// Actions run one at a time on the requesting thread, outside the lock. A Registration that is destroyed
// while its action runs on another thread waits for it, so that what the action uses may be destroyed right
// after; on the same thread it does not wait (as std::stop_callback).
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "base/net/task.h"

namespace soma::net {

struct Cancellation::State {
  std::atomic<bool> requested = false;
  mutable std::mutex mutex;
  std::string reason;
  uint64_t next_id = 1;
  std::map<uint64_t, std::function<void()>> actions;  // in the order registered
  uint64_t running_id = 0;
  std::thread::id running_thread;
  std::condition_variable action_ended;

  void run_actions() {
    std::unique_lock lock(mutex);
    running_thread = std::this_thread::get_id();
    while (!actions.empty()) {
      auto node = actions.extract(actions.begin());
      running_id = node.key();
      lock.unlock();
      node.mapped()();
      node = {};  // what the action captured goes before anybody who waits for its end goes on
      lock.lock();
      running_id = 0;
      action_ended.notify_all();
    }
  }

  void remove(uint64_t id) {
    std::function<void()> removed;  // destroyed after the lock is released
    std::unique_lock lock(mutex);
    if (auto found = actions.find(id); found != actions.end()) {
      removed = std::move(found->second);
      actions.erase(found);
    } else if (running_id == id && running_thread != std::this_thread::get_id()) {
      action_ended.wait(lock, [&] { return running_id != id; });
    }
    lock.unlock();
  }
};

Cancellation::Cancellation() : state_(std::make_shared<State>()) {}

void Cancellation::request(std::string reason) {
  auto state = state_;  // an action may destroy this object
  {
    std::lock_guard lock(state->mutex);
    if (state->requested) return;
    state->reason = std::move(reason);
    state->requested = true;
  }
  state->run_actions();
}

bool Cancellation::requested() const {
  return state_->requested;
}

std::string Cancellation::reason() const {
  std::lock_guard lock(state_->mutex);
  return state_->reason;
}

Cancellation::Registration Cancellation::on_request(std::function<void()> action) const {
  Registration registration;
  {
    std::lock_guard lock(state_->mutex);
    if (!state_->requested) {
      registration.id_ = state_->next_id++;
      registration.state_ = state_;
      state_->actions.emplace(registration.id_, std::move(action));
      return registration;
    }
  }
  action();
  return registration;
}

Cancellation::Registration::Registration(Registration&& other) noexcept
    : state_(std::move(other.state_)), id_(std::exchange(other.id_, 0)) {}

Cancellation::Registration& Cancellation::Registration::operator=(Registration&& other) noexcept {
  if (this != &other) {
    Registration old(std::move(*this));
    state_ = std::move(other.state_);
    id_ = std::exchange(other.id_, 0);
  }
  return *this;
}

Cancellation::Registration::~Registration() {
  if (state_) std::static_pointer_cast<State>(state_)->remove(id_);
}

}  // namespace soma::net
