#include "services/workflow/executions/execution_view.h"

#include <fmt/format.h>

#include <charconv>

#include "services/workflow/contract/contract.h"
#include "services/workflow/engine/last_event.h"
#include "services/workflow/executions/execution_names.h"
#include "services/workflow/executions/execution_run.h"

namespace soma::workflow {
namespace {

using engine::Status;

// The last event of an ended execution's history, in the last event of its run: what came out of it.
os::Result<> add_outcome(const journal::Run& run, const journal::Event& last, ExecutionView& view) {
  if (last.type != kStepEvent)
    return os::fail(os::Code::kCorrupt, fmt::format("run {}: it ended without a record", run.id));
  SOMA_ASSIGN(const engine::HistoryEvent end, engine::last_event_of(last.body));
  view.stopped = end.at;
  if (view.status == Status::kSucceeded) view.output = end.payload.text();
  if (const json::Value* error = end.details.find("error")) view.error = std::string(error->string_or(""));
  if (const json::Value* cause = end.details.find("cause")) view.cause = std::string(cause->string_or(""));
  return {};
}

int64_t number_of(std::string_view text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::optional<std::string> redrive_obstacle(const ExecutionView& view, os::Time now) {
  if (view.status == Status::kRunning || view.status == Status::kSucceeded)
    return fmt::format("Execution is {} and cannot be redriven", engine::status_name(view.status));
  if (view.error == contract::kInputInvalid)
    return "Execution's input breaks the contract of its state machine and cannot be redriven";
  if (view.stopped && now - *view.stopped > kRedrivePeriod)
    return "Execution ended more than 14 days ago and cannot be redriven";
  return std::nullopt;
}

ExecutionView summary_of_run(const journal::Run& run) {
  ExecutionView view;
  view.run = run.id;
  view.arn = arn_of_run(run.id);
  view.name = name_of_run(run.id);
  view.machine_arn = machine_arn(run.label(kMachineLabel));
  if (const std::string_view version = run.label(kVersionLabel); !version.empty())
    view.version_arn = fmt::format("{}:{}", view.machine_arn, version);
  if (const std::string_view alias = run.label(kAliasLabel); !alias.empty())
    view.alias_arn = fmt::format("{}:{}", view.machine_arn, alias);
  view.status = status_of_run(run.status);
  view.started = run.created;
  if (!is_open(run.status)) view.stopped = run.updated;
  if (const std::string_view redrives = run.label(kRedrivesLabel); !redrives.empty()) {
    view.redrives = number_of(redrives);
    view.redriven = os::from_unix_ms(number_of(run.label(kRedrivenLabel)));
  }
  view.map_run_arn = run.label(kMapRunLabel);
  view.parent_arn = run.label(kParentLabel);
  view.correlation_id = run.label(kCorrelationLabel);
  if (view.correlation_id.empty()) view.correlation_id = view.arn;
  return view;
}

os::Result<ExecutionView> describe_run(journal::Journal& journal, std::string_view run_id) {
  SOMA_ASSIGN(const journal::Run run, journal.get(run_id));
  return describe_run(journal, run);
}

os::Result<ExecutionView> describe_run(journal::Journal& journal, const journal::Run& run) {
  // The first event and the last: of an execution that ended where it began, one reading.
  SOMA_ASSIGN(std::vector<journal::Event> events, journal.read(run.id, 1, run.last_seq == 2 ? 2 : 1));
  if (events.empty()) return os::fail(os::Code::kCorrupt, fmt::format("the run {} is empty", run.id));
  SOMA_ASSIGN(const ExecutionStart start, read_start(events.front()));
  ExecutionView view = summary_of_run(run);
  view.arn = start.info.execution_arn;
  view.machine_arn = start.info.machine_arn;
  view.revision_id = start.revision;
  view.input = start.input;
  view.trace_header = start.trace_header;
  view.correlation_id = start.correlation_id;
  if (view.status == Status::kRunning) return view;
  if (events.back().seq != run.last_seq) {
    SOMA_ASSIGN(events, journal.read(run.id, run.last_seq, 1));
    if (events.empty())
      return os::fail(os::Code::kCorrupt, fmt::format("run {}: its last event is missing", run.id));
  }
  SOMA_TRY(add_outcome(run, events.back(), view));
  return view;
}

os::Result<ExecutionPage> list_executions(journal::Journal& journal, const ExecutionFilter& filter) {
  journal::ListFilter wanted;
  wanted.kind = kExecutionKind;
  wanted.limit = filter.limit;
  wanted.page_token = filter.page_token;
  if (filter.status) wanted.statuses = run_statuses(*filter.status);
  const auto want = [&wanted](std::string_view label, std::string value) {
    wanted.labels.push_back({std::string(label), std::move(value)});
  };
  // What leads to the fewest runs comes first: the journal looks that up.
  if (!filter.map_run_arn.empty()) want(kMapRunLabel, filter.map_run_arn);
  if (!filter.correlation_id.empty()) want(kCorrelationLabel, filter.correlation_id);
  if (!filter.machine_arn.empty()) want(kMachineLabel, std::string(machine_name_of(filter.machine_arn)));
  const auto qualifier = [](std::string_view arn) { return std::string(arn.substr(arn.rfind(':') + 1)); };
  if (!filter.version_arn.empty()) want(kVersionLabel, qualifier(filter.version_arn));
  if (!filter.alias_arn.empty()) want(kAliasLabel, qualifier(filter.alias_arn));
  SOMA_ASSIGN(const journal::RunPage page, journal.list(wanted));
  ExecutionPage out;
  out.next_token = page.next_token;
  for (const journal::Run& run : page.runs) {
    ExecutionView view = summary_of_run(run);
    if (!filter.redriven || *filter.redriven == (view.redrives > 0))
      out.executions.push_back(std::move(view));
  }
  // The first of a correlation has no label for it: it is older than all of them.
  if (!filter.correlation_id.empty() && out.next_token.empty()) {
    const std::optional<std::string> root = run_of_execution(filter.correlation_id);
    const os::Result<journal::Run> found =
        root ? journal.get(*root) : os::fail(os::Code::kNotFound, "the correlation began elsewhere");
    if (found && (!filter.status || status_of_run(found->status) == *filter.status))
      out.executions.push_back(summary_of_run(*found));
  }
  return out;
}

}  // namespace soma::workflow
