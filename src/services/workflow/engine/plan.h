// A definition with everything resolved that a step would otherwise look up by name: the next state, the
// Resource taken apart, whether a state's fields read the context object.
//
// Numbers of flows and states go into records, so they follow from the definition alone: flows in the order
// in which a walk meets them, states in the order written.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "services/workflow/definition/definition.h"
#include "services/workflow/engine/engine.h"

namespace soma::workflow::engine {

inline constexpr int32_t kNoState = -1;  // the flow ends there

struct FlowPlan;

struct StatePlan {
  const workflow::State* state = nullptr;
  const FlowPlan* flow = nullptr;
  int32_t index = 0;
  int32_t next = kNoState;
  std::vector<int32_t> rule_next{};      // Choice
  int32_t default_next = kNoState;       // Choice
  std::vector<int32_t> catcher_next{};   // as the catchers
  std::optional<Resource> resource{};    // Task
  std::vector<const FlowPlan*> inner{};  // branches; or the item processor
  // Its input goes through unchanged, and nothing is assigned.
  bool transparent = false;
  bool reads_context = false;
  json::Value name_details{};  // {"name": …} of its history events
};

struct FlowPlan {
  uint32_t number = 0;
  const Flow* flow = nullptr;
  int32_t start = kNoState;
  std::vector<StatePlan> states;
};

// Immutable; shared by the executions of a definition.
struct Plan {
  DefinitionPtr definition;
  std::vector<std::unique_ptr<FlowPlan>> flows;  // the machine's own is the first
  const FlowPlan& root() const { return *flows.front(); }
};

// Made once for each definition and thread, and kept while it is one of the last ones that were used.
std::shared_ptr<const Plan> plan_of(const DefinitionPtr& definition);

template <class T>
const T& details_of(const StatePlan& plan) {
  return std::get<T>(plan.state->details);
}

}  // namespace soma::workflow::engine
