// Executions: started, listed, looked at, stopped, redriven.
#include <fmt/format.h>

#include "services/workflow/driver/clock_timer.h"
#include "services/workflow/executions/execution_names.h"
#include "services/workflow/own_api/own_routes.h"
#include "services/workflow/own_api/own_wire.h"
#include "services/workflow/routes.h"

namespace soma::workflow {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr uint64_t kPageEntries = 100, kMaxPageEntries = 1000;
constexpr uint64_t kMaxWaitSeconds = 60;  // of one request for an execution's end
// A page of a name's beginning is looked for over this many pages of the list; it may then be empty, and more
// follow.
constexpr size_t kMaxPagesSearched = 20;

// The Standard execution that a path names.
std::string arn_of(const net::Request& request) {
  return fmt::format("arn:aws:states:{}:{}:execution:{}:{}", kRegion, kAccount, request.parameter("machine"),
                     request.parameter("execution"));
}

Result<ExecutionView> find(const Service& service, const std::string& arn) {
  auto view = service.executions().describe(arn);
  if (!view && view.error().code == Code::kNotFound)
    return os::fail(Code::kNotFound, fmt::format("there is no execution {}", arn),
                    "list them: GET /api/workflow/executions");
  return view;
}

net::Response execution_response(int status, const ExecutionView& view) {
  return net::Response::json(status, json::object({{"execution", own_execution_json(view, true)}}));
}

// `wait=SECONDS` of the query: how long a request waits for an execution's end.
Result<uint64_t> wait_of(const net::Request& request) {
  return request.query_number("wait", 0, kMaxWaitSeconds);
}

// The execution once it has ended, or as it is after so many seconds.
net::Task<Result<ExecutionView>> find_ended(Service& service, std::string arn, uint64_t seconds) {
  if (seconds == 0) co_return find(service, arn);
  os::Clock& clock = service.dependencies().clock;
  net::Cancellation over;
  const ClockTimer timer(clock, clock.now() + std::chrono::seconds(seconds),
                         [over]() mutable { over.request("the wait is over"); });
  auto view = co_await service.executions().wait(arn, over);
  if (view || view.error().code == Code::kUnavailable) co_return view;
  co_return find(service, arn);
}

net::Task<Result<net::Response>> start(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_TRY(check_members(body, {"name", "input", "traceHeader"}));
  SOMA_CO_ASSIGN(const uint64_t seconds, wait_of(request));
  Value parameters = json::object({{"stateMachineArn", arn_of_key(request.parameter("machine"))}});
  for (const char* member : {"name", "traceHeader"})
    if (body.has(member)) parameters.set(member, body.get(member));
  if (body.has("input")) parameters.set("input", json::write(body.get("input")));
  SOMA_CO_ASSIGN(const Value started, co_await call_own(service, "StartExecution", std::move(parameters)));
  const std::string arn(started.get("executionArn").string_or(""));
  // An Express execution has no place to be looked up.
  if (run_of_execution(arn).value_or("").starts_with(kExpressKind))
    co_return net::Response::json(201, json::object({{"execution", json::object({{"arn", arn}})}}));
  SOMA_CO_ASSIGN(const ExecutionView view, co_await find_ended(service, arn, seconds));
  co_return execution_response(201, view);
}

Result<ExecutionFilter> read_filter(Service& service, const net::Request& request) {
  ExecutionFilter filter;
  if (const std::string_view machine = request.query_value("machine"); !machine.empty()) {
    SOMA_ASSIGN(const Target target, own(service.machines().resolve(arn_of_key(machine), "")));
    if (!target.alias.empty())
      filter.alias_arn = alias_arn(target.machine->arn, target.alias);
    else if (target.version)
      filter.version_arn = version_arn(target.machine->arn, *target.version);
    else
      filter.machine_arn = target.machine->arn;
  }
  filter.correlation_id = request.query_value("correlationId");
  if (const std::string_view wanted = request.query_value("status"); !wanted.empty()) {
    constexpr engine::Status kAll[] = {engine::Status::kRunning, engine::Status::kSucceeded,
                                       engine::Status::kFailed, engine::Status::kTimedOut,
                                       engine::Status::kAborted};
    for (const engine::Status status : kAll)
      if (engine::status_name(status) == wanted) filter.status = status;
    if (!filter.status)
      return os::fail(Code::kInvalidArgument, fmt::format("status={} is none", os::to_valid_utf8(wanted)),
                      "RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED");
  }
  SOMA_ASSIGN(filter.limit, request.query_number("limit", kPageEntries, kMaxPageEntries));
  filter.limit = std::max<size_t>(filter.limit, 1);
  filter.page_token = request.query_value("nextToken");
  return filter;
}

// The next executions whose name begins so.
Result<ExecutionPage> list_named(const Service& service, ExecutionFilter filter, std::string_view prefix) {
  ExecutionPage page;
  for (size_t searched = 0; page.executions.empty() && searched < kMaxPagesSearched; ++searched) {
    SOMA_ASSIGN(page, service.executions().list(filter));
    std::erase_if(page.executions,
                  [prefix](const ExecutionView& view) { return !view.name.starts_with(prefix); });
    if (page.next_token.empty()) break;
    filter.page_token = page.next_token;
  }
  return page;
}

net::Task<Result<net::Response>> list(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const ExecutionFilter filter, read_filter(service, request));
  SOMA_CO_ASSIGN(const ExecutionPage page, list_named(service, filter, request.query_value("namePrefix")));
  Value executions = json::Array{};
  for (const ExecutionView& view : page.executions) executions.push_back(own_execution_json(view, false));
  Value body = json::object({{"executions", std::move(executions)}});
  if (!page.next_token.empty()) body.set("nextToken", page.next_token);
  co_return net::Response::json(200, body);
}

