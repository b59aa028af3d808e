// Map runs: a distributed map's work, looked at and steered.
#include "services/workflow/api/handlers.h"
#include "services/workflow/api/page.h"
#include "services/workflow/api/wire.h"

namespace soma::workflow::api {

Answer describe_map_run(Call call) {
  const std::string arn = call.text("mapRunArn");
  SOMA_CO_TRY(parse_arn(arn, {"mapRun"}));
  SOMA_CO_ASSIGN(const MapRunView view, call.service.map_runs().describe(arn));
  co_return map_run_json(view);
}

Answer update_map_run(Call call) {
  const std::string arn = call.text("mapRunArn");
  SOMA_CO_TRY(parse_arn(arn, {"mapRun"}));
  json::Value parameters = call.parameters;
  SOMA_CO_TRY(co_await call.service.map_runs().update(arn, std::move(parameters)));
  co_return json::Object{};
}

Answer list_map_runs(Call call) {
  constexpr std::string_view kList = "map-runs";
  const std::string arn = call.text("executionArn");
  SOMA_CO_TRY(parse_arn(arn, {"execution"}));
  SOMA_CO_ASSIGN(const PageRequest page, read_page(call.parameters, kList));
  const auto view = call.service.executions().describe(arn);
  if (!view && view.error().code == os::Code::kNotFound) co_return no_execution(arn);
  if (!view) co_return std::unexpected(internal_failure(view.error()));
  SOMA_CO_ASSIGN(const MapRunPage found, call.service.map_runs().list(arn, page.limit, page.after));
  json::Value entries = json::Array{};
  for (const MapRunView& run : found.runs) entries.push_back(map_run_entry_json(run));
  json::Value answer = json::object({{"mapRuns", std::move(entries)}});
  if (!found.next_token.empty()) set_next_token(answer, kList, found.next_token);
  co_return answer;
}

}  // namespace soma::workflow::api
