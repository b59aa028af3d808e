#include "services/workflow/state_tester/mock.h"

#include <fmt/format.h>

#include <array>

#include "services/workflow/state_tester/result_models.h"

namespace soma::workflow::state_tester {
namespace {

using engine::Resource;
using json::Value;

std::unexpected<ApiError> invalid(std::string message) {
  return refuse(error::kValidation, std::move(message));
}

// What can be asked only of a mocked state, with its name in the sentence.
struct OnlyMocked {
  std::string_view group, member, name;  // `group`: the structure that it is a member of
};
constexpr std::array<OnlyMocked, 5> kOnlyMocked{{
    {"", "context", "Context"},
    {"stateConfiguration", "mapIterationFailureCount", "MapIterationFailureCount"},
    {"stateConfiguration", "retrierRetryCount", "RetrierRetryCount"},
    {"stateConfiguration", "errorCausedByState", "ErrorCausedByState"},
    {"stateConfiguration", "mapItemReaderData", "MapItemReaderData"},
}};

Answered<> check_without_mock(const Value& parameters, const State& state) {
  for (const OnlyMocked& only : kOnlyMocked) {
    const Value& group = only.group.empty() ? parameters : parameters.get(only.group);
    if (!group.get(only.member).is_null())
      return invalid(fmt::format("TestState does not support {} when a mock is not specified.", only.name));
  }
  if (state.type == StateType::kMap || state.type == StateType::kParallel)
    return refuse(error::kInvalidDefinition,
                  "TestState API does not support Map or Parallel states. Supported state types include: "
                  "[Task, Wait, Pass, Succeed, Fail, Choice]");
  if (state.type != StateType::kTask) return {};
  const auto resource = engine::parse_resource(std::get<TaskDetails>(state.details).resource);
  if (!resource) return {};
  if (resource->kind == Resource::Kind::kActivity)
    return refuse(error::kInvalidDefinition,
                  "TestState API does not support Activity tasks when a mock is not specified.");
  if (resource->pattern != Resource::Pattern::kRequestResponse)
    return refuse(error::kInvalidDefinition,
                  "TestState API does not support .sync or .waitForTaskToken service integration patterns "
                  "when a mock is not specified.");
  return {};
}

FieldValidation mode_of(const Value& mock) {
  const std::string_view mode = mock.get("fieldValidationMode").string_or("STRICT");
  if (mode == "NONE") return FieldValidation::kNone;
  return mode == "PRESENT" ? FieldValidation::kPresent : FieldValidation::kStrict;
}

// A Map that writes its results somewhere answers where they are; else Map and Parallel answer with all of
// them.
Answered<> check_children_result(const State& state, const Value& result) {
  const auto* map = std::get_if<MapDetails>(&state.details);
  const bool written = map != nullptr && map->writer && !map->writer->resource.empty();
  if (written && !result.is_object()) return invalid("Mocked result must be a JSON object.");
  if (!written && !result.is_array()) return invalid("Mocked result must be an array.");
  return {};
}

Answered<> check_task_result(const State& state, const Value& result, FieldValidation mode) {
  const auto resource = engine::parse_resource(std::get<TaskDetails>(state.details).resource);
  if (!resource || resource->kind == Resource::Kind::kLambda || resource->kind == Resource::Kind::kActivity)
    return {};
  if (const auto breach = breach_of_model(*resource, result, mode))
    return invalid(fmt::format("Mock result schema validation error: {}", *breach));
  return {};
}

Answered<engine::Payload> read_result(const Value& mock, const State& state) {
  auto result = engine::Payload::parse(std::string(mock.get("result").string_or("")));
  if (!result) return invalid("Mocked result must be valid JSON");
  const Answered<> fits = state.type == StateType::kTask
                              ? check_task_result(state, result->value(), mode_of(mock))
                              : check_children_result(state, result->value());
  if (!fits) return std::unexpected(fits.error());
  return std::move(*result);
}

engine::TaskFailed read_error(const Value& output) {
  engine::TaskFailed failed;
  if (const Value& error = output.get("error"); error.is_string()) failed.error = error.as_string();
  if (const Value& cause = output.get("cause"); cause.is_string()) failed.cause = cause.as_string();
  return failed;
}

}  // namespace

Answered<std::optional<Mock>> read_mock(const Value& parameters, const State& state) {
  const Value& given = parameters.get("mock");
  if (given.is_null()) {
    if (auto checked = check_without_mock(parameters, state); !checked)
      return std::unexpected(std::move(checked.error()));
    return std::nullopt;
  }
  if (state.type != StateType::kTask && state.type != StateType::kMap && state.type != StateType::kParallel)
    return invalid(fmt::format("State type '{}' is not supported when a mock is specified",
                               state_type_name(state.type)));
  const bool with_result = !given.get("result").is_null(), with_error = !given.get("errorOutput").is_null();
  if (with_result == with_error)
    return invalid("A test mock should have only one of the following fields: [result, errorOutput].");
  if (parameters.get("revealSecrets").bool_or(false))
    return invalid("TestState does not support RevealSecrets when a mock is specified.");
  Mock mock;
  if (const Value& failed = parameters.get("stateConfiguration").get("mapIterationFailureCount");
      failed.is_integer())
    mock.failed_iterations = failed.int_or(0);
  if (with_error) {
    if (!given.get("errorOutput").get("error").is_string())
      return invalid("A mocked errorOutput must have the field 'error'.");
    mock.outcome = std::unexpected(read_error(given.get("errorOutput")));
    return mock;
  }
  auto result = read_result(given, state);
  if (!result) return std::unexpected(std::move(result.error()));
  mock.outcome = std::move(*result);
  return mock;
}

}  // namespace soma::workflow::state_tester
