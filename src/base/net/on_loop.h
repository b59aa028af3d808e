// Work for another loop. Apart from task.h, because few need it and Asio's header for it is heavy.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/net/task.h"

namespace soma::net {

// Runs a task on the loop of `executor` and resumes on the caller's.
template <class T>
Task<T> on_loop(Executor executor, Task<T> task) {
  co_return co_await boost::asio::co_spawn(executor, std::move(task), boost::asio::use_awaitable);
}

}  // namespace soma::net
