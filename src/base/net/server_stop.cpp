// Stopping without losing an answer: no new connections, idle ones closed, running handlers told and given
// drain_timeout, the rest cancelled.
#include <boost/asio/post.hpp>

#include "base/net/connection.h"
#include "base/net/server_state.h"

namespace soma::net {

namespace asio = boost::asio;

void ServerState::tell_stop() {
  std::lock_guard lock(mutex);
  changed.notify_all();
}

void ServerState::on_each_loop(void (ServerState::*action)(Shard&)) {
  for (auto& shard : shards) {
    if (loops.running()) {
      asio::post(shard->executor,
                 [self = shared_from_this(), &shard = *shard, action] { (self.get()->*action)(shard); });
    } else {
      (this->*action)(*shard);  // nobody else can touch the shard
    }
  }
}

void ServerState::drain(Shard& shard) {
  shard.draining = true;
  if (shard.acceptor.is_open()) {
    boost::system::error_code ignored;
    shard.acceptor.close(ignored);
    --listening;
  }
  for (Connection* connection : std::vector(shard.connections)) connection->drain();
  tell_stop();
}

void ServerState::abort(Shard& shard) {
  if (shard.sweep_timer) clock.cancel(*shard.sweep_timer);
  shard.sweep_timer.reset();
  std::vector<std::shared_ptr<Connection>> connections_now;
  for (Connection* connection : shard.connections) connections_now.push_back(connection->shared_from_this());
  for (auto& connection : connections_now) connection->abort();
}

void ServerState::stop() {
  if (stopping.exchange(true)) return;
  on_each_loop(&ServerState::drain);
  // drain_timeout passes by the clock, and by real time too: a virtual clock that nobody advances must not
  // hang the program.
  const auto drained_late = clock.call_at(clock.now() + options.limits.drain_timeout, [held = gate] {
    std::lock_guard lock(held->mutex);
    if (held->server == nullptr) return;
    std::lock_guard inner(held->server->mutex);
    held->server->drain_over = true;
    held->server->changed.notify_all();
  });
  const auto nothing_left = [this] { return connections == 0 && listening == 0; };
  if (loops.running()) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, options.limits.drain_timeout, [&] { return drain_over || nothing_left(); });
  }
  clock.cancel(drained_late);
  on_each_loop(&ServerState::abort);
  if (loops.running()) {
    std::unique_lock lock(mutex);
    if (!changed.wait_for(lock, kAbortWait, nothing_left))
      os::log(os::Level::kError, "http.stop.incomplete", {{"connections", connections.load()}});
  }
  std::lock_guard lock(gate->mutex);
  gate->server = nullptr;
}

}  // namespace soma::net
