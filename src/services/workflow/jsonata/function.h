// Frames, tuples and the kinds of function that an evaluation makes. Private to jsonata/.
#pragma once

#include <span>
#include <string_view>

#include "services/workflow/jsonata/node.h"
#include "services/workflow/jsonata/value.h"

namespace soma::workflow::jsonata {

class Evaluator;

// A step's result with what has been bound on the way to it.
struct Tuple {
  struct Binding {
    int name;  // of Plan::tuple_names, or a label
    Value value;
  };
  Value at;
  Binding* bindings = nullptr;
  uint32_t size = 0;
};

// Variables: of a scope, or those that a tuple binds.
struct Frame {
  Frame* parent = nullptr;
  Frame* nearest = nullptr;  // itself, or the nearest one around that has slots
  const Tuple* tuple = nullptr;
  Value* slots = nullptr;
  uint32_t size = 0;
};

struct Function {
  enum class Kind : uint8_t { kLambda, kNative, kPartial, kRegex, kNextMatch, kTransform, kComposed };
  Kind kind;
};

struct Lambda : Function {
  const Node* node;
  Value input;
  Frame* frame;
};

// A function of the language. What it gets has been through its signature.
struct NativeFunction : Function {
  std::string_view name;
  Signature signature;
  uint32_t arity;  // how many arguments it takes from $map and its like
  Value (*run)(Evaluator& evaluator, std::span<const Value> arguments);
};

struct Partial : Function {
  Value target;
  Value* arguments;  // kUnset where one is left open
  uint32_t size;
};

struct RegexFunction : Function {
  const Regex* regex;
  size_t position;
};

// Called to get the match behind another.
struct NextMatch : Function {
  const RegexFunction* regex;
  std::string_view text;
  size_t from;
};

struct Transform : Function {
  const Node* node;
  Frame* frame;
};

// first ~> second
struct Composed : Function {
  Value first;
  Value second;
};

// How many arguments a function can take.
size_t arity(Value function);

}  // namespace soma::workflow::jsonata
