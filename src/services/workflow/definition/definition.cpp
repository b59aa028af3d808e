#include "services/workflow/definition/definition.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/os/text.h"
#include "services/workflow/definition/json_error.h"
#include "services/workflow/definition/reading.h"

namespace soma::workflow {
namespace {

// Levels of JSON: a state in each level of nesting takes five ("States", its name, "Branches", the element
// …), and a payload its own.
constexpr size_t kMaxDefinitionDepth = kMaxStateNesting * 5 + query::kMaxTemplateDepth;

std::optional<json::Value> read_json(std::string_view text, Report& report) {
  if (os::trim(text).empty()) {
    report.error_without_place(code::kMissingDescription, "The definition is empty");
    return std::nullopt;
  }
  auto parsed = json::parse(text, {.max_depth = kMaxDefinitionDepth, .max_bytes = kMaxDefinitionBytes});
  if (parsed) return std::move(*parsed);
  report.add(json_diagnostic(text, parsed.error()));
  return std::nullopt;
}

query::Language language_of(const json::Value& object) {
  // As the service: whatever stands there and is not JSONPath is read as JSONata.
  return object.get("QueryLanguage").string_or("JSONPath") == "JSONPath" ? query::Language::kJsonPath
                                                                         : query::Language::kJsonata;
}

Parsed finish(Report& report, Definition definition) {
  Parsed parsed;
  report.finish(definition.text, parsed);
  if (!report.failed()) parsed.definition = std::make_shared<const Definition>(std::move(definition));
  return parsed;
}

// What concerns more than one state. Where fields are wrong or missing it is left out: it would tell of
// errors that are none.
void check_whole(const Reading& reading) {
  if (reading.report.failed()) return;
  for (const Graph& graph : reading.graphs) check_graph(graph, reading.report);
  reading.scopes.check(reading.report);
}

void read_machine(const json::Value& value, MachineType type, Report& report, Definition& definition) {
  if (!value.is_object()) {
    report.schema(Place(), "The definition must be a JSON object");
    return;
  }
  definition.language = language_of(value);
  definition.comment = value.get("Comment").string_or("");
  if (value.get("TimeoutSeconds").is_integer()) {
    definition.timeout_seconds = value.get("TimeoutSeconds").int_or(kMaxTimeoutSeconds);
  }
  Reading reading{.report = report, .language = definition.language};
  definition.flow = read_flow(value, kMachineShape, Place(), {.type = type}, reading);
  check_whole(reading);
}

const State* find_in(const Flow& flow, std::string_view name);

const State* find_inside(const State& state, std::string_view name) {
  if (const auto* map = std::get_if<MapDetails>(&state.details)) return find_in(map->processor, name);
  if (const auto* parallel = std::get_if<ParallelDetails>(&state.details)) {
    for (const Flow& branch : parallel->branches) {
      if (const State* found = find_in(branch, name)) return found;
    }
  }
  return nullptr;
}

const State* find_in(const Flow& flow, std::string_view name) {
  if (const State* found = flow.find(name)) return found;
  for (const State& state : flow.states) {
    if (const State* found = find_inside(state, name)) return found;
  }
  return nullptr;
}

}  // namespace

std::string_view state_type_name(StateType type) {
  constexpr std::string_view kNames[] = {"Pass",    "Task", "Choice",   "Wait",
                                         "Succeed", "Fail", "Parallel", "Map"};
  return kNames[static_cast<size_t>(type)];
}

const State* Flow::find(std::string_view name) const {
  auto found = std::ranges::find(states, name, &State::name);
  return found == states.end() ? nullptr : &*found;
}

const State* find_state(const Definition& definition, std::string_view name) {
  return find_in(definition.flow, name);
}

Parsed parse_definition(std::string_view text, MachineType type) {
  Report report;
  Definition definition{.text = std::string(text), .flow = {}};
  if (auto value = read_json(text, report)) read_machine(*value, type, report, definition);
  return finish(report, std::move(definition));
}

Parsed parse_state(std::string_view text, std::string_view name, MachineType type) {
  Report report;
  Definition definition{.text = std::string(text), .flow = {.start_at = std::string(name), .states = {}}};
  auto value = read_json(text, report);
  if (value && !value->is_object()) {
    report.schema(Place(), "The definition must be a JSON object");
  } else if (value) {
    definition.language = language_of(*value);
    Reading reading{.report = report, .language = definition.language};
    Surrounding around{.type = type, .scope = reading.scopes.open(Scopes::kNone, {})};
    Transitions transitions;
    Place place("", fmt::format("/States/{}", name));
    definition.flow.states.push_back(read_state(*value, name, place, around, reading, transitions));
    check_whole(reading);
  }
  return finish(report, std::move(definition));
}

std::string invalid_definition_message(const std::vector<Diagnostic>& diagnostics) {
  std::string reasons;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity != Severity::kError) continue;
    // A diagnostic about the whole machine has no location; the service prints the word "null".
    reasons += fmt::format("{}{}: {} at {}", reasons.empty() ? "" : ", ", diagnostic.code, diagnostic.message,
                           diagnostic.location.empty() ? "null" : diagnostic.location);
  }
  return fmt::format("Invalid State Machine Definition: '{}'", reasons);
}

}  // namespace soma::workflow
