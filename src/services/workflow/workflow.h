// Durable workflows: Amazon States Language, versions and aliases, executions that survive being killed.
//
//   definition/definition.h  the language, read and validated
//   machines.h               state machines, versions, aliases
//   activity_registry.h      activities
//   executions.h             executions, task tokens, activities' workers
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
#include "services/workflow/executions/redrive_tokens.h"
#include "services/workflow/machines/machines.h"

namespace soma::workflow {

// Distributed maps, as the API shows them; answers are in the API's shape.
class MapRuns {
 public:
  virtual ~MapRuns() = default;
  virtual Answered<json::Value> describe(std::string_view map_run_arn) const = 0;
  // Newest first; `limit` 1..1000.
  virtual Answered<json::Value> list(std::string_view execution_arn, size_t limit,
                                     std::string_view page_token) const = 0;
  // The limits among `parameters` (UpdateMapRun's) replace the run's. Durable on return.
  virtual net::Task<Answered<>> update(json::Value parameters) = 0;
};

struct Dependencies {
  os::Clock& clock;
  os::IdSource& ids;
  net::LoopPool& loops;
  journal::Journal& journal;
  const Connectors& connectors;
  // Null: the operations that need it answer UnsupportedOperationException.
  MapRuns* map_runs = nullptr;
  LogSink* log = nullptr;  // where the machines' logs go; null: nowhere
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
  RedriveTokens& redrive_tokens() { return redrive_tokens_; }
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
  RedriveTokens redrive_tokens_;
  std::unique_ptr<Machines> machines_;
  std::unique_ptr<Activities> activities_;
  std::unique_ptr<Executions> executions_;
};

}  // namespace soma::workflow
