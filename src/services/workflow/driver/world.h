// What all executions share.
#pragma once

#include <memory>
#include <string>

#include "services/workflow/activities/activities.h"
#include "services/workflow/executions/executions.h"

namespace soma::workflow {

class Residents;
struct ExecutionStart;

// Shared by the executions: what is on its way to the disk may outlive the service.
struct World {
  explicit World(ExecutionDependencies dependencies) : with(std::move(dependencies)) {}
  // A Standard execution has ended, durably: tells those who wait for it, and who watches all ends.
  void ended(const std::string& run, const ExecutionStart& start) const;

  ExecutionDependencies with;
  ActivityQueue activities;
  std::shared_ptr<Residents> residents;
};

}  // namespace soma::workflow
