// Functions. A call whose procedure is a lambda evaluates its arguments into the lambda's frame; a call that
// a lambda ends with does not nest: it is handed back (Tail) and made by the loop in run_lambda(), so that
// recursion at the end needs neither stack nor memory.
#include <algorithm>

#include "services/workflow/jsonata/evaluator.h"
#include "services/workflow/jsonata/functions.h"
#include "services/workflow/jsonata/regex.h"
#include "services/workflow/jsonata/text.h"

namespace soma::workflow::jsonata {
namespace {

constexpr size_t kFewArguments = 6;

template <class T>
const T& as(const Function& function) {
  return static_cast<const T&>(function);
}

bool is_lambda(Value value) {
  return value.is_function() && value.function()->kind == Function::Kind::kLambda;
}

// A lambda that takes its arguments as they are.
bool has_no_signature(Value value) {
  return is_lambda(value) && as<Lambda>(*value.function()).node->signature == nullptr;
}

// A position in a text, as a number has it.
size_t offset_of(Value number) {
  if (!number.is_number() || !(number.number() > 0)) return 0;
  return static_cast<size_t>(std::min(number.number(), static_cast<double>(UINT32_MAX)));
}

// The name by which a call calls, for messages; empty when it calls an expression.
std::string_view name_of(const Node& procedure) {
  if (procedure.kind == Kind::kPath) return procedure.children[0]->text;
  return procedure.text;
}

void complete(Failure& failure, const Node& call, bool overrides_position) {
  if (failure.token.empty()) failure.token = name_of(*call.children[0]);
  if (overrides_position || failure.position == kNoPosition) failure.position = call.position;
}

}  // namespace

size_t arity(Value function) {
  const Function& called = *function.function();
  switch (called.kind) {
    case Function::Kind::kLambda:
      return as<Lambda>(called).node->scope->parameters();
    case Function::Kind::kNative:
      return as<NativeFunction>(called).arity;
    case Function::Kind::kPartial: {
      const auto& partial = as<Partial>(called);
      return static_cast<size_t>(std::count_if(partial.arguments, partial.arguments + partial.size,
                                               [](Value argument) { return argument.is_unset(); }));
    }
    case Function::Kind::kRegex:
      return 2;
    case Function::Kind::kNextMatch:
      return 0;
    case Function::Kind::kTransform:
    case Function::Kind::kComposed:
      return 1;
  }
  return 0;
}

// A call that is still to be made.
struct Evaluator::Tail {
  const Node* node = nullptr;  // null: there is none
  Value procedure;
  Frame* frame = nullptr;        // a lambda's, with its arguments in it
  std::span<Value> arguments{};  // where there is no frame
};

// --- Calls in the text

Value Evaluator::procedure(const Node& call, std::string_view code, Value input, Frame* frame) {
  const Node& node = *call.children[0];
  const Value value = evaluate(node, input, frame);
  if (!value.is_undefined() || node.kind != Kind::kPath) return value;
  // A function that has been called without its "$".
  const std::string_view name = name_of(node);
  const int slot = plan_.scope.find(std::string(name));
  if (find_native(name) != nullptr || (slot >= 0 && is_truthy(root_frame_->slots[slot]))) {
    throw Failure{.code = code, .position = call.position, .token = std::string(name)};
  }
  return value;
}

size_t Evaluator::arguments(const Node& node, Value input, Frame* frame, const Value* applied, Value* into) {
  size_t count = 0;
  if (applied != nullptr) into[count++] = *applied;
  for (size_t at = 1; at < node.children.size(); ++at) {
    const Value argument = evaluate(*node.children[at], input, frame);
    into[count++] = argument.is_function() ? argument.detached() : argument;
  }
  return count;
}

Value Evaluator::evaluate_call(const Node& node, Value input, Frame* frame, const Value* applied) {
  const Value called = procedure(node, "T1005", input, frame);
  // What goes wrong in the arguments is named by itself.
  Frame* inner = nullptr;
  Value few[kFewArguments];
  std::span<Value> all(few);
  if (has_no_signature(called)) {
    inner = argument_frame(node, as<Lambda>(*called.function()), input, frame, applied);
  } else {
    if (node.children.size() > kFewArguments) {
      all = std::span(memory_.take_array<Value>(node.children.size()), node.children.size());
    }
    all = all.first(arguments(node, input, frame, applied, all.data()));
  }
  try {
    if (inner != nullptr) return run_lambda(as<Lambda>(*called.function()), inner, input);
    return call(called, all, called.is_detached() ? Value::null() : input);
  } catch (Failure& failure) {
    complete(failure, node, !called.is_detached());
    throw;
  }
}

// The frame of a lambda with the call's arguments in it; those that it has no parameter for are evaluated
// too.
Frame* Evaluator::argument_frame(const Node& node, const Lambda& lambda, Value input, Frame* frame,
                                 const Value* applied) {
  const Scope& scope = *lambda.node->scope;
  Frame* inner = take_frame(scope, lambda.frame);
  const size_t parameters = scope.parameters();
  size_t count = 0;
  const auto add = [&](Value argument) {
    if (count < parameters) inner->slots[count] = argument;
    ++count;
  };
  if (applied != nullptr) add(*applied);
  for (size_t at = 1; at < node.children.size(); ++at) {
    const Value argument = evaluate(*node.children[at], input, frame);
    add(argument.is_function() ? argument.detached() : argument);
  }
  for (; count < parameters; ++count) inner->slots[count] = Value();
  return inner;
}

Value Evaluator::evaluate_apply(const Node& node, Value input, Frame* frame) {
  const Value left = evaluate(*node.children[0], input, frame);
  const Node& right = *node.children[1];
  if (right.kind == Kind::kCall) return evaluate_call(right, input, frame, &left);
  const Value function = evaluate(right, input, frame);
  if (!function.is_function()) {
    throw Failure{.code = "T2006", .position = node.position, .value = describe(function)};
  }
  if (left.is_function()) {
    return memory_.make<Composed>(Function{Function::Kind::kComposed}, left, function);
  }
  Value argument = left;
  return call(function, std::span(&argument, 1), Value::null());
}

Value Evaluator::evaluate_partial(const Node& node, Value input, Frame* frame) {
  const size_t size = node.children.size() - 1;
  Value* arguments = memory_.take_array<Value>(size);
  for (size_t at = 0; at < size; ++at) {
    const Node& argument = *node.children[at + 1];
    arguments[at] = argument.kind == Kind::kPlaceholder ? Value::unset() : evaluate(argument, input, frame);
  }
  const Value target = procedure(node, "T1007", input, frame);
  if (!target.is_function()) {
    throw Failure{
        .code = "T1008", .position = node.position, .token = std::string(name_of(*node.children[0]))};
  }
  return memory_.make<Partial>(Function{Function::Kind::kPartial}, target, arguments,
                               static_cast<uint32_t>(size));
}

// --- Calls of values

Value Evaluator::call(Value function, std::span<const Value> arguments) {
  Value few[kFewArguments];
  Value* all = arguments.size() <= kFewArguments ? few : memory_.take_array<Value>(arguments.size());
  std::ranges::copy(arguments, all);
  return call(function, std::span(all, arguments.size()), Value::null());
}

Value Evaluator::call(Value function, std::span<Value> arguments, Value context) {
  if (!function.is_function()) throw Failure{.code = "T1006"};
  spend(1);
  if (++depth_ > limits().max_depth) throw Failure{.code = "U1001", .message = "max_depth"};
  const Function& called = *function.function();
  const auto argument = [&](size_t at) { return at < arguments.size() ? arguments[at] : Value(); };
  Value result;
  switch (called.kind) {
    case Function::Kind::kLambda: {
      const auto& lambda = as<Lambda>(called);
      if (lambda.node->signature != nullptr)
        arguments = lambda.node->signature->apply(memory_, arguments, context);
      result = run_lambda(lambda, lambda_frame(lambda, arguments), context);
      break;
    }
    case Function::Kind::kNative: {
      const auto& native = as<NativeFunction>(called);
      result = native.run(*this, native.signature.apply(memory_, arguments, context));
      break;
    }
    case Function::Kind::kPartial:
      result = call_partial(as<Partial>(called), arguments);
      break;
    case Function::Kind::kRegex: {
      const Value text = argument(0), from = argument(1);
      if (text.is_string()) {
        result = find_match(as<RegexFunction>(called), text.text(), offset_of(from));
      }
      break;
    }
    case Function::Kind::kNextMatch:
      result = next_match(as<NextMatch>(called));
      break;
    case Function::Kind::kTransform: {
      static const Signature signature = Signature::parse("<(oa):o>");
      result = transform(as<Transform>(called), signature.apply(memory_, arguments, context)[0]);
      break;
    }
    case Function::Kind::kComposed: {
      Value between = call(as<Composed>(called).first,
                           std::span(arguments).first(std::min<size_t>(arguments.size(), 1)), Value::null());
      result = call(as<Composed>(called).second, std::span(&between, 1), Value::null());
      break;
    }
  }
  --depth_;
  return result;
}

Value Evaluator::call_partial(const Partial& partial, std::span<Value> arguments) {
  Value* all = memory_.take_array<Value>(partial.size);
  size_t next = 0;
  for (uint32_t at = 0; at < partial.size; ++at) {
    const Value bound = partial.arguments[at];
    all[at] = !bound.is_unset() ? bound : next < arguments.size() ? arguments[next++] : Value();
  }
  // What is partly applied has no signature any more; the language's own functions need theirs.
  if (is_lambda(partial.target)) {
    const auto& lambda = as<Lambda>(*partial.target.function());
    return run_lambda(lambda, lambda_frame(lambda, std::span(all, partial.size)), Value::null());
  }
  return call(partial.target, std::span(all, partial.size), Value::null());
}

Frame* Evaluator::lambda_frame(const Lambda& lambda, std::span<const Value> arguments) {
  const Scope& scope = *lambda.node->scope;
  Frame* frame = take_frame(scope, lambda.frame);
  for (size_t at = 0; at < scope.parameters(); ++at)
    frame->slots[at] = at < arguments.size() ? arguments[at] : Value();
  return frame;
}

// --- Lambdas

Value Evaluator::run_lambda(const Lambda& first, Frame* frame, Value context) {
  const Lambda* lambda = &first;
  Tail made;  // the call that is being made
  try {
    for (;;) {
      Tail next;
      const Value result = evaluate_tail(*lambda->node->children[0], lambda->input, frame, next);
      if (!lambda->node->captured) release(frame);
      if (next.node == nullptr) return result;
      spend(1);
      made = next;
      if (!is_lambda(made.procedure)) return call(made.procedure, made.arguments, context);
      lambda = &as<Lambda>(*made.procedure.function());
      frame = made.frame;
      if (frame == nullptr) {
        frame = lambda_frame(*lambda, lambda->node->signature->apply(memory_, made.arguments, context));
      }
    }
  } catch (Failure& failure) {
    if (made.node != nullptr) {
      if (failure.token.empty()) failure.token = name_of(*made.node->children[0]);
      if (!made.procedure.is_detached() || failure.position == kNoPosition)
        failure.position = made.node->children[0]->position;
    }
    throw;
  }
}

// The last thing that a lambda does: its value, or a call in `tail`.
Value Evaluator::evaluate_tail(const Node& node, Value input, Frame* frame, Tail& tail) {
  if (!node.predicates.empty()) return evaluate(node, input, frame);
  switch (node.kind) {
    case Kind::kCondition: {
      if (node.group != nullptr) return evaluate(node, input, frame);
      spend(1);
      if (++depth_ > limits().max_depth) throw Failure{.code = "U1001", .message = "max_depth"};
      Value result;
      if (holds(evaluate(*node.children[0], input, frame))) {
        result = evaluate_tail(*node.children[1], input, frame, tail);
      } else if (node.children.size() > 2) {
        result = evaluate_tail(*node.children[2], input, frame, tail);
      }
      --depth_;
      return result;
    }
    case Kind::kBlock: {
      if (node.group != nullptr || node.children.empty()) return evaluate(node, input, frame);
      spend(1);
      if (++depth_ > limits().max_depth) throw Failure{.code = "U1001", .message = "max_depth"};
      Frame* inner = node.scope != nullptr ? take_frame(*node.scope, frame) : frame;
      for (size_t at = 0; at + 1 < node.children.size(); ++at) evaluate(*node.children[at], input, inner);
      const Value result = evaluate_tail(*node.children.back(), input, inner, tail);
      if (inner != frame && !node.captured) release(inner);
      --depth_;
      return result;
    }
    case Kind::kCall: {
      tail.node = &node;
      tail.procedure = procedure(node, "T1005", input, frame);
      const Value called = tail.procedure;
      if (has_no_signature(called)) {
        tail.frame = argument_frame(node, as<Lambda>(*called.function()), input, frame, nullptr);
      } else {
        Value* all = memory_.take_array<Value>(node.children.size());
        tail.arguments = std::span(all, arguments(node, input, frame, nullptr, all));
      }
      return Value();
    }
    default:
      return evaluate(node, input, frame);
  }
}

}  // namespace soma::workflow::jsonata
