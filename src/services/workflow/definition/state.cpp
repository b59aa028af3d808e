#include <algorithm>

#include <fmt/format.h>

#include "services/workflow/definition/reading.h"

namespace soma::workflow {
namespace {

constexpr StateType kAllTypes[] = {StateType::kPass,     StateType::kTask,    StateType::kChoice,
                                   StateType::kWait,     StateType::kSucceed, StateType::kFail,
                                   StateType::kParallel, StateType::kMap};

std::optional<StateType> type_of(const json::Value& value) {
  for (StateType type : kAllTypes) {
    if (value.get("Type").string_or("") == state_type_name(type)) return type;
  }
  return std::nullopt;
}

bool is_one_of(StateType type, std::initializer_list<StateType> types) {
  return std::ranges::count(types, type) > 0;
}

void check_name(std::string_view name, const Place& place, Reading& reading) {
  if (name.empty() || count_characters(name) > kMaxStateNameCharacters) {
    reading.report.error(
        code::kStateName, place,
        fmt::format("The state name must be 1 to {} characters long", kMaxStateNameCharacters));
  }
  if (!reading.names.emplace(name).second) {
    reading.report.error(code::kDuplicateState, place, fmt::format("Duplicate State name: {}", name));
  }
}

query::Language read_language(const json::Value& value, const Place& place, Reading& reading) {
  const json::Value* given = value.find("QueryLanguage");
  if (given == nullptr) return reading.language;
  if (given->string_or("") != language_name(query::Language::kJsonPath)) return query::Language::kJsonata;
  if (reading.language == query::Language::kJsonata) {
    reading.report.schema(
        place, "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
  }
  return query::Language::kJsonPath;
}

// Without a type nothing else can be said of a state.
void report_type(const json::Value& value, const Place& place, Report& report) {
  if (!value.is_object()) {
    report.schema(place, "Expected value of type Object");
  } else if (!value.has("Type")) {
    report.schema(place, "These fields are required: [Type]");
  } else {
    report.schema(
        place.member("Type"),
        "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, "
        "Parallel, Map]");
  }
}

void read_transition(const FieldReader& fields, State& state, Transitions& transitions) {
  if (is_one_of(state.type, {StateType::kChoice, StateType::kSucceed, StateType::kFail})) return;
  state.next = fields.text("Next");
  state.end = fields.get("End").bool_or(false);
  if (fields.has("Next") && state.end) {
    fields.report().schema(fields.place(), "There should only be one of the following fields: [Next, End]");
  } else if (!fields.has("Next") && !state.end) {
    fields.report().schema(fields.place(), "One of the following fields is required: [Next, End]");
  } else if (!state.next.empty()) {
    transitions.push_back({.target = state.next, .place = fields.place().member("Next")});
  }
}

void read_data_flow(const FieldReader& fields, State& state) {
  bool works = is_one_of(state.type, {StateType::kTask, StateType::kParallel, StateType::kMap});
  StatesMembers after_work{.result = works};
  if (fields.language() == query::Language::kJsonPath && state.type != StateType::kFail) {
    state.input_null = fields.is_null("InputPath");
    state.output_null = fields.is_null("OutputPath");
    state.input_path = fields.path_source("InputPath");
    state.output_path = fields.path_source("OutputPath");
    state.result_selector = fields.payload("ResultSelector");
    state.result_path = fields.result_place("ResultPath");
    // A Map's Parameters are the old name of its ItemSelector.
    if (state.type != StateType::kMap) state.parameters = fields.payload("Parameters");
  } else if (fields.language() == query::Language::kJsonata) {
    state.parameters = fields.payload("Arguments");
    state.output = fields.payload("Output", after_work);
  }
  state.assign = fields.assign(after_work);
}

void check_credentials(const FieldReader& fields) {
  const json::Value& credentials = fields.get("Credentials");
  if (!credentials.is_object() || credentials.has("RoleArn")) return;
  if (fields.language() == query::Language::kJsonPath && credentials.has("RoleArn.$")) return;
  fields.report().schema(fields.place().member("Credentials"),
                         "The field 'RoleArn' is required but was missing");
}

TaskDetails read_task(const FieldReader& fields, MachineType type) {
  TaskDetails task;
  task.resource = fields.text("Resource");
  check_resource(fields, type);
  task.timeout = fields.computed("TimeoutSeconds");
  task.heartbeat = fields.computed("HeartbeatSeconds");
  task.credentials = fields.payload("Credentials");
  check_credentials(fields);
  if (task.timeout && task.timeout->literal && task.heartbeat && task.heartbeat->literal &&
      task.heartbeat->literal->double_or(0) >= task.timeout->literal->double_or(0)) {
    fields.report().schema(fields.place().member("HeartbeatSeconds"),
                           "HeartbeatSeconds must be smaller than TimeoutSeconds");
  }
  return task;
}

WaitDetails read_wait(const FieldReader& fields) {
  WaitDetails wait;
  wait.is_timestamp = fields.has("Timestamp") || fields.has("TimestampPath");
  auto value = fields.computed(wait.is_timestamp ? "Timestamp" : "Seconds");
  if (value) wait.value = *value;
  return wait;
}

// The path of an Error or Cause takes intrinsic functions, too.
std::optional<Computed> read_fail_text(const FieldReader& fields, std::string_view name) {
  std::string path_name = fmt::format("{}Path", name);
  if (!fields.has(path_name)) {
    if (fields.language() == query::Language::kJsonPath && fields.text(name).starts_with("$.")) {
      fields.report().warning(code::kNoPath, fields.place().member(name),
                              fmt::format("The value looks like a path; a path stands in '{}'", path_name));
    }
    return fields.computed(name);
  }
  auto source = fields.text_source(path_name);
  if (!source) return std::nullopt;
  return Computed{.path = std::move(source), .field = path_name};
}

void warn_of_static_result(const json::Value& value, const Place& place, Report& report) {
  if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) warn_of_static_result(value.at(i), place.element(i), report);
  }
  if (!value.is_object()) return;
  for (const auto& [name, member] : value.as_object()) {
    if (name.ends_with(".$")) {
      report.warning(code::kStaticResult, place.member(name),
                     "Result is taken as it stands; Parameters evaluates paths");
    }
    warn_of_static_result(member, place.member(name), report);
  }
}

PassDetails read_pass(const FieldReader& fields) {
  if (!fields.has("Result")) return {};
  warn_of_static_result(fields.get("Result"), fields.place().member("Result"), fields.report());
  return {.result = fields.get("Result")};
}

ParallelDetails read_parallel(const FieldReader& fields, const Surrounding& around, Reading& reading) {
  ParallelDetails parallel;
  const json::Value& branches = fields.get("Branches");
  Surrounding inside = around;
  ++inside.depth;
  inside.owner = fields.place().pointer();
  for (size_t i = 0; branches.is_array() && i < branches.size(); ++i) {
    parallel.branches.push_back(read_flow(branches.at(i), kBranchShape,
                                          fields.place().member("Branches").element(i), inside, reading));
  }
  return parallel;
}

void read_details(const FieldReader& fields, const Surrounding& around, Reading& reading,
                  Transitions& transitions, State& state) {
  switch (state.type) {
    case StateType::kPass:
      state.details = read_pass(fields);
      break;
    case StateType::kTask:
      state.details = read_task(fields, around.type);
      break;
    case StateType::kChoice:
      state.details = read_choice(fields, around, reading, transitions);
      break;
    case StateType::kWait:
      state.details = read_wait(fields);
      break;
    case StateType::kSucceed:
      state.details = std::monostate();
      break;
    case StateType::kFail:
      state.details =
          FailDetails{.error = read_fail_text(fields, "Error"), .cause = read_fail_text(fields, "Cause")};
      break;
    case StateType::kParallel:
      state.details = read_parallel(fields, around, reading);
      break;
    case StateType::kMap:
      state.details = read_map(fields, around, reading);
      break;
  }
}

}  // namespace

State read_state(const json::Value& value, std::string_view name, const Place& place,
                 const Surrounding& around, Reading& reading, Transitions& transitions) {
  State state;
  state.name = name;
  state.pointer = place.pointer();
  check_name(name, place, reading);
  auto type = type_of(value);
  if (!type) {
    report_type(value, place, reading.report);
    return state;
  }
  state.type = *type;
  state.language = read_language(value, place, reading);
  check_shape(value, kStateShapes[static_cast<size_t>(*type)], state.language, place, reading.report);
  FieldReader fields(value, place, state.language, reading.report);
  read_transition(fields, state, transitions);
  read_data_flow(fields, state);
  reading.scopes.assign(around.scope, state.pointer, value.get("Assign"), state.language,
                        place.member("Assign"));
  read_details(fields, around, reading, transitions, state);
  if (is_one_of(*type, {StateType::kTask, StateType::kParallel, StateType::kMap})) {
    state.retry = read_retry(fields);
    state.catchers = read_catch(fields, around, reading, transitions);
  }
  return state;
}

}  // namespace soma::workflow
