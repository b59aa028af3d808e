// The journal's reads, on one reader's connection.
#pragma once

#include <string_view>

#include "base/journal/journal.h"
#include "base/store/store.h"

namespace soma::journal {

os::Result<Run> read_run(store::Connection& connection, std::string_view id);  // kNotFound
// At most `limit` events and, after the first, at most `max_bytes` of bodies. kNotFound when there is no such
// run.
os::Result<std::vector<Event>> read_events(store::Connection& connection, std::string_view id, uint64_t from,
                                           size_t limit, size_t max_bytes);
os::Result<RunPage> list_runs(store::Connection& connection, const ListFilter& filter);

// A place in the order in which timers fall due.
struct WakePlace {
  int64_t at = INT64_MIN;
  int64_t key = 0;
  auto operator<=>(const WakePlace&) const = default;
};
struct DueRun {
  WakePlace place;
  std::string id, kind;
};
os::Result<std::vector<DueRun>> due_runs(store::Connection& connection, WakePlace after, os::Time now,
                                         size_t limit);
os::Result<std::optional<DueRun>> due_run(store::Connection& connection,
                                          std::string_view id);  // its timer, whenever it is
os::Result<std::optional<os::Time>> next_wake(store::Connection& connection, WakePlace after);

}  // namespace soma::journal
