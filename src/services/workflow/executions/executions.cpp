#include "services/workflow/executions/executions.h"

#include <fmt/format.h>

#include "services/workflow/executions/execution_names.h"
#include "services/workflow/executions/execution_view.h"
#include "services/workflow/executions/executions_state.h"
#include "services/workflow/executions/redrive_tokens.h"

namespace soma::workflow {

using os::Code;
using os::Result;

namespace {

// The run of a Standard execution.
Result<std::string> standard_run(std::string_view arn) {
  std::optional<std::string> run = run_of_execution(arn);
  if (!run || !run->starts_with(kExecutionKind))
    return os::fail(Code::kInvalidArgument, fmt::format("'{}' is not the ARN of a Standard execution", arn));
  return std::move(*run);
}

// Is told of a run's end as long as it lives.
class Watch {
 public:
  Watch(Residents& residents, const std::string& run, std::shared_ptr<net::Notifier> ended)
      : residents_(residents), run_(run), ended_(std::move(ended)) {
    residents_.watch(run_, ended_);
  }
  ~Watch() { residents_.unwatch(run_, ended_); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  Residents& residents_;
  const std::string& run_;
  std::shared_ptr<net::Notifier> ended_;
};

Result<> check_redrivable(const ExecutionView& view, uint64_t events, os::Time now) {
  const auto refuse = [](std::string why) { return os::fail(Code::kFailedPrecondition, std::move(why)); };
  if (auto obstacle = redrive_obstacle(view, now)) return refuse(std::move(*obstacle));
  if (events + 1 >= engine::kMaxHistoryEvents)
    return refuse(
        fmt::format("Execution's history has {} events and cannot be redriven (kMaxHistoryEvents is {})",
                    events, engine::kMaxHistoryEvents));
  return {};
}

}  // namespace

net::Task<Result<>> Executions::State::ask(std::string run, Asked job) const {
  const auto start = [this, run = std::move(run), job = std::move(job)](std::function<void(Result<>)> done) {
    residents().with(run, [job, done = std::move(done)](Actor* actor) {
      if (actor == nullptr)
        return done(os::fail(Code::kUnavailable, "soma is shutting down", "try again when it is back"));
      job(*actor, done);
    });
  };
  co_return co_await net::await_done<void>(start);
}

void Executions::State::wake(const std::string& run) const {
  residents().with(run, [](Actor* actor) {
    if (actor != nullptr) actor->apply(engine::Advance{}, {});
  });
}

Result<> Executions::State::for_each_run(journal::ListFilter filter,
                                         const std::function<void(const journal::Run&)>& visit) const {
  filter.limit = journal::kMaxReadEvents;
  do {
    SOMA_ASSIGN(const journal::RunPage page, journal().list(filter));
    for (const journal::Run& run : page.runs) visit(run);
    filter.page_token = page.next_token;
  } while (!filter.page_token.empty());
  return {};
}

void Executions::State::go_on() const {
  const auto each = [this](std::string_view kind, std::string_view status, std::vector<journal::Label> labels,
                           const std::function<void(const journal::Run&)>& visit) {
    const Result<> done = for_each_run(
        {.kind = std::string(kind), .statuses = {std::string(status)}, .labels = std::move(labels)}, visit);
    if (!done)
      os::log(os::Level::kError, "workflow.resume.failed",
              {{"kind", kind}, {"error", done.error().to_string()}});
  };
  const std::vector<journal::Label> had_workers = {{std::string(kActivityLabel), "1"}};
  const auto queue_tasks = [self = shared_from_this()](Actor* actor) {
    if (actor != nullptr) self->queue_tasks_of(*actor);
  };
  each(kExecutionKind, kRunning, {}, [&](const journal::Run& run) { wake(run.id); });
  for (const std::string_view status : {kRunning, kWaiting})
    each(kExecutionKind, status, had_workers,
         [&](const journal::Run& run) { residents().with(run.id, queue_tasks); });
  const std::vector<journal::Label> awaited = {{std::string(kAwaitedLabel), "1"}};
  for (const std::string_view status : {kRunning, kWaiting, kQueued})
    each(kExecutionKind, status, awaited, [&](const journal::Run& run) { stop_if_abandoned(run.id); });
  std::vector<std::string> oldest_last;
  each(kExecutionKind, kQueued, {}, [&](const journal::Run& run) { oldest_last.push_back(run.id); });
  for (auto run = oldest_last.rbegin(); run != oldest_last.rend(); ++run) begin_queued(*run);
  oldest_last.clear();
  each(kExpressKind, kRunning, {}, [&](const journal::Run& run) { oldest_last.push_back(run.id); });
  for (auto run = oldest_last.rbegin(); run != oldest_last.rend(); ++run) begin_express(*run);
}

Executions::Executions(ExecutionDependencies dependencies)
    : state_(std::make_shared<State>(std::move(dependencies))) {
  state_->journal().on_wake(std::string(kExecutionKind),
                            [weak = std::weak_ptr(state_)](const std::string& run) {
                              if (const auto state = weak.lock()) state->wake(run);
                            });
}

Executions::~Executions() {
  stop();
}

void Executions::start() {
  state_->go_on();
}

void Executions::stop() {
  state_->residents().stop();
}

net::Task<Result<os::Time>> Executions::stop_execution(std::string arn, std::optional<std::string> error,
                                                       std::optional<std::string> cause) {
  const auto state = state_;
  SOMA_CO_ASSIGN(const std::string run, standard_run(arn));
  SOMA_CO_TRY(state->journal().get(run));
  State::Asked job = [error, cause](Actor& actor, Actor::Done done) {
    actor.apply(engine::Stop{error, cause}, std::move(done));
  };
  const Result<> stopped = co_await state->ask(run, std::move(job));
  // One that has ended stays as it is: the answer is when it did.
  if (!stopped && stopped.error().code != Code::kFailedPrecondition)
    co_return std::unexpected(stopped.error());
  SOMA_CO_ASSIGN(const ExecutionView ended, describe_run(state->journal(), run));
  if (!ended.stopped) co_return std::unexpected(stopped.error());
  co_return *ended.stopped;
}

net::Task<Result<os::Time>> Executions::State::redrive(std::string arn, std::string client_token,
                                                       bool by_map_run) const {
  SOMA_CO_ASSIGN(const std::string run, standard_run(arn));
  const os::Time now = world->with.clock.now();
  if (!client_token.empty()) {
    SOMA_CO_ASSIGN(const journal::Run found, journal().get(run));
    if (const auto before = redriven_with(found.label(kRedriveTokensLabel), client_token, now))
      co_return *before;
  }
  SOMA_CO_ASSIGN(const ExecutionView view, describe_run(journal(), run));
  if (!view.map_run_arn.empty() && !by_map_run)
    co_return os::fail(Code::kFailedPrecondition,
                       "A distributed map's child is redriven with the execution that runs the map");
  State::Asked job = [view, now, client_token](Actor& actor, Actor::Done done) {
    const Result<const engine::Execution*> execution = actor.execution();
    Result<> possible;
    if (!execution)
      possible = std::unexpected(execution.error());
    else
      possible = check_redrivable(view, (*execution)->events(), now);
    if (!possible) return done(std::move(possible));
    actor.redrive(client_token, std::move(done));
  };
  SOMA_CO_TRY(co_await ask(run, std::move(job)));
  co_return now;
}

net::Task<Result<os::Time>> Executions::redrive(std::string arn, std::string client_token) {
  const auto state = state_;
  co_return co_await state->redrive(std::move(arn), std::move(client_token), false);
}

net::Task<Result<os::Time>> Executions::redrive_child(std::string arn) {
  const auto state = state_;
  co_return co_await state->redrive(std::move(arn), "", true);
}

net::Task<Result<bool>> Executions::waits_for(std::string arn, engine::TaskId task) {
  const auto state = state_;
  SOMA_CO_ASSIGN(const std::string run, standard_run(arn));
  SOMA_CO_TRY(state->journal().get(run));
  const auto waits = std::make_shared<bool>(false);
  State::Asked job = [waits, task](Actor& actor, const Actor::Done& done) {
    const Result<const engine::Execution*> execution = actor.execution();
    if (!execution) return done(std::unexpected(execution.error()));
    *waits = (*execution)->progress(task).has_value();
    done({});
  };
  SOMA_CO_TRY(co_await state->ask(run, std::move(job)));
  co_return *waits;
}

net::Task<Result<ExecutionView>> Executions::wait(std::string arn, net::Cancellation cancellation) {
  const auto state = state_;
  SOMA_CO_ASSIGN(const std::string run, standard_run(arn));
  const net::Executor executor = co_await net::this_executor();
  const auto changed = std::make_shared<net::Notifier>(executor);
  const auto cancelled = cancellation.on_request([changed] { changed->notify(); });
  for (;;) {
    // Watch first, then look: an end between the two is told.
    const Watch watch(state->residents(), run, changed);
    SOMA_CO_ASSIGN(const journal::Run found, state->journal().get(run));
    if (!is_open(found.status)) co_return describe_run(state->journal(), found);
    if (state->residents().stopping())
      co_return os::fail(Code::kUnavailable, "soma is shutting down", "try again when it is back");
    if (cancellation.requested()) co_return os::fail(Code::kCancelled, cancellation.reason());
    co_await changed->wait();
  }
}

Result<ExecutionView> Executions::describe(std::string_view arn) const {
  SOMA_ASSIGN(const std::string run, standard_run(arn));
  return describe_run(state_->journal(), run);
}

Result<ExecutionPage> Executions::list(const ExecutionFilter& filter) const {
  return list_executions(state_->journal(), filter);
}

Result<HistoryPage> Executions::history(std::string_view arn, size_t limit, bool newest_first,
                                        std::string_view page_token) const {
  SOMA_ASSIGN(const std::string run, standard_run(arn));
  return read_history(state_->journal(), run, limit, newest_first, page_token);
}

bool Executions::stopping() const {
  return state_->residents().stopping();
}

Executions::Statistics Executions::statistics() const {
  return {.resident = state_->residents().size(), .queued = state_->residents().queued()};
}

}  // namespace soma::workflow
