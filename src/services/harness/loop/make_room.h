// Compaction, as the loop does it: before every model call, and again when a provider finds a request too
// long.
#pragma once

#include "services/harness/loop/invocation.h"
#include "services/harness/loop/recorder.h"

namespace soma::harness {

// A summary that was cut off so often by restarts is made without a model.
inline constexpr int64_t kMaxSummaryAttempts = 3;
// Compactions without an answer of the model between them; a request that is then still too long ends the
// turn.
inline constexpr int64_t kMaxCompactionsInRow = 4;

// The tokens of the next request, unscaled.
int64_t estimated_request(const InvocationContext& context);

// Makes room where the harness's truncation asks for it. The end of the invocation when the conversation
// cannot be made to fit. A summary is the model's work, and its cost the invocation's; when the model cannot
// make it, rules do. Errors: the journal's, kCancelled for a shutdown.
net::Task<os::Result<std::optional<InvocationEnd>>> make_room(InvocationContext& context, Recorder& recorder,
                                                              CompactionReason reason);

}  // namespace soma::harness
