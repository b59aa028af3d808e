// The same thing written twice: error handling that was copied about, and whole parts that were.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/aws/aws.h"
#include "services/workflow/lint/rules.h"

namespace soma::workflow::lint {
namespace {

std::string text_of(const std::vector<Retrier>& retry) {
  std::string out;
  for (const Retrier& retrier : retry)
    out += fmt::format("[{}] {} {} {} {} {};", fmt::join(retrier.error_equals, ","), retrier.interval_seconds,
                       retrier.max_attempts, retrier.backoff_rate, retrier.max_delay_seconds.value_or(0),
                       retrier.full_jitter);
  return out;
}

std::string text_of(const std::vector<Catcher>& catchers) {
  std::string out;
  for (const Catcher& catcher : catchers)
    out += fmt::format("[{}] {} {};", fmt::join(catcher.error_equals, ","), catcher.next,
                       catcher.result_path.path ? catcher.result_path.path->text() : "");
  return out;
}

std::string names_of(const std::vector<const State*>& states) {
  std::string out;
  for (const State* state : states) out += (out.empty() ? "" : ", ") + state->name;
  return out;
}

void report_copies(const Context& context, const Report& report, std::string_view field,
                   const std::map<std::string, std::vector<const State*>>& by_text) {
  for (const auto& [text, states] : by_text)
    if (states.size() >= context.thresholds.copies)
      report(states.front()->pointer,
             fmt::format("the same {} stands in {} states ({} is where it begins to be a copy): {}", field,
                         states.size(), context.thresholds.copies, names_of(states)),
             "give the states that share it to a child workflow, or one Parallel state around them, and "
             "handle errors there");
}

// A hash of a state and what follows it, `rounds` steps deep (Weisfeiler and Lehman's colours, forwards).
std::vector<std::string> colours(const Graph& graph, size_t rounds) {
  std::vector<std::string> out;
  for (const Node& node : graph.nodes) {
    const auto* task = std::get_if<TaskDetails>(&node.state->details);
    const std::string function = function_name(*node.state);
    out.push_back(
        fmt::format("{}|{}|{}", state_type_name(node.state->type), task ? task->resource : "", function));
  }
  for (size_t round = 0; round < rounds; ++round) {
    std::vector<std::string> next;
    for (size_t i = 0; i < out.size(); ++i) {
      std::vector<std::string> after;
      for (const Edge& edge : graph.nodes[i].out)
        after.push_back(fmt::format("{}{}", static_cast<int>(edge.kind), out[edge.to]));
      std::ranges::sort(after);
      next.push_back(aws::sha256_hex(fmt::format("{}({})", out[i], fmt::join(after, ","))));
    }
    out = std::move(next);
  }
  return out;
}

constexpr size_t kRounds = 3;

// The states that a colour of kRounds rounds speaks of.
std::set<size_t> part_of(const Graph& graph, size_t from) {
  std::set<size_t> out{from};
  for (const auto& [node, steps] : graph.reachable(from))
    if (steps <= kRounds) out.insert(node);
  return out;
}

bool has_task(const Graph& graph, const std::set<size_t>& part) {
  return std::ranges::any_of(
      part, [&graph](size_t node) { return graph.nodes[node].state->type == StateType::kTask; });
}

}  // namespace

void copied_error_handling(const Context& context, const Report& report) {
  std::map<std::string, std::vector<const State*>> retries, catches;
  for (const Node& node : context.graph.nodes) {
    if (!node.state->retry.empty()) retries[text_of(node.state->retry)].push_back(node.state);
    if (!node.state->catchers.empty()) catches[text_of(node.state->catchers)].push_back(node.state);
  }
  report_copies(context, report, "Retry", retries);
  report_copies(context, report, "Catch", catches);
}

void crowded_handler(const Context& context, const Report& report) {
  std::map<size_t, std::vector<const State*>> sources;
  for (const Node& node : context.graph.nodes) {
    std::set<size_t> targets;
    for (const Edge& edge : node.out)
      if (edge.kind == EdgeKind::kCatch) targets.insert(edge.to);
    for (const size_t target : targets) sources[target].push_back(node.state);
  }
  for (const auto& [target, states] : sources)
    if (states.size() > context.thresholds.handler_uses)
      report(context.graph.nodes[target].state->pointer,
             fmt::format("{} states send their errors here, more than {}: {}", states.size(),
                         context.thresholds.handler_uses, names_of(states)),
             "let each subprocess end its own failures, so that this one no longer has to know them all");
}

void cloned_parts(const Context& context, const Report& report) {
  const std::vector<std::string> own = colours(context.graph, kRounds);
  // Of two equal parts the later one is told, and only where it begins: what follows is equal by itself.
  std::map<std::string, std::pair<const Graph*, size_t>> first;
  for (const Graph& other : context.machines) {
    if (&other == &context.graph) break;
    const std::vector<std::string> theirs = colours(other, kRounds);
    for (size_t i = 0; i < theirs.size(); ++i) first.try_emplace(theirs[i], &other, i);
  }
  std::set<size_t> told;
  for (size_t i = 0; i < own.size(); ++i) {
    const auto [seen, fresh] = first.try_emplace(own[i], &context.graph, i);
    const auto [where, begin] = seen->second;
    const std::set<size_t> part = part_of(context.graph, i);
    if (fresh || told.contains(i) || part.size() < context.thresholds.clone_states ||
        !has_task(context.graph, part))
      continue;
    if (where == &context.graph) {
      const std::set<size_t> theirs = part_of(context.graph, begin);
      if (std::ranges::any_of(part, [&theirs](size_t node) { return theirs.contains(node); })) continue;
    }
    told.insert(part.begin(), part.end());
    report(context.graph.nodes[i].state->pointer,
           fmt::format("begins {} states that repeat those from {}{}", part.size(),
                       where->nodes[begin].state->name,
                       where == &context.graph ? "" : " of " + where->machine->name),
           "extract them once as a child workflow and start it from both places");
  }
}

}  // namespace soma::workflow::lint
