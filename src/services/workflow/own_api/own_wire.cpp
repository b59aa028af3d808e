#include "services/workflow/own_api/own_wire.h"

#include "services/workflow/api/wire.h"

namespace soma::workflow {
namespace {

using json::Value;

void set_unless_empty(Value& body, std::string_view member, const std::string& text) {
  if (!text.empty()) body.set(member, text);
}
void set_unless_null(Value& body, std::string_view member, const Value& value) {
  if (!value.is_null()) body.set(member, value);
}

// A payload: JSON that went through the engine.
Value payload(const std::string& text) {
  auto parsed = json::parse(text);
  return parsed ? std::move(*parsed) : Value(text);
}

}  // namespace

Value own_machine_json(const Machine& machine, bool with_definition) {
  Value body = json::object({{"name", machine.name},
                             {"arn", machine.arn},
                             {"type", api::type_name(machine.type)},
                             {"status", machine.deleting ? "deleting" : "active"},
                             {"revisionId", machine.current->id},
                             {"roleArn", machine.current->role_arn},
                             {"versions", machine.versions.size()},
                             {"aliases", machine.aliases.size()},
                             {"createdAt", os::format_time(machine.created)},
                             {"updatedAt", os::format_time(machine.updated)}});
  if (!machine.tags.empty()) {
    Value tags = json::Object{};
    for (const Tag& tag : machine.tags) tags.set(tag.key, tag.value);
    body.set("tags", std::move(tags));
  }
  if (machine.current->contract) body.set("contractVersion", machine.current->contract->version);
  if (!with_definition) return body;
  body.set("definition", machine.current->text());
  if (machine.current->contract) body.set("contract", contract::to_json(*machine.current->contract));
  return body;
}

Value own_version_json(const Machine& machine, const Version& version) {
  Value body = json::object({{"version", version.number},
                             {"arn", version_arn(machine.arn, version.number)},
                             {"revisionId", version.revision->id},
                             {"createdAt", os::format_time(version.created)}});
  set_unless_empty(body, "description", version.description);
  if (version.revision->contract) body.set("contractVersion", version.revision->contract->version);
  set_unless_null(body, "compatibility", version.compatibility);
  return body;
}

Value own_alias_json(const Machine& machine, const Alias& alias) {
  Value routes = json::Array{};
  for (const Route& route : alias.routes)
    routes.push_back(json::object({{"version", route.version}, {"weight", route.weight}}));
  Value body = json::object({{"name", alias.name},
                             {"arn", alias_arn(machine.arn, alias.name)},
                             {"routes", std::move(routes)},
                             {"createdAt", os::format_time(alias.created)},
                             {"updatedAt", os::format_time(alias.updated)}});
  set_unless_empty(body, "description", alias.description);
  set_unless_null(body, "compatibility", alias.compatibility);
  if (alias.rollout) body.set("rollout", own_rollout_json(*alias.rollout));
  return body;
}

Value own_rollout_json(const AliasRollout& rollout) {
  Value body = json::object({{"id", rollout.id},
                             {"status", rollout_status_name(rollout.status)},
                             {"from", rollout.from},
                             {"to", rollout.to},
                             {"weight", rollout.weight},
                             {"plan", rollout::to_json(rollout.plan)},
                             {"begunAt", os::format_time(rollout.begun)},
                             {"movedAt", os::format_time(rollout.since)}});
  if (rollout.ended) body.set("endedAt", os::format_time(*rollout.ended));
  set_unless_empty(body, "reason", rollout.reason);
  set_unless_null(body, "evidence", rollout.evidence);
  return body;
}

Value own_execution_json(const ExecutionView& view, bool with_data) {
  const auto machine = parse_machine_arn(view.machine_arn);
  Value body = json::object({{"name", view.name},
                             {"arn", view.arn},
                             {"machine", machine ? machine->name : std::string()},
                             {"machineArn", view.machine_arn},
                             {"status", engine::status_name(view.status)},
                             {"startedAt", os::format_time(view.started)},
                             {"redrives", view.redrives},
                             {"runId", view.run}});
  if (view.stopped) body.set("stoppedAt", os::format_time(*view.stopped));
  if (view.redriven) body.set("redrivenAt", os::format_time(*view.redriven));
  set_unless_empty(body, "versionArn", view.version_arn);
  set_unless_empty(body, "aliasArn", view.alias_arn);
  set_unless_empty(body, "mapRunArn", view.map_run_arn);
  set_unless_empty(body, "parentArn", view.parent_arn);
  set_unless_empty(body, "correlationId", view.correlation_id);
  set_unless_empty(body, "traceHeader", view.trace_header);
  if (!with_data) return body;
  body.set("input", payload(view.input));
  if (view.output) body.set("output", payload(*view.output));
  if (view.error) body.set("error", *view.error);
  if (view.cause) body.set("cause", *view.cause);
  return body;
}

Value own_event_json(const engine::HistoryEvent& event) {
  Value body = json::object({{"at", os::format_time(event.at)}});
  Value shown = engine::to_api(event, true);
  for (auto& [member, value] : shown.as_object())
    if (member != "timestamp") body.set(member, std::move(value));
  return body;
}

Value own_diagnostics_json(const std::vector<Diagnostic>& diagnostics) {
  Value list = json::Array{};
  for (const Diagnostic& diagnostic : diagnostics) {
    Value entry = api::diagnostic_json(diagnostic);
    entry.set("severity", diagnostic.severity == Severity::kError ? "error" : "warning");
    entry.set("line", diagnostic.position.line);
    entry.set("column", diagnostic.position.column);
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace soma::workflow
