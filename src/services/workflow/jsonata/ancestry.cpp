#include "services/workflow/jsonata/ancestry.h"

#include "services/workflow/jsonata/failure.h"

namespace soma::workflow::jsonata {

int Ancestry::add() {
  const int slot = static_cast<int>(slots_.size());
  slots_.push_back({.label = slot});
  return slot;
}

void Ancestry::pass_on(Node& result, const Node& value) {
  result.seeking.insert(result.seeking.end(), value.seeking.begin(), value.seeking.end());
  if (value.kind == Kind::kParent) result.seeking.push_back(value.ancestor);
}

void Ancestry::seek(Node& node, int slot) {
  switch (node.kind) {
    case Kind::kName:
    case Kind::kWildcard:
      if (--at(slot).level > 0) return;
      if (node.ancestor >= 0) at(slot).label = at(node.ancestor).label;  // one input, one label
      node.ancestor = slot;
      node.tuple = true;
      return;
    case Kind::kParent:
      ++at(slot).level;
      return;
    case Kind::kBlock:
      if (node.children.empty()) return;
      node.tuple = true;
      return seek(*node.children.back(), slot);
    case Kind::kPath:
      node.tuple = true;
      for (size_t step = node.children.size(); step > 0; --step) {
        seek(*node.children[step - 1], slot);
        if (at(slot).level <= 0) return;
      }
      return;
    default:
      throw Failure{.code = "S0217", .position = node.position, .token = std::string(kind_name(node.kind))};
  }
}

void Ancestry::resolve(Node& path) {
  Node& last = *path.children.back();
  std::vector<int> slots = last.seeking;
  if (last.kind == Kind::kParent) slots.push_back(last.ancestor);
  for (const int slot : slots) {
    size_t next = path.children.size() - 1;  // one above the step to try
    while (at(slot).level > 0) {
      if (next == 0) {
        path.seeking.push_back(slot);
        break;
      }
      Node* step = path.children[--next].get();
      // Steps in a row that bind the focus have one input.
      while (next > 0 && step->focus >= 0 && path.children[next - 1]->focus >= 0)
        step = path.children[--next].get();
      seek(*step, slot);
    }
  }
}

void Ancestry::resolve_predicate(Node& step, Node& predicate) {
  if (predicate.seeking.empty()) return;
  for (const int slot : predicate.seeking) {
    if (at(slot).level == 1) {
      seek(step, slot);
    } else {
      --at(slot).level;
    }
  }
  pass_on(step, predicate);
}

}  // namespace soma::workflow::jsonata
