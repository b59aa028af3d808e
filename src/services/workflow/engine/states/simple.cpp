// Pass, Succeed and Fail: states whose work is nothing.
#include "services/workflow/engine/data_flow.h"
#include "services/workflow/engine/states/states.h"

namespace soma::workflow::engine {
namespace {

// A string, or what the service writes of another value.
std::string as_text(const json::Value& value) {
  return value.is_string() ? value.as_string() : json::write(value);
}

Attempt<std::optional<std::string>> computed_text(const View& view, const Frame& frame,
                                                  const std::optional<Computed>& field) {
  if (!field) return std::nullopt;
  SOMA_ASSIGN(json::Value value, view.evaluate(*field));
  if (field->expression && !value.is_string()) {
    return std::unexpected(unexpected_type(frame, *field->expression, field->field, "string", value));
  }
  return as_text(value);
}

}  // namespace

void begin_pass(Run& run, Frame& frame) {
  const StatePlan& plan = frame.plan();
  if (plan.transparent && run.inspection() == nullptr) return run.leave(frame, plan.next, frame.input, {});
  if (plan.state->language == query::Language::kJsonata) return complete(run, frame, nullptr, plan.next);
  if (const auto& result = details_of<PassDetails>(plan).result) {
    const Payload payload(*result);
    run.saw(Stage::kResult, payload);
    return complete(run, frame, &payload, plan.next);
  }
  auto effective = effective_input(run, frame);
  if (!effective) return run.fail(frame, std::move(effective.error()));
  auto result = work_input(run, frame, *effective);
  if (!result) return run.fail(frame, std::move(result.error()));
  complete(run, frame, &*result, plan.next);
}

void begin_succeed(Run& run, Frame& frame) {
  complete(run, frame, nullptr, kNoState);
}

void begin_fail(Run& run, Frame& frame) {
  const auto& details = details_of<FailDetails>(frame.plan());
  run.saw(Stage::kInputPath, frame.input);  // it has no InputPath: the input as it is
  const View view(run, frame);
  auto error = computed_text(view, frame, details.error);
  if (!error) return run.fail(frame, std::move(error.error()));
  auto cause = computed_text(view, frame, details.cause);
  if (!cause) return run.fail(frame, std::move(cause.error()));
  // Its error is its own, whatever its name: a parent may catch even "States.Runtime" from here.
  run.fail(frame, {.error = std::move(*error), .cause = std::move(*cause), .from_outside = true});
}

}  // namespace soma::workflow::engine
