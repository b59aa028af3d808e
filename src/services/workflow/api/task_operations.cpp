// Callbacks of tasks that wait for them, and the workers of activities.
#include <fmt/format.h>

#include "services/workflow/api/handlers.h"
#include "services/workflow/api/wire.h"

namespace soma::workflow::api {
namespace {

using json::Value;
using os::Code;

ApiError task_failure_of(const os::Error& failure) {
  switch (failure.code) {
    case Code::kInvalidArgument:
      return invalid_page_token().error();  // the same sentence for tokens of every kind
    case Code::kNotFound:
    case Code::kTimeout:
      return {"TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'"};
    default:
      return internal_failure(failure);
  }
}

Answered<Value> nothing_or(const os::Result<>& done) {
  if (!done) return std::unexpected(task_failure_of(done.error()));
  return json::Object{};
}

}  // namespace

Answer send_task_success(Call call) {
  std::string token = call.text("taskToken"), output = call.text("output");
  if (!engine::owner_of_token(token))
    co_return invalid_page_token();  // before anything is said of the output
  if (const auto complaint = json_complaint(output))
    co_return refuse(error::kInvalidOutput, fmt::format("Invalid Output: '{}'", *complaint));
  const os::Result<> done =
      co_await call.service.executions().task_success(std::move(token), std::move(output));
  co_return nothing_or(done);
}

Answer send_task_failure(Call call) {
  std::string token = call.text("taskToken");
  std::optional<std::string> error = call.optional_text("error"), cause = call.optional_text("cause");
  const os::Result<> done =
      co_await call.service.executions().task_failure(std::move(token), std::move(error), std::move(cause));
  co_return nothing_or(done);
}

Answer send_task_heartbeat(Call call) {
  std::string token = call.text("taskToken");
  const os::Result<> done = co_await call.service.executions().task_heartbeat(std::move(token));
  co_return nothing_or(done);
}

Answer get_activity_task(Call call) {
  std::string arn = call.text("activityArn"), worker = call.text("workerName");
  SOMA_CO_TRY(call.service.activities().get(arn));
  net::Cancellation gone = call.gone;
  const auto task = co_await call.service.executions().poll_activity(std::move(arn), std::move(worker), gone);
  if (!task) co_return std::unexpected(internal_failure(task.error()));
  if (task->token.empty()) co_return json::object({{"taskToken", nullptr}});
  co_return json::object({{"taskToken", task->token}, {"input", task->input}});
}

}  // namespace soma::workflow::api
