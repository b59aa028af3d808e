// One distributed map while it runs: its items read into its run, its children started and counted, its
// results written.
//
// All of it is one coroutine on the loop of the execution that ordered it, and one for each child that runs
// just now. Only the first appends to the map run's run, so what is written has one order. What is in memory
// is small: a few bytes for each child, the executions that run (MaxConcurrency at most), and the results
// that wait to be written. After a crash the run is read again, and children that had begun are found by
// their names: begun again they answer what they are, running or ended.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "services/workflow/connector.h"
#include "services/workflow/executions/executions.h"
#include "services/workflow/map_runs/batcher.h"
#include "services/workflow/map_runs/map_run_state.h"
#include "services/workflow/map_runs/map_run_world.h"
#include "services/workflow/map_runs/result_writer.h"

namespace soma::workflow {

inline constexpr int64_t kMaxMapRunConcurrency = 10'000;  // children of one map run at once
inline constexpr std::string_view kToleratedFailuresExceeded = "States.ExceedToleratedFailureThreshold";

class MapRun : public std::enable_shared_from_this<MapRun> {
 public:
  using Done = std::function<void(os::Result<>)>;

  // `run` is its run, which may exist. `world` outlives it. On the loop of `executor`.
  MapRun(const MapRunWorld& world, const net::Executor& executor, std::string run, MapRunCall call);

  // As MapRunner::run; a call whose order is 0 is of a map run that is there already and is to be aborted.
  // Ends the map run as aborted when the cancellation says that nobody wants it any more.
  net::Task<ConnectorResult> carry_out(MapRunner::Begun begun, net::Cancellation cancellation);

  // Thread-safe. Nothing while its run is not read yet.
  std::optional<MapRunView> view() const;
  // Replaces the limits that `members` has; `done` when it is durable. kFailedPrecondition: it has ended.
  void change_limits(json::Value members, Done done);

 private:
  // What runs between one reading of the run and the next.
  struct Round {
    std::deque<ChildResult> ended{};
    size_t running = 0;
    bool lost = false;  // of a child nobody knows how it ended: the run has to be read again
    bool over = false;  // nobody listens any more to what still runs in it
    net::Cancellation stop{};
  };
  using RoundPtr = std::shared_ptr<Round>;
  class OverAtEnd;
  enum class Ending : uint8_t { kDone, kBreached, kAborted, kLetGo };
  struct Change {
    json::Value members;
    Done done;
  };

  // map_run.cpp: its life
  net::Task<os::Result<ConnectorResult>> attempt(const MapRunner::Begun& begun,
                                                 const net::Cancellation& cancellation);
  net::Task<os::Result<>> load();
  net::Task<os::Result<>> create();
  os::Result<> find_machine();
  // False: it is only to be ended, and its machine may be gone.
  bool is_wanted() const { return call_.run.order > 0; }
  net::Task<os::Result<>> append(std::vector<journal::NewEvent> events, journal::AppendOptions options);
  net::Task<os::Result<Ending>> run_children(const net::Cancellation& cancellation);
  net::Task<os::Result<>> write_changes();
  net::Task<os::Result<>> write_results(Round& round);
  net::Task<os::Result<>> end(MapRunEnd how);
  ConnectorResult outcome() const;
  void publish();
  void answer_changes();

  // map_run_items.cpp: its items
  net::Task<os::Result<Read<>>> read_items(const net::Cancellation& cancellation);
  net::Task<Read<ItemSourcePtr>> open_source() const;
  net::Task<os::Result<Read<>>> spool(std::shared_ptr<ItemSource> source, std::optional<Batcher> batcher,
                                      const net::Cancellation& cancellation);
  net::Task<os::Result<>> write_items(std::vector<journal::NewEvent>& events);
  Read<std::optional<Batcher>> make_batcher() const;
  Read<MapRunItem> item_of(int64_t index, const engine::MapItem& read) const;

  // map_run_children.cpp: its children
  void start_children(const RoundPtr& round);
  static net::Task<> run_child(std::shared_ptr<MapRun> self, RoundPtr round, size_t index);
  // Nothing: it was stopped before it began.
  using ChildEnd = os::Result<std::optional<ChildResult>>;
  net::Task<ChildEnd> end_of_child(size_t index, const net::Cancellation& stop);
  net::Task<ChildEnd> run_express(StartRequest request, size_t index, const net::Cancellation& stop);
  net::Task<ChildEnd> run_standard(StartRequest request, size_t index, const net::Cancellation& stop);
  // False: it was stopped first.
  net::Task<os::Result<bool>> start_standard(const StartRequest& request, const net::Cancellation& stop);
  net::Task<os::Result<bool>> redrive_if_due(const std::string& arn, size_t index);
  net::Task<os::Result<>> abort_forgotten(Round& round);
  os::Result<StartRequest> request_of(size_t index) const;
  std::string name_of(size_t index) const;
  std::string arn_of(size_t index) const;

  // map_run_results.cpp: what comes out of it. Blocking.
  Read<std::string> output() const;
  Read<std::string> export_results(const WriterConfig& config) const;
  os::Result<ChildReport> report_of(size_t index, bool with_input) const;

  const MapRunWorld& world_;
  const net::Executor executor_;
  const std::string run_;
  const MapRunCall call_;
  const std::shared_ptr<net::Notifier> wake_;

  MapRunState state_;
  bool resumed_ = false;         // it existed before: children may run that this one has not begun
  RevisionPtr parent_revision_;  // keeps the two below alive
  const State* state_in_definition_ = nullptr;
  Target target_;  // of the children
  size_t next_child_ = 0;

  mutable std::mutex mutex_;
  std::optional<MapRunView> told_;
  std::vector<Change> changes_;
  bool over_ = false;
};

}  // namespace soma::workflow
