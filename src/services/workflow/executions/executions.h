// Executions: started, driven from the journal, stopped, looked at.
//
// A Standard execution is a run ("execution/<machine>/<name>"): its first event says what was started, each
// further one is a record of the engine (engine/engine.h). StartExecution is answered when the run exists. An
// execution that waits for a time, a token or a worker holds no memory: its run has a timer, and an event
// wakes it. Express executions live in memory; an asynchronous one is a run until it ends, so that a restart
// begins it again, a synchronous one is not. Thread-safe; coroutines resume on the caller's loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/journal/journal.h"
#include "base/net/net.h"
#include "services/workflow/connector.h"
#include "services/workflow/engine/engine.h"
#include "services/workflow/machines/machines.h"

namespace soma::workflow {

inline constexpr size_t kMaxResidentExecutions = 20'000;  // in memory at once; more wait in the journal
inline constexpr size_t kMaxQueuedStarts = 200'000;       // accepted ones that have not begun
inline constexpr os::Duration kActivityPoll = std::chrono::seconds(60);
inline constexpr os::Duration kExpressTimeout = std::chrono::minutes(5);

struct StartRequest {
  Target target;
  std::string name{};  // empty: made
  std::string input = "{}";
  std::string trace_header{};
  // Of a nested execution: who started it, and by which task. A start that is repeated with the same key
  // answers what the first one did, even when the execution has ended.
  std::string parent_arn{}, correlation_id{}, start_key{};
  bool awaited = false;       // the task waits for its end (.sync): it goes no further than its parent wants
  std::string map_run_arn{};  // of a distributed map's child
  json::Value context_members{};
  std::string test_case{};  // of the mocks (connectors/task_mocks.h)
};
struct Started {
  std::string arn;
  os::Time at;
};

struct ExecutionView {
  std::string arn, name, machine_arn, version_arn, alias_arn;
  std::string revision_id;  // what it was started with: Machines::revision_of
  engine::Status status = engine::Status::kRunning;
  std::string input;
  std::optional<std::string> output{}, error{}, cause{};
  os::Time started;
  std::optional<os::Time> stopped{};
  int64_t redrives = 0;
  std::optional<os::Time> redriven{};
  std::string trace_header{}, map_run_arn{}, parent_arn{}, correlation_id{};
  std::string run;  // of the journal
};
struct ExecutionPage {
  std::vector<ExecutionView> executions;  // newest first, without input and output
  std::string next_token;
};
struct ExecutionFilter {
  std::string machine_arn{}, version_arn{}, alias_arn{}, map_run_arn{}, correlation_id{};
  std::optional<engine::Status> status{};
  std::optional<bool> redriven{};  // pages may have fewer entries than there are then
  size_t limit = 100;
  std::string page_token{};
};
struct HistoryPage {
  std::vector<engine::HistoryEvent> events;
  std::string next_token;
};

struct ActivityTask {
  std::string token;  // empty: nothing came within kActivityPoll
  std::string input;
};

class LogSink;
struct ExecutionStart;  // execution_run.h

struct ExecutionDependencies {
  os::Clock& clock;
  os::IdSource& ids;
  net::LoopPool& loops;
  journal::Journal& journal;
  const Connectors& connectors;
  LogSink* log = nullptr;  // null: the machines' logs are not written
  // The definition that a run of this revision goes on with (after a restart): Machines knows it.
  std::function<RevisionPtr(std::string_view machine_arn, std::string_view revision_id)> revision_of;
  // Whether an activity is there when a state asks for it; unset: all are.
  std::function<bool(std::string_view arn)> activity_exists{};
  MapRunner* map_runner = nullptr;  // null: no machine has a distributed Map
  // Told of each Standard execution that has ended, when that is durable; on any loop. Unset: nobody watches.
  std::function<void(const std::string& run, const ExecutionStart& start)> on_end{};
  size_t max_resident = kMaxResidentExecutions;
};

class Executions {
 public:
  explicit Executions(ExecutionDependencies dependencies);
  ~Executions();
  // Goes on with what was running when soma stopped.
  void start();
  void stop();

  // Errors: kAlreadyExists (the name is taken by another input or by an ended one), kInvalidArgument (input,
  // name). Repeated with the same name and input while it runs, answers what the first one did.
  net::Task<os::Result<Started>> start_execution(StartRequest request);
  // Express: runs it and waits for its end.
  net::Task<os::Result<ExecutionView>> start_sync(StartRequest request);
  // Express, as a distributed map's child: the same, but it waits for room in memory, and is aborted when
  // `stop` is requested. kCancelled: that was before it began.
  net::Task<os::Result<ExecutionView>> run_child(StartRequest request, net::Cancellation stop);
  // Runs a definition that belongs to no machine, as an Express execution that nobody finds afterwards.
  // `input` must be JSON. kLimitExceeded (no room in memory), kUnavailable (soma shuts down).
  net::Task<os::Result<engine::Finished>> run_alone(engine::StartInfo info, DefinitionPtr definition,
                                                    std::string input);
  net::Task<os::Result<os::Time>> stop_execution(std::string arn, std::optional<std::string> error,
                                                 std::optional<std::string> cause);
  // When it was redriven; repeated with the same client token (empty: none) within a quarter of an hour, when
  // that was. kFailedPrecondition: it cannot be.
  net::Task<os::Result<os::Time>> redrive(std::string arn, std::string client_token = "");
  // The same of a distributed map's child, which only its map run may ask for.
  net::Task<os::Result<os::Time>> redrive_child(std::string arn);
  // Whether the execution still waits for this task. kNotFound: there is no such execution.
  net::Task<os::Result<bool>> waits_for(std::string arn, engine::TaskId task);

  // Waits for its end. kCancelled, kNotFound, kUnavailable (soma shuts down).
  net::Task<os::Result<ExecutionView>> wait(std::string arn, net::Cancellation cancellation);

  os::Result<ExecutionView> describe(std::string_view arn) const;
  os::Result<ExecutionPage> list(const ExecutionFilter& filter) const;
  os::Result<HistoryPage> history(std::string_view arn, size_t limit, bool newest_first,
                                  std::string_view page_token) const;

  // Callbacks of tasks that wait for them. Errors: kInvalidArgument (no token of ours), kTimeout (the
  // task is over).
  net::Task<os::Result<>> task_success(std::string token, std::string output);
  net::Task<os::Result<>> task_failure(std::string token, std::optional<std::string> error,
                                       std::optional<std::string> cause);
  net::Task<os::Result<>> task_heartbeat(std::string token);
  // Waits up to kActivityPoll for a task of the activity.
  net::Task<os::Result<ActivityTask>> poll_activity(std::string activity_arn, std::string worker,
                                                    net::Cancellation gone);

  struct Statistics {
    size_t resident = 0, queued = 0;
  };
  Statistics statistics() const;
  bool stopping() const;  // stop() was called: whatever fails now may be asked again of the next soma

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace soma::workflow
