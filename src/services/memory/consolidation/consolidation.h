// One step of consolidation: what a strategy makes of a session's new events, and how that is kept.
//
//   plan()    reads the conversation and what is known, asks the strategy. Blocking; no lock is held.
//   apply()   inside one transaction: the records, the notes, and that the events were seen.
//
// Between the two anything may happen: the session gets new events (they wait for the next step), records are
// deleted (what would rewrite them is dropped), the actor is forgotten (apply() does nothing at all).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "services/memory/memory_types.h"
#include "services/memory/tables/tables.h"

namespace soma::memory {

inline constexpr size_t kMaxSources = 100;  // of a record: the first ones are kept

// Looks records up for the strategy.
using FindRecords = std::function<os::Result<std::vector<Record>>(const RecordFilter& filter,
                                                                  std::string_view text, size_t limit)>;

struct Plan {
  tables::Work work;
  std::string name_space, reflections;  // where the changes go
  std::vector<Change> changes;
  std::string notes, old_notes;  // as JSON text
  bool wants_rest = false;
};
// Errors: what the database says; kInternal when the strategy breaks its contract.
os::Result<Plan> plan(store::Database& database, const FindRecords& find, const StrategyDefinition& strategy,
                      const tables::Work& work, os::Time now);
os::Result<> apply(store::Connection& connection, const Plan& plan, os::IdSource& ids, os::Time now);

}  // namespace soma::memory
