// The templates of task.h. Included by it alone.
#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace soma::net {

namespace detail {

// run() without the value: rethrows what escapes the task.
void run_to_end(Task<> task);

template <class T>
Task<> keep_value(Task<T> task, std::optional<T>& value) {
  value.emplace(co_await std::move(task));
}

// What a worker thread leaves for the task that waits: shared, because either may end first.
template <class F>
struct Offloaded {
  using Value = std::invoke_result_t<F>;
  using Stored = std::conditional_t<std::is_void_v<Value>, bool, Value>;

  Offloaded(const Executor& executor, F function) : work(std::move(function)), done(executor) {}

  void perform() {
    try {
      if constexpr (std::is_void_v<Value>) {
        (*work)();
        value.emplace(true);
      } else {
        value.emplace((*work)());
      }
    } catch (...) {
      failure = std::current_exception();
    }
    work.reset();  // what it captured is released before the waiter goes on
    done.notify();
  }

  std::optional<F> work;
  std::optional<Stored> value;
  std::exception_ptr failure;
  Notifier done;
};

}  // namespace detail

template <class T>
T run(Task<T> task) {
  if constexpr (std::is_void_v<T>) {
    detail::run_to_end(std::move(task));
  } else {
    std::optional<T> value;
    detail::run_to_end(detail::keep_value(std::move(task), value));
    return std::move(*value);
  }
}

template <class F>
auto offload(F work) -> Task<std::invoke_result_t<F>> {
  Executor executor = co_await this_executor();
  auto shared = std::make_shared<detail::Offloaded<F>>(executor, std::move(work));
  offload_post([shared] { shared->perform(); });
  co_await shared->done.wait();
  if (shared->failure) std::rethrow_exception(shared->failure);
  if constexpr (!std::is_void_v<std::invoke_result_t<F>>) co_return std::move(*shared->value);
}

}  // namespace soma::net
