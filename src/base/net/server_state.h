// What the server's parts share: one Shard per loop, touched by that loop alone, and the little that crosses
// loops.
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/net/host_guard.h"
#include "base/net/server.h"

namespace soma::net {

class Connection;

// Room for one read, shared by all connections of a loop, so that an idle connection owns no buffer at all.
inline constexpr size_t kScratchBytes = 64u << 10;
inline constexpr int kListenBacklog = 4096;
// How often connections are looked at for their timeouts; shorter when the timeouts themselves are short.
inline constexpr os::Duration kMaxSweepInterval = std::chrono::seconds(1);
inline constexpr os::Duration kMinSweepInterval = std::chrono::milliseconds(10);
// How long stop() waits for handlers that were cancelled hard, in real time.
inline constexpr std::chrono::seconds kAbortWait{5};

struct Shard {
  explicit Shard(const Executor& loop)
      : executor(loop), acceptor(loop), scratch(std::make_unique<char[]>(kScratchBytes)) {}

  Executor executor;
  boost::asio::ip::tcp::acceptor acceptor;
  std::vector<Connection*> connections;
  std::unique_ptr<char[]> scratch;
  bool draining = false;
  std::optional<os::Clock::TimerId> sweep_timer;
  std::string date;  // the Date header of `date_second`
  int64_t date_second = -1;
};

struct ServerState : std::enable_shared_from_this<ServerState> {
  ServerState(LoopPool& pool, os::Clock& time, os::IdSource& id_source, const Router& routes,
              ServerOptions wanted);

  // A timer's way back in, which stop() closes: the clock may call after the server and its loops are gone.
  struct Gate {
    std::mutex mutex;
    ServerState* server = nullptr;
  };

  LoopPool& loops;
  os::Clock& clock;
  os::IdSource& ids;
  const Router& router;
  const ServerOptions options;
  const HostGuard guard;
  const os::Duration sweep_interval;
  const std::shared_ptr<Gate> gate = std::make_shared<Gate>();
  std::vector<std::unique_ptr<Shard>> shards;
  std::atomic<size_t> connections = 0;
  std::atomic<bool> stopping = false;
  std::atomic<size_t> listening = 0;
  uint16_t port = 0;
  std::mutex mutex;
  std::condition_variable
      changed;  // while stopping: a connection ended, an acceptor closed, the drain is over
  bool drain_over = false;

  os::Result<> start();
  void stop();

  // On the shard's loop:
  Task<> accept(Shard& shard);
  void admit(Shard& shard, int socket, const boost::asio::ip::tcp::endpoint& peer);
  void arm_sweep(Shard& shard);
  void sweep(Shard& shard);
  void drain(Shard& shard);
  void abort(Shard& shard);
  std::string_view date(Shard& shard) const;

  void connection_ended();
  void tell_stop();
  void on_each_loop(void (ServerState::*action)(Shard&));
};

}  // namespace soma::net
