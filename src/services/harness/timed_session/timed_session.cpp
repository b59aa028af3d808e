#include "services/harness/timed_session/timed_session.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace soma::harness {

using os::Code;
using os::Result;

TimedSession::TimedSession(net::Executor executor, std::string directory, CallLimit limit)
    : executor_(std::move(executor)), directory_(std::move(directory)), limit_(limit), idle_(executor_) {}

net::Task<Result<json::Value>> TimedSession::call(std::function<net::Task<Result<json::Value>>()> work) {
  const auto self = shared_from_this();
  if (ending_.requested()) co_return os::fail(Code::kNotFound, "the session has ended", "start another one");
  if (busy_ >= limit_.most)
    co_return os::fail(Code::kLimitExceeded,
                       fmt::format("{} calls and tasks run in this session ({})", busy_, limit_.name),
                       "wait for one of them, or stop a task");
  const Busy busy(*this);
  net::Task<Result<json::Value>> task = work();
  co_return co_await std::move(task);
}

net::Task<> TimedSession::end() {
  const auto self = shared_from_this();
  ending_.request("the session has ended");
  while (busy_ > 0) co_await idle_.wait();
  idle_.notify();  // for another that waits here
  if (std::exchange(ended_, true)) co_return;
  co_await release();
  auto remove = [directory = directory_] {
    std::error_code error;
    std::filesystem::remove_all(directory, error);
    return error;
  };
  if (const std::error_code error = co_await net::offload(remove); error)
    os::log(os::Level::kWarning, "session.files.left",
            {{"directory", directory_}, {"error", error.message()}});
}

}  // namespace soma::harness
