// The tasks of one execution that connectors carry out just now.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "services/workflow/connector.h"

namespace soma::workflow {

// Whether the task begins by itself: a connector or a mock carries it out, no worker.
bool begins_by_itself(const Connectors& connectors, std::string_view machine_name, std::string_view test_case,
                      const engine::ScheduleTask& task);

// Belongs to the loop of its execution.
class TaskRunner {
 public:
  struct Caller {
    std::string execution_arn, correlation_id, machine_name, trace_header, test_case;
    std::shared_ptr<engine::Inspection> inspection{};
  };
  // `deliver` gets what happens, on the loop; from within start() when the connector answers at once. `over`:
  // the connector is done with the task, nothing more comes of it.
  using Deliver = std::function<void(engine::TaskId task, engine::Event event, bool over)>;

  // `map_runner` may be null where no machine has a distributed Map.
  TaskRunner(const Connectors& connectors, MapRunner* map_runner, const net::Executor& executor,
             Caller caller, Deliver deliver);
  // Lets go of what still runs (kTaskLetGo).
  ~TaskRunner();
  TaskRunner(const TaskRunner&) = delete;
  TaskRunner& operator=(const TaskRunner&) = delete;

  bool begins(const engine::ScheduleTask& task) const;
  // Whether it may be asked again after a crash.
  bool repeatable(const engine::ScheduleTask& task) const;

  void start(engine::ScheduleTask task);
  void start(engine::StartMapRun run);
  // Its result is not wanted any more: `deliver` hears nothing more of it.
  void cancel(engine::TaskId task);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace soma::workflow
