#include "services/workflow/query/failure_text.h"

#include <algorithm>

namespace soma::workflow::query {
namespace {

constexpr std::string_view kRuntime = "States.Runtime";
constexpr std::string_view kConflict = "States.ReferencePathConflict";
constexpr std::string_view kQueryEvaluation = "States.QueryEvaluationError";

std::string quoted(std::string_view text) {
  std::string out = "'";
  out += text;
  return out + "'";
}

std::string written(const json::Value* value) {
  return value == nullptr ? "null" : json::write(*value);
}

bool is_choice_field(std::string_view field) {
  if (field == "Variable") return true;
  if (!field.ends_with("Path") || field == "TimestampPath") return false;
  constexpr std::string_view kPrefixes[] = {"String", "Numeric", "Boolean", "Timestamp"};
  return std::ranges::any_of(kPrefixes, [&](std::string_view prefix) { return field.starts_with(prefix); });
}

// The name of the step that found nothing.
std::string step_name(const PathProgram& program, size_t step) {
  if (step >= program.steps.size()) return program.variable;
  const Step& at = program.steps[step];
  return at.kind == Step::Kind::kNames ? at.names.front() : at.text();
}

Failure runtime(std::string cause) {
  return {std::string(kRuntime), std::move(cause)};
}

}  // namespace

Failure path_failure(const PathProgram& program, const PathMiss& miss, const Scope& scope,
                     std::string_view field) {
  if (miss.too_large) return runtime("Invalid path " + quoted(program.text) + " : " + miss.message);
  if (field.ends_with(".$") || field == "ErrorPath" || field == "CausePath") {
    const json::Value* searched = program.root == Root::kContext ? scope.context : scope.input;
    return runtime("The JSONPath " + quoted(program.text) + " specified for the field " + quoted(field) +
                   " could not be found in the input " + quoted(written(searched)));
  }
  if (field == "ItemsPath") {
    return {std::string(kConflict), "Unable to apply step \"" + step_name(program, miss.step) +
                                        "\" to input " + written(scope.input)};
  }
  if (is_choice_field(field)) {
    return runtime("Invalid path " + quoted(program.text) +
                   ": The choice state's condition path references an invalid value.");
  }
  return runtime("Invalid path " + quoted(program.text) + " : " + miss.message);
}

Failure reference_conflict(std::string_view path, const json::Value& input) {
  return {std::string(kConflict),
          "Unable to apply ReferencePath " + std::string(path) + " to input " + json::write(input)};
}

// A path into the context loses its first "$", and the input that is shown is the state's all the same.
Failure argument_failure(std::string_view call, const PathProgram& argument, const Scope& scope) {
  std::string_view path = argument.text;
  if (argument.root == Root::kContext) path.remove_prefix(1);
  return intrinsic_failure(call, "The JsonPath argument for the field " + quoted(path) +
                                     " could not be found in the input " + quoted(written(scope.input)));
}

Failure intrinsic_failure(std::string_view call, std::string_view reason) {
  return runtime("The function " + quoted(call) + " had the following error: " + std::string(reason));
}

// An error of the language carries its code and is a sentence of its own; a limit has neither. What cannot be
// written as JSON is a function.
Failure evaluation_failure(std::string_view expression, std::string_view location, const os::Error& error) {
  std::string cause =
      "The JSONata expression " + quoted(expression) + " specified for the field " + quoted(location);
  if (error.code == os::Code::kUnsupported) {
    return {std::string(kQueryEvaluation), cause + " returned an unsupported result type.",
            std::string(location)};
  }
  cause += " threw an error during evaluation";
  auto code = std::ranges::find(error.details, "code", &std::pair<std::string, std::string>::first);
  if (error.code == os::Code::kLimitExceeded || code == error.details.end()) {
    cause += ": " + error.message;
  } else {
    cause += ". " + code->second + ": " + error.message;
  }
  return {std::string(kQueryEvaluation), std::move(cause), std::string(location)};
}

Failure undefined_failure(std::string_view expression, std::string_view location) {
  return {std::string(kQueryEvaluation),
          "The JSONata expression " + quoted(expression) + " specified for the field " + quoted(location) +
              " returned nothing (undefined).",
          std::string(location)};
}

}  // namespace soma::workflow::query
