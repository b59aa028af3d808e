// A Pratt parser: each operator has a binding power, and an operand takes all operators to its right that
// bind tighter than the one to its left (V. Pratt, "Top down operator precedence", 1973). Powers and error
// codes are those of the reference implementation.
#include <algorithm>
#include <functional>

#include "services/workflow/jsonata/failure.h"
#include "services/workflow/jsonata/jsonata.h"
#include "services/workflow/jsonata/lexer.h"
#include "services/workflow/jsonata/syntax.h"

namespace soma::workflow::jsonata {
namespace {

using Kind = Syntax::Kind;

struct Power {
  std::string_view op;
  int power;
};

constexpr Power kPowers[] = {{".", 75},  {"[", 80},   {"{", 70},  {"(", 80},  {"@", 80},
                             {"#", 80},  {"?", 20},   {"+", 50},  {"-", 50},  {"*", 60},
                             {"/", 60},  {"%", 60},   {"=", 40},  {"<", 40},  {">", 40},
                             {"^", 40},  {":=", 10},  {"!=", 40}, {"<=", 40}, {">=", 40},
                             {"~>", 40}, {"and", 30}, {"or", 25}, {"in", 40}, {"&", 50}};
constexpr std::string_view kChained[] = {"+",  "-",  "*",  "/",  "%",   "=",  "<", ">",
                                         "!=", "<=", ">=", "in", "and", "or", "&"};
constexpr int kPrefixPower = 70;
constexpr std::string_view kUnknownOperators[] = {"!", "~"};

template <size_t size>
bool is_one_of(const std::string_view (&list)[size], std::string_view op) {
  return std::ranges::find(list, op) != std::end(list);
}

bool is_literal(const Token& token) {
  return token.type == TokenType::kNumber || token.type == TokenType::kTrue ||
         token.type == TokenType::kFalse || token.type == TokenType::kNull;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) { advance(); }

  SyntaxPointer parse() {
    SyntaxPointer whole = expression(0);
    if (token_.type != TokenType::kEnd) {
      throw Failure{.code = "S0201",
                    .position = token_.position,
                    .token = token_.text,
                    .token_is_literal = is_literal(token_)};
    }
    return whole;
  }

 private:
  void advance(bool expects_operator = false) {
    token_ = lexer_.next(expects_operator);
    if (token_.type == TokenType::kOperator && is_one_of(kUnknownOperators, token_.text)) {
      throw Failure{.code = "S0204", .position = token_.position, .token = token_.text};
    }
  }

  void take(std::string_view op, bool expects_operator = false) {
    if (!token_.is(op)) {
      const bool ended = token_.type == TokenType::kEnd;
      throw Failure{.code = ended ? "S0203" : "S0202",
                    .position = token_.position,
                    .token = token_.text,
                    .token_is_literal = is_literal(token_),
                    .value = "\"" + std::string(op) + "\""};
    }
    advance(expects_operator);
  }

  static SyntaxPointer make(Kind kind, const Token& token) {
    auto node = std::make_unique<Syntax>();
    node->kind = kind;
    node->position = token.position;
    node->start = token.start;
    return node;
  }

  static void add(Syntax& parent, SyntaxPointer child) {
    parent.height = std::max(parent.height, child->height + 1);
    if (parent.height > kMaxHeight)
      throw Failure{.code = "S0502", .position = parent.position, .message = "kMaxHeight"};
    parent.children.push_back(std::move(child));
  }

  static int power_of(const Token& token) {
    if (token.type != TokenType::kOperator) return 0;
    const auto known = std::ranges::find(kPowers, token.text, &Power::op);
    return known == std::end(kPowers) ? 0 : known->power;
  }

  SyntaxPointer expression(int power) {
    if (++depth_ > kMaxNesting)
      throw Failure{.code = "S0502", .position = token_.position, .message = "kMaxNesting"};
    Token first = std::move(token_);
    advance(true);
    SyntaxPointer left = operand(first);
    while (power < power_of(token_)) {
      Token op = std::move(token_);
      advance();
      left = operation(op, std::move(left));
    }
    --depth_;
    return left;
  }

