// The children of a map run: begun, watched, redriven, stopped.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "services/workflow/executions/execution_names.h"
#include "services/workflow/map_runs/map_run.h"

namespace soma::workflow {

using engine::Status;
using os::Code;
using os::Result;

namespace {

constexpr os::Duration kRetryStart = std::chrono::seconds(1);

ChildResult result_from(size_t index, ExecutionView view, os::Time now) {
  return {.index = index,
          .status = view.status,
          .arn = std::move(view.arn),
          .output = std::move(view.output),
          .error = std::move(view.error),
          .cause = std::move(view.cause),
          .started = view.started,
          .stopped = view.stopped.value_or(now),
          .redrives = view.redrives};
}

// The item that the child was made of.
Result<engine::MapItem> told_of(const MapRunItem& item) {
  engine::MapItem told{.key = item.key};
  if (item.source) told.source = *item.source;
  if (item.value) {
    told.value = *item.value;
    return told;
  }
  SOMA_ASSIGN(told.value, json::parse(item.input));
  if (told.key) told.value = json::Value(told.value.get("Value"));
  return told;
}

}  // namespace

std::string MapRun::name_of(size_t index) const {
  return name_of_key(fmt::format("{}#{}", state_.start().arn, index));
}

std::string MapRun::arn_of(size_t index) const {
  return execution_arn(state_.start().machine_arn, name_of(index));
}

Result<StartRequest> MapRun::request_of(size_t index) const {
  SOMA_ASSIGN(MapRunItem item, read_map_run_item(world_.journal, run_, state_.input_seq(index)));
  const MapRunStart& start = state_.start();
  StartRequest request{.target = target_, .name = name_of(index)};
  if (!item.in_batch) {
    SOMA_ASSIGN(const engine::MapItem told, told_of(item));
    request.context_members = engine::child_context(static_cast<int64_t>(index), told);
  }
  request.input = std::move(item.input);
  request.parent_arn = start.execution_arn;
  request.correlation_id = start.correlation_id;
  request.start_key = fmt::format("{}#{}", start.arn, index);
  request.map_run_arn = start.arn;
  request.test_case = start.test_case;
  return request;
}

void MapRun::start_children(const RoundPtr& round) {
  const int64_t asked = state_.limits().max_concurrency;
  if (asked < 0) return;
  const auto most =
      static_cast<size_t>(asked == 0 ? kMaxMapRunConcurrency : std::min(asked, kMaxMapRunConcurrency));
  for (; round->running < most && next_child_ < state_.children(); ++next_child_) {
    if (state_.child(next_child_) != ChildStatus::kPending) continue;
    state_.set_running(next_child_, true);
    ++round->running;
    net::spawn(executor_, run_child(shared_from_this(), round, next_child_), "workflow.map_run.child");
  }
}

net::Task<> MapRun::run_child(std::shared_ptr<MapRun> self, RoundPtr round, size_t index) {
  ChildEnd end = co_await self->end_of_child(index, round->stop);
  if (round->over) co_return;
  --round->running;
  if (!end)
    round->lost = true;
  else if (*end)
    round->ended.push_back(std::move(**end));
  else
    self->state_.set_running(index, false);
  self->wake_->notify();
}

net::Task<MapRun::ChildEnd> MapRun::end_of_child(size_t index, const net::Cancellation& stop) {
  if (stop.requested()) co_return std::optional<ChildResult>();
  SOMA_CO_ASSIGN(StartRequest request, request_of(index));
  ChildEnd end;
  if (state_.start().express)
    end = co_await run_express(std::move(request), index, stop);
  else
    end = co_await run_standard(std::move(request), index, stop);
  const bool never_begins =
      !end && (end.error().code == Code::kInvalidArgument || end.error().code == Code::kAlreadyExists);
  if (!never_begins) co_return end;
  ChildResult refused{.index = index, .status = Status::kFailed, .arn = arn_of(index)};
  refused.error = "States.Runtime";
  refused.cause = end.error().message;
  refused.started = refused.stopped = world_.clock.now();
  refused.final = true;
  co_return refused;
}

net::Task<MapRun::ChildEnd> MapRun::run_express(StartRequest request, size_t index,
                                                const net::Cancellation& stop) {
  Result<ExecutionView> view = co_await world_.executions->run_child(std::move(request), stop);
  if (!view && view.error().code == Code::kCancelled) co_return std::optional<ChildResult>();
  if (!view) co_return std::unexpected(view.error());
  // It was stopped because this map run goes no further here, which is no end of its own.
  if (stop.requested() && stop.reason() != kTaskCancelled)
    co_return os::fail(Code::kUnavailable, "it was let go");
  co_return result_from(index, std::move(*view), world_.clock.now());
}

net::Task<Result<bool>> MapRun::start_standard(const StartRequest& request, const net::Cancellation& stop) {
  for (;;) {
    StartRequest once = request;
    const Result<Started> started = co_await world_.executions->start_execution(std::move(once));
    if (started) co_return true;
    const bool passes =
        started.error().code == Code::kLimitExceeded || started.error().code == Code::kUnavailable;
    if (!passes || world_.executions->stopping() || world_.journal.stopped())
      co_return std::unexpected(started.error());
    if (stop.requested()) co_return false;
    co_await net::sleep_until(world_.clock, world_.clock.now() + kRetryStart);
  }
}

net::Task<MapRun::ChildEnd> MapRun::run_standard(StartRequest request, size_t index,
                                                 const net::Cancellation& stop) {
  SOMA_CO_ASSIGN(const bool began, co_await start_standard(request, stop));
  if (!began) co_return std::optional<ChildResult>();
  const std::string arn = arn_of(index);
  SOMA_CO_ASSIGN(const bool redrivable, co_await redrive_if_due(arn, index));
  Result<ExecutionView> view = co_await world_.executions->wait(arn, stop);
  if (!view && view.error().code == Code::kCancelled && stop.reason() == kTaskCancelled) {
    SOMA_CO_TRY(co_await world_.executions->stop_execution(arn, std::nullopt, std::nullopt));
    view = world_.executions->describe(arn);
  }
  if (!view) co_return std::unexpected(view.error());
  ChildResult result = result_from(index, std::move(*view), world_.clock.now());
  result.final = !redrivable;
  co_return result;
}

// A child that failed before the map run was redriven goes on once more, unless it did so already. False: it
// cannot.
net::Task<Result<bool>> MapRun::redrive_if_due(const std::string& arn, size_t index) {
  if (state_.result_seq(index) == 0) co_return true;
  SOMA_CO_ASSIGN(const ChildResult before, read_child_result(world_.journal, run_, state_.result_seq(index)));
  SOMA_CO_ASSIGN(const ExecutionView now, world_.executions->describe(arn));
  if (now.status == Status::kRunning || now.redrives != before.redrives) co_return true;
  const Result<os::Time> redriven = co_await world_.executions->redrive_child(arn);
  if (redriven) co_return true;
  if (redriven.error().code != Code::kFailedPrecondition) co_return std::unexpected(redriven.error());
  co_return false;
}

// Children that a soma before this one began and that are still running.
net::Task<Result<>> MapRun::abort_forgotten(Round& round) {
  if (state_.start().express) co_return Result<>{};
  std::unordered_set<std::string> open;
  ExecutionFilter filter;
  filter.map_run_arn = state_.start().arn;
  filter.status = Status::kRunning;
  do {
    SOMA_CO_ASSIGN(const ExecutionPage page, world_.executions->list(filter));
    for (const ExecutionView& child : page.executions) open.insert(child.arn);
    filter.page_token = page.next_token;
  } while (!filter.page_token.empty());
  for (size_t index = 0; index < state_.children() && !open.empty(); ++index) {
    if (state_.child(index) != ChildStatus::kPending) continue;
    const std::string arn = arn_of(index);
    if (open.erase(arn) == 0) continue;
    SOMA_CO_TRY(co_await world_.executions->stop_execution(arn, std::nullopt, std::nullopt));
    SOMA_CO_ASSIGN(ExecutionView view, world_.executions->describe(arn));
    round.ended.push_back(result_from(index, std::move(view), world_.clock.now()));
  }
  co_return Result<>{};
}

}  // namespace soma::workflow
