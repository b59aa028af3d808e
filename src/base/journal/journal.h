// The spine: everything long-running is a run, and a run is what its journal says.
//
// A run is resumed, streamed, shown and traced from its events. append() returns after the events are
// durable; follow() shows an event only after that. expected_seq fences writers: whoever appends on a stale
// view is refused. Format on disk: docs/journal-format.md. Thread-safe. Coroutines resume on the loop that
// awaits them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/net/net.h"
#include "base/os/os.h"

namespace soma::journal {

inline constexpr size_t kMaxEventBytes = 16u << 20;  // one event's body as JSON text
inline constexpr size_t kMaxAppendEvents = 4'096;    // events in one append
inline constexpr size_t kMaxRunIdBytes = 512;
inline constexpr size_t kMaxLabels = 32;
inline constexpr size_t kMaxListStatuses = 16;   // in one list()
inline constexpr size_t kMaxReadEvents = 1'000;  // one read()'s limit
inline constexpr size_t kMaxReadBytes =
    64u << 20;  // the bodies of one read(): it ends early past this, after at least one event
inline constexpr size_t kTailEvents = 256;  // newest events of a followed run kept in memory

struct Label {
  std::string name, value;
};

struct Run {
  std::string id;
  std::string kind;    // "session", "execution", …
  std::string status;  // the kind's own words: "idle", "running", "ended"
  std::vector<Label> labels;
  os::Time created, updated;
  uint64_t last_seq = 0;
  std::string_view label(std::string_view name) const;
};

struct NewEvent {
  std::string type;
  std::string body;  // JSON text, compact: written once, never parsed on the hot path
};

struct Event {
  uint64_t seq = 0;  // dense, from 1
  os::Time at;
  std::string type;
  std::string body;
};
using EventPtr = std::shared_ptr<const Event>;

struct AppendOptions {
  std::optional<std::string> status{};  // the run's new status, in the same transaction
  std::vector<Label> labels{};          // set or replaced, in the same transaction
  std::optional<os::Time> wake_at{};    // sets the run's timer; Time::max() clears it
  std::optional<uint64_t> fence{};      // refused (kConflict) when the run's lease has a newer fence
};

struct Lease {
  std::string run;
  std::string owner;
  uint64_t fence = 0;  // grows with each new owner
  os::Time until;
};

// Follows one run: history from `from`, then live, for ever. Belongs to one loop. Memory bounded: a slow
// follower reads from disk.
class Follower {
 public:
  virtual ~Follower() = default;
  // The next events in order, at least one, at most `limit`; waits for them. kCancelled after close() or when
  // the journal closes.
  virtual net::Task<os::Result<std::vector<EventPtr>>> next(size_t limit = kTailEvents) = 0;
  // The same, without waiting longer than `deadline`: empty then.
  virtual net::Task<os::Result<std::vector<EventPtr>>> next_until(os::Clock& clock, os::Time deadline,
                                                                  size_t limit = kTailEvents) = 0;
  virtual void close() = 0;  // thread-safe: wakes a waiting next()
};

struct ListFilter {
  std::string kind{};                   // empty: all
  std::vector<std::string> statuses{};  // any of them; empty: all
  std::vector<Label> labels{};
  size_t limit = 100;
  std::string page_token{};  // from the last page
};
struct RunPage {
  std::vector<Run> runs;   // newest created first
  std::string next_token;  // empty: no more
};

class Journal {
 public:
  virtual ~Journal() = default;

  // Makes the run (`created`: now, unless set) with its first events. kAlreadyExists. Returns the last seq.
  virtual net::Task<os::Result<uint64_t>> create(Run run, std::vector<NewEvent> events,
                                                 AppendOptions options = {}) = 0;
  // Durable on return. expected_seq = the last seq that the writer has seen; kConflict names the real one
  // when it is stale.
  virtual net::Task<os::Result<uint64_t>> append(std::string run, uint64_t expected_seq,
                                                 std::vector<NewEvent> events,
                                                 AppendOptions options = {}) = 0;
  // The same without waiting: `done` is called on the journal's thread after the events are durable. Appends
  // of one caller keep their order, so the next may be sent with the expected_seq that this one will reach.
  virtual void append_async(std::string run, uint64_t expected_seq, std::vector<NewEvent> events,
                            AppendOptions options, std::function<void(os::Result<uint64_t>)> done) = 0;

  virtual os::Result<Run> get(std::string_view run) = 0;  // kNotFound
  virtual os::Result<std::vector<Event>> read(std::string_view run, uint64_t from, size_t limit) = 0;
  virtual os::Result<RunPage> list(const ListFilter& filter) = 0;
  virtual std::unique_ptr<Follower> follow(const net::Executor& executor, std::string_view run,
                                           uint64_t from) = 0;
  // Removes the run, its events, timer and lease. kNotFound.
  virtual net::Task<os::Result<>> remove(std::string run) = 0;

  // One owner per run at a time. kConflict while another owner's lease holds. A new owner gets a greater
  // fence.
  virtual net::Task<os::Result<Lease>> lease(std::string run, std::string owner, os::Duration length) = 0;
  virtual net::Task<os::Result<Lease>> renew(Lease lease, os::Duration length) = 0;  // kConflict: it was lost
  virtual net::Task<os::Result<>> release(Lease lease) = 0;

  // Durable timers: `action` is told of each run whose wake time has come, at least once after each restart;
  // the timer stays until the run's next append clears or moves it. One action for each kind, set before
  // start().
  virtual void on_wake(std::string kind, std::function<void(std::string run)> action) = 0;
  virtual net::Task<os::Result<>> wake_at(std::string run, os::Time when) = 0;
  virtual void start() = 0;

  // Nothing while well; else why the journal refuses writes.
  virtual std::optional<os::Error> stopped() const = 0;
};

struct SqliteOptions {
  std::string path;
  std::string vfs{};             // see store::register_file_system
  int checkpoint_pages = 4'000;  // see store::Options
};
os::Result<std::unique_ptr<Journal>> open_sqlite_journal(SqliteOptions options, os::Clock& clock);

}  // namespace soma::journal
