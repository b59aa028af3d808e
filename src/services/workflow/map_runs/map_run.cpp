#include "services/workflow/map_runs/map_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/workflow/connectors/answers.h"
#include "services/workflow/executions/execution_names.h"
#include "services/workflow/executions/execution_run.h"
#include "services/workflow/map_runs/child_machine.h"

namespace soma::workflow {

using engine::Status;
using os::Code;
using os::Result;

namespace {

constexpr os::Duration kRetryAfterRefusal = std::chrono::seconds(5);
constexpr size_t kMaxResultsAtOnce = 256;           // in one append
constexpr size_t kMaxResultBytesAtOnce = 4u << 20;  // after which no more are added

bool let_go_of(const net::Cancellation& cancellation) {
  return cancellation.requested() && cancellation.reason() != kTaskCancelled;
}
bool aborted_by(const net::Cancellation& cancellation) {
  return cancellation.requested() && cancellation.reason() == kTaskCancelled;
}

}  // namespace

// Whatever ends a round: what still runs in memory alone is stopped, and reports in vain.
class MapRun::OverAtEnd {
 public:
  explicit OverAtEnd(RoundPtr round) : round_(std::move(round)) {}
  ~OverAtEnd() {
    round_->over = true;
    round_->stop.request(std::string(kTaskLetGo));
  }
  OverAtEnd(const OverAtEnd&) = delete;
  OverAtEnd& operator=(const OverAtEnd&) = delete;

