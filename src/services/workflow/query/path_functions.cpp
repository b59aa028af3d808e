#include "services/workflow/query/path_functions.h"

#include <algorithm>
#include <cmath>

namespace soma::workflow::query {
namespace {

constexpr std::string_view kNothingToAggregate =
    "Aggregation function attempted to calculate value using empty array";

std::expected<json::Value, std::string> aggregate(PathFunction function, const json::Value& value) {
  std::vector<double> numbers;
  if (value.is_array()) {
    for (const json::Value& element : value.as_array()) {
      if (element.is_number()) numbers.push_back(element.as_double());
    }
  }
  if (numbers.empty()) return std::unexpected(std::string(kNothingToAggregate));
  auto count = static_cast<double>(numbers.size());
  double sum = 0;
  double squares = 0;
  for (double number : numbers) {
    sum += number;
    squares += number * number;
  }
  switch (function) {
    case PathFunction::kAverage:
      return sum / count;
    case PathFunction::kMinimum:
      return *std::ranges::min_element(numbers);
    case PathFunction::kMaximum:
      return *std::ranges::max_element(numbers);
    case PathFunction::kDeviation:
      return std::sqrt(squares / count - sum * sum / count / count);
    default:
      return sum;
  }
}

std::expected<json::Value, std::string> element(int32_t index, const json::Value& value) {
  if (!value.is_array()) return std::unexpected(std::string(kNothingToAggregate));
  auto size = static_cast<int64_t>(value.size());
  int64_t place = index < 0 ? index + size : index;
  if (place < 0 || place >= size) {
    return std::unexpected("Target index:" + std::to_string(index) +
                           " larger than object count:" + std::to_string(size));
  }
  return value.at(static_cast<size_t>(place));
}

json::Value keys(const json::Value& value) {
  if (!value.is_object()) return {};
  json::Array names;
  for (const json::Member& member : value.as_object()) names.emplace_back(member.first);
  return names;
}

json::Value concatenation(const json::Value& value) {
  std::string text;
  if (value.is_array()) {
    for (const json::Value& element : value.as_array()) text += element.string_or("");
  }
  return text;
}

}  // namespace

std::expected<json::Value, std::string> apply_function(const Step& function, const json::Value& value) {
  switch (function.function) {
    case PathFunction::kLength:
      if (value.is_array() || value.is_object()) return value.size();
      return json::Value();
    case PathFunction::kKeys:
      return keys(value);
    case PathFunction::kConcat:
      return concatenation(value);
    case PathFunction::kIndex:
      return element(function.argument, value);
    default:
      return aggregate(function.function, value);
  }
}

}  // namespace soma::workflow::query
