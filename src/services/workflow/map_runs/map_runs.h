// The map runs: which are in memory, what is told of them, what becomes of them after a restart.
//
// A map run is begun by the Map state that orders it, and after a restart by the same: its execution asks
// again with the same key. One whose execution asks no more, because it was stopped when soma was, is ended
// when soma starts.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/workflow/connector.h"
#include "services/workflow/errors.h"
#include "services/workflow/map_runs/map_run_state.h"
#include "services/workflow/map_runs/map_run_world.h"

namespace soma::workflow {

struct MapRunPage {
  std::vector<MapRunView> runs;  // newest first; of each what ListMapRuns tells
  std::string next_token;
};

// Thread-safe; coroutines resume on the caller's loop.
class MapRuns final : public MapRunner {
 public:
  explicit MapRuns(MapRunWorld world);
  ~MapRuns() override;
  // Before anything runs.
  void connect(Executions& executions);
  // After the executions have stopped: waits for what works on other threads, up to a few seconds.
  void stop();
  // Ends the map runs that nobody waits for any more. After the executions have started.
  void start(net::LoopPool& loops);

  net::Task<ConnectorResult> run(MapRunCall call, Begun begun, net::Cancellation cancellation) override;

  // ResourceNotFound.
  Answered<MapRunView> describe(std::string_view map_run_arn) const;
  // Of one execution; `limit` 1..1000.
  Answered<MapRunPage> list(std::string_view execution_arn, size_t limit, std::string_view page_token) const;
  // The limits among `members` (UpdateMapRun's) replace the run's. Durable on return. ResourceNotFound;
  // ValidationException: it has ended.
  net::Task<Answered<>> update(std::string map_run_arn, json::Value members);

 private:
  struct State;
  static net::Task<> end_unless_wanted(std::shared_ptr<State> state, std::string run);

  std::shared_ptr<State> state_;
};

}  // namespace soma::workflow
