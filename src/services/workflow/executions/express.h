// An Express execution: in memory only, from its beginning to its end. Its history goes to the log alone.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "services/workflow/driver/clock_timer.h"
#include "services/workflow/driver/progress.h"
#include "services/workflow/driver/task_runner.h"
#include "services/workflow/driver/world.h"
#include "services/workflow/executions/execution_run.h"
#include "services/workflow/executions/log_sink.h"

namespace soma::workflow {

// On one loop. The engine ends it after kExpressTimeout at the latest.
class ExpressExecution : public std::enable_shared_from_this<ExpressExecution> {
 public:
  // Called once, on its loop. Nothing: soma shuts down.
  using Ended = std::function<void(std::optional<engine::Finished>)>;

  // Begins it, in a later turn of the loop. False: there is no room, nothing happens. It is aborted when
  // `stop` is requested.
  static bool begin(const std::shared_ptr<World>& world, const net::Executor& executor, ExecutionStart start,
                    RevisionPtr revision, Ended ended, const net::Cancellation& stop = {});
  ExpressExecution(std::shared_ptr<World> world, const net::Executor& executor, ExecutionStart start,
                   RevisionPtr revision, Ended ended);

 private:
  void begin();
  void apply(engine::Event event);
  void take(const engine::Event& event);
  void carry_out(engine::Command command);
  void end(std::optional<engine::Finished> how);
  void set_timer();

  const std::shared_ptr<World> world_;
  const net::Executor executor_;
  const ExecutionStart start_;
  const RevisionPtr revision_;
  Ended ended_;
  engine::Execution execution_;
  const ExecutionLog log_;
  std::optional<TaskRunner> runner_;
  net::Cancellation::Registration stopped_;
  uint64_t entered_ = 0;
  std::shared_ptr<ExpressExecution> self_;  // until the end
  std::deque<engine::Event> pending_;
  bool applying_ = false;
  std::optional<ClockTimer> timer_;
  os::Time timer_at_ = os::Time::max();
};

}  // namespace soma::workflow
