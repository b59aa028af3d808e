#include <algorithm>
#include <array>

#include "services/workflow/engine/history.h"

namespace soma::workflow::engine {
namespace {

struct TypeNames {
  EventType type;
  std::string_view name, details;
};

constexpr std::string_view kEntered = "stateEnteredEventDetails", kExited = "stateExitedEventDetails";

// In the enumeration's order, so that a type is its own index.
constexpr auto kTypes = std::to_array<TypeNames>({
    {EventType::kExecutionStarted, "ExecutionStarted", "executionStartedEventDetails"},
    {EventType::kExecutionSucceeded, "ExecutionSucceeded", "executionSucceededEventDetails"},
    {EventType::kExecutionFailed, "ExecutionFailed", "executionFailedEventDetails"},
    {EventType::kExecutionAborted, "ExecutionAborted", "executionAbortedEventDetails"},
    {EventType::kExecutionTimedOut, "ExecutionTimedOut", "executionTimedOutEventDetails"},
    {EventType::kExecutionRedriven, "ExecutionRedriven", "executionRedrivenEventDetails"},
    {EventType::kPassStateEntered, "PassStateEntered", kEntered},
    {EventType::kPassStateExited, "PassStateExited", kExited},
    {EventType::kTaskStateEntered, "TaskStateEntered", kEntered},
    {EventType::kTaskStateExited, "TaskStateExited", kExited},
    {EventType::kTaskStateAborted, "TaskStateAborted", ""},
    {EventType::kChoiceStateEntered, "ChoiceStateEntered", kEntered},
    {EventType::kChoiceStateExited, "ChoiceStateExited", kExited},
    {EventType::kWaitStateEntered, "WaitStateEntered", kEntered},
    {EventType::kWaitStateExited, "WaitStateExited", kExited},
    {EventType::kWaitStateAborted, "WaitStateAborted", ""},
    {EventType::kSucceedStateEntered, "SucceedStateEntered", kEntered},
    {EventType::kSucceedStateExited, "SucceedStateExited", kExited},
    {EventType::kFailStateEntered, "FailStateEntered", kEntered},
    {EventType::kParallelStateEntered, "ParallelStateEntered", kEntered},
    {EventType::kParallelStateStarted, "ParallelStateStarted", ""},
    {EventType::kParallelStateSucceeded, "ParallelStateSucceeded", ""},
    {EventType::kParallelStateFailed, "ParallelStateFailed", ""},
    {EventType::kParallelStateAborted, "ParallelStateAborted", ""},
    {EventType::kParallelStateExited, "ParallelStateExited", kExited},
    {EventType::kMapStateEntered, "MapStateEntered", kEntered},
    {EventType::kMapStateStarted, "MapStateStarted", "mapStateStartedEventDetails"},
    {EventType::kMapStateSucceeded, "MapStateSucceeded", ""},
    {EventType::kMapStateFailed, "MapStateFailed", ""},
    {EventType::kMapStateAborted, "MapStateAborted", ""},
    {EventType::kMapStateExited, "MapStateExited", kExited},
    {EventType::kMapIterationStarted, "MapIterationStarted", "mapIterationStartedEventDetails"},
    {EventType::kMapIterationSucceeded, "MapIterationSucceeded", "mapIterationSucceededEventDetails"},
    {EventType::kMapIterationFailed, "MapIterationFailed", "mapIterationFailedEventDetails"},
    {EventType::kMapIterationAborted, "MapIterationAborted", "mapIterationAbortedEventDetails"},
    {EventType::kMapRunStarted, "MapRunStarted", "mapRunStartedEventDetails"},
    {EventType::kMapRunSucceeded, "MapRunSucceeded", ""},
    {EventType::kMapRunFailed, "MapRunFailed", "mapRunFailedEventDetails"},
    {EventType::kMapRunAborted, "MapRunAborted", ""},
    {EventType::kMapRunRedriven, "MapRunRedriven", "mapRunRedrivenEventDetails"},
    {EventType::kTaskScheduled, "TaskScheduled", "taskScheduledEventDetails"},
    {EventType::kTaskStarted, "TaskStarted", "taskStartedEventDetails"},
    {EventType::kTaskSubmitted, "TaskSubmitted", "taskSubmittedEventDetails"},
    {EventType::kTaskSucceeded, "TaskSucceeded", "taskSucceededEventDetails"},
    {EventType::kTaskFailed, "TaskFailed", "taskFailedEventDetails"},
    {EventType::kTaskTimedOut, "TaskTimedOut", "taskTimedOutEventDetails"},
    {EventType::kTaskStartFailed, "TaskStartFailed", "taskStartFailedEventDetails"},
    {EventType::kTaskSubmitFailed, "TaskSubmitFailed", "taskSubmitFailedEventDetails"},
    {EventType::kLambdaFunctionScheduled, "LambdaFunctionScheduled", "lambdaFunctionScheduledEventDetails"},
    {EventType::kLambdaFunctionStarted, "LambdaFunctionStarted", ""},
    {EventType::kLambdaFunctionSucceeded, "LambdaFunctionSucceeded", "lambdaFunctionSucceededEventDetails"},
    {EventType::kLambdaFunctionFailed, "LambdaFunctionFailed", "lambdaFunctionFailedEventDetails"},
    {EventType::kLambdaFunctionTimedOut, "LambdaFunctionTimedOut", "lambdaFunctionTimedOutEventDetails"},
    {EventType::kLambdaFunctionScheduleFailed, "LambdaFunctionScheduleFailed",
     "lambdaFunctionScheduleFailedEventDetails"},
    {EventType::kLambdaFunctionStartFailed, "LambdaFunctionStartFailed",
     "lambdaFunctionStartFailedEventDetails"},
    {EventType::kActivityScheduled, "ActivityScheduled", "activityScheduledEventDetails"},
    {EventType::kActivityStarted, "ActivityStarted", "activityStartedEventDetails"},
    {EventType::kActivitySucceeded, "ActivitySucceeded", "activitySucceededEventDetails"},
    {EventType::kActivityFailed, "ActivityFailed", "activityFailedEventDetails"},
    {EventType::kActivityTimedOut, "ActivityTimedOut", "activityTimedOutEventDetails"},
    {EventType::kActivityScheduleFailed, "ActivityScheduleFailed", "activityScheduleFailedEventDetails"},
    {EventType::kEvaluationFailed, "EvaluationFailed", "evaluationFailedEventDetails"},
});

consteval bool in_order() {
  for (size_t i = 0; i < kTypes.size(); ++i) {
    if (static_cast<size_t>(kTypes[i].type) != i) return false;
  }
  return kTypes.size() == static_cast<size_t>(EventType::kEvaluationFailed) + 1;
}
static_assert(in_order(), "kTypes follows the enumeration");

}  // namespace

std::string_view event_type_name(EventType type) {
  return kTypes[static_cast<size_t>(type)].name;
}

std::string_view event_details_name(EventType type) {
  return kTypes[static_cast<size_t>(type)].details;
}

std::optional<EventType> event_type_by_name(std::string_view name) {
  const auto* found = std::ranges::find(kTypes, name, &TypeNames::name);
  if (found == kTypes.end()) return std::nullopt;
  return found->type;
}

}  // namespace soma::workflow::engine
