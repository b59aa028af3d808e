// The loop: model, tool calls, results, model … until the turn ends or a limit stops it.
//
// It drives what the history says: a fresh invocation and one that a crash cut in two take the same path.
// Before the model is asked there is a durable model.intent; before a tool runs, a durable tool.intent. What
// a crash left without a result is asked again (models, repeatable tools) or answered with "the outcome is
// unknown" (all other tools): no effect happens twice.
#pragma once

#include "services/harness/hooks/hook_runner.h"
#include "services/harness/loop/run_writer.h"
#include "services/harness/session/events.h"
#include "services/harness/session/workbench.h"

namespace soma::harness {

// Why an invocation was told to stop (Cancellation::reason).
inline constexpr std::string_view kStopTimeout = "timeout";
inline constexpr std::string_view kStopCaller = "cancelled";
inline constexpr std::string_view kStopShutdown = "shutdown";

// All on the session's loop; everything outlives run_invocation().
struct InvocationContext {
  const Dependencies& dependencies;
  const SessionKey& key;
  net::Executor executor;
  SessionHistory& history;  // history.running is set
  RunWriter& writer;
  Workbench& bench;
  model::Provider& provider;
  HookRunner& hooks;
  net::Cancellation cancellation;
  os::Time deadline;
  const model::PriceTable& prices;
};

struct InvocationEnd {
  model::StopReason stop = model::StopReason::kEndTurn;
  std::optional<os::Error> error{};  // the invocation failed
  // Nothing more runs until an approval is answered: the invocation is not over.
  bool waiting = false;
};

// Runs to the end of the turn, or until it waits; what it wrote last may still be on its way (flush the
// writer). An error is the journal's own (it stopped, or another writer has the run) or kCancelled for a
// shutdown: the invocation is then not over, and goes on in the next process.
net::Task<os::Result<InvocationEnd>> run_invocation(InvocationContext& context);

}  // namespace soma::harness
