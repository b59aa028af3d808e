#include "services/workflow/jsonata/evaluator.h"

#include <algorithm>
#include <cmath>

#include "services/workflow/jsonata/json_text.h"
#include "services/workflow/jsonata/number_text.h"
#include "services/workflow/jsonata/text.h"

namespace soma::workflow::jsonata {
namespace {

// "[0,0]": two bytes of text for an element of forty.
constexpr size_t kValueBytesPerTextByte = 20;

}  // namespace

Value Evaluator::run(const Arguments& arguments) {
  Frame* frame = root_frame_ = take_frame(plan_.scope, nullptr);
  for (const Binding& binding : arguments.bindings) {
    const int slot = plan_.scope.find(std::string(binding.name));
    if (slot >= 0 && binding.value != nullptr) frame->slots[slot] = Value::of(*binding.value);
  }
  Value input = root_ = arguments.input != nullptr ? Value::of(*arguments.input) : Value();
  if (input.is_array()) {  // one input, not many
    Array* wrapper = make_sequence(memory_, 1);
    wrapper->outer_wrapper = true;
    push(memory_, wrapper, input);
    input = wrapper;
  }
  return evaluate(*plan_.root, input, frame);
}

Value Evaluator::evaluate(const Node& node, Value input, Frame* frame) {
  // What cannot go deeper costs nothing but what is around it.
  if (!node.post && !node.keep_array) {
    if (node.kind == Kind::kVariable) return collapse(node, variable(node.variable, frame));
    if (node.kind == Kind::kNumber || node.kind == Kind::kString || node.kind == Kind::kLiteral)
      return node.literal;
  }
  spend(1);
  if (++depth_ > limits().max_depth) throw Failure{.code = "U1001", .message = "max_depth"};
  Value result = evaluate_inner(node, input, frame);
  if (node.post) result = follow(node, result, frame);
  --depth_;
  return collapse(node, result);
}

Value Evaluator::collapse(const Node& node, Value result) {
  if (!result.is_sequence() || result.is_tuple_stream()) return result;
  Array* sequence = result.array();
  if (node.keep_array) sequence->keep_singleton = true;
  if (sequence->size == 0) return Value();
  return sequence->size == 1 && !sequence->keep_singleton ? sequence->items[0] : result;
}

Value Evaluator::evaluate_inner(const Node& node, Value input, Frame* frame) {
  switch (node.kind) {
    case Kind::kPath:
      return node.simple ? simple_path(node, input, frame) : path(node, input, frame);
    case Kind::kName:
      return lookup(input, node.text);
    case Kind::kLiteral:
    case Kind::kNumber:
    case Kind::kString:
      return node.literal;
    case Kind::kVariable:
      return variable(node.variable, frame);
    case Kind::kContext:
      return input.tag() == Tag::kArray && input.array()->outer_wrapper ? input.item(0) : input;
    case Kind::kRoot:
      return root_;
    case Kind::kWildcard:
      return wildcard(input);
    case Kind::kDescendants:
      return descendants(input);
    case Kind::kParent:
      return variable_in_tuples({.tuple_name = node.ancestor}, frame);
    case Kind::kArray:
      return array(node, input, frame);
    case Kind::kObject:
      return input.is_array() ? group(node.pairs, node.position, input, frame) : object(node, input, frame);
    case Kind::kNegate:
      return negate(node, input, frame);
    case Kind::kRange:
      return evaluate_range(node, input, frame);
    case Kind::kChain:
      return chain(node, input, frame);
    case Kind::kBind:
      return frame->nearest->slots[node.variable.first.slot] = evaluate(*node.children[0], input, frame);
    case Kind::kApply:
      return evaluate_apply(node, input, frame);
    case Kind::kCondition:
      return condition(node, input, frame);
    case Kind::kBlock:
      return block(node, input, frame);
    case Kind::kCall:
      return evaluate_call(node, input, frame, nullptr);
    case Kind::kPartial:
      return evaluate_partial(node, input, frame);
    case Kind::kLambda:
      return memory_.make<Lambda>(Function{Function::Kind::kLambda}, &node, input, frame);
    case Kind::kTransform:
      return memory_.make<Transform>(Function{Function::Kind::kTransform}, &node, frame);
    case Kind::kRegex:
      return memory_.make<RegexFunction>(Function{Function::Kind::kRegex}, node.regex.get(),
                                         size_t{node.position});
    case Kind::kPlaceholder:
    case Kind::kSort:
      break;
  }
  return Value();
}

Value Evaluator::follow(const Node& node, Value result, Frame* frame) {
  for (const Stage& predicate : node.predicates) result = filter(*predicate.node, result, frame);
  if (node.group == nullptr || node.kind == Kind::kPath) return result;
  return group(node.group->pairs, node.group->position, result, frame);
}

// --- Variables

Frame* Evaluator::take_frame(const Scope& scope, Frame* parent) {
  const size_t size = scope.size();
  Frame* frame;
  if (size < kPooledSizes && free_frames_[size] != nullptr) {
    frame = free_frames_[size];
    free_frames_[size] = frame->parent;
  } else {
    frame = memory_.make<Frame>();
    frame->slots = memory_.take_array<Value>(size);
    frame->size = static_cast<uint32_t>(size);
  }
  frame->parent = parent;
  frame->nearest = frame;
  std::fill_n(frame->slots, size, Value::unset());
  return frame;
}

void Evaluator::release(Frame* frame) {
  if (frame->size >= kPooledSizes) return;
  frame->parent = free_frames_[frame->size];
  free_frames_[frame->size] = frame;
}

Value Evaluator::variable(const VariablePlaces& places, Frame* frame) {
  if (places.tuple_name >= 0) return variable_in_tuples(places, frame);
  const auto at = [frame](const Place& place) {
    Frame* found = frame->nearest;
    for (uint32_t hops = place.hops; hops > 0; --hops) found = found->parent->nearest;
    return found->slots[place.slot];
  };
  if (const Value value = at(places.first); !value.is_unset()) return value;
  for (const Place& place : places.others) {
    if (const Value value = at(place); !value.is_unset()) return value;
  }
  return places.native != nullptr ? Value(static_cast<const Function*>(places.native)) : Value();
}

// Where tuples may bind the name as well, frames are looked at one by one.
Value Evaluator::variable_in_tuples(const VariablePlaces& places, Frame* frame) {
  uint32_t hops = 0;
  for (Frame* at = frame; at != nullptr; at = at->parent) {
    spend(1);
    if (at->tuple != nullptr) {
      for (uint32_t index = at->tuple->size; index-- > 0;) {
        if (at->tuple->bindings[index].name == places.tuple_name) return at->tuple->bindings[index].value;
      }
      continue;
    }
    const bool is_label = places.tuple_name >= kFirstLabel;
    const auto slot_here = [&](const Place& place) {
      return !is_label && place.hops == hops && !at->slots[place.slot].is_unset();
    };
    if (slot_here(places.first)) return at->slots[places.first.slot];
    for (const Place& place : places.others) {
      if (slot_here(place)) return at->slots[place.slot];
    }
    ++hops;
  }
  return places.native != nullptr ? Value(static_cast<const Function*>(places.native)) : Value();
}

Value Evaluator::lookup(Value input, std::string_view name, size_t depth) {
  switch (input.tag()) {
    case Tag::kJsonObject: {
      const json::Object& object = input.json_object();
      if (object.size() > kFewMembers) {
        const json::Value* found = indexes_.find(object, name, steps_);
        return found == nullptr ? Value() : Value::of(*found);
      }
      for (const json::Member& member : object) {
        if (member.first == name) return Value::of(member.second);
      }
      return Value();
    }
    case Tag::kObject: {
      const Member* member = find(input.object(), name);
      return member == nullptr ? Value() : member->value;
    }
    case Tag::kArray:
    case Tag::kJsonArray: {
      if (depth > kMaxValueDepth) throw Failure{.code = "U1001", .message = "kMaxValueDepth"};
      Array* found = make_sequence(memory_);
      const size_t size = input.size();
      spend(size);
      for (size_t at = 0; at < size; ++at) {
        const Value value = lookup(input.item(at), name, depth + 1);
        if (!value.is_undefined()) push_all(memory_, found, value);
      }
      return found;
    }
    default:
      return Value();
  }
}

// --- Nodes

Value Evaluator::array(const Node& node, Value input, Frame* frame) {
  Array* made = make_array(memory_, node.children.size());
  for (const NodePointer& child : node.children) {
    const Value value = evaluate(*child, input, frame);
    if (value.is_undefined()) continue;
    if (child->kind == Kind::kArray) {
      push(memory_, made, value);
    } else if (child->kind == Kind::kRange && node.children.size() == 1 && value.is_array()) {
      *made = {
          .items = value.array()->items, .size = value.array()->size, .capacity = value.array()->capacity};
    } else {
      if (value.is_array()) spend(value.size() / 8);
      push_all(memory_, made, value);
    }
  }
  made->constructed = node.constructed;
  return made;
}

Value Evaluator::negate(const Node& node, Value input, Frame* frame) {
  const Value operand = evaluate(*node.children[0], input, frame);
  if (operand.is_undefined()) return operand;
  if (operand.is_number() && !std::isnan(operand.number())) {
    if (std::isinf(operand.number()))
      throw Failure{.code = "D1001", .position = node.position, .value = "null"};
    return -operand.number();
  }
  throw Failure{.code = "D1002", .position = node.position, .token = "-", .value = describe(operand)};
}

Value Evaluator::condition(const Node& node, Value input, Frame* frame) {
  if (holds(evaluate(*node.children[0], input, frame))) return evaluate(*node.children[1], input, frame);
  return node.children.size() > 2 ? evaluate(*node.children[2], input, frame) : Value();
}

Value Evaluator::block(const Node& node, Value input, Frame* frame) {
  Frame* inner = node.scope != nullptr ? take_frame(*node.scope, frame) : frame;
  Value result;
  for (const NodePointer& child : node.children) result = evaluate(*child, input, inner);
  if (inner != frame && !node.captured) release(inner);
  return result;
}

// --- Text

void Evaluator::check_text_size(std::string_view made) const {
  if (made.size() > limits().max_string_bytes && count_units(made) > limits().max_string_bytes) {
    throw Failure{.code = "D2014", .value = std::to_string(count_units(made)), .message = "max_string_bytes"};
  }
}

Value Evaluator::text(std::string_view made) {
  check_text_size(made);
  return memory_.copy(made);
}

Value Evaluator::to_text(Value value, bool pretty) {
  switch (value.tag()) {
    case Tag::kUndefined:
    case Tag::kString:
      return value;
    case Tag::kFunction:
      return std::string_view("");
    case Tag::kBool:
      return std::string_view(value.boolean() ? "true" : "false");
    case Tag::kNumber: {
      if (!std::isfinite(value.number())) throw Failure{.code = "D3001", .value = "null"};
      return text(number_text(to_15_digits(value.number())));
    }
    default: {
      if (value.tag() == Tag::kArray && value.array()->outer_wrapper) value = value.item(0);
      const std::string made = json_text(memory_, value, pretty, limits().max_string_bytes * 3);
      spend(made.size() / 16);
      return text(made);
    }
  }
}

Value Evaluator::concatenate(Value left, Value right) {
  const std::string_view a = left.text(), b = right.text();
  spend(((memory_.grows_in_place(a, b) ? 0 : a.size()) + b.size()) / kBytesPerStep);
  if (joins_surrogates(a, b)) return text(join_surrogates(a, b));
  const std::string_view joined = memory_.concatenate(a, b);
  check_text_size(joined);
  return joined;
}

Value Evaluator::keep(json::Value value, size_t text_bytes) {
  memory_.charge(text_bytes * kValueBytesPerTextByte);
  kept_.push_back(std::make_unique<json::Value>(std::move(value)));
  return Value::of(*kept_.back());
}

}  // namespace soma::workflow::jsonata
