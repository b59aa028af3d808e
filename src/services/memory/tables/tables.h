// The tables of memory.db, and what is asked of them. Each function runs inside a transaction (writes) or on
// a reader; none knows of indexes, clocks or strategies.
//
// One counter, `change`, numbers everything that happens: events when they come, records when they are added
// and whenever they are rewritten. So "what is new since" is a range, and arrival has an order.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/store/store.h"
#include "services/memory/memory_types.h"

namespace soma::memory::tables {

std::vector<std::string> migrations();

// The next number of the counter, and the last one that was given.
os::Result<uint64_t> next_change(store::Connection& connection);
os::Result<uint64_t> last_change(store::Connection& connection);

// ---- definitions

os::Result<std::vector<Memory>> read_memories(store::Connection& connection);
os::Result<std::optional<Memory>> read_memory(store::Connection& connection, const std::string& id);
os::Result<> write_memory(store::Connection& connection, const Memory& memory);  // adds or replaces
os::Result<> remove_memory(store::Connection& connection, const std::string& id);
os::Result<> remove_strategy(store::Connection& connection, const std::string& memory,
                             const std::string& strategy);

// ---- events (event_table.cpp)

struct SessionKey {
  std::string memory, actor, session;
};
// kAlreadyExists is for the caller to find out: see event_of_token().
os::Result<> insert_event(store::Connection& connection, const SessionKey& key, const Event& event,
                          const std::string& client_token);
os::Result<std::optional<Event>> event_of_token(store::Connection& connection, const std::string& memory,
                                                const std::string& client_token, os::Time now);
os::Result<std::optional<Event>> read_event(store::Connection& connection, const SessionKey& key,
                                            std::string_view id, os::Time now);
os::Result<bool> delete_event(store::Connection& connection, const SessionKey& key, std::string_view id);

// Events of a session that have not expired, newest first, ids below `before` (empty: all). Where `branches`
// is not empty, an event must be of one of them, and not be newer than that branch's `upto` (empty: any).
struct BranchPart {
  std::string name, upto;
};
os::Result<std::vector<Event>> read_events(store::Connection& connection, const SessionKey& key,
                                           std::string_view before, const std::vector<BranchPart>& branches,
                                           size_t limit, os::Time now);
// The first event of a branch in a session: where it came from. Nothing when there is no such branch.
os::Result<std::optional<Event>> first_of_branch(store::Connection& connection, const SessionKey& key,
                                                 const std::string& branch);
// Those that strategies may see, in the order of arrival: the newest ones with at most `max_turns` payloads.
os::Result<std::vector<Event>> read_conversation(store::Connection& connection, const SessionKey& key,
                                                 size_t max_turns, os::Time now);
// All of one actor after a change, in order of arrival, whatever their session.
os::Result<std::vector<Event>> read_events_of_actor(store::Connection& connection, const std::string& memory,
                                                    const std::string& actor, uint64_t after, size_t limit,
                                                    os::Time now);
os::Result<std::optional<Event>> event_of_change(store::Connection& connection, uint64_t change,
                                                 os::Time now);

os::Result<std::vector<SessionSummary>> read_sessions(store::Connection& connection,
                                                      const std::string& memory, const std::string& actor,
                                                      std::string_view after, size_t limit, bool with_events);
os::Result<std::vector<std::string>> read_actors(store::Connection& connection, const std::string& memory,
                                                 std::string_view after, size_t limit);
// What has expired goes, at most `limit` events at a time; how many went.
os::Result<uint64_t> delete_expired(store::Connection& connection, os::Time now, size_t limit);

// ---- records (record_table.cpp)

os::Result<> insert_record(store::Connection& connection, const std::string& memory, const Record& record);
os::Result<> rewrite_record(store::Connection& connection, const Record& record);
os::Result<std::optional<Record>> read_record(store::Connection& connection, const std::string& memory,
                                              std::string_view id);
os::Result<bool> delete_record(store::Connection& connection, const std::string& memory, std::string_view id);
// Newest change first, changes below `before` (0: all).
os::Result<std::vector<Record>> read_records(store::Connection& connection, const std::string& memory,
                                             const RecordFilter& filter, uint64_t before, size_t limit);
os::Result<std::vector<Record>> records_about(store::Connection& connection, const std::string& memory,
                                              const std::string& strategy, const std::string& name_space,
                                              std::string_view subject, size_t limit);
// A token that a batch was made with, and what was answered then.
os::Result<std::optional<std::string>> batch_of_token(store::Connection& connection,
                                                      const std::string& memory,
                                                      const std::string& client_token);
os::Result<> keep_batch(store::Connection& connection, const std::string& memory,
                        const std::string& client_token, const std::string& answer, os::Time now);

// ---- what changed, in order, with (after, upto]

os::Result<std::vector<Event>> events_between(store::Connection& connection, const std::string& memory,
                                              uint64_t after, uint64_t upto, size_t limit, os::Time now);
os::Result<std::vector<Record>> records_between(store::Connection& connection, const std::string& memory,
                                                uint64_t after, uint64_t upto, size_t limit);

// ---- consolidations that wait (work_table.cpp)

struct Work {
  SessionKey key;
  std::string strategy;
  std::string job;  // its name for clients
  uint64_t seen = 0,
           wanted = 0;  // changes: of the last event that was consolidated, of the last one there is
  std::optional<os::Time> rest_at;  // when the strategy wants to see the session at rest
  int attempts = 0;
  std::string failure;  // of the last attempt
};
// An event came that this strategy has to see.
os::Result<> want_work(store::Connection& connection, const SessionKey& key, const std::string& strategy,
                       const std::string& new_job, uint64_t change);
// The one that waits longest: with new events, or at rest by now. Nothing when none waits.
os::Result<std::optional<Work>> next_work(store::Connection& connection, os::Time now, int max_attempts);
os::Result<std::optional<os::Time>> next_rest(store::Connection& connection, int max_attempts);
// False when it is not there any more, or is not as it was read: somebody forgot it meanwhile.
os::Result<bool> finish_work(store::Connection& connection, const Work& work,
                             std::optional<os::Time> rest_at);
os::Result<> drop_work(store::Connection& connection, const Work& work);
os::Result<> fail_work(store::Connection& connection, const Work& work, const std::string& why);
os::Result<uint64_t> count_waiting(store::Connection& connection, const std::string& memory,
                                   int max_attempts);
os::Result<std::vector<Work>> read_failed(store::Connection& connection, const std::string& memory,
                                          std::string_view after, size_t limit, int max_attempts);
os::Result<bool> restart_work(store::Connection& connection, const std::string& memory,
                              const std::string& job, int max_attempts);

os::Result<std::string> read_notes(store::Connection& connection, const std::string& memory,
                                   const std::string& strategy, const std::string& actor);
os::Result<> write_notes(store::Connection& connection, const std::string& memory,
                         const std::string& strategy, const std::string& actor, const std::string& notes);

// ---- forgetting

struct ForgottenRows {
  uint64_t events = 0, records = 0;
};
// Everything of an actor; records are those whose namespace is one of `name_spaces`, or below one.
os::Result<ForgottenRows> forget_actor(store::Connection& connection, const std::string& memory,
                                       const std::string& actor, const std::vector<std::string>& name_spaces);

struct Counts {
  uint64_t events = 0, records = 0, waiting = 0;
};
os::Result<Counts> count_all(store::Connection& connection, int max_attempts);
struct Amount {
  uint64_t events = 0, records = 0, last_change = 0;
};
os::Result<Amount> count_in(store::Connection& connection, const std::string& memory);

}  // namespace soma::memory::tables
