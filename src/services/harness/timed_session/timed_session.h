// A session that is its processes, while it is open: what code interpreter and browser sessions have in
// common.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "base/net/net.h"

namespace soma::harness {

// An actor on its loop: call() and end() are used there.
class TimedSession : public std::enable_shared_from_this<TimedSession> {
 public:
  // Calls at the same time, and the constant that says so.
  struct CallLimit {
    size_t most = 0;
    std::string_view name;
  };
  // `directory`: the session's files, which go with it.
  TimedSession(net::Executor executor, std::string directory, CallLimit limit);
  virtual ~TimedSession() = default;

  // Runs a task as one of the session's calls. kLimitExceeded: too many at once; kNotFound: it is ending.
  net::Task<os::Result<json::Value>> call(std::function<net::Task<os::Result<json::Value>>()> work);
  // Stops everything, waits for it, removes the files. Repeated, does nothing.
  net::Task<> end();

  // Requested when the session ends: what runs in it stops then.
  const net::Cancellation& ending() const { return ending_; }
  const net::Executor& executor() const { return executor_; }
  const std::string& directory() const { return directory_; }

 protected:
  // Counts what runs, so that end() can wait for it.
  class Busy {
   public:
    explicit Busy(TimedSession& session) : session_(session) { ++session_.busy_; }
    ~Busy() {
      --session_.busy_;
      session_.idle_.notify();
    }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

   private:
    TimedSession& session_;
  };
  // Ends the session's processes. Called once, when nothing runs any more.
  virtual net::Task<> release() = 0;

 private:
  net::Executor executor_;
  std::string directory_;
  CallLimit limit_;
  net::Cancellation ending_;
  net::Notifier idle_;
  size_t busy_ = 0;
  bool ended_ = false;
};

}  // namespace soma::harness
