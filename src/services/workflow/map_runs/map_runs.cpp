#include "services/workflow/map_runs/map_runs.h"

#include <fmt/format.h>

#include <unordered_map>

#include "base/net/await_done.h"
#include "services/workflow/executions/execution_names.h"
#include "services/workflow/executions/execution_run.h"
#include "services/workflow/map_runs/map_run.h"

namespace soma::workflow {

using os::Code;
using os::Result;

struct MapRuns::State {
  explicit State(MapRunWorld w) : world(std::move(w)) {}

  // One that is in memory, and who waits until it is not.
  struct Slot {
    std::shared_ptr<MapRun> map_run;
    std::vector<std::shared_ptr<net::Notifier>> waiting{};
  };

  MapRunWorld world;
  mutable std::mutex mutex;
  std::unordered_map<std::string, Slot> live;  // by run

  std::shared_ptr<MapRun> find(const std::string& run) const {
    const std::lock_guard lock(mutex);
    const auto found = live.find(run);
    return found == live.end() ? nullptr : found->second.map_run;
  }

  // One at a time: an execution may be redriven while its map run is still being aborted.
  static net::Task<ConnectorResult> carry_out(std::shared_ptr<State> self, std::string run, MapRunCall call,
                                              Begun begun, net::Cancellation cancellation) {
    const net::Executor executor = co_await net::this_executor();
    const auto map_run = std::make_shared<MapRun>(self->world, executor, run, std::move(call));
    const auto free = std::make_shared<net::Notifier>(executor);
    while (!self->enter(run, map_run, free)) co_await free->wait();
    ConnectorResult result = co_await map_run->carry_out(std::move(begun), std::move(cancellation));
    self->leave(run);
    co_return result;
  }

 private:
  bool enter(const std::string& run, const std::shared_ptr<MapRun>& map_run,
             const std::shared_ptr<net::Notifier>& free) {
    const std::lock_guard lock(mutex);
    Slot& slot = live[run];
    if (slot.map_run) {
      slot.waiting.push_back(free);
      return false;
    }
    slot.map_run = map_run;
    return true;
  }
  void leave(const std::string& run) {
    const std::lock_guard lock(mutex);
    const auto slot = live.extract(run);
    for (const auto& waiting : slot.mapped().waiting) waiting->notify();
  }
};

namespace {

constexpr auto kMaxStopTime = std::chrono::seconds(10);

// Told from the journal; of one that runs, from memory.
Answered<MapRunView> view_of(const MapRunWorld& world, const std::string& run, const MapRun* live) {
  if (live != nullptr)
    if (std::optional<MapRunView> view = live->view()) return std::move(*view);
  Result<MapRunView> view = read_map_run_view(world.journal, run);
  if (view) return std::move(*view);
  if (view.error().code == Code::kNotFound) return no_resource();
  return std::unexpected(internal_failure(view.error()));
}

}  // namespace

MapRuns::MapRuns(MapRunWorld world) : state_(std::make_shared<State>(std::move(world))) {}
MapRuns::~MapRuns() = default;

void MapRuns::connect(Executions& executions) {
  state_->world.executions = &executions;
}

void MapRuns::stop() {
  if (!state_->world.working->wait_until_none(kMaxStopTime))
    os::log(os::Level::kWarning, "workflow.map_runs.stop.incomplete");
}

void MapRuns::start(net::LoopPool& loops) {
  journal::ListFilter open{.kind = std::string(kMapRunKind),
                           .statuses = {std::string(kRunning)},
                           .limit = journal::kMaxReadEvents};
  do {
    const Result<journal::RunPage> page = state_->world.journal.list(open);
    if (!page) {
      os::log(os::Level::kError, "workflow.map_runs.unread", {{"error", page.error().to_string()}});
      return;
    }
    for (const journal::Run& run : page->runs)
      net::spawn(loops.executor_for(run.id), end_unless_wanted(state_, run.id), "workflow.map_run.resume");
    open.page_token = page->next_token;
  } while (!open.page_token.empty());
}

net::Task<> MapRuns::end_unless_wanted(std::shared_ptr<State> state, std::string run) {
  const Result<MapRunState> found = MapRunState::read(state->world.journal, run);
  if (!found) {
    os::log(os::Level::kError, "workflow.map_run.unread",
            {{"run", run}, {"error", found.error().to_string()}});
    co_return;
  }
  const MapRunStart& start = found->start();
  const Result<bool> wanted = co_await state->world.executions->waits_for(start.execution_arn, start.task);
  const bool unknown = !wanted && wanted.error().code != Code::kNotFound;
  if (unknown || wanted.value_or(false)) co_return;
  MapRunCall call{.run = {.task = start.task, .order = 0, .state_name = start.state_name},
                  .execution_arn = start.execution_arn,
                  .correlation_id = start.correlation_id,
                  .idempotency_key = {}};
  net::Cancellation aborted;
  aborted.request(std::string(kTaskCancelled));
  Begun nobody = [](const std::string&, uint64_t) {};
  static_cast<void>(co_await State::carry_out(state, std::move(run), std::move(call), std::move(nobody),
                                              std::move(aborted)));
}

net::Task<ConnectorResult> MapRuns::run(MapRunCall call, Begun begun, net::Cancellation cancellation) {
  const auto state = state_;
  std::string run = fmt::format("{}/{}", kMapRunKind, name_of_key(call.idempotency_key));
  co_return co_await State::carry_out(state, std::move(run), std::move(call), std::move(begun),
                                      std::move(cancellation));
}

Answered<MapRunView> MapRuns::describe(std::string_view map_run_arn) const {
  const std::optional<std::string> run = run_of_map_run(map_run_arn);
  if (!run) return no_resource();
  auto view = view_of(state_->world, *run, state_->find(*run).get());
  if (view && view->arn != map_run_arn) return no_resource();
  return view;
}

Answered<MapRunPage> MapRuns::list(std::string_view execution_arn, size_t limit,
                                   std::string_view page_token) const {
  journal::ListFilter filter{.kind = std::string(kMapRunKind),
                             .labels = {{std::string(kParentLabel), std::string(execution_arn)}},
                             .limit = limit,
                             .page_token = std::string(page_token)};
  const Result<journal::RunPage> page = state_->world.journal.list(filter);
  if (!page && page.error().code == Code::kInvalidArgument) return invalid_page_token();
  if (!page) return std::unexpected(internal_failure(page.error()));
  MapRunPage out{.runs = {}, .next_token = page->next_token};
  for (const journal::Run& run : page->runs) {
    auto view = view_of(state_->world, run.id, state_->find(run.id).get());
    if (!view) return std::unexpected(std::move(view.error()));
    out.runs.push_back(std::move(*view));
  }
  return out;
}

net::Task<Answered<>> MapRuns::update(std::string map_run_arn, json::Value members) {
  SOMA_CO_ASSIGN(const MapRunView view, describe(map_run_arn));
  const std::shared_ptr<MapRun> live = state_->find(run_of_map_run(map_run_arn).value_or(""));
  const auto ended = [&map_run_arn] {
    return refuse(error::kValidation,
                  fmt::format("Map Run '{}' is not running: its limits stay as they are", map_run_arn));
  };
  if (view.stopped || !live) co_return ended();
  const auto start = [live, members = std::move(members)](std::function<void(Result<>)> done) {
    live->change_limits(members, std::move(done));
  };
  const Result<> done = co_await net::await_done<void>(start);
  if (done) co_return Answered<>{};
  if (done.error().code == Code::kFailedPrecondition) co_return ended();
  co_return std::unexpected(internal_failure(done.error()));
}

}  // namespace soma::workflow
