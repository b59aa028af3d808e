// From syntax to steps: a.b[c].d is parsed as ((a.b)[c]).d and becomes one path of three steps, the second
// with a predicate. The rules, with their corners, are those of the reference's post-parse stage.
#include "services/workflow/jsonata/lower.h"

#include <algorithm>

#include "services/workflow/jsonata/ancestry.h"
#include "services/workflow/jsonata/failure.h"

namespace soma::workflow::jsonata {
namespace {

using S = Syntax::Kind;

constexpr std::pair<std::string_view, Operator> kOperators[] = {{"+", Operator::kAdd},
                                                                {"-", Operator::kSubtract},
                                                                {"*", Operator::kMultiply},
                                                                {"/", Operator::kDivide},
                                                                {"%", Operator::kRemainder},
                                                                {"=", Operator::kEqual},
                                                                {"!=", Operator::kNotEqual},
                                                                {"<", Operator::kLess},
                                                                {">", Operator::kGreater},
                                                                {"<=", Operator::kLessOrEqual},
                                                                {">=", Operator::kGreaterOrEqual},
                                                                {"in", Operator::kIn},
                                                                {"and", Operator::kAnd},
                                                                {"or", Operator::kOr},
                                                                {"&", Operator::kConcatenate}};

NodePointer make(Kind kind, const Syntax& syntax) {
  auto node = std::make_unique<Node>(kind);
  node->position = static_cast<uint32_t>(syntax.position);
  node->start = static_cast<uint32_t>(syntax.start);
  return node;
}

NodePointer make_path(NodePointer step) {
  auto path = std::make_unique<Node>(Kind::kPath);
  path->position = step->position;
  path->start = step->start;
  path->children.push_back(std::move(step));
  return path;
}

class Lowering {
 public:
  Plan run(Syntax& syntax) {
    plan_.root = lower(syntax);
    if (plan_.root->kind == Kind::kParent || !plan_.root->seeking.empty()) {
      throw Failure{.code = "S0217",
                    .position = plan_.root->position,
                    .token = std::string(kind_name(plan_.root->kind))};
    }
    label(*plan_.root);
    return std::move(plan_);
  }

 private:
  NodePointer lower(Syntax& syntax) {
    NodePointer node = convert(syntax);
    if (syntax.keep_array) node->keep_array = true;
    return node;
  }

  NodePointer convert(Syntax& syntax) {
    switch (syntax.kind) {
      case S::kDot:
        return dot(syntax);
      case S::kFilter:
        return filter(syntax);
      case S::kGroup:
        return group(syntax);
      case S::kSort:
        return sort(syntax);
      case S::kFocus:
        return focus(syntax);
      case S::kIndex:
        return index(syntax);
      case S::kApply:
        return apply(syntax);
      case S::kChain:
        return chain(syntax);
      case S::kNegate:
        return negate(syntax);
      case S::kObject:
        return object(syntax);
      case S::kLambda:
        return lambda(syntax);
      case S::kBlock:
        return block(syntax);
      case S::kCall:
        return with_parts(Kind::kCall, syntax);
      case S::kPartial:
        return with_parts(Kind::kPartial, syntax);
      case S::kArray:
        return with_parts(Kind::kArray, syntax);
      case S::kRange:
        return with_parts(Kind::kRange, syntax);
      case S::kCondition:
        return with_parts(Kind::kCondition, syntax);
      case S::kTransform:
        return without_ancestry(Kind::kTransform, syntax);
      case S::kBind:
        return bind(syntax);
      default:
        return leaf(syntax);
    }
  }

