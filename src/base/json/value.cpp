#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/json/json.h"

namespace soma::json {
namespace {

const Value kSharedNull;
// Up to here comparing each member with each is quicker than sorting.
constexpr size_t kFewMembers = 16;

[[noreturn]] void refuse(std::string_view wanted, Type is) {
  throw std::logic_error("json: a value taken as " + std::string(wanted) + " is " +
                         std::string(type_name(is)));
}

// Exact: a double that only rounds to the integer is another number.
template <std::integral Integer>
bool equals_integer(double real, Integer integer, double beyond) {
  if (!(real >= -0x1p63 && real < beyond) || std::trunc(real) != real) return false;
  if (std::unsigned_integral<Integer> && real < 0) return false;
  return static_cast<Integer>(real) == integer;
}

bool equal_numbers(const Value& left, const Value& right) {
  if (left.type() == Type::kDouble && right.type() == Type::kDouble)
    return left.as_double() == right.as_double();
  if (left.type() == Type::kDouble) return equal_numbers(right, left);
  if (right.type() == Type::kDouble) {
    return left.type() == Type::kInt ? equals_integer(right.as_double(), left.as_int(), 0x1p63)
                                     : equals_integer(right.as_double(), left.as_uint(), 0x1p64);
  }
  if (left.type() != right.type()) return false;  // kUint holds only what kInt cannot
  return left.type() == Type::kInt ? left.as_int() == right.as_int() : left.as_uint() == right.as_uint();
}

std::vector<const Member*> sorted(const Object& object) {
  std::vector<const Member*> members;
  members.reserve(object.size());
  for (const Member& member : object) members.push_back(&member);
  std::sort(members.begin(), members.end(),
            [](const Member* a, const Member* b) { return a->first < b->first; });
  return members;
}

bool equal_objects(const Value& left, const Value& right) {
  if (left.size() != right.size()) return false;
  if (left.size() <= kFewMembers) {
    return std::ranges::all_of(left.as_object(), [&](const Member& member) {
      const Value* other = right.find(member.first);
      return other != nullptr && member.second == *other;
    });
  }
  return std::ranges::equal(sorted(left.as_object()), sorted(right.as_object()),
                            [](const Member* a, const Member* b) { return *a == *b; });
}

}  // namespace

std::string_view type_name(Type type) {
  switch (type) {
    case Type::kNull:
      return "null";
    case Type::kBool:
      return "boolean";
    case Type::kInt:
    case Type::kUint:
      return "integer";
    case Type::kDouble:
      return "number";
    case Type::kString:
      return "string";
    case Type::kArray:
      return "array";
    case Type::kObject:
      return "object";
  }
  return "null";
}

Value::Value(Array value) : data_(std::move(value)) {}
Value::Value(Object value) : data_(std::move(value)) {}
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

bool Value::as_bool() const {
  if (const bool* value = std::get_if<bool>(&data_)) return *value;
  refuse("boolean", type());
}

int64_t Value::as_int() const {
  if (const int64_t* value = std::get_if<int64_t>(&data_)) return *value;
  refuse("integer", type());
}

uint64_t Value::as_uint() const {
  if (const uint64_t* value = std::get_if<uint64_t>(&data_)) return *value;
  if (const int64_t* value = std::get_if<int64_t>(&data_); value != nullptr && *value >= 0) {
    return static_cast<uint64_t>(*value);
  }
  refuse("unsigned integer", type());
}

double Value::as_double() const {
  if (const double* value = std::get_if<double>(&data_)) return *value;
  if (const int64_t* value = std::get_if<int64_t>(&data_)) return static_cast<double>(*value);
  if (const uint64_t* value = std::get_if<uint64_t>(&data_)) return static_cast<double>(*value);
  refuse("number", type());
}

const std::string& Value::as_string() const {
  if (const auto* value = std::get_if<std::string>(&data_)) return *value;
  refuse("string", type());
}

std::string& Value::as_string() {
  if (auto* value = std::get_if<std::string>(&data_)) return *value;
  refuse("string", type());
}

const Array& Value::as_array() const {
  if (const auto* value = std::get_if<Array>(&data_)) return *value;
  refuse("array", type());
}

Array& Value::as_array() {
  if (auto* value = std::get_if<Array>(&data_)) return *value;
  refuse("array", type());
}

const Object& Value::as_object() const {
  if (const auto* value = std::get_if<Object>(&data_)) return *value;
  refuse("object", type());
}

Object& Value::as_object() {
  if (auto* value = std::get_if<Object>(&data_)) return *value;
  refuse("object", type());
}

const Value* Value::find(std::string_view key) const {
  if (const auto* object = std::get_if<Object>(&data_)) {
    for (const Member& member : *object) {
      if (member.first == key) return &member.second;
    }
  }
  return nullptr;
}

Value* Value::find(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).find(key));
}

const Value& Value::get(std::string_view key) const {
  const Value* value = find(key);
  return value != nullptr ? *value : kSharedNull;
}

Value& Value::set(std::string_view key, Value value) {
  if (is_null()) data_ = Object();
  Object& object = as_object();
  if (Value* existing = find(key)) return *existing = std::move(value);
  return object.emplace_back(std::string(key), std::move(value)).second;
}

bool Value::erase(std::string_view key) {
  auto* object = std::get_if<Object>(&data_);
  return object != nullptr &&
         std::erase_if(*object, [&](const Member& member) { return member.first == key; }) > 0;
}

const Value& Value::at(size_t index) const {
  const auto* array = std::get_if<Array>(&data_);
  return array != nullptr && index < array->size() ? (*array)[index] : kSharedNull;
}

Value& Value::push_back(Value value) {
  if (is_null()) data_ = Array();
  return as_array().emplace_back(std::move(value));
}

size_t Value::size() const {
  if (const auto* array = std::get_if<Array>(&data_)) return array->size();
  if (const auto* object = std::get_if<Object>(&data_)) return object->size();
  return 0;
}

bool operator==(const Value& left, const Value& right) {
  if (left.is_number() && right.is_number()) return equal_numbers(left, right);
  if (left.type() != right.type()) return false;
  if (left.is_object()) return equal_objects(left, right);
  return left.data_ == right.data_;
}

Value object(std::initializer_list<Member> members) {
  return Value(Object(members));
}

Value array(std::initializer_list<Value> elements) {
  return Value(Array(elements));
}

}  // namespace soma::json
