#include "services/workflow/lint/graph.h"

#include <algorithm>
#include <deque>

namespace soma::workflow::lint {
namespace {

using json::Value;

class Builder {
 public:
  explicit Builder(const Machine& machine) { graph_.machine = &machine; }

  Graph build() {
    add_flow(graph_.machine->definition->flow, SIZE_MAX);
    connect();
    find_loops();
    return std::move(graph_);
  }

 private:
  void add_flow(const Flow& flow, size_t parent) {
    const size_t number = graph_.starts.size();
    graph_.starts.push_back(SIZE_MAX);
    const size_t first = graph_.nodes.size();
    for (const State& state : flow.states) graph_.nodes.push_back({&state, number, parent, {}});
    const size_t last = graph_.nodes.size();
    graph_.starts[number] = graph_.find(number, flow.start_at);
    for (size_t i = first; i < last; ++i) {
      const State& state = *graph_.nodes[i].state;
      if (const auto* parallel = std::get_if<ParallelDetails>(&state.details))
        for (const Flow& branch : parallel->branches) add_flow(branch, i);
      if (const auto* map = std::get_if<MapDetails>(&state.details)) add_flow(map->processor, i);
    }
  }

  void connect() {
    for (Node& node : graph_.nodes) {
      const auto link = [&](std::string_view name, EdgeKind kind) {
        if (const size_t to = graph_.find(node.flow, name); to != SIZE_MAX) node.out.push_back({to, kind});
      };
      link(node.state->next, EdgeKind::kNext);
      if (const auto* choice = std::get_if<ChoiceDetails>(&node.state->details)) {
        for (const ChoiceRule& rule : choice->rules) link(rule.next, EdgeKind::kChoice);
        link(choice->default_next, EdgeKind::kChoice);
      }
      for (const Catcher& catcher : node.state->catchers) link(catcher.next, EdgeKind::kCatch);
    }
  }

  // Tarjan's algorithm with a stack of its own: definitions may chain thousands of states.
  void find_loops() {
    const size_t count = graph_.nodes.size();
    graph_.component.assign(count, SIZE_MAX);
    std::vector<size_t> index(count, SIZE_MAX), low(count, 0), stack;
    std::vector<std::pair<size_t, size_t>> work;  // {node, next edge}
    size_t next_index = 0, next_component = 0;
    for (size_t root = 0; root < count; ++root) {
      if (index[root] != SIZE_MAX) continue;
      work.push_back({root, 0});
      while (!work.empty()) {
        auto& [node, edge] = work.back();
        if (edge == 0) {
          index[node] = low[node] = next_index++;
          stack.push_back(node);
        }
        if (edge < graph_.nodes[node].out.size()) {
          const size_t to = graph_.nodes[node].out[edge++].to;
          if (index[to] == SIZE_MAX) {
            work.push_back({to, 0});
          } else if (graph_.component[to] == SIZE_MAX) {
            low[node] = std::min(low[node], index[to]);
          }
          continue;
        }
        const size_t done = node;
        if (low[done] == index[done]) {
          while (graph_.component[done] == SIZE_MAX) {
            graph_.component[stack.back()] = next_component;
            stack.pop_back();
          }
          ++next_component;
        }
        work.pop_back();
        if (!work.empty()) low[work.back().first] = std::min(low[work.back().first], low[done]);
      }
    }
  }

  Graph graph_;
};

bool is_path(std::string_view text) {
  return text.starts_with('$') || text.starts_with("States.");
}

// Every "$…" inside an expression or an intrinsic function's arguments, as far as names and dots go.
void paths_in(std::string_view text, std::vector<std::string>& out) {
  for (size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
    size_t end = at + 1;
    while (end < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_' ||
            text[end] == '.' || text[end] == '$' || text[end] == '[' || text[end] == ']'))
      ++end;
    while (end > at + 1 && text[end - 1] == '.') --end;
    out.emplace_back(text.substr(at, end - at));
    at = end - 1;
  }
}

void paths_of(const Value& value, query::Language language, bool computed, std::vector<std::string>& out) {
  if (value.is_string()) {
    const std::string& text = value.as_string();
    const bool expression =
        language == query::Language::kJsonata ? text.starts_with("{%") : computed && is_path(text);
    if (expression) paths_in(text, out);
  } else if (value.is_array()) {
    for (const Value& entry : value.as_array()) paths_of(entry, language, false, out);
  } else if (value.is_object()) {
    for (const auto& [key, entry] : value.as_object()) paths_of(entry, language, key.ends_with(".$"), out);
  }
}

void paths_of(const Comparison& comparison, std::vector<std::string>& out) {
  if (comparison.variable) out.push_back(comparison.variable->text());
  if (comparison.other) out.push_back(comparison.other->text());
  for (const Comparison& operand : comparison.operands) paths_of(operand, out);
}

}  // namespace

