// One execution as a synchronous machine: (execution, event) → (history, commands). No I/O, no clock of its
// own.
//
// The driver (services/workflow/execution_driver) owns the world: it hands over an event with the present
// time, appends the step's record to the execution's run, and only when that is durable carries the commands
// out. A record is what changed, not what happened: restore() puts the records together again without
// evaluating anything, so an execution means the same after an upgrade of soma.
//
// The execution is a tree of frames: the machine's own, one for each branch of a running Parallel state, one
// for each running iteration of a Map state. A frame stands in one state and has its payload, its variables
// and at most one thing it waits for (a task, a time, its children). Belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "services/workflow/definition/definition.h"
#include "services/workflow/engine/history.h"

namespace soma::workflow::engine {

inline constexpr size_t kMaxStepEvents = 512;            // history events of one step; more come in the next
inline constexpr size_t kMaxVariableBytes = 256u << 10;  // one variable, and one Assign
inline constexpr size_t kMaxVariablesBytes = 10u << 20;  // all of an execution
inline constexpr size_t kInlineMapConcurrency = 40;      // when MaxConcurrency is 0
inline constexpr size_t kMaxErrorCharacters = 256, kMaxCauseCharacters = 32'768;

// A task of an execution; never used twice within it, retries included.
using TaskId = uint64_t;

enum class Status { kRunning, kSucceeded, kFailed, kTimedOut, kAborted };
std::string_view status_name(Status status);  // "RUNNING", …

// What a Resource asks for.
struct Resource {
  enum class Kind { kLambda, kActivity, kService, kSdk };
  enum class Pattern { kRequestResponse, kSync, kSync2, kWaitForTaskToken };
  Kind kind = Kind::kService;
  Pattern pattern = Pattern::kRequestResponse;
  std::string arn;              // as written (lambda, activity)
  std::string service, action;  // "states", "startExecution"; "sqs", "sendMessage"
  // As in history: resourceType "states" and resource "startExecution.sync"; "aws-sdk:sqs".
  std::string history_type, history_resource;
};
std::optional<Resource> parse_resource(std::string_view arn);

// What an execution is held to besides its definition. Each check is asked once, of the input when it begins
// and of the output when it would succeed; null: anything goes. What it answered is in the records: restore()
// asks nobody.
struct Refusal {
  std::string error, cause;  // that the execution fails with
};
struct Promises {
  using Check = std::function<std::optional<Refusal>(const json::Value&)>;
  Check input{}, output{};
  std::optional<int64_t> timeout_seconds{};  // where the definition says nothing, or more
};

struct Inspection;  // engine/inspection.h

// What is fixed when an execution begins.
struct StartInfo {
  std::string execution_arn, execution_name;
  std::string machine_arn, machine_name;
  std::string role_arn;
  std::string region = "us-east-1";
  MachineType type = MachineType::kStandard;
  // Started by StartSyncExecution: its context object does not count redrives.
  bool synchronous = false;
  // Appended to the context object as they are ("Map": {"Item": …} of a distributed map's child).
  json::Value context_members{};
  // Whether an activity is there when a state asks for it: States.Runtime when it is not. Null: all are.
  std::function<bool(std::string_view arn)> activity_exists{};
  Promises promises{};
  // The machine is one state, which is watched: a failure that Retry knows ends it, too. Null: no.
  std::shared_ptr<Inspection> inspection{};
};

// A token says whose it is. Nothing: it is none of ours. Whether it is (still) a task's own says
// Execution::task_of().
struct TokenOwner {
  std::string execution_arn;
  TaskId task = 0;
};
std::optional<TokenOwner> owner_of_token(std::string_view token);

// What the world tells. A task of a service or a function may be told to have started or not; history has
// the event in either case.
struct Begin {
  Payload input;
};
struct TaskStarted {  // an activity's worker took it, or a connector began
  TaskId task = 0;
  std::string worker{};
};
struct TaskSubmitted {  // .sync and .waitForTaskToken: the request was accepted, the result comes later
  TaskId task = 0;
  Payload output;
};
struct TaskSucceeded {
  TaskId task = 0;
  Payload output;
};
struct TaskFailed {
  enum class Phase { kSchedule, kStart, kSubmit, kRun };
  TaskId task = 0;
  std::optional<std::string> error{}, cause{};
  Phase phase = Phase::kRun;
};
struct TaskHeartbeat {
  TaskId task = 0;
};
struct MapRunBegun {
  TaskId task = 0;
  std::string map_run_arn;
  uint64_t redrives = 0;  // 0: it begins; else it goes on, redriven so often
};
struct Advance {};  // time passed, or the last step was cut off: does what is due
struct Stop {
  std::optional<std::string> error{}, cause{};
};
struct Redrive {};
using Event = std::variant<Begin, TaskStarted, TaskSubmitted, TaskSucceeded, TaskFailed, TaskHeartbeat,
                           MapRunBegun, Advance, Stop, Redrive>;

// What is to be done, once the step's record is durable.
struct ScheduleTask {
  TaskId task = 0;
  Resource resource;
  Payload parameters;
  std::optional<Payload> credentials{};
  std::string token{};  // of activities, .sync and .waitForTaskToken: "$$.Task.Token"
  std::optional<int64_t> timeout_seconds{}, heartbeat_seconds{};
  std::string state_name;
  uint64_t retry_count = 0;
};
struct CancelTask {
  TaskId task = 0;
};
// A distributed map: its children are executions of their own (engine/map_run.h).
struct StartMapRun {
  TaskId task = 0;
  // 1, and one more with each redrive of the execution that finds its map run unfinished: the task stays the
  // same, and what failed in it runs again.
  uint64_t order = 1;
  std::string state_name;          // find it in the definition
  Payload input;                   // the state's effective input
  std::optional<Payload> items{};  // when the state names them; else the ItemReader's arguments:
  Payload reader_arguments{}, writer_arguments{}, batch_input{};
  json::Value limits;  // {"maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage",
                       // "maxItems", "maxItemsPerBatch", "maxInputBytesPerBatch"}
  // What the state's ItemSelector sees besides the input; null when it has none.
  json::Value context{}, variables{};
};
struct Finished {
  Status status = Status::kSucceeded;
  Payload output{};
  std::optional<std::string> error{}, cause{};
};
using Command = std::variant<ScheduleTask, CancelTask, StartMapRun, Finished>;

struct Step {
  std::vector<HistoryEvent> history;
  std::vector<Command> commands;
  std::string record;  // JSON: what to append; empty when nothing changed, and of an Express execution
  bool more = false;   // it was cut off at kMaxStepEvents: give it Advance next
};

enum class TaskProgress { kScheduled, kStarted, kSubmitted };

class Execution {
 public:
  // `ids` outlives it.
  Execution(DefinitionPtr definition, StartInfo start, os::IdSource& ids);
  ~Execution();
  Execution(Execution&&) noexcept;
  Execution& operator=(Execution&&) noexcept;

  // The first event is Begin. An event for a task that is no longer waited for (finished, timed out,
  // cancelled) changes nothing: kNotFound. Anything after the end but Redrive: kFailedPrecondition.
  os::Result<Step> apply(const Event& event, os::Time now);

  // Puts one record back, in order; then the execution goes on where it stood.
  os::Result<> restore(std::string_view record);

  Status status() const;
  // When Advance is next due: the earliest wait, retry, timeout or heartbeat. Nothing: it waits for others.
  std::optional<os::Time> wake() const;
  // Tasks and map runs that were scheduled and are not over: what a driver re-attaches after a restart.
  std::vector<Command> in_flight() const;
  // Where a task that is in flight stands; nothing for any other.
  std::optional<TaskProgress> progress(TaskId task) const;
  // True when the task waits for its token or its worker (its result comes from outside).
  bool waits_for_token(TaskId task) const;
  // The task in flight that this token names.
  std::optional<TaskId> task_of(std::string_view token) const;
  uint64_t events() const;  // in its history so far
  const StartInfo& info() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The history events of one record, in order.
os::Result<std::vector<HistoryEvent>> history_of(std::string_view record);

}  // namespace soma::workflow::engine
