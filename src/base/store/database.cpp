#include <fmt/format.h>
#include <sqlite3.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <set>

#include "base/store/connection_state.h"
#include "base/store/lock_file.h"
#include "base/store/open.h"
#include "base/store/sqlite_error.h"
#include "base/store/store.h"
#include "base/store/writer.h"

namespace soma::store {

struct Database::State {
  explicit State(Options wanted) : options(std::move(wanted)) {}

  Options options;
  LockFile lock;  // taken first, dropped last
  std::mutex mutex;
  std::condition_variable reader_back;
  std::vector<std::unique_ptr<Connection>> idle_readers;
  std::unique_ptr<Writer> writer;  // closes before the readers do
};

os::Result<std::unique_ptr<Database>> Database::open(Options options) {
  auto state = std::make_unique<State>(std::move(options));
  if (state->options.vfs.empty()) {
    SOMA_ASSIGN(state->lock, LockFile::take(state->options.path + ".lock"));
  }
  SOMA_ASSIGN(sqlite3 * handle, open_file(state->options));
  auto connection = std::make_unique<Connection>(handle);
  for (int reader = 0; reader < state->options.readers; ++reader) {
    SOMA_ASSIGN(sqlite3 * reader_handle, open_handle(state->options, Access::kRead));
    state->idle_readers.push_back(std::make_unique<Connection>(reader_handle));
  }
  state->writer = std::make_unique<Writer>(std::move(connection), state->options);
  return std::unique_ptr<Database>(new Database(std::move(state)));
}

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}

Database::~Database() {
  // The last connection to close moves the log into the file; that must be the writer's, which knows whether
  // the store is well. Its thread ends with queued writes done, whose callbacks may still read.
  state_->writer->finish();
  state_->idle_readers.clear();
}

void Database::write(Write write, Done done) {
  state_->writer->add(std::move(write), std::move(done));
}

void Database::scrub(Done done) {
  state_->writer->scrub(std::move(done));
}

os::Result<> Database::write_and_wait(Write write) {
  std::promise<os::Result<>> answer;
  state_->writer->add(std::move(write),
                      [&answer](os::Result<> result) { answer.set_value(std::move(result)); });
  return answer.get_future().get();
}

os::Result<> Database::read(const std::function<os::Result<>(Connection&)>& read) {
  std::unique_ptr<Connection> reader;
  {
    std::unique_lock lock(state_->mutex);
    state_->reader_back.wait(lock, [this] { return !state_->idle_readers.empty(); });
    reader = std::move(state_->idle_readers.back());
    state_->idle_readers.pop_back();
  }
  // One transaction, so that all statements of the closure see the same moment.
  os::Result<> result = reader->run("BEGIN");
  if (result) result = read(*reader);
  reader->state_->finish_statements();
  if (sqlite3_get_autocommit(reader->state_->db) == 0) static_cast<void>(reader->run("ROLLBACK"));
  {
    std::lock_guard lock(state_->mutex);
    state_->idle_readers.push_back(std::move(reader));
  }
  state_->reader_back.notify_one();
  return result;
}

std::optional<os::Error> Database::stopped() const {
  return state_->writer->stopped();
}

void Database::on_stopped(std::function<void(const os::Error&)> action) {
  state_->writer->on_stopped(std::move(action));
}

void Database::on_undone(std::function<void()> action) {
  state_->writer->on_undone(std::move(action));
}

Database::Statistics Database::statistics() const {
  return state_->writer->statistics();
}

}  // namespace soma::store
