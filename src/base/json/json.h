// JSON: the program's bread.
//
// Value keeps what the text said: members in their order, int64, uint64 and double apart. parse() refuses
// duplicate keys, too deep nesting, invalid UTF-8 and trailing text, each with line and column. Source: RFC
// 8259; numbers by std::from_chars / to_chars.
//
//   SOMA_ASSIGN(json::Value config, json::parse(text));
//   std::string_view model = config.get("model").get("modelId").string_or("");
//   json::Value body = json::object({{"text", "hi"}, {"count", 3}});
//   std::string line = json::write(body);
//
// schema.h holds JSON Schema validation. Values are plain data: copyable, movable, no sharing; one thread at
// a time.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/os/result.h"

namespace soma::json {

class Value;
using Array = std::vector<Value>;
using Member = std::pair<std::string, Value>;
using Object = std::vector<Member>;  // in the order written; keys are unique

enum class Type { kNull, kBool, kInt, kUint, kDouble, kString, kArray, kObject };
std::string_view type_name(
    Type type);  // JSON's words: "null", "boolean", "integer", "number", "string", "array", "object"

class Value {
 public:
  Value() = default;
  Value(std::nullptr_t) {}
  Value(bool value) : data_(value) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Value(T value) {  // kUint only for what does not fit int64: one number has one representation
    if constexpr (std::unsigned_integral<T>) {
      if (static_cast<uint64_t>(value) > static_cast<uint64_t>(INT64_MAX)) {
        data_ = static_cast<uint64_t>(value);
        return;
      }
    }
    data_ = static_cast<int64_t>(value);
  }
  Value(double value) : data_(value) {}
  Value(std::string value) : data_(std::move(value)) {}
  Value(std::string_view value) : data_(std::string(value)) {}
  Value(const char* value) : data_(std::string(value)) {}
  Value(Array value);
  Value(Object value);
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  Type type() const { return static_cast<Type>(data_.index()); }
  bool is_null() const { return type() == Type::kNull; }
  bool is_bool() const { return type() == Type::kBool; }
  bool is_integer() const { return type() == Type::kInt || type() == Type::kUint; }
  bool is_number() const { return is_integer() || type() == Type::kDouble; }
  bool is_string() const { return type() == Type::kString; }
  bool is_array() const { return type() == Type::kArray; }
  bool is_object() const { return type() == Type::kObject; }

  // The value as that type; asking for another type than type() is a bug (throws std::logic_error: it stops
  // the run alone).
  bool as_bool() const;
  int64_t as_int() const;    // kInt only
  uint64_t as_uint() const;  // kUint, or kInt that is not negative
  double as_double() const;  // any number
  const std::string& as_string() const;
  std::string& as_string();
  const Array& as_array() const;
  Array& as_array();
  const Object& as_object() const;
  Object& as_object();

  // The value as that type, else the fallback: for optional fields whose type was validated before.
  bool bool_or(bool fallback) const { return is_bool() ? as_bool() : fallback; }
  int64_t int_or(int64_t fallback) const { return type() == Type::kInt ? as_int() : fallback; }
  double double_or(double fallback) const { return is_number() ? as_double() : fallback; }
  std::string_view string_or(std::string_view fallback) const {
    return is_string() ? std::string_view(as_string()) : fallback;
  }

  // Members of an object. find: null when absent or when this is no object. get: a shared null instead.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  const Value& get(std::string_view key) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }
  // Adds or replaces; makes a null value an object first. Returns the member's value.
  Value& set(std::string_view key, Value value);
  bool erase(std::string_view key);

  // Elements of an array. at: a shared null when out of range or no array. push_back makes a null value an
  // array first.
  const Value& at(size_t index) const;
  Value& push_back(Value value);
  size_t size() const;  // of an array or object, else 0
  bool empty() const { return size() == 0; }

  // RFC 6901 pointer ("/a/0/b"); null when it leads nowhere.
  const Value* pointer(std::string_view pointer) const;

  // Same JSON value: members in any order; numbers by value (1 == 1.0).
  friend bool operator==(const Value& left, const Value& right);

 private:
  std::variant<std::nullptr_t, bool, int64_t, uint64_t, double, std::string, Array, Object> data_;
};

Value object(std::initializer_list<Member> members);
Value array(std::initializer_list<Value> elements);

inline constexpr size_t kDefaultMaxDepth = 128;
inline constexpr size_t kDefaultMaxBytes = 64u << 20;

struct ParseOptions {
  size_t max_depth = kDefaultMaxDepth;
  size_t max_bytes = kDefaultMaxBytes;
  std::string_view source = "";  // named in errors: a file's path
};

// Errors: kInvalidArgument with details line, column; kLimitExceeded for depth and size.
os::Result<Value> parse(std::string_view text, const ParseOptions& options = {});

struct Position {
  size_t line = 1;    // from 1
  size_t column = 1;  // from 1, in bytes
};
// Where the member's key (or the element) that the RFC 6901 pointer names stands in a text that parse()
// accepted. An unknown pointer gives the nearest enclosing value's position.
Position locate(std::string_view text, std::string_view pointer);
// One more token of a pointer, escaped: append_pointer("/a", "b/c") = "/a/b~1c".
std::string append_pointer(std::string_view pointer, std::string_view token);

std::string write(const Value& value);  // compact; doubles in their shortest form that reads back the same
void write_to(std::string& out, const Value& value);
std::string write_pretty(const Value& value);  // two spaces of indentation, newline at the end
void write_string_to(std::string& out,
                     std::string_view text);  // quoted and escaped; invalid UTF-8 becomes U+FFFD

}  // namespace soma::json
