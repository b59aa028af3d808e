#include "services/workflow/executions/express.h"

#include <boost/asio/post.hpp>

#include "services/workflow/driver/residents.h"

namespace soma::workflow {
namespace {

constexpr size_t kMaxEventsAtOnce = 16;  // before others of the loop get their turn

}  // namespace

ExpressExecution::ExpressExecution(std::shared_ptr<World> world, const net::Executor& executor,
                                   ExecutionStart start, RevisionPtr revision, Ended ended)
    : world_(std::move(world)),
      executor_(executor),
      start_(std::move(start)),
      revision_(std::move(revision)),
      ended_(std::move(ended)),
      execution_(revision_->definition, start_.info, world_->with.ids),
      log_(world_->with.log, revision_->logging, start_.info.execution_arn) {}

bool ExpressExecution::begin(const std::shared_ptr<World>& world, const net::Executor& executor,
                             ExecutionStart start, RevisionPtr revision, Ended ended,
                             const net::Cancellation& stop) {
  const auto execution = std::make_shared<ExpressExecution>(world, executor, std::move(start),
                                                            std::move(revision), std::move(ended));
  const auto let_go = [weak = std::weak_ptr(execution)] {
    if (const auto self = weak.lock())
      boost::asio::post(self->executor_, [self] { self->end(std::nullopt); });
  };
  const std::optional<uint64_t> entered = world->residents->enter(let_go);
  if (!entered) return false;
  execution->entered_ = *entered;
  execution->stopped_ = stop.on_request([weak = std::weak_ptr(execution)] {
    if (const auto self = weak.lock())
      boost::asio::post(self->executor_, [self] { self->apply(engine::Stop{}); });
  });
  boost::asio::post(executor, [execution] { execution->begin(); });
  return true;
}

void ExpressExecution::begin() {
  if (!ended_) return;  // let go before it began
  self_ = shared_from_this();
  const auto deliver = [weak = weak_from_this()](engine::TaskId, const engine::Event& event, bool) {
    if (const auto self = weak.lock()) self->apply(event);
  };
  runner_.emplace(
      world_->with.connectors, world_->with.map_runner, executor_,
      TaskRunner::Caller{start_.info.execution_arn, start_.correlation_id, start_.info.machine_name,
                         start_.trace_header, start_.test_case, start_.info.inspection},
      deliver);
  os::Result<engine::Payload> input = engine::Payload::parse(start_.input);
  if (input) return apply(engine::Begin{std::move(*input)});
  carry_out(engine::Finished{engine::Status::kFailed, {}, "States.Runtime", input.error().message});
}

// A function may answer while its task is started: its result waits here for its turn. Taken at once it would
// start the next task deeper on the stack, and a loop of such tasks would be a recursion.
void ExpressExecution::apply(engine::Event event) {
  pending_.push_back(std::move(event));
  if (applying_) return;
  applying_ = true;
  for (size_t events = 0; self_ && !pending_.empty() && events < kMaxEventsAtOnce; ++events) {
    const engine::Event next = std::move(pending_.front());
    pending_.pop_front();
    take(next);
  }
  applying_ = false;
  if (self_ && !pending_.empty())
    boost::asio::post(executor_, [self = self_] { self->apply(engine::Advance{}); });
}

void ExpressExecution::take(const engine::Event& event) {
  os::Result<Progress> progress = make_progress(execution_, event, world_->with.clock.now());
  if (!progress) return;  // about a task that is over
  log_.write(progress->history, 0);
  for (engine::Command& command : progress->commands) carry_out(std::move(command));
  if (!self_) return;
  if (progress->more) boost::asio::post(executor_, [self = self_] { self->apply(engine::Advance{}); });
  set_timer();
}

void ExpressExecution::carry_out(engine::Command command) {
  if (!ended_) return;
  if (auto* task = std::get_if<engine::ScheduleTask>(&command)) return runner_->start(std::move(*task));
  if (auto* map = std::get_if<engine::StartMapRun>(&command)) return runner_->start(std::move(*map));
  if (const auto* cancel = std::get_if<engine::CancelTask>(&command)) return runner_->cancel(cancel->task);
  end(std::move(std::get<engine::Finished>(command)));
}

void ExpressExecution::end(std::optional<engine::Finished> how) {
  const std::shared_ptr<ExpressExecution> until_here = std::move(self_);
  if (!ended_) return;
  timer_.reset();
  runner_.reset();
  std::exchange(ended_, {})(std::move(how));
  world_->residents->leave(entered_);
}

void ExpressExecution::set_timer() {
  const os::Time when = execution_.wake().value_or(os::Time::max());
  if (when == timer_at_) return;
  timer_.reset();
  timer_at_ = when;
  if (when == os::Time::max()) return;
  timer_.emplace(world_->with.clock, when, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    boost::asio::post(self->executor_, [self] {
      self->timer_at_ = os::Time::max();
      self->apply(engine::Advance{});
    });
  });
}

}  // namespace soma::workflow
