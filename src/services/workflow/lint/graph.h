// A definition as a graph of its states: what every lint rule walks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/workflow/engine/engine.h"
#include "services/workflow/lint/lint.h"

namespace soma::workflow::lint {

enum class EdgeKind { kNext, kChoice, kCatch };

struct Edge {
  size_t to = 0;
  EdgeKind kind = EdgeKind::kNext;
};

struct Node {
  const State* state = nullptr;
  size_t flow = 0;           // states with the same number can reach each other
  size_t parent = SIZE_MAX;  // the Parallel or Map state that holds its flow
  std::vector<Edge> out;
};

struct Graph {
  const Machine* machine = nullptr;
  std::vector<Node> nodes;        // outer states before those inside them
  std::vector<size_t> starts;     // by flow
  std::vector<size_t> component;  // strongly connected: states of one loop share a number

  size_t find(size_t flow, std::string_view name) const;  // SIZE_MAX when there is none
  bool in_loop(size_t node) const;
  // Nodes that can be reached from `from` (itself only through a loop), with the number of steps to each.
  std::vector<std::pair<size_t, size_t>> reachable(size_t from) const;
};

Graph make_graph(const Machine& machine);

// The resource of a Task, read; nothing for other states.
std::optional<engine::Resource> resource_of(const State& state);
// The name of the function that a Task calls: from its ARN or its FunctionName. Empty when it is none or
// computed.
std::string function_name(const State& state);
// The StateMachineArn of a startExecution Task as written; empty when it is none or computed.
std::string child_arn(const State& state);
bool starts_child(const State& state);
// What comes between "stateMachine:" and the qualifier.
std::string machine_name_of(std::string_view arn);

// Every path text that the state reads with, without its template's keys: "$.order.id", "$$.Execution.Id",
// "$states.input.order" in its expressions' order.
std::vector<std::string> paths_read(const State& state);

}  // namespace soma::workflow::lint
