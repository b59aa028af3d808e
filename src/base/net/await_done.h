// From a callback on another thread back to the coroutine that waits for it.
#pragma once

#include <memory>
#include <utility>

#include "base/net/task.h"

namespace soma::net {

// Shared, because either side may end first: a coroutine that is destroyed with its loop leaves the callback
// to be called in vain.
template <class T>
struct Awaited {
  explicit Awaited(const Executor& executor) : given(executor) {}
  os::Result<T> result = os::fail(os::Code::kInternal, "the answer was never given");
  Notifier given;
};

// Calls start(done) and resumes, on the loop that awaits, with what done was called with: once, on any
// thread.
template <class T, class Start>
Task<os::Result<T>> await_done(Start start) {
  const Executor executor = co_await this_executor();
  auto answer = std::make_shared<Awaited<T>>(executor);
  start([answer](os::Result<T> result) {
    answer->result = std::move(result);
    answer->given.notify();
  });
  co_await answer->given.wait();
  co_return std::move(answer->result);
}

}  // namespace soma::net
