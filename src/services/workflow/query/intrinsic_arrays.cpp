#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_set>

#include "base/json/canonical.h"
#include "services/workflow/query/intrinsic_functions.h"
#include "services/workflow/query/query.h"

namespace soma::workflow::query {
namespace {

// Fractions are cut off; nothing for what is no number or does not fit.
std::optional<int32_t> whole_number(const json::Value& value) {
  if (!value.is_number()) return std::nullopt;
  double number = std::trunc(value.as_double());
  if (!(number >= INT32_MIN && number <= INT32_MAX)) return std::nullopt;
  return static_cast<int32_t>(number);
}

}  // namespace

IntrinsicResult make_array(IntrinsicValues& values, const jsonata::Surroundings&) {
  json::Array array;
  array.reserve(values.size());
  for (IntrinsicValue& value : values) array.push_back(value.take());
  return array;
}

IntrinsicResult array_partition(IntrinsicValues& values, const jsonata::Surroundings&) {
  auto size = whole_number(*values[1]);
  if (!values[0]->is_array() || !size || *size < 1) return invalid_arguments("States.ArrayPartition");
  json::Array chunks;
  for (const json::Value& element : values[0]->as_array()) {
    bool full = chunks.empty() || chunks.back().size() == static_cast<size_t>(*size);
    if (full) chunks.emplace_back(json::Array());
    chunks.back().push_back(element);
  }
  return chunks;
}

// By text, as the service does: true is found in ["true"], and the order of an object's members counts.
IntrinsicResult array_contains(IntrinsicValues& values, const jsonata::Surroundings&) {
  if (!values[0]->is_array()) return invalid_arguments("States.ArrayContains");
  std::string wanted = rendered(*values[1]);
  return std::ranges::any_of(values[0]->as_array(),
                             [&](const json::Value& element) { return rendered(element) == wanted; });
}

IntrinsicResult array_range(IntrinsicValues& values, const jsonata::Surroundings&) {
  auto first = whole_number(*values[0]);
  auto last = whole_number(*values[1]);
  auto step = whole_number(*values[2]);
  if (!first || !last || !step || *step == 0) return invalid_arguments("States.ArrayRange");
  json::Array range;
  for (int64_t item = *first; *step > 0 ? item <= *last : item >= *last; item += *step) {
    if (range.size() == kMaxArrayRangeItems) return invalid_arguments("States.ArrayRange");
    range.emplace_back(item);
  }
  return range;
}

// Any index of an empty array gives null; outside of any other array it is an error.
IntrinsicResult array_get_item(IntrinsicValues& values, const jsonata::Surroundings&) {
  auto index = whole_number(*values[1]);
  if (!values[0]->is_array() || !index) return invalid_arguments("States.ArrayGetItem");
  if (values[0]->empty()) return json::Value();
  if (*index < 0 || static_cast<size_t>(*index) >= values[0]->size()) {
    return invalid_arguments("States.ArrayGetItem");
  }
  return values[0]->at(static_cast<size_t>(*index));
}

IntrinsicResult array_length(IntrinsicValues& values, const jsonata::Surroundings&) {
  if (!values[0]->is_array()) return invalid_arguments("States.ArrayLength");
  return values[0]->size();
}

// The first of equal values stays where it is; 1 and 1.0 are two, the order of members does not count.
IntrinsicResult array_unique(IntrinsicValues& values, const jsonata::Surroundings&) {
  if (!values[0]->is_array()) return invalid_arguments("States.ArrayUnique");
  json::Array unique;
  std::unordered_set<std::string> seen;
  for (const json::Value& element : values[0]->as_array()) {
    if (seen.insert(json::canonical_text(element)).second) unique.push_back(element);
  }
  return unique;
}

}  // namespace soma::workflow::query