net::Task<Result<net::Response>> history(Service& service, net::Request& request) {
  const std::string arn = arn_of(request);
  SOMA_CO_TRY(find(service, arn));
  const std::string_view order = request.query_value("order");
  if (!order.empty() && order != "oldest" && order != "newest")
    co_return os::fail(Code::kInvalidArgument, "order must be oldest or newest");
  SOMA_CO_ASSIGN(const uint64_t limit, request.query_number("limit", kPageEntries, kMaxPageEntries));
  SOMA_CO_ASSIGN(const HistoryPage page,
                 service.executions().history(arn, std::max<uint64_t>(limit, 1), order == "newest",
                                              request.query_value("nextToken")));
  Value events = json::Array{};
  for (const engine::HistoryEvent& event : page.events) events.push_back(own_event_json(event));
  Value body = json::object({{"events", std::move(events)}});
  if (!page.next_token.empty()) body.set("nextToken", page.next_token);
  co_return net::Response::json(200, body);
}

// Stops or redrives, and tells how it stands then.
net::Task<Result<net::Response>> change(Service& service, net::Request& request, std::string operation) {
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  const bool stop = operation == "StopExecution";
  if (stop)
    SOMA_CO_TRY(check_members(body, {"error", "cause"}));
  else
    SOMA_CO_TRY(check_members(body, {}));
  const std::string arn = arn_of(request);
  Value parameters = body;
  parameters.set("executionArn", arn);
  SOMA_CO_TRY(co_await call_own(service, std::move(operation), std::move(parameters)));
  SOMA_CO_ASSIGN(const ExecutionView view, find(service, arn));
  co_return execution_response(200, view);
}

}  // namespace

void mount_executions(net::Router& router, Service& service) {
  const net::Router::Options large{kMaxApiBodyBytes};
  router.add("POST", "/api/workflow/machines/{machine}/executions",
             net::answering([&service](net::Request& request) { return start(service, request); }), large);
  router.add("GET", "/api/workflow/executions",
             net::answering([&service](net::Request& request) { return list(service, request); }));
  router.add("GET", "/api/workflow/executions/{machine}/{execution}",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const uint64_t seconds, wait_of(request));
               std::string arn = arn_of(request);
               SOMA_CO_ASSIGN(const ExecutionView view,
                              co_await find_ended(service, std::move(arn), seconds));
               co_return execution_response(200, view);
             }));
  router.add("GET", "/api/workflow/executions/{machine}/{execution}/history",
             net::answering([&service](net::Request& request) { return history(service, request); }));
  router.add("POST", "/api/workflow/executions/{machine}/{execution}/stop",
             net::answering(
                 [&service](net::Request& request) { return change(service, request, "StopExecution"); }));
  router.add("POST", "/api/workflow/executions/{machine}/{execution}/redrive",
             net::answering(
                 [&service](net::Request& request) { return change(service, request, "RedriveExecution"); }));
}

}  // namespace soma::workflow
