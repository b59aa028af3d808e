// What the journal accepts. The limits that callers plan with are in journal.h.
#pragma once

#include <cstddef>
#include <vector>

#include "base/journal/journal.h"

namespace soma::journal {

inline constexpr size_t kMaxWordBytes = 256;  // kind, status, event type, label name, lease owner
inline constexpr size_t kMaxLabelValueBytes = 4'096;
inline constexpr size_t kMaxAppendBytes = 64u << 20;   // all bodies of one append
inline constexpr size_t kMaxQueuedBytes = 256u << 20;  // bodies that wait for their commit, over all callers
inline constexpr size_t kMaxListRuns = 1'000;          // runs on one page
inline constexpr size_t kTailBytes = 4u << 20;         // bodies kept in memory for one followed run
inline constexpr size_t kMaxCachedRuns = 16'384;       // runs whose last seq the writer remembers
inline constexpr size_t kWakesPerRound = 256;  // timers fired before others of the clock get their turn

size_t body_bytes(const std::vector<NewEvent>& events);

// kInvalidArgument or kLimitExceeded, naming the field and the limit.
os::Result<> check_run_id(std::string_view run);
os::Result<> check_word(std::string_view what, std::string_view word);
os::Result<> check_events(const std::vector<NewEvent>& events);
os::Result<> check_labels(const std::vector<Label>& labels);

}  // namespace soma::journal
