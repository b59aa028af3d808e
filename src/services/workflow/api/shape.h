// What the parameters of an operation may be, as data, and the one check of them.
//
// The service's framework answers a request that breaks its model before the operation sees it, with
// sentences of its own: "1 validation error detected: Value '101' at 'routingConfiguration.1.member.weight'
// failed to satisfy constraint: Member must have value less than or equal to 100". Source: the service's API
// model (required members, lengths, patterns, enumerations) and recorded answers.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/json/json.h"
#include "services/workflow/errors.h"

namespace soma::workflow::api {

enum class Kind { kString, kInteger, kNumber, kBoolean, kList, kStructure };

struct Member;

struct Shape {
  Kind kind = Kind::kString;
  int64_t least = -1, most = -1;               // characters, elements, or the number itself; -1: free
  std::span<const std::string_view> values{};  // of an enumeration
  // A pattern, as the sentence quotes it, and its test.
  std::string_view pattern{};
  bool (*matches)(std::string_view) = nullptr;
  bool sensitive = false;             // its value is not quoted
  std::span<const Member> members{};  // of a structure
  const Shape* element = nullptr;     // of a list
  std::string_view name{};            // of a structure, where a list of them is quoted
};

struct Member {
  std::string_view name;
  const Shape* shape;
  bool required = false;
};

// ValidationException with every constraint that is broken; SerializationException for a value of another
// type. Null counts as absent. Members that the model does not have are let pass, as the service does.
Answered<> check(const json::Value& parameters, const Shape& shape);

}  // namespace soma::workflow::api
