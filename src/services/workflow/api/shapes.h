// The parameters of each operation. Source: the service's API model, 2016-11-23.
#pragma once

#include "services/workflow/api/shape.h"

namespace soma::workflow::api {

inline constexpr int64_t kMaxDataCharacters = 262'144;
inline constexpr int64_t kMaxPageEntries = 1'000;

extern const Shape kCreateActivity, kDeleteActivity, kDescribeActivity, kGetActivityTask, kListActivities;
extern const Shape kCreateStateMachine, kUpdateStateMachine, kDescribeStateMachine, kDeleteStateMachine,
    kListStateMachines, kValidateStateMachineDefinition, kDescribeStateMachineForExecution;
extern const Shape kPublishStateMachineVersion, kDeleteStateMachineVersion, kListStateMachineVersions;
extern const Shape kCreateStateMachineAlias, kUpdateStateMachineAlias, kDescribeStateMachineAlias,
    kDeleteStateMachineAlias, kListStateMachineAliases;
extern const Shape kStartExecution, kStartSyncExecution, kStopExecution, kDescribeExecution, kListExecutions,
    kGetExecutionHistory, kRedriveExecution;
extern const Shape kSendTaskSuccess, kSendTaskFailure, kSendTaskHeartbeat;
extern const Shape kDescribeMapRun, kUpdateMapRun, kListMapRuns;
extern const Shape kTagResource, kUntagResource, kListTagsForResource;
extern const Shape kTestState;

}  // namespace soma::workflow::api
