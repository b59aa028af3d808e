#include "services/harness/loop/recorder.h"

namespace soma::harness {
namespace {

void log_refused(const RunWriter& writer, const os::Error& error) {
  os::log(os::Level::kError, "harness.fold.refused", {{"run", writer.run()}, {"error", error.to_string()}});
}

}  // namespace

void Recorder::record(std::string_view type, const json::Value& body) {
  writer_.add(type, body);
  if (auto applied = history_.apply(type, body, clock_.now(), 0); !applied)
    log_refused(writer_, applied.error());
}

void Recorder::stream(const model::StreamEvent& event) {
  writer_.stream(event);
  if (auto applied = history_.apply_stream(event); !applied) log_refused(writer_, applied.error());
}

}  // namespace soma::harness