  // What can stand where an operand is expected.
  SyntaxPointer operand(Token& token) {
    switch (token.type) {
      case TokenType::kOperator:
        return prefix(token);
      case TokenType::kEnd:
        return word(Kind::kEnd, token);
      case TokenType::kName:
        return word(Kind::kName, token);
      case TokenType::kVariable:
        return word(Kind::kVariable, token);
      case TokenType::kString:
        return word(Kind::kString, token);
      case TokenType::kNumber:
        return word(Kind::kNumber, token);
      case TokenType::kTrue:
      case TokenType::kFalse:
      case TokenType::kNull:
        return word(Kind::kLiteral, token);
      case TokenType::kRegex:
        return word(Kind::kRegex, token);
    }
    return nullptr;
  }

  static SyntaxPointer word(Kind kind, Token& token) {
    SyntaxPointer node = make(kind, token);
    node->text = std::move(token.text);
    node->flags = std::move(token.flags);
    node->number = token.number;
    return node;
  }

  SyntaxPointer prefix(Token& token) {
    const std::string& op = token.text;
    if (op == "and" || op == "or" || op == "in") return word(Kind::kWord, token);
    if (op == "*") return word(Kind::kWildcard, token);
    if (op == "**") return word(Kind::kDescendants, token);
    if (op == "%") return word(Kind::kParent, token);
    if (op == "-") {
      SyntaxPointer node = make(Kind::kNegate, token);
      add(*node, expression(kPrefixPower));
      return node;
    }
    if (op == "(") return block(token);
    if (op == "[") return array(token);
    if (op == "{") {
      SyntaxPointer node = make(Kind::kObject, token);
      pairs(*node);
      return node;
    }
    if (op == "|") return transform(token);
    throw Failure{.code = "S0211", .position = token.position, .token = op};
  }

  SyntaxPointer block(const Token& token) {
    SyntaxPointer node = make(Kind::kBlock, token);
    while (!token_.is(")")) {
      add(*node, expression(0));
      if (!token_.is(";")) break;
      advance();
    }
    take(")", true);
    return node;
  }

  SyntaxPointer array(const Token& token) {
    SyntaxPointer node = make(Kind::kArray, token);
    if (!token_.is("]")) {
      for (;;) {
        add(*node, item());
        if (!token_.is(",")) break;
        advance();
      }
    }
    take("]", true);
    return node;
  }

  SyntaxPointer item() {
    SyntaxPointer first = expression(0);
    if (!token_.is("..")) return first;
    SyntaxPointer range = make(Kind::kRange, token_);
    advance();
    add(*range, std::move(first));
    add(*range, expression(0));
    return range;
  }

  void pairs(Syntax& node) {
    if (!token_.is("}")) {
      for (;;) {
        add(node, expression(0));
        take(":");
        add(node, expression(0));
        if (!token_.is(",")) break;
        advance();
      }
    }
    take("}", true);
  }

  SyntaxPointer transform(const Token& token) {
    SyntaxPointer node = make(Kind::kTransform, token);
    add(*node, expression(0));
    take("|");
    add(*node, expression(0));
    if (token_.is(",")) {
      advance();
      add(*node, expression(0));
    }
    take("|");
    return node;
  }

  // What an operator makes of the operand to its left.
  SyntaxPointer operation(Token& op, SyntaxPointer left) {
    if (is_one_of(kChained, op.text)) return chain(op, std::move(left));
    if (op.text == "(") return call(op, std::move(left));
    if (op.text == "[") return filter(op, std::move(left));
    if (op.text == "^") return sort(op, std::move(left));
    if (op.text == "?") return condition(op, std::move(left));
    if (op.text == ":=") return bind(op, std::move(left));
    if (op.text == "@") return variable_after(Kind::kFocus, op, std::move(left));
    if (op.text == "#") return variable_after(Kind::kIndex, op, std::move(left));
    if (op.text == "{") {
      SyntaxPointer node = make(Kind::kGroup, op);
      add(*node, std::move(left));
      pairs(*node);
      return node;
    }
    SyntaxPointer node = make(op.text == "." ? Kind::kDot : Kind::kApply, op);
    add(*node, std::move(left));
    add(*node, expression(power_of(op)));
    return node;
  }

