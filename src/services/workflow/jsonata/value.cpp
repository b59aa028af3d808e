#include "services/workflow/jsonata/value.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "services/workflow/jsonata/failure.h"
#include "services/workflow/jsonata/json_text.h"
#include "services/workflow/jsonata/object.h"

namespace soma::workflow::jsonata {
namespace {

constexpr size_t kDescribedBytes = 256;

void check_depth(size_t depth) {
  if (depth > kMaxValueDepth) throw Failure{.code = "U1001", .message = "kMaxValueDepth"};
}

bool to_boolean(Value value, uint64_t& steps, size_t depth);

bool any_true(Value array, uint64_t& steps, size_t depth) {
  check_depth(depth);
  spend(steps, 1 + array.size() / 4);
  for (size_t at = 0; at < array.size(); ++at) {
    if (to_boolean(array.item(at), steps, depth + 1)) return true;
  }
  return false;
}

bool to_boolean(Value value, uint64_t& steps, size_t depth) {
  switch (value.tag()) {
    case Tag::kBool:
      return value.boolean();
    case Tag::kString:
      return !value.text().empty();
    case Tag::kNumber:
      return is_numeric(value) && value.number() != 0;
    case Tag::kArray:
    case Tag::kJsonArray:
      return any_true(value, steps, depth);
    case Tag::kObject:
    case Tag::kJsonObject:
      return member_count(value) > 0;
    case Tag::kFunction:
      return !value.is_detached();
    default:
      return false;
  }
}

bool deep_equal(Value left, Value right, uint64_t& steps, size_t depth);

bool equal_arrays(Value left, Value right, uint64_t& steps, size_t depth) {
  if (left.size() != right.size()) return false;
  spend(steps, 1 + left.size() / 4);
  for (size_t at = 0; at < left.size(); ++at) {
    if (!deep_equal(left.item(at), right.item(at), steps, depth + 1)) return false;
  }
  return true;
}

template <class Visit>
bool all_members(Value object, Visit&& visit) {
  if (object.tag() == Tag::kJsonObject) {
    return std::ranges::all_of(object.json_object(), [&](const json::Member& member) {
      return visit(std::string_view(member.first), Value::of(member.second));
    });
  }
  return std::ranges::all_of(std::span(object.object()->members, object.object()->size),
                             [&](const Member& member) { return visit(member.key, member.value); });
}

bool equal_objects(Value left, Value right, uint64_t& steps, size_t depth) {
  if (member_count(left) != member_count(right)) return false;
  spend(steps, 1 + member_count(left));
  ObjectIndexes indexes;
  return all_members(left, [&](std::string_view key, Value value) {
    if (right.tag() == Tag::kObject) {
      const Member* other = find(right.object(), key);
      return other != nullptr && deep_equal(value, other->value, steps, depth + 1);
    }
    const json::Object& members = right.json_object();
    const json::Value* other = indexes.find(members, key, steps);
    return other != nullptr && deep_equal(value, Value::of(*other), steps, depth + 1);
  });
}

bool deep_equal(Value left, Value right, uint64_t& steps, size_t depth) {
  if (left.is_array() && right.is_array()) {
    check_depth(depth);
    return is_identical(left, right) || equal_arrays(left, right, steps, depth);
  }
  if (left.is_object() && right.is_object()) {
    check_depth(depth);
    return is_identical(left, right) || equal_objects(left, right, steps, depth);
  }
  return is_identical(left, right, steps);
}

uint64_t mix(uint64_t hash) {
  hash = (hash ^ hash >> 32) * 0x9E3779B97F4A7C15u;
  return hash ^ hash >> 29;
}

uint64_t hash(Value value, uint64_t& steps, size_t depth) {
  const auto kind = static_cast<uint64_t>(value.tag());
  switch (value.tag()) {
    case Tag::kBool:
      return mix(kind + 64 * (value.boolean() ? 1 : 2));
    case Tag::kNumber:
      return mix(std::hash<double>()(value.number()));
    case Tag::kString:
      spend(steps, value.text().size() / kBytesPerStep);
      return std::hash<std::string_view>()(value.text());
    case Tag::kArray:
    case Tag::kJsonArray: {
      check_depth(depth);
      spend(steps, 1 + value.size() / 4);
      uint64_t sum = 17;
      for (size_t at = 0; at < value.size(); ++at) sum = mix(sum + hash(value.item(at), steps, depth + 1));
      return sum;
    }
    case Tag::kObject:
    case Tag::kJsonObject: {
      check_depth(depth);
      spend(steps, 1 + member_count(value));
      uint64_t sum = 31;  // in any order
      all_members(value, [&](std::string_view key, Value member) {
        sum += mix(std::hash<std::string_view>()(key) + hash(member, steps, depth + 1));
        return true;
      });
      return mix(sum);
    }
    default:
      return mix(kind);
  }
}

}  // namespace

Value Value::of(const json::Value& value) {
  switch (value.type()) {
    case json::Type::kNull:
      return null();
    case json::Type::kBool:
      return value.as_bool();
    case json::Type::kInt:
    case json::Type::kUint:
    case json::Type::kDouble:
      return value.as_double();
    case json::Type::kString:
      return std::string_view(value.as_string());
    case json::Type::kArray: {
      Value array(Tag::kJsonArray);
      array.json_array_ = &value.as_array();
      return array;
    }
    case json::Type::kObject: {
      Value object(Tag::kJsonObject);
      object.json_object_ = &value.as_object();
      return object;
    }
  }
  return Value();
}

Array* make_array(Memory& memory, size_t capacity) {
  Array* array = memory.make<Array>();
  if (capacity > 0) {
    array->items = memory.take_array<Value>(capacity);
    array->capacity = static_cast<uint32_t>(capacity);
  }
  return array;
}

Array* make_sequence(Memory& memory, size_t capacity) {
  Array* array = make_array(memory, capacity);
  array->sequence = true;
  return array;
}

namespace {

constexpr size_t kFirstCapacity = 4;

void reserve(Memory& memory, Array* array, size_t size) {
  if (size <= array->capacity) return;
  const size_t capacity = std::max({size, size_t{array->capacity} * 2, kFirstCapacity});
  Value* items = memory.take_array<Value>(capacity);
  std::copy_n(array->items, array->size, items);
  array->items = items;
  array->capacity = static_cast<uint32_t>(capacity);
}

}  // namespace

void push(Memory& memory, Array* array, Value value) {
  if (array->size == array->capacity) reserve(memory, array, size_t{array->size} + 1);
  array->items[array->size++] = value;
}

void push_all(Memory& memory, Array* array, Value value) {
  if (!value.is_array()) return push(memory, array, value);
  const size_t count = value.size();
  reserve(memory, array, array->size + count);
  for (size_t at = 0; at < count; ++at) array->items[array->size++] = value.item(at);
}

bool grows_in_place(Value left, size_t added) {
  return left.tag() == Tag::kArray && left.array()->capacity >= left.array()->size + added;
}

Value append(Memory& memory, Value left, Value right) {
  if (left.is_undefined()) return right;
  if (right.is_undefined()) return left;
  const size_t added = right.is_array() ? right.size() : 1;
  Array* array;
  if (grows_in_place(left, added)) {
    // What follows the left array in its block is free: the new array shares the elements and takes the room.
    array = memory.make<Array>();
    array->items = left.array()->items;
    array->size = left.array()->size;
    array->capacity = left.array()->capacity;
    left.array()->capacity = left.array()->size;
  } else {
    array = make_array(memory, ((left.is_array() ? left.size() : 1) + added) * 2);
    push_all(memory, array, left);
  }
  push_all(memory, array, right);
  return array;
}

void spend(uint64_t& steps, uint64_t count) {
  if (steps < count) throw Failure{.code = "U1001", .message = "max_steps"};
  steps -= count;
}

bool to_boolean(Value value, uint64_t& steps) {
  return to_boolean(value, steps, 0);
}

bool is_truthy(Value value) {
  switch (value.tag()) {
    case Tag::kUndefined:
    case Tag::kUnset:
    case Tag::kNull:
      return false;
    case Tag::kBool:
      return value.boolean();
    case Tag::kNumber:
      return value.number() != 0 && !std::isnan(value.number());
    case Tag::kString:
      return !value.text().empty();
    default:
      return true;
  }
}

bool is_numeric(Value value) {
  if (!value.is_number()) return false;
  if (std::isinf(value.number())) throw Failure{.code = "D1001", .value = "null"};
  return !std::isnan(value.number());
}

bool deep_equal(Value left, Value right, uint64_t& steps) {
  return deep_equal(left, right, steps, 0);
}

bool is_identical(Value left, Value right, uint64_t& steps) {
  if (left.is_string() && right.is_string() && left.text().size() == right.text().size()) {
    spend(steps, left.text().size() / kBytesPerStep);
  }
  return is_identical(left, right);
}

bool is_identical(Value left, Value right) {
  if (left.tag() != right.tag()) return false;
  switch (left.tag()) {
    case Tag::kBool:
      return left.boolean() == right.boolean();
    case Tag::kNumber:
      return left.number() == right.number();
    case Tag::kString:
      return left.text() == right.text();
    case Tag::kArray:
      return left.array() == right.array();
    case Tag::kJsonArray:
      return &left.json_array() == &right.json_array();
    case Tag::kObject:
      return left.object() == right.object();
    case Tag::kJsonObject:
      return &left.json_object() == &right.json_object();
    case Tag::kFunction:
      return left.function() == right.function();
    default:
      return true;
  }
}

uint64_t hash(Value value, uint64_t& steps) {
  return hash(value, steps, 0);
}

std::string describe(Value value) {
  return shortened_json_text(value, kDescribedBytes);
}

}  // namespace soma::workflow::jsonata
