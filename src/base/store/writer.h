// The one thread that writes: takes what waits, runs it in one transaction, commits, syncs, and then answers.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/store/store.h"

namespace soma::store {

class Writer {
 public:
  Writer(std::unique_ptr<Connection> connection, const Options& options);
  ~Writer();  // closes the file; the log is moved into it unless the store stopped

  void finish();  // does what is queued and ends the thread; nothing may be added after that

  void add(Database::Write write, Database::Done done);
  void scrub(Database::Done done);
  std::optional<os::Error> stopped() const;
  void on_stopped(std::function<void(const os::Error&)> action);
  void on_undone(std::function<void()> action);
  Database::Statistics statistics() const;

 private:
  struct Job {
    Database::Write write;
    Database::Done done;
    bool scrub = false;  // empties the log once its batch is committed
    os::Result<> result{};
  };
  enum class Outcome { kFinished, kSeparate };

  void submit(Job job);
  os::Result<> check_room() const;  // with mutex_ held
  void run();
  std::vector<Job> take_batch();
  void commit_batch(std::vector<Job>& batch);
  Outcome run_together(std::vector<Job>& batch);
  void run_separately(std::vector<Job>& batch);
  bool begin(std::vector<Job>& batch);
  void commit(std::vector<Job>& batch);
  void refuse(std::vector<Job>& batch, const os::Error& error);
  void undo();
  void stop(const os::Error& error);
  bool transaction_lost() const;
  os::Result<> checkpoint(int mode);  // SQLite's word for it
  void scrub_for(std::vector<Job>& batch);
  // Whether the log has less prepared room ahead than `bytes`, and may have more.
  bool log_wants_room(int64_t bytes) const;
  void grow_log();
  int append_zeros();  // to the log; SQLite's result

  std::unique_ptr<Connection> connection_;
  const Options options_;
  int wal_pages_ = 0;
  long long log_bytes_ = 0;   // of the log's file, prepared room included
  bool log_may_grow_ = true;  // not after a full disk
  std::function<void()> undone_;

  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::deque<Job> queue_;
  bool closing_ = false;
  std::optional<os::Error> stopped_;
  std::function<void(const os::Error&)> stopped_action_;
  std::atomic<uint64_t> commits_ = 0, writes_ = 0;
  std::thread thread_;
};

}  // namespace soma::store
