// Steps that bind. From the first step with @, #, or an input that some % asks for, a path carries tuples:
// each result with everything bound on the way to it. What is evaluated for a tuple sees its bindings as
// variables.
#include <algorithm>

#include "services/workflow/jsonata/evaluator.h"
#include "services/workflow/jsonata/merge_sort.h"
#include "services/workflow/jsonata/text.h"

namespace soma::workflow::jsonata {

void Evaluator::bind(Tuple& tuple, int name, Value value) {
  for (uint32_t at = 0; at < tuple.size; ++at) {
    if (tuple.bindings[at].name == name) {
      tuple.bindings[at].value = value;
      return;
    }
  }
  tuple.bindings[tuple.size++] = {name, value};
}

// With room for that many more.
Tuple* Evaluator::copy(const Tuple& tuple, size_t room) {
  Tuple* made = memory_.make<Tuple>();
  made->at = tuple.at;
  made->bindings = memory_.take_array<Tuple::Binding>(tuple.size + room);
  made->size = tuple.size;
  std::copy_n(tuple.bindings, tuple.size, made->bindings);
  return made;
}

Frame* Evaluator::tuple_frame(Frame* parent, const Tuple* tuple) {
  return memory_.make<Frame>(parent, parent->nearest, tuple);
}

Array* Evaluator::tuple_step(const Node& step, const Inputs& inputs, Array* tuples, Frame* frame) {
  constexpr size_t kOwnBindings = 3;  // focus, index, ancestor
  const auto stream = [this] {
    Array* made = make_sequence(memory_);
    made->tuple_stream = true;
    return made;
  };
  Array* result = stream();
  if (step.kind == Kind::kSort) {
    if (tuples != nullptr) {
      result = sort(step, tuples, frame).array();
    } else {
      const Value sorted = sort(
          step, inputs.many ? inputs.value : append(memory_, make_sequence(memory_), inputs.value), frame);
      for (size_t at = 0; at < sorted.size(); ++at) {
        Tuple* tuple = copy({.at = sorted.item(at)}, kOwnBindings);
        if (step.index >= 0) bind(*tuple, step.index, static_cast<double>(at));
        push(memory_, result, tuple);
      }
    }
    return stages(step.stages, result, frame).array();
  }
  if (tuples == nullptr) {
    tuples = stream();
    for (size_t at = 0; at < inputs.size(); ++at) push(memory_, tuples, copy({.at = inputs[at]}, 0));
  }
  for (uint32_t index = 0; index < tuples->size; ++index) {
    const Tuple& from = *tuples->items[index].tuple();
    const Value found = evaluate(step, from.at, tuple_frame(frame, &from));
    if (found.is_undefined()) continue;
    const Inputs all{.value = found, .many = found.is_array()};
    for (size_t at = 0; at < all.size(); ++at) {
      spend(1);
      const Value value = all[at];
      Tuple* tuple;
      if (found.is_tuple_stream()) {
        const Tuple& inner = *value.tuple();
        tuple = copy(from, inner.size);
        tuple->at = inner.at;
        for (uint32_t binding = 0; binding < inner.size; ++binding)
          bind(*tuple, inner.bindings[binding].name, inner.bindings[binding].value);
      } else {
        tuple = copy(from, kOwnBindings);
        if (step.focus >= 0) {
          bind(*tuple, step.focus, value);
        } else {
          tuple->at = value;
        }
        if (step.index >= 0) bind(*tuple, step.index, static_cast<double>(at));
        if (step.ancestor >= 0) bind(*tuple, step.ancestor, from.at);
      }
      push(memory_, result, tuple);
    }
  }
  return stages(step.stages, result, frame).array();
}

Value Evaluator::stages(const std::vector<Stage>& stages, Value input, Frame* frame) {
  for (const Stage& stage : stages) {
    if (stage.node != nullptr) {
      input = filter(*stage.node, input, frame);
      continue;
    }
    for (size_t at = 0; at < input.size(); ++at) {
      Tuple* numbered = copy(*input.item(at).tuple(), 1);
      bind(*numbered, stage.name, static_cast<double>(at));
      input.array()->items[at] = numbered;
    }
  }
  return input;
}

// --- Objects and grouping

std::string_view Evaluator::key(const Node& node, uint32_t position, Value context, Frame* frame) {
  const Value key = evaluate(node, context, frame);
  if (key.is_string()) return key.text();
  if (key.is_undefined()) return {};
  throw Failure{.code = "T1003", .position = position, .value = describe(key)};
}

namespace {

// What one key of a grouping has gathered.
struct Gathered {
  std::string_view key;
  Value data;
  size_t pair;
};

[[noreturn]] void refuse_key(std::string_view key, uint32_t position) {
  throw Failure{.code = "D1009", .position = position, .value = describe(key)};
}

}  // namespace

// One item: every key has one value, which is evaluated when all keys are known.
Value Evaluator::object(const Node& node, Value item, Frame* frame) {
  Object* made = make_object(memory_, node.pairs.size());
  for (const Pair& pair : node.pairs) {
    const std::string_view name = key(*pair.key, node.position, item, frame);
    if (name.data() == nullptr) continue;
    if (find(made, name) != nullptr) refuse_key(name, node.position);
    set(memory_, made, name, static_cast<double>(&pair - node.pairs.data()));
  }
  bool complete = true;
  for (const Member& member : members(memory_, made)) {
    const auto pair = static_cast<size_t>(member.value.number());
    const Value value = evaluate(*node.pairs[pair].value, item, frame);
    complete = complete && !value.is_undefined();
    find(made, member.key)->value = value;
  }
  if (complete) return made;
  Object* defined = make_object(memory_, made->size);
  for (uint32_t at = 0; at < made->size; ++at) {
    if (!made->members[at].value.is_undefined())
      set(memory_, defined, made->members[at].key, made->members[at].value);
  }
  return defined;
}

Value Evaluator::group(const std::vector<Pair>& pairs, uint32_t position, Value input, Frame* frame) {
  const bool reduces = input.is_tuple_stream() && input.size() > 0;
  const Inputs inputs{.value = input, .many = input.is_array() && input.size() > 0};
  const auto item_at = [&](size_t at) { return input.is_array() && !inputs.many ? Value() : inputs[at]; };
  std::vector<Gathered> groups;
  Object* found = make_object(memory_, pairs.size());  // key to number of its group
  for (size_t at = 0; at < inputs.size(); ++at) {
    const Value item = item_at(at);
    const Value context = reduces ? item.tuple()->at : item;
    Frame* around = reduces ? tuple_frame(frame, item.tuple()) : frame;
    for (size_t pair = 0; pair < pairs.size(); ++pair) {
      const std::string_view name = key(*pairs[pair].key, position, context, around);
      if (name.data() == nullptr) continue;
      spend(1 + name.size() / kBytesPerStep);
      if (const Member* member = find(found, name)) {
        Gathered& group = groups[static_cast<size_t>(member->value.number())];
        if (group.pair != pair) refuse_key(name, position);
        group.data = append(memory_, group.data, item);
      } else {
        set(memory_, found, name, static_cast<double>(groups.size()));
        groups.push_back({name, item, pair});
      }
    }
  }
  Object* result = make_object(memory_, groups.size());
  for (const Member& member : members(memory_, found)) {
    const Gathered& group = groups[static_cast<size_t>(member.value.number())];
    Value context = group.data;
    Frame* around = frame;
    if (reduces) {
      Tuple* tuple = reduce(group.data);
      context = tuple->at;
      around = tuple_frame(frame, tuple);
    }
    const Value value = evaluate(*pairs[group.pair].value, context, around);
    if (!value.is_undefined()) set(memory_, result, group.key, value);
  }
  return result;
}

// Many tuples as one, whose bindings have all their values.
Tuple* Evaluator::reduce(Value tuples) {
  if (!tuples.is_array()) return copy(*tuples.tuple(), 0);
  Tuple* result = copy(*tuples.item(0).tuple(), 0);
  for (size_t at = 1; at < tuples.size(); ++at) {
    const Tuple& tuple = *tuples.item(at).tuple();
    result->at = append(memory_, result->at, tuple.at);
    for (uint32_t index = 0; index < tuple.size; ++index) {
      const Tuple::Binding& binding = tuple.bindings[index];
      const auto known =
          std::find_if(result->bindings, result->bindings + result->size,
                       [&](const Tuple::Binding& other) { return other.name == binding.name; });
      if (known != result->bindings + result->size) {
        known->value = append(memory_, known->value, binding.value);
      } else {
        result = copy(*result, 1);
        bind(*result, binding.name, binding.value);
      }
    }
  }
  return result;
}

// --- ^(…)

namespace {

bool is_comparable(Value value) {
  return value.is_number() || value.is_string();
}

// Below 0: left comes first. What is undefined comes last.
int compare_terms(Value left, Value right, bool descending, uint32_t position) {
  if (left.is_undefined() || right.is_undefined()) {
    return left.is_undefined() == right.is_undefined() ? 0 : left.is_undefined() ? 1 : -1;
  }
  if (!is_comparable(left) || !is_comparable(right)) {
    throw Failure{
        .code = "T2008", .position = position, .value = describe(is_comparable(left) ? right : left)};
  }
  if (left.tag() != right.tag()) {
    throw Failure{.code = "T2007", .position = position, .value = describe(left), .value2 = describe(right)};
  }
  int order;
  if (left.is_number()) {
    order = left.number() == right.number() ? 0 : left.number() < right.number() ? -1 : 1;
  } else {
    order = compare_units(left.text(), right.text());
  }
  return descending ? -order : order;
}

}  // namespace

// Each item's terms are evaluated when they are first compared, and once.
Value Evaluator::sort(const Node& step, Value input, Frame* frame) {
  const size_t size = input.size(), terms = step.children.size();
  if (size <= 1) return input;
  Value* known = memory_.take_array<Value>(size * terms);
  std::fill_n(known, size * terms, Value::unset());
  const auto term = [&](uint32_t item, size_t index) {
    Value& value = known[item * terms + index];
    if (value.is_unset()) {
      const Value of = input.item(item);
      value = input.is_tuple_stream()
                  ? evaluate(*step.children[index], of.tuple()->at, tuple_frame(frame, of.tuple()))
                  : evaluate(*step.children[index], of, frame);
    }
    return value;
  };
  const auto order = merge_sort(size, [&](uint32_t left, uint32_t right) {
    spend(1);
    for (size_t index = 0; index < terms; ++index) {
      const Value a = term(left, index), b = term(right, index);
      if (a.is_string()) spend(a.text().size() / kBytesPerStep);
      const int compared = compare_terms(a, b, step.descending[index], step.position);
      if (compared != 0) return compared > 0;
    }
    return false;
  });
  Array* sorted = make_array(memory_, size);
  for (const uint32_t item : order) push(memory_, sorted, input.item(item));
  sorted->tuple_stream = input.is_tuple_stream();
  return sorted;
}

}  // namespace soma::workflow::jsonata
