// Durable workflows: Amazon States Language, versions and aliases, executions that survive being killed.
//
//   definition/definition.h  the language, read and validated
//   machines.h               state machines, versions, aliases
//   activity_registry.h      activities
//   rollouts/rollouts.h      aliases on their way to another version
//   executions.h             executions, task tokens, activities' workers
//   map_runs/map_runs.h      distributed maps
//   connector.h              what Task states can do
//   api/operations.h         the Step Functions API, without HTTP
//   routes.h                 the Step Functions API and soma's own, over HTTP
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "services/workflow/activities/activity_registry.h"
#include "services/workflow/executions/executions.h"
#include "services/workflow/machines/machines.h"
#include "services/workflow/map_runs/child_machine.h"
#include "services/workflow/map_runs/map_runs.h"
#include "services/workflow/object_folder.h"
#include "services/workflow/rollouts/rollouts.h"

namespace soma::workflow {

struct Dependencies {
  os::Clock& clock;
  os::IdSource& ids;
  net::LoopPool& loops;
  journal::Journal& journal;
  const Connectors& connectors;
  const ObjectFolder& objects;  // what distributed maps read and write
  LogSink* log = nullptr;       // where the machines' logs go; null: nowhere
  // Whether a log group exists that a logging configuration names; unset: not asked.
  std::function<bool(std::string_view log_group_arn)> log_group_exists{};
};

// Thread-safe; coroutines resume on the caller's loop.
class Service {
 public:
  // Reads what there is. Call start() once the loops run.
  static os::Result<std::unique_ptr<Service>> open(Dependencies dependencies);
  ~Service();

  // Goes on with the executions that were running when soma stopped, and with deletions.
  void start();
  // Lets go of what runs in memory without ending it.
  void stop();

  // The machine can be started no longer; its executions are aborted, and then it is gone. Not being there is
  // no error. Durable on return.
  net::Task<Answered<>> delete_machine(std::string arn);

  Machines& machines() { return *machines_; }
  const Machines& machines() const { return *machines_; }
  Activities& activities() { return *activities_; }
  const Activities& activities() const { return *activities_; }
  Executions& executions() { return *executions_; }
  const Executions& executions() const { return *executions_; }
  MapRuns& map_runs() { return *map_runs_; }
  const MapRuns& map_runs() const { return *map_runs_; }
  // The revision that an execution of this machine, or of a distributed map of it ("…:stateMachine:M/LABEL"),
  // was started with; null when there is none.
  RevisionPtr revision_of(std::string_view machine_arn, std::string_view revision_id);
  Rollouts& rollouts() { return *rollouts_; }
  const Rollouts& rollouts() const { return *rollouts_; }
  const Dependencies& dependencies() const { return dependencies_; }

  struct Statistics {
    size_t machines = 0, resident_executions = 0;
  };
  Statistics statistics() const;

 private:
  explicit Service(Dependencies dependencies);
  net::Task<Answered<>> end_executions(std::string machine_arn);
  static net::Task<> resume_deletion(Service& service, MachinePtr machine);

  Dependencies dependencies_;
  std::unique_ptr<Machines> machines_;
  std::unique_ptr<Activities> activities_;
  ChildMachines child_machines_;
  std::unique_ptr<MapRuns> map_runs_;
  std::unique_ptr<Rollouts> rollouts_;
  std::unique_ptr<Executions> executions_;
};

}  // namespace soma::workflow
