// What the run of an execution says: its first event, its status, its labels. The further events are the
// engine's records, one each ("step"), and nobody but the engine reads those.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/journal/journal.h"
#include "services/workflow/engine/engine.h"
#include "services/workflow/machines/machines.h"

namespace soma::workflow {

inline constexpr std::string_view kStartedEvent = "execution.started", kStepEvent = "step";

// The run's status. Open: queued (begins when there is room in memory), running (something is in memory, and
// must be again after a restart), waiting (for a time, a token or a worker). Ended: the other four.
inline constexpr std::string_view kQueued = "queued", kRunning = "running", kWaiting = "waiting";
std::string_view run_status(engine::Status ended);
engine::Status status_of_run(std::string_view run_status);
std::vector<std::string> run_statuses(engine::Status status);  // RUNNING is three of them
bool is_open(std::string_view run_status);

inline constexpr std::string_view kMachineLabel = "machine", kVersionLabel = "version", kAliasLabel = "alias",
                                  kMapRunLabel = "mapRun", kCorrelationLabel = "correlation",
                                  kParentLabel = "parent", kRedrivesLabel = "redrives",
                                  kRedrivenLabel = "redriven",
                                  kAwaitedLabel = "awaited",  // ExecutionStart::awaited
    kActivityLabel = "activity";                              // it had tasks for workers

// The first event.
struct ExecutionStart {
  engine::StartInfo info;
  std::string revision;  // its id
  std::optional<uint64_t> version{};
  std::string alias{};
  std::string input;
  std::string trace_header{}, parent_arn{}, correlation_id{}, map_run_arn{};
  std::string start_key{};  // of a nested execution: which task started it
  bool awaited = false;     // that task waits for its end
  std::string test_case{};  // of mocks
};
std::string write_start(const ExecutionStart& start);
// kCorrupt: this is not the first event of an execution.
os::Result<ExecutionStart> read_start(const journal::Event& event);
os::Result<ExecutionStart> read_start(journal::Journal& journal, std::string_view run);
std::vector<journal::Label> labels_of(const ExecutionStart& start);

}  // namespace soma::workflow
