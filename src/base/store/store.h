// SQLite, the way soma uses it: one writer thread with group commit, a pool of readers, fail-stop.
//
// Every write is a closure that runs inside a transaction on the writer thread. Closures that wait at the
// same time share one transaction and one sync (group commit), and one's failure undoes only itself. A
// write's callback comes after the commit is durable (WAL, synchronous FULL). When a commit or sync fails,
// the store stops: every later write is refused with kUnavailable naming the first cause, because what the
// disk holds is not known any more; on_stopped tells the owner. A full disk is different: the transaction is
// undone and refused with kLimitExceeded, and the store goes on when there is room again.
//
//   Statement  a prepared statement: bind, step, column
//   Database   one file
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/os/os.h"

struct sqlite3;
struct sqlite3_stmt;

namespace soma::store {

// Borrowed from a Connection's cache: valid until the Connection prepares the same text again. Not
// thread-safe.
class Statement {
 public:
  Statement& bind(int index, int64_t value);  // index from 1
  Statement& bind(int index, std::string_view text);
  Statement& bind_blob(int index, std::string_view bytes);
  Statement& bind_null(int index);
  os::Result<bool> step();  // true: a row is there
  os::Result<> run();       // steps to the end, for statements without rows
  int64_t integer(int column) const;
  std::string_view text(int column) const;  // valid until the next step
  std::string_view blob(int column) const;
  bool is_null(int column) const;

 private:
  friend class Connection;
  Statement(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  sqlite3* db_;
  sqlite3_stmt* statement_;
  int bind_error_ = 0;  // the first, reported by step()
};

class Connection {
 public:
  explicit Connection(sqlite3* db);  // owns it
  ~Connection();
  // A cached prepared statement, reset and unbound.
  os::Result<Statement> prepare(std::string_view sql);
  os::Result<> run(std::string_view sql);      // one statement without parameters and rows, cached
  os::Result<> execute(std::string_view sql);  // one or more statements without rows, parsed anew
  int64_t changes() const;
  int64_t last_insert_rowid() const;

 private:
  friend class Database;
  friend class Writer;
  struct State;
  std::unique_ptr<State> state_;
};

inline constexpr uint32_t kDefaultApplicationId = 0x736f6d61;  // "soma"

struct Options {
  std::string path;
  std::vector<std::string>
      migrations{};       // one SQL text per schema version, applied in order, each in its own transaction
  int page_bytes = 4096;  // a commit writes whole pages, and a sync takes as long as what it writes
  int readers = 2;
  size_t max_batch = 512;              // writes per transaction
  size_t max_queued_writes = 100'000;  // more is kLimitExceeded at once
  int checkpoint_pages = 4'000;  // pages in the log before they are moved into the file; the log stays under
                                 // about four times that
  bool secure_delete = false;    // what is deleted is overwritten in the file, at the price of slower deletes
  std::string vfs{};             // an SQLite VFS registered by register_file_system(); empty: SQLite's own
  uint32_t application_id =
      kDefaultApplicationId;  // stamped into the file; a file with another one is refused
};

class Database {
 public:
  // Errors: kCorrupt (not a database, newer schema), kUnavailable (another process holds it), and the file
  // system's.
  static os::Result<std::unique_ptr<Database>> open(Options options);
  ~Database();  // finishes queued writes

  // May run more than once before its Done is called (when a neighbour's failure undoes the transaction):
  // what it changes in memory must be assigned anew each time, or dropped by on_undone().
  using Write = std::function<os::Result<>(Connection&)>;
  // Called once on the writer thread: after the commit is durable, or with the error. Keep it short. A write
  // that is refused at once (queue full, stopped) has it called on the caller's thread.
  using Done = std::function<void(os::Result<>)>;
  void write(Write write, Done done);
  os::Result<> write_and_wait(Write write);

  // After the writes before it: empties the log, so that what they deleted (with secure_delete) is nowhere on
  // disk any more. kUnavailable when readers held the log for the whole of the busy timeout: it goes later.
  void scrub(Done done);

  // Runs on the caller's thread with a reader from the pool (waits for one); sees everything acknowledged
  // before the call.
  os::Result<> read(const std::function<os::Result<>(Connection&)>& read);

  // Nothing while the store is well; else the first failure. Called once from the writer thread when it
  // stops.
  std::optional<os::Error> stopped() const;
  void on_stopped(std::function<void(const os::Error&)> action);
  // Called on the writer thread whenever writes that had run were undone: memory kept beside the database
  // must be dropped. Set it before the first write.
  void on_undone(std::function<void()> action);

  struct Statistics {
    uint64_t commits = 0, writes = 0;
  };
  Statistics statistics() const;

 private:
  struct State;
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Makes `files` reachable for SQLite under a VFS name, so that tests can run the whole store on a file system
// that fails. WAL's shared memory is kept in this process: one process at a time. `files` must outlive every
// Database that uses it. kAlreadyExists when the name is taken.
os::Result<> register_file_system(const std::string& vfs_name, os::FileSystem& files);
// No Database may use it any more.
void unregister_file_system(const std::string& vfs_name);

}  // namespace soma::store
