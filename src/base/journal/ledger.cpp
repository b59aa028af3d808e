#include "base/journal/ledger.h"

#include <fmt/format.h>

#include "base/journal/limits.h"
#include "base/journal/time_column.h"

namespace soma::journal {
namespace {

os::Result<> insert_event(store::Connection& connection, int64_t run_key, uint64_t seq, os::Time at,
                          const NewEvent& event) {
  SOMA_ASSIGN(store::Statement statement,
              connection.prepare("INSERT INTO event(run, seq, at, type, body) VALUES (?,?,?,?,?)"));
  statement.bind(1, run_key).bind(2, static_cast<int64_t>(seq)).bind(3, to_column(at));
  return statement.bind(4, event.type).bind(5, event.body).run();
}

os::Result<> set_status(store::Connection& connection, int64_t run_key, const std::string& status,
                        os::Time now) {
  SOMA_ASSIGN(store::Statement statement,
              connection.prepare("UPDATE run SET status=?, updated=? WHERE key=?"));
  return statement.bind(1, status).bind(2, to_column(now)).bind(3, run_key).run();
}

os::Result<> insert_labels(store::Connection& connection, int64_t run_key, const std::vector<Label>& labels) {
  for (const Label& label : labels) {
    SOMA_ASSIGN(store::Statement statement,
                connection.prepare("INSERT OR REPLACE INTO label(run, name, value) VALUES (?,?,?)"));
    SOMA_TRY(statement.bind(1, run_key).bind(2, label.name).bind(3, label.value).run());
  }
  return {};
}

os::Result<> set_labels(store::Connection& connection, int64_t run_key, const std::vector<Label>& labels,
                        os::Time now) {
  SOMA_TRY(insert_labels(connection, run_key, labels));
  SOMA_ASSIGN(store::Statement count, connection.prepare("SELECT count(*) FROM label WHERE run=?"));
  SOMA_TRY(count.bind(1, run_key).step());
  if (count.integer(0) > static_cast<int64_t>(kMaxLabels))
    return os::fail(os::Code::kLimitExceeded, fmt::format("the run would have {} labels, kMaxLabels is {}",
                                                          count.integer(0), kMaxLabels));
  SOMA_ASSIGN(store::Statement touch, connection.prepare("UPDATE run SET updated=? WHERE key=?"));
  return touch.bind(1, to_column(now)).bind(2, run_key).run();
}

os::Result<> set_timer(store::Connection& connection, int64_t run_key, os::Time when, os::Time now) {
  SOMA_ASSIGN(store::Statement statement,
              connection.prepare("UPDATE run SET wake_at=?, updated=? WHERE key=?"));
  if (when == os::Time::max())
    statement.bind_null(1);
  else
    statement.bind(1, to_column(when));
  return statement.bind(2, to_column(now)).bind(3, run_key).run();
}

std::unexpected<os::Error> stale(const std::string& run, uint64_t expected_seq, uint64_t last_seq) {
  auto refused = os::fail(
      os::Code::kConflict,
      fmt::format("run {}: its last event is {}, the append expected {}", run, last_seq, expected_seq),
      "somebody else appended: read from there and decide again");
  refused.error().details = {
      {"run", run}, {"lastSeq", std::to_string(last_seq)}, {"expectedSeq", std::to_string(expected_seq)}};
  return refused;
}

std::unexpected<os::Error> fenced(const std::string& run, uint64_t fence, uint64_t newest) {
  auto refused =
      os::fail(os::Code::kConflict,
               fmt::format("run {}: its lease went to a newer owner (fence {}, this writer holds {})", run,
                           newest, fence),
               "stop working on this run");
  refused.error().details = {{"run", run}, {"fence", std::to_string(newest)}};
  return refused;
}

}  // namespace

void Ledger::forget() {
  entries_.clear();
}

os::Result<Ledger::Entry*> Ledger::find(store::Connection& connection, const std::string& run) {
  if (const auto known = entries_.find(run); known != entries_.end()) return &known->second;
  SOMA_ASSIGN(
      store::Statement statement,
      connection.prepare(
          "SELECT key, fence, (SELECT max(seq) FROM event WHERE event.run = run.key) FROM run WHERE id=?"));
  SOMA_ASSIGN(const bool found, statement.bind(1, run).step());
  if (!found) return os::fail(os::Code::kNotFound, fmt::format("there is no run {}", run));
  if (entries_.size() >= kMaxCachedRuns) entries_.clear();
  const Entry entry{statement.integer(0), static_cast<uint64_t>(statement.integer(2)),
                    static_cast<uint64_t>(statement.integer(1))};
  return &entries_.emplace(run, entry).first->second;
}

os::Result<int64_t> Ledger::next_key(store::Connection& connection) {
  if (last_key_ == 0) {
    SOMA_ASSIGN(store::Statement statement, connection.prepare("SELECT max(key) FROM run"));
    SOMA_TRY(statement.step());
    last_key_ = statement.integer(0);
  }
  return ++last_key_;
}

os::Result<Appended> Ledger::create(store::Connection& connection, const Run& run,
                                    const std::vector<NewEvent>& events, const AppendOptions& options) {
  if (auto existing = find(connection, run.id); existing)
    return os::fail(os::Code::kAlreadyExists, fmt::format("the run {} exists", run.id));
  else if (existing.error().code != os::Code::kNotFound)
    return std::unexpected(std::move(existing.error()));
  const os::Time now = clock_.now();
  SOMA_ASSIGN(const int64_t key, next_key(connection));
  SOMA_ASSIGN(
      store::Statement statement,
      connection.prepare("INSERT INTO run(key, id, kind, status, created, updated) VALUES (?,?,?,?,?,?)"));
  const os::Time created = run.created == os::Time() ? now : run.created;
  statement.bind(1, key).bind(2, run.id).bind(3, run.kind).bind(4, run.status);
  SOMA_TRY(statement.bind(5, to_column(created)).bind(6, to_column(now)).run());
  SOMA_TRY(insert_labels(connection, key, run.labels));  // their number was checked
  if (entries_.size() >= kMaxCachedRuns) entries_.clear();
  Entry& entry = entries_.emplace(run.id, Entry{.key = key}).first->second;
  return write(connection, entry, events, options);
}

os::Result<Appended> Ledger::append(store::Connection& connection, const std::string& run,
                                    std::optional<uint64_t> expected_seq, const std::vector<NewEvent>& events,
                                    const AppendOptions& options) {
  SOMA_ASSIGN(Entry * entry, find(connection, run));
  if (options.fence && *options.fence < entry->fence) return fenced(run, *options.fence, entry->fence);
  if (expected_seq && *expected_seq != entry->last_seq) return stale(run, *expected_seq, entry->last_seq);
  return write(connection, *entry, events, options);
}

os::Result<Appended> Ledger::write(store::Connection& connection, Entry& entry,
                                   const std::vector<NewEvent>& events, const AppendOptions& options) {
  const os::Time now = clock_.now();
  uint64_t seq = entry.last_seq;
  for (const NewEvent& event : events) SOMA_TRY(insert_event(connection, entry.key, ++seq, now, event));
  if (options.status) SOMA_TRY(set_status(connection, entry.key, *options.status, now));
  if (!options.labels.empty()) SOMA_TRY(set_labels(connection, entry.key, options.labels, now));
  if (options.wake_at) SOMA_TRY(set_timer(connection, entry.key, *options.wake_at, now));
  entry.last_seq = seq;
  return Appended{entry.key, seq, now};
}

os::Result<> Ledger::remove(store::Connection& connection, const std::string& run) {
  SOMA_ASSIGN(Entry * entry, find(connection, run));
  for (const char* sql :
       {"DELETE FROM event WHERE run=?", "DELETE FROM label WHERE run=?", "DELETE FROM run WHERE key=?"}) {
    SOMA_ASSIGN(store::Statement statement, connection.prepare(sql));
    SOMA_TRY(statement.bind(1, entry->key).run());
  }
  SOMA_TRY(next_key(connection));  // so that this run's key, maybe the greatest, is not given again
  entries_.erase(run);
  return {};
}

os::Result<Lease> Ledger::lease(store::Connection& connection, const std::string& run,
                                const std::string& owner, os::Duration length) {
  SOMA_ASSIGN(Entry * entry, find(connection, run));
  const os::Time now = clock_.now();
  SOMA_ASSIGN(store::Statement holder, connection.prepare("SELECT owner, lease_until FROM run WHERE key=?"));
  SOMA_TRY(holder.bind(1, entry->key).step());
  const os::Time until = from_column(holder.integer(1));
  if (!holder.text(0).empty() && holder.text(0) != owner && until > now) {
    auto refused =
        os::fail(os::Code::kConflict,
                 fmt::format("run {}: leased by {} until {}", run, holder.text(0), os::format_time(until)),
                 "wait until the lease ends or is released");
    refused.error().details = {
        {"run", run}, {"owner", std::string(holder.text(0))}, {"until", os::format_time(until)}};
    return refused;
  }
  Lease lease{run, owner, entry->fence + 1, now + length};
  SOMA_ASSIGN(store::Statement take,
              connection.prepare("UPDATE run SET owner=?, lease_until=?, fence=? WHERE key=?"));
  take.bind(1, owner).bind(2, to_column(lease.until)).bind(3, static_cast<int64_t>(lease.fence));
  SOMA_TRY(take.bind(4, entry->key).run());
  entry->fence = lease.fence;
  return lease;
}

// A lease that has run out but that nobody else took may still be renewed: nothing can have happened in
// between.
os::Result<Lease> Ledger::renew(store::Connection& connection, const Lease& lease, os::Duration length) {
  SOMA_ASSIGN(Entry * entry, find(connection, lease.run));
  SOMA_ASSIGN(store::Statement holder, connection.prepare("SELECT owner FROM run WHERE key=?"));
  SOMA_TRY(holder.bind(1, entry->key).step());
  if (entry->fence != lease.fence || holder.text(0) != lease.owner)
    return fenced(lease.run, lease.fence, entry->fence);
  Lease renewed = lease;
  renewed.until = clock_.now() + length;
  SOMA_ASSIGN(store::Statement statement, connection.prepare("UPDATE run SET lease_until=? WHERE key=?"));
  SOMA_TRY(statement.bind(1, to_column(renewed.until)).bind(2, entry->key).run());
  return renewed;
}

// The fence stays: the next owner's must be greater.
os::Result<> Ledger::release(store::Connection& connection, const Lease& lease) {
  SOMA_ASSIGN(Entry * entry, find(connection, lease.run));
  if (entry->fence != lease.fence) return fenced(lease.run, lease.fence, entry->fence);
  SOMA_ASSIGN(store::Statement statement,
              connection.prepare("UPDATE run SET owner='', lease_until=0 WHERE key=?"));
  return statement.bind(1, entry->key).run();
}

}  // namespace soma::journal