  // A left operand that is a chain takes one more operator: the tree does not grow with its length.
  SyntaxPointer chain(Token& op, SyntaxPointer left) {
    const int power = power_of(op);
    if (left->kind != Kind::kChain) {
      SyntaxPointer node = make(Kind::kChain, op);
      add(*node, std::move(left));
      left = std::move(node);
    }
    left->operators.push_back(op.text);
    left->operator_positions.push_back(op.position);
    add(*left, expression(power));
    return left;
  }

  SyntaxPointer filter(const Token& op, SyntaxPointer left) {
    if (token_.is("]")) {
      Syntax* step = left.get();
      while (step->kind == Kind::kFilter) step = step->children[0].get();
      step->keep_array = true;
      advance();
      return left;
    }
    SyntaxPointer node = make(Kind::kFilter, op);
    add(*node, std::move(left));
    add(*node, expression(0));
    take("]", true);
    return node;
  }

  SyntaxPointer sort(const Token& op, SyntaxPointer left) {
    SyntaxPointer node = make(Kind::kSort, op);
    add(*node, std::move(left));
    take("(");
    for (;;) {
      const bool descending = token_.is(">");
      if (descending || token_.is("<")) advance();
      node->descending.push_back(descending);
      add(*node, expression(0));
      if (!token_.is(",")) break;
      advance();
    }
    take(")");
    return node;
  }

  SyntaxPointer condition(const Token& op, SyntaxPointer left) {
    SyntaxPointer node = make(Kind::kCondition, op);
    add(*node, std::move(left));
    add(*node, expression(0));
    if (token_.is(":")) {
      advance();
      add(*node, expression(0));
    }
    return node;
  }

  SyntaxPointer bind(const Token& op, SyntaxPointer left) {
    if (left->kind != Kind::kVariable) {
      throw Failure{.code = "S0212", .position = left->position, .token = left->text};
    }
    SyntaxPointer node = make(Kind::kBind, op);
    add(*node, std::move(left));
    add(*node, expression(power_of(op) - 1));
    return node;
  }

  SyntaxPointer variable_after(Kind kind, const Token& op, SyntaxPointer left) {
    SyntaxPointer node = make(kind, op);
    add(*node, std::move(left));
    const SyntaxPointer variable = expression(power_of(op));
    if (variable->kind != Kind::kVariable) {
      throw Failure{.code = "S0214", .position = variable->position, .token = op.text};
    }
    node->text = variable->text;
    return node;
  }

  SyntaxPointer call(const Token& op, SyntaxPointer procedure) {
    const bool defines =
        procedure->kind == Kind::kName && (procedure->text == "function" || procedure->text == "λ");
    SyntaxPointer node = make(Kind::kCall, op);
    add(*node, std::move(procedure));
    if (!token_.is(")")) {
      for (;;) {
        if (token_.is("?")) {
          node->kind = Kind::kPartial;
          add(*node, word(Kind::kPlaceholder, token_));
          advance();
        } else {
          add(*node, expression(0));
        }
        if (!token_.is(",")) break;
        advance();
      }
    }
    take(")", true);
    return defines ? lambda(std::move(node)) : std::move(node);
  }

  SyntaxPointer lambda(SyntaxPointer node) {
    node->kind = Kind::kLambda;
    for (size_t at = 1; at < node->children.size(); ++at) {
      const Syntax& parameter = *node->children[at];
      if (parameter.kind != Kind::kVariable) {
        throw Failure{.code = "S0208",
                      .position = parameter.position,
                      .token = parameter.text,
                      .value = std::to_string(at)};
      }
      node->parameters.push_back(parameter.text);
    }
    node->children.clear();
    if (token_.is("<")) signature(*node);
    take("{");
    add(*node, expression(0));
    take("}");
    return node;
  }

  void signature(Syntax& node) {
    const size_t start = token_.position;
    std::string text = "<";
    for (int depth = 1; depth > 0 && !token_.is("{") && token_.type != TokenType::kEnd;) {
      advance();
      if (token_.is(">")) --depth;
      if (token_.is("<")) ++depth;
      text += token_.text;
    }
    take(">");
    try {
      node.signature = std::make_shared<Signature>(Signature::parse(text));
    } catch (Failure& failure) {
      failure.position += start;
      throw;
    }
  }

  Lexer lexer_;
  Token token_;
  size_t depth_ = 0;
};

}  // namespace

SyntaxPointer parse_expression(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace soma::workflow::jsonata
