#include "services/workflow/state_tester/answer.h"

#include <array>

namespace soma::workflow::state_tester {
namespace {

using engine::Inspection;
using engine::Stage;
using json::Value;

// Where a stage is shown: empty, when the service does not.
struct StageName {
  Stage stage;
  std::string_view by_path, by_expression;
};
constexpr std::array<StageName, engine::kStages> kStageNames{{
    {Stage::kInputPath, "afterInputPath", ""},
    {Stage::kParameters, "afterParameters", "afterArguments"},
    {Stage::kItemsPath, "afterItemsPath", ""},
    {Stage::kItemSelector, "afterItemSelector", "afterItemSelector"},
    {Stage::kItemBatcher, "afterItemBatcher", "afterItemBatcher"},
    {Stage::kResult, "result", "result"},
    {Stage::kResultSelector, "afterResultSelector", ""},
    {Stage::kResultPath, "afterResultPath", ""},
}};

// Of a Parallel state it shows only what becomes of the result.
bool is_shown(const State& state, Stage stage) {
  return state.type != StateType::kParallel || stage == Stage::kResultSelector || stage == Stage::kResultPath;
}

void set_stages(Value& data, const State& state, const Inspection& seen) {
  const bool by_path = state.language == query::Language::kJsonPath;
  for (const StageName& name : kStageNames) {
    const std::string_view member = by_path ? name.by_path : name.by_expression;
    const auto& payload = seen.at(name.stage);
    if (payload && !member.empty() && is_shown(state, name.stage)) data.set(member, payload->text());
  }
}

void set_limits(Value& data, const Value& limits) {
  for (const std::string_view name :
       {"maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage"})
    if (const Value* limit = limits.find(name)) data.set(name, *limit);
}

void set_error_details(Value& data, const Inspection& seen) {
  Value details = json::Object();
  if (seen.catcher) details.set("catchIndex", static_cast<int64_t>(*seen.catcher));
  if (seen.retrier) details.set("retryIndex", static_cast<int64_t>(*seen.retrier));
  if (seen.backoff_seconds) details.set("retryBackoffIntervalSeconds", *seen.backoff_seconds);
  if (!details.empty()) data.set("errorDetails", std::move(details));
}

void set_variables(Value& data, const Inspection& seen) {
  if (seen.variables.empty()) return;
  Value variables = json::Object();
  for (const auto& [name, value] : seen.variables) variables.set(name, value.value());
  data.set("variables", json::write(variables));
}

Value inspection_data(const TestRequest& request) {
  const Inspection& seen = *request.inspection;
  Value data = json::object({{"input", request.input}});
  set_stages(data, request.state(), seen);
  if (request.items_pointed_at) data.set("afterItemsPointer", *request.items_pointed_at);
  set_limits(data, seen.limits);
  set_error_details(data, seen);
  set_variables(data, seen);
  if (request.level == Level::kTrace) {
    if (!seen.http_request.is_null()) data.set("request", seen.http_request);
    if (!seen.http_response.is_null()) data.set("response", seen.http_response);
  }
  return data;
}

std::string_view next_of(const State& state, const Inspection& seen) {
  if (seen.catcher) return state.catchers[*seen.catcher].next;
  const auto* choice = std::get_if<ChoiceDetails>(&state.details);
  if (choice == nullptr) return state.next;
  return seen.rule ? choice->rules[*seen.rule].next : choice->default_next;
}

std::string_view status_of(const Inspection& seen, bool succeeded) {
  if (succeeded) return seen.catcher ? "CAUGHT_ERROR" : "SUCCEEDED";
  return seen.backoff_seconds ? "RETRIABLE" : "FAILED";
}

void set_error(Value& answer, const std::optional<std::string>& error,
               const std::optional<std::string>& cause) {
  if (error) answer.set("error", *error);
  if (cause) answer.set("cause", *cause);
}

}  // namespace

Value answer_of(const TestRequest& request, const engine::Finished& end) {
  const Inspection& seen = *request.inspection;
  const bool succeeded = end.status == engine::Status::kSucceeded;
  Value answer = json::object({{"status", status_of(seen, succeeded)}});
  if (succeeded) {
    answer.set("output", end.output.text());
    const std::string_view next = next_of(request.state(), seen);
    if (!next.empty()) answer.set("nextState", next);
    if (seen.catcher) set_error(answer, seen.error, seen.cause);
  } else if (end.status == engine::Status::kTimedOut) {
    answer.set("error", "States.Timeout");
  } else {
    set_error(answer, end.error, end.cause);
  }
  if (request.level != Level::kInfo) answer.set("inspectionData", inspection_data(request));
  return answer;
}

}  // namespace soma::workflow::state_tester
