// soma's own shapes of workflows: plain names, times in ISO-8601, JSON as JSON.
#pragma once

#include "services/workflow/workflow.h"

namespace soma::workflow {

// `with_definition`: the text too, as it was given.
json::Value own_machine_json(const Machine& machine, bool with_definition);
json::Value own_version_json(const Machine& machine, const Version& version);
json::Value own_alias_json(const Machine& machine, const Alias& alias);
// `evidence` and `reason` are those of the last decision.
json::Value own_rollout_json(const AliasRollout& rollout);
// `with_data`: input, output, error and cause.
json::Value own_execution_json(const ExecutionView& view, bool with_data);
json::Value own_event_json(const engine::HistoryEvent& event);
json::Value own_diagnostics_json(const std::vector<Diagnostic>& diagnostics);

}  // namespace soma::workflow
