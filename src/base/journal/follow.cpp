// History, then live, without gap or repeat.
//
// A follower knows one thing: the next seq it wants. If the tail in memory holds it, it comes from there;
// else from disk; and if the disk has none yet, the follower waits. There is no switch from "history" to
// "live" that could lose an event: a commit is on disk before it is published, and a follower has joined the
// channel before it looks at the disk, so each event is either seen by that look, or published after it and
// wakes the follower. A follower that falls behind the tail simply reads from disk again.
#include "base/journal/follow.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "base/journal/limits.h"
#include "base/journal/queries.h"

namespace soma::journal {
namespace {

class RunFollower final : public Follower {
 public:
  RunFollower(std::shared_ptr<Core> core, std::shared_ptr<FollowHub> hub, const net::Executor& executor,
              std::string run, uint64_t from)
      : core_(std::move(core)),
        hub_(std::move(hub)),
        run_(std::move(run)),
        notifier_(std::make_shared<net::Notifier>(executor)),
        channel_(hub_->join(run_, notifier_)),
        wanted_(std::max<uint64_t>(from, 1)) {}
  ~RunFollower() override { hub_->leave(run_, channel_, notifier_); }

  net::Task<os::Result<std::vector<EventPtr>>> next(size_t limit) override {
    for (;;) {
      os::Result<std::vector<EventPtr>> events = take(limit);
      if (!events || !events->empty()) co_return events;
      co_await notifier_->wait();
    }
  }

  net::Task<os::Result<std::vector<EventPtr>>> next_until(os::Clock& clock, os::Time deadline,
                                                          size_t limit) override {
    for (;;) {
      os::Result<std::vector<EventPtr>> events = take(limit);
      if (!events || !events->empty()) co_return events;
      const bool notified = co_await notifier_->wait_until(clock, deadline);
      if (!notified) co_return take(limit);
    }
  }

  void close() override {
    closed_ = true;
    notifier_->notify();
  }

 private:
  // What is there now; empty when the follower is up to date.
  os::Result<std::vector<EventPtr>> take(size_t limit) {
    limit = std::clamp<size_t>(limit, 1, kMaxReadEvents);
    if (closed_) return os::fail(os::Code::kCancelled, fmt::format("run {}: the follower was closed", run_));
    {
      std::lock_guard lock(channel_->mutex);
      if (channel_->closed)
        return os::fail(os::Code::kCancelled, fmt::format("run {}: the journal closed", run_));
      if (channel_->removed) return os::fail(os::Code::kNotFound, fmt::format("run {} was removed", run_));
      if (const auto& tail = channel_->tail; !tail.empty()) {
        if (wanted_ > tail.back()->seq) return std::vector<EventPtr>{};
        if (wanted_ >= tail.front()->seq) return take_from_tail(limit);
      }
    }
    return take_from_disk(limit);
  }

  std::vector<EventPtr> take_from_tail(size_t limit) {
    const auto& tail = channel_->tail;
    const size_t first = wanted_ - tail.front()->seq;
    const size_t count = std::min(limit, tail.size() - first);
    const auto begin = tail.begin() + static_cast<ptrdiff_t>(first);
    wanted_ += count;
    return {begin, begin + static_cast<ptrdiff_t>(count)};
  }

  os::Result<std::vector<EventPtr>> take_from_disk(size_t limit) {
    SOMA_ASSIGN(std::vector<Event> events, core_->query([&](store::Connection& connection) {
      return read_events(connection, run_, wanted_, limit, kTailBytes);
    }));
    std::vector<EventPtr> shared;
    shared.reserve(events.size());
    for (Event& event : events) shared.push_back(std::make_shared<const Event>(std::move(event)));
    wanted_ += shared.size();
    return shared;
  }

  const std::shared_ptr<Core> core_;
  const std::shared_ptr<FollowHub> hub_;
  const std::string run_;
  const std::shared_ptr<net::Notifier> notifier_;
  const std::shared_ptr<Channel> channel_;
  uint64_t wanted_;
  std::atomic<bool> closed_ = false;
};

void wake_all(const Channel& channel) {
  for (const auto& follower : channel.followers) follower->notify();
}

}  // namespace

std::shared_ptr<Channel> FollowHub::join(const std::string& run, std::shared_ptr<net::Notifier> follower) {
  std::lock_guard lock(mutex_);
  std::shared_ptr<Channel>& channel = channels_[run];
  if (!channel) channel = std::make_shared<Channel>();
  std::lock_guard channel_lock(channel->mutex);
  channel->closed = closed_;
  channel->followers.push_back(std::move(follower));
  return channel;
}

void FollowHub::leave(const std::string& run, const std::shared_ptr<Channel>& channel,
                      const std::shared_ptr<net::Notifier>& follower) {
  std::lock_guard lock(mutex_);
  std::lock_guard channel_lock(channel->mutex);
  std::erase(channel->followers, follower);
  if (!channel->followers.empty()) return;
  if (const auto found = channels_.find(run); found != channels_.end() && found->second == channel)
    channels_.erase(found);
}

std::shared_ptr<Channel> FollowHub::find(const std::string& run) {
  std::lock_guard lock(mutex_);
  const auto found = channels_.find(run);
  return found == channels_.end() ? nullptr : found->second;
}

void FollowHub::publish(const std::string& run, uint64_t last_seq, os::Time at,
                        std::vector<NewEvent>&& events) {
  const std::shared_ptr<Channel> channel = find(run);
  if (!channel || events.empty()) return;
  std::vector<EventPtr> shared;
  shared.reserve(events.size());
  uint64_t seq = last_seq - events.size();
  for (NewEvent& event : events)
    shared.push_back(
        std::make_shared<const Event>(Event{++seq, at, std::move(event.type), std::move(event.body)}));
  std::lock_guard lock(channel->mutex);
  for (EventPtr& event : shared) {
    channel->tail_bytes += event->body.size();
    channel->tail.push_back(std::move(event));
  }
  while (channel->tail.size() > kTailEvents ||
         (channel->tail_bytes > kTailBytes && channel->tail.size() > 1)) {
    channel->tail_bytes -= channel->tail.front()->body.size();
    channel->tail.pop_front();
  }
  wake_all(*channel);
}

// A run made later under the same id is another run: it gets a channel of its own.
void FollowHub::removed(const std::string& run) {
  std::lock_guard lock(mutex_);
  const auto found = channels_.find(run);
  if (found == channels_.end()) return;
  const std::shared_ptr<Channel> channel = found->second;
  channels_.erase(found);
  std::lock_guard channel_lock(channel->mutex);
  channel->removed = true;
  wake_all(*channel);
}

void FollowHub::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  for (const auto& [run, channel] : channels_) {
    std::lock_guard channel_lock(channel->mutex);
    channel->closed = true;
    wake_all(*channel);
  }
}

std::unique_ptr<Follower> make_follower(std::shared_ptr<Core> core, std::shared_ptr<FollowHub> hub,
                                        const net::Executor& executor, std::string run, uint64_t from) {
  return std::make_unique<RunFollower>(std::move(core), std::move(hub), executor, std::move(run), from);
}

}  // namespace soma::journal
