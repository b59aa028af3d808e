// What the parts of the service share. Private to the folder.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "base/net/await_done.h"
#include "services/memory/memory.h"
#include "services/memory/recall/indexes.h"
#include "services/memory/tables/tables.h"

namespace soma::memory {

// Coroutines that wait for anything to happen, on whatever loop.
class News {
 public:
  // Wakes everybody who waits.
  void tell();
  // False when `deadline` passed first. Whoever looks for news first and then waits misses none, when
  // `seen` is the number that heard() gave before the look.
  net::Task<bool> wait(os::Clock& clock, uint64_t seen, os::Time deadline);
  uint64_t heard() const;

 private:
  mutable std::mutex mutex_;
  uint64_t told_ = 0;
  std::set<std::shared_ptr<net::Notifier>> waiting_;
};

// What worker threads do for the service passes here, so that stop() can wait for those inside and keep the
// others out: a worker's queue outlives the service.
class Gate {
 public:
  // Whether the caller is inside, until it is destroyed.
  class Pass {
   public:
    explicit Pass(Gate& gate) : gate_(gate), inside_(gate.enter()) {}
    ~Pass() {
      if (inside_) gate_.leave();
    }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
    explicit operator bool() const { return inside_; }

   private:
    Gate& gate_;
    bool inside_;
  };
  // Returns when nobody is inside; nobody gets in any more.
  void close();

 private:
  bool enter();
  void leave();
  std::mutex mutex_;
  std::condition_variable empty_;
  size_t inside_ = 0;
  bool closed_ = false;
};

struct Service::State : std::enable_shared_from_this<Service::State> {
  State(Dependencies dependencies, std::unique_ptr<store::Database> opened)
      : with(std::move(dependencies)), indexes(*opened, kMaxIndexBytes), database(std::move(opened)) {}

  Dependencies with;
  mutable Indexes indexes;
  News news;  // a change is durable, a consolidation has ended
  std::atomic<bool> stopping = false;
  const std::shared_ptr<Gate> gate = std::make_shared<Gate>();

  // The definitions as they are on disk.
  mutable std::mutex mutex;
  std::map<std::string, std::shared_ptr<const Memory>> memories;  // by id

  // Goes first, and does before that what still waits to be written: writes may use all that is above. They
  // hold no share of the state, since the writer's thread cannot end itself.
  std::unique_ptr<store::Database> database;

  using MemoryPtr = std::shared_ptr<const Memory>;
  os::Result<MemoryPtr> find(std::string_view memory) const;  // by id or ARN
  // After a change of a definition is durable: takes what the table says now, so that of two changes at the
  // same time the last one counts.
  os::Result<> refresh(const std::string& id);

  // Work of one transaction, whose value comes back when it is durable.
  template <class T>
  net::Task<os::Result<T>> write(std::function<os::Result<T>(store::Connection&)> work) {
    auto value = std::make_shared<os::Result<T>>();
    auto start = [this, value, work = std::move(work)](std::function<void(os::Result<T>)> done) {
      auto in_transaction = [value, work](store::Connection& connection) -> os::Result<> {
        *value = work(connection);
        if (!*value) return std::unexpected(value->error());
        return {};
      };
      database->write(std::move(in_transaction), [value, done = std::move(done)](os::Result<> written) {
        done(written ? std::move(*value) : os::Result<T>(std::unexpected(std::move(written.error()))));
      });
    };
    co_return co_await net::await_done<T>(std::move(start));
  }
  template <class T>
  os::Result<T> read(const std::function<os::Result<T>(store::Connection&)>& work) const {
    os::Result<T> value;
    SOMA_TRY(database->read([&](store::Connection& connection) -> os::Result<> {
      value = work(connection);
      if (!value) return std::unexpected(value.error());
      return {};
    }));
    return value;
  }
  // Blocking work on a worker thread; it may use this state, and holds no share of it. kCancelled when the
  // service stops first. Resumes on the caller's loop.
  template <class T>
  net::Task<os::Result<T>> on_worker(std::function<os::Result<T>()> work) const {
    auto job = [gate = gate, work = std::move(work)]() -> os::Result<T> {
      const Gate::Pass pass(*gate);
      if (!pass) return os::fail(os::Code::kCancelled, "the service stops");
      return work();
    };
    co_return co_await net::offload(std::move(job));
  }
  // After a deletion: what was deleted leaves the disk. A failure is logged: the rows are gone all the same.
  void scrub();

  // consolidation/consolidator.cpp
  net::Task<> consolidate_for_ever();
  net::Task<os::Result<bool>> sweep();  // what has expired goes; whether there may be more
};

std::unexpected<os::Error> no_memory(std::string_view memory);

// kInvalidArgument unless it has 1 to kMaxQueryBytes bytes.
os::Result<> check_question(std::string_view question);

// "<name>" of "arn:aws:bedrock-agentcore:<region>:<account>:memory/<name>", else the text itself.
std::string_view memory_id(std::string_view memory);

}  // namespace soma::memory