  NodePointer leaf(Syntax& syntax) {
    switch (syntax.kind) {
      case S::kName:
      case S::kWord: {
        NodePointer path = make_path(named(Kind::kName, syntax));
        path->keep_singleton = path->children[0]->keep_array = syntax.keep_array;
        return path;
      }
      case S::kString:
        return named(Kind::kString, syntax);
      case S::kNumber: {
        NodePointer node = named(Kind::kNumber, syntax);
        node->literal = syntax.number;
        return node;
      }
      case S::kLiteral: {
        NodePointer node = named(Kind::kLiteral, syntax);
        node->literal = node->text == "null" ? Value::null() : Value(node->text == "true");
        return node;
      }
      case S::kVariable:
        return named(syntax.text.empty()  ? Kind::kContext
                     : syntax.text == "$" ? Kind::kRoot
                                          : Kind::kVariable,
                     syntax);
      case S::kWildcard:
        return make(Kind::kWildcard, syntax);
      case S::kDescendants:
        return make(Kind::kDescendants, syntax);
      case S::kParent: {
        NodePointer node = make(Kind::kParent, syntax);
        node->ancestor = ancestry_.add();
        return node;
      }
      case S::kRegex: {
        NodePointer node = named(Kind::kRegex, syntax);
        node->regex = Regex::compile(syntax.text, syntax.flags, syntax.position);
        return node;
      }
      case S::kPlaceholder:
        return make(Kind::kPlaceholder, syntax);
      default:
        throw Failure{.code = "S0207", .position = syntax.position, .token = syntax.text};
    }
  }

  static NodePointer named(Kind kind, const Syntax& syntax) {
    NodePointer node = make(kind, syntax);
    node->text = syntax.text;
    if (kind == Kind::kString) node->literal = std::string_view(node->text);
    return node;
  }

  NodePointer with_parts(Kind kind, Syntax& syntax) {
    NodePointer node = make(kind, syntax);
    for (const SyntaxPointer& child : syntax.children) {
      node->children.push_back(lower(*child));
      // A function is not a place in the data: what its expression seeks goes no further.
      const bool is_procedure = (kind == Kind::kCall || kind == Kind::kPartial) && node->children.size() == 1;
      if (!is_procedure) ancestry_.pass_on(*node, *node->children.back());
    }
    return node;
  }

  NodePointer without_ancestry(Kind kind, Syntax& syntax) {
    NodePointer node = make(kind, syntax);
    for (const SyntaxPointer& child : syntax.children) node->children.push_back(lower(*child));
    return node;
  }

  NodePointer dot(Syntax& syntax) {
    NodePointer left = lower(*syntax.children[0]);
    const bool from_parent = left->kind == Kind::kParent;
    const int slot = left->ancestor;
    NodePointer path = left->kind == Kind::kPath ? std::move(left) : make_path(std::move(left));
    if (from_parent) path->seeking = {slot};
    NodePointer right = lower(*syntax.children[1]);
    if (right->kind == Kind::kPath) {
      std::ranges::move(right->children, std::back_inserter(path->children));
    } else {
      right->stages.insert(right->stages.end(), std::make_move_iterator(right->predicates.begin()),
                           std::make_move_iterator(right->predicates.end()));
      right->predicates.clear();
      path->children.push_back(std::move(right));
    }
    for (const NodePointer& step : path->children) check_step(*step, *path);
    for (Node* end : {path->children.front().get(), path->children.back().get()}) {
      if (end->kind == Kind::kArray) end->constructed = true;
    }
    ancestry_.resolve(*path);
    return path;
  }

  static void check_step(Node& step, Node& path) {
    if (step.kind == Kind::kNumber || step.kind == Kind::kLiteral) {
      throw Failure{.code = "S0213", .position = step.position, .value = describe(step.literal)};
    }
    if (step.kind == Kind::kString) step.kind = Kind::kName;
    if (step.keep_array) path.keep_singleton = true;
  }

  static Node& last_step(Node& node) { return node.kind == Kind::kPath ? *node.children.back() : node; }

