// How executions begin.
//
// The start and what follows from it at once are one append: the engine makes its first steps where the
// request is, before anything is written, and its records go to the disk together with the start. Many
// executions end right there and are never in memory at all. What goes on is handed to its actor when the
// append is durable; until then the run is reserved, so that nobody reads it into a second one.
#include <fmt/format.h>

#include <algorithm>

#include "services/workflow/executions/correlation.h"
#include "services/workflow/executions/execution_names.h"
#include "services/workflow/executions/execution_view.h"
#include "services/workflow/executions/executions_state.h"
#include "services/workflow/executions/promises.h"

namespace soma::workflow {

using engine::Status;
using os::Code;
using os::Result;

namespace {

constexpr int kMaxStartAttempts = 4;

// The run, as long as its start is on the way.
class Reservation {
 public:
  Reservation(Residents& residents, const std::string& run) : residents_(residents), run_(run) {}
  ~Reservation() { residents_.release(run_, std::move(begun_)); }
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  void hand_over(std::unique_ptr<Begun> begun) { begun_ = std::move(begun); }

 private:
  Residents& residents_;
  const std::string& run_;
  std::unique_ptr<Begun> begun_;
};

// The answer to a start whose name is taken.
Result<Started> started_before(journal::Journal& journal, const std::string& run,
                               const ExecutionStart& wanted) {
  SOMA_ASSIGN(const journal::Run found, journal.get(run));
  SOMA_ASSIGN(const ExecutionStart first, read_start(journal, run));
  const bool same_task = !wanted.start_key.empty() && first.start_key == wanted.start_key;
  if (same_task || (is_open(found.status) && same_given_input(first, wanted)))
    return Started{first.info.execution_arn, found.created};
  return os::fail(Code::kAlreadyExists,
                  fmt::format("Execution Already Exists: '{}'", first.info.execution_arn));
}

std::unexpected<os::Error> shutting_down() {
  return os::fail(Code::kUnavailable, "soma is shutting down", "try again when it is back");
}

bool needs_memory(const engine::Command& command, const Connectors& connectors, const ExecutionStart& start) {
  if (std::holds_alternative<engine::StartMapRun>(command)) return true;
  const auto* task = std::get_if<engine::ScheduleTask>(&command);
  return task != nullptr && begins_by_itself(connectors, start.info.machine_name, start.test_case, *task);
}

bool is_for_worker(const engine::Command& command, const Connectors& connectors,
                   const ExecutionStart& start) {
  return std::holds_alternative<engine::ScheduleTask>(command) && !needs_memory(command, connectors, start);
}

ExecutionView view_of(const ExecutionStart& start, os::Time started, os::Time stopped, engine::Finished end) {
  ExecutionView view;
  view.arn = start.info.execution_arn;
  view.name = start.info.execution_name;
  view.machine_arn = start.info.machine_arn;
  view.status = end.status;
  view.input = start.input;
  if (end.status == Status::kSucceeded) view.output = end.output.text();
  view.error = std::move(end.error);
  view.cause = std::move(end.cause);
  view.started = started;
  view.stopped = stopped;
  view.trace_header = start.trace_header;
  view.correlation_id = start.correlation_id;
  return view;
}

}  // namespace

Result<ExecutionStart> Executions::State::prepare(StartRequest request) const {
  if (request.input.size() > engine::kMaxPayloadBytes)
    return os::fail(Code::kInvalidArgument, fmt::format("the input has {} bytes, kMaxPayloadBytes is {}",
                                                        request.input.size(), engine::kMaxPayloadBytes));
  const Machine& machine = *request.target.machine;
  if (!request.test_case.empty() && !world->with.connectors.knows_test_case(machine.name, request.test_case))
    return os::fail(Code::kInvalidArgument,
                    fmt::format("the mocks have no test case {} of {}", request.test_case, machine.name),
                    "add it to the file that SFN_MOCK_CONFIG names");
  ExecutionStart start;
  if (request.name.empty()) request.name = world->with.ids.uuid();
  if (const Answered<> named = check_name(request.name); !named)
    return std::unexpected(to_os_error(named.error()));
  engine::StartInfo& info = start.info;
  info.type = machine.type;
  info.execution_arn = machine.type == MachineType::kExpress
                           ? express_arn(machine.arn, request.name, world->with.ids.uuid())
                           : execution_arn(machine.arn, request.name);
  info.execution_name = std::move(request.name);
  info.machine_arn = machine.arn;
  info.machine_name = machine.name;
  info.role_arn = request.target.revision->role_arn;
  info.context_members = std::move(request.context_members);
  info.activity_exists = world->with.activity_exists;
  start.revision = request.target.revision->id;
  start.version = request.target.version;
  start.alias = request.target.alias;
  start.input = std::move(request.input);
  start.trace_header = std::move(request.trace_header);
  start.parent_arn = std::move(request.parent_arn);
  start.correlation_id = std::move(request.correlation_id);
  start.map_run_arn = std::move(request.map_run_arn);
  start.start_key = std::move(request.start_key);
  start.awaited = request.awaited;
  start.test_case = std::move(request.test_case);
  correlate(start, *request.target.revision);
  info.promises = promises_of(*request.target.revision, start);
  return start;
}

net::Task<Result<Started>> Executions::State::start_standard(ExecutionStart start,
                                                             RevisionPtr revision) const {
  const std::string run = run_of_execution(start.info.execution_arn).value_or("");
  SOMA_CO_ASSIGN(engine::Payload input, engine::Payload::parse(start.input));
  for (int attempt = 1; !residents().reserve(run); ++attempt) {
    if (residents().stopping() || attempt > kMaxStartAttempts)
      co_return os::fail(Code::kUnavailable, "soma is shutting down, or the name is being taken just now",
                         "try again");
    // Somebody works on this run: after that the journal says what is so.
    Asked nothing = [](Actor&, const Actor::Done& done) { done({}); };
    SOMA_CO_TRY(co_await ask(run, std::move(nothing)));
    Result<Started> before = started_before(journal(), run, start);
    if (before || before.error().code != Code::kNotFound) co_return before;
  }
  Reservation reservation(residents(), run);

  const os::Time now = world->with.clock.now();
  const Connectors& connectors = world->with.connectors;
  engine::Execution execution(revision->definition, start.info, world->with.ids);
  SOMA_CO_ASSIGN(Progress progress, make_progress(execution, engine::Begin{std::move(input)}, now));
  const auto attended = [&](const engine::Command& command) {
    return needs_memory(command, connectors, start);
  };
  const bool stays = progress.more || std::ranges::any_of(progress.commands, attended);
  const bool room = residents().has_room();
  const bool queued = stays && !room;
  if (queued && residents().queued() >= kMaxQueuedStarts)
    co_return os::fail(Code::kLimitExceeded,
                       fmt::format("{} starts wait already (kMaxQueuedStarts)", kMaxQueuedStarts),
                       "wait until executions have ended");
  const Rest rest = queued ? Rest{kQueued} : rest_of(execution, stays, now, room);

  journal::Run made{.id = run, .kind = std::string(kExecutionKind), .status = std::string(rest.status)};
  made.created = now;
  made.labels = labels_of(start);
  const auto for_worker = [&](const engine::Command& command) {
    return is_for_worker(command, connectors, start);
  };
  if (!queued && std::ranges::any_of(progress.commands, for_worker))
    made.labels.push_back({std::string(kActivityLabel), "1"});
  std::vector<journal::NewEvent> events = {{std::string(kStartedEvent), write_start(start)}};
  if (!queued) std::ranges::move(progress.records, std::back_inserter(events));
  journal::AppendOptions options;
  if (rest.timer != os::Time::max()) options.wake_at = rest.timer;
  const Result<uint64_t> seq =
      co_await journal().create(std::move(made), std::move(events), std::move(options));
  if (!seq) {
    if (seq.error().code != Code::kAlreadyExists) co_return std::unexpected(seq.error());
    co_return started_before(journal(), run, start);
  }

  Started started{start.info.execution_arn, now};
  if (queued) {
    begin_queued(run);
    co_return started;
  }
  const ExecutionLog log(world->with.log, revision->logging, start.info.execution_arn);
  log.write(progress.history, 0);
  if (rest.status == kRunning) {
    reservation.hand_over(std::make_unique<Begun>(Begun{std::move(start), std::move(revision),
                                                        std::move(execution), *seq, std::string(rest.status),
                                                        std::move(progress.commands), progress.more}));
    co_return started;
  }
  for (const engine::Command& command : progress.commands) {
    const auto* task = std::get_if<engine::ScheduleTask>(&command);
    if (task != nullptr) world->activities.add(task->resource.arn, {run, task->task});
  }
  if (!is_open(rest.status)) world->ended(run, start);
  co_return started;
}

void Executions::State::begin_queued(const std::string& run) const {
  residents().queue(run, [self = shared_from_this()](const std::string& next) { self->wake(next); });
}

net::Task<Result<Started>> Executions::State::start_express(ExecutionStart start,
                                                            RevisionPtr revision) const {
  const std::string run = run_of_execution(start.info.execution_arn).value_or("");
  SOMA_CO_TRY(engine::Payload::parse(start.input));
  Started started{start.info.execution_arn, world->with.clock.now()};
  journal::Run made{.id = run, .kind = std::string(kExpressKind), .status = std::string(kRunning)};
  std::vector<journal::NewEvent> events = {{std::string(kStartedEvent), write_start(start)}};
  SOMA_CO_TRY(co_await journal().create(std::move(made), std::move(events)));
  begin_express(run);
  co_return started;
}

// From its run, in its turn: what it needs in memory is read when there is room for it.
void Executions::State::begin_express(const std::string& run) const {
  const auto begin = [self = shared_from_this()](const std::string& next) {
    Result<ExecutionStart> start = read_start(self->journal(), next);
    const RevisionPtr revision =
        start ? self->world->with.revision_of(start->info.machine_arn, start->revision) : nullptr;
    if (!revision) {
      os::log(os::Level::kError, "workflow.express.lost",
              {{"run", next}, {"error", start ? "its machine is gone" : start.error().to_string()}});
      return;
    }
    start->info.promises = promises_of(*revision, *start);
    const net::Executor executor = self->world->with.loops.executor_for(next);
    const auto ended = [self, executor, next](const std::optional<engine::Finished>& how) {
      if (!how) return;  // the next soma begins it again
      const auto forget = [](std::shared_ptr<const State> state, std::string over) -> net::Task<> {
        const Result<> removed = co_await state->journal().remove(over);
        if (!removed)
          os::log(os::Level::kWarning, "workflow.express.stays",
                  {{"run", over}, {"error", removed.error().to_string()}});
      };
      net::spawn(executor, forget(self, next), "workflow.express.end");
    };
    if (!ExpressExecution::begin(self->world, executor, std::move(*start), revision, ended))
      self->begin_express(next);
  };
  residents().queue(run, begin);
}

// In turn with the starts that wait for room as well.
net::Task<> Executions::State::wait_for_room(std::string run) const {
  const auto start = [this, run = std::move(run)](std::function<void(Result<>)> done) {
    residents().queue(run, [done = std::move(done)](const std::string&) { done({}); });
  };
  static_cast<void>(co_await net::await_done<void>(start));
}

net::Task<Result<ExecutionView>> Executions::State::run_express(ExecutionStart start, RevisionPtr revision,
                                                                net::Cancellation stop,
                                                                bool waits_for_room) const {
  const os::Time started = world->with.clock.now();
  ExecutionStart begun = start;
  SOMA_CO_ASSIGN(engine::Finished how, co_await run_in_memory(std::move(begun), std::move(revision),
                                                              std::move(stop), waits_for_room));
  co_return view_of(start, started, world->with.clock.now(), std::move(how));
}

net::Task<Result<engine::Finished>> Executions::State::run_in_memory(ExecutionStart start,
                                                                     RevisionPtr revision,
                                                                     net::Cancellation stop,
                                                                     bool waits_for_room) const {
  SOMA_CO_TRY(engine::Payload::parse(start.input));
  const net::Executor executor = co_await net::this_executor();
  const auto answer = std::make_shared<net::Awaited<engine::Finished>>(executor);
  const auto ended = [answer](std::optional<engine::Finished> how) {
    if (how)
      answer->result = std::move(*how);
    else
      answer->result = shutting_down();
    answer->given.notify();
  };
  while (!ExpressExecution::begin(world, executor, start, revision, ended, stop)) {
    if (!waits_for_room)
      co_return os::fail(
          Code::kLimitExceeded,
          fmt::format("{} executions run already (kMaxResidentExecutions)", world->with.max_resident),
          "try again later, or start it without waiting");
    if (residents().stopping()) co_return shutting_down();
    if (stop.requested()) co_return os::fail(Code::kCancelled, stop.reason());
    co_await wait_for_room(start.info.execution_arn);
  }
  co_await answer->given.wait();
  co_return std::move(answer->result);
}

net::Task<Result<Started>> Executions::start_execution(StartRequest request) {
  const auto state = state_;
  RevisionPtr revision = request.target.revision;
  SOMA_CO_ASSIGN(ExecutionStart start, state->prepare(std::move(request)));
  if (start.info.type == MachineType::kExpress)
    co_return co_await state->start_express(std::move(start), std::move(revision));
  co_return co_await state->start_standard(std::move(start), std::move(revision));
}

net::Task<Result<ExecutionView>> Executions::start_sync(StartRequest request) {
  const auto state = state_;
  RevisionPtr revision = request.target.revision;
  SOMA_CO_ASSIGN(ExecutionStart start, state->prepare(std::move(request)));
  if (start.info.type != MachineType::kExpress)
    co_return os::fail(Code::kInvalidArgument, "a Standard machine cannot be run synchronously");
  start.info.synchronous = true;
  net::Cancellation never;
  co_return co_await state->run_express(std::move(start), std::move(revision), std::move(never), false);
}

net::Task<Result<ExecutionView>> Executions::run_child(StartRequest request, net::Cancellation stop) {
  const auto state = state_;
  RevisionPtr revision = request.target.revision;
  SOMA_CO_ASSIGN(ExecutionStart start, state->prepare(std::move(request)));
  co_return co_await state->run_express(std::move(start), std::move(revision), std::move(stop), true);
}

net::Task<Result<engine::Finished>> Executions::run_alone(engine::StartInfo info, DefinitionPtr definition,
                                                          std::string input) {
  const auto state = state_;
  ExecutionStart start{.info = std::move(info), .revision = {}, .input = std::move(input)};
  start.correlation_id = start.info.execution_arn;
  auto revision = std::make_shared<Revision>();
  revision->definition = std::move(definition);
  RevisionPtr unregistered = std::move(revision);
  net::Cancellation never;
  co_return co_await state->run_in_memory(std::move(start), std::move(unregistered), std::move(never), false);
}

}  // namespace soma::workflow
