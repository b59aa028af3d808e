// The shape of one kind of object in a definition, as data: which fields it may have, in which query
// language, of which type and range. Private to definition/. The tables are in shapes.cpp; a new field is a
// line there.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "services/workflow/definition/report.h"

namespace soma::workflow {

enum class Kind : uint8_t {
  kAny,
  kText,        // a string that is not empty
  kString,      // any string
  kNullOrText,  // a path that may be null
  kBoolean,
  kInteger,    // from least to most
  kNumber,     // from least to most
  kTimestamp,  // RFC 3339 with T and Z or an offset
  kWord,       // one of `values`
  kObject,
  kFilledObject,  // with at least one member
  kArray,
  kFilledArray,  // with at least one element
  kWords,        // a filled array of strings
};

enum class Allowed : uint8_t { kBoth, kJsonPath, kJsonata };

struct FieldOptions {
  Allowed allowed = Allowed::kBoth;
  bool required = false;
  bool computable = false;  // in JSONata an expression may stand there
  double least = std::numeric_limits<double>::lowest();
  double most = std::numeric_limits<double>::max();
  std::span<const std::string_view> values = {};
};

struct Field {
  std::string_view name;
  Kind kind = Kind::kAny;
  FieldOptions options = {};
};

// Of these fields at most one may be there; with `required`, exactly one.
struct Group {
  std::array<std::string_view, 4> names;
  bool required = false;
};

struct Shape {
  std::array<std::span<const Field>, 3> fields = {};  // what it shares with others, then its own
  std::span<const Group> groups = {};
};

// Reports everything about the object's fields that the shape does not allow. False when it is no object.
bool check_shape(const json::Value& value, const Shape& shape, query::Language language, const Place& place,
                 Report& report);

extern const Shape kMachineShape, kBranchShape, kProcessorShape, kProcessorConfigShape;
extern const Shape kStateShapes[8];  // by StateType
extern const Shape kRetrierShape, kCatcherShape;
extern const Shape kChoiceRuleShape, kNestedTestShape;
extern const Shape kItemReaderShape, kReaderConfigShape, kItemBatcherShape, kResultWriterShape,
    kWriterConfigShape;

// "{% … %}"
bool is_jsonata(const json::Value& value);
// The language's name, as QueryLanguage spells it.
std::string_view language_name(query::Language language);

}  // namespace soma::workflow
