// Which executions are in memory, and who wants something of one.
//
// Whoever wants something of an execution gives a job; it runs on the execution's loop with the actor, which
// is made when there is none and reads its run when it has to. An actor is let go when it has nothing to do
// and no job waits for it. Both are decided under one mutex, so no job meets an actor that is gone.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "services/workflow/driver/in_flight.h"
#include "services/workflow/driver/world.h"

namespace soma::workflow {

class Actor;
struct Begun;

// Thread-safe. Kept alive by its actors' callbacks.
class Residents : public std::enable_shared_from_this<Residents> {
 public:
  // The actor; null: soma is shutting down, nothing is done.
  using Job = std::function<void(Actor*)>;

  // What begins a run that had to wait for room.
  using Begin = std::function<void(const std::string& run)>;

  Residents(const std::shared_ptr<World>& world, size_t max_resident);
  ~Residents();

  void with(const std::string& run, Job job);

  // A start that is on its way to the disk: jobs for the run wait until it is released. False: the run is in
  // memory or on its way already.
  bool reserve(const std::string& run);
  // With what was begun, when it goes on; else the run ended with its start, or does not exist.
  void release(const std::string& run, std::unique_ptr<Begun> begun);

  // Of actors: nothing to do now; the journal refused (the next job finds a new actor, which reads the run).
  void settled(Actor& actor);
  void discard(Actor& actor);

  // Takes room for an Express execution. Nothing: there is none. `let_go` is called when soma shuts down, on
  // any thread.
  std::optional<uint64_t> enter(std::function<void()> let_go);
  void leave(uint64_t entered);
  bool has_room() const;

  // Begins when there is room, in order.
  void queue(std::string run, Begin begin);
  size_t queued() const;

  // `ended` is notified when the run has ended; once.
  void watch(const std::string& run, std::shared_ptr<net::Notifier> ended);
  void unwatch(const std::string& run, const std::shared_ptr<net::Notifier>& ended);
  void ended(const std::string& run);

  // Of an append: stop() waits for it, until its result was looked at.
  InFlight::Token writing() { return in_flight_.enter(); }
  // No job any more; lets all actors go and waits for what is being written, up to a few seconds.
  void stop();
  bool stopping() const;
  size_t size() const;

 private:
  struct Slot {
    std::shared_ptr<Actor> actor;
    size_t jobs = 0;          // on their way to the loop, or running
    bool reserved = false;    // its start is on its way to the disk
    std::vector<Job> held{};  // until then
  };
  struct Waiting {
    std::string run;
    Begin begin;
  };

  void post(std::shared_ptr<Actor> actor, Job job);
  void job_done(Actor& actor);
  void erase_idle(Actor& actor);
  void begin_waiting();
  size_t occupied() const;  // with `mutex_` held

  const std::weak_ptr<World> world_;  // it owns this
  InFlight in_flight_;
  const size_t max_resident_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Slot> slots_;
  size_t reserved_ = 0;                                         // of slots_: they take no room yet
  std::unordered_map<uint64_t, std::function<void()>> others_;  // entered
  uint64_t last_entered_ = 0;
  std::deque<Waiting> queue_;
  std::unordered_multimap<std::string, std::shared_ptr<net::Notifier>> watchers_;
  bool stopping_ = false;
};

}  // namespace soma::workflow
