// The one browser of this process, shared by the tools of all sessions.
//
// Started at first use, started again after a crash, ended kIdleLimit after the last tool let go of it, and
// with the process. Its protocol runs on a loop of its own, as do the sessions' proxies, so that a page's
// traffic never waits for an agent.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>

#include "core/tool/browser/chromium.h"

namespace soma::tool::browser {

inline constexpr std::chrono::seconds kIdleLimit{60};

class Host;

// Keeps the browser up. One per tool that uses it.
class Lease {
 public:
  explicit Lease(Host& host);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

 private:
  Host& host_;
};

// Thread-safe.
class Host {
 public:
  static Host& shared();
  ~Host();
  // A browser that was running a moment ago, started if need be. Errors as Chromium::launch.
  os::Result<std::shared_ptr<Chromium>> browser(os::ProcessLauncher& launcher);
  net::Executor loop();

 private:
  friend class Lease;
  Host();
  void acquire();
  void release();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace soma::tool::browser
