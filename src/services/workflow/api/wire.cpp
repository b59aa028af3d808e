#include "services/workflow/api/wire.h"

#include <fmt/format.h>

#include "services/workflow/definition/json_error.h"
#include "services/workflow/executions/execution_view.h"

namespace soma::workflow::api {
namespace {

using json::Value;

constexpr std::string_view kNoDefinition = "{}";  // as the service writes it where only metadata is wanted
constexpr int64_t kBilledMemoryMb = 64, kBilledStepMs = 100;

void set_optional(Value& answer, std::string_view member, const std::optional<std::string>& text) {
  if (text) answer.set(member, *text);
}
void set_unless_empty(Value& answer, std::string_view member, const std::string& text) {
  if (!text.empty()) answer.set(member, text);
}

// What every answer about an execution begins with.
Value head(const ExecutionView& view) {
  Value answer = json::object({{"executionArn", view.arn},
                               {"stateMachineArn", view.machine_arn},
                               {"name", view.name},
                               {"status", engine::status_name(view.status)},
                               {"startDate", time_json(view.started)}});
  if (view.stopped) answer.set("stopDate", time_json(*view.stopped));
  return answer;
}

void set_versions(Value& answer, const ExecutionView& view) {
  set_unless_empty(answer, "stateMachineVersionArn", view.version_arn);
  set_unless_empty(answer, "stateMachineAliasArn", view.alias_arn);
  set_unless_empty(answer, "mapRunArn", view.map_run_arn);
  answer.set("redriveCount", view.redrives);
  if (view.redriven) answer.set("redriveDate", time_json(*view.redriven));
}

void set_payloads(Value& answer, const ExecutionView& view, bool with_data, bool always_output) {
  const Value included = json::object({{"included", with_data}});
  if (with_data) {
    answer.set("input", view.input);
    set_optional(answer, "output", view.output);
    set_optional(answer, "error", view.error);
    set_optional(answer, "cause", view.cause);
  }
  answer.set("inputDetails", included);
  if (view.output || always_output) answer.set("outputDetails", included);
  set_unless_empty(answer, "traceHeader", view.trace_header);
}

Value counts_json(const MapRunCounts& counts) {
  return json::object({{"pending", counts.of(ChildStatus::kPending)},
                       {"running", counts.of(ChildStatus::kRunning)},
                       {"succeeded", counts.of(ChildStatus::kSucceeded)},
                       {"failed", counts.of(ChildStatus::kFailed)},
                       {"timedOut", counts.of(ChildStatus::kTimedOut)},
                       {"aborted", counts.of(ChildStatus::kAborted)},
                       {"total", counts.total()},
                       {"resultsWritten", counts.results_written},
                       {"failuresNotRedrivable", counts.not_redrivable},
                       {"pendingRedrive", counts.pending_redrive}});
}

}  // namespace

Value time_json(os::Time time) {
  constexpr double kMsPerSecond = 1000.0;
  return static_cast<double>(os::unix_ms(time)) / kMsPerSecond;
}

std::string_view type_name(MachineType type) {
  return type == MachineType::kExpress ? "EXPRESS" : "STANDARD";
}
MachineType type_from(const Value& name) {
  return name.string_or("") == "EXPRESS" ? MachineType::kExpress : MachineType::kStandard;
}

void set_revision(Value& answer, const Revision& revision, bool with_data) {
  answer.set("definition", with_data ? std::string_view(revision.text()) : kNoDefinition);
  answer.set("roleArn", revision.role_arn);
  answer.set("loggingConfiguration", revision.logging);
  answer.set("tracingConfiguration", revision.tracing);
  answer.set("encryptionConfiguration", revision.encryption);
  if (!revision.initial) answer.set("revisionId", revision.id);
  if (!with_data || !revision.definition) return;
  Value references = json::Object{};
  for (const auto& [state, names] : variable_references(*revision.definition)) {
    Value list = json::Array{};
    for (const std::string& name : names) list.push_back(name);
    references.set(state, std::move(list));
  }
  if (!references.empty()) answer.set("variableReferences", std::move(references));
}

Value execution_json(const ExecutionView& view, bool with_data, os::Time now) {
  Value answer = head(view);
  set_payloads(answer, view, with_data, false);
  set_versions(answer, view);
  const std::optional<std::string> obstacle = redrive_obstacle(view, now);
  if (obstacle) {
    answer.set("redriveStatus", "NOT_REDRIVABLE");
    answer.set("redriveStatusReason", *obstacle);
  } else {
    answer.set("redriveStatus", view.map_run_arn.empty() ? "REDRIVABLE" : "REDRIVABLE_BY_MAP_RUN");
  }
  return answer;
}

Value execution_entry_json(const ExecutionView& view) {
  Value answer = head(view);
  set_versions(answer, view);
  return answer;
}

Value sync_execution_json(const ExecutionView& view, bool with_data) {
  Value answer = head(view);
  set_payloads(answer, view, with_data, true);
  const int64_t ran_ms = os::unix_ms(view.stopped.value_or(view.started)) - os::unix_ms(view.started);
  const int64_t steps = std::max<int64_t>(1, (ran_ms + kBilledStepMs - 1) / kBilledStepMs);
  answer.set("billingDetails", json::object({{"billedMemoryUsedInMB", kBilledMemoryMb},
                                             {"billedDurationInMilliseconds", steps * kBilledStepMs}}));
  return answer;
}

Value map_run_entry_json(const MapRunView& view) {
  Value entry = json::object({{"executionArn", view.execution_arn},
                              {"mapRunArn", view.arn},
                              {"stateMachineArn", view.machine_arn},
                              {"startDate", time_json(view.started)}});
  if (view.stopped) entry.set("stopDate", time_json(*view.stopped));
  return entry;
}

Value map_run_json(const MapRunView& view) {
  Value answer = json::object({{"mapRunArn", view.arn},
                               {"executionArn", view.execution_arn},
                               {"status", engine::status_name(view.status)},
                               {"startDate", time_json(view.started)}});
  if (view.stopped) answer.set("stopDate", time_json(*view.stopped));
  answer.set("maxConcurrency", view.limits.max_concurrency);
  answer.set("toleratedFailurePercentage", view.limits.tolerated_percentage.value_or(0));
  answer.set("toleratedFailureCount", view.limits.tolerated_count.value_or(0));
  answer.set("itemCounts", counts_json(view.items));
  answer.set("executionCounts", counts_json(view.executions));
  answer.set("redriveCount", view.redrives);
  if (view.redriven) answer.set("redriveDate", time_json(*view.redriven));
  return answer;
}

Value diagnostic_json(const Diagnostic& diagnostic) {
  Value answer = json::object({{"severity", diagnostic.severity == Severity::kError ? "ERROR" : "WARNING"},
                               {"code", diagnostic.code},
                               {"message", diagnostic.message}});
  set_unless_empty(answer, "location", diagnostic.location);
  return answer;
}

std::optional<std::string> json_complaint(std::string_view text) {
  const auto parsed = json::parse(text);
  if (parsed) return std::nullopt;
  std::string message = json_diagnostic(text, parsed.error()).message;
  // What follows says where; the answer about an input leaves that out.
  if (const size_t place = message.find("\n at ["); place != std::string::npos) message.resize(place);
  return message;
}

}  // namespace soma::workflow::api
