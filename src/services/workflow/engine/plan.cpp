#include "services/workflow/engine/plan.h"

#include <array>
#include <string>
#include <unordered_map>

namespace soma::workflow::engine {
namespace {

using Names = std::unordered_map<std::string_view, int32_t>;

bool mentions_context(std::string_view path) {
  return path.find("$$") != std::string_view::npos;
}
bool reads(const std::optional<query::Template>& field) {
  return field && field->reads("context");
}
bool reads(const std::optional<query::Source>& field) {
  return field && mentions_context(field->text());
}
bool reads(const std::optional<query::Path>& field) {
  return field && mentions_context(field->text());
}
bool reads(const std::optional<Computed>& field) {
  return field && (reads(field->path) || reads(field->expression));
}

bool reads(const Comparison& comparison) {
  for (const Comparison& operand : comparison.operands) {
    if (reads(operand)) return true;
  }
  return reads(comparison.variable) || reads(comparison.other);
}

bool reads(const ChoiceRule& rule) {
  const auto* comparison = std::get_if<Comparison>(&rule.condition);
  const bool condition =
      comparison != nullptr ? reads(*comparison) : std::get<query::Template>(rule.condition).reads("context");
  return condition || reads(rule.assign) || reads(rule.output);
}

bool details_read(const PassDetails&) {
  return false;
}
bool details_read(const std::monostate&) {
  return false;
}
bool details_read(const ParallelDetails&) {
  return false;
}
bool details_read(const TaskDetails& task) {
  return reads(task.timeout) || reads(task.heartbeat) || reads(task.credentials);
}
bool details_read(const ChoiceDetails& choice) {
  for (const ChoiceRule& rule : choice.rules) {
    if (reads(rule)) return true;
  }
  return false;
}
bool details_read(const WaitDetails& wait) {
  return reads(wait.value.path) || reads(wait.value.expression);
}
bool details_read(const FailDetails& fail) {
  return reads(fail.error) || reads(fail.cause);
}
bool details_read(const MapDetails& map) {
  if (map.reader && (reads(map.reader->arguments) || reads(map.reader->max_items))) return true;
  if (map.batcher && (reads(map.batcher->max_items) || reads(map.batcher->max_input_bytes) ||
                      reads(map.batcher->batch_input))) {
    return true;
  }
  if (map.writer && reads(map.writer->arguments)) return true;
  return reads(map.items_path) || reads(map.items) || reads(map.item_selector) ||
         reads(map.max_concurrency) || reads(map.tolerated_count) || reads(map.tolerated_percentage);
}

bool state_reads_context(const workflow::State& state) {
  if (reads(state.input_path) || reads(state.output_path) || reads(state.parameters) ||
      reads(state.result_selector) || reads(state.output) || reads(state.assign)) {
    return true;
  }
  for (const Catcher& catcher : state.catchers) {
    if (reads(catcher.output) || reads(catcher.assign)) return true;
  }
  return std::visit([](const auto& details) { return details_read(details); }, state.details);
}

// A Pass state that does nothing is common (a join, a label), and its input need not even be parsed.
bool is_transparent(const workflow::State& state) {
  const auto* pass = std::get_if<PassDetails>(&state.details);
  return pass != nullptr && !pass->result && !state.input_null && !state.output_null && !state.input_path &&
         !state.output_path && !state.parameters && !state.output && !state.assign &&
         (!state.result_path.path || state.result_path.path->whole());
}

class Planner {
 public:
  explicit Planner(Plan& plan) : plan_(plan) {}

  const FlowPlan* add(const Flow& flow) {
    plan_.flows.push_back(std::make_unique<FlowPlan>());
    FlowPlan& made = *plan_.flows.back();
    made.number = static_cast<uint32_t>(plan_.flows.size() - 1);
    made.flow = &flow;
    Names names;
    for (const workflow::State& state : flow.states) {
      names.emplace(state.name, static_cast<int32_t>(names.size()));
    }
    made.start = find(names, flow.start_at);
    made.states.resize(flow.states.size());
    for (size_t i = 0; i < flow.states.size(); ++i) {
      StatePlan& state = made.states[i];
      state.state = &flow.states[i];
      state.flow = &made;
      state.index = static_cast<int32_t>(i);
      fill(state, names);
    }
    return &made;
  }

 private:
  static int32_t find(const Names& names, std::string_view name) {
    const auto found = names.find(name);
    return found == names.end() ? kNoState : found->second;
  }

  void fill(StatePlan& plan, const Names& names) {
    const workflow::State& state = *plan.state;
    plan.next = find(names, state.next);
    for (const Catcher& catcher : state.catchers) plan.catcher_next.push_back(find(names, catcher.next));
    plan.transparent = is_transparent(state);
    plan.reads_context = state_reads_context(state);
    plan.name_details = json::object({{"name", state.name}});
    if (const auto* choice = std::get_if<ChoiceDetails>(&state.details)) {
      for (const ChoiceRule& rule : choice->rules) plan.rule_next.push_back(find(names, rule.next));
      plan.default_next = find(names, choice->default_next);
    } else if (const auto* task = std::get_if<TaskDetails>(&state.details)) {
      plan.resource = parse_resource(task->resource);
    } else if (const auto* parallel = std::get_if<ParallelDetails>(&state.details)) {
      for (const Flow& branch : parallel->branches) plan.inner.push_back(add(branch));
    } else if (const auto* map = std::get_if<MapDetails>(&state.details)) {
      if (!map->distributed) plan.inner.push_back(add(map->processor));
    }
  }

  Plan& plan_;
};

std::shared_ptr<const Plan> make_plan(const DefinitionPtr& definition) {
  auto plan = std::make_shared<Plan>();
  plan->definition = definition;
  Planner(*plan).add(definition->flow);
  return plan;
}

// An execution may have no more than a few states, so making its plan would cost as much as running it. The
// definitions that a thread runs just now are few.
constexpr size_t kMaxCachedPlans = 16;

}  // namespace

std::shared_ptr<const Plan> plan_of(const DefinitionPtr& definition) {
  thread_local std::array<std::shared_ptr<const Plan>, kMaxCachedPlans> cache;
  thread_local size_t oldest = 0;
  for (const auto& plan : cache) {
    if (plan && plan->definition == definition) return plan;
  }
  cache[oldest] = make_plan(definition);
  auto plan = cache[oldest];
  oldest = (oldest + 1) % kMaxCachedPlans;
  return plan;
}

}  // namespace soma::workflow::engine
