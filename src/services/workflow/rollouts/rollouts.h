// Watches the executions that an alias on its way to another version starts, and moves its weight: on, or
// back.
//
// What is decided and on what evidence says rollout/rollout.h; that it was, an event of the machine's run,
// which moves the weight at the same time (machines/machine_rollouts.cpp). Here is only the watch: executions
// that started under the alias since the rollout began and have ended, by their runs. It lives in memory and
// is counted again from the journal after a restart; so is the time at which the next step is due.
//
// A stopped (aborted) execution says nothing of its version. A redriven one counts by its first end: it
// failed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/journal/journal.h"
#include "base/net/net.h"
#include "services/workflow/executions/execution_run.h"
#include "services/workflow/machines/machines.h"

namespace soma::workflow {

struct RolloutDependencies {
  os::Clock& clock;
  net::LoopPool& loops;
  journal::Journal& journal;
  Machines& machines;
};

// Thread-safe; coroutines resume on the caller's loop.
class Rollouts {
 public:
  explicit Rollouts(RolloutDependencies dependencies);
  ~Rollouts();

  // Counts what ended since each running rollout began, and goes on with it. Before the executions go on, so
  // that none is counted twice.
  void start();
  // Decides nothing any more.
  void stop();

  net::Task<Answered<AliasOf>> begin(BeginRollout request);
  net::Task<Answered<AliasOf>> cancel(std::string alias_arn);

  // To be told of the executions that end (ExecutionDependencies::on_end). It may be called when this is
  // gone.
  std::function<void(const std::string& run, const ExecutionStart& start)> watcher() const;

  // What has been seen of the alias's rollout; nothing when none runs.
  std::optional<rollout::Evidence> seen(std::string_view alias_arn) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace soma::workflow
