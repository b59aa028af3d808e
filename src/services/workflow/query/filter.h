// The predicate of a JSONPath filter: [?(@.price < 10 && !(@.sold))]. Internal to query/.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "services/workflow/query/path_program.h"

namespace re2 {
class RE2;
}

namespace soma::workflow::query {

inline constexpr size_t kMaxFilterNesting = 32;
inline constexpr size_t kMaxRegexBytes = 10'000;

enum class FilterOperator {
  kEqual,
  kNotEqual,
  kSameTypeEqual,
  kSameTypeNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kMatches,
  kIn,
  kNotIn,
  kContains,
  kAll,
  kSize,
  kEmpty,
  kSubsetOf,
  kAnyOf,
  kNoneOf,
};

struct Operand {
  std::optional<PathProgram> path{};
  json::Value literal{};  // without path and pattern
  std::shared_ptr<const re2::RE2> pattern{};
};

struct Filter {
  enum class Kind { kAnd, kOr, kNot, kExists, kCompare };
  Kind kind = Kind::kExists;
  std::vector<Filter> operands{};  // of kAnd, kOr, kNot
  Operand left{}, right{};         // kExists has only left
  bool should_exist = true;
  FilterOperator operation = FilterOperator::kEqual;
};

// Parses from behind "?" to behind the closing parenthesis.
os::Result<Filter> parse_filter(std::string_view text, size_t& position, size_t nesting);

// An expression that cannot be evaluated (a list is needed and there is none) accepts nothing.
bool accepts(const Filter& filter, const json::Value& item, const json::Value& document, PathBudget& budget);

}  // namespace soma::workflow::query
