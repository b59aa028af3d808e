// What a machine is made of: whose business, how it branches, how much of it only moves data about.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/json/canonical.h"
#include "services/workflow/lint/rules.h"

namespace soma::workflow::lint {
namespace {

// The part of a name up to its first separator or change of case: "payments-authorize", "PaymentsAuthorize".
std::string first_word(std::string_view name) {
  size_t end = 0;
  while (end < name.size() && std::isalnum(static_cast<unsigned char>(name[end])) != 0 &&
         (end == 0 || std::isupper(static_cast<unsigned char>(name[end])) == 0 ||
          std::isupper(static_cast<unsigned char>(name[end - 1])) != 0))
    ++end;
  std::string word(name.substr(0, end));
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
  return word;
}

// Whose business a Task is; empty when it is nobody's (a child has its own machine, the connector is
// plumbing).
std::string domain_of(const Machine& machine, const State& state) {
  if (const auto tagged = machine.domains.find(state.name); tagged != machine.domains.end())
    return tagged->second;
  const auto resource = resource_of(state);
  if (!resource || starts_child(state)) return "";
  if (const std::string name = function_name(state); !name.empty()) return first_word(name);
  if (resource->kind == engine::Resource::Kind::kActivity) {
    const size_t at = resource->arn.rfind(':');
    return first_word(std::string_view(resource->arn).substr(at + 1));
  }
  return resource->service == "lambda" ? "" : resource->service;
}

bool is_choice(const Node& node) {
  return node.state->type == StateType::kChoice;
}

// The longest run of Choice after Choice that begins at each node; a loop counts once.
std::vector<size_t> choice_runs(const Graph& graph) {
  std::vector<size_t> run(graph.nodes.size(), 0);
  // Tarjan numbers components from the sinks up, so going by component sees targets first.
  std::vector<size_t> order(graph.nodes.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&graph](size_t node) { return graph.component[node]; });
  for (const size_t node : order) {
    if (!is_choice(graph.nodes[node])) continue;
    size_t best = 0;
    for (const Edge& edge : graph.nodes[node].out)
      if (graph.component[edge.to] != graph.component[node] && is_choice(graph.nodes[edge.to]))
        best = std::max(best, run[edge.to]);
    run[node] = best + 1;
  }
  return run;
}

// A Pass that only shapes data: no Comment-only placeholders.
bool reshapes(const State& state) {
  return state.type == StateType::kPass &&
         (state.parameters || state.output || state.assign || std::get<PassDetails>(state.details).result);
}

json::Value shape_of(const State& state) {
  json::Value out = json::Object{};
  if (state.parameters) out.set("parameters", state.parameters->source());
  if (state.output) out.set("output", state.output->source());
  if (state.assign) out.set("assign", state.assign->source());
  if (state.input_path) out.set("inputPath", state.input_path->text());
  if (state.result_path.path) out.set("resultPath", state.result_path.path->text());
  if (const auto& result = std::get<PassDetails>(state.details).result) out.set("result", *result);
  return out;
}

}  // namespace

void too_many_domains(const Context& context, const Report& report) {
  std::map<std::string, size_t> tasks;
  size_t total = 0;
  for (const Node& node : context.graph.nodes)
    if (const std::string domain = domain_of(*context.graph.machine, *node.state); !domain.empty()) {
      ++tasks[domain];
      ++total;
    }
  if (tasks.size() <= context.thresholds.domains) return;
  double entropy = 0;
  std::string list;
  for (const auto& [domain, count] : tasks) {
    const double share = static_cast<double>(count) / static_cast<double>(total);
    entropy -= share * std::log2(share);
    list += fmt::format("{}{} ({})", list.empty() ? "" : ", ", domain, count);
  }
  report(
      "",
      fmt::format("does the work of {} domains, more than {}: {}; entropy {:.1f} bits", tasks.size(),
                  context.thresholds.domains, list, entropy),
      "move each domain's states into a child workflow that its team owns, and keep only the decisions here");
}

