#include "base/net/task.h"

#include <fcntl.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <stdexcept>

#include "base/net/signals.h"

namespace soma::net {

namespace asio = boost::asio;

namespace {

void log_escaped(std::string_view name, const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    // A loop that is shut down hard cancels its tasks: that is no bug of theirs.
    const bool cancelled = error.code() == asio::error::operation_aborted;
    os::log(cancelled ? os::Level::kDebug : os::Level::kError, "task.failed",
            {{"task", name}, {"error", error.what()}});
  } catch (const std::exception& error) {
    os::log(os::Level::kError, "task.failed", {{"task", name}, {"error", error.what()}});
  } catch (...) {
    os::log(os::Level::kError, "task.failed", {{"task", name}, {"error", "unknown exception"}});
  }
}

}  // namespace

void ignore_sigpipe() {
  static const bool done = [] {
    struct sigaction now{};
    // A handler that the program installed itself stays.
    if (::sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) ::signal(SIGPIPE, SIG_IGN);
    return true;
  }();
  static_cast<void>(done);
}

void spawn(const Executor& executor, Task<> task, std::string_view name) {
  asio::co_spawn(executor, std::move(task), [name = std::string(name)](std::exception_ptr failure) {
    if (failure) log_escaped(name, failure);
  });
}

Task<Executor> this_executor() {
  co_return co_await asio::this_coro::executor;
}

void detail::run_to_end(Task<> task) {
  ignore_sigpipe();
  asio::io_context loop(1);
  bool ended = false;
  std::exception_ptr failure;
  asio::co_spawn(loop.get_executor(), std::move(task), [&](std::exception_ptr escaped) {
    ended = true;
    failure = escaped;
    loop.stop();
  });
  loop.run();
  if (failure) std::rethrow_exception(failure);
  if (!ended) throw std::logic_error("run: the task waits for something that cannot happen any more");
}

void run(std::function<Task<>()> make_task) {
  detail::run_to_end(make_task());
}

void offload_post(std::function<void()> work) {
  static asio::thread_pool workers(kWorkerThreads);
  asio::post(workers, std::move(work));
}

Task<> sleep_until(os::Clock& clock, os::Time when) {
  Executor executor = co_await this_executor();
  Notifier never(executor);
  co_await never.wait_until(clock, when);
}

Task<os::ExitStatus> wait_exit(os::Process& process) {
  Executor executor = co_await this_executor();
  // A copy of the descriptor, so that the process may be destroyed while this task is being torn down.
  asio::posix::stream_descriptor exited(executor, ::fcntl(process.pidfd(), F_DUPFD_CLOEXEC, 0));
  for (;;) {
    if (std::optional<os::ExitStatus> status = process.poll_exit()) co_return *status;
    co_await exited.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
  }
}

}  // namespace soma::net
