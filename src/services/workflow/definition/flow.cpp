// A flow: its states, and where they lead.
#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "services/workflow/definition/reading.h"

namespace soma::workflow {
namespace {

// Which states can be reached from StartAt, following what exists.
std::vector<bool> reach(const Graph& graph, const std::map<std::string_view, size_t>& index) {
  std::vector<bool> reached(graph.nodes.size());
  std::deque<size_t> waiting;
  auto go = [&](std::string_view target) {
    auto found = index.find(target);
    if (found == index.end() || reached[found->second]) return;
    reached[found->second] = true;
    waiting.push_back(found->second);
  };
  go(graph.start_at);
  while (!waiting.empty()) {
    const Graph::Node& node = graph.nodes[waiting.front()];
    waiting.pop_front();
    for (const Transition& transition : node.transitions) go(transition.target);
  }
  return reached;
}

bool can_end(const State& state) {
  return state.end || state.type == StateType::kSucceed || state.type == StateType::kFail;
}

void report_missing(std::string_view target, const Place& place, Report& report) {
  // The service says 'Next' wherever the name stands: in StartAt, Default and Catch, too.
  report.error(code::kMissingTarget, place, fmt::format("Missing 'Next' target: {}", target));
}

bool is_state_allowed(const json::Value& states, const Surrounding& around, const Place& place,
                      Reading& reading) {
  reading.states += states.size();
  if (reading.states > kMaxStates) {
    reading.report.schema(place, fmt::format("A state machine may have at most {} states", kMaxStates));
    return false;
  }
  if (around.depth > kMaxStateNesting) {
    reading.report.error(code::kTooDeep, place,
                         fmt::format("Parallel and Map may nest at most {} levels deep", kMaxStateNesting));
    return false;
  }
  return true;
}

}  // namespace

void check_graph(const Graph& graph, Report& report) {
  std::map<std::string_view, size_t> index;
  for (size_t i = 0; i < graph.nodes.size(); ++i) index.emplace(graph.nodes[i].name, i);
  if (!index.contains(graph.start_at)) report_missing(graph.start_at, graph.place.member("StartAt"), report);
  for (const Graph::Node& node : graph.nodes) {
    for (const Transition& transition : node.transitions) {
      if (!index.contains(transition.target)) report_missing(transition.target, transition.place, report);
    }
  }
  // A flow that cannot end is reported as that alone: which of its states can be reached says nothing more.
  if (std::ranges::none_of(graph.nodes, &Graph::Node::can_end)) {
    report.error_without_place(code::kMissingEnd, "Workflow has no terminal state");
    return;
  }
  std::vector<bool> reached = reach(graph, index);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (reached[i]) continue;
    const std::string& name = graph.nodes[i].name;
    report.error(code::kMissingTarget, graph.place.member("States").member(name),
                 fmt::format("State \"{}\" is not reachable.", name));
  }
}

Flow read_flow(const json::Value& value, const Shape& shape, const Place& place, const Surrounding& around,
               Reading& reading) {
  Flow flow;
  if (!check_shape(value, shape, reading.language, place, reading.report)) return flow;
  flow.start_at = value.get("StartAt").string_or("");
  const json::Value& states = value.get("States");
  Place states_place = place.member("States");
  if (!states.is_object() || !is_state_allowed(states, around, states_place, reading)) return flow;
  Surrounding inside = around;
  inside.scope = reading.scopes.open(around.scope, around.owner);
  size_t graph = reading.graphs.size();
  reading.graphs.push_back({.place = place, .start_at = flow.start_at});
  for (const auto& [name, state] : states.as_object()) {
    Transitions transitions;
    const State& read = flow.states.emplace_back(
        read_state(state, name, states_place.member(name), inside, reading, transitions));
    reading.graphs[graph].nodes.push_back(
        {.name = name, .can_end = can_end(read), .transitions = std::move(transitions)});
  }
  return flow;
}

}  // namespace soma::workflow
