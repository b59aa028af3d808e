#include "services/workflow/rollouts/rollouts.h"

#include <boost/asio/post.hpp>

#include <map>
#include <mutex>
#include <unordered_set>

#include "services/workflow/driver/clock_timer.h"
#include "services/workflow/executions/execution_names.h"

namespace soma::workflow {
namespace {

using os::Result;

constexpr os::Duration kRetryAfterRefusal = std::chrono::seconds(5);

bool was_redriven(const journal::Run& run) {
  return !run.label(kRedrivesLabel).empty();
}
bool says_something(const journal::Run& run) {
  const engine::Status status = status_of_run(run.status);
  return was_redriven(run) || status == engine::Status::kSucceeded || status == engine::Status::kFailed ||
         status == engine::Status::kTimedOut;
}

// What is known of one running rollout.
struct Watch {
  AliasRollout rollout;
  rollout::Arm before, after;
  bool counting = true;              // the journal is still being read
  std::vector<journal::Run> late{};  // ended meanwhile: perhaps read too
  bool deciding = false;             // a decision is on its way to the disk
  std::unique_ptr<ClockTimer> timer{};
  os::Time timer_at{};  // the epoch: it was never set

  explicit Watch(const AliasRollout& seen) : rollout(seen) {
    before.version = rollout.from;
    after.version = rollout.to;
  }
  void count(const journal::Run& run) {
    const bool succeeded = status_of_run(run.status) == engine::Status::kSucceeded && !was_redriven(run);
    const std::string version(run.label(kVersionLabel));
    rollout::Arm* arm = nullptr;
    if (version == std::to_string(rollout.from)) arm = &before;
    if (version == std::to_string(rollout.to)) arm = &after;
    if (arm != nullptr) arm->add(succeeded, run.updated - run.created);
  }
};

// A decision, and the rollout that it is about.
struct Due {
  AliasRollout seen;
  rollout::Decision decision;
};

}  // namespace

struct Rollouts::State : std::enable_shared_from_this<Rollouts::State> {
  explicit State(RolloutDependencies dependencies) : with(dependencies) {}

  const RolloutDependencies with;
  mutable std::mutex mutex;
  std::map<std::string, Watch, std::less<>> watches;  // by the alias's ARN
  bool stopped = false;

