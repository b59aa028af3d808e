// Calls one hook and says what it decided. It always says something, and in bounded time: what goes wrong on
// the way is decided by the hook's failure mode.
//
//   HookRunner hooks({clock, launcher, http, read_secret, executor});
//   HookCall call{.event_id = ids.uuid(), .hook = &hook, .context = before_tool_call_context(…), …};
//   const HookOutcome outcome = co_await hooks.run(std::move(call), cancellation);
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/net/net.h"
#include "services/harness/hooks/hook_message.h"

namespace soma::harness {

// Calls that nobody waits for, running at once, of one HookRunner. What is more is dropped, logged and
// counted.
inline constexpr size_t kMaxBackgroundHooks = 64;
inline constexpr size_t kMaxHookAnswerBytes = 64u << 10;

struct HookOutcome {
  // Nothing: the hook is not waited for, or the call was cancelled.
  std::optional<bool> allowed{};
  std::string reason;  // of a decision; at most kMaxHookReasonBytes
  // What went wrong, whatever the failure mode made of it; at most kMaxHookReasonBytes.
  std::optional<std::string> error;
  // `cancellation` ended the call. The hook was not heard: neither go on nor record a decision.
  bool cancelled = false;
  int64_t latency_ms = 0;
};

struct HookDependencies {
  os::Clock& clock;
  os::ProcessLauncher& launcher;
  net::HttpClient& http;
  // The value of "env:NAME" or "secret:NAME".
  std::function<os::Result<std::string>(const std::string& reference)> read_secret;
  net::Executor executor;  // the loop of `http`, on which run() is called
};

// Used on its loop only. What it was given outlives it, and the tasks of its loop.
class HookRunner {
 public:
  explicit HookRunner(HookDependencies dependencies);
  // Ends the calls that nobody waits for.
  ~HookRunner();
  HookRunner(const HookRunner&) = delete;
  HookRunner& operator=(const HookRunner&) = delete;

  // A hook with wait = false is started, and run returns at once with no decision. Otherwise it returns when
  // the hook has answered, failed, met its timeout (on the clock), or `cancellation` is requested.
  // A webhook gets one POST, without following redirects; a command runs once.
  net::Task<HookOutcome> run(HookCall call, net::Cancellation cancellation);

  size_t background() const;  // calls that nobody waits for, running now
  uint64_t dropped() const;   // and those that were not started, since the beginning

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace soma::harness
