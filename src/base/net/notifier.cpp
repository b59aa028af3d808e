// A task that waits sits on a timer that never expires; notify() posts the timer's cancellation to the task's
// loop.
//
// The timer lives in the waiting coroutine's frame and nowhere else, and nothing is posted unless a waiter is
// there. So a Notifier may outlive its loop, and notify() after the waiter's end only remembers. Everything
// shared is under one mutex, held for a few instructions.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <mutex>

#include "base/net/task.h"

namespace soma::net {

namespace asio = boost::asio;

struct Notifier::State : std::enable_shared_from_this<State> {
  explicit State(const Executor& loop) : executor(loop) {}

  const Executor executor;
  std::mutex mutex;
  bool notified = false;
  uint64_t wait_number = 0;   // counts waits, so that a late deadline cannot end a later wait
  uint64_t expired_wait = 0;  // the last wait whose deadline passed
  asio::steady_timer* waiter = nullptr;

  // With `mutex` held.
  void wake() {
    if (waiter == nullptr) return;
    asio::post(executor, [state = shared_from_this()] {
      std::lock_guard lock(state->mutex);
      if (state->waiter != nullptr) state->waiter->cancel();
    });
  }

  void expire(uint64_t number) {
    std::lock_guard lock(mutex);
    if (number != wait_number) return;
    expired_wait = number;
    wake();
  }
};

namespace {

// Ends the wait however the frame ends: by return, exception or destruction together with its loop.
template <class State>
class Waiting {
 public:
  Waiting(State& state, asio::steady_timer& timer) : state_(state) { state_.waiter = &timer; }
  ~Waiting() {
    std::lock_guard lock(state_.mutex);
    state_.waiter = nullptr;
  }

 private:
  State& state_;
};

class ClockTimer {
 public:
  ClockTimer(os::Clock& clock, os::Time when, std::function<void()> action)
      : clock_(clock), id_(clock.call_at(when, std::move(action))) {}
  ~ClockTimer() { clock_.cancel(id_); }

 private:
  os::Clock& clock_;
  os::Clock::TimerId id_;
};

// True when notified, false when the wait numbered `number` expired.
template <class State>
Task<bool> wait_for_wake(std::shared_ptr<State> state, uint64_t number) {
  asio::steady_timer timer(state->executor, asio::steady_timer::time_point::max());
  std::optional<Waiting<State>> waiting;
  {
    std::lock_guard lock(state->mutex);
    if (std::exchange(state->notified, false)) co_return true;
    if (state->expired_wait == number) co_return false;
    waiting.emplace(*state, timer);
  }
  for (;;) {
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    {
      std::lock_guard lock(state->mutex);
      if (std::exchange(state->notified, false)) co_return true;
      if (state->expired_wait == number) co_return false;
    }
    // Neither: the task itself is being cancelled, or an older wait's wake-up came late.
    auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
  }
}

}  // namespace

Notifier::Notifier(const Executor& executor) : state_(std::make_shared<State>(executor)) {}
Notifier::~Notifier() = default;

Task<> Notifier::wait() {
  auto state = state_;
  uint64_t number = 0;
  {
    std::lock_guard lock(state->mutex);
    number = ++state->wait_number;
  }
  co_await wait_for_wake(state, number);
}

Task<bool> Notifier::wait_until(os::Clock& clock, os::Time deadline) {
  auto state = state_;
  uint64_t number = 0;
  {
    std::lock_guard lock(state->mutex);
    if (std::exchange(state->notified, false)) co_return true;
    number = ++state->wait_number;
  }
  if (clock.now() >= deadline) co_return false;
  ClockTimer timer(clock, deadline, [state, number] { state->expire(number); });
  co_return co_await wait_for_wake(state, number);
}

void Notifier::notify() {
  std::lock_guard lock(state_->mutex);
  if (std::exchange(state_->notified, true)) return;
  state_->wake();
}

}  // namespace soma::net