size_t Graph::find(size_t flow, std::string_view name) const {
  for (size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].flow == flow && nodes[i].state->name == name) return i;
  return SIZE_MAX;
}

bool Graph::in_loop(size_t node) const {
  for (const Edge& edge : nodes[node].out)
    if (component[edge.to] == component[node]) return true;
  return false;
}

std::vector<std::pair<size_t, size_t>> Graph::reachable(size_t from) const {
  std::vector<size_t> distance(nodes.size(), SIZE_MAX);
  std::vector<std::pair<size_t, size_t>> out;
  std::deque<std::pair<size_t, size_t>> queue{{from, 0}};
  while (!queue.empty()) {
    const auto [node, steps] = queue.front();
    queue.pop_front();
    for (const Edge& edge : nodes[node].out) {
      if (distance[edge.to] != SIZE_MAX) continue;
      distance[edge.to] = steps + 1;
      out.push_back({edge.to, steps + 1});
      queue.push_back({edge.to, steps + 1});
    }
  }
  return out;
}

Graph make_graph(const Machine& machine) {
  return Builder(machine).build();
}

std::optional<engine::Resource> resource_of(const State& state) {
  const auto* task = std::get_if<TaskDetails>(&state.details);
  return task ? engine::parse_resource(task->resource) : std::nullopt;
}

std::string function_name(const State& state) {
  const auto resource = resource_of(state);
  if (!resource) return "";
  std::string_view arn = resource->arn;
  if (resource->kind == engine::Resource::Kind::kService && resource->service == "lambda" && state.parameters)
    arn = state.parameters->source().get("FunctionName").string_or("");
  const size_t at = arn.find(":function:");
  std::string_view name = at == std::string_view::npos ? arn : arn.substr(at + 10);
  if (name.starts_with("arn:")) return "";
  return std::string(name.substr(0, name.find(':')));
}

bool starts_child(const State& state) {
  const auto resource = resource_of(state);
  return resource && (resource->service == "states" || resource->service == "sfn") &&
         resource->action.starts_with("start");
}

std::string child_arn(const State& state) {
  if (!starts_child(state) || !state.parameters) return "";
  const std::string_view arn = state.parameters->source().get("StateMachineArn").string_or("");
  return arn.starts_with("{%") ? "" : std::string(arn);
}

std::string machine_name_of(std::string_view arn) {
  const size_t at = arn.find(":stateMachine:");
  if (at == std::string_view::npos) return std::string(arn);
  const std::string_view rest = arn.substr(at + 14);
  return std::string(rest.substr(0, rest.find(':')));
}

std::vector<std::string> paths_read(const State& state) {
  std::vector<std::string> out;
  const auto from = [&](const std::optional<query::Template>& part) {
    if (part) paths_of(part->source(), state.language, false, out);
  };
  const auto computed = [&](const std::optional<Computed>& part) {
    if (part && part->path) paths_in(part->path->text(), out);
    if (part && part->expression) paths_of(part->expression->source(), state.language, false, out);
  };
  if (state.input_path) paths_in(state.input_path->text(), out);
  from(state.parameters);
  from(state.assign);
  from(state.output);
  if (const auto* task = std::get_if<TaskDetails>(&state.details)) {
    computed(task->timeout);
    computed(task->heartbeat);
    from(task->credentials);
  } else if (const auto* choice = std::get_if<ChoiceDetails>(&state.details)) {
    for (const ChoiceRule& rule : choice->rules) {
      if (const auto* test = std::get_if<Comparison>(&rule.condition)) paths_of(*test, out);
      if (const auto* test = std::get_if<query::Template>(&rule.condition))
        paths_of(test->source(), state.language, false, out);
      from(rule.assign);
      from(rule.output);
    }
  } else if (const auto* wait = std::get_if<WaitDetails>(&state.details)) {
    computed(wait->value);
  } else if (const auto* fail = std::get_if<FailDetails>(&state.details)) {
    computed(fail->error);
    computed(fail->cause);
  } else if (const auto* map = std::get_if<MapDetails>(&state.details)) {
    if (map->items_path) out.push_back(map->items_path->text());
    from(map->items);
    from(map->item_selector);
    computed(map->max_concurrency);
    if (map->reader) from(map->reader->arguments);
    if (map->writer) from(map->writer->arguments);
  }
  return out;
}

}  // namespace soma::workflow::lint
