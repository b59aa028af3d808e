// Durable workflows: Amazon States Language, versions and aliases, executions that survive being killed.
//
//   definition/definition.h  the language, read and validated
//   machines.h               state machines, versions, aliases, activities
//   executions.h             executions, task tokens, activities' workers
//   connector.h              what Task states can do
//   routes.h                 the Step Functions API and soma's own
#pragma once

#include "services/workflow/executions.h"
#include "services/workflow/machines.h"

namespace soma::workflow {

// How an operation of the service's API fails: its own error names ("StateMachineDoesNotExist") and
// sentences.
struct ApiError {
  std::string name, message;
  int status = 400;
};
template <class T>
using Answered = std::expected<T, ApiError>;

}  // namespace soma::workflow
