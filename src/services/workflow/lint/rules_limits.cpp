// What will not fit or will not end: time limits, retries, the history's length, mixed profiles.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "services/workflow/engine/history.h"
#include "services/workflow/lint/rules.h"

namespace soma::workflow::lint {
namespace {

using Pattern = engine::Resource::Pattern;

bool waits_for_others(const State& state) {
  const auto resource = resource_of(state);
  return resource && (resource->pattern != Pattern::kRequestResponse ||
                      resource->kind == engine::Resource::Kind::kActivity);
}

bool waits_long(const State& state, int64_t limit_seconds) {
  const auto resource = resource_of(state);
  if (resource && resource->pattern == Pattern::kWaitForTaskToken) return true;
  const auto* wait = std::get_if<WaitDetails>(&state.details);
  return wait && !wait->is_timestamp && wait->value.literal &&
         wait->value.literal->int_or(0) >= limit_seconds;
}

// History events of one visit of a state, without what is inside it and without retries.
uint64_t own_events(const State& state) {
  switch (state.type) {
    case StateType::kTask:
      return waits_for_others(state) ? 6 : 5;  // entered, scheduled, started, (submitted,) succeeded, exited
    case StateType::kParallel:
    case StateType::kMap:
      return 4;  // entered, started, succeeded, exited
    case StateType::kFail:
      return 1;
    default:
      return 2;
  }
}

// How many items a Map will go through: written in the definition, or the assumption.
uint64_t items_of(const MapDetails& map, const Thresholds& thresholds) {
  if (map.items && map.items->source().is_array()) return map.items->source().size();
  return thresholds.assumed_items;
}

// The events of the longest way through a flow; a loop counts as often as the thresholds assume.
class Budget {
 public:
  explicit Budget(const Context& context) : context_(context) {}

  uint64_t flow(size_t number) {
    const size_t start = context_.graph.starts[number];
    return start == SIZE_MAX ? 0 : from(start);
  }

 private:
  static constexpr uint64_t kEnough = uint64_t{1} << 40;  // sums stay far from overflowing

  uint64_t visit(size_t node) {
    const State& state = *context_.graph.nodes[node].state;
    uint64_t events = own_events(state);
    const auto* map = std::get_if<MapDetails>(&state.details);
    if (map && map->distributed) return events;  // its children have histories of their own
    uint64_t inside = 0;
    for (size_t other = 0; other < context_.graph.starts.size(); ++other)
      if (const size_t start = context_.graph.starts[other];
          start != SIZE_MAX && context_.graph.nodes[start].parent == node)
        inside += flow(other);
    events += map ? (inside + 2) * items_of(*map, context_.thresholds) : inside;
    return std::min(events, kEnough);
  }

  // By component: the states of a loop are all visited, as often as assumed, before it is left.
  uint64_t from(size_t node) {
    const size_t component = context_.graph.component[node];
    if (const auto known = known_.find(component); known != known_.end()) return known->second;
    uint64_t here = 0, after = 0;
    for (size_t i = 0; i < context_.graph.nodes.size(); ++i) {
      if (context_.graph.component[i] != component) continue;
      here += visit(i);
      for (const Edge& edge : context_.graph.nodes[i].out)
        if (context_.graph.component[edge.to] != component) after = std::max(after, from(edge.to));
    }
    if (context_.graph.in_loop(node)) here *= context_.thresholds.assumed_iterations;
    return known_[component] = std::min(here + after, kEnough);
  }

  const Context& context_;
  std::map<size_t, uint64_t> known_;
};

}  // namespace

void missing_timeout(const Context& context, const Report& report) {
  for (const Node& node : context.graph.nodes)
    if (const auto* task = std::get_if<TaskDetails>(&node.state->details))
      if (waits_for_others(*node.state) && !task->timeout && !task->heartbeat)
        report(node.state->pointer,
               "waits for somebody else and has neither TimeoutSeconds nor HeartbeatSeconds",
               "say how long it may take: what is never answered otherwise waits for a year");
}

void missing_retry(const Context& context, const Report& report) {
  for (const Node& node : context.graph.nodes)
    if (resource_of(*node.state) && node.state->retry.empty() && !waits_for_others(*node.state))
      report(
          node.state->pointer, "calls over the network and has no Retry: one lost packet fails the execution",
          "add a Retry for the errors that pass by themselves, with MaxDelaySeconds and JitterStrategy FULL");
}

void history_budget(const Context& context, const Report& report) {
  if (context.graph.machine->definition == nullptr) return;
  const uint64_t events = Budget(context).flow(0) + 2;
  const auto limit = static_cast<double>(engine::kMaxHistoryEvents);
  if (static_cast<double>(events) <= limit * context.thresholds.history_share) return;
  report(
      "",
      fmt::format("an execution may write about {} history events of {} (assuming {} items in a Map and {} "
                  "rounds of a loop)",
                  events, engine::kMaxHistoryEvents, context.thresholds.assumed_items,
                  context.thresholds.assumed_iterations),
      "give the repeated part to child workflows or a distributed Map: each child has a history of its own");
}

void mixed_profile(const Context& context, const Report& report) {
  const Graph& graph = context.graph;
  const auto slow = [&](size_t node) {
    return waits_long(*graph.nodes[node].state, context.thresholds.long_wait_seconds);
  };
  const State* found = nullptr;
  for (size_t i = 0; i < graph.nodes.size() && found == nullptr; ++i)
    if (slow(i)) found = graph.nodes[i].state;
  const size_t start = graph.starts.empty() ? SIZE_MAX : graph.starts[0];
  if (found == nullptr || start == SIZE_MAX || slow(start)) return;
  // Is there a way to an end that meets nothing slow, and that does some work?
  std::vector<bool> seen(graph.nodes.size(), false);
  std::vector<size_t> queue{start};
  seen[start] = true;
  bool quick_end = false, works = false;
  for (size_t at = 0; at < queue.size(); ++at) {
    const Node& node = graph.nodes[queue[at]];
    works = works || node.state->type == StateType::kTask;
    quick_end = quick_end || (node.out.empty() && node.state->type != StateType::kFail);
    for (const Edge& edge : node.out)
      if (edge.kind != EdgeKind::kCatch && !seen[edge.to] && !slow(edge.to)) {
        seen[edge.to] = true;
        queue.push_back(edge.to);
      }
  }
  if (quick_end && works)
    report(found->pointer,
           fmt::format("{} may wait for hours, while other ways through the same machine end at once",
                       found->name),
           "give the slow part a workflow of its own: the two need different types, limits and alarms");
}

}  // namespace soma::workflow::lint
