#include <cmath>

#include "services/workflow/jsonata/evaluator.h"
#include "services/workflow/jsonata/text.h"

namespace soma::workflow::jsonata {
namespace {

std::string_view symbol(Operator op) {
  switch (op) {
    case Operator::kAdd:
      return "+";
    case Operator::kSubtract:
      return "-";
    case Operator::kMultiply:
      return "*";
    case Operator::kDivide:
      return "/";
    case Operator::kRemainder:
      return "%";
    case Operator::kEqual:
      return "=";
    case Operator::kNotEqual:
      return "!=";
    case Operator::kLess:
      return "<";
    case Operator::kGreater:
      return ">";
    case Operator::kLessOrEqual:
      return "<=";
    case Operator::kGreaterOrEqual:
      return ">=";
    case Operator::kIn:
      return "in";
    case Operator::kAnd:
      return "and";
    case Operator::kOr:
      return "or";
    case Operator::kConcatenate:
      return "&";
  }
  return "";
}

[[noreturn]] void refuse(const Operation& operation, std::string_view code, Value value, Value value2 = {}) {
  throw Failure{.code = code,
                .position = operation.position,
                .token = std::string(symbol(operation.op)),
                .value = describe(value),
                .value2 = describe(value2)};
}

void check_operand(const Operation& operation, Value operand, std::string_view code) {
  if (operand.is_undefined()) return;
  if (!operand.is_number() || std::isnan(operand.number())) refuse(operation, code, operand);
  if (std::isinf(operand.number())) refuse(operation, "D1001", operand);
}

Value compute(const Operation& operation, Value left, Value right) {
  check_operand(operation, left, "T2001");
  check_operand(operation, right, "T2002");
  if (left.is_undefined() || right.is_undefined()) return Value();
  switch (operation.op) {
    case Operator::kAdd:
      return left.number() + right.number();
    case Operator::kSubtract:
      return left.number() - right.number();
    case Operator::kMultiply:
      return left.number() * right.number();
    case Operator::kDivide:
      return left.number() / right.number();
    default:
      return std::fmod(left.number(), right.number());
  }
}

bool is_comparable(Value value) {
  return value.is_undefined() || value.is_string() || value.is_number();
}

Value compare(const Operation& operation, Value left, Value right) {
  if (!is_comparable(left) || !is_comparable(right)) {
    refuse(operation, "T2010", left.is_string() || left.is_number() ? right : left);
  }
  if (left.is_undefined() || right.is_undefined()) return Value();
  if (left.tag() != right.tag()) refuse(operation, "T2009", left, right);
  if (left.is_number()) {
    const double a = left.number(), b = right.number();
    switch (operation.op) {
      case Operator::kLess:
        return a < b;
      case Operator::kGreater:
        return a > b;
      case Operator::kLessOrEqual:
        return a <= b;
      default:
        return a >= b;
    }
  }
  const int order = compare_units(left.text(), right.text());
  switch (operation.op) {
    case Operator::kLess:
      return order < 0;
    case Operator::kGreater:
      return order > 0;
    case Operator::kLessOrEqual:
      return order <= 0;
    default:
      return order >= 0;
  }
}

}  // namespace

Value Evaluator::chain(const Node& node, Value input, Frame* frame) {
  Value result = evaluate(*node.children[0], input, frame);
  for (const Operation& operation : node.operations) {
    if (operation.op == Operator::kAnd || operation.op == Operator::kOr) {
      result = logical(operation, result, input, frame);
    } else {
      result = binary(operation, result, evaluate(*operation.right, input, frame));
    }
  }
  return result;
}

Value Evaluator::logical(const Operation& operation, Value left, Value input, Frame* frame) {
  try {
    const bool left_holds = holds(left);
    if (left_holds == (operation.op == Operator::kOr)) return left_holds;
    return holds(evaluate(*operation.right, input, frame));
  } catch (Failure& failure) {  // the reference names this operator, whatever failed inside
    failure.position = operation.position;
    failure.token = symbol(operation.op);
    throw;
  }
}

Value Evaluator::binary(const Operation& operation, Value left, Value right) {
  switch (operation.op) {
    case Operator::kEqual:
    case Operator::kNotEqual: {
      if (left.is_undefined() || right.is_undefined()) return false;
      return deep_equal(left, right, steps_) == (operation.op == Operator::kEqual);
    }
    case Operator::kLess:
    case Operator::kGreater:
    case Operator::kLessOrEqual:
    case Operator::kGreaterOrEqual:
      if (left.is_string()) spend(left.text().size() / kBytesPerStep);
      return compare(operation, left, right);
    case Operator::kIn: {
      if (left.is_undefined() || right.is_undefined()) return false;
      if (!right.is_array()) return is_identical(left, right, steps_);
      spend(right.size() / 4);
      for (size_t at = 0; at < right.size(); ++at) {
        if (is_identical(left, right.item(at), steps_)) return true;
      }
      return false;
    }
    case Operator::kConcatenate:
      try {
        const Value a = to_text(left), b = to_text(right);
        if (a.is_undefined()) return b.is_undefined() ? Value(std::string_view("")) : b;
        return b.is_undefined() ? a : concatenate(a, b);
      } catch (Failure& failure) {
        failure.position = operation.position;
        failure.token = symbol(operation.op);
        throw;
      }
    default:
      return compute(operation, left, right);
  }
}

Value Evaluator::evaluate_range(const Node& node, Value input, Frame* frame) {
  const Value first = evaluate(*node.children[0], input, frame);
  const Value last = evaluate(*node.children[1], input, frame);
  const auto check = [&](Value end, std::string_view code) {
    const bool is_integer =
        end.is_number() && std::trunc(end.number()) == end.number() && !std::isinf(end.number());
    if (end.is_undefined() || is_integer) return;
    throw Failure{.code = code, .position = node.position, .token = "..", .value = describe(end)};
  };
  check(first, "T2003");
  check(last, "T2004");
  if (first.is_undefined() || last.is_undefined() || first.number() > last.number()) return Value();
  return range(first.number(), last.number(), 1);
}

// A sequence; empty where step leads away from last.
Value Evaluator::range(double first, double last, double step) {
  const double count = std::floor((last - first) / step) + 1;
  if (!(count > 0)) return make_sequence(memory_);
  if (count > static_cast<double>(limits().max_range_items)) {
    throw Failure{.code = "D2014", .value = describe(count), .message = "max_range_items"};
  }
  const auto size = static_cast<size_t>(count);
  spend(size / 8);
  Array* items = make_sequence(memory_, size);
  for (size_t at = 0; at < size; ++at) items->items[at] = first + static_cast<double>(at) * step;
  items->size = static_cast<uint32_t>(size);
  return items;
}

}  // namespace soma::workflow::jsonata
