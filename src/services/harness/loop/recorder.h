// Writes an event and folds it into the history at once: the one way the loop changes its state.
#pragma once

#include "services/harness/loop/run_writer.h"
#include "services/harness/session/events.h"

namespace soma::harness {

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

}  // namespace soma::harness
