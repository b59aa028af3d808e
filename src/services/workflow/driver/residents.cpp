#include "services/workflow/driver/residents.h"

#include <boost/asio/post.hpp>

#include "services/workflow/driver/actor.h"

namespace soma::workflow {
namespace {

constexpr auto kMaxStopTime = std::chrono::seconds(10);

}  // namespace

Residents::Residents(const std::shared_ptr<World>& world, size_t max_resident)
    : world_(world), max_resident_(max_resident) {}
Residents::~Residents() = default;

void Residents::with(const std::string& run, Job job) {
  std::shared_ptr<Actor> actor;
  if (const std::shared_ptr<World> world = world_.lock()) {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      Slot& slot = slots_[run];
      if (slot.reserved) {
        slot.held.push_back(std::move(job));
        return;
      }
      if (!slot.actor) slot.actor = std::make_shared<Actor>(world, run);
      ++slot.jobs;
      actor = slot.actor;
    }
  }
  if (actor)
    post(std::move(actor), std::move(job));
  else
    job(nullptr);
}

void Residents::post(std::shared_ptr<Actor> actor, Job job) {
  const net::Executor executor = actor->executor();
  boost::asio::post(executor, [self = shared_from_this(), actor = std::move(actor), job = std::move(job)] {
    job(actor.get());
    self->job_done(*actor);
  });
}

void Residents::job_done(Actor& actor) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = slots_.find(actor.run());
    if (found == slots_.end() || found->second.actor.get() != &actor) return;
    --found->second.jobs;
  }
  erase_idle(actor);
}

void Residents::settled(Actor& actor) {
  erase_idle(actor);
}

// On the actor's loop: whether it is idle is its own matter.
void Residents::erase_idle(Actor& actor) {
  if (!actor.idle()) return;
  std::shared_ptr<Actor> gone;  // destroyed after the mutex is free
  {
    const std::lock_guard lock(mutex_);
    const auto found = slots_.find(actor.run());
    if (found == slots_.end() || found->second.actor.get() != &actor || found->second.jobs > 0) return;
    gone = std::move(found->second.actor);
    slots_.erase(found);
  }
  gone->retire();
  begin_waiting();
}

void Residents::discard(Actor& actor) {
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(actor.run());
  if (found != slots_.end() && found->second.actor.get() == &actor) slots_.erase(found);
}

bool Residents::reserve(const std::string& run) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  const auto [slot, added] = slots_.try_emplace(run);
  if (added) {
    slot->second.reserved = true;
    ++reserved_;
  }
  return added;
}

void Residents::release(const std::string& run, std::unique_ptr<Begun> begun) {
  std::vector<Job> held;
  std::shared_ptr<Actor> actor;
  {
    const std::shared_ptr<World> world = world_.lock();
    const std::lock_guard lock(mutex_);
    const auto found = slots_.find(run);
    if (found == slots_.end() || !world) return;  // everything was let go meanwhile
    Slot& slot = found->second;
    slot.reserved = false;
    --reserved_;
    held = std::move(slot.held);
    if (begun || !held.empty()) {
      actor = std::make_shared<Actor>(world, run);
      slot.actor = actor;
      slot.jobs = held.size() + (begun ? 1 : 0);
    } else {
      slots_.erase(found);
    }
  }
  if (begun)
    post(actor, [begun = std::shared_ptr<Begun>(std::move(begun))](Actor* there) {
      there->take(std::move(*begun));
    });
  for (Job& job : held) post(actor, std::move(job));
}

std::optional<uint64_t> Residents::enter(std::function<void()> let_go) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || occupied() >= max_resident_) return std::nullopt;
  others_.emplace(++last_entered_, std::move(let_go));
  return last_entered_;
}

void Residents::leave(uint64_t entered) {
  {
    const std::lock_guard lock(mutex_);
    others_.erase(entered);
  }
  begin_waiting();
}

bool Residents::has_room() const {
  const std::lock_guard lock(mutex_);
  return occupied() < max_resident_;
}

void Residents::queue(std::string run, Begin begin) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back({std::move(run), std::move(begin)});
  }
  begin_waiting();
}

size_t Residents::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void Residents::begin_waiting() {
  Waiting next;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.empty() || occupied() >= max_resident_) return;
    next = std::move(queue_.front());
    queue_.pop_front();
  }
  next.begin(next.run);
}

size_t Residents::occupied() const {
  return slots_.size() - reserved_ + others_.size();
}

void Residents::watch(const std::string& run, std::shared_ptr<net::Notifier> ended) {
  const std::lock_guard lock(mutex_);
  watchers_.emplace(run, std::move(ended));
}

void Residents::unwatch(const std::string& run, const std::shared_ptr<net::Notifier>& ended) {
  const std::lock_guard lock(mutex_);
  const auto [first, last] = watchers_.equal_range(run);
  for (auto watcher = first; watcher != last;)
    watcher = watcher->second == ended ? watchers_.erase(watcher) : std::next(watcher);
}

void Residents::ended(const std::string& run) {
  const std::lock_guard lock(mutex_);
  const auto [first, last] = watchers_.equal_range(run);
  for (auto watcher = first; watcher != last; ++watcher) watcher->second->notify();
  watchers_.erase(first, last);
}

void Residents::stop() {
  std::vector<std::shared_ptr<Actor>> actors;
  std::vector<Job> held;
  std::unordered_map<uint64_t, std::function<void()>> others;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopping_, true)) return;
    others.swap(others_);
    for (auto& [run, slot] : slots_) {
      if (slot.actor) actors.push_back(slot.actor);
      for (Job& job : slot.held) held.push_back(std::move(job));
    }
    for (const auto& [run, watcher] : watchers_) watcher->notify();
    watchers_.clear();
    queue_.clear();
  }
  for (const Job& job : held) job(nullptr);
  for (const auto& [entered, let_go] : others) let_go();
  for (const std::shared_ptr<Actor>& actor : actors)
    boost::asio::post(actor->executor(), [actor, leaving = in_flight_.enter()] { actor->let_go(); });
  actors.clear();
  if (!in_flight_.wait_until_none(kMaxStopTime)) os::log(os::Level::kWarning, "workflow.stop.incomplete");
  const std::lock_guard slots(mutex_);
  slots_.clear();
  reserved_ = 0;
}

bool Residents::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

size_t Residents::size() const {
  const std::lock_guard lock(mutex_);
  return occupied();
}

}  // namespace soma::workflow
