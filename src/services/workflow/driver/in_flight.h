// Counts what is on its way somewhere, so that whoever ends can wait for it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace soma::workflow {

// Thread-safe. Tokens may outlive it.
class InFlight {
 public:
  using Token = std::shared_ptr<void>;

  // On its way as long as the token, or a copy of it, lives.
  Token enter() {
    {
      const std::lock_guard lock(state_->mutex);
      ++state_->count;
    }
    return {nullptr, [state = state_](void*) {
              const std::lock_guard lock(state->mutex);
              if (--state->count == 0) state->none.notify_all();
            }};
  }
  // False: something still was after that time.
  bool wait_until_none(std::chrono::milliseconds longest) {
    std::unique_lock lock(state_->mutex);
    return state_->none.wait_for(lock, longest, [this] { return state_->count == 0; });
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable none;
    size_t count = 0;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace soma::workflow