  void watch(const AliasOf& alias);
  using Visit = std::function<void(const journal::Run& run)>;
  Result<> for_each_since(const AliasOf& alias, os::Time begun, const Visit& visit) const;
  void ended(const std::string& run, const ExecutionStart& start);
  void consider(const std::string& alias_arn);
  std::optional<Due> decision_due(const std::string& alias_arn);
  void set_timer(const std::string& alias_arn, Watch& watch, os::Time when);
  static net::Task<> decide(std::shared_ptr<State> self, std::string alias_arn, AliasRollout seen,
                            rollout::Decision decision);
  void decided(const std::string& alias_arn, const AliasRollout& seen, const Answered<AliasOf>& now);
};

void Rollouts::State::watch(const AliasOf& alias) {
  const std::optional<AliasRollout>& rollout = alias.alias.rollout;
  if (!rollout || !rollout->running()) return;
  const std::string arn = alias_arn(alias.machine->arn, alias.alias.name);
  {
    const std::lock_guard lock(mutex);
    if (stopped) return;
    watches.erase(arn);
    watches.emplace(arn, Watch(*rollout));
  }
  Watch counted(*rollout);
  std::unordered_set<std::string> read;
  const Result<> done = for_each_since(alias, rollout->begun, [&](const journal::Run& run) {
    if (!says_something(run)) return;
    counted.count(run);
    read.insert(run.id);
  });
  if (!done)
    os::log(os::Level::kError, "workflow.rollout.recount.failed",
            {{"alias", arn}, {"error", done.error().to_string()}});
  {
    const std::lock_guard lock(mutex);
    const auto found = watches.find(arn);
    if (found == watches.end() || found->second.rollout.id != rollout->id) return;
    Watch& watch = found->second;
    for (const journal::Run& run : watch.late)
      if (!read.contains(run.id)) counted.count(run);
    watch.before = std::move(counted.before);
    watch.after = std::move(counted.after);
    watch.late.clear();
    watch.counting = false;
  }
  consider(arn);
}

// Newest first, as far back as the rollout's beginning.
Result<> Rollouts::State::for_each_since(const AliasOf& alias, os::Time begun, const Visit& visit) const {
  journal::ListFilter filter;
  filter.kind = kExecutionKind;
  filter.labels = {{std::string(kAliasLabel), alias.alias.name},
                   {std::string(kMachineLabel), alias.machine->name}};
  filter.limit = journal::kMaxReadEvents;
  do {
    SOMA_ASSIGN(const journal::RunPage page, with.journal.list(filter));
    for (const journal::Run& run : page.runs) {
      if (run.created < begun) return {};
      visit(run);
    }
    filter.page_token = page.next_token;
  } while (!filter.page_token.empty());
  return {};
}

void Rollouts::State::consider(const std::string& arn) {
  if (auto due = decision_due(arn))
    net::spawn(with.loops.executor_for(arn),
               decide(shared_from_this(), arn, std::move(due->seen), std::move(due->decision)),
               "workflow.rollout");
}

// What is to be written now; the watch decides nothing more until that is done. Nothing: it waits for its
// time or another end.
std::optional<Due> Rollouts::State::decision_due(const std::string& arn) {
  const std::lock_guard lock(mutex);
  const auto found = watches.find(arn);
  if (stopped || found == watches.end() || found->second.counting || found->second.deciding)
    return std::nullopt;
  Watch& watch = found->second;
  const os::Time now = with.clock.now();
  const AliasRollout& seen = watch.rollout;
  rollout::Decision decision =
      rollout::decide(seen.plan, seen.weight, now - seen.since, watch.before, watch.after);
  if (decision.action == rollout::Action::kHold) {
    // Past the interval only another end changes anything.
    const os::Time due = seen.since + seen.plan.interval;
    if (due > now) set_timer(arn, watch, due);
    return std::nullopt;
  }
  watch.deciding = true;
  return Due{seen, std::move(decision)};
}

void Rollouts::State::set_timer(const std::string& arn, Watch& watch, os::Time when) {
  if (watch.timer_at == when) return;
  watch.timer_at = when;
  watch.timer = std::make_unique<ClockTimer>(with.clock, when, [weak = weak_from_this(), arn] {
    const auto self = weak.lock();
    if (!self) return;
    boost::asio::post(self->with.loops.executor_for(arn), [self, arn] { self->consider(arn); });
  });
}

net::Task<> Rollouts::State::decide(std::shared_ptr<State> self, std::string arn, AliasRollout seen,
                                    rollout::Decision decision) {
  const Answered<AliasOf> now = co_await self->with.machines.decide_rollout(arn, seen, decision);
  const bool written = now && now->alias.rollout && now->alias.rollout->id == seen.id &&
                       !now->alias.rollout->stands_as(seen) && now->alias.rollout->reason == decision.reason;
  if (written)
    os::log(os::Level::kInfo, "workflow.rollout.decided",
            {{"alias", arn},
             {"action", rollout::action_name(decision.action)},
             {"weight", std::to_string(decision.weight)},
             {"reason", decision.reason}});
  if (!now)
    os::log(os::Level::kError, "workflow.rollout.failed", {{"alias", arn}, {"error", now.error().message}});
  self->decided(arn, seen, now);
}

void Rollouts::State::decided(const std::string& arn, const AliasRollout& seen,
                              const Answered<AliasOf>& now) {
  {
    const std::lock_guard lock(mutex);
    const auto found = watches.find(arn);
    if (stopped || found == watches.end() || found->second.rollout.id != seen.id) return;
    Watch& watch = found->second;
    watch.deciding = false;
    const bool gone = !now && now.error().name == error::kResourceNotFound;
    const bool goes_on =
        now && now->alias.rollout && now->alias.rollout->id == seen.id && now->alias.rollout->running();
    if (gone || (now && !goes_on)) {
      watches.erase(found);
      return;
    }
    if (!now) return set_timer(arn, watch, with.clock.now() + kRetryAfterRefusal);
    watch.rollout = *now->alias.rollout;
  }
  consider(arn);
}

void Rollouts::State::ended(const std::string& run_id, const ExecutionStart& start) {
  if (start.alias.empty()) return;
  const std::string arn = alias_arn(start.info.machine_arn, start.alias);
  {
    const std::lock_guard lock(mutex);
    if (!watches.contains(arn)) return;
  }
  const Result<journal::Run> run = with.journal.get(run_id);
  if (!run) {
    os::log(os::Level::kError, "workflow.rollout.count.failed",
            {{"run", run_id}, {"error", run.error().to_string()}});
    return;
  }
  {
    const std::lock_guard lock(mutex);
    const auto found = watches.find(arn);
    if (found == watches.end()) return;
    Watch& watch = found->second;
    // The second end of a redriven one: its first has been counted.
    if (run->created < watch.rollout.begun || was_redriven(*run) || !says_something(*run)) return;
    if (watch.counting) return watch.late.push_back(*run);
    watch.count(*run);
  }
  consider(arn);
}

Rollouts::Rollouts(RolloutDependencies dependencies) : state_(std::make_shared<State>(dependencies)) {}

Rollouts::~Rollouts() {
  stop();
}

void Rollouts::start() {
  for (const MachinePtr& machine : state_->with.machines.list())
    for (const Alias& alias : machine->aliases) state_->watch({machine, alias});
}

void Rollouts::stop() {
  std::map<std::string, Watch, std::less<>> gone;  // its timers are cancelled after the mutex is free
  const std::lock_guard lock(state_->mutex);
  state_->stopped = true;
  gone.swap(state_->watches);
}

net::Task<Answered<AliasOf>> Rollouts::begin(BeginRollout request) {
  const auto state = state_;
  Answered<AliasOf> begun = co_await state->with.machines.begin_rollout(std::move(request));
  if (begun) state->watch(*begun);
  co_return begun;
}

net::Task<Answered<AliasOf>> Rollouts::cancel(std::string alias_arn) {
  const auto state = state_;
  Answered<AliasOf> cancelled = co_await state->with.machines.cancel_rollout(alias_arn);
  if (cancelled) {
    const std::lock_guard lock(state->mutex);
    state->watches.erase(alias_arn);
  }
  co_return cancelled;
}

std::function<void(const std::string&, const ExecutionStart&)> Rollouts::watcher() const {
  return [weak = std::weak_ptr(state_)](const std::string& run, const ExecutionStart& start) {
    if (const auto state = weak.lock()) state->ended(run, start);
  };
}

std::optional<rollout::Evidence> Rollouts::seen(std::string_view alias_arn) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->watches.find(alias_arn);
  if (found == state_->watches.end()) return std::nullopt;
  return rollout::evidence_of(found->second.before, found->second.after);
}

}  // namespace soma::workflow
