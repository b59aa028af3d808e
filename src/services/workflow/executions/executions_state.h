// The service's inside. Private to executions*.cpp.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/net/await_done.h"
#include "services/workflow/driver/actor.h"
#include "services/workflow/driver/residents.h"
#include "services/workflow/executions/executions.h"
#include "services/workflow/executions/express.h"

namespace soma::workflow {

struct Executions::State : std::enable_shared_from_this<Executions::State> {
  explicit State(ExecutionDependencies dependencies)
      : world(std::make_shared<World>(std::move(dependencies))) {
    world->residents = std::make_shared<Residents>(world, world->with.max_resident);
  }

  const std::shared_ptr<World> world;

  journal::Journal& journal() const { return world->with.journal; }
  Residents& residents() const { return *world->residents; }

  // Runs `job` on the actor's loop; it is answered when the job calls its Done. kUnavailable: soma stops.
  using Asked = std::function<void(Actor& actor, Actor::Done done)>;
  net::Task<os::Result<>> ask(std::string run, Asked job) const;

  // executions_start.cpp
  net::Task<os::Result<Started>> start_standard(ExecutionStart start, RevisionPtr revision) const;
  net::Task<os::Result<Started>> start_express(ExecutionStart start, RevisionPtr revision) const;
  net::Task<os::Result<ExecutionView>> run_express(ExecutionStart start, RevisionPtr revision,
                                                   net::Cancellation stop, bool waits_for_room) const;
  net::Task<> wait_for_room(std::string run) const;
  net::Task<os::Result<engine::Finished>> run_in_memory(ExecutionStart start, RevisionPtr revision,
                                                        net::Cancellation stop, bool waits_for_room) const;
  os::Result<ExecutionStart> prepare(StartRequest request) const;
  void begin_express(const std::string& run) const;
  void begin_queued(const std::string& run) const;

  net::Task<os::Result<os::Time>> redrive(std::string arn, std::string client_token, bool by_map_run) const;

  // What the journal says is to go on after a restart.
  void go_on() const;
  os::Result<> for_each_run(journal::ListFilter filter,
                            const std::function<void(const journal::Run&)>& visit) const;
  void wake(const std::string& run) const;
  void stop_if_abandoned(const std::string& child) const;  // executions_abandoned.cpp

  // executions_tasks.cpp
  net::Task<os::Result<>> answer_task(std::string token,
                                      std::function<engine::Event(engine::TaskId)> answer) const;
  net::Task<os::Result<std::optional<ActivityTask>>> hand_over(WaitingTask task, std::string worker) const;
  void queue_tasks_of(Actor& actor) const;
};

}  // namespace soma::workflow
