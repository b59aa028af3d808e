// State machines: made, changed, looked at, deleted; definitions checked.
#include "services/workflow/api/handlers.h"
#include "services/workflow/api/page.h"
#include "services/workflow/api/wire.h"

namespace soma::workflow::api {
namespace {

using json::Value;

constexpr std::string_view kList = "machines";

std::optional<Value> optional_object(const Value& parameters, std::string_view member) {
  const Value& value = parameters.get(member);
  return value.is_object() ? std::optional(value) : std::nullopt;
}

Value summary_json(const MachinePtr& machine) {
  return json::object({{"stateMachineArn", machine->arn},
                       {"name", machine->name},
                       {"type", type_name(machine->type)},
                       {"creationDate", time_json(machine->created)}});
}

}  // namespace

Answer create_state_machine(Call call) {
  CreateMachine request{.name = call.text("name"),
                        .definition = call.text("definition"),
                        .role_arn = call.text("roleArn"),
                        .type = type_from(call.parameters.get("type")),
                        .logging = call.parameters.get("loggingConfiguration"),
                        .tracing = call.parameters.get("tracingConfiguration"),
                        .encryption = call.parameters.get("encryptionConfiguration"),
                        .contract = call.beyond.contract.value_or(nullptr),
                        .tags = tags_from_json(call.parameters.get("tags")),
                        .publish = call.parameters.get("publish").bool_or(false),
                        .version_description = call.text("versionDescription")};
  SOMA_CO_ASSIGN(const Changed made, co_await call.service.machines().create(std::move(request)));
  Value answer = json::object(
      {{"stateMachineArn", made.machine->arn}, {"creationDate", time_json(made.machine->created)}});
  if (made.version) answer.set("stateMachineVersionArn", version_arn(made.machine->arn, *made.version));
  co_return answer;
}

Answer update_state_machine(Call call) {
  UpdateMachine request{.arn = call.text("stateMachineArn"),
                        .definition = call.optional_text("definition"),
                        .role_arn = call.optional_text("roleArn"),
                        .logging = optional_object(call.parameters, "loggingConfiguration"),
                        .tracing = optional_object(call.parameters, "tracingConfiguration"),
                        .encryption = optional_object(call.parameters, "encryptionConfiguration"),
                        .contract = call.beyond.contract,
                        .publish = call.parameters.get("publish").bool_or(false),
                        .version_description = call.text("versionDescription"),
                        .allow_breaking = call.beyond.allow_breaking};
  SOMA_CO_ASSIGN(const Changed changed, co_await call.service.machines().update(std::move(request)));
  Value answer = json::object({{"updateDate", time_json(changed.machine->updated)}});
  if (!changed.machine->current->initial) answer.set("revisionId", changed.machine->current->id);
  if (changed.version)
    answer.set("stateMachineVersionArn", version_arn(changed.machine->arn, *changed.version));
  co_return answer;
}

Answer describe_state_machine(Call call) {
  const std::string arn = call.text("stateMachineArn");
  SOMA_CO_ASSIGN(const MachineReference reference, parse_machine_arn(arn));
  if (!reference.alias.empty()) co_return no_state_machine(arn);
  SOMA_CO_ASSIGN(const Target target, call.service.machines().resolve(arn, ""));
  const Machine& machine = *target.machine;
  Value answer = json::object({{"stateMachineArn", arn},
                               {"name", machine.name},
                               {"status", machine.deleting ? "DELETING" : "ACTIVE"},
                               {"type", type_name(machine.type)},
                               {"creationDate", time_json(machine.created)}});
  set_revision(answer, *target.revision, call.wants_data());
  if (const Version* version = target.version ? machine.version(*target.version) : nullptr) {
    answer.set("creationDate", time_json(version->created));
    if (!version->description.empty()) answer.set("description", version->description);
  }
  co_return answer;
}

Answer delete_state_machine(Call call) {
  std::string arn = call.text("stateMachineArn");
  SOMA_CO_TRY(co_await call.service.delete_machine(std::move(arn)));
  co_return json::Object{};
}

Answer list_state_machines(Call call) {
  SOMA_CO_ASSIGN(const PageRequest page, read_page(call.parameters, kList));
  co_return page_of(
      call.service.machines().list(), page, kList, "stateMachines",
      [&](const MachinePtr& machine) { return machine->name > page.after; },
      [](const MachinePtr& machine) { return machine->name; }, summary_json);
}

Answer validate_state_machine_definition(Call call) {
  const Parsed parsed = parse_definition(call.text("definition"), type_from(call.parameters.get("type")));
  const bool warnings_too = call.parameters.get("severity").string_or("ERROR") == "WARNING";
  const int64_t asked = call.parameters.get("maxResults").int_or(0);
  const size_t limit = asked > 0 ? static_cast<size_t>(asked) : kMaxDiagnostics;
  Value diagnostics = json::Array{};
  bool truncated = parsed.truncated;
  for (const Diagnostic& diagnostic : parsed.diagnostics) {
    if (diagnostic.severity == Severity::kWarning && !warnings_too) continue;
    if (diagnostics.size() == limit) {
      truncated = true;
      break;
    }
    diagnostics.push_back(diagnostic_json(diagnostic));
  }
  co_return json::object({{"result", parsed.definition ? "OK" : "FAIL"},
                          {"diagnostics", std::move(diagnostics)},
                          {"truncated", truncated}});
}

Answer describe_state_machine_for_execution(Call call) {
  const std::string arn = call.text("executionArn");
  SOMA_CO_TRY(parse_arn(arn, {"execution"}));
  const auto view = call.service.executions().describe(arn);
  if (!view && view.error().code == os::Code::kNotFound) co_return no_execution(arn);
  if (!view) co_return std::unexpected(internal_failure(view.error()));
  const RevisionPtr revision = call.service.revision_of(view->machine_arn, view->revision_id);
  if (!revision) co_return no_execution(arn);
  SOMA_CO_ASSIGN(const MachineReference machine, parse_machine_arn(view->machine_arn));
  Value answer = json::object({{"stateMachineArn", view->machine_arn},
                               {"name", machine.name},
                               {"updateDate", time_json(revision->created)}});
  set_revision(answer, *revision, call.wants_data());
  if (!view->map_run_arn.empty()) answer.set("mapRunArn", view->map_run_arn);
  if (!machine.label.empty()) answer.set("label", machine.label);
  co_return answer;
}

}  // namespace soma::workflow::api
