#include "base/journal/sqlite_journal.h"

#include <fmt/format.h>

#include "base/journal/limits.h"
#include "base/journal/queries.h"
#include "base/journal/schema.h"
#include "base/net/await_done.h"

namespace soma::journal {

std::string_view Run::label(std::string_view name) const {
  for (const Label& label : labels)
    if (label.name == name) return label.value;
  return {};
}

// One create or append on its way to the disk.
struct SqliteJournal::Pending {
  Run run;  // an append knows only its id
  bool is_create = false;
  std::optional<uint64_t> expected_seq{};
  std::vector<NewEvent> events;
  AppendOptions options;
  size_t bytes = 0;
  Appended appended{};

  os::Result<> check() const {
    SOMA_TRY(check_run_id(run.id));
    if (is_create) {
      SOMA_TRY(check_word("run kind", run.kind));
      SOMA_TRY(check_word("run status", run.status));
      SOMA_TRY(check_labels(run.labels));
    }
    if (options.status) SOMA_TRY(check_word("run status", *options.status));
    SOMA_TRY(check_labels(options.labels));
    return check_events(events);
  }
};

SqliteJournal::SqliteJournal(std::unique_ptr<store::Database> database, os::Clock& clock)
    : ledger_(clock),
      hub_(std::make_shared<FollowHub>()),
      core_((database->on_undone([this] { ledger_.forget(); }),
             std::make_shared<Core>(std::move(database), clock))),
      timers_(std::make_shared<WakeTimers>(core_)) {}

SqliteJournal::~SqliteJournal() {
  timers_->close();
  hub_->close();
  core_->close();
}

void SqliteJournal::submit(const std::shared_ptr<Pending>& pending, AppendDone done) {
  if (auto checked = pending->check(); !checked) return done(std::unexpected(std::move(checked.error())));
  pending->bytes = body_bytes(pending->events);
  if (queued_bytes_ + pending->bytes > kMaxQueuedBytes)
    return done(os::fail(os::Code::kLimitExceeded,
                         fmt::format("{} bytes wait to be written, kMaxQueuedBytes is {}",
                                     queued_bytes_.load(), kMaxQueuedBytes),
                         "wait for earlier appends"));
  queued_bytes_ += pending->bytes;
  if (pending->options.wake_at) timers_->moving(pending->run.id);
  auto write = [this, pending](store::Connection& connection) -> os::Result<> {
    auto appended = pending->is_create
                        ? ledger_.create(connection, pending->run, pending->events, pending->options)
                        : ledger_.append(connection, pending->run.id, pending->expected_seq, pending->events,
                                         pending->options);
    if (!appended) return std::unexpected(std::move(appended.error()));
    pending->appended = *appended;
    return {};
  };
  core_->write(std::move(write), [this, pending, done = std::move(done)](os::Result<> result) {
    finish(*pending, std::move(result), done);
  });
}

void SqliteJournal::finish(Pending& pending, os::Result<> result, const AppendDone& done) {
  queued_bytes_ -= pending.bytes;
  const std::string& run = pending.run.id;
  if (pending.options.wake_at) {
    if (result)
      timers_->moved(run, pending.appended.run_key, *pending.options.wake_at);
    else
      timers_->not_moved(run);
  }
  if (!result) return done(std::unexpected(std::move(result.error())));
  hub_->publish(run, pending.appended.last_seq, pending.appended.at, std::move(pending.events));
  done(pending.appended.last_seq);
}

net::Task<os::Result<uint64_t>> SqliteJournal::create(Run run, std::vector<NewEvent> events,
                                                      AppendOptions options) {
  auto pending = std::make_shared<Pending>();
  pending->run = std::move(run);
  pending->is_create = true;
  pending->events = std::move(events);
  pending->options = std::move(options);
  auto start = [this, pending](AppendDone done) { submit(pending, std::move(done)); };
  co_return co_await net::await_done<uint64_t>(std::move(start));
}

net::Task<os::Result<uint64_t>> SqliteJournal::append(std::string run, uint64_t expected_seq,
                                                      std::vector<NewEvent> events, AppendOptions options) {
  auto start = [&](AppendDone done) {
    append_async(std::move(run), expected_seq, std::move(events), std::move(options), std::move(done));
  };
  co_return co_await net::await_done<uint64_t>(std::move(start));
}

void SqliteJournal::append_async(std::string run, uint64_t expected_seq, std::vector<NewEvent> events,
                                 AppendOptions options, std::function<void(os::Result<uint64_t>)> done) {
  auto pending = std::make_shared<Pending>();
  pending->run.id = std::move(run);
  pending->expected_seq = expected_seq;
  pending->events = std::move(events);
  pending->options = std::move(options);
  submit(pending, std::move(done));
}

template <class T>
net::Task<os::Result<T>> SqliteJournal::write(std::function<os::Result<T>(store::Connection&)> work,
                                              std::function<void()> durable) {
  auto result = std::make_shared<os::Result<T>>();
  auto start = [this, result, work = std::move(work),
                durable = std::move(durable)](std::function<void(os::Result<T>)> done) {
    auto write = [result, work](store::Connection& connection) -> os::Result<> {
      *result = work(connection);
      if (!*result) return std::unexpected(result->error());
      return {};
    };
    core_->write(std::move(write), [result, durable, done = std::move(done)](os::Result<> written) {
      if (written && durable) durable();
      done(written ? std::move(*result) : os::Result<T>(std::unexpected(std::move(written.error()))));
    });
  };
  co_return co_await net::await_done<T>(std::move(start));
}

os::Result<Run> SqliteJournal::get(std::string_view run) {
  return core_->query([&](store::Connection& connection) { return read_run(connection, run); });
}

os::Result<std::vector<Event>> SqliteJournal::read(std::string_view run, uint64_t from, size_t limit) {
  return core_->query([&](store::Connection& connection) {
    return read_events(connection, run, from, limit, kMaxReadBytes);
  });
}

os::Result<RunPage> SqliteJournal::list(const ListFilter& filter) {
  return core_->query([&](store::Connection& connection) { return list_runs(connection, filter); });
}

std::unique_ptr<Follower> SqliteJournal::follow(const net::Executor& executor, std::string_view run,
                                                uint64_t from) {
  return make_follower(core_, hub_, executor, std::string(run), from);
}

net::Task<os::Result<>> SqliteJournal::remove(std::string run) {
  std::function<os::Result<>(store::Connection&)> work = [this, run](store::Connection& connection) {
    return ledger_.remove(connection, run);
  };
  std::function<void()> durable = [this, run] { hub_->removed(run); };
  co_return co_await write<void>(std::move(work), std::move(durable));
}

net::Task<os::Result<Lease>> SqliteJournal::lease(std::string run, std::string owner, os::Duration length) {
  SOMA_CO_TRY(check_word("lease owner", owner));
  std::function<os::Result<Lease>(store::Connection&)> work = [this, run, owner,
                                                               length](store::Connection& connection) {
    return ledger_.lease(connection, run, owner, length);
  };
  co_return co_await write<Lease>(std::move(work));
}

net::Task<os::Result<Lease>> SqliteJournal::renew(Lease lease, os::Duration length) {
  std::function<os::Result<Lease>(store::Connection&)> work = [this, lease,
                                                               length](store::Connection& connection) {
    return ledger_.renew(connection, lease, length);
  };
  co_return co_await write<Lease>(std::move(work));
}

net::Task<os::Result<>> SqliteJournal::release(Lease lease) {
  std::function<os::Result<>(store::Connection&)> work = [this, lease](store::Connection& connection) {
    return ledger_.release(connection, lease);
  };
  co_return co_await write<void>(std::move(work));
}

void SqliteJournal::on_wake(std::string kind, std::function<void(std::string run)> action) {
  timers_->on_wake(std::move(kind), std::move(action));
}

// An append without events that expects no seq: the timer belongs to the run, not to a writer's view of it.
net::Task<os::Result<>> SqliteJournal::wake_at(std::string run, os::Time when) {
  auto pending = std::make_shared<Pending>();
  pending->run.id = std::move(run);
  pending->expected_seq = std::nullopt;
  pending->options.wake_at = when;
  auto start = [this, pending](AppendDone done) { submit(pending, std::move(done)); };
  const os::Result<uint64_t> set = co_await net::await_done<uint64_t>(std::move(start));
  if (!set) co_return std::unexpected(set.error());
  co_return os::Result<>{};
}

void SqliteJournal::start() {
  timers_->start();
}

std::optional<os::Error> SqliteJournal::stopped() const {
  return core_->stopped();
}

os::Result<std::unique_ptr<Journal>> open_sqlite_journal(SqliteOptions options, os::Clock& clock) {
  store::Options wanted;
  wanted.path = std::move(options.path);
  wanted.vfs = std::move(options.vfs);
  wanted.checkpoint_pages = options.checkpoint_pages;
  wanted.migrations = migrations();
  wanted.application_id = kApplicationId;
  SOMA_ASSIGN(std::unique_ptr<store::Database> database, store::Database::open(std::move(wanted)));
  return std::make_unique<SqliteJournal>(std::move(database), clock);
}

}  // namespace soma::journal
