// | pattern | update, deletions |: a copy of the value in which what the pattern finds has been changed.
#include "services/workflow/jsonata/evaluator.h"
#include "services/workflow/jsonata/number_text.h"

namespace soma::workflow::jsonata {
namespace {

// A copy whose objects are its own. Numbers are rounded and functions lost as in the JSON text that the
// reference makes and reads.
class Cloning {
 public:
  explicit Cloning(Evaluator& evaluator) : evaluator_(evaluator), memory_(evaluator.memory()) {}

  Value clone(Value value, size_t depth) {
    if (depth > kMaxValueDepth) throw Failure{.code = "U1001", .message = "kMaxValueDepth"};
    if (value.is_number()) return to_15_digits(value.number());
    if (value.is_function()) return std::string_view("");
    if (value.is_array()) {
      evaluator_.spend(value.size());
      Array* array = make_array(memory_, value.size());
      for (size_t at = 0; at < value.size(); ++at) {
        const Value item = clone(value.item(at), depth + 1);
        push(memory_, array, item.is_undefined() ? Value::null() : item);
      }
      return array;
    }
    if (!value.is_object()) return value;
    evaluator_.spend(member_count(value));
    Object* object = make_object(memory_, member_count(value));
    for (const Member& member : members(memory_, value)) {
      if (!member.value.is_undefined()) set(memory_, object, member.key, clone(member.value, depth + 1));
    }
    return object;
  }

 private:
  Evaluator& evaluator_;
  Memory& memory_;
};

}  // namespace

Value Evaluator::clone(Value value) {
  if (value.tag() == Tag::kArray && value.array()->outer_wrapper) value = value.item(0);
  return Cloning(*this).clone(value, 0);
}

Value Evaluator::transform(const Transform& transform, Value object) {
  const Node& node = *transform.node;
  if (object.is_undefined()) return object;
  const Value cloning = variable(node.variable, transform.frame);
  if (!cloning.is_function()) throw Failure{.code = "T2013", .position = node.position};
  const Value copy = call(cloning, std::span<const Value>(&object, 1));
  const Value found = evaluate(*node.children[0], copy, transform.frame);
  if (found.is_array()) {
    for (size_t at = 0; at < found.size(); ++at) update(node, found.item(at), transform.frame);
  } else if (!found.is_undefined()) {
    update(node, found, transform.frame);
  }
  return copy;
}

// What is not part of the copy (a value of the input, reached through a variable) stays as it is.
void Evaluator::update(const Node& node, Value match, Frame* frame) {
  const Node& update = *node.children[1];
  const Value changes = evaluate(update, match, frame);
  const bool changeable = match.tag() == Tag::kObject;
  if (!changes.is_undefined()) {
    if (!changes.is_object())
      throw Failure{.code = "T2011", .position = update.position, .value = describe(changes)};
    spend(member_count(changes));
    for (const Member& member : members(memory_, changes)) {
      if (changeable) set(memory_, match.object(), member.key, member.value);
    }
  }
  if (node.children.size() < 3) return;
  const Node& deletion = *node.children[2];
  const Value names = evaluate(deletion, match, frame);
  if (names.is_undefined()) return;
  const Inputs all{.value = names, .many = names.is_array()};
  for (size_t at = 0; at < all.size(); ++at) {
    if (!all[at].is_string())
      throw Failure{.code = "T2012", .position = deletion.position, .value = describe(names)};
  }
  for (size_t at = 0; changeable && at < all.size(); ++at) {
    spend(1 + match.object()->size / 8);
    erase(match.object(), all[at].text());
  }
}

}  // namespace soma::workflow::jsonata
