// Where variables are. A block or lambda that assigns has a frame with a slot for each name; a name is looked
// for in the slots of that name from the inside out, since an assignment further in may not have happened
// yet.
#include <algorithm>

#include "services/workflow/jsonata/functions.h"
#include "services/workflow/jsonata/lower.h"

namespace soma::workflow::jsonata {
namespace {

class Resolver {
 public:
  explicit Resolver(Plan& plan) : plan_(plan) {}

  Names run() {
    collect(*plan_.root, plan_.scope);
    assigned_outside_ = plan_.scope.size();
    scopes_.push_back(&plan_.scope);
    visit(*plan_.root, true);
    mark_captured(*plan_.root);
    return std::move(names_);
  }

 private:
  // The names that are assigned in the node, not inside a frame of its own. What follows a block or lambda
  // (predicates, a group) is outside its frame.
  static void collect(Node& node, Scope& scope) {
    if (node.kind == Kind::kBind) scope.find_or_add(node.text);
    if (node.kind == Kind::kBlock || node.kind == Kind::kLambda) {
      for_each_following(node, [&](Node& part) { collect(part, scope); });
    } else {
      for_each_part(node, [&](Node& part) { collect(part, scope); });
    }
  }

  template <class Visit>
  static void for_each_following(Node& node, Visit&& visit) {
    for (Stage& stage : node.predicates) visit(*stage.node);
    for (Stage& stage : node.stages) {
      if (stage.node != nullptr) visit(*stage.node);
    }
    if (node.group == nullptr) return;
    for (Pair& pair : node.group->pairs) {
      visit(*pair.key);
      visit(*pair.value);
    }
  }

  // `at_input`: the context is the whole input, not a part of it.
  void visit(Node& node, bool at_input) {
    node.post = !node.predicates.empty() || (node.group != nullptr && node.kind != Kind::kPath);
    switch (node.kind) {
      case Kind::kPath:
        path(node, at_input);
        break;
      case Kind::kName:
      case Kind::kWildcard:
      case Kind::kDescendants:
        names_.has_bare_field |= at_input;
        break;
      case Kind::kVariable:
      case Kind::kContext:
      case Kind::kRoot:
        variable(node, at_input);
        break;
      case Kind::kBind:
        node.variable.first = {0, static_cast<uint32_t>(scopes_.back()->find(node.text))};
        visit(*node.children[0], at_input);
        break;
      case Kind::kBlock:
        block(node, at_input);
        break;
      case Kind::kLambda:
        collect(*node.children[0], *node.scope);
        within(*node.scope, [&] { visit(*node.children[0], at_input); });
        break;
      case Kind::kTransform:
        places(node.variable, "clone");
        for (const NodePointer& child : node.children) visit(*child, false);
        break;
      default:
        for (const NodePointer& child : node.children) visit(*child, at_input);
        for (Operation& operation : node.operations) visit(*operation.right, at_input);
        for (Pair& pair : node.pairs) {
          visit(*pair.key, at_input);
          visit(*pair.value, at_input);
        }
    }
    for_each_following(node, [&](Node& part) { visit(part, false); });
  }

  template <class Action>
  void within(Scope& scope, Action&& action) {
    scopes_.push_back(&scope);
    action();
    scopes_.pop_back();
  }

  void block(Node& node, bool at_input) {
    auto scope = std::make_unique<Scope>();
    for (const NodePointer& child : node.children) collect(*child, *scope);
    const auto children = [&] {
      for (const NodePointer& child : node.children) visit(*child, at_input);
    };
    if (scope->size() == 0) return children();
    node.scope = std::move(scope);
    within(*node.scope, children);
  }

  void path(Node& node, bool at_input) {
    const size_t reference = names_.references.size();
    bool plain = node.group == nullptr && !node.keep_singleton && !node.tuple && !node.keep_array;
    for (size_t at = 0; at < node.children.size(); ++at) {
      Node& step = *node.children[at];
      visit(step, at_input && at == 0);
      const bool starts = at == 0 && (step.kind == Kind::kVariable || step.kind == Kind::kContext ||
                                      step.kind == Kind::kRoot);
      plain = plain && (step.kind == Kind::kName || starts) && !step.post && step.stages.empty() &&
              !step.tuple && !step.keep_array && step.focus < 0 && step.index < 0;
    }
    node.simple = plain;
    steps_behind_variable(node, reference);
  }

  // The plain names that follow a variable at the path's beginning belong to its reference.
  void steps_behind_variable(const Node& node, size_t reference) {
    const Node& first = *node.children[0];
    if (first.kind != Kind::kVariable && first.kind != Kind::kContext && first.kind != Kind::kRoot) return;
    if (first.post || !first.stages.empty()) return;
    for (size_t at = 1; at < node.children.size() && node.children[at]->kind == Kind::kName; ++at) {
      names_.references[reference].steps.push_back(node.children[at]->text);
      if (!node.children[at]->stages.empty()) break;
    }
  }

  void variable(Node& node, bool at_input) {
    VariableReference reference{.name = node.text, .position = node.start};
    if (node.kind == Kind::kContext) reference.bound_inside = !at_input;
    if (node.kind == Kind::kVariable) {
      reference.bound_inside = places(node.variable, node.text);
      reference.is_function = !reference.bound_inside && node.variable.native != nullptr;
    }
    names_.references.push_back(std::move(reference));
  }

  // Where a name is looked for; whether the expression itself may give it its value.
  bool places(VariablePlaces& places, const std::string& name) {
    bool bound_inside = false;
    std::vector<Place> found;
    bool always_set = false;
    for (size_t hops = 0; hops < scopes_.size() && !always_set; ++hops) {
      Scope& scope = *scopes_[scopes_.size() - 1 - hops];
      int slot = scope.find(name);
      const bool whole = &scope == &plan_.scope;
      if (whole) slot = scope.find_or_add(name);  // a binding may have it
      if (slot < 0) continue;
      if (!whole || static_cast<size_t>(slot) < assigned_outside_) bound_inside = true;
      always_set = static_cast<size_t>(slot) < scope.parameters();
      found.push_back({static_cast<uint32_t>(hops), static_cast<uint32_t>(slot)});
    }
    places.first = found.front();
    places.others.assign(found.begin() + 1, found.end());
    places.native = find_native(name);
    const auto tuple_name = std::ranges::find(plan_.tuple_names, name);
    if (tuple_name != plan_.tuple_names.end()) {
      places.tuple_name = static_cast<int>(tuple_name - plan_.tuple_names.begin());
      bound_inside = true;
    }
    return bound_inside;
  }

  // Whether a closure is made in the node: it keeps the frames around it.
  static bool mark_captured(Node& node) {
    bool inside = false;
    for_each_part(node, [&](Node& part) { inside |= mark_captured(part); });
    node.captured = inside;
    return inside || node.kind == Kind::kLambda || node.kind == Kind::kTransform;
  }

  Plan& plan_;
  size_t assigned_outside_ = 0;
  std::vector<Scope*> scopes_;
  Names names_;
};

}  // namespace

Names resolve(Plan& plan) {
  return Resolver(plan).run();
}

}  // namespace soma::workflow::jsonata
