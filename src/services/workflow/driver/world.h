// What all executions share.
#pragma once

#include <memory>

#include "services/workflow/activities/activities.h"
#include "services/workflow/executions/executions.h"

namespace soma::workflow {

class Residents;

// Shared by the executions: what is on its way to the disk may outlive the service.
struct World {
  explicit World(ExecutionDependencies dependencies) : with(std::move(dependencies)) {}

  ExecutionDependencies with;
  ActivityQueue activities;
  std::shared_ptr<Residents> residents;
};

}  // namespace soma::workflow
