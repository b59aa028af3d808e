// Group commit without a savepoint for each write.
//
// One sync costs more than a hundred small writes, so whatever waits shares a transaction. A write that fails
// must undo only itself, which SQLite offers as savepoints; but under a savepoint each first change of a page
// copies the page aside, and that copying is paid by every write for a failure that is rare. So a batch runs
// bare first. A write that fails before it changed anything (a stale sequence number, a taken id: nearly all
// failures) costs nothing. Only when one fails after changing something is the whole transaction rolled back
// and the batch run again, then with a savepoint around each.
//
// Room in the log, ahead of time. A sync after a write that made a file longer also writes the file system's
// own records, and takes twice as long as one after a write into room that was there (and, at times, fifty
// times). So the log is filled with zeros a little ahead of what is in it, while nothing waits. SQLite takes
// zeros behind the last frame for the end of the log, as it takes what an earlier round left there.
#include "base/store/writer.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/store/connection_state.h"
#include "base/store/sqlite_error.h"

namespace soma::store {
namespace {

// A log this many times longer than options_.checkpoint_pages waits for readers to let go of it, so that it
// stays bounded even when some reader is always active.
constexpr int kTruncateFactor = 4;

constexpr int64_t kLogStep = 256 << 10;       // filled at once
constexpr int64_t kLogAhead = 2 << 20;        // room that is wanted when nothing waits
constexpr int64_t kLogLeastAhead = 64 << 10;  // room below which the next batch waits for more
constexpr int64_t kFrameHeaderBytes = 24;     // before each page in the log

int remember_wal_pages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

}  // namespace

Writer::Writer(std::unique_ptr<Connection> connection, const Options& options)
    : connection_(std::move(connection)), options_(options) {
  sqlite3_wal_hook(connection_->state_->db, remember_wal_pages, &wal_pages_);
  thread_ = std::thread([this] { run(); });
}

void Writer::finish() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  work_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Writer::~Writer() {
  finish();
  // After a failure nobody knows what the disk holds: leave the log for the next start's recovery.
  if (stopped_) sqlite3_db_config(connection_->state_->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void Writer::add(Database::Write write, Database::Done done) {
  submit({std::move(write), std::move(done)});
}

void Writer::scrub(Database::Done done) {
  submit({[](Connection&) -> os::Result<> { return {}; }, std::move(done), true});
}

void Writer::submit(Job job) {
  std::unique_lock lock(mutex_);
  if (os::Result<> accepted = check_room(); !accepted) {
    lock.unlock();
    job.done(std::move(accepted));
    return;
  }
  queue_.push_back(std::move(job));
  lock.unlock();
  work_.notify_one();
}

os::Result<> Writer::check_room() const {
  if (stopped_) return std::unexpected(*stopped_);
  if (queue_.size() < options_.max_queued_writes) return {};
  return os::fail(os::Code::kLimitExceeded,
                  fmt::format("{}: {} writes are waiting (max_queued_writes)", options_.path, queue_.size()),
                  "send less at once, or wait for earlier writes");
}

std::optional<os::Error> Writer::stopped() const {
  std::lock_guard lock(mutex_);
  return stopped_;
}

void Writer::on_stopped(std::function<void(const os::Error&)> action) {
  std::lock_guard lock(mutex_);
  stopped_action_ = std::move(action);
}

void Writer::on_undone(std::function<void()> action) {
  undone_ = std::move(action);
}

Database::Statistics Writer::statistics() const {
  return {commits_, writes_};
}

void Writer::run() {
  for (;;) {
    std::vector<Job> batch = take_batch();
    if (batch.empty()) return;
    if (const auto error = stopped(); error)
      refuse(batch, *error);
    else
      commit_batch(batch);
    if (std::ranges::any_of(batch, &Job::scrub)) scrub_for(batch);
    for (Job& job : batch) job.done(std::move(job.result));
    batch.clear();
    // One that fails is made up for by a later one, or has stopped the store.
    if (wal_pages_ >= options_.checkpoint_pages && !stopped())
      static_cast<void>(checkpoint(wal_pages_ >= kTruncateFactor * options_.checkpoint_pages
                                       ? SQLITE_CHECKPOINT_TRUNCATE
                                       : SQLITE_CHECKPOINT_PASSIVE));
    if (log_wants_room(kLogLeastAhead)) grow_log();
  }
}

std::vector<Writer::Job> Writer::take_batch() {
  std::unique_lock lock(mutex_);
  while (!closing_ && queue_.empty() && !stopped_ && log_wants_room(kLogAhead)) {
    lock.unlock();
    grow_log();
    lock.lock();
  }
  work_.wait(lock, [this] { return closing_ || !queue_.empty(); });
  const size_t count = std::min(queue_.size(), options_.max_batch);
  std::vector<Job> batch(std::make_move_iterator(queue_.begin()),
                         std::make_move_iterator(queue_.begin() + static_cast<ptrdiff_t>(count)));
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<ptrdiff_t>(count));
  return batch;
}

void Writer::commit_batch(std::vector<Job>& batch) {
  if (!begin(batch)) return;
  if (run_together(batch) == Outcome::kFinished) return;
  sqlite3_exec(connection_->state_->db, "ROLLBACK", nullptr, nullptr, nullptr);
  undo();
  if (!begin(batch)) return;
  run_separately(batch);
}

bool Writer::begin(std::vector<Job>& batch) {
  const os::Result<> begun = connection_->run("BEGIN IMMEDIATE");
  if (begun) return true;
  refuse(batch, begun.error());
  // Held by a foreign program, or no room for the log's index: nothing was written. Everything else is a disk
  // that fails.
  if (begun.error().code != os::Code::kUnavailable && begun.error().code != os::Code::kLimitExceeded)
    stop(begun.error());
  return false;
}

Writer::Outcome Writer::run_together(std::vector<Job>& batch) {
  for (Job& job : batch) {
    connection_->state_->may_have_written = false;
    job.result = job.write(*connection_);
    if (job.result) continue;
    if (transaction_lost()) {
      const os::Error error = job.result.error();
      undo();
      if (error.code != os::Code::kLimitExceeded) stop(error);
      refuse(batch, error);
      return Outcome::kFinished;
    }
    connection_->state_->finish_statements();
    if (connection_->state_->may_have_written) return Outcome::kSeparate;
  }
  commit(batch);
  return Outcome::kFinished;
}

void Writer::run_separately(std::vector<Job>& batch) {
  sqlite3* db = connection_->state_->db;
  for (Job& job : batch) {
    sqlite3_exec(db, "SAVEPOINT one_write", nullptr, nullptr, nullptr);
    job.result = job.write(*connection_);
    if (!job.result) {
      connection_->state_->finish_statements();
      if (!transaction_lost()) sqlite3_exec(db, "ROLLBACK TO one_write", nullptr, nullptr, nullptr);
      undo();
    }
    if (transaction_lost()) {
      const os::Error error = job.result
                                  ? os::Error{os::Code::kInternal, "a write ended its own transaction", ""}
                                  : job.result.error();
      if (error.code != os::Code::kLimitExceeded) stop(error);
      refuse(batch, error);
      return;
    }
    sqlite3_exec(db, "RELEASE one_write", nullptr, nullptr, nullptr);
  }
  commit(batch);
}

void Writer::commit(std::vector<Job>& batch) {
  connection_->state_->finish_statements();
  const os::Result<> committed = connection_->run("COMMIT");
  if (committed) {
    commits_ += 1;
    writes_ += batch.size();
    return;
  }
  const os::Error& error = committed.error();
  if (!transaction_lost()) sqlite3_exec(connection_->state_->db, "ROLLBACK", nullptr, nullptr, nullptr);
  undo();
  if (error.code != os::Code::kLimitExceeded) stop(error);
  refuse(batch, error);
}

void Writer::refuse(std::vector<Job>& batch, const os::Error& error) {
  for (Job& job : batch) job.result = std::unexpected(error);
}

void Writer::undo() {
  if (undone_) undone_();
}

void Writer::stop(const os::Error& error) {
  os::Error reason{os::Code::kUnavailable,
                   fmt::format("{}: the store stopped: {}", options_.path, error.message),
                   "check the disk, then restart; everything acknowledged before is kept"};
  std::function<void(const os::Error&)> action;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = reason;
    action = stopped_action_;
  }
  os::log(os::Level::kError, "store.stopped", {{"path", options_.path}, {"cause", error.message}});
  if (action) action(reason);
}

bool Writer::transaction_lost() const {
  return sqlite3_get_autocommit(connection_->state_->db) != 0;
}

os::Result<> Writer::checkpoint(int mode) {
  sqlite3* db = connection_->state_->db;
  const int result = sqlite3_wal_checkpoint_v2(db, nullptr, mode, nullptr, nullptr);
  const int primary = result & 0xff;
  if (primary == SQLITE_OK && mode == SQLITE_CHECKPOINT_TRUNCATE) {
    wal_pages_ = 0;
    log_bytes_ = 0;
    log_may_grow_ = true;
  }
  if (primary == SQLITE_OK) return {};
  const os::Error error = fail_sqlite(db, result, "checkpoint").error();
  // A full disk leaves the log as it is; writes go on until there is no room for them either.
  if (primary != SQLITE_BUSY && primary != SQLITE_FULL) stop(error);
  return std::unexpected(error);
}

void Writer::scrub_for(std::vector<Job>& batch) {
  os::Result<> emptied =
      stopped() ? os::Result<>(std::unexpected(*stopped())) : checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
  for (Job& job : batch)
    if (job.scrub && job.result) job.result = emptied;
}

bool Writer::log_wants_room(int64_t bytes) const {
  const int64_t page = options_.page_bytes + kFrameHeaderBytes;
  const int64_t used = wal_pages_ * page;
  // Nothing was written yet: a program that only looks leaves the disk alone.
  if (!log_may_grow_ || used == 0) return false;
  return log_bytes_ < std::min(used + bytes, options_.checkpoint_pages * page);
}

void Writer::grow_log() {
  // Under the lock of a write, so that no other program's end of the log is written over.
  log_may_grow_ = connection_->run("BEGIN IMMEDIATE").has_value();
  if (!log_may_grow_) return;
  const int result = append_zeros();
  sqlite3* db = connection_->state_->db;
  log_may_grow_ = result == SQLITE_OK;
  // A full disk leaves the log as it is.
  if (!log_may_grow_ && (result & 0xff) != SQLITE_FULL)
    stop(fail_sqlite(db, result, "room in the log").error());
  sqlite3_exec(db, "ROLLBACK", nullptr, nullptr, nullptr);
}

int Writer::append_zeros() {
  sqlite3_file* log = nullptr;
  int result = sqlite3_file_control(connection_->state_->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (result != SQLITE_OK) return result;
  result = log->pMethods->xFileSize(log, &log_bytes_);
  static const std::vector<char> zeros(kLogStep);
  if (result == SQLITE_OK)
    result = log->pMethods->xWrite(log, zeros.data(), static_cast<int>(kLogStep), log_bytes_);
  if (result == SQLITE_OK) result = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
  if (result == SQLITE_OK) log_bytes_ += kLogStep;
  return result;
}

}  // namespace soma::store
