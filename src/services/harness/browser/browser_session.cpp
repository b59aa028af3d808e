#include "services/harness/browser/browser_session.h"

#include <fmt/format.h>

namespace soma::harness {

using json::Value;
using os::Code;
using os::Result;
using tool::browser::Operation;

BrowserSession::BrowserSession(net::Executor executor, std::string directory, os::Clock& clock,
                               std::shared_ptr<tool::browser::OwnBrowser> browser)
    : TimedSession(std::move(executor), std::move(directory), {kMaxBrowserCalls, "kMaxBrowserCalls"}),
      clock_(clock),
      browser_(std::move(browser)),
      wire_(browser_->wire()) {
  on_ending_ = ending().on_request([this] { set_automation(false); });
}

std::shared_ptr<BrowserSession> BrowserSession::self() {
  return std::static_pointer_cast<BrowserSession>(shared_from_this());
}

Operation BrowserSession::operation(os::Duration limit) const {
  return {clock_, clock_.now() + limit, ending()};
}

net::Task<Result<Value>> BrowserSession::act(BrowserAction action) {
  const auto holder = co_await acting_.take();
  const Operation limited = operation(kBrowserActionLimit);
  Result<std::string> done = std::string();
  if (!action.cannot.empty()) {
    done = os::fail(Code::kInvalidArgument, action.cannot);
  } else if (action.screenshot) {
    done = co_await browser_->picture(limited, tool::browser::Picture::kPng);
  } else {
    std::vector<tool::browser::InputEvent> events = std::move(action.events);
    const Result<> acted = co_await browser_->input(limited, std::move(events));
    if (!acted) done = std::unexpected(acted.error());
  }
  Value result = action_result(action, done);
  co_return json::object({{"isError", !done}, {"result", std::move(result)}});
}

net::Task<Result<Value>> BrowserSession::read_state() {
  const auto holder = co_await acting_.take();
  const Operation limited = operation(kBrowserSaveLimit);
  co_return co_await browser_->read_state(limited);
}

net::Task<Result<std::string>> BrowserSession::look() {
  const auto alive = self();
  if (ending().requested()) co_return os::fail(Code::kNotFound, "the session has ended");
  const Busy busy(*this);
  const Operation limited = operation(kBrowserActionLimit);
  co_return co_await browser_->picture(limited, tool::browser::Picture::kJpeg);
}

void BrowserSession::set_automation(bool enabled) {
  net::Cancellation cut;
  {
    const std::lock_guard lock(mutex_);
    automation_ = enabled && !ending().requested();
    if (automation_) return;
    cut = std::exchange(cut_, net::Cancellation());
  }
  cut.request(ending().requested() ? "the session has ended" : "the automation stream is disabled");
}

Result<BrowserSession::Client> BrowserSession::connect() {
  const std::lock_guard lock(mutex_);
  if (ending().requested()) return os::fail(Code::kNotFound, "the session has ended", "start another one");
  if (!automation_)
    return os::fail(Code::kFailedPrecondition, "the automation stream of this session is disabled",
                    "UpdateBrowserStream enables it");
  if (clients_ >= kMaxBrowserClients)
    return os::fail(Code::kLimitExceeded,
                    fmt::format("{} automation clients are connected (kMaxBrowserClients)", clients_.load()),
                    "close one of them");
  ++clients_;
  return Client{wire_, cut_, std::make_unique<Seat>(self(), clients_)};
}

Result<std::unique_ptr<BrowserSession::Seat>> BrowserSession::watch() {
  const std::lock_guard lock(mutex_);
  if (viewers_ >= kMaxBrowserViewers)
    return os::fail(Code::kLimitExceeded,
                    fmt::format("{} clients look at this session (kMaxBrowserViewers)", viewers_.load()));
  ++viewers_;
  return std::make_unique<Seat>(self(), viewers_);
}

// What waits for the browser hears at once that it is gone. Ending a process and removing its files blocks.
net::Task<> BrowserSession::release() {
  {
    const std::lock_guard lock(mutex_);
    wire_.connection->close("the session has ended");
    wire_ = {};
  }
  auto end = [browser = std::exchange(browser_, nullptr)]() mutable { browser.reset(); };
  co_await net::offload(std::move(end));
}

}  // namespace soma::harness
