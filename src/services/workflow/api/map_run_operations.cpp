// Map runs: a distributed map's work, looked at and steered.
#include "services/workflow/api/handlers.h"
#include "services/workflow/api/page.h"

namespace soma::workflow::api {
namespace {

using json::Value;

constexpr std::string_view kList = "map-runs";

std::unexpected<ApiError> not_offered() {
  return std::unexpected(
      ApiError{std::string(error::kUnsupported), "Distributed maps are not offered by this soma.", 501});
}

}  // namespace

Answer describe_map_run(Call call) {
  const std::string arn = call.text("mapRunArn");
  SOMA_CO_TRY(parse_arn(arn, {"mapRun"}));
  const MapRuns* map_runs = call.service.dependencies().map_runs;
  if (!map_runs) co_return not_offered();
  co_return map_runs->describe(arn);
}

Answer update_map_run(Call call) {
  SOMA_CO_TRY(parse_arn(call.text("mapRunArn"), {"mapRun"}));
  MapRuns* map_runs = call.service.dependencies().map_runs;
  if (!map_runs) co_return not_offered();
  Value parameters = call.parameters;
  SOMA_CO_TRY(co_await map_runs->update(std::move(parameters)));
  co_return json::Object{};
}

Answer list_map_runs(Call call) {
  const std::string arn = call.text("executionArn");
  SOMA_CO_TRY(parse_arn(arn, {"execution"}));
  SOMA_CO_ASSIGN(const PageRequest page, read_page(call.parameters, kList));
  const auto view = call.service.executions().describe(arn);
  if (!view && view.error().code == os::Code::kNotFound) co_return no_execution(arn);
  if (!view) co_return std::unexpected(internal_failure(view.error()));
  const MapRuns* map_runs = call.service.dependencies().map_runs;
  // Without distributed maps there are no map runs: that is the whole answer.
  if (!map_runs) co_return json::object({{"mapRuns", json::Array{}}});
  SOMA_CO_ASSIGN(Value answer, map_runs->list(arn, page.limit, page.after));
  if (const Value* next = answer.find("nextToken")) {
    const std::string place(next->string_or(""));
    set_next_token(answer, kList, place);
  }
  co_return answer;
}

}  // namespace soma::workflow::api
