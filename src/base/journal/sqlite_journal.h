// The embedded journal: one SQLite file.
#pragma once

#include <atomic>
#include <memory>

#include "base/journal/core.h"
#include "base/journal/follow.h"
#include "base/journal/journal.h"
#include "base/journal/ledger.h"
#include "base/journal/wake.h"

namespace soma::journal {

// What happens around a write: limits, order, and telling followers and timers once it is durable. The writes
// themselves are in Ledger, the reads in queries.h.
class SqliteJournal final : public Journal {
 public:
  SqliteJournal(std::unique_ptr<store::Database> database, os::Clock& clock);
  ~SqliteJournal() override;

  net::Task<os::Result<uint64_t>> create(Run run, std::vector<NewEvent> events,
                                         AppendOptions options) override;
  net::Task<os::Result<uint64_t>> append(std::string run, uint64_t expected_seq, std::vector<NewEvent> events,
                                         AppendOptions options) override;
  void append_async(std::string run, uint64_t expected_seq, std::vector<NewEvent> events,
                    AppendOptions options, std::function<void(os::Result<uint64_t>)> done) override;
  os::Result<Run> get(std::string_view run) override;
  os::Result<std::vector<Event>> read(std::string_view run, uint64_t from, size_t limit) override;
  os::Result<RunPage> list(const ListFilter& filter) override;
  std::unique_ptr<Follower> follow(const net::Executor& executor, std::string_view run,
                                   uint64_t from) override;
  net::Task<os::Result<>> remove(std::string run) override;
  net::Task<os::Result<Lease>> lease(std::string run, std::string owner, os::Duration length) override;
  net::Task<os::Result<Lease>> renew(Lease lease, os::Duration length) override;
  net::Task<os::Result<>> release(Lease lease) override;
  void on_wake(std::string kind, std::function<void(std::string run)> action) override;
  net::Task<os::Result<>> wake_at(std::string run, os::Time when) override;
  void start() override;
  std::optional<os::Error> stopped() const override;

 private:
  struct Pending;
  using AppendDone = std::function<void(os::Result<uint64_t>)>;
  // Queues one create or append; `done` comes on the writer's thread, or on the caller's when it is refused
  // at once.
  void submit(const std::shared_ptr<Pending>& pending, AppendDone done);
  void finish(Pending& pending, os::Result<> result, const AppendDone& done);
  // Runs `work` in a transaction and resumes with what it returned. `durable` is called on the writer's
  // thread after the commit.
  template <class T>
  net::Task<os::Result<T>> write(std::function<os::Result<T>(store::Connection&)> work,
                                 std::function<void()> durable = {});

  Ledger ledger_;
  std::atomic<size_t> queued_bytes_ = 0;
  const std::shared_ptr<FollowHub> hub_;
  const std::shared_ptr<Core> core_;
  const std::shared_ptr<WakeTimers> timers_;
};

}  // namespace soma::journal
