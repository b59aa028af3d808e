#include "services/harness/browser/browser_sessions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/net/on_loop.h"
#include "services/harness/browser/browser_profiles.h"

namespace soma::harness {

using json::Value;
using os::Code;
using os::Result;

namespace {

constexpr TimedSessionKind kKind{.kind = kBrowserSessionKind,
                                 .prefix = "browser",
                                 .events = "browser",
                                 .words = "browser session",
                                 .max_seconds = kMaxBrowserSessionSeconds,
                                 .max_open = kMaxBrowserSessions,
                                 .max_open_name = "kMaxBrowserSessions"};
constexpr std::string_view kViewLabel = "viewPort", kProfileLabel = "profileIdentifier";

Result<> check(const ViewPort& view) {
  const auto fits = [](int64_t value, int64_t least, int64_t most) {
    return value >= least && value <= most;
  };
  if (fits(view.width, kSmallestViewPort.width, kLargestViewPort.width) &&
      fits(view.height, kSmallestViewPort.height, kLargestViewPort.height))
    return {};
  return os::fail(Code::kInvalidArgument,
                  fmt::format("viewPort is {}x{}; it must be {}x{} to {}x{}", view.width, view.height,
                              kSmallestViewPort.width, kSmallestViewPort.height, kLargestViewPort.width,
                              kLargestViewPort.height));
}

}  // namespace

struct BrowserSessions::State : std::enable_shared_from_this<BrowserSessions::State> {
  explicit State(const Dependencies& d) : dependencies(d), sessions(d, kKind) {}

  Dependencies dependencies;
  TimedSessions sessions;
  const std::string profiles = dependencies.data_directory + "/browser-profiles";

  static net::Task<> browser_ended(std::shared_ptr<State> self, std::string session_id) {
    static_cast<void>(co_await self->sessions.close(std::move(session_id), "the browser ended"));
  }

  // On the session's loop.
  net::Task<Result<std::shared_ptr<TimedSession>>> make(TimedSessions::Place place, ViewPort view,
                                                        Value state) {
    tool::browser::OwnBrowserOptions options{.clock = dependencies.clock,
                                             .launcher = dependencies.launcher,
                                             .outbound = &dependencies.outbound,
                                             .width = static_cast<int>(view.width),
                                             .height = static_cast<int>(view.height),
                                             .state = std::move(state)};
    options.on_end = [weak = weak_from_this(), executor = place.executor, id = place.session_id] {
      if (const auto self = weak.lock()) net::spawn(executor, browser_ended(self, id), "browser.ended");
    };
    const tool::browser::Operation starting{dependencies.clock,
                                            dependencies.clock.now() + kBrowserStartLimit};
    SOMA_CO_ASSIGN(auto browser,
                   co_await tool::browser::OwnBrowser::start(starting, std::move(options), place.executor));
    co_return std::make_shared<BrowserSession>(place.executor, std::move(place.directory), dependencies.clock,
                                               std::move(browser));
  }
};

BrowserSessions::BrowserSessions(const Dependencies& dependencies)
    : state_(std::make_shared<State>(dependencies)) {}

void BrowserSessions::start() {
  state_->sessions.start();
}

void BrowserSessions::stop() {
  state_->sessions.stop();
}

const TimedSessions& BrowserSessions::timed() const {
  return state_->sessions;
}

os::Clock& BrowserSessions::clock() const {
  return state_->dependencies.clock;
}

net::Task<Result<TimedSessionInfo>> BrowserSessions::open(StartTimedSession request, ViewPort view,
                                                          std::string profile) {
  const auto state = state_;
  SOMA_CO_TRY(check(view));
  request.details.set(kViewLabel, fmt::format("{}x{}", view.width, view.height));
  Value saved;
  if (!profile.empty()) {
    SOMA_CO_TRY(check_profile_id(profile));
    request.details.set(kProfileLabel, profile);
    auto read = [directory = state->profiles, profile] { return read_profile(directory, profile); };
    SOMA_CO_ASSIGN(saved, co_await net::offload(std::move(read)));
  }
  TimedSessions::Make make = [state, view, saved = std::move(saved)](TimedSessions::Place place) {
    return state->make(std::move(place), view, saved);
  };
  co_return co_await state->sessions.open(std::move(request), std::move(make));
}

net::Task<Result<TimedSessionInfo>> BrowserSessions::close(std::string session_id) {
  const auto state = state_;
  co_return co_await state->sessions.close(std::move(session_id));
}

net::Task<Result<Value>> BrowserSessions::invoke(std::string session_id, Value action) {
  const auto state = state_;
  SOMA_CO_ASSIGN(BrowserAction read, action_from_json(action));
  std::string name = read.name;
  TimedSessions::Work work = [read = std::move(read)](TimedSession& session) {
    return static_cast<BrowserSession&>(session).act(read);
  };
  SOMA_CO_ASSIGN(const Value answer,
                 co_await state->sessions.call(std::move(session_id), std::move(name), std::move(work)));
  co_return answer.get("result");
}

net::Task<Result<>> BrowserSessions::save_profile(std::string session_id, std::string profile) {
  const auto state = state_;
  SOMA_CO_TRY(check_profile_id(profile));
  // What was read stays out of the run: it holds secrets.
  TimedSessions::Work work = [](TimedSession& session) {
    return static_cast<BrowserSession&>(session).read_state();
  };
  std::string name = "saveProfile";
  SOMA_CO_ASSIGN(Value saved,
                 co_await state->sessions.call(std::move(session_id), std::move(name), std::move(work)));
  auto write = [directory = state->profiles, profile = std::move(profile), saved = std::move(saved)] {
    return write_profile(directory, profile, saved);
  };
  co_return co_await net::offload(std::move(write));
}

net::Task<Result<>> BrowserSessions::set_automation(std::string session_id, bool enabled) {
  const auto state = state_;
  SOMA_CO_ASSIGN(const std::shared_ptr<OpenSession> open, state->sessions.find(session_id));
  auto switch_it = [](std::shared_ptr<OpenSession> found, bool on) -> net::Task<> {
    static_cast<BrowserSession&>(*found->session()).set_automation(on);
    found->note("stream", json::object({{"automation", on ? "ENABLED" : "DISABLED"}}));
    co_return;
  };
  net::Task<> work = switch_it(open, enabled);
  co_await net::on_loop(open->session()->executor(), std::move(work));
  co_return Result<>();
}

Result<std::shared_ptr<BrowserSession>> BrowserSessions::find(const std::string& session_id) const {
  SOMA_ASSIGN(const std::shared_ptr<OpenSession> open, state_->sessions.find(session_id));
  return std::static_pointer_cast<BrowserSession>(open->session());
}

ViewPort view_port_of(const TimedSessionInfo& session) {
  const std::string_view label = session.label(kViewLabel);
  ViewPort view;
  const size_t cross = std::min(label.find('x'), label.size());
  std::from_chars(label.data(), label.data() + cross, view.width);
  if (cross < label.size())
    std::from_chars(label.data() + cross + 1, label.data() + label.size(), view.height);
  return view;
}

std::string_view profile_of(const TimedSessionInfo& session) {
  return session.label(kProfileLabel);
}

}  // namespace soma::harness
