#include <fmt/format.h>

#include "services/workflow/engine/comparison.h"
#include "services/workflow/engine/data_flow.h"
#include "services/workflow/engine/states/states.h"

namespace soma::workflow::engine {
namespace {

Attempt<bool> rule_holds(const Frame& frame, const View& view, const ChoiceRule& rule, size_t index) {
  if (const auto* comparison = std::get_if<Comparison>(&rule.condition)) {
    auto held = holds(*comparison, view.scope());
    if (!held) return std::unexpected(failure_of(frame, std::move(held.error())));
    return *held;
  }
  const auto& condition = std::get<query::Template>(rule.condition);
  SOMA_ASSIGN(json::Value value, view.evaluate_expression(condition));
  if (value.is_bool()) return value.as_bool();
  return std::unexpected(
      unexpected_type(frame, condition, fmt::format("Choices[{}]/Condition", index), "boolean", value));
}

}  // namespace

void begin_choice(Run& run, Frame& frame) {
  const StatePlan& plan = frame.plan();
  const auto& rules = details_of<ChoiceDetails>(plan).rules;
  auto effective = effective_input(run, frame);
  if (!effective) return run.fail(frame, std::move(effective.error()));
  View view(run, frame);
  view.with_input(effective->value());
  for (size_t i = 0; i < rules.size(); ++i) {
    auto held = rule_holds(frame, view, rules[i], i);
    if (!held) return run.fail(frame, std::move(held.error()));
    if (!*held) continue;
    if (Inspection* watched = run.inspection()) watched->rule = i;
    return complete(run, frame, nullptr, plan.rule_next[i], &rules[i]);
  }
  if (!details_of<ChoiceDetails>(plan).default_next.empty())
    return complete(run, frame, nullptr, plan.default_next);
  run.fail(frame, {.error = std::string(errors::kNoChoiceMatched),
                   .cause = in_state(frame,
                                     "Failed to transition out of the state. The state does not point "
                                     "to a next state.")});
}

}  // namespace soma::workflow::engine
