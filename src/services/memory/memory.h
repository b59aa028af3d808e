// Memory: what was said is kept as events; what is worth remembering of it becomes records.
//
//   memory_types.h      what a memory, an event and a record are
//   metadata.h          names and values to filter by
//   strategies/         how conversations become records: rules, no model
//   memory.h            this file
//   routes.h            its HTTP face: the API of AgentCore Memory, and soma's own
//
// An event is durable when create_event returns, and so is the wish to consolidate it: both are one
// transaction. A strategy's changes, and that it has seen the events which led to them, are one transaction
// again. So a kill at any moment neither loses an event, nor forgets to read it, nor reads it twice.
//
// What is deleted is gone: rows are overwritten in the file (secure delete), and the search index is in
// memory only. Thread-safe. Coroutines resume on the caller's loop; what is no coroutine reads the disk on
// the caller's thread. Searches work on a worker thread: the first one of a memory builds its index.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/net/net.h"
#include "base/os/os.h"
#include "services/memory/memory_types.h"

namespace soma::memory {

inline constexpr size_t kMaxMemories = 1'000;
inline constexpr int kMaxAttempts = 3;                // of one consolidation, before it waits for somebody
inline constexpr size_t kMaxIndexBytes = 256u << 20;  // of all indexes in memory; the least used go first

struct Dependencies {
  os::Clock& clock;
  os::IdSource& ids;
  net::LoopPool& loops;
  std::string path;   // of the database's file
  std::string vfs{};  // see store::register_file_system
};

// Where a reader of everything that happens is; from 0.
struct Changes {
  std::vector<Event> events;    // in order of their change
  std::vector<Record> records;  // added or rewritten, in order of their change
  uint64_t upto = 0;            // go on from here
};

class Service {
 public:
  static os::Result<std::unique_ptr<Service>> open(Dependencies dependencies);
  ~Service();
  // Consolidates what waits, from now on. Once the loops run.
  void start();
  void stop();

  // Memories. `memory` is an id or an ARN, here and below. Errors: kNotFound, kInvalidArgument naming the
  // member, kAlreadyExists (the name), kLimitExceeded. A repeated create with the same token answers the
  // first one's memory.
  net::Task<os::Result<Memory>> create(NewMemory wanted);
  net::Task<os::Result<Memory>> update(std::string memory, MemoryUpdate update);
  net::Task<os::Result<Memory>> remove(std::string memory);  // with everything in it
  os::Result<Memory> get(std::string_view memory) const;
  os::Result<Page<Memory>> list(size_t limit, std::string_view token) const;  // oldest first
  std::optional<Memory> managed_by(std::string_view arn) const;  // that the harness made for itself

  // Events. A repeated create with the same token answers the first one's event.
  net::Task<os::Result<Event>> create_event(NewEvent event);
  os::Result<Event> event(std::string_view memory, std::string_view actor, std::string_view session,
                          std::string_view id) const;
  net::Task<os::Result<>> delete_event(std::string memory, std::string actor, std::string session,
                                       std::string id);
  os::Result<Page<Event>> events(std::string_view memory, std::string_view actor, std::string_view session,
                                 const EventFilter& filter, size_t limit,
                                 std::string_view token) const;  // newest first
  os::Result<Page<SessionSummary>> sessions(std::string_view memory, std::string_view actor, size_t limit,
                                            std::string_view token,
                                            bool with_events = false) const;  // newest first
  os::Result<Page<std::string>> actors(std::string_view memory, size_t limit, std::string_view token) const;

  // Records.
  os::Result<Record> record(std::string_view memory, std::string_view id) const;
  os::Result<Page<Record>> records(std::string_view memory, const RecordFilter& filter, size_t limit,
                                   std::string_view token) const;  // newest first
  // The records that say most about the question, best first. A record that another one supersedes counts
  // half.
  net::Task<os::Result<std::vector<FoundRecord>>> retrieve(std::string memory, RecordFilter filter,
                                                           std::string question, size_t top_k) const;
  // What one client writes itself. An element that fails fails alone; the call fails only as a whole.
  net::Task<os::Result<std::vector<BatchOutcome>>> create_records(std::string memory,
                                                                  std::vector<NewRecord> records,
                                                                  std::string client_token);
  net::Task<os::Result<std::vector<BatchOutcome>>> update_records(std::string memory,
                                                                  std::vector<RecordUpdate> updates);
  net::Task<os::Result<std::vector<BatchOutcome>>> delete_records(std::string memory,
                                                                  std::vector<std::string> ids);

  // The messages that say most about the question, best first: what was said itself, not what a strategy made
  // of it. `session` empty: of all the actor's sessions.
  net::Task<os::Result<std::vector<FoundTurn>>> recall(std::string memory, std::string actor,
                                                       std::string session, std::string question,
                                                       size_t limit) const;

  // Consolidations that were given up; start_job lets one try again.
  os::Result<Page<FailedJob>> failed_jobs(std::string_view memory, const FailedJob& like, size_t limit,
                                          std::string_view token) const;
  net::Task<os::Result<>> start_job(std::string memory, std::string job);
  // Returns when nothing is left to consolidate that does not wait for its session to come to rest. Errors:
  // kCancelled when soma stops, kUnavailable when the database does: what waits is consolidated at the next
  // start.
  net::Task<os::Result<>> settle(std::string memory);

  // Everything of one actor goes: events, notes, and the records of namespaces made of the actor's id. How
  // many events and records there were. kInvalidArgument while there are actors below it ("a/b" below "a").
  struct Forgotten {
    uint64_t events = 0, records = 0;
  };
  net::Task<os::Result<Forgotten>> forget(std::string memory, std::string actor);

  // What happened after change `after`, at most `limit` of each kind; with an empty answer, waits for news
  // until `deadline`.
  net::Task<os::Result<Changes>> changes(std::string memory, uint64_t after, size_t limit, os::Time deadline);
  uint64_t last_change() const;

  // Nothing while well; else why the database refuses writes.
  std::optional<os::Error> stopped() const;

  struct Statistics {
    size_t memories = 0;
    uint64_t events = 0, records = 0, waiting = 0;  // consolidations that wait
  };
  os::Result<Statistics> statistics() const;

  // How much a memory holds, as of change `last_change` of all memories.
  struct Amount {
    uint64_t events = 0, records = 0, last_change = 0;
  };
  os::Result<Amount> amount(std::string_view memory) const;

  struct State;  // service_state.h, for the folder alone

 private:
  explicit Service(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

os::Result<> check_actor_id(std::string_view id);
os::Result<> check_session_id(std::string_view id);
os::Result<> check_name_space(std::string_view name_space);

// The namespace that a template means.
std::string fill_template(std::string_view name_space_template, std::string_view actor_id,
                          std::string_view session_id, std::string_view strategy_id);

}  // namespace soma::memory
