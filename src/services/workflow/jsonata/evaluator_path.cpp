// Paths. A step is evaluated for each of its inputs and what comes out is flattened by one level: that is how
// a path goes through arrays without saying so. The first step's input is the context, whose elements are
// taken one by one when it is an array, unless the step is a variable.
#include <algorithm>
#include <cmath>

#include "services/workflow/jsonata/evaluator.h"
#include "services/workflow/jsonata/text.h"

namespace soma::workflow::jsonata {
namespace {

bool is_variable(const Node& step) {
  return step.kind == Kind::kVariable || step.kind == Kind::kContext || step.kind == Kind::kRoot;
}

bool is_constructed(Value value) {
  return value.tag() == Tag::kArray && value.array()->constructed;
}
bool is_flattened(Value value) {
  return value.is_array() && !is_constructed(value);
}

// Gathers a step's results. One result is given on as it is: most paths never make an array.
class Results {
 public:
  explicit Results(Memory& memory) : memory_(memory) {}

  void add(Value result) {
    if (result.is_undefined()) return;
    if (count_++ == 0) {
      only_ = result;
      return;
    }
    if (all_ == nullptr) {
      all_ = make_sequence(memory_);
      add_to_all(only_);
    }
    add_to_all(result);
  }

  // `last`: of the path. A single array is then the result itself, and not a sequence.
  Value sequence(bool last) {
    if (count_ == 1 && only_.is_array() && !only_.is_sequence() && last) return only_;
    if (count_ == 1 && only_.is_array() && !is_constructed(only_) && !last) return only_;
    if (all_ == nullptr) {
      all_ = make_sequence(memory_, 1);
      if (count_ == 1) add_to_all(only_);
    }
    return all_;
  }

 private:
  void add_to_all(Value result) {
    if (is_flattened(result)) {
      push_all(memory_, all_, result);
    } else {
      push(memory_, all_, result);
    }
  }

