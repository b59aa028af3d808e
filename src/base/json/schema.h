// JSON Schema 2020-12 (https://json-schema.org/draft/2020-12): the subset that tools and configurations need.
//
// Supported: $schema $id $comment $defs $ref (local "#/…" only) title description default examples deprecated
// readOnly writeOnly, type enum const, minLength maxLength pattern format (checked: date-time date uri uuid
// email ipv4; others are annotations), minimum maximum exclusiveMinimum exclusiveMaximum multipleOf, items
// prefixItems minItems maxItems uniqueItems contains minContains maxContains, properties required
// additionalProperties patternProperties propertyNames minProperties maxProperties dependentRequired
// dependentSchemas, allOf anyOf oneOf not if then else. Any other keyword is refused by name at compile time,
// never ignored.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json/json.h"

namespace soma::json {

struct Violation {
  std::string pointer;  // of the offending value, RFC 6901; for an unknown member, of that member
  std::string keyword;  // "required", "type", "additionalProperties", …
  std::string
      message;  // "must be string, is integer"; an unknown member's message names the nearest known key
};

// Immutable once compiled; thread-safe. Copies share.
class Schema {
 public:
  // Errors: kInvalidArgument naming the pointer and the unsupported or malformed keyword.
  static os::Result<Schema> compile(const Value& schema);
  // All violations in document order, at most kMaxViolations. Bounded depth and pattern cost.
  std::vector<Violation> validate(const Value& value) const;

 private:
  struct Node;
  explicit Schema(std::shared_ptr<const Node> root);
  std::shared_ptr<const Node> root_;
};

inline constexpr size_t kMaxViolations = 32;

// One error out of violations, with file, line and column where `text` (what was parsed) and `source` are
// given.
os::Error violations_error(const std::vector<Violation>& violations, std::string_view text,
                           std::string_view source);

}  // namespace soma::json
