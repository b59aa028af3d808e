#include "services/workflow/driver/actor.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>

#include "services/workflow/driver/residents.h"
#include "services/workflow/executions/execution_view.h"

namespace soma::workflow {
namespace {

using engine::Status;
using os::Code;
using os::Result;
using Pattern = engine::Resource::Pattern;

constexpr os::Duration kRetryAfterRefusal = std::chrono::seconds(5);
constexpr os::Time kNoTimer = os::Time::max();

}  // namespace

Rest rest_of(const engine::Execution& execution, bool attended, os::Time now, bool room) {
  if (execution.status() != Status::kRunning) return {run_status(execution.status())};
  const os::Time wake = execution.wake().value_or(kNoTimer);
  const bool soon = room && wake - kShortWait <= now;
  if (attended || soon) return {kRunning};
  return {kWaiting, wake};
}

Actor::Actor(std::shared_ptr<World> world, std::string run)
    : world_(std::move(world)), run_(std::move(run)), executor_(world_->with.loops.executor_for(run_)) {}
Actor::~Actor() = default;

void Actor::become(ExecutionStart start, RevisionPtr revision, engine::Execution execution) {
  TaskRunner::Caller caller{start.info.execution_arn, start.correlation_id, start.info.machine_name,
                            start.trace_header, start.test_case};
  log_.emplace(world_->with.log, revision->logging, start.info.execution_arn);
  const auto deliver = [weak = weak_from_this()](engine::TaskId task, engine::Event event, bool over) {
    if (const auto self = weak.lock()) self->delivered(task, std::move(event), over);
  };
  runner_ = std::make_unique<TaskRunner>(world_->with.connectors, executor_, std::move(caller), deliver);
  start_ = std::move(start);
  revision_ = std::move(revision);
  execution_ = std::move(execution);
}

void Actor::take(Begun begun) {
  seq_ = begun.seq;
  status_ = begun.status;
  wake_at_ = kNoTimer;
  become(std::move(begun.start), std::move(begun.revision), std::move(begun.execution));
  attend(begun.commands);
  for (engine::Command& command : begun.commands) carry_out(std::move(command));
  if (begun.more) go_on_with_more();
  settle();
}

// What a run holds is put together again; nothing is computed.
Result<> Actor::read_run() {
  journal::Journal& journal = world_->with.journal;
  SOMA_ASSIGN(const journal::Run run, journal.get(run_));
  std::optional<ExecutionStart> start;
  std::optional<engine::Execution> execution;
  RevisionPtr revision;
  uint64_t seq = 0;
  while (seq < run.last_seq) {
    SOMA_ASSIGN(const std::vector<journal::Event> events,
                journal.read(run_, seq + 1, journal::kMaxReadEvents));
    if (events.empty())
      return os::fail(Code::kCorrupt, fmt::format("run {}: event {} is missing", run_, seq + 1));
    for (const journal::Event& event : events) {
      seq = event.seq;
      if (!execution) {
        SOMA_ASSIGN(start, read_start(event));
        revision = world_->with.revision_of(start->info.machine_arn, start->revision);
        if (!revision)
          return os::fail(Code::kFailedPrecondition, fmt::format("{}: revision {} of its machine is gone",
                                                                 start->info.execution_arn, start->revision));
        start->info.activity_exists = world_->with.activity_exists;
        execution.emplace(revision->definition, start->info, world_->with.ids);
      } else if (event.type == kStepEvent) {
        SOMA_TRY(execution->restore(event.body));
      }
    }
  }
  if (!execution) return os::fail(Code::kCorrupt, fmt::format("run {}: it has no events", run_));
  seq_ = seq;
  status_ = run.status;
  activity_label_ = !run.label(kActivityLabel).empty();
  redrives_ = summary_of_run(run).redrives;
  become(std::move(*start), std::move(revision), std::move(*execution));
  return {};
}

Result<> Actor::load() {
  if (broken_ || let_go_)
    return os::fail(Code::kUnavailable, fmt::format("{} is not in memory any more", run_), "try again");
  if (execution_) return {};
  SOMA_TRY(read_run());
  if (!is_open(status_)) return {};
  if (seq_ > 1) {
    attach_again();
    return {};
  }
  // It was accepted when there was no room: it begins now.
  SOMA_ASSIGN(engine::Payload input, engine::Payload::parse(start_->input));
  return make(engine::Begin{std::move(input)}, {});
}

// After a restart nothing runs for the tasks that connectors carried out. Those that a connector can be asked
// for again are asked, with the same key; of the others nobody knows what became of them. That comes last: it
// may end other tasks, and only what is attached can be cancelled.
void Actor::attach_again() {
  std::vector<engine::TaskFailed> unknown;
  for (engine::Command& command : execution_->in_flight()) {
    if (auto* map = std::get_if<engine::StartMapRun>(&command)) {
      attended_.insert(map->task);
      runner_->start(std::move(*map));
      continue;
    }
    auto* task = std::get_if<engine::ScheduleTask>(&command);
    if (task == nullptr) continue;
    const auto progress = execution_->progress(task->task).value_or(engine::TaskProgress::kScheduled);
    if (!runner_->begins(*task)) {
      if (progress == engine::TaskProgress::kScheduled) for_workers_.emplace(task->task, task->resource.arn);
      continue;
    }
    if (task->resource.pattern == Pattern::kWaitForTaskToken && progress == engine::TaskProgress::kSubmitted)
      continue;
    if (runner_->repeatable(*task)) {
      attended_.insert(task->task);
      runner_->start(std::move(*task));
      continue;
    }
    unknown.push_back(
        {task->task, "States.TaskFailed",
         fmt::format("soma stopped while the task ran. Whether {} has done its work is unknown; "
                     "a Retry would ask it again.",
                     task->resource.history_resource.empty() ? task->resource.arn
                                                             : task->resource.history_resource)});
  }
  for (const engine::TaskFailed& failed : unknown) {
    if (!execution_->progress(failed.task)) continue;  // it ended with one before it
    if (const Result<> made = make(failed, {}); !made)
      os::log(os::Level::kError, "workflow.task.lost", {{"run", run_}, {"error", made.error().to_string()}});
  }
}

Result<const engine::Execution*> Actor::execution() {
  SOMA_TRY(load());
  return &*execution_;
}

void Actor::apply(engine::Event event, Done done) {
  Result<> made = load();
  if (made) made = make(event, done);
  if (made) return;
  if (done) done(std::move(made));
  // The task it was about may have been what kept the execution in memory.
  if (execution_ && !broken_ && !let_go_ && is_open(status_)) return write({}, {}, {});
  settle();
}

void Actor::redrive(Done done) {
  Result<> made = load();
  if (made) {
    journal::AppendOptions options;
    options.labels = {{std::string(kRedrivesLabel), std::to_string(redrives_ + 1)},
                      {std::string(kRedrivenLabel), std::to_string(os::unix_ms(world_->with.clock.now()))}};
    made = make(engine::Redrive{}, done, std::move(options));
    if (made) ++redrives_;
  }
  if (!made) {
    if (done) done(std::move(made));
    settle();
  }
}

Result<> Actor::make(const engine::Event& event, Done done, journal::AppendOptions options) {
  SOMA_ASSIGN(Progress progress, make_progress(*execution_, event, world_->with.clock.now()));
  write(std::move(progress), std::move(done), std::move(options));
  return {};
}

void Actor::attend(const std::vector<engine::Command>& commands) {
  for (const engine::Command& command : commands) {
    if (const auto* task = std::get_if<engine::ScheduleTask>(&command)) {
      if (runner_->begins(*task))
        attended_.insert(task->task);
      else
        for_workers_.emplace(task->task, task->resource.arn);
    } else if (const auto* map = std::get_if<engine::StartMapRun>(&command)) {
      attended_.insert(map->task);
    } else if (const auto* cancel = std::get_if<engine::CancelTask>(&command)) {
      attended_.erase(cancel->task);
    }
  }
}

// Says in the append what the run's status and timer are to be, where they change.
void Actor::set_status(journal::AppendOptions& options) {
  const auto [status, timer] =
      rest_of(*execution_, !attended_.empty(), world_->with.clock.now(), world_->residents->has_room());
  if (status != status_) options.status = std::string(status);
  // While it is in memory the clock wakes it: what the journal's timer says does not matter then.
  if (status != kRunning && timer != wake_at_) options.wake_at = wake_at_ = timer;
  status_ = status;
  if (!activity_label_ && !for_workers_.empty()) {
    activity_label_ = true;
    options.labels.push_back({std::string(kActivityLabel), "1"});
  }
}

void Actor::write(Progress progress, Done done, journal::AppendOptions options) {
  attend(progress.commands);
  set_status(options);
  if (progress.records.empty() && !options.status && !options.wake_at) {
    if (done) done({});
    return settle();
  }
  const uint64_t expected = seq_;
  seq_ += progress.records.size();
  ++appending_;
  auto records = std::exchange(progress.records, {});
  auto rest = std::make_shared<Progress>(std::move(progress));
  world_->with.journal.append_async(
      run_, expected, std::move(records), std::move(options),
      [self = shared_from_this(), rest, done = std::move(done),
       writing = world_->residents->writing()](Result<uint64_t> result) {
        boost::asio::post(self->executor_, [self, rest, done, writing, result = std::move(result)]() mutable {
          self->written(std::move(result), *rest, done);
        });
      });
}

void Actor::written(Result<uint64_t> result, Progress& progress, const Done& done) {
  --appending_;
  if (!result) {
    broken(result.error());
    if (done) done(std::unexpected(std::move(result.error())));
  } else if (!broken_) {
    log_->write(progress.history, redrives_);
    if (!let_go_)
      for (engine::Command& command : progress.commands) carry_out(std::move(command));
    if (done) done({});
    if (progress.more) go_on_with_more();
  }
  settle();
}

void Actor::carry_out(engine::Command command) {
  if (auto* task = std::get_if<engine::ScheduleTask>(&command)) {
    if (attended_.contains(task->task))
      runner_->start(std::move(*task));
    else if (for_workers_.contains(task->task))
      world_->activities.add(task->resource.arn, {run_, task->task});
  } else if (auto* map = std::get_if<engine::StartMapRun>(&command)) {
    if (attended_.contains(map->task)) runner_->start(std::move(*map));
  } else if (const auto* cancel = std::get_if<engine::CancelTask>(&command)) {
    runner_->cancel(cancel->task);
    if (const auto worker = for_workers_.find(cancel->task); worker != for_workers_.end()) {
      world_->activities.remove(worker->second, {run_, cancel->task});
      for_workers_.erase(worker);
    }
  } else {
    world_->residents->ended(run_);
  }
}

// A result that comes too late, for a task that timed out meanwhile, changes nothing: kNotFound.
void Actor::delivered(engine::TaskId task, engine::Event event, bool over) {
  if (over) attended_.erase(task);
  apply(std::move(event), [run = run_](const Result<>& result) {
    if (!result && result.error().code != Code::kNotFound && result.error().code != Code::kFailedPrecondition)
      os::log(os::Level::kWarning, "workflow.task.result.lost",
              {{"run", run}, {"error", result.error().to_string()}});
  });
}

void Actor::go_on_with_more() {
  if (std::exchange(more_posted_, true)) return;
  boost::asio::post(executor_, [self = shared_from_this()] {
    self->more_posted_ = false;
    self->apply(engine::Advance{}, {});
  });
}

void Actor::set_timer() {
  const bool needed = execution_ && !broken_ && !let_go_ && status_ == kRunning;
  const os::Time when = needed ? execution_->wake().value_or(kNoTimer) : kNoTimer;
  if (when == timer_at_) return;
  timer_.reset();
  timer_at_ = when;
  if (when == kNoTimer) return;
  timer_.emplace(world_->with.clock, when, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    boost::asio::post(self->executor_, [self] {
      self->timer_at_ = kNoTimer;
      self->apply(engine::Advance{}, {});
    });
  });
}

void Actor::broken(const os::Error& why) {
  if (std::exchange(broken_, true)) return;
  os::log(os::Level::kError, "workflow.append.failed", {{"run", run_}, {"error", why.to_string()}});
  runner_.reset();
  attended_.clear();
  world_->residents->discard(*this);
  if (let_go_ || world_->with.journal.stopped()) return;
  // What the run says has to go on, and only the journal knows what that is.
  const std::weak_ptr<Residents> weak = world_->residents;
  world_->with.clock.call_at(world_->with.clock.now() + kRetryAfterRefusal, [weak, run = run_] {
    const auto residents = weak.lock();
    if (!residents) return;
    residents->with(run, [](Actor* actor) {
      if (actor != nullptr) actor->apply(engine::Advance{}, {});
    });
  });
}

bool Actor::idle() const {
  return broken_ || let_go_ || (appending_ == 0 && !more_posted_ && (!execution_ || status_ != kRunning));
}

void Actor::let_go() {
  let_go_ = true;
  timer_.reset();
  runner_.reset();
  attended_.clear();
  settle();
}

void Actor::settle() {
  set_timer();
  world_->residents->settled(*this);
}

}  // namespace soma::workflow
