// The part of the loop that runs the tool calls of one model turn, in parallel where that is safe.
#pragma once

#include "services/harness/invocation.h"

namespace soma::harness {

// Writes an event and folds it into the history at once: the one way the loop changes its state.
class Recorder {
 public:
  Recorder(RunWriter& writer, SessionHistory& history, os::Clock& clock)
      : writer_(writer), history_(history), clock_(clock) {}
  void record(std::string_view type, const json::Value& body);
  void stream(const model::StreamEvent& event);

 private:
  RunWriter& writer_;
  SessionHistory& history_;
  os::Clock& clock_;
};

// Runs every call of history.running->tools that has no result. On return all have one and the results
// message is in the history. Intents are durable before the first tool starts. Errors: the journal's, or
// kCancelled for a shutdown.
net::Task<os::Result<>> run_tools(InvocationContext& context, Recorder& recorder);

}  // namespace soma::harness
