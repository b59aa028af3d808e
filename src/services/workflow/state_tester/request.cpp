#include "services/workflow/state_tester/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "services/workflow/api/wire.h"
#include "services/workflow/machines/settings.h"
#include "services/workflow/map_runs/item_source.h"

namespace soma::workflow::state_tester {
namespace {

using engine::Resource;
using json::Value;

std::unexpected<ApiError> invalid(std::string message) {
  return refuse(error::kValidation, std::move(message));
}

std::string text_of(const Value& parameters, std::string_view member) {
  return std::string(parameters.get(member).string_or(""));
}

// The state as a machine of its own. Where it leads is not in it.
DefinitionPtr alone(const State& state) {
  auto definition = std::make_shared<Definition>();
  definition->language = state.language;
  definition->flow.start_at = kTestedName;
  definition->flow.states.push_back(state);
  definition->flow.states.front().name = kTestedName;
  return definition;
}

Answered<DefinitionPtr> read_definition(const Value& parameters) {
  const std::string text = text_of(parameters, "definition"), name = text_of(parameters, "stateName");
  Parsed parsed = name.empty() ? parse_state(text, kTestedName, MachineType::kStandard)
                               : parse_definition(text, MachineType::kStandard);
  if (!parsed.definition)
    return refuse(error::kInvalidDefinition, invalid_definition_message(parsed.diagnostics));
  if (name.empty()) return parsed.definition;
  const State* state = find_state(*parsed.definition, name);
  if (state == nullptr) return invalid("State not found in definition");
  return alone(*state);
}

// The members of a context object, and theirs.
struct ContextPart {
  std::string_view name;
  std::span<const std::string_view> members;
};
constexpr std::array<std::string_view, 7> kExecutionMembers{
    "Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime"};
constexpr std::array<std::string_view, 3> kStateMembers{"EnteredTime", "Name", "RetryCount"};
constexpr std::array<std::string_view, 2> kMachineMembers{"Id", "Name"};
constexpr std::array<std::string_view, 1> kTaskMembers{"Token"};
constexpr std::array<ContextPart, 4> kContextParts{{{"Execution", kExecutionMembers},
                                                    {"State", kStateMembers},
                                                    {"StateMachine", kMachineMembers},
                                                    {"Task", kTaskMembers}}};

std::unexpected<ApiError> invalid_context(std::string_view reason) {
  return invalid(fmt::format("Invalid Context object provided: {}", reason));
}

bool waits_for_others(const State& state) {
  const auto* task = std::get_if<TaskDetails>(&state.details);
  if (task == nullptr) return false;
  const auto resource = engine::parse_resource(task->resource);
  return resource && resource->pattern != Resource::Pattern::kRequestResponse;
}

Answered<> check_context_part(std::string_view name, const Value& value, const State& state) {
  if (name == "Map") return invalid_context("'Map' field is not supported when mocking a Context object");
  const auto* const part = std::ranges::find(kContextParts, name, &ContextPart::name);
  if (part == kContextParts.end()) return invalid_context(fmt::format("Field '{}' is not allowed", name));
  if (name == "Task" && !waits_for_others(state))
    return invalid_context(
        "Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' "
        "service integration pattern");
  if (!value.is_object()) return invalid_context(fmt::format("Field '{}' must be an object", name));
  for (const auto& [member, inner] : value.as_object())
    if (std::ranges::find(part->members, member) == part->members.end())
      return invalid_context(fmt::format("Field '{}' is not allowed", member));
  return {};
}

Answered<std::optional<Value>> read_context(const Value& parameters, const State& state) {
  const Value& given = parameters.get("context");
  if (!given.is_string()) return std::nullopt;
  auto context = json::parse(given.as_string());
  if (!context || !context->is_object()) return invalid_context("Context object must be a JSON object");
  for (const auto& [name, value] : context->as_object())
    if (auto checked = check_context_part(name, value, state); !checked)
      return std::unexpected(std::move(checked.error()));
  return std::move(*context);
}

Answered<> read_variables(const Value& parameters, engine::Inspection& inspection) {
  const Value& given = parameters.get("variables");
  if (!given.is_string()) return {};
  auto variables = json::parse(given.as_string());
  if (!variables || !variables->is_object()) return invalid("Variables must be a JSON object.");
  for (auto& [name, value] : variables->as_object())
    inspection.variables.emplace_back(name, engine::Payload(std::move(value)));
  return {};
}

// A Map's or Parallel's error comes from one of the states inside.
Answered<> check_error_source(const Value& configuration, const TestRequest& request) {
  const std::string_view name = configuration.get("errorCausedByState").string_or("");
  const StateType type = request.state().type;
  if (name.empty() || (type != StateType::kMap && type != StateType::kParallel)) return {};
  const State* origin = find_state(*request.definition, name);
  if (origin != nullptr && origin != &request.state()) return {};
  return invalid("State not found in definition");
}

// What the Map's ItemReader would have read, given as a text.
Answered<> read_items(const Value& configuration, TestRequest& request) {
  const Value& data = configuration.get("mapItemReaderData");
  if (!data.is_string()) return {};
  const auto* map = std::get_if<MapDetails>(&request.state().details);
  if (map == nullptr || !map->reader)
    return invalid("MapItemReaderData can only be specified for a Map state with an ItemReader.");
  const ReaderConfig config = read_reader_config(map->reader->reader_config, request.state().language);
  const auto refuse = [](const engine::ItemFailure& failure) {
    return invalid("MapItemReaderData: " + failure.cause);
  };
  Read<ItemSourcePtr> source = text_source(data.as_string(), config);
  if (!source) return refuse(source.error());
  json::Array elements;
  json::Object members;
  while (true) {
    Read<std::optional<engine::MapItem>> item = (*source)->next();
    if (!item) return refuse(item.error());
    if (!*item) break;
    if ((*item)->key)
      members.emplace_back(std::move(*(*item)->key), std::move((*item)->value));
    else
      elements.push_back(std::move((*item)->value));
  }
  request.inspection->items = members.empty() ? Value(std::move(elements)) : Value(std::move(members));
  if (config.items_pointer.empty() || config.input_type != "JSON") return {};
  const os::Result<Value> whole = json::parse(data.as_string());
  const Value* chosen = whole ? whole->pointer(config.items_pointer) : nullptr;
  if (chosen) request.items_pointed_at = json::write(*chosen);
  return {};
}

Answered<std::string> read_input(const Value& parameters) {
  const Value& input = parameters.get("input");
  if (!input.is_string()) return "{}";
  if (input.as_string().empty()) return invalid_execution_input("Invalid execution input.");
  if (const auto complaint = api::json_complaint(input.as_string()))
    return invalid_execution_input(*complaint);
  return input.as_string();
}

Level level_of(const Value& parameters) {
  const std::string_view level = parameters.get("inspectionLevel").string_or("INFO");
  if (level == "TRACE") return Level::kTrace;
  return level == "DEBUG" ? Level::kDebug : Level::kInfo;
}

}  // namespace

Answered<TestRequest> read_request(const Value& parameters) {
  const Value& configuration = parameters.get("stateConfiguration");
  TestRequest request{.level = level_of(parameters), .role_arn = text_of(parameters, "roleArn")};
  request.inspection = std::make_shared<engine::Inspection>();
  if (!request.role_arn.empty()) SOMA_TRY(check_role(request.role_arn));
  SOMA_ASSIGN(request.definition, read_definition(parameters));
  SOMA_ASSIGN(request.mock, read_mock(parameters, request.state()));
  SOMA_ASSIGN(request.inspection->context, read_context(parameters, request.state()));
  SOMA_TRY(read_variables(parameters, *request.inspection));
  SOMA_TRY(check_error_source(configuration, request));
  SOMA_TRY(read_items(configuration, request));
  SOMA_ASSIGN(request.input, read_input(parameters));
  request.inspection->retries = configuration.get("retrierRetryCount").int_or(0);
  request.inspection->reveal_secrets = parameters.get("revealSecrets").bool_or(false);
  return request;
}

}  // namespace soma::workflow::state_tester