  NodePointer filter(Syntax& syntax) {
    NodePointer node = lower(*syntax.children[0]);
    Node& step = last_step(*node);
    if (step.group != nullptr) throw Failure{.code = "S0209", .position = syntax.position};
    NodePointer predicate = lower(*syntax.children[1]);
    ancestry_.resolve_predicate(step, *predicate);
    auto& stages = node->kind == Kind::kPath ? step.stages : step.predicates;
    stages.push_back({.node = std::move(predicate)});
    return node;
  }

  std::vector<Pair> pairs(Syntax& syntax, size_t first, Node* seeker) {
    std::vector<Pair> result;
    for (size_t at = first; at + 1 < syntax.children.size(); at += 2) {
      NodePointer key = lower(*syntax.children[at]);
      if (seeker != nullptr) ancestry_.pass_on(*seeker, *key);
      NodePointer value = lower(*syntax.children[at + 1]);
      if (seeker != nullptr) ancestry_.pass_on(*seeker, *value);
      result.push_back({std::move(key), std::move(value)});
    }
    return result;
  }

  NodePointer group(Syntax& syntax) {
    NodePointer node = lower(*syntax.children[0]);
    if (node->group != nullptr) throw Failure{.code = "S0210", .position = syntax.position};
    node->group = std::make_unique<Group>(pairs(syntax, 1, nullptr), static_cast<uint32_t>(syntax.position));
    return node;
  }

  NodePointer object(Syntax& syntax) {
    NodePointer node = make(Kind::kObject, syntax);
    node->pairs = pairs(syntax, 0, node.get());
    return node;
  }

  NodePointer sort(Syntax& syntax) {
    NodePointer node = lower(*syntax.children[0]);
    NodePointer path = node->kind == Kind::kPath ? std::move(node) : make_path(std::move(node));
    NodePointer step = make(Kind::kSort, syntax);
    for (size_t at = 1; at < syntax.children.size(); ++at) {
      step->children.push_back(lower(*syntax.children[at]));
      ancestry_.pass_on(*step, *step->children.back());
    }
    step->descending = syntax.descending;
    path->children.push_back(std::move(step));
    ancestry_.resolve(*path);
    return path;
  }

  NodePointer bind(Syntax& syntax) {
    NodePointer node = make(Kind::kBind, syntax);
    node->text = syntax.children[0]->text;
    node->children.push_back(lower(*syntax.children[1]));
    ancestry_.pass_on(*node, *node->children[0]);
    return node;
  }

  int tuple_name(const std::string& name) {
    const auto known = std::ranges::find(plan_.tuple_names, name);
    const auto number = static_cast<int>(known - plan_.tuple_names.begin());
    if (known == plan_.tuple_names.end()) plan_.tuple_names.push_back(name);
    return number;
  }

  NodePointer focus(Syntax& syntax) {
    NodePointer node = lower(*syntax.children[0]);
    Node& step = last_step(*node);
    if (!step.stages.empty() || !step.predicates.empty())
      throw Failure{.code = "S0215", .position = syntax.position};
    if (step.kind == Kind::kSort) throw Failure{.code = "S0216", .position = syntax.position};
    if (syntax.keep_array) step.keep_array = true;
    step.focus = tuple_name(syntax.text);
    step.tuple = true;
    return node;
  }

  NodePointer index(Syntax& syntax) {
    NodePointer node = lower(*syntax.children[0]);
    NodePointer path = node->kind == Kind::kPath ? std::move(node) : make_path(std::move(node));
    Node& step = *path->children.back();
    step.stages.insert(step.stages.end(), std::make_move_iterator(step.predicates.begin()),
                       std::make_move_iterator(step.predicates.end()));
    step.predicates.clear();
    const int name = tuple_name(syntax.text);
    if (step.stages.empty()) {
      step.index = name;
    } else {
      step.stages.push_back({.node = nullptr, .name = name});
    }
    step.tuple = true;
    return path;
  }

  NodePointer apply(Syntax& syntax) {
    NodePointer node = without_ancestry(Kind::kApply, syntax);
    node->keep_array = node->children[0]->keep_array || node->children[1]->keep_array;
    return node;
  }

