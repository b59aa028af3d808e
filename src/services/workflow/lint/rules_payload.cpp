// What the payload carries, and how far: JSONPath machines, whose state is one document, and variables of
// both kinds.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "services/workflow/engine/history.h"
#include "services/workflow/lint/rules.h"

namespace soma::workflow::lint {
namespace {

// "$.order.id" → {"order", "id"}; nothing for context and variables.
std::vector<std::string> steps_of(std::string_view path) {
  std::vector<std::string> out;
  if (!path.starts_with("$.")) return out;
  path.remove_prefix(2);
  while (!path.empty()) {
    const size_t end = path.find_first_of(".[");
    out.emplace_back(path.substr(0, end));
    if (end == std::string_view::npos || path[end] == '[') break;
    path.remove_prefix(end + 1);
  }
  return out;
}

// The member of the payload that a state adds: "$.payment" of its ResultPath.
std::string key_written(const State& state) {
  if (!state.result_path.path) return "";
  const auto steps = steps_of(state.result_path.path->text());
  return steps.size() == 1 ? steps[0] : "";
}

bool does_work(const State& state) {
  return state.type == StateType::kTask || state.type == StateType::kParallel ||
         state.type == StateType::kMap;
}

// Whether a state hands its whole payload on to somebody who may read all of it.
bool reads_everything(const State& state, const std::vector<std::string>& paths) {
  if (std::ranges::find(paths, "$") != paths.end()) return true;
  if (!does_work(state) || state.input_path) return false;
  const auto* map = std::get_if<MapDetails>(&state.details);
  return map ? !map->item_selector && !map->items_path : !state.parameters;
}

enum class Read { kNo, kYes, kEverything };
Read reads(const State& state, std::string_view key) {
  const std::vector<std::string> paths = paths_read(state);
  for (const std::string& path : paths)
    if (const auto steps = steps_of(path); !steps.empty() && steps[0] == key) return Read::kYes;
  if (state.output_path)
    if (const auto steps = steps_of(state.output_path->text()); !steps.empty() && steps[0] == key)
      return Read::kYes;
  return reads_everything(state, paths) ? Read::kEverything : Read::kNo;
}

bool promised(const Machine& machine, std::string_view key) {
  if (!machine.contract || !machine.contract->output) return false;
  return machine.contract->output->text.get("properties").has(key);
}

}  // namespace

void dead_carried_keys(const Context& context, const Report& report) {
  const Machine& machine = *context.graph.machine;
  for (size_t i = 0; i < context.graph.nodes.size(); ++i) {
    const State& state = *context.graph.nodes[i].state;
    const std::string key = key_written(state);
    const auto later = context.graph.reachable(i);
    if (key.empty() || later.empty() || promised(machine, key)) continue;
    if (std::ranges::any_of(later, [&](const auto& at) {
          return reads(*context.graph.nodes[at.first].state, key) != Read::kNo;
        }))
      continue;
    report(state.pointer,
           fmt::format("writes $.{}, which no later state reads{}", key,
                       machine.contract ? " and the contract's output does not have" : ""),
           "set ResultPath to null, or name the member in the contract's output when callers need it");
  }
}

void distant_reads(const Context& context, const Report& report) {
  for (size_t i = 0; i < context.graph.nodes.size(); ++i) {
    const State& state = *context.graph.nodes[i].state;
    const std::string key = key_written(state);
    if (key.empty()) continue;
    for (const auto& [node, steps] : context.graph.reachable(i)) {
      const State& reader = *context.graph.nodes[node].state;
      if (steps > context.thresholds.read_distance && reads(reader, key) == Read::kYes)
        report(reader.pointer,
               fmt::format("reads $.{}, written {} states before in {} (more than {})", key, steps,
                           state.name, context.thresholds.read_distance),
               "keep it in a variable (Assign) with a name of its own, or read it again from its owner");
    }
  }
}

void growing_payload(const Context& context, const Report& report) {
  const auto limit = static_cast<double>(engine::kMaxPayloadBytes);
  const auto& seen = context.graph.machine->input_bytes;
  for (const Node& node : context.graph.nodes)
    if (const auto at = seen.find(node.state->name); at != seen.end())
      if (const double share = static_cast<double>(at->second) / limit;
          share > context.thresholds.payload_share)
        report(
            node.state->pointer,
            fmt::format(
                "was entered with {} bytes, {:.0f}% of the {} that a payload may have (more than {:.0f}%)",
                at->second, share * 100, engine::kMaxPayloadBytes, context.thresholds.payload_share * 100),
            "store what is large (an object, a record) and carry its name; drop members that nobody reads");
}

void whole_payload_to_child(const Context& context, const Report& report) {
  for (const Node& node : context.graph.nodes) {
    if (!starts_child(*node.state) || !node.state->parameters) continue;
    const json::Value& arguments = node.state->parameters->source();
    const std::string_view path = arguments.get("Input.$").string_or("");
    std::string_view expression = arguments.get("Input").string_or("");
    if (expression.starts_with("{%") && expression.ends_with("%}")) {
      expression.remove_prefix(2);
      expression.remove_suffix(2);
      while (expression.starts_with(' ')) expression.remove_prefix(1);
      while (expression.ends_with(' ')) expression.remove_suffix(1);
    } else {
      expression = "";
    }
    if (path == "$" || expression == "$states.input")
      report(node.state->pointer + (path == "$" ? "/Parameters/Input.$" : "/Arguments/Input"),
             "hands the whole payload to the child: every change here is a change there",
             "name the members that the child's contract asks for, and nothing else");
  }
}

void deep_reads_of_child(const Context& context, const Report& report) {
  for (size_t i = 0; i < context.graph.nodes.size(); ++i) {
    const State& child = *context.graph.nodes[i].state;
    const std::string key = starts_child(child) ? key_written(child) : "";
    if (key.empty()) continue;
    for (const auto& [node, steps] : context.graph.reachable(i)) {
      const State& reader = *context.graph.nodes[node].state;
      for (const std::string& path : paths_read(reader)) {
        const auto parts = steps_of(path);
        if (parts.size() < 3 || parts[0] != key || parts[1] != "Output") continue;
        if (const size_t depth = parts.size() - 2; depth > context.thresholds.output_depth)
          report(reader.pointer,
                 fmt::format("reads {} levels into the output of {} ({}; more than {})", depth, child.name,
                             path, context.thresholds.output_depth),
                 "take what is needed once, right after the child (ResultSelector), into the parent's own "
                 "model");
      }
    }
  }
}

}  // namespace soma::workflow::lint
