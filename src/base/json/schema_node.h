// A compiled schema: what compile (schema.cpp) makes and validate (validate.cpp) walks. Private to base/json.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <re2/re2.h>

#include "base/json/format.h"
#include "base/json/schema.h"

namespace soma::json {

// How deep schemas nest and references chain, both when compiled and when validated.
inline constexpr size_t kMaxSchemaDepth = 256;
// Visits of a schema node in one validate(): nested anyOf with references can ask for exponentially many.
inline constexpr size_t kMaxValidationSteps = 1'000'000;
inline constexpr size_t kMaxPatternBytes = 4096;
// Memory of one compiled pattern; RE2's time is linear in the text whatever the pattern.
inline constexpr int64_t kMaxPatternMemoryBytes = 1 << 20;

struct SchemaNode;
using NodePointer = const SchemaNode*;  // owned by Schema::Node
using Pattern = std::shared_ptr<const re2::RE2>;

enum TypeBit : uint8_t {
  kNullBit = 1,
  kBooleanBit = 2,
  kIntegerBit = 4,
  kNumberBit = 8,
  kStringBit = 16,
  kArrayBit = 32,
  kObjectBit = 64
};

struct SizeRange {
  std::optional<uint64_t> least;
  std::optional<uint64_t> most;
};

struct SchemaNode {
  std::optional<bool> always;  // the schemas true and false
  NodePointer reference = nullptr;
  uint8_t types = 0;  // TypeBits; 0: any
  std::optional<Array> enumeration;
  std::optional<Value> constant;

  // Numbers
  std::optional<Value> minimum, maximum, exclusive_minimum, exclusive_maximum, multiple_of;

  // Strings
  SizeRange length;
  Pattern pattern;
  Format format = Format::kNone;

  // Arrays
  SizeRange item_count;
  SizeRange contains_count;
  bool unique_items = false;
  std::vector<NodePointer> prefix_items;
  NodePointer items = nullptr;
  NodePointer contains = nullptr;

  // Objects
  SizeRange member_count;
  std::vector<std::string> required;
  std::map<std::string, NodePointer, std::less<>> properties;
  std::vector<std::pair<Pattern, NodePointer>> pattern_properties;
  NodePointer additional_properties = nullptr;
  NodePointer property_names = nullptr;
  std::vector<std::pair<std::string, std::vector<std::string>>> dependent_required;
  std::vector<std::pair<std::string, NodePointer>> dependent_schemas;

  // Combinations
  std::vector<NodePointer> all_of, any_of, one_of;
  NodePointer negated = nullptr;
  NodePointer condition = nullptr, consequence = nullptr, alternative = nullptr;  // if, then, else
};

using SchemaNodes =
    std::map<std::string, std::unique_ptr<SchemaNode>>;  // by pointer into the schema document

struct Schema::Node {
  SchemaNodes nodes;
  NodePointer root = nullptr;
};

// Walks `value` and appends what is wrong with it, at most kMaxViolations.
void collect_violations(const SchemaNode& root, const Value& value, std::vector<Violation>& violations);

// Puts violations of `value` into the order in which the value reads.
void sort_by_place(std::vector<Violation>& violations, const Value& value);

}  // namespace soma::json
