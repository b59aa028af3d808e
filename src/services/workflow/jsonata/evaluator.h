// Walks the tree. One evaluator is one evaluation: it counts steps, depth and bytes, and ends with the value
// or a Failure. Private to jsonata/.
//
//   evaluator.cpp            what each node means, variables, limits
//   evaluator_path.cpp       paths, steps, predicates
//   evaluator_tuple.cpp      steps that bind (@, #, %), grouping, order-by
//   evaluator_operators.cpp  + - < & and the rest
//   evaluator_call.cpp       functions of every kind, tail calls
//   evaluator_transform.cpp  | … | … |
#pragma once

#include <span>

#include "services/workflow/jsonata/failure.h"
#include "services/workflow/jsonata/function.h"
#include "services/workflow/jsonata/jsonata.h"
#include "services/workflow/jsonata/node.h"
#include "services/workflow/jsonata/object.h"
#include "services/workflow/jsonata/value.h"

namespace soma::workflow::jsonata {

class Evaluator {
 public:
  Evaluator(const Plan& plan, const Surroundings& surroundings, Memory& memory)
      : plan_(plan), surroundings_(surroundings), memory_(memory), steps_(surroundings.limits.max_steps) {}

  Value run(const Arguments& arguments);

  // --- For functions
  Memory& memory() { return memory_; }
  const Limits& limits() const { return surroundings_.limits; }
  const Surroundings& surroundings() const { return surroundings_; }
  // Work is paid for before it is done; fails with U1001.
  void spend(uint64_t count) {
    if (steps_ < count) jsonata::spend(steps_, count);
    steps_ -= count;
  }
  uint64_t& steps() { return steps_; }
  RegexScratch& regex_scratch() { return regex_scratch_; }
  // Calls without a context, as functions call the functions they are given.
  Value call(Value function, std::span<const Value> arguments);
  // Text in Memory, checked against max_string_bytes.
  Value text(std::string_view made);
  // $boolean, undefined being false.
  bool holds(Value value) { return !value.is_undefined() && to_boolean(value, steps_); }
  void check_text_size(std::string_view made) const;
  // $string
  Value to_text(Value value, bool pretty = false);
  Value concatenate(Value left, Value right);
  Value lookup(Value input, std::string_view name) { return lookup(input, name, 0); }
  Value clone(Value value);
  Value range(double first, double last, double step);
  // What a parsed text became: kept until the evaluation ends.
  Value keep(json::Value value, size_t text_bytes);
  // A match as the protocol of matcher functions has it (functions_match.cpp); undefined for none.
  Value find_match(const RegexFunction& regex, std::string_view text, size_t from);
  Value next_match(const NextMatch& next);

 private:
  struct Tail;
  struct Inputs;

  // --- evaluator.cpp
  Value evaluate(const Node& node, Value input, Frame* frame);
  Value evaluate_inner(const Node& node, Value input, Frame* frame);
  Value follow(const Node& node, Value result, Frame* frame);
  static Value collapse(const Node& node, Value result);
  Value variable(const VariablePlaces& places, Frame* frame);
  Value variable_in_tuples(const VariablePlaces& places, Frame* frame);
  Value array(const Node& node, Value input, Frame* frame);
  Value negate(const Node& node, Value input, Frame* frame);
  Value condition(const Node& node, Value input, Frame* frame);
  Value block(const Node& node, Value input, Frame* frame);
  Frame* take_frame(const Scope& scope, Frame* parent);
  void release(Frame* frame);
  Value lookup(Value input, std::string_view name, size_t depth);

  // --- evaluator_path.cpp
  Value path(const Node& node, Value input, Frame* frame);
  Value simple_path(const Node& node, Value input, Frame* frame);
  Value constructed_step(const Node& step, const Inputs& inputs, Frame* frame, bool only);
  Value names_of_items(const Node& path, size_t step, Value array);
  Value step(const Node& step, const Inputs& inputs, Frame* frame, bool last);
  Value filter(const Node& predicate, Value input, Frame* frame);
  Value wildcard(Value input);
  Value descendants(Value input);
  void descend(Value input, Array* found, size_t depth);
  void flatten(Value value, Array* flat, size_t depth);

  // --- evaluator_tuple.cpp
  Array* tuple_step(const Node& step, const Inputs& inputs, Array* tuples, Frame* frame);
  Value stages(const std::vector<Stage>& stages, Value input, Frame* frame);
  void bind(Tuple& tuple, int name, Value value);
  Tuple* copy(const Tuple& tuple, size_t room);
  Frame* tuple_frame(Frame* parent, const Tuple* tuple);
  Value group(const std::vector<Pair>& pairs, uint32_t position, Value input, Frame* frame);
  Value object(const Node& node, Value item, Frame* frame);
  std::string_view key(const Node& node, uint32_t position, Value context, Frame* frame);
  Tuple* reduce(Value tuples);
  Value sort(const Node& step, Value input, Frame* frame);

  // --- evaluator_operators.cpp
  Value chain(const Node& node, Value input, Frame* frame);
  Value logical(const Operation& operation, Value left, Value input, Frame* frame);
  Value binary(const Operation& operation, Value left, Value right);
  Value evaluate_range(const Node& node, Value input, Frame* frame);

  // --- evaluator_call.cpp
  Value evaluate_call(const Node& node, Value input, Frame* frame, const Value* applied);
  Value evaluate_apply(const Node& node, Value input, Frame* frame);
  Value evaluate_partial(const Node& node, Value input, Frame* frame);
  Value procedure(const Node& call, std::string_view code, Value input, Frame* frame);
  Frame* argument_frame(const Node& node, const Lambda& lambda, Value input, Frame* frame,
                        const Value* applied);
  size_t arguments(const Node& node, Value input, Frame* frame, const Value* applied, Value* into);
  Value call(Value function, std::span<Value> arguments, Value context);
  Value call_partial(const Partial& partial, std::span<Value> arguments);
  Frame* lambda_frame(const Lambda& lambda, std::span<const Value> arguments);
  Value run_lambda(const Lambda& lambda, Frame* frame, Value context);
  Value evaluate_tail(const Node& node, Value input, Frame* frame, Tail& tail);
  Value transform(const Transform& transform, Value object);
  void update(const Node& node, Value match, Frame* frame);

  const Plan& plan_;
  const Surroundings& surroundings_;
  Memory& memory_;
  uint64_t steps_;
  size_t depth_ = 0;
  Value root_;
  Frame* root_frame_ = nullptr;
  ObjectIndexes indexes_;
  static constexpr size_t kPooledSizes = 16;
  Frame* free_frames_[kPooledSizes] = {};  // by number of slots
  std::vector<std::unique_ptr<json::Value>> kept_;
  RegexScratch regex_scratch_;
};

// What a path's step works through: an array, or one value that is none.
struct Evaluator::Inputs {
  Value value;
  bool many = false;
  size_t size() const { return many ? value.size() : 1; }
  Value operator[](size_t at) const { return many ? value.item(at) : value; }
};

}  // namespace soma::workflow::jsonata
