// Coroutines on event loops: the async vocabulary of the house.
//
// Task<T> runs on one loop (single-threaded), so state touched by one loop's tasks only needs no lock. What
// crosses loops says so.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/os/os.h"

namespace soma::net {

template <class T = void>
using Task = boost::asio::awaitable<T>;
using Executor = boost::asio::any_io_executor;

// Starts a task that nobody awaits. An exception that escapes it is logged under `name` as a bug; the loop
// goes on.
void spawn(const Executor& executor, Task<> task, std::string_view name);

// The executor of the running task.
Task<Executor> this_executor();

// N single-threaded event loops. start() runs each on its own thread; stop() ends them and joins. Loops
// outlive what runs on them.
class LoopPool {
 public:
  explicit LoopPool(size_t loops);
  ~LoopPool();
  size_t size() const;
  boost::asio::io_context& loop(size_t index);
  Executor executor(size_t index);
  // The loop for a key: the same key always gives the same loop.
  Executor executor_for(std::string_view key);
  void start();
  void stop();
  bool running() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Runs a task on a private loop until it ends and returns its value: for tests and one-shot commands.
template <class T>
T run(Task<T> task);
void run(std::function<Task<>()> make_task);

// Lets one task wait for others, on any thread. notify() wakes the waiter, or the next wait() at once (one
// notification is remembered).
class Notifier {
 public:
  explicit Notifier(const Executor& executor);
  ~Notifier();
  Task<> wait();
  // False when `deadline` passed first.
  Task<bool> wait_until(os::Clock& clock, os::Time deadline);
  void notify();  // thread-safe; may be called after the waiter is gone

 private:
  struct State;
  std::shared_ptr<State> state_;
};

Task<> sleep_until(os::Clock& clock, os::Time when);

// A request to stop, seen by everything that does the work. Copies share. Thread-safe.
class Cancellation {
 public:
  Cancellation();
  void request(std::string reason);
  bool requested() const;
  std::string reason() const;
  // Calls `action` once on request (at once when already requested), on the requesting thread. Unregisters
  // when destroyed.
  class Registration {
   public:
    Registration() = default;
    Registration(Registration&&) noexcept;
    Registration& operator=(Registration&&) noexcept;
    ~Registration();

   private:
    friend class Cancellation;
    std::shared_ptr<void> state_;
    uint64_t id_ = 0;
  };
  [[nodiscard]] Registration on_request(std::function<void()> action) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Runs blocking work on the shared worker threads and resumes on the caller's loop. What the work throws,
// offload() throws.
inline constexpr size_t kWorkerThreads = 4;
void offload_post(std::function<void()> work);
template <class F>
auto offload(F work) -> Task<std::invoke_result_t<F>>;

// A pipe or socket end on an event loop.
class FdStream {
 public:
  static constexpr size_t kMaxReadBytes = 64u << 10;
  FdStream(const Executor& executor, os::Fd fd);
  ~FdStream();
  FdStream(FdStream&&) noexcept;
  // Up to max_bytes (and kMaxReadBytes) as soon as any are there; empty at end of file. kCancelled after
  // close().
  Task<os::Result<std::string>> read_some(size_t max_bytes);
  // `bytes` must stay until it returns. kUnavailable when nobody reads any more.
  Task<os::Result<>> write_all(std::string_view bytes);
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Resumes when the process has ended. The process must outlive the call.
Task<os::ExitStatus> wait_exit(os::Process& process);

}  // namespace soma::net

#include "base/net/task_inline.h"  // IWYU pragma: export
