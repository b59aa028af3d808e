// The program: a tree in which paths are lists of steps, variables are slots of frames, and everything that
// can be known before an evaluation is. Made by lower.cpp and resolve.cpp, walked by the evaluator, never
// changed in between. Private to jsonata/.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "services/workflow/jsonata/regex.h"
#include "services/workflow/jsonata/signature.h"
#include "services/workflow/jsonata/value.h"

namespace soma::workflow::jsonata {

struct NativeFunction;
struct Node;
using NodePointer = std::unique_ptr<Node>;

enum class Kind : uint8_t {
  kPath,      // children: steps
  kName,      // text
  kLiteral,   // literal
  kNumber,    // literal
  kString,    // literal, text
  kVariable,  // variable
  kContext,   // $
  kRoot,      // $$
  kWildcard,
  kDescendants,
  kParent,     // ancestor: the label it reads
  kArray,      // children
  kObject,     // pairs
  kNegate,     // children[0]
  kRange,      // children: first, last
  kChain,      // children[0], then operations
  kSort,       // a step only: children: terms; descending
  kBind,       // variable, children[0]
  kApply,      // children: left, right
  kCondition,  // children
  kBlock,      // children
  kCall,       // children: procedure, arguments
  kPartial,    // the same; kPlaceholder where an argument is left open
  kPlaceholder,
  kLambda,     // children[0]: body
  kTransform,  // children: pattern, update, perhaps deletions
  kRegex,      // regex
};
// The reference's word for the kind, as S0217 names it.
std::string_view kind_name(Kind kind);

enum class Operator : uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kRemainder,
  kEqual,
  kNotEqual,
  kLess,
  kGreater,
  kLessOrEqual,
  kGreaterOrEqual,
  kIn,
  kAnd,
  kOr,
  kConcatenate,
};

struct Operation {
  Operator op;
  uint32_t position = 0;
  NodePointer right;
};

// A predicate, or where `node` is null the numbering of a step's results by #.
struct Stage {
  NodePointer node;
  int name = -1;  // of the variable that takes the number
};

struct Pair {
  NodePointer key;
  NodePointer value;
};

struct Group {
  std::vector<Pair> pairs;
  uint32_t position = 0;
};

// The names that one kind of frame has slots for.
class Scope {
 public:
  Scope() = default;
  // Parameters have the first slots, and are always set; of two with one name the later counts.
  explicit Scope(const std::vector<std::string>& parameters);
  int find(const std::string& name) const;
  int find_or_add(const std::string& name);
  size_t size() const { return size_; }
  size_t parameters() const { return parameters_; }

 private:
  std::unordered_map<std::string, int> slots_;
  size_t size_ = 0;
  size_t parameters_ = 0;
};

// One place where a variable may be: the scope `hops` further out. The first that is set counts.
struct Place {
  uint32_t hops = 0;
  uint32_t slot = 0;
};

struct VariablePlaces {
  Place first;
  std::vector<Place> others{};
  const NativeFunction* native = nullptr;  // where no place is set
  int tuple_name = -1;                     // a tuple stream may bind the name: frames are searched for it
};

struct Node {
  Kind kind;
  bool keep_array = false;      // the result's sequence stays an array
  bool keep_singleton = false;  // of a path: some step had []
  bool constructed = false;     // an array that a path does not flatten
  bool tuple = false;           // a step whose results carry bindings; a path or block that gives them on
  bool simple = false;          // a path of plain names, perhaps behind a variable
  bool post = false;            // has predicates or a group: something follows its own evaluation
  bool captured = false;        // of a lambda or block: a closure may keep its frame
  uint32_t position = 0;
  uint32_t start = 0;

  std::string text{};
  Value literal{};
  std::vector<NodePointer> children{};
  std::vector<Stage> predicates{};  // of a node; the first is applied first
  std::vector<Stage> stages{};      // of a step
  std::vector<Pair> pairs{};
  std::vector<Operation> operations{};
  std::vector<bool> descending{};
  std::unique_ptr<Group> group{};
  VariablePlaces variable{};
  std::unique_ptr<Scope> scope{};  // of a lambda or block
  std::shared_ptr<const Signature> signature{};
  std::shared_ptr<const Regex> regex{};

  int focus = -1;     // name of the variable after @
  int index = -1;     // name of the variable after #
  int ancestor = -1;  // while lowering: a slot of Ancestry; then the label under which a parent is found
  std::vector<int> seeking{};  // slots whose step has not been found yet
};

// Everything a node is made of, in the order of the text as far as that matters.
template <class Visit>
void for_each_part(Node& node, Visit&& visit) {
  const auto stages = [&](std::vector<Stage>& list) {
    for (Stage& stage : list) {
      if (stage.node != nullptr) visit(*stage.node);
    }
  };
  const auto pairs = [&](std::vector<Pair>& list) {
    for (Pair& pair : list) {
      visit(*pair.key);
      visit(*pair.value);
    }
  };
  for (const NodePointer& child : node.children) visit(*child);
  for (Operation& operation : node.operations) visit(*operation.right);
  pairs(node.pairs);
  stages(node.stages);
  stages(node.predicates);
  if (node.group != nullptr) pairs(node.group->pairs);
}

// A whole expression.
struct Plan {
  NodePointer root;
  Scope scope;  // of the whole: bindings and the variables assigned outside any block
  std::vector<std::string> tuple_names;  // of focus and index variables, by number
};
// Labels under which a step's input is found by % are numbered from here, so that they are no names.
inline constexpr int kFirstLabel = 1 << 20;

}  // namespace soma::workflow::jsonata
