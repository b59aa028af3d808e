// One browser session while it is open: its browser, and who watches and drives it from outside.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "core/tool/browser/own_browser.h"
#include "services/harness/browser/browser_actions.h"
#include "services/harness/timed_session/timed_session.h"

namespace soma::harness {

inline constexpr size_t kMaxBrowserCalls = 16;   // of one session at the same time; one acts, the others wait
inline constexpr size_t kMaxBrowserClients = 8;  // automation clients of one session
inline constexpr size_t kMaxBrowserViewers = 4;  // of one session's live view
inline constexpr os::Duration kBrowserStartLimit = std::chrono::seconds(30);
inline constexpr os::Duration kBrowserActionLimit = std::chrono::seconds(30);
inline constexpr os::Duration kBrowserSaveLimit = std::chrono::seconds(60);

// An actor on its loop; what says so is for any thread.
class BrowserSession final : public TimedSession {
 public:
  BrowserSession(net::Executor executor, std::string directory, os::Clock& clock,
                 std::shared_ptr<tool::browser::OwnBrowser> browser);

  // Within call(). Answers {isError, result}, with a BrowserActionResult.
  net::Task<os::Result<json::Value>> act(BrowserAction action);
  // As OwnBrowser::read_state().
  net::Task<os::Result<json::Value>> read_state();
  // Outside: a picture of what is seen now, as JPEG.
  net::Task<os::Result<std::string>> look();

  // Any thread. Switching it off cuts the clients that are there.
  void set_automation(bool enabled);
  bool automation() const { return automation_; }

  // A place among so many, given back by its destruction. Any thread.
  class Seat {
   public:
    Seat(std::shared_ptr<BrowserSession> session, std::atomic<size_t>& taken)
        : session_(std::move(session)), taken_(taken) {}
    ~Seat() { --taken_; }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

   private:
    std::shared_ptr<BrowserSession> session_;
    std::atomic<size_t>& taken_;
  };
  // An automation client that is coming. Any thread.
  struct Client {
    tool::browser::OwnBrowser::Wire wire;
    net::Cancellation cut;  // when automation is switched off, or the session ends
    std::unique_ptr<Seat> seat;
  };
  // kFailedPrecondition: automation is off; kLimitExceeded: kMaxBrowserClients; kNotFound: it has ended.
  os::Result<Client> connect();
  // Somebody who looks. Any thread. kLimitExceeded: kMaxBrowserViewers.
  os::Result<std::unique_ptr<Seat>> watch();

 private:
  net::Task<> release() override;
  tool::browser::Operation operation(os::Duration limit) const;
  std::shared_ptr<BrowserSession> self();

  os::Clock& clock_;
  std::shared_ptr<tool::browser::OwnBrowser> browser_;
  net::Turn acting_;  // an action's events are not mixed with another's

  std::mutex mutex_;  // guards cut_ and wire_
  net::Cancellation cut_;
  tool::browser::OwnBrowser::Wire wire_;
  net::Cancellation::Registration on_ending_;
  std::atomic<bool> automation_ = true;
  std::atomic<size_t> clients_ = 0, viewers_ = 0;
};

}  // namespace soma::harness
