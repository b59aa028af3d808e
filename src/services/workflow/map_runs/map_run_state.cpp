#include "services/workflow/map_runs/map_run_state.h"

#include <fmt/format.h>

#include <limits>
#include <numeric>

#include "services/workflow/executions/execution_run.h"

namespace soma::workflow {
namespace {

using json::Value;
using os::Code;
using os::Result;

std::string text_of(const Value& body, std::string_view member) {
  return std::string(body.get(member).string_or(""));
}
uint64_t number_of(const Value& body, std::string_view member) {
  return static_cast<uint64_t>(body.get(member).int_or(0));
}
std::optional<std::string> optional_text(const Value& body, std::string_view member) {
  const Value* found = body.find(member);
  if (found == nullptr) return std::nullopt;
  return std::string(found->string_or(""));
}
void set_optional(Value& body, std::string_view member, const std::optional<std::string>& text) {
  if (text) body.set(member, *text);
}

std::unexpected<os::Error> corrupt(uint64_t seq, std::string_view what) {
  return os::fail(Code::kCorrupt, fmt::format("event {} of a map run: {}", seq, what));
}

journal::NewEvent event_of(std::string_view type, const Value& body) {
  return {std::string(type), json::write(body)};
}

// The counts by status, then the others.
Value counts_json(const MapRunCounts& counts) {
  Value numbers = json::Array{};
  for (const uint64_t number : counts.by_status) numbers.push_back(number);
  for (const uint64_t number : {counts.results_written, counts.not_redrivable, counts.pending_redrive})
    numbers.push_back(number);
  return numbers;
}
MapRunCounts read_counts(const Value& numbers) {
  const auto at = [&numbers](size_t index) { return static_cast<uint64_t>(numbers.at(index).int_or(0)); };
  MapRunCounts counts;
  for (size_t status = 0; status < kChildStatuses; ++status) counts.by_status[status] = at(status);
  counts.results_written = at(kChildStatuses);
  counts.not_redrivable = at(kChildStatuses + 1);
  counts.pending_redrive = at(kChildStatuses + 2);
  return counts;
}

Result<Value> body_at(journal::Journal& journal, std::string_view run, uint64_t seq, std::string_view type) {
  SOMA_ASSIGN(const std::vector<journal::Event> events, journal.read(run, seq, 1));
  if (events.empty() || events.front().type != type)
    return corrupt(seq, fmt::format("it should be a {}", type));
  return json::parse(events.front().body);
}

}  // namespace

void MapRunLimits::update(const Value& members) {
  if (const Value* value = members.find("maxConcurrency")) max_concurrency = value->int_or(0);
  if (const Value* value = members.find("toleratedFailureCount")) tolerated_count = value->int_or(0);
  if (const Value* value = members.find("toleratedFailurePercentage"))
    tolerated_percentage = value->double_or(0);
}

Value MapRunLimits::to_json() const {
  Value members = json::object({{"maxConcurrency", max_concurrency}});
  if (tolerated_count) members.set("toleratedFailureCount", *tolerated_count);
  if (tolerated_percentage) members.set("toleratedFailurePercentage", *tolerated_percentage);
  return members;
}

ChildStatus child_status(engine::Status status) {
  switch (status) {
    case engine::Status::kSucceeded:
      return ChildStatus::kSucceeded;
    case engine::Status::kTimedOut:
      return ChildStatus::kTimedOut;
    case engine::Status::kAborted:
      return ChildStatus::kAborted;
    case engine::Status::kRunning:
      return ChildStatus::kRunning;
    case engine::Status::kFailed:
      break;
  }
  return ChildStatus::kFailed;
}

uint64_t MapRunCounts::total() const {
  return std::accumulate(by_status.begin(), by_status.end(), uint64_t{0});
}

Result<MapRunState> MapRunState::read(journal::Journal& journal, std::string_view run) {
  SOMA_ASSIGN(const journal::Run found, journal.get(run));
  MapRunState state;
  while (state.seq_ < found.last_seq) {
    SOMA_ASSIGN(const std::vector<journal::Event> events,
                journal.read(run, state.seq_ + 1, journal::kMaxReadEvents));
    if (events.empty()) return corrupt(state.seq_ + 1, "it is missing");
    for (const journal::Event& event : events) SOMA_TRY(state.apply(event));
  }
  return state;
}

Result<> MapRunState::apply(const journal::Event& event) {
  if (event.seq != seq_ + 1) return corrupt(event.seq, "it is out of order");
  seq_ = event.seq;
  // Most events are these; the item's body is read when its child begins.
  if (event.type == map_run_event::kItem) return take_item(event);
  if (event.type == map_run_event::kResult) return take_result(event);
  SOMA_ASSIGN(const Value body, json::parse(event.body));
  if (event.type == map_run_event::kStarted) {
    take_start(event, body);
  } else if (event.type == map_run_event::kReading) {
    first_item_ = event.seq + 1;
    status_.clear();
    result_.clear();
    in_child_.clear();
    executions_ = items_ = {};
  } else if (event.type == map_run_event::kRead) {
    read_ = true;
  } else if (event.type == map_run_event::kLimits) {
    limits_.update(body);
  } else if (event.type == map_run_event::kRedriven) {
    take_redriven(event, body);
  } else if (event.type == map_run_event::kEnded) {
    take_end(event, body);
  } else {
    return corrupt(event.seq, "it is a " + event.type);
  }
  return {};
}

void MapRunState::take_start(const journal::Event& event, const Value& body) {
  started_ = event.at;
  start_ = {.arn = text_of(body, "mapRunArn"),
            .execution_arn = text_of(body, "executionArn"),
            .correlation_id = text_of(body, "correlationId"),
            .test_case = text_of(body, "testCase"),
            .machine_arn = text_of(body, "machineArn"),
            .revision = text_of(body, "revision"),
            .state_name = text_of(body, "state"),
            .task = number_of(body, "task"),
            .order = number_of(body, "order"),
            .express = body.get("express").bool_or(false),
            .batched = body.get("batched").bool_or(false)};
  start_.limits.update(body.get("limits"));
  limits_ = start_.limits;
  order_ = start_.order;
}

Result<> MapRunState::take_item(const journal::Event& event) {
  uint64_t items = 1;
  if (start_.batched) {
    SOMA_ASSIGN(const Value body, json::parse(event.body));
    items = number_of(body, "n");
    in_child_.push_back(static_cast<uint32_t>(items));
  }
  status_.push_back(ChildStatus::kPending);
  result_.push_back(0);
  ++executions_.by_status[0];
  items_.by_status[0] += items;
  return {};
}

Result<> MapRunState::take_result(const journal::Event& event) {
  SOMA_ASSIGN(const Value body, json::parse(event.body));
  const uint64_t index = number_of(body, "i");
  if (index >= status_.size()) return corrupt(event.seq, fmt::format("there is no child {}", index));
  const bool again = result_[index] != 0;
  set_child(index, child_status(status_of_run(text_of(body, "s"))));
  if (event.seq > std::numeric_limits<uint32_t>::max()) return corrupt(event.seq, "there are too many");
  result_[index] = static_cast<uint32_t>(event.seq);
  if (again && executions_.pending_redrive > 0) {
    --executions_.pending_redrive;
    items_.pending_redrive -= items_of(index);
  }
  if (body.get("final").bool_or(false)) {
    ++executions_.not_redrivable;
    items_.not_redrivable += items_of(index);
  }
  return {};
}

void MapRunState::take_redriven(const journal::Event& event, const Value& body) {
  order_ = number_of(body, "order");
  ++redrives_;
  redriven_ = event.at;
  end_.reset();
  stopped_.reset();
  for (MapRunCounts* counts : {&executions_, &items_})
    counts->results_written = counts->not_redrivable = counts->pending_redrive = 0;
  for (size_t index = 0; index < status_.size(); ++index) {
    if (status_[index] == ChildStatus::kSucceeded || result_[index] == 0) continue;
    set_child(index, ChildStatus::kPending);
    ++executions_.pending_redrive;
    items_.pending_redrive += items_of(index);
  }
}

void MapRunState::take_end(const journal::Event& event, const Value& body) {
  stopped_ = event.at;
  MapRunEnd end{.status = status_of_run(text_of(body, "status")),
                .output = text_of(body, "output"),
                .error = text_of(body, "error"),
                .cause = text_of(body, "cause")};
  const Value& view = body.get("view");
  executions_ = read_counts(view.get("executions"));
  items_ = read_counts(view.get("items"));
  end_ = std::move(end);
}

void MapRunState::set_child(size_t index, ChildStatus status) {
  const uint64_t items = items_of(index);
  --executions_.by_status[static_cast<size_t>(status_[index])];
  items_.by_status[static_cast<size_t>(status_[index])] -= items;
  status_[index] = status;
  ++executions_.by_status[static_cast<size_t>(status)];
  items_.by_status[static_cast<size_t>(status)] += items;
}

void MapRunState::set_running(size_t index, bool running) {
  set_child(index, running ? ChildStatus::kRunning : ChildStatus::kPending);
}

bool MapRunState::all_ended() const {
  return executions_.of(ChildStatus::kPending) == 0 && executions_.of(ChildStatus::kRunning) == 0;
}

MapRunView MapRunState::view() const {
  return {.arn = start_.arn,
          .execution_arn = start_.execution_arn,
          .machine_arn = start_.machine_arn,
          .status = end_ ? end_->status : engine::Status::kRunning,
          .started = started_,
          .stopped = stopped_,
          .redriven = redriven_,
          .redrives = redrives_,
          .limits = limits_,
          .executions = executions_,
          .items = items_};
}

bool MapRunState::breached() const {
  const uint64_t failed = items_.of(ChildStatus::kFailed) + items_.of(ChildStatus::kTimedOut);
  if (!limits_.tolerated_count && !limits_.tolerated_percentage) return failed > 0;
  constexpr double kWhole = 100;
  const bool too_many = limits_.tolerated_count && failed > static_cast<uint64_t>(*limits_.tolerated_count);
  const bool too_large_a_part =
      limits_.tolerated_percentage && static_cast<double>(failed) * kWhole >
                                          *limits_.tolerated_percentage * static_cast<double>(items_.total());
  return too_many || too_large_a_part;
}

journal::NewEvent write_map_run_start(const MapRunStart& start) {
  Value body = json::object({{"mapRunArn", start.arn},
                             {"executionArn", start.execution_arn},
                             {"correlationId", start.correlation_id},
                             {"machineArn", start.machine_arn},
                             {"revision", start.revision},
                             {"state", start.state_name},
                             {"task", start.task},
                             {"order", start.order},
                             {"limits", start.limits.to_json()}});
  if (!start.test_case.empty()) body.set("testCase", start.test_case);
  if (start.express) body.set("express", true);
  if (start.batched) body.set("batched", true);
  return event_of(map_run_event::kStarted, body);
}

journal::NewEvent write_map_run_reading() {
  return event_of(map_run_event::kReading, json::Object{});
}

journal::NewEvent write_map_run_item(const MapRunItem& item) {
  Value body = json::object({{"in", item.input}});
  if (item.in_batch) {
    body.set("n", item.items);
  } else {
    if (item.value) body.set("v", *item.value);
    set_optional(body, "key", item.key);
    set_optional(body, "from", item.source);
  }
  return event_of(map_run_event::kItem, body);
}

journal::NewEvent write_map_run_read() {
  return event_of(map_run_event::kRead, json::Object{});
}

journal::NewEvent write_child_result(const ChildResult& result) {
  Value body = json::object({{"i", result.index},
                             {"s", run_status(result.status)},
                             {"arn", result.arn},
                             {"from", os::unix_ms(result.started)},
                             {"to", os::unix_ms(result.stopped)}});
  set_optional(body, "output", result.output);
  set_optional(body, "error", result.error);
  set_optional(body, "cause", result.cause);
  if (result.redrives > 0) body.set("redrives", result.redrives);
  if (result.final) body.set("final", true);
  return event_of(map_run_event::kResult, body);
}

journal::NewEvent write_map_run_limits(const Value& members) {
  MapRunLimits known;
  known.update(members);
  Value kept = json::Object{};
  for (const auto& [name, value] : known.to_json().as_object())
    if (members.has(name)) kept.set(name, value);
  return event_of(map_run_event::kLimits, kept);
}

journal::NewEvent write_map_run_redriven(uint64_t order) {
  return event_of(map_run_event::kRedriven, json::object({{"order", order}}));
}

journal::NewEvent write_map_run_end(const MapRunEnd& end, MapRunView view) {
  if (end.status != engine::Status::kAborted)
    for (MapRunCounts* counts : {&view.executions, &view.items})
      counts->results_written = counts->total() - counts->of(ChildStatus::kPending);
  Value body = json::object({{"status", run_status(end.status)}});
  if (!end.output.empty()) body.set("output", end.output);
  if (!end.error.empty()) body.set("error", end.error);
  if (!end.cause.empty()) body.set("cause", end.cause);
  Value told = json::object({{"limits", view.limits.to_json()},
                             {"redrives", view.redrives},
                             {"executions", counts_json(view.executions)},
                             {"items", counts_json(view.items)}});
  if (view.redriven) told.set("redriven", os::unix_ms(*view.redriven));
  body.set("view", std::move(told));
  return event_of(map_run_event::kEnded, body);
}

Result<MapRunItem> read_map_run_item(journal::Journal& journal, std::string_view run, uint64_t seq) {
  SOMA_ASSIGN(const Value body, body_at(journal, run, seq, map_run_event::kItem));
  MapRunItem item{.input = text_of(body, "in"), .in_batch = body.has("n")};
  if (const Value* value = body.find("v")) item.value = *value;
  item.key = optional_text(body, "key");
  item.source = optional_text(body, "from");
  if (item.in_batch) item.items = number_of(body, "n");
  return item;
}

Result<ChildResult> read_child_result(journal::Journal& journal, std::string_view run, uint64_t seq) {
  SOMA_ASSIGN(const Value body, body_at(journal, run, seq, map_run_event::kResult));
  return ChildResult{.index = number_of(body, "i"),
                     .status = status_of_run(text_of(body, "s")),
                     .arn = text_of(body, "arn"),
                     .output = optional_text(body, "output"),
                     .error = optional_text(body, "error"),
                     .cause = optional_text(body, "cause"),
                     .started = os::from_unix_ms(body.get("from").int_or(0)),
                     .stopped = os::from_unix_ms(body.get("to").int_or(0)),
                     .redrives = body.get("redrives").int_or(0),
                     .final = body.get("final").bool_or(false)};
}

Result<MapRunView> read_map_run_view(journal::Journal& journal, std::string_view run) {
  SOMA_ASSIGN(const journal::Run found, journal.get(run));
  SOMA_ASSIGN(const std::vector<journal::Event> last, journal.read(run, found.last_seq, 1));
  if (last.empty() || last.front().type != map_run_event::kEnded) {
    SOMA_ASSIGN(const MapRunState state, MapRunState::read(journal, run));
    return state.view();
  }
  SOMA_ASSIGN(const std::vector<journal::Event> first, journal.read(run, 1, 1));
  if (first.empty()) return corrupt(1, "it is missing");
  MapRunState state;
  SOMA_TRY(state.apply(first.front()));
  SOMA_ASSIGN(const Value body, json::parse(last.front().body));
  const Value& told = body.get("view");
  MapRunView view = state.view();
  view.status = status_of_run(text_of(body, "status"));
  view.stopped = last.front().at;
  view.limits.update(told.get("limits"));
  view.redrives = number_of(told, "redrives");
  if (const Value* redriven = told.find("redriven")) view.redriven = os::from_unix_ms(redriven->int_or(0));
  view.executions = read_counts(told.get("executions"));
  view.items = read_counts(told.get("items"));
  return view;
}

}  // namespace soma::workflow
