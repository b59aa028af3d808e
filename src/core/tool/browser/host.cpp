#include "core/tool/browser/host.h"

#include <boost/asio/steady_timer.hpp>

namespace soma::tool::browser {

struct Host::State {
  net::LoopPool loops{1};
  std::mutex mutex;
  bool started = false;
  size_t leases = 0;
  uint64_t idle_generation = 0;  // an idle timer that was set before the newest lease does nothing
  std::shared_ptr<Chromium> chromium;
};

Lease::Lease(Host& host) : host_(host) {
  host_.acquire();
}
Lease::~Lease() {
  host_.release();
}

Host& Host::shared() {
  static Host host;
  return host;
}

Host::Host() : state_(std::make_unique<State>()) {}

Host::~Host() {
  std::shared_ptr<Chromium> chromium;
  {
    std::lock_guard lock(state_->mutex);
    chromium.swap(state_->chromium);
  }
  chromium.reset();
  if (state_->started) state_->loops.stop();
}

net::Executor Host::loop() {
  std::lock_guard lock(state_->mutex);
  if (!std::exchange(state_->started, true)) state_->loops.start();
  return state_->loops.executor(0);
}

os::Result<std::shared_ptr<Chromium>> Host::browser(os::ProcessLauncher& launcher) {
  net::Executor executor = loop();
  std::shared_ptr<Chromium> dead;
  std::lock_guard lock(state_->mutex);
  if (state_->chromium && !state_->chromium->connection()->closed()) return state_->chromium;
  dead.swap(state_->chromium);
  SOMA_ASSIGN(state_->chromium, Chromium::launch(launcher, executor));
  // Targets of all contexts are announced once, and handed to the tool whose context it is.
  auto params =
      json::object({{"discover", true}, {"filter", json::array({json::object({{"type", "page"}})})}});
  state_->chromium->connection()->send("Target.setDiscoverTargets", std::move(params), "");
  return state_->chromium;
}

void Host::acquire() {
  std::lock_guard lock(state_->mutex);
  ++state_->leases;
  ++state_->idle_generation;
}

void Host::release() {
  net::Executor executor = loop();
  std::lock_guard lock(state_->mutex);
  if (--state_->leases > 0 || !state_->chromium) return;
  uint64_t generation = ++state_->idle_generation;
  auto timer = std::make_shared<boost::asio::steady_timer>(executor, kIdleLimit);
  timer->async_wait([this, timer, generation](const boost::system::error_code& error) {
    if (error) return;
    std::shared_ptr<Chromium> idle;
    std::lock_guard guard(state_->mutex);
    if (state_->idle_generation == generation) idle.swap(state_->chromium);
    if (idle) os::log(os::Level::kInfo, "browser.idle", {{"pid", idle->pid()}});
  });
}

}  // namespace soma::tool::browser
