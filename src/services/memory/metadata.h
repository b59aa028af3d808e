// Metadata of events and records: a few named values to filter by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::memory {

inline constexpr size_t kMaxEventMetadata = 15;       // entries of an event
inline constexpr size_t kMaxRecordMetadata = 20;      // entries of a record
inline constexpr size_t kMaxMetadataTextBytes = 256;  // of a name, a text, a text of a list
inline constexpr size_t kMaxMetadataListTexts = 5;
inline constexpr size_t kMaxMetadataFilters = 5;  // of one request; all must hold

using MetadataValue = std::variant<std::string, std::vector<std::string>, double, os::Time>;
struct MetadataEntry {
  std::string key;
  MetadataValue value;
  friend bool operator==(const MetadataEntry&, const MetadataEntry&) = default;
};
using Metadata = std::vector<MetadataEntry>;  // keys are unique
const MetadataValue* find(const Metadata& metadata, std::string_view key);

enum class MetadataOperator {
  kEqualsTo,
  kExists,
  kNotExists,
  kBefore,  // of times
  kAfter,
  kContains,     // a list has the text; a text has it inside
  kGreaterThan,  // of numbers
  kGreaterThanOrEquals,
  kLessThan,
  kLessThanOrEquals,
};
std::optional<MetadataOperator> parse_metadata_operator(std::string_view text);  // "EQUALS_TO"

struct MetadataFilter {
  std::string key;
  MetadataOperator op = MetadataOperator::kExists;
  MetadataValue value{};  // of all but kExists and kNotExists
};
// A value of another type than the filter's never matches.
bool matches(const Metadata& metadata, const std::vector<MetadataFilter>& filters);

// {"key": {"stringValue" | "stringListValue" | "numberValue" | "dateTimeValue": …}}, times as seconds since
// 1970: the API's shape, and the store's. Errors: kInvalidArgument naming what is wrong; kLimitExceeded.
json::Value to_json(const Metadata& metadata);
os::Result<Metadata> metadata_from_json(const json::Value& value, size_t most);
os::Result<MetadataValue> metadata_value_from_json(const json::Value& value, std::string_view name);

}  // namespace soma::memory
