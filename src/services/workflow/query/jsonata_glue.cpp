#include "services/workflow/query/jsonata_glue.h"

#include <algorithm>
#include <span>

#include "services/workflow/query/failure_text.h"
#include "services/workflow/query/text_scan.h"

namespace soma::workflow::query {
namespace {

constexpr std::string_view kStates = "states";

std::unexpected<os::Error> refused(std::string_view code, std::string message) {
  os::Error error{os::Code::kInvalidArgument, std::move(message)};
  error.details.emplace_back("code", code);
  return std::unexpected(std::move(error));
}

using Steps = std::span<const std::string>;

// A copy with the named parts alone. Only objects are thinned out: a step into an array means every element.
json::Value part_of(const json::Value& value, const std::vector<Steps>& wanted) {
  bool all = std::ranges::any_of(wanted, [](Steps steps) { return steps.empty(); });
  if (all || !value.is_object()) return value;
  json::Value part{json::Object()};
  for (const json::Member& member : value.as_object()) {
    std::vector<Steps> below;
    for (Steps steps : wanted) {
      if (steps.front() == member.first) below.push_back(steps.subspan(1));
    }
    if (!below.empty()) part.as_object().emplace_back(member.first, part_of(member.second, below));
  }
  return part;
}

}  // namespace

std::optional<std::string_view> expression_text(std::string_view text) {
  if (text.size() < 4 || !text.starts_with("{%") || !text.ends_with("%}")) return std::nullopt;
  return os::trim(text.substr(2, text.size() - 4));
}

void JsonataNeeds::add(const jsonata::Expression& expression) {
  // "%" may lead from a part of the input back to what is around it.
  bool climbs = expression.text().find('%') != std::string::npos;
  for (const jsonata::VariableReference& reference : expression.references()) {
    if (reference.bound_inside || reference.name.empty() || reference.name == "$") continue;
    if (reference.is_function) {
      functions.push_back(reference.name);
    } else if (reference.name != kStates) {
      variables.push_back(reference.name);
    } else if (climbs && !reference.steps.empty()) {
      states.push_back({reference.steps.front()});
    } else {
      states.push_back(reference.steps);
    }
  }
}

void JsonataNeeds::settle() {
  for (std::vector<std::string>* names : {&variables, &functions}) {
    std::ranges::sort(*names);
    names->erase(std::ranges::unique(*names).begin(), names->end());
  }
  std::ranges::sort(states);
  states.erase(std::ranges::unique(states).begin(), states.end());
}

JsonataBindings::JsonataBindings(const JsonataNeeds& needs, const Scope& scope) {
  const std::pair<std::string_view, const json::Value*> members[] = {
      {"input", scope.input},
      {"result", scope.result},
      {"errorOutput", scope.error_output},
      {"context", scope.context},
  };
  states_ = json::Object();
  for (const auto& [name, value] : members) {
    std::vector<Steps> wanted;
    for (const std::vector<std::string>& steps : needs.states) {
      if (steps.empty()) wanted.emplace_back();
      if (!steps.empty() && steps.front() == name) wanted.push_back(Steps(steps).subspan(1));
    }
    if (value != nullptr && !wanted.empty()) states_.set(name, part_of(*value, wanted));
  }
  bindings_.push_back({kStates, &states_});
  if (scope.variables == nullptr) return;
  for (const std::vector<std::string>* names : {&needs.variables, &needs.functions})
    for (const std::string& name : *names)
      if (const json::Value* value = scope.variables->find(name)) bindings_.push_back({name, value});
}

os::Result<jsonata::Expression> compile_expression(std::string_view text) {
  auto expression = jsonata::Expression::compile(text);
  if (!expression) return refused("INVALID_JSONATA_EXPRESSION", expression.error().message);
  constexpr std::string_view kUnsupported = "UNSUPPORTED_JSONATA_EXPRESSION";
  for (const jsonata::VariableReference& reference : expression->references()) {
    if (reference.name == "$") return refused(kUnsupported, "Reference to '$$' is not supported.");
    if (reference.name.empty() && !reference.bound_inside) {
      return refused(kUnsupported, "Reference to '$' at the top level is not supported.");
    }
  }
  if (expression->has_bare_field()) {
    return refused(kUnsupported, "Reference to a field at the top level is not supported.");
  }
  return expression;
}

Outcome<json::Value> evaluate_expression(const jsonata::Expression& expression, std::string_view location,
                                         const JsonataBindings& bindings,
                                         const jsonata::Surroundings& surroundings) {
  auto value = expression.evaluate(bindings.arguments(), surroundings);
  if (!value) return std::unexpected(evaluation_failure(expression.text(), location, value.error()));
  if (!*value) return std::unexpected(undefined_failure(expression.text(), location));
  return std::move(**value);
}

}  // namespace soma::workflow::query
