#include "services/workflow/state_tester/state_tester.h"

#include <fmt/format.h>

#include <utility>

#include "services/workflow/state_tester/answer.h"
#include "services/workflow/state_tester/request.h"

namespace soma::workflow::state_tester {
namespace {

using engine::Inspection;
using engine::Payload;
using engine::TaskFailed;

// The machine and execution that the state's context object tells of. No run has that name.
engine::StartInfo start_of(const TestRequest& request, os::IdSource& ids) {
  const std::string machine = ids.uuid(), name = ids.uuid();
  engine::StartInfo info{.execution_name = name,
                         .machine_arn = machine_arn(machine),
                         .machine_name = machine,
                         .role_arn = request.role_arn,
                         .type = MachineType::kExpress,
                         .synchronous = true,
                         .inspection = request.inspection};
  info.execution_arn = fmt::format("arn:aws:states:{}:{}:express:{}:{}", kRegion, kAccount, machine, name);
  return info;
}

bool exceeds_tolerance(int64_t failed, const Inspection& seen) {
  if (const json::Value* count = seen.limits.find("toleratedFailureCount"))
    if (failed > count->int_or(0)) return true;
  const json::Value* percentage = seen.limits.find("toleratedFailurePercentage");
  if (percentage == nullptr || seen.iterations.value_or(0) == 0) return false;
  const double part = static_cast<double>(failed) / static_cast<double>(*seen.iterations);
  return part * 100 > percentage->double_or(0);
}

// Gives the engine what the mock says. A mock that cannot be is noticed only here, where the number of
// iterations is known.
struct StandIn {
  Mock mock;
  std::optional<ApiError> refusal{};

  std::expected<Payload, TaskFailed> answer(const Inspection& seen) {
    if (!mock.failed_iterations || seen.limits.is_null()) return mock.outcome;
    if (seen.iterations && *mock.failed_iterations > static_cast<int64_t>(*seen.iterations)) {
      refusal = ApiError{std::string(error::kValidation),
                         "Map iteration failure count must be less than or equal to the number of Map "
                         "iterations"};
      return mock.outcome;
    }
    if (!mock.outcome || !exceeds_tolerance(*mock.failed_iterations, seen)) return mock.outcome;
    return std::unexpected(TaskFailed{.error = "States.ExceedToleratedFailureThreshold",
                                      .cause = "The specified tolerated failure threshold was exceeded"});
  }
};

}  // namespace

net::Task<Answered<json::Value>> test_state(Service& service, json::Value parameters) {
  SOMA_CO_ASSIGN(TestRequest request, read_request(parameters));
  std::shared_ptr<StandIn> stand_in;
  if (request.mock) {
    stand_in = std::make_shared<StandIn>(StandIn{.mock = std::move(*request.mock)});
    request.inspection->work = [stand_in](const Inspection& seen) { return stand_in->answer(seen); };
  }
  engine::StartInfo info = start_of(request, service.dependencies().ids);
  DefinitionPtr definition = request.definition;
  std::string input = request.input;
  const auto end =
      co_await service.executions().run_alone(std::move(info), std::move(definition), std::move(input));
  if (!end) co_return std::unexpected(internal_failure(end.error()));
  if (stand_in && stand_in->refusal) co_return std::unexpected(*stand_in->refusal);
  co_return answer_of(request, *end);
}

}  // namespace soma::workflow::state_tester
