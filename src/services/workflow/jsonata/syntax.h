// The tree that the parser makes: what stands in the text, before meaning is given to paths. Private to
// jsonata/.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/workflow/jsonata/signature.h"

namespace soma::workflow::jsonata {

struct Syntax;
using SyntaxPointer = std::unique_ptr<Syntax>;

struct Syntax {
  enum class Kind {
    kEnd,          // the text ended where an operand should stand
    kName,         // text
    kVariable,     // text, without "$"
    kString,       // text
    kNumber,       // number
    kLiteral,      // text: true, false, null
    kRegex,        // text: the pattern; flags
    kWord,         // and, or, in where an operand stands: a name
    kPlaceholder,  // ? as an argument
    kWildcard,     // *
    kDescendants,  // **
    kParent,       // %
    kNegate,       // one child
    kArray,        // children
    kObject,       // children: key, value, key, value
    kRange,        // children: first, last
    kDot,          // children: left, right
    kChain,        // binary operators of any precedence, from the left: children[0] op children[1] op …
    kFilter,       // children: left, predicate
    kGroup,        // children: left, then key, value, …
    kSort,         // children: left, then terms; descending for each term
    kBind,         // children: variable, value
    kFocus,        // children: left; text: the variable after @
    kIndex,        // children: left; text: the variable after #
    kApply,        // children: left, right
    kCondition,    // children: condition, then, perhaps else
    kBlock,        // children
    kCall,         // children: procedure, arguments
    kPartial,      // the same, at least one argument is kPlaceholder
    kLambda,       // children: body; parameters; signature
    kTransform,    // children: pattern, update, perhaps deletions
  };

  Kind kind = Kind::kEnd;
  size_t position = 0;
  size_t start = 0;
  std::string text{};
  std::string flags{};
  double number = 0;
  bool keep_array = false;  // marked with []
  std::vector<SyntaxPointer> children{};
  std::vector<bool> descending{};
  std::vector<std::string> operators{};          // of a chain
  std::vector<size_t> operator_positions{};      // of a chain
  std::vector<std::string> parameters{};         // of a lambda
  std::shared_ptr<const Signature> signature{};  // of a lambda
  size_t height = 1;
};

// How deep a tree may be that grows to the left (f()()(), a[1][2], a ~> b ~> c).
inline constexpr size_t kMaxHeight = 1'000;

// Fails with S02xx, and S0502 past kMaxNesting and kMaxHeight.
SyntaxPointer parse_expression(std::string_view text);

}  // namespace soma::workflow::jsonata
