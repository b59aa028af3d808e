#include "services/workflow/executions/execution_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "services/workflow/executions/execution_names.h"

namespace soma::workflow {
namespace {

using engine::Status;

struct Ended {
  Status status;
  std::string_view word;
};
constexpr std::array<Ended, 4> kEnded = {
    Ended{Status::kSucceeded, "succeeded"}, Ended{Status::kFailed, "failed"},
    Ended{Status::kTimedOut, "timed_out"}, Ended{Status::kAborted, "aborted"}};

void set_text(json::Value& object, std::string_view name, const std::string& value) {
  if (!value.empty()) object.set(name, value);
}

std::string text_of(const json::Value& object, std::string_view name) {
  return std::string(object.get(name).string_or(""));
}

}  // namespace

std::string_view run_status(Status ended) {
  const auto* found = std::ranges::find(kEnded, ended, &Ended::status);
  return found == kEnded.end() ? kRunning : found->word;
}

Status status_of_run(std::string_view run_status) {
  const auto* found = std::ranges::find(kEnded, run_status, &Ended::word);
  return found == kEnded.end() ? Status::kRunning : found->status;
}

std::vector<std::string> run_statuses(Status status) {
  if (status != Status::kRunning) return {std::string(run_status(status))};
  return {std::string(kRunning), std::string(kWaiting), std::string(kQueued)};
}

bool is_open(std::string_view run_status) {
  return status_of_run(run_status) == Status::kRunning;
}

std::string write_start(const ExecutionStart& start) {
  const engine::StartInfo& info = start.info;
  json::Value body = json::object({{"executionArn", info.execution_arn},
                                   {"name", info.execution_name},
                                   {"machineArn", info.machine_arn},
                                   {"machine", info.machine_name},
                                   {"revision", start.revision},
                                   {"input", start.input}});
  set_text(body, "roleArn", info.role_arn);
  set_text(body, "region", info.region);
  if (info.type == MachineType::kExpress) body.set("type", "EXPRESS");
  if (!info.context_members.is_null()) body.set("context", info.context_members);
  if (start.version) body.set("version", *start.version);
  set_text(body, "alias", start.alias);
  set_text(body, "traceHeader", start.trace_header);
  set_text(body, "parentArn", start.parent_arn);
  set_text(body, "correlationId", start.correlation_id);
  set_text(body, "mapRunArn", start.map_run_arn);
  set_text(body, "startKey", start.start_key);
  if (start.awaited) body.set("awaited", true);
  set_text(body, "testCase", start.test_case);
  return json::write(body);
}

os::Result<ExecutionStart> read_start(const journal::Event& event) {
  if (event.type != kStartedEvent)
    return os::fail(os::Code::kCorrupt,
                    fmt::format("the run begins with {}, not with {}", event.type, kStartedEvent));
  SOMA_ASSIGN(const json::Value body, json::parse(event.body));
  ExecutionStart start;
  start.info.execution_arn = text_of(body, "executionArn");
  start.info.execution_name = text_of(body, "name");
  start.info.machine_arn = text_of(body, "machineArn");
  start.info.machine_name = text_of(body, "machine");
  start.info.role_arn = text_of(body, "roleArn");
  start.info.region = text_of(body, "region");
  start.info.type = body.has("type") ? MachineType::kExpress : MachineType::kStandard;
  start.info.context_members = body.get("context");
  start.revision = text_of(body, "revision");
  if (body.has("version")) start.version = static_cast<uint64_t>(body.get("version").int_or(0));
  start.alias = text_of(body, "alias");
  start.input = text_of(body, "input");
  start.trace_header = text_of(body, "traceHeader");
  start.parent_arn = text_of(body, "parentArn");
  start.correlation_id = text_of(body, "correlationId");
  start.map_run_arn = text_of(body, "mapRunArn");
  start.start_key = text_of(body, "startKey");
  start.awaited = body.has("awaited");
  start.test_case = text_of(body, "testCase");
  return start;
}

os::Result<ExecutionStart> read_start(journal::Journal& journal, std::string_view run) {
  SOMA_ASSIGN(const std::vector<journal::Event> events, journal.read(run, 1, 1));
  if (events.empty()) return os::fail(os::Code::kCorrupt, fmt::format("the run {} is empty", run));
  return read_start(events.front());
}

std::vector<journal::Label> labels_of(const ExecutionStart& start) {
  std::vector<journal::Label> labels = {{std::string(kMachineLabel), start.info.machine_name}};
  const auto add = [&labels](std::string_view name, std::string value) {
    if (!value.empty()) labels.push_back({std::string(name), std::move(value)});
  };
  if (start.version) add(kVersionLabel, std::to_string(*start.version));
  add(kAliasLabel, start.alias);
  add(kMapRunLabel, start.map_run_arn);
  add(kParentLabel, start.parent_arn);
  if (start.awaited) add(kAwaitedLabel, "1");
  // The root's own correlation id is its ARN: listing looks for that one by name.
  if (start.correlation_id != start.info.execution_arn) add(kCorrelationLabel, start.correlation_id);
  return labels;
}

}  // namespace soma::workflow
