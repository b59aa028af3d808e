// The service's shapes of what soma knows: the one place that spells them.
#pragma once

#include <optional>

#include "services/workflow/executions/executions.h"
#include "services/workflow/machines/machines.h"
#include "services/workflow/map_runs/map_run_state.h"

namespace soma::workflow::api {

// Seconds since 1970, with milliseconds.
json::Value time_json(os::Time time);
std::string_view type_name(MachineType type);
MachineType type_from(const json::Value& name);

// The settings and definition of a revision: what DescribeStateMachine and DescribeStateMachineForExecution
// share. `with_data`: the definition and what follows from it.
void set_revision(json::Value& answer, const Revision& revision, bool with_data);

// DescribeExecution's answer; `now` decides whether it may still be redriven.
json::Value execution_json(const ExecutionView& view, bool with_data, os::Time now);
// An entry of ListExecutions.
json::Value execution_entry_json(const ExecutionView& view);
// StartSyncExecution's answer.
json::Value sync_execution_json(const ExecutionView& view, bool with_data);

// DescribeMapRun's answer, and an entry of ListMapRuns.
json::Value map_run_json(const MapRunView& view);
json::Value map_run_entry_json(const MapRunView& view);

json::Value diagnostic_json(const Diagnostic& diagnostic);

// Why a text is no JSON, in the words of the service's parser; nothing when it is.
std::optional<std::string> json_complaint(std::string_view text);

}  // namespace soma::workflow::api