 private:
  const RoundPtr round_;
};

MapRun::MapRun(const MapRunWorld& world, const net::Executor& executor, std::string run, MapRunCall call)
    : world_(world),
      executor_(executor),
      run_(std::move(run)),
      call_(std::move(call)),
      wake_(std::make_shared<net::Notifier>(executor)) {}

net::Task<ConnectorResult> MapRun::carry_out(MapRunner::Begun begun, net::Cancellation cancellation) {
  const auto woken = cancellation.on_request([wake = wake_] { wake->notify(); });
  for (;;) {
    Result<ConnectorResult> done = co_await attempt(begun, cancellation);
    if (done) {
      answer_changes();
      co_return std::move(*done);
    }
    if (let_go_of(cancellation) || world_.executions->stopping() || world_.journal.stopped()) {
      answer_changes();
      co_return let_go();
    }
    os::log(os::Level::kError, "workflow.map_run.interrupted",
            {{"run", run_}, {"error", done.error().to_string()}});
    co_await wake_->wait_until(world_.clock, world_.clock.now() + kRetryAfterRefusal);
  }
}

net::Task<Result<ConnectorResult>> MapRun::attempt(const MapRunner::Begun& begun,
                                                   const net::Cancellation& cancellation) {
  SOMA_CO_TRY(co_await load());
  begun(state_.start().arn, state_.redrives());
  if (state_.end()) co_return outcome();
  if (!state_.has_items() && !cancellation.requested()) {
    SOMA_CO_ASSIGN(const Read<> read, co_await read_items(cancellation));
    if (!read) {
      MapRunEnd failed{.status = Status::kFailed, .error = read.error().error, .cause = read.error().cause};
      SOMA_CO_TRY(co_await end(std::move(failed)));
      co_return outcome();
    }
  }
  SOMA_CO_ASSIGN(const Ending ending, co_await run_children(cancellation));
  if (ending == Ending::kLetGo) co_return let_go();
  MapRunEnd how{.status = Status::kAborted};
  if (ending != Ending::kAborted) {
    auto self = shared_from_this();
    auto work = [self, working = world_.working->enter()] { return self->output(); };
    Read<std::string> output = co_await net::offload(std::move(work));
    if (world_.executions->stopping()) co_return let_go();
    if (ending == Ending::kBreached)
      how = {.status = Status::kFailed,
             .error = std::string(kToleratedFailuresExceeded),
             .cause = "The specified tolerated failure threshold was exceeded"};
    else if (output)
      how = {.status = Status::kSucceeded, .output = std::move(*output)};
    else
      how = {.status = Status::kFailed,
             .error = std::move(output.error().error),
             .cause = std::move(output.error().cause)};
  }
  SOMA_CO_TRY(co_await end(std::move(how)));
  co_return outcome();
}

net::Task<Result<>> MapRun::load() {
  next_child_ = 0;
  Result<MapRunState> found = MapRunState::read(world_.journal, run_);
  if (!found && found.error().code != Code::kNotFound) co_return std::unexpected(found.error());
  resumed_ = found.has_value();
  if (found) {
    state_ = std::move(*found);
    const bool again =
        state_.end() && state_.end()->status != Status::kSucceeded && state_.order() < call_.run.order;
    if (is_wanted() && (again || !state_.end())) SOMA_CO_TRY(find_machine());
    if (again) {
      std::vector<journal::NewEvent> events = {write_map_run_redriven(call_.run.order)};
      journal::AppendOptions options{.status = std::string(kRunning)};
      SOMA_CO_TRY(co_await append(std::move(events), std::move(options)));
    }
  } else {
    SOMA_CO_TRY(co_await create());
    SOMA_CO_TRY(find_machine());
  }
  publish();
  co_return Result<>{};
}

net::Task<Result<>> MapRun::create() {
  const std::string parent = run_of_execution(call_.execution_arn).value_or("");
  SOMA_CO_ASSIGN(const ExecutionStart execution, read_start(world_.journal, parent));
  const RevisionPtr revision = world_.revision_of(execution.info.machine_arn, execution.revision);
  const State* map = revision ? find_state(*revision->definition, call_.run.state_name) : nullptr;
  if (map == nullptr)
    co_return os::fail(
        Code::kFailedPrecondition,
        fmt::format("{} has no Map {} any more", execution.info.machine_arn, call_.run.state_name));
  const auto& details = std::get<MapDetails>(map->details);
  const std::string machine(base_machine_name(execution.info.machine_name));
  MapRunStart start{.execution_arn = call_.execution_arn,
                    .correlation_id = call_.correlation_id,
                    .test_case = execution.test_case,
                    .machine_arn = machine_arn(fmt::format("{}/{}", machine, label_of_map(machine, *map))),
                    .revision = execution.revision,
                    .state_name = call_.run.state_name,
                    .task = call_.run.task,
                    .order = call_.run.order,
                    .express = details.execution_type == "EXPRESS",
                    .batched = details.batcher.has_value()};
  start.arn = map_run_arn(start.machine_arn, name_of_run(run_));
  start.limits.update(call_.run.limits);
  journal::Run made{.id = run_, .kind = std::string(kMapRunKind), .status = std::string(kRunning)};
  made.labels = {{std::string(kParentLabel), start.execution_arn}};
  std::vector<journal::NewEvent> events = {write_map_run_start(start)};
  SOMA_CO_TRY(co_await world_.journal.create(std::move(made), std::move(events)));
  SOMA_CO_ASSIGN(state_, MapRunState::read(world_.journal, run_));
  co_return Result<>{};
}

// What the children run.
Result<> MapRun::find_machine() {
  const MapRunStart& start = state_.start();
  const std::string parent = run_of_execution(start.execution_arn).value_or("");
  SOMA_ASSIGN(const ExecutionStart execution, read_start(world_.journal, parent));
  parent_revision_ = world_.revision_of(execution.info.machine_arn, execution.revision);
  target_.revision = world_.revision_of(start.machine_arn, start.revision);
  if (parent_revision_) state_in_definition_ = find_state(*parent_revision_->definition, start.state_name);
  if (state_in_definition_ == nullptr || !target_.revision)
    return os::fail(Code::kFailedPrecondition,
                    fmt::format("{}: revision {} of its machine is gone", start.arn, start.revision));
  target_.machine = std::make_shared<const Machine>(
      Machine{.name = std::string(machine_name_of(start.machine_arn)),
              .arn = start.machine_arn,
              .type = start.express ? MachineType::kExpress : MachineType::kStandard,
              .current = target_.revision});
  return {};
}

net::Task<Result<>> MapRun::append(std::vector<journal::NewEvent> events, journal::AppendOptions options) {
  if (events.empty()) co_return Result<>{};
  uint64_t seq = state_.last_seq();
  std::vector<journal::NewEvent> written = events;
  SOMA_CO_TRY(co_await world_.journal.append(run_, seq, std::move(written), std::move(options)));
  const os::Time now = world_.clock.now();
  for (journal::NewEvent& event : events)
    SOMA_CO_TRY(state_.apply({++seq, now, std::move(event.type), std::move(event.body)}));
  publish();
  co_return Result<>{};
}

net::Task<Result<MapRun::Ending>> MapRun::run_children(const net::Cancellation& cancellation) {
  const auto round = std::make_shared<Round>();
  const OverAtEnd at_end(round);
  Ending ending = Ending::kDone;
  for (;;) {
    if (let_go_of(cancellation) || world_.executions->stopping()) co_return Ending::kLetGo;
    if (ending == Ending::kDone && aborted_by(cancellation)) ending = Ending::kAborted;
    SOMA_CO_TRY(co_await write_changes());
    SOMA_CO_TRY(co_await write_results(*round));
    if (round->lost) co_return os::fail(Code::kUnavailable, "a child's end is not known");
    if (ending == Ending::kDone && state_.breached()) ending = Ending::kBreached;
    if (ending == Ending::kDone)
      start_children(round);
    else
      round->stop.request(std::string(kTaskCancelled));
    publish();
    if (!round->ended.empty()) continue;
    if (round->running == 0 && (ending != Ending::kDone || state_.all_ended())) break;
    co_await wake_->wait();
  }
  if (ending != Ending::kDone && resumed_) {
    SOMA_CO_TRY(co_await abort_forgotten(*round));
    while (!round->ended.empty()) SOMA_CO_TRY(co_await write_results(*round));
  }
  co_return ending;
}

net::Task<Result<>> MapRun::write_changes() {
  for (;;) {
    Change change;
    {
      const std::lock_guard lock(mutex_);
      if (changes_.empty()) co_return Result<>{};
      change = std::move(changes_.front());
      changes_.erase(changes_.begin());
    }
    std::vector<journal::NewEvent> events = {write_map_run_limits(change.members)};
    journal::AppendOptions options;
    const Result<> written = co_await append(std::move(events), std::move(options));
    change.done(written);
    if (!written) co_return written;
  }
}

net::Task<Result<>> MapRun::write_results(Round& round) {
  std::vector<journal::NewEvent> events;
  size_t bytes = 0;
  while (!round.ended.empty() && events.size() < kMaxResultsAtOnce && bytes < kMaxResultBytesAtOnce) {
    events.push_back(write_child_result(round.ended.front()));
    bytes += events.back().body.size();
    round.ended.pop_front();
  }
  journal::AppendOptions options;
  co_return co_await append(std::move(events), std::move(options));
}

net::Task<Result<>> MapRun::end(MapRunEnd how) {
  std::vector<journal::NewEvent> events = {write_map_run_end(how, state_.view())};
  journal::AppendOptions options{.status = std::string(run_status(how.status))};
  co_return co_await append(std::move(events), std::move(options));
}

ConnectorResult MapRun::outcome() const {
  const MapRunEnd& end = *state_.end();
  if (end.status == Status::kSucceeded) return {engine::Payload::of_text(end.output)};
  return failure(end.error, end.cause);
}

std::optional<MapRunView> MapRun::view() const {
  const std::lock_guard lock(mutex_);
  return told_;
}

void MapRun::publish() {
  MapRunView view = state_.view();
  const std::lock_guard lock(mutex_);
  told_ = std::move(view);
}

void MapRun::change_limits(json::Value members, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!over_) {
      changes_.push_back({std::move(members), std::move(done)});
      done = nullptr;
    }
  }
  if (done) return done(os::fail(Code::kFailedPrecondition, "the map run has ended"));
  wake_->notify();
}

// Those that came too late.
void MapRun::answer_changes() {
  std::vector<Change> late;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    late.swap(changes_);
  }
  for (const Change& change : late) change.done(os::fail(Code::kFailedPrecondition, "the map run has ended"));
}

}  // namespace soma::workflow
