// One execution while it is in memory: the engine, the run it is written to, the tasks that run for it.
//
// All of it on the loop that the run's id names. An event goes to the engine, what the engine says is
// appended, and only when that is durable are its commands carried out and the caller told. The next event
// need not wait for that: appends keep their order, each expects the seq that the one before will reach. When
// the journal refuses one, everything here is void; the run says what is true, and a new actor reads it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "services/workflow/driver/clock_timer.h"
#include "services/workflow/driver/progress.h"
#include "services/workflow/driver/task_runner.h"
#include "services/workflow/driver/world.h"
#include "services/workflow/executions/execution_run.h"
#include "services/workflow/executions/log_sink.h"

namespace soma::workflow {

// A wait that ends sooner than this keeps its execution in memory, without a timer in the journal.
inline constexpr os::Duration kShortWait = std::chrono::seconds(10);

// An execution whose first events are durable already: how its start leaves it.
struct Begun {
  ExecutionStart start;
  RevisionPtr revision;
  engine::Execution execution;
  uint64_t seq = 0;
  std::string status;  // of the run
  std::vector<engine::Command> commands;
  bool more = false;
};

// What a run's status and timer are to be: `attended` says that something runs for it in memory.
struct Rest {
  std::string_view status;
  os::Time timer = os::Time::max();  // of the journal
};
Rest rest_of(const engine::Execution& execution, bool attended, os::Time now, bool room);

class Actor : public std::enable_shared_from_this<Actor> {
 public:
  using Done = std::function<void(os::Result<>)>;

  Actor(std::shared_ptr<World> world, std::string run);
  ~Actor();

  // Goes on with a start.
  void take(Begun begun);
  // `done` when it is durable, or with why not: the engine's errors, kUnavailable when soma shuts down, what
  // the journal said.
  void apply(engine::Event event, Done done);
  // `client_token`: of the request; empty: none.
  void redrive(const std::string& client_token, Done done);
  // The execution, read from its run when it was not in memory. Errors: kNotFound, kCorrupt,
  // kFailedPrecondition (its machine's definition is gone).
  os::Result<const engine::Execution*> execution();
  const ExecutionStart& start() const { return *start_; }

  // Nothing runs here, nothing is on its way to the disk, and the run's timer will wake it.
  bool idle() const;
  // Nobody will give it jobs any more.
  void retire() { let_go_ = true; }
  // Cancels what runs and does nothing any more; what is on its way to the disk still arrives.
  void let_go();

  const std::string& run() const { return run_; }
  const net::Executor& executor() const { return executor_; }

 private:
  os::Result<> load();
  os::Result<> read_run();
  void become(ExecutionStart start, RevisionPtr revision, engine::Execution execution);
  void attach_again();
  os::Result<> make(const engine::Event& event, Done done, journal::AppendOptions options = {});
  void write(Progress progress, Done done, journal::AppendOptions options);
  void written(os::Result<uint64_t> result, Progress& progress, const Done& done);
  void attend(const std::vector<engine::Command>& commands);
  void set_status(journal::AppendOptions& options);
  void carry_out(engine::Command command);
  void delivered(engine::TaskId task, engine::Event event, bool over);
  void go_on_with_more();
  void set_timer();
  void broken(const os::Error& why);
  void settle();

  const std::shared_ptr<World> world_;
  const std::string run_;
  const net::Executor executor_;

  std::optional<ExecutionStart> start_;
  RevisionPtr revision_;
  std::optional<engine::Execution> execution_;
  std::optional<ExecutionLog> log_;
  std::unique_ptr<TaskRunner> runner_;

  uint64_t seq_ = 0;    // that the last append will reach
  std::string status_;  // of the run, once all appends are durable
  os::Time wake_at_{};  // the run's timer, likewise; the epoch: not known
  size_t appending_ = 0;
  std::unordered_set<engine::TaskId> attended_;                  // tasks that need this actor in memory
  std::unordered_map<engine::TaskId, std::string> for_workers_;  // scheduled ones: their activity
  bool activity_label_ = false;
  int64_t redrives_ = 0;
  std::string redrive_tokens_;  // the label (redrive_tokens.h)
  bool more_posted_ = false, broken_ = false, let_go_ = false;
  std::optional<ClockTimer> timer_;
  os::Time timer_at_ = os::Time::max();
};

}  // namespace soma::workflow
