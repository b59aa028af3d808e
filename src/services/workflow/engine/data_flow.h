// How data goes through a state: what its fields compute, and in which order.
//
//   JSONPath   input → InputPath → Parameters → work → ResultSelector → ResultPath (into the raw input) →
//              OutputPath; Assign sees the result
//   JSONata    input → Arguments → work → Output and Assign
//
// Private to engine/. Each function fails in the service's words, naming the state.
#pragma once

#include <optional>
#include <string_view>

#include "services/workflow/engine/run.h"

namespace soma::workflow::engine {

// Variables as the frame's state sees them.
class FrameVariables : public query::Variables {
 public:
  explicit FrameVariables(const Frame& frame) : frame_(frame) {}
  const json::Value* find(std::string_view name) const override;
  std::vector<std::pair<std::string_view, const json::Value*>> all() const override;

 private:
  const Frame& frame_;
};

// A state's eyes: the input, the context object where a field reads it, the variables.
class View {
 public:
  View(Run& run, Frame& frame);
  // With another "$" or $states.input than the raw one.
  View& with_input(const json::Value& input);
  View& with_result(const json::Value& result);
  View& with_error(const json::Value& error_output);
  View& with_context(const json::Value& context);

  Attempt<Payload> evaluate(const query::Template& field) const;
  Attempt<json::Value> evaluate(const query::Source& field, std::string_view name) const;
  Attempt<json::Value> evaluate(const query::Path& field, std::string_view name) const;
  // A number or string that the definition may compute; for a field that is there.
  Attempt<json::Value> evaluate(const Computed& field) const;
  // A JSONata field that is one expression.
  Attempt<json::Value> evaluate_expression(const query::Template& field) const;
  const query::Scope& scope() const { return scope_; }

 private:
  Run& run_;
  Frame& frame_;
  FrameVariables variables_;
  query::Scope scope_;
};

// "An error occurred while executing the state 'A' (entered at the event id #2). " and the sentence.
std::string in_state(const Frame& frame, std::string_view sentence);
Failure failure_of(const Frame& frame, query::Failure failure);
// States.Runtime, which ends the execution.
Failure runtime_failure(const Frame& frame, std::string_view sentence);
// "The JSONata expression '…' specified for the field '…' returned an unexpected result type. …"
Failure unexpected_type(const Frame& frame, const query::Template& field, std::string_view name,
                        std::string_view expected, const json::Value& value);
// States.DataLimitExceeded; `what` as in history: a state's name, "lambda", an ARN.
Failure too_large(std::string_view what);

// After InputPath.
Attempt<Payload> effective_input(Run& run, Frame& frame);
// After Parameters or Arguments: what the work is given.
Attempt<Payload> work_input(Run& run, Frame& frame, const Payload& effective);

// The state's end with its result (nothing: it has none, as Choice, Wait and Succeed): ResultSelector and
// what follows, then it is left for `next`. `rule`: a Choice rule whose Assign and Output come instead.
void complete(Run& run, Frame& frame, const Payload* result, int32_t next, const ChoiceRule* rule = nullptr);

Attempt<Assigned> evaluate_assign(const Frame& frame, const View& view,
                                  const std::optional<query::Template>& assign);

}  // namespace soma::workflow::engine
