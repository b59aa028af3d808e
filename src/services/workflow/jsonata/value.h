// A value in the middle of an evaluation. Private to jsonata/.
//
// Sixteen bytes, copied freely. Numbers, booleans and null are inside; texts, arrays and objects are in the
// evaluation's Memory or still in the json::Value that came in, which is read where it is and never copied
// before the result is. An array may be a *sequence*: the language's list of results, which becomes its only
// element, or undefined, where an expression ends.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "services/workflow/jsonata/memory.h"

namespace soma::workflow::jsonata {

struct Array;
struct Object;
struct Function;
struct Tuple;

enum class Tag : uint8_t {
  kUndefined,
  kNull,
  kBool,
  kNumber,
  kString,
  kArray,       // made here
  kJsonArray,   // in the input
  kObject,      // made here
  kJsonObject,  // in the input
  kFunction,
  kTuple,  // an element of a tuple stream (evaluator_tuple.cpp), never seen by a function
  kUnset,  // a slot of a frame whose variable has not been assigned
};

class Value {
 public:
  Value() = default;
  static Value null() { return Value(Tag::kNull); }
  static Value unset() { return Value(Tag::kUnset); }
  template <std::same_as<bool> Boolean>  // and nothing that only converts to it
  Value(Boolean boolean) : tag_(Tag::kBool) {
    boolean_ = boolean;
  }
  Value(double number) : tag_(Tag::kNumber) { number_ = number; }
  // Lives as long as the text does.
  Value(std::string_view text) : tag_(Tag::kString), size_(static_cast<uint32_t>(text.size())) {
    text_ = text.data();
  }
  Value(const char*) = delete;
  Value(Array* array) : tag_(Tag::kArray) { array_ = array; }
  Value(Object* object) : tag_(Tag::kObject) { object_ = object; }
  Value(const Function* function) : tag_(Tag::kFunction) { function_ = function; }
  Value(Tuple* tuple) : tag_(Tag::kTuple) { tuple_ = tuple; }
  static Value of(const json::Value& value);

  Tag tag() const { return tag_; }
  bool is_undefined() const { return tag_ == Tag::kUndefined; }
  bool is_unset() const { return tag_ == Tag::kUnset; }
  bool is_null() const { return tag_ == Tag::kNull; }
  bool is_bool() const { return tag_ == Tag::kBool; }
  bool is_number() const { return tag_ == Tag::kNumber; }
  bool is_string() const { return tag_ == Tag::kString; }
  bool is_array() const { return tag_ == Tag::kArray || tag_ == Tag::kJsonArray; }
  bool is_object() const { return tag_ == Tag::kObject || tag_ == Tag::kJsonObject; }
  bool is_function() const { return tag_ == Tag::kFunction; }
  inline bool is_sequence() const;
  inline bool is_tuple_stream() const;

  // Of that tag only.
  bool boolean() const { return boolean_; }
  double number() const { return number_; }
  std::string_view text() const { return {text_, size_}; }
  Array* array() const { return array_; }
  const json::Array& json_array() const { return *json_array_; }
  Object* object() const { return object_; }
  const json::Object& json_object() const { return *json_object_; }
  const Function* function() const { return function_; }
  Tuple* tuple() const { return tuple_; }

  // Of either kind of array.
  inline size_t size() const;
  inline Value item(size_t index) const;

  // A function that was handed over as an argument: it no longer sees the caller's context.
  bool is_detached() const { return size_ != 0; }
  Value detached() const {
    Value value = *this;
    value.size_ = 1;
    return value;
  }

 private:
  explicit Value(Tag tag) : tag_(tag) {}

  Tag tag_ = Tag::kUndefined;
  uint32_t size_ = 0;
  union {
    bool boolean_;
    double number_ = 0;
    const char* text_;
    Array* array_;
    const json::Array* json_array_;
    Object* object_;
    const json::Object* json_object_;
    const Function* function_;
    Tuple* tuple_;
  };
};
static_assert(sizeof(Value) == 16);

struct Array {
  Value* items = nullptr;
  uint32_t size = 0;
  uint32_t capacity = 0;  // behind `size` only the array that has the right to grow there counts room
  bool sequence = false;
  bool keep_singleton = false;  // a sequence that stays an array though it has one element
  bool tuple_stream = false;
  bool outer_wrapper = false;  // around an input that is an array
  bool constructed = false;    // by [] at a path's end: not flattened
};

bool Value::is_sequence() const {
  return tag_ == Tag::kArray && array_->sequence;
}
bool Value::is_tuple_stream() const {
  return tag_ == Tag::kArray && array_->tuple_stream;
}
size_t Value::size() const {
  return tag_ == Tag::kArray ? array_->size : json_array_->size();
}
Value Value::item(size_t index) const {
  return tag_ == Tag::kArray ? array_->items[index] : of((*json_array_)[index]);
}

// --- Arrays

Array* make_array(Memory& memory, size_t capacity);
Array* make_sequence(Memory& memory, size_t capacity = 0);
void push(Memory& memory, Array* array, Value value);
// Every element of an array, else the value itself.
void push_all(Memory& memory, Array* array, Value value);
// Whether append() of so many needs no copy of the left side.
bool grows_in_place(Value left, size_t added);
// [left..., right...] where an array gives its elements and anything else is one; undefined adds nothing.
Value append(Memory& memory, Value left, Value right);

// --- Meaning

// Each of these walks a value, and pays for it out of `steps`; fails with U1001 when they are used up.

void spend(uint64_t& steps, uint64_t count);
// So much text is compared, copied or searched in a step's time.
inline constexpr size_t kBytesPerStep = 256;
// The language's $boolean of a value that is not undefined; fails on Infinity.
bool to_boolean(Value value, uint64_t& steps);
// What JavaScript takes for true: other than $boolean, empty arrays and objects are.
bool is_truthy(Value value);
// A number that is one: false for NaN, D1001 for Infinity.
bool is_numeric(Value value);
bool deep_equal(Value left, Value right, uint64_t& steps);
// ===: arrays, objects and functions by identity.
bool is_identical(Value left, Value right);
bool is_identical(Value left, Value right, uint64_t& steps);
uint64_t hash(Value value, uint64_t& steps);  // of equal values the same
// As a message shows it: JSON, shortened.
std::string describe(Value value);

// How deep values nest that are walked; deeper ones fail with U1001.
inline constexpr size_t kMaxValueDepth = 500;

}  // namespace soma::workflow::jsonata
