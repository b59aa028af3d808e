// How workflows start each other.
#include <fmt/format.h>

#include <algorithm>

#include "services/workflow/lint/rules.h"

namespace soma::workflow::lint {
namespace {

const Graph* find_machine(std::span<const Graph> machines, std::string_view name) {
  for (const Graph& graph : machines)
    if (graph.machine->name == name) return &graph;
  return nullptr;
}

std::vector<std::pair<const State*, const Graph*>> children_of(const Graph& graph,
                                                               std::span<const Graph> machines) {
  std::vector<std::pair<const State*, const Graph*>> out;
  for (const Node& node : graph.nodes)
    if (const std::string arn = child_arn(*node.state); !arn.empty())
      if (const Graph* child = find_machine(machines, machine_name_of(arn)))
        out.emplace_back(node.state, child);
  return out;
}

// The longest chain of starts below `graph`, and through whom; a machine that is already on the way ends it.
std::vector<std::string> deepest(const Graph& graph, std::span<const Graph> machines,
                                 std::vector<const Graph*>& way) {
  std::vector<std::string> best;
  if (std::ranges::find(way, &graph) != way.end()) return best;
  way.push_back(&graph);
  for (const auto& [state, child] : children_of(graph, machines)) {
    std::vector<std::string> below = deepest(*child, machines, way);
    below.insert(below.begin(), child->machine->name);
    if (below.size() > best.size()) best = std::move(below);
  }
  way.pop_back();
  return best;
}

bool leads_back(const Graph& from, const Graph& to, std::span<const Graph> machines,
                std::vector<const Graph*>& seen) {
  if (&from == &to) return true;
  if (std::ranges::find(seen, &from) != seen.end()) return false;
  seen.push_back(&from);
  return std::ranges::any_of(children_of(from, machines), [&](const auto& child) {
    return leads_back(*child.second, to, machines, seen);
  });
}

}  // namespace

void deep_nesting(const Context& context, const Report& report) {
  std::vector<const Graph*> way;
  const std::vector<std::string> chain = deepest(context.graph, context.machines, way);
  if (chain.size() + 1 > context.thresholds.nesting)
    report("",
           fmt::format("workflows are nested {} deep, more than {}: {} > {}", chain.size() + 1,
                       context.thresholds.nesting, context.graph.machine->name, fmt::join(chain, " > ")),
           "flatten: let the parent start the grandchild, or make the middle one part of either");
}

void nesting_cycle(const Context& context, const Report& report) {
  for (const auto& [state, child] : children_of(context.graph, context.machines)) {
    std::vector<const Graph*> seen;
    if (leads_back(*child, context.graph, context.machines, seen))
      report(state->pointer, fmt::format("starts {}, which starts this workflow again", child->machine->name),
             "break the circle: no workflow may wait for one that waits for it");
  }
}

void single_task_child(const Context& context, const Report& report) {
  for (const auto& [state, child] : children_of(context.graph, context.machines)) {
    const auto tasks = std::ranges::count_if(
        child->nodes, [](const Node& node) { return node.state->type == StateType::kTask; });
    if (tasks == 1 && child->nodes.size() <= 2)
      report(state->pointer,
             fmt::format("starts {}, a workflow around one single Task", child->machine->name),
             "call the Task here; a workflow pays off when it has steps, retries or an owner of its own");
  }
}

void unqualified_child(const Context& context, const Report& report) {
  for (const Node& node : context.graph.nodes) {
    const std::string arn = child_arn(*node.state);
    const size_t at = arn.find(":stateMachine:");
    if (at == std::string::npos || arn.find(':', at + 14) != std::string::npos) continue;
    report(
        node.state->pointer,
        fmt::format("starts {} without an alias or a version: whatever is newest runs", machine_name_of(arn)),
        "name an alias (…:PROD), so that the child can be rolled out and back without this workflow");
  }
}

void missing_parent_id(const Context& context, const Report& report) {
  constexpr std::string_view kMember = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID";
  for (const Node& node : context.graph.nodes) {
    if (!starts_child(*node.state) || !node.state->parameters) continue;
    const json::Value& input = node.state->parameters->source().get("Input");
    if (input.is_object() && !input.has(kMember) && !input.has(std::string(kMember) + ".$"))
      report(node.state->pointer,
             fmt::format("the child's Input has no {}: other tools cannot tell who started it", kMember),
             "add it with $$.Execution.Id (JSONata: $states.context.Execution.Id)");
  }
}

}  // namespace soma::workflow::lint
