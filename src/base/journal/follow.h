// Following: the newest events of a followed run in memory, shared by its followers; everything older from
// disk.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/journal/core.h"
#include "base/journal/journal.h"

namespace soma::journal {

// One followed run. It exists while somebody follows.
struct Channel {
  std::mutex mutex;
  std::deque<EventPtr> tail;  // without gaps, oldest first; bounded by kTailEvents and kTailBytes
  size_t tail_bytes = 0;
  bool removed = false;  // the run is gone
  bool closed = false;   // the journal is closed
  std::vector<std::shared_ptr<net::Notifier>> followers;
};

// Which runs are followed. Thread-safe.
class FollowHub {
 public:
  std::shared_ptr<Channel> join(const std::string& run, std::shared_ptr<net::Notifier> follower);
  void leave(const std::string& run, const std::shared_ptr<Channel>& channel,
             const std::shared_ptr<net::Notifier>& follower);

  // From the writer's thread, in the order of commits, after the events are durable.
  void publish(const std::string& run, uint64_t last_seq, os::Time at, std::vector<NewEvent>&& events);
  void removed(const std::string& run);
  void close();

 private:
  std::shared_ptr<Channel> find(const std::string& run);

  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Channel>> channels_;
  bool closed_ = false;
};

std::unique_ptr<Follower> make_follower(std::shared_ptr<Core> core, std::shared_ptr<FollowHub> hub,
                                        const net::Executor& executor, std::string run, uint64_t from);

}  // namespace soma::journal
