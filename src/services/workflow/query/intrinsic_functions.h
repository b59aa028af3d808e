// The eighteen functions behind "States.": what each does with its values. Internal to query/.
//
// Sources: the developer guide's "Intrinsic functions", recorded answers of the service. Where the two differ
// the recorded answer is followed: MathAdd rounds its operands half up, the others cut fractions off;
// StringSplit leaves empty parts out; ArrayContains compares values by their text.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "services/workflow/jsonata/jsonata.h"

namespace soma::workflow::query {

// An argument's value: in the scope, or made by an inner call.
class IntrinsicValue {
 public:
  explicit IntrinsicValue(const json::Value* there) : there_(there) {}
  explicit IntrinsicValue(json::Value made) : made_(std::move(made)) {}
  const json::Value& operator*() const { return there_ != nullptr ? *there_ : made_; }
  const json::Value* operator->() const { return &**this; }
  // Moves what was made, copies what is in the scope.
  json::Value take() {
    if (there_ != nullptr) return *there_;
    return std::move(made_);
  }

 private:
  const json::Value* there_ = nullptr;
  json::Value made_{};
};

// The error is the sentence's end: "Invalid arguments in States.MathAdd".
using IntrinsicResult = std::expected<json::Value, std::string>;
using IntrinsicValues = std::vector<IntrinsicValue>;

struct IntrinsicFunction {
  std::string_view name;  // "States.Format"
  size_t min_arguments = 0;
  size_t max_arguments = 0;
  IntrinsicResult (*apply)(IntrinsicValues& values, const jsonata::Surroundings& surroundings) = nullptr;
};

// Null for an unknown name.
const IntrinsicFunction* find_intrinsic(std::string_view name);

std::unexpected<std::string> invalid_arguments(std::string_view name);

// A value in Java's words: strings as they are, {a=1, b=[]} for objects.
std::string rendered(const json::Value& value);

// intrinsic_arrays.cpp
IntrinsicResult make_array(IntrinsicValues& values, const jsonata::Surroundings& surroundings);
IntrinsicResult array_partition(IntrinsicValues& values, const jsonata::Surroundings& surroundings);
IntrinsicResult array_contains(IntrinsicValues& values, const jsonata::Surroundings& surroundings);
IntrinsicResult array_range(IntrinsicValues& values, const jsonata::Surroundings& surroundings);
IntrinsicResult array_get_item(IntrinsicValues& values, const jsonata::Surroundings& surroundings);
IntrinsicResult array_length(IntrinsicValues& values, const jsonata::Surroundings& surroundings);
IntrinsicResult array_unique(IntrinsicValues& values, const jsonata::Surroundings& surroundings);
// intrinsic_encoding.cpp
IntrinsicResult base64_encode(IntrinsicValues& values, const jsonata::Surroundings& surroundings);
IntrinsicResult base64_decode(IntrinsicValues& values, const jsonata::Surroundings& surroundings);
IntrinsicResult hash(IntrinsicValues& values, const jsonata::Surroundings& surroundings);
IntrinsicResult make_uuid(IntrinsicValues& values, const jsonata::Surroundings& surroundings);
// intrinsic_math.cpp
IntrinsicResult math_random(IntrinsicValues& values, const jsonata::Surroundings& surroundings);
IntrinsicResult math_add(IntrinsicValues& values, const jsonata::Surroundings& surroundings);
// intrinsic_text.cpp
IntrinsicResult string_split(IntrinsicValues& values, const jsonata::Surroundings& surroundings);
IntrinsicResult format(IntrinsicValues& values, const jsonata::Surroundings& surroundings);
IntrinsicResult json_merge(IntrinsicValues& values, const jsonata::Surroundings& surroundings);
IntrinsicResult string_to_json(IntrinsicValues& values, const jsonata::Surroundings& surroundings);
IntrinsicResult json_to_string(IntrinsicValues& values, const jsonata::Surroundings& surroundings);

}  // namespace soma::workflow::query
