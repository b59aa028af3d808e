// From a callback on another thread back to the coroutine that waits for it.
#pragma once

#include <memory>
#include <utility>

#include "base/net/net.h"

namespace soma::journal {

// Shared, because either side may end first: a coroutine that is destroyed with its loop leaves the callback
// to be called in vain.
template <class T>
struct Answer {
  explicit Answer(const net::Executor& executor) : given(executor) {}
  os::Result<T> result = os::fail(os::Code::kInternal, "the answer was never given");
  net::Notifier given;
};

// Calls start(done) and resumes, on the loop that awaits, with what done was called with: once, on any
// thread.
template <class T, class Start>
net::Task<os::Result<T>> await_done(Start start) {
  const net::Executor executor = co_await net::this_executor();
  auto answer = std::make_shared<Answer<T>>(executor);
  start([answer](os::Result<T> result) {
    answer->result = std::move(result);
    answer->given.notify();
  });
  co_await answer->given.wait();
  co_return std::move(answer->result);
}

}  // namespace soma::journal
