#include "services/workflow/api/operations.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/workflow/api/handlers.h"
#include "services/workflow/api/shapes.h"

namespace soma::workflow::api {
namespace {

const Operation kOperations[] = {
    {"CreateActivity", &kCreateActivity, create_activity},
    {"CreateStateMachine", &kCreateStateMachine, create_state_machine},
    {"CreateStateMachineAlias", &kCreateStateMachineAlias, create_state_machine_alias},
    {"DeleteActivity", &kDeleteActivity, delete_activity},
    {"DeleteStateMachine", &kDeleteStateMachine, delete_state_machine},
    {"DeleteStateMachineAlias", &kDeleteStateMachineAlias, delete_state_machine_alias},
    {"DeleteStateMachineVersion", &kDeleteStateMachineVersion, delete_state_machine_version},
    {"DescribeActivity", &kDescribeActivity, describe_activity},
    {"DescribeExecution", &kDescribeExecution, describe_execution},
    {"DescribeMapRun", &kDescribeMapRun, describe_map_run},
    {"DescribeStateMachine", &kDescribeStateMachine, describe_state_machine},
    {"DescribeStateMachineAlias", &kDescribeStateMachineAlias, describe_state_machine_alias},
    {"DescribeStateMachineForExecution", &kDescribeStateMachineForExecution,
     describe_state_machine_for_execution},
    {"GetActivityTask", &kGetActivityTask, get_activity_task, true},
    {"GetExecutionHistory", &kGetExecutionHistory, get_execution_history},
    {"ListActivities", &kListActivities, list_activities},
    {"ListExecutions", &kListExecutions, list_executions},
    {"ListMapRuns", &kListMapRuns, list_map_runs},
    {"ListStateMachineAliases", &kListStateMachineAliases, list_state_machine_aliases},
    {"ListStateMachineVersions", &kListStateMachineVersions, list_state_machine_versions},
    {"ListStateMachines", &kListStateMachines, list_state_machines},
    {"ListTagsForResource", &kListTagsForResource, list_tags_for_resource},
    {"PublishStateMachineVersion", &kPublishStateMachineVersion, publish_state_machine_version},
    {"RedriveExecution", &kRedriveExecution, redrive_execution},
    {"SendTaskFailure", &kSendTaskFailure, send_task_failure},
    {"SendTaskHeartbeat", &kSendTaskHeartbeat, send_task_heartbeat},
    {"SendTaskSuccess", &kSendTaskSuccess, send_task_success},
    {"StartExecution", &kStartExecution, start_execution},
    {"StartSyncExecution", &kStartSyncExecution, start_sync_execution},
    {"StopExecution", &kStopExecution, stop_execution},
    {"TagResource", &kTagResource, tag_resource},
    {"TestState", &kTestState, test_state},
    {"UntagResource", &kUntagResource, untag_resource},
    {"UpdateMapRun", &kUpdateMapRun, update_map_run},
    {"UpdateStateMachine", &kUpdateStateMachine, update_state_machine},
    {"UpdateStateMachineAlias", &kUpdateStateMachineAlias, update_state_machine_alias},
    {"ValidateStateMachineDefinition", &kValidateStateMachineDefinition, validate_state_machine_definition},
};

}  // namespace

std::string Call::text(std::string_view member) const {
  return std::string(parameters.get(member).string_or(""));
}

std::optional<std::string> Call::optional_text(std::string_view member) const {
  const json::Value& value = parameters.get(member);
  return value.is_string() ? std::optional(value.as_string()) : std::nullopt;
}

bool Call::wants_data() const {
  return parameters.get("includedData").string_or("ALL_DATA") == "ALL_DATA" &&
         parameters.get("includeExecutionData").bool_or(true);
}

std::span<const Operation> operations() {
  return kOperations;
}

const Operation* find_operation(std::string_view name) {
  const auto* const found = std::ranges::find(kOperations, name, &Operation::name);
  return found == std::end(kOperations) ? nullptr : found;
}

Answer call(Service& service, std::string operation, json::Value parameters, net::Cancellation gone) {
  return call(service, std::move(operation), std::move(parameters), std::move(gone), Beyond{});
}

Answer call(Service& service, std::string operation, json::Value parameters, net::Cancellation gone,
            Beyond beyond) {
  const Operation* found = find_operation(operation);
  if (!found)
    co_return refuse(error::kUnknownOperation, fmt::format("There is no operation '{}'.", operation));
  SOMA_CO_TRY(check(parameters, *found->parameters));
  Call call{service, std::move(parameters), std::move(gone), std::move(beyond)};
  Answer answer = found->handler(std::move(call));
  co_return co_await std::move(answer);
}

}  // namespace soma::workflow::api