  NodePointer chain(Syntax& syntax) {
    NodePointer node = make(Kind::kChain, syntax);
    node->children.push_back(lower(*syntax.children[0]));
    ancestry_.pass_on(*node, *node->children[0]);
    for (size_t at = 0; at < syntax.operators.size(); ++at) {
      const auto known =
          std::ranges::find(kOperators, syntax.operators[at], &std::pair<std::string_view, Operator>::first);
      NodePointer right = lower(*syntax.children[at + 1]);
      ancestry_.pass_on(*node, *right);
      node->operations.push_back(
          {known->second, static_cast<uint32_t>(syntax.operator_positions[at]), std::move(right)});
    }
    return node;
  }

  NodePointer negate(Syntax& syntax) {
    NodePointer operand = lower(*syntax.children[0]);
    if (operand->kind == Kind::kNumber) {
      operand->literal = -operand->literal.number();
      return operand;
    }
    NodePointer node = make(Kind::kNegate, syntax);
    ancestry_.pass_on(*node, *operand);
    node->children.push_back(std::move(operand));
    return node;
  }

  NodePointer lambda(Syntax& syntax) {
    NodePointer node = without_ancestry(Kind::kLambda, syntax);
    node->scope = std::make_unique<Scope>(syntax.parameters);
    node->signature = syntax.signature;
    return node;
  }

  NodePointer block(Syntax& syntax) {
    NodePointer node = with_parts(Kind::kBlock, syntax);
    node->constructed = std::ranges::any_of(node->children, [](const NodePointer& part) {
      return part->constructed || (part->kind == Kind::kPath && part->children[0]->constructed);
    });
    return node;
  }

  // Slots have found their steps: from now on a slot is the label it goes by.
  void label(Node& node) {
    if (node.ancestor >= 0) node.ancestor = ancestry_.label(node.ancestor);
    for_each_part(node, [this](Node& part) { label(part); });
  }

  Plan plan_;
  Ancestry ancestry_;
};

}  // namespace

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kPath:
      return "path";
    case Kind::kName:
      return "name";
    case Kind::kLiteral:
      return "value";
    case Kind::kNumber:
      return "number";
    case Kind::kString:
      return "string";
    case Kind::kVariable:
    case Kind::kContext:
    case Kind::kRoot:
      return "variable";
    case Kind::kWildcard:
      return "wildcard";
    case Kind::kDescendants:
      return "descendant";
    case Kind::kParent:
      return "parent";
    case Kind::kArray:
    case Kind::kObject:
    case Kind::kNegate:
      return "unary";
    case Kind::kRange:
    case Kind::kChain:
      return "binary";
    case Kind::kSort:
      return "sort";
    case Kind::kBind:
      return "bind";
    case Kind::kApply:
      return "apply";
    case Kind::kCondition:
      return "condition";
    case Kind::kBlock:
      return "block";
    case Kind::kCall:
      return "function";
    case Kind::kPartial:
      return "partial";
    case Kind::kPlaceholder:
      return "operator";
    case Kind::kLambda:
      return "lambda";
    case Kind::kTransform:
      return "transform";
    case Kind::kRegex:
      return "regex";
  }
  return "";
}

Scope::Scope(const std::vector<std::string>& parameters)
    : size_(parameters.size()), parameters_(parameters.size()) {
  for (size_t slot = 0; slot < size_; ++slot) slots_[parameters[slot]] = static_cast<int>(slot);
}

int Scope::find(const std::string& name) const {
  const auto known = slots_.find(name);
  return known == slots_.end() ? -1 : known->second;
}

int Scope::find_or_add(const std::string& name) {
  const auto [slot, added] = slots_.emplace(name, static_cast<int>(size_));
  if (added) ++size_;
  return slot->second;
}

Plan lower(Syntax& syntax) {
  return Lowering().run(syntax);
}

}  // namespace soma::workflow::jsonata
