// Executions: started, stopped, redriven, looked at.
#include <fmt/format.h>

#include "services/workflow/api/handlers.h"
#include "services/workflow/api/page.h"
#include "services/workflow/api/wire.h"

namespace soma::workflow::api {
namespace {

using json::Value;
using os::Code;

constexpr std::string_view kExecutionList = "executions";
constexpr std::string_view kHistoryList = "history";

std::unexpected<ApiError> type_not_supported() {
  return refuse(error::kTypeNotSupported, "This operation is not supported by this type of state machine");
}

// What StartExecution and StartSyncExecution are asked.
Answered<StartRequest> read_start(const Call& call) {
  StartRequest request;
  request.name = call.text("name");
  if (request.name.empty())
    request.name = call.service.dependencies().ids.uuid();
  else if (auto named = check_name(request.name); !named)
    return std::unexpected(std::move(named.error()));
  // "…:stateMachine:NAME#CASE" is the machine in a test case of the mocks.
  std::string arn = call.text("stateMachineArn");
  if (const size_t mark = arn.find('#'); mark != std::string::npos) {
    request.test_case = arn.substr(mark + 1);
    arn.resize(mark);
  }
  auto target = call.service.machines().resolve(arn, request.name);
  if (!target) return std::unexpected(std::move(target.error()));
  request.target = std::move(*target);
  if (request.target.machine->deleting) return state_machine_deleting(request.target.machine->arn);
  if (auto input = call.optional_text("input")) {
    if (input->empty()) return invalid_execution_input("Invalid execution input.");
    if (const auto complaint = json_complaint(*input)) return invalid_execution_input(*complaint);
    request.input = std::move(*input);
  }
  request.trace_header = call.text("traceHeader");
  return request;
}

ApiError start_failure(const StartRequest& request, const os::Error& failure) {
  switch (failure.code) {
    case Code::kAlreadyExists: {
      std::string arn = request.target.machine->arn;
      arn.replace(arn.find(":stateMachine:"), std::string_view(":stateMachine:").size(), ":execution:");
      return {"ExecutionAlreadyExists", fmt::format("Execution Already Exists: '{}:{}'", arn, request.name)};
    }
    case Code::kInvalidArgument:
      return invalid_execution_input(failure.message).error();
    case Code::kLimitExceeded:
      return {"ExecutionLimitExceeded", failure.message};
    default:
      return internal_failure(failure);
  }
}

// A Standard execution that exists.
Answered<ExecutionView> find_execution(const Call& call, std::string_view arn) {
  auto parsed = parse_arn(arn, {"execution"});
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  auto view = call.service.executions().describe(arn);
  if (!view && view.error().code == Code::kNotFound) return no_execution(arn);
  if (!view) return std::unexpected(internal_failure(view.error()));
  return std::move(*view);
}

std::optional<engine::Status> status_from(std::string_view name) {
  for (const engine::Status status :
       {engine::Status::kRunning, engine::Status::kSucceeded, engine::Status::kFailed,
        engine::Status::kTimedOut, engine::Status::kAborted})
    if (engine::status_name(status) == name) return status;
  return std::nullopt;
}

// Whose executions are listed: exactly one of a state machine's (or version's, or alias's) and a map run's.
Answered<ExecutionFilter> read_filter(const Call& call) {
  ExecutionFilter filter;
  const std::string arn = call.text("stateMachineArn"), map_run = call.text("mapRunArn");
  if (arn.empty() == map_run.empty())
    return refuse(error::kValidation, "Exactly one of stateMachineArn and mapRunArn must be specified");
  if (!map_run.empty()) {
    auto parsed = parse_arn(map_run, {"mapRun"});
    if (!parsed) return std::unexpected(std::move(parsed.error()));
    const auto known = call.service.map_runs().describe(map_run);
    if (!known) return std::unexpected(known.error());
    filter.map_run_arn = map_run;
    if (call.parameters.has("redriveFilter")) filter.redriven = call.text("redriveFilter") == "REDRIVEN";
    return filter;
  }
  if (call.parameters.has("redriveFilter"))
    return refuse(error::kValidation, "redriveFilter can only be specified with mapRunArn");
  auto target = call.service.machines().resolve(arn, "");
  if (!target) return std::unexpected(std::move(target.error()));
  if (target->machine->type == MachineType::kExpress) return type_not_supported();
  if (!target->alias.empty())
    filter.alias_arn = arn;
  else if (target->version)
    filter.version_arn = arn;
  else
    filter.machine_arn = arn;
  return filter;
}

}  // namespace

Answer start_execution(Call call) {
  SOMA_CO_ASSIGN(const StartRequest request, read_start(call));
  const auto started = co_await call.service.executions().start_execution(request);
  if (!started) co_return std::unexpected(start_failure(request, started.error()));
  co_return json::object({{"executionArn", started->arn}, {"startDate", time_json(started->at)}});
}

Answer start_sync_execution(Call call) {
  SOMA_CO_ASSIGN(const StartRequest request, read_start(call));
  if (request.target.machine->type != MachineType::kExpress) co_return type_not_supported();
  const auto ended = co_await call.service.executions().start_sync(request);
  if (!ended) co_return std::unexpected(start_failure(request, ended.error()));
  co_return sync_execution_json(*ended, call.wants_data());
}

Answer stop_execution(Call call) {
  std::string arn = call.text("executionArn");
  SOMA_CO_ASSIGN(const ExecutionView view, find_execution(call, arn));
  if (view.stopped) co_return json::object({{"stopDate", time_json(*view.stopped)}});
  std::optional<std::string> error = call.optional_text("error"), cause = call.optional_text("cause");
  const auto stopped =
      co_await call.service.executions().stop_execution(arn, std::move(error), std::move(cause));
  if (!stopped) co_return std::unexpected(internal_failure(stopped.error()));
  co_return json::object({{"stopDate", time_json(*stopped)}});
}

Answer describe_execution(Call call) {
  SOMA_CO_ASSIGN(const ExecutionView view, find_execution(call, call.text("executionArn")));
  co_return execution_json(view, call.wants_data(), call.service.dependencies().clock.now());
}

Answer list_executions(Call call) {
  SOMA_CO_ASSIGN(ExecutionFilter filter, read_filter(call));
  SOMA_CO_ASSIGN(const PageRequest request, read_page(call.parameters, kExecutionList));
  filter.limit = request.limit;
  filter.page_token = request.after;
  Value entries = json::Array{};
  Value answer = json::Object{};
  const std::string status = call.text("statusFilter");
  filter.status = status_from(status);
  if (status.empty() || filter.status) {
    const auto page = call.service.executions().list(filter);
    if (!page && page.error().code == Code::kInvalidArgument) co_return invalid_page_token();
    if (!page) co_return std::unexpected(internal_failure(page.error()));
    const std::string redriven = call.text("redriveFilter");
    for (const ExecutionView& view : page->executions)
      if (redriven.empty() || (redriven == "REDRIVEN") == (view.redrives > 0))
        entries.push_back(execution_entry_json(view));
    if (!page->next_token.empty()) set_next_token(answer, kExecutionList, page->next_token);
  }
  answer.set("executions", std::move(entries));
  co_return answer;
}

Answer get_execution_history(Call call) {
  const std::string arn = call.text("executionArn");
  SOMA_CO_TRY(find_execution(call, arn));
  SOMA_CO_ASSIGN(const PageRequest request, read_page(call.parameters, kHistoryList));
  const bool reversed = call.parameters.get("reverseOrder").bool_or(false);
  const auto page = call.service.executions().history(arn, request.limit, reversed, request.after);
  if (!page && page.error().code == Code::kInvalidArgument) co_return invalid_page_token();
  if (!page) co_return std::unexpected(internal_failure(page.error()));
  Value events = json::Array{};
  for (const engine::HistoryEvent& event : page->events)
    events.push_back(engine::to_api(event, call.wants_data()));
  Value answer = json::object({{"events", std::move(events)}});
  if (!page->next_token.empty()) set_next_token(answer, kHistoryList, page->next_token);
  co_return answer;
}

Answer redrive_execution(Call call) {
  std::string arn = call.text("executionArn");
  SOMA_CO_TRY(find_execution(call, arn));
  std::string token = call.text("clientToken");
  const auto redriven = co_await call.service.executions().redrive(arn, std::move(token));
  if (!redriven && redriven.error().code == Code::kFailedPrecondition)
    co_return refuse(error::kNotRedrivable, redriven.error().message);
  if (!redriven) co_return std::unexpected(internal_failure(redriven.error()));
  co_return json::object({{"redriveDate", time_json(*redriven)}});
}

}  // namespace soma::workflow::api
