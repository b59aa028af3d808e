// Browser sessions without an agent: what AgentCore offers as StartBrowserSession, InvokeBrowser, the
// automation stream and the live view.
//
// A session is a timed session (timed_session/timed_sessions.h) with a Chromium of its own
// (core/tool/browser/own_browser.h). When that ends by itself, so does the session.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "services/harness/browser/browser_session.h"
#include "services/harness/timed_session/timed_sessions.h"

namespace soma::harness {

// The one browser there is, as the API names the managed one.
inline constexpr std::string_view kBrowser = "aws.browser.v1";
inline constexpr std::string_view kBrowserSessionKind = "browser";
inline constexpr int64_t kDefaultBrowserSessionSeconds = 3600, kMaxBrowserSessionSeconds = 28'800;
inline constexpr size_t kMaxBrowserSessions = 16;  // at the same time: each has 200 MB and more of memory

struct ViewPort {
  int64_t width = 1280, height = 900;
};
inline constexpr ViewPort kSmallestViewPort{320, 240}, kLargestViewPort{3840, 2160};

// Thread-safe; coroutines resume on the caller's loop.
class BrowserSessions {
 public:
  // Copies what it needs of the dependencies; what they refer to outlives it.
  explicit BrowserSessions(const Dependencies& dependencies);
  // As TimedSessions.
  void start();
  void stop();
  const TimedSessions& timed() const;

  // `request`: what the session is to have besides its view and its profile's id (empty: none). Errors:
  // kInvalidArgument, kNotFound (the profile), kLimitExceeded (kMaxBrowserSessions), kFailedPrecondition (no
  // Chromium here), kUnavailable (it did not start).
  net::Task<os::Result<TimedSessionInfo>> open(StartTimedSession request, ViewPort view, std::string profile);
  net::Task<os::Result<TimedSessionInfo>> close(std::string session_id);  // as TimedSessions

  // One action of InvokeBrowser; answers a BrowserActionResult. Errors: kInvalidArgument, kNotFound,
  // kLimitExceeded.
  net::Task<os::Result<json::Value>> invoke(std::string session_id, json::Value action);
  // Keeps cookies and local storage under a profile's id; what was there before is replaced.
  net::Task<os::Result<>> save_profile(std::string session_id, std::string profile);
  // Switches the automation stream. kNotFound.
  net::Task<os::Result<>> set_automation(std::string session_id, bool enabled);
  // The session while it is open. kNotFound.
  os::Result<std::shared_ptr<BrowserSession>> find(const std::string& session_id) const;
  os::Clock& clock() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// What Get tells of a session that was started so.
ViewPort view_port_of(const TimedSessionInfo& session);
std::string_view profile_of(const TimedSessionInfo& session);  // empty: none

}  // namespace soma::harness
