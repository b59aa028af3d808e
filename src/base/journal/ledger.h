// The journal's writes, as they run inside a transaction on the writer thread.
#pragma once

#include <string>
#include <unordered_map>

#include "base/journal/journal.h"
#include "base/store/store.h"

namespace soma::journal {

struct Appended {
  int64_t run_key = 0;
  uint64_t last_seq = 0;
  os::Time at;  // of the events
};

// Belongs to the writer thread. Remembers the last seq and fence of the runs written lately, so that an
// append costs one insertion per event and no query. forget() must follow whenever the store undoes writes.
class Ledger {
 public:
  explicit Ledger(os::Clock& clock) : clock_(clock) {}

  os::Result<Appended> create(store::Connection& connection, const Run& run,
                              const std::vector<NewEvent>& events, const AppendOptions& options);
  // Without an expected_seq, whatever the last one is.
  os::Result<Appended> append(store::Connection& connection, const std::string& run,
                              std::optional<uint64_t> expected_seq, const std::vector<NewEvent>& events,
                              const AppendOptions& options);
  os::Result<> remove(store::Connection& connection, const std::string& run);

  os::Result<Lease> lease(store::Connection& connection, const std::string& run, const std::string& owner,
                          os::Duration length);
  os::Result<Lease> renew(store::Connection& connection, const Lease& lease, os::Duration length);
  os::Result<> release(store::Connection& connection, const Lease& lease);

  void forget();

 private:
  struct Entry {
    int64_t key = 0;
    uint64_t last_seq = 0;
    uint64_t fence = 0;
  };
  os::Result<Entry*> find(store::Connection& connection, const std::string& run);
  os::Result<int64_t> next_key(store::Connection& connection);
  os::Result<Appended> write(store::Connection& connection, Entry& entry, const std::vector<NewEvent>& events,
                             const AppendOptions& options);

  os::Clock& clock_;
  std::unordered_map<std::string, Entry> entries_;
  int64_t last_key_ =
      0;  // greatest run key ever given by this process: not given again, even when its run was removed
};

}  // namespace soma::journal