  Memory& memory_;
  Value only_;
  size_t count_ = 0;
  Array* all_ = nullptr;
};

}  // namespace

// Names all the way: while there is one value and no array, a step is a look-up.
Value Evaluator::simple_path(const Node& node, Value input, Frame* frame) {
  size_t at = 0;
  Value current = input;
  if (is_variable(*node.children[0])) {
    current = evaluate(*node.children[0], input, frame);
    if (current.is_undefined()) return current;
    ++at;
    // A single step's array is the path's result itself.
    if (node.children.size() == 1) return current;
  }
  for (; at < node.children.size(); ++at) {
    if (current.is_array()) return names_of_items(node, at, current);
    current = lookup(current, node.children[at]->text);
    if (current.is_undefined()) return current;
  }
  if (!current.is_sequence()) return current;
  Array* sequence = make_sequence(memory_, current.size());  // what another path was told to keep ends there
  push_all(memory_, sequence, current);
  return sequence;
}

Value Evaluator::names_of_items(const Node& path, size_t step, Value array) {
  for (; step < path.children.size(); ++step) {
    const Node& name = *path.children[step];
    Results results(memory_);
    const size_t size = array.size();
    spend(size);
    for (size_t at = 0; at < size; ++at) results.add(collapse(name, lookup(array.item(at), name.text)));
    const bool last = step + 1 == path.children.size();
    array = results.sequence(last);
    if (array.size() == 0) return last ? array : Value();
  }
  return array;
}

Value Evaluator::path(const Node& node, Value input, Frame* frame) {
  Inputs inputs{.value = input, .many = input.is_array() && !is_variable(*node.children[0])};
  Value result;
  Array* tuples = nullptr;
  bool binds = false;
  for (size_t at = 0; at < node.children.size(); ++at) {
    const Node& step = *node.children[at];
    binds = binds || step.tuple;
    if (at == 0 && step.constructed) {
      result = constructed_step(step, inputs, frame, node.children.size() == 1);
    } else if (binds) {
      tuples = tuple_step(step, inputs, tuples, frame);
    } else {
      result = this->step(step, inputs, frame, at + 1 == node.children.size());
    }
    const bool starts = at == 0 && step.constructed;
    if (!binds && (result.is_undefined() || (result.is_array() && result.size() == 0) ||
                   (starts && result.is_string()))) {
      // Between steps an empty array is a sequence of nothing.
      if (at + 1 < node.children.size() && !starts) result = make_sequence(memory_);
      break;
    }
    if (step.focus < 0) inputs = {.value = result, .many = result.is_array()};
  }
  if (binds && tuples != nullptr) {
    result = tuples;
    if (!node.tuple) {
      Array* values = make_sequence(memory_, tuples->size);
      for (uint32_t at = 0; at < tuples->size; ++at) push(memory_, values, tuples->items[at].tuple()->at);
      result = values;
    }
  }
  if (node.keep_singleton && result.tag() == Tag::kArray) {
    if (result.array()->constructed && !result.array()->sequence) {
      Array* one = make_sequence(memory_, 1);
      push(memory_, one, result);
      result = one;
    }
    result.array()->keep_singleton = true;
  }
  if (node.group == nullptr) return result;
  return group(node.group->pairs, node.group->position, binds && tuples != nullptr ? Value(tuples) : result,
               frame);
}

// An array constructor at a path's beginning sees its whole input at once. Where a predicate leaves no array
// of it, the reference still takes the result for one: the next step goes through a text's units, and through
// nothing of anything else.
Value Evaluator::constructed_step(const Node& step, const Inputs& inputs, Frame* frame, bool only) {
  Value context = inputs.value;
  if (!inputs.many) {
    Array* one = make_sequence(memory_, 1);
    push(memory_, one, inputs.value);
    context = one;
  }
  const Value result = evaluate(step, context, frame);
  if (only || result.is_array() || result.is_undefined()) return result;
  if (!result.is_string()) return make_sequence(memory_);
  if (result.text().empty()) return result;  // it ends the path, as an empty array does
  const std::u16string units = to_utf16(result.text());
  spend(units.size());
  Array* items = make_array(memory_, units.size());
  for (const char16_t unit : units) push(memory_, items, text(from_utf16({&unit, 1})));
  return items;
}

Value Evaluator::step(const Node& step, const Inputs& inputs, Frame* frame, bool last) {
  if (step.kind == Kind::kSort) {
    Value all = inputs.value;
    if (inputs.size() <= 1) {  // there is nothing to sort, and the step before gave a sequence
      Array* sequence = make_sequence(memory_, 1);
      push_all(memory_, sequence, inputs.value);
      all = sequence;
    }
    return stages(step.stages, sort(step, all, frame), frame);
  }
  Results results(memory_);
  for (size_t at = 0, size = inputs.size(); at < size; ++at) {
    Value result = evaluate(step, inputs[at], frame);
    for (const Stage& stage : step.stages) result = filter(*stage.node, result, frame);
    results.add(result);
  }
  return results.sequence(last);
}

namespace {

// The element that an index means, counted from the end below 0.
double position_of(double index, size_t size) {
  index = std::floor(index);
  return index < 0 ? static_cast<double>(size) + index : index;
}

bool are_numbers(Value value) {
  if (value.is_number()) return is_numeric(value);
  if (!value.is_array()) return false;
  for (size_t at = 0; at < value.size(); ++at) {
    if (!is_numeric(value.item(at))) return false;
  }
  return true;
}

}  // namespace

Value Evaluator::filter(const Node& predicate, Value input, Frame* frame) {
  const Inputs inputs{.value = input, .many = input.is_array()};
  const size_t size = inputs.size();
  if (predicate.kind == Kind::kNumber) {
    const double position = position_of(predicate.literal.number(), size);
    const Value item = position >= 0 && position < static_cast<double>(size)
                           ? inputs[static_cast<size_t>(position)]
                           : Value();
    if (item.is_array()) return item;
    Array* found = make_sequence(memory_, 1);
    found->tuple_stream = input.is_tuple_stream();
    if (!item.is_undefined()) push(memory_, found, item);
    return found;
  }
  Array* found = make_sequence(memory_);
  found->tuple_stream = input.is_tuple_stream();
  for (size_t at = 0; at < size; ++at) {
    const Value item = inputs[at];
    Value context = item;
    Frame* around = frame;
    if (found->tuple_stream) {
      context = item.tuple()->at;
      around = tuple_frame(frame, item.tuple());
    }
    const Value result = evaluate(predicate, context, around);
    if (result.is_array()) spend(result.size() / 4);
    if (are_numbers(result)) {
      const Inputs indexes{.value = result, .many = result.is_array()};
      spend(indexes.size());
      for (size_t index = 0; index < indexes.size(); ++index) {
        if (position_of(indexes[index].number(), size) == static_cast<double>(at)) push(memory_, found, item);
      }
    } else if (holds(result)) {
      push(memory_, found, item);
    }
  }
  return found;
}

// --- * and **

void Evaluator::flatten(Value value, Array* flat, size_t depth) {
  if (!value.is_array()) return push(memory_, flat, value);
  if (depth > kMaxValueDepth) throw Failure{.code = "U1001", .message = "kMaxValueDepth"};
  spend(value.size());
  for (size_t at = 0; at < value.size(); ++at) flatten(value.item(at), flat, depth + 1);
}

Value Evaluator::wildcard(Value input) {
  if (input.tag() == Tag::kArray && input.array()->outer_wrapper && input.size() > 0) input = input.item(0);
  Array* found = make_sequence(memory_);
  bool appended = false;  // an array among the values makes the result one that is no sequence
  const auto add = [&](Value value) {
    appended |= value.is_array();
    flatten(value, found, 0);
  };
  if (input.is_array()) {
    for (size_t at = 0; at < input.size(); ++at) add(input.item(at));
  } else if (input.is_object()) {
    spend(member_count(input));
    for (const Member& member : members(memory_, input)) add(member.value);
  }
  found->sequence = !appended;
  return found;
}

void Evaluator::descend(Value input, Array* found, size_t depth) {
  if (depth > kMaxValueDepth) throw Failure{.code = "U1001", .message = "kMaxValueDepth"};
  spend(1);
  if (!input.is_array()) push(memory_, found, input);
  if (input.is_array()) {
    for (size_t at = 0; at < input.size(); ++at) descend(input.item(at), found, depth + 1);
  } else if (input.is_object()) {
    for (const Member& member : members(memory_, input)) descend(member.value, found, depth + 1);
  }
}

Value Evaluator::descendants(Value input) {
  if (input.is_undefined()) return input;
  Array* found = make_sequence(memory_);
  descend(input, found, 0);
  return found->size == 1 ? found->items[0] : Value(found);
}

}  // namespace soma::workflow::jsonata
