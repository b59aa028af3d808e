// What the journal, its followers and its timers share: the database, which may close under them.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "base/store/store.h"

namespace soma::journal {

// Thread-safe. Followers may outlive the journal; they find it closed.
class Core {
 public:
  Core(std::unique_ptr<store::Database> database, os::Clock& clock)
      : clock(clock), database_(std::move(database)) {}

  // kCancelled once closed.
  os::Result<> read(const std::function<os::Result<>(store::Connection&)>& read) {
    std::shared_lock lock(gate_);
    if (!database_) return os::fail(os::Code::kCancelled, "the journal is closed");
    return database_->read(read);
  }
  // Calls query(connection) in a read transaction and returns its result.
  template <class Query>
  auto query(Query query) {
    std::invoke_result_t<Query&, store::Connection&> result{};
    const os::Result<> done = read([&](store::Connection& connection) -> os::Result<> {
      result = query(connection);
      return {};
    });
    if (!done) result = std::unexpected(done.error());
    return result;
  }
  void write(store::Database::Write write, store::Database::Done done) {
    std::shared_lock lock(gate_);
    if (!database_) return done(os::fail(os::Code::kCancelled, "the journal is closed"));
    database_->write(std::move(write), std::move(done));
  }
  std::optional<os::Error> stopped() {
    std::shared_lock lock(gate_);
    if (!database_) return os::Error{os::Code::kCancelled, "the journal is closed", ""};
    return database_->stopped();
  }
  // Finishes what is queued and closes the file.
  void close() {
    std::unique_ptr<store::Database> database;
    {
      std::unique_lock lock(gate_);
      database = std::move(database_);
    }
  }

  os::Clock& clock;

 private:
  std::shared_mutex gate_;
  std::unique_ptr<store::Database> database_;
};

}  // namespace soma::journal
