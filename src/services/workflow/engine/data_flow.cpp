#include "services/workflow/engine/data_flow.h"

#include <fmt/format.h>

namespace soma::workflow::engine {
namespace {

bool is_jsonata(const Frame& frame) {
  return frame.plan().state->language == query::Language::kJsonata;
}

Payload empty_object() {
  static const std::string text = "{}";
  return {json::Object(), text};
}

template <class T>
Attempt<T> attempt(const Frame& frame, query::Outcome<T> outcome) {
  if (!outcome) return std::unexpected(failure_of(frame, std::move(outcome.error())));
  return std::move(*outcome);
}

Attempt<Payload> after_result_path(const Frame& frame, Payload result) {
  const ResultPlace& place = frame.plan().state->result_path;
  if (place.discard) return frame.input;
  if (!place.path || place.path->whole()) return result;
  SOMA_ASSIGN(json::Value combined, attempt(frame, place.path->put(frame.input.value(), result.value())));
  return Payload(std::move(combined));
}

Attempt<Payload> after_output_path(Run& run, Frame& frame, Payload combined) {
  const workflow::State& state = *frame.plan().state;
  if (state.output_null) return empty_object();
  if (!state.output_path || state.output_path->text() == "$") return combined;
  View view(run, frame);
  view.with_input(combined.value());
  SOMA_ASSIGN(json::Value output, view.evaluate(*state.output_path, "OutputPath"));
  return Payload(std::move(output));
}

struct Outgoing {
  Payload output;
  Assigned assigned;
};

Attempt<Payload> after_result(Run& run, Frame& frame, const Payload& result) {
  const auto& selector = frame.plan().state->result_selector;
  Payload selected = result;
  if (selector) {
    View view(run, frame);
    view.with_input(result.value());
    SOMA_ASSIGN(selected, view.evaluate(*selector));
  }
  run.saw(Stage::kResultSelector, selected);
  SOMA_ASSIGN(Payload combined, after_result_path(frame, std::move(selected)));
  run.saw(Stage::kResultPath, combined);
  return combined;
}

Attempt<Outgoing> by_paths(Run& run, Frame& frame, const Payload* result,
                           const std::optional<query::Template>& assign) {
  auto chosen = result != nullptr ? after_result(run, frame, *result) : effective_input(run, frame);
  if (!chosen) return std::unexpected(std::move(chosen.error()));
  Outgoing out;
  if (assign) {
    View view(run, frame);
    view.with_input(result != nullptr ? result->value() : chosen->value());
    SOMA_ASSIGN(out.assigned, evaluate_assign(frame, view, assign));
  }
  SOMA_ASSIGN(out.output, after_output_path(run, frame, std::move(*chosen)));
  return out;
}

Attempt<Outgoing> by_expressions(Run& run, Frame& frame, const Payload* result,
                                 const std::optional<query::Template>& assign,
                                 const std::optional<query::Template>& output) {
  Outgoing out{.output = result != nullptr ? *result : frame.input, .assigned = {}};
  if (!assign && !output) return out;
  View view(run, frame);
  if (result != nullptr) view.with_result(result->value());
  if (output) {
    SOMA_ASSIGN(out.output, view.evaluate(*output));
  }
  SOMA_ASSIGN(out.assigned, evaluate_assign(frame, view, assign));
  return out;
}

size_t visible_variable_bytes(const Frame& frame) {
  size_t bytes = 0;
  for (const Frame* scope = &frame; scope != nullptr; scope = scope->parent) {
    for (const Variable& variable : scope->variables) bytes += variable.value.bytes();
  }
  return bytes;
}

}  // namespace

const json::Value* FrameVariables::find(std::string_view name) const {
  for (const Frame* scope = &frame_; scope != nullptr; scope = scope->parent) {
    for (const Variable& variable : scope->variables) {
      if (variable.name == name) return &variable.value.value();
    }
  }
  return nullptr;
}

std::vector<std::pair<std::string_view, const json::Value*>> FrameVariables::all() const {
  std::vector<std::pair<std::string_view, const json::Value*>> all;
  for (const Frame* scope = &frame_; scope != nullptr; scope = scope->parent) {
    for (const Variable& variable : scope->variables) {
      bool hidden = false;
      for (const auto& [name, value] : all) hidden = hidden || name == variable.name;
      if (!hidden) all.emplace_back(variable.name, &variable.value.value());
    }
  }
  return all;
}

View::View(Run& run, Frame& frame) : run_(run), frame_(frame), variables_(frame) {
  scope_.input = &frame.input.value();
  scope_.variables = &variables_;
  if (frame.plan().reads_context) scope_.context = &run.context(frame);
}

View& View::with_input(const json::Value& input) {
  scope_.input = &input;
  return *this;
}

View& View::with_result(const json::Value& result) {
  scope_.result = &result;
  return *this;
}

View& View::with_error(const json::Value& error_output) {
  scope_.error_output = &error_output;
  return *this;
}

View& View::with_context(const json::Value& context) {
  scope_.context = &context;
  return *this;
}

Attempt<Payload> View::evaluate(const query::Template& field) const {
  auto value = field.evaluate(scope_, run_.surroundings());
  if (!value) return std::unexpected(failure_of(frame_, std::move(value.error())));
  return Payload(std::move(*value));
}

Attempt<json::Value> View::evaluate_expression(const query::Template& field) const {
  return attempt(frame_, field.evaluate(scope_, run_.surroundings()));
}

Attempt<json::Value> View::evaluate(const query::Source& field, std::string_view name) const {
  return attempt(frame_, field.evaluate(scope_, run_.surroundings(), name));
}

Attempt<json::Value> View::evaluate(const query::Path& field, std::string_view name) const {
  return attempt(frame_, field.evaluate(scope_, name));
}

Attempt<json::Value> View::evaluate(const Computed& field) const {
  if (field.literal) return *field.literal;
  if (field.path) return evaluate(*field.path, field.field);
  return evaluate_expression(*field.expression);
}

std::string in_state(const Frame& frame, std::string_view sentence) {
  return fmt::format("An error occurred while executing the state '{}' (entered at the event id #{}). {}",
                     frame.plan().state->name, frame.now.entered, sentence);
}

Failure failure_of(const Frame& frame, query::Failure failure) {
  Failure made;
  made.evaluation = failure.error == errors::kQueryEvaluation;
  made.error = std::move(failure.error);
  made.cause = in_state(frame, failure.cause);
  made.location = std::move(failure.location);
  return made;
}

Failure runtime_failure(const Frame& frame, std::string_view sentence) {
  return {.error = std::string(errors::kRuntime), .cause = in_state(frame, sentence)};
}

Failure unexpected_type(const Frame& frame, const query::Template& field, std::string_view name,
                        std::string_view expected, const json::Value& value) {
  std::string_view expression = field.source().string_or("");
  if (expression.starts_with("{%") && expression.ends_with("%}") && expression.size() >= 4) {
    expression = os::trim(expression.substr(2, expression.size() - 4));
  }
  std::string_view type = json::type_name(value.type());
  if (value.is_number()) type = "number";
  Failure failure{.error = std::string(errors::kQueryEvaluation)};
  failure.cause = in_state(
      frame, fmt::format("The JSONata expression '{}' specified for the field '{}' returned an unexpected "
                         "result type. Expected '{}', but was '{}' for value: {}",
                         expression, name, expected, type, json::write(value)));
  failure.evaluation = true;
  failure.location = name;
  return failure;
}

Failure too_large(std::string_view what) {
  return {.error = std::string(errors::kDataLimitExceeded),
          .cause = fmt::format("The state/task '{}' returned a result with a size exceeding the maximum "
                               "number of bytes service limit.",
                               what)};
}

Attempt<Payload> effective_input(Run& run, Frame& frame) {
  const workflow::State& state = *frame.plan().state;
  Payload effective = state.input_null ? empty_object() : frame.input;
  if (state.input_path && state.input_path->text() != "$") {
    SOMA_ASSIGN(json::Value value, View(run, frame).evaluate(*state.input_path, "InputPath"));
    effective = Payload(std::move(value));
  }
  run.saw(Stage::kInputPath, effective);
  return effective;
}

Attempt<Payload> work_input(Run& run, Frame& frame, const Payload& effective) {
  const auto& parameters = frame.plan().state->parameters;
  Payload given = effective;
  if (parameters) {
    View view(run, frame);
    view.with_input(effective.value());
    SOMA_ASSIGN(given, view.evaluate(*parameters));
  }
  run.saw(Stage::kParameters, given);
  return given;
}

Attempt<Assigned> evaluate_assign(const Frame& frame, const View& view,
                                  const std::optional<query::Template>& assign) {
  Assigned assigned;
  if (!assign) return assigned;
  SOMA_ASSIGN(json::Value values, view.evaluate_expression(*assign));
  if (!values.is_object()) return assigned;
  size_t bytes = 0;
  for (auto& [name, value] : values.as_object()) {
    Payload payload(std::move(value));
    bytes += payload.bytes();
    if (payload.bytes() > kMaxVariableBytes || bytes > kMaxVariableBytes) {
      return std::unexpected(too_large(frame.plan().state->name));
    }
    assigned.emplace_back(std::move(name), std::move(payload));
  }
  if (!assigned.empty() && visible_variable_bytes(frame) + bytes > kMaxVariablesBytes) {
    return std::unexpected(too_large(frame.plan().state->name));
  }
  return assigned;
}

void complete(Run& run, Frame& frame, const Payload* result, int32_t next, const ChoiceRule* rule) {
  const workflow::State& state = *frame.plan().state;
  const auto& assign = rule != nullptr ? rule->assign : state.assign;
  const auto& output = rule != nullptr && rule->output ? rule->output : state.output;
  auto outgoing = is_jsonata(frame) ? by_expressions(run, frame, result, assign, output)
                                    : by_paths(run, frame, result, assign);
  if (!outgoing) return run.fail(frame, std::move(outgoing.error()));
  // The raw input was within the limit when it came.
  if (!outgoing->output.shares(frame.input) && outgoing->output.bytes() > kMaxPayloadBytes) {
    return run.fail(frame, too_large(state.name));
  }
  run.leave(frame, next, std::move(outgoing->output), std::move(outgoing->assigned));
}

}  // namespace soma::workflow::engine