void long_choice_chain(const Context& context, const Report& report) {
  const std::vector<size_t> runs = choice_runs(context.graph);
  std::vector<bool> continues(runs.size(), false);
  for (size_t i = 0; i < runs.size(); ++i)
    if (is_choice(context.graph.nodes[i]))
      for (const Edge& edge : context.graph.nodes[i].out) continues[edge.to] = true;
  size_t decisions = 0;
  for (const Node& node : context.graph.nodes) decisions += node.out.empty() ? 0 : node.out.size() - 1;
  for (size_t i = 0; i < runs.size(); ++i)
    if (runs[i] > context.thresholds.choice_chain && !continues[i])
      report(context.graph.nodes[i].state->pointer,
             fmt::format(
                 "begins a chain of {} Choice states, more than {}; the machine's cyclomatic number is {}",
                 runs[i], context.thresholds.choice_chain, decisions + 1),
             "decide once: compute a kind in one state (or in the child that knows) and branch on it in one "
             "Choice");
}

void wide_choice(const Context& context, const Report& report) {
  for (const Node& node : context.graph.nodes)
    if (const auto* choice = std::get_if<ChoiceDetails>(&node.state->details))
      if (choice->rules.size() > context.thresholds.choice_rules)
        report(
            node.state->pointer,
            fmt::format("has {} rules, more than {}", choice->rules.size(), context.thresholds.choice_rules),
            "group the cases, or let a child workflow own the decision");
}

void much_reshaping(const Context& context, const Report& report) {
  constexpr size_t kFewStates = 5;  // of so few any share is large
  const auto& nodes = context.graph.nodes;
  const auto count = static_cast<size_t>(
      std::ranges::count_if(nodes, [](const Node& node) { return reshapes(*node.state); }));
  const double share = static_cast<double>(count) / static_cast<double>(nodes.size());
  if (nodes.size() <= kFewStates || share <= context.thresholds.pass_share) return;
  report("",
         fmt::format("{} of {} states only reshape data ({:.0f}%, more than {:.0f}%)", count, nodes.size(),
                     share * 100, context.thresholds.pass_share * 100),
         "shape data where it is used: in the Task's own Arguments or Parameters, and once after its result");
}

void runs_of_pass(const Context& context, const Report& report) {
  const auto& nodes = context.graph.nodes;
  const auto follows = [&nodes](size_t node) {
    return nodes[node].out.size() == 1 && reshapes(*nodes[nodes[node].out[0].to].state)
               ? nodes[node].out[0].to
               : SIZE_MAX;
  };
  std::vector<bool> inside(nodes.size(), false);
  for (size_t i = 0; i < nodes.size(); ++i)
    if (reshapes(*nodes[i].state) && follows(i) != SIZE_MAX) inside[follows(i)] = true;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (!reshapes(*nodes[i].state) || inside[i]) continue;
    size_t length = 1;
    for (size_t at = follows(i); at != SIZE_MAX && length < nodes.size(); at = follows(at)) ++length;
    if (length >= context.thresholds.pass_run)
      report(nodes[i].state->pointer,
             fmt::format("begins a run of {} Pass states that only reshape data", length),
             "write it as one, or at the boundary of the state that needs the shape");
  }
}

void repeated_pass(const Context& context, const Report& report) {
  std::map<std::string, std::vector<const State*>> alike;
  for (const Node& node : context.graph.nodes)
    if (reshapes(*node.state)) alike[json::canonical_text(shape_of(*node.state))].push_back(node.state);
  for (const auto& [shape, states] : alike) {
    if (states.size() < 2) continue;
    std::string names;
    for (const State* state : states) names += (names.empty() ? "" : ", ") + state->name;
    report(states.front()->pointer, fmt::format("{} Pass states do the same: {}", states.size(), names),
           "keep one of them, or take the transformation to the boundary that all of them serve");
  }
}

}  // namespace soma::workflow::lint
