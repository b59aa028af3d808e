#include <algorithm>

#include "services/workflow/jsonata/functions.h"

namespace soma::workflow::jsonata::native {
namespace {

// Calls with as many of value, position (or key) and whole as the function can take.
class Applied {
 public:
  Applied(Evaluator& evaluator, Value function, Value whole)
      : evaluator_(evaluator), function_(function), whole_(whole) {
    if (function.is_function()) count_ = std::clamp<size_t>(arity(function), 1, 3);
  }

  Value operator()(Value value, Value place) {
    const Value all[] = {value, place, whole_};
    return evaluator_.call(function_, std::span(all, count_));
  }

 private:
  Evaluator& evaluator_;
  Value function_;
  Value whole_;
  size_t count_ = 1;
};

Value position(size_t at) {
  return static_cast<double>(at);
}

}  // namespace

Value map(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  Applied function(evaluator, args[1], args[0]);
  Array* results = make_sequence(evaluator.memory());
  for (size_t at = 0; at < args[0].size(); ++at) {
    const Value result = function(args[0].item(at), position(at));
    if (!result.is_undefined()) push(evaluator.memory(), results, result);
  }
  return results;
}

Value filter(Evaluator& evaluator, Args args) {
  if (args[0].is_undefined()) return args[0];
  Applied function(evaluator, args[1], args[0]);
  Array* results = make_sequence(evaluator.memory());
  for (size_t at = 0; at < args[0].size(); ++at) {
    const Value item = args[0].item(at);
    if (evaluator.holds(function(item, position(at)))) push(evaluator.memory(), results, item);
  }
  return results;
}

Value single(Evaluator& evaluator, Args args) {
  const Value array = args[0];
  if (array.is_undefined()) return array;
  Value found;
  bool has_found = false;
  const auto matches = [&](Value item, size_t at) {
    if (args[1].is_undefined()) return true;
    return evaluator.holds(Applied(evaluator, args[1], array)(item, position(at)));
  };
  for (size_t at = 0; at < array.size(); ++at) {
    if (!matches(array.item(at), at)) continue;
    if (has_found) throw Failure{.code = "D3138", .index = at};
    found = array.item(at);
    has_found = true;
  }
  if (!has_found) throw Failure{.code = "D3139"};
  return found;
}

Value reduce(Evaluator& evaluator, Args args) {
  const Value sequence = args[0], function = args[1];
  if (sequence.is_undefined()) return sequence;
  if (!function.is_function()) throw Failure{.code = "T1006"};
  const size_t count = arity(function);
  if (count < 2) throw Failure{.code = "D3050", .index = 1};
  size_t at = 0;
  Value result = args[2];
  if (result.is_undefined() && sequence.size() > 0) result = sequence.item(at++);
  for (; at < sequence.size(); ++at) {
    const Value all[] = {result, sequence.item(at), position(at), sequence};
    result = evaluator.call(function, std::span(all, std::min<size_t>(count, 4)));
  }
  return result;
}

Value each(Evaluator& evaluator, Args args) {
  Array* results = make_sequence(evaluator.memory());
  if (!args[0].is_object()) return results;
  Applied function(evaluator, args[1], args[0]);
  for (const Member& member : members(evaluator.memory(), args[0])) {
    const Value result = function(member.value, member.key);
    if (!result.is_undefined()) push(evaluator.memory(), results, result);
  }
  return results;
}

Value sift(Evaluator& evaluator, Args args) {
  if (!args[0].is_object()) return Value();
  Applied function(evaluator, args[1], args[0]);
  Object* kept = make_object(evaluator.memory());
  for (const Member& member : members(evaluator.memory(), args[0])) {
    if (evaluator.holds(function(member.value, member.key)))
      set(evaluator.memory(), kept, member.key, member.value);
  }
  return kept->size == 0 ? Value() : Value(kept);
}

}  // namespace soma::workflow::jsonata::native
