#include "services/workflow/engine/comparison.h"

#include <algorithm>
#include <array>
#include <compare>
#include <optional>

#include "services/workflow/engine/failure.h"
#include "services/workflow/engine/timestamp.h"

namespace soma::workflow::engine {
namespace {

using Test = bool (*)(std::partial_ordering order);
struct Relation {
  std::string_view name;
  Test test;
};
constexpr std::array<Relation, 5> kRelations{{
    {"LessThanEquals", [](std::partial_ordering order) { return order <= 0; }},
    {"GreaterThanEquals", [](std::partial_ordering order) { return order >= 0; }},
    {"LessThan", [](std::partial_ordering order) { return order < 0; }},
    {"GreaterThan", [](std::partial_ordering order) { return order > 0; }},
    {"Equals", [](std::partial_ordering order) { return order == 0; }},
}};

std::partial_ordering compare_numbers(const json::Value& left, const json::Value& right) {
  if (!left.is_number() || !right.is_number()) return std::partial_ordering::unordered;
  if (left.type() == json::Type::kInt && right.type() == json::Type::kInt)
    return left.as_int() <=> right.as_int();
  return left.as_double() <=> right.as_double();
}

std::partial_ordering compare_strings(const json::Value& left, const json::Value& right) {
  if (!left.is_string() || !right.is_string()) return std::partial_ordering::unordered;
  return left.as_string() <=> right.as_string();
}

std::optional<Timestamp> timestamp_of(const json::Value& value) {
  return value.is_string() ? parse_timestamp(value.as_string()) : std::nullopt;
}

std::partial_ordering compare_timestamps(const json::Value& left, const json::Value& right) {
  const auto a = timestamp_of(left);
  const auto b = timestamp_of(right);
  if (!a || !b) return std::partial_ordering::unordered;
  return *a <=> *b;
}

std::partial_ordering compare_booleans(const json::Value& left, const json::Value& right) {
  if (!left.is_bool() || !right.is_bool()) return std::partial_ordering::unordered;
  return left.as_bool() <=> right.as_bool();
}

struct Family {
  std::string_view prefix;
  std::partial_ordering (*compare)(const json::Value& left, const json::Value& right);
};
constexpr std::array<Family, 4> kFamilies{{
    {"String", compare_strings},
    {"Numeric", compare_numbers},
    {"Timestamp", compare_timestamps},
    {"Boolean", compare_booleans},
}};

struct TypeTest {
  std::string_view name;
  bool (*test)(const json::Value& value);
};
constexpr std::array<TypeTest, 5> kTypeTests{{
    {"IsNull", [](const json::Value& value) { return value.is_null(); }},
    {"IsNumeric", [](const json::Value& value) { return value.is_number(); }},
    {"IsString", [](const json::Value& value) { return value.is_string(); }},
    {"IsBoolean", [](const json::Value& value) { return value.is_bool(); }},
    {"IsTimestamp", [](const json::Value& value) { return timestamp_of(value).has_value(); }},
}};

// "*" is any run of characters; "\*" and "\\" are the characters themselves.
bool matches_pattern(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;  // where the pattern goes on after the last "*"
  size_t resume = 0;                     // and the text from which it is tried
  while (true) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      resume = t;
      continue;
    }
    if (t == text.size() && p == pattern.size()) return true;
    const bool escaped =
        p + 1 < pattern.size() && pattern[p] == '\\' && (pattern[p + 1] == '*' || pattern[p + 1] == '\\');
    const size_t at = escaped ? p + 1 : p;
    if (t < text.size() && at < pattern.size() && pattern[at] == text[t]) {
      p = at + 1;
      ++t;
      continue;
    }
    if (star == std::string_view::npos || resume >= text.size()) return false;
    p = star;
    t = ++resume;
  }
}

query::Outcome<json::Value> value_at(const query::Path& path, const query::Scope& scope) {
  if (const json::Value* found = path.find(scope)) return *found;
  auto value = path.evaluate(scope, "Variable");
  if (value) return value;
  return std::unexpected(
      query::Failure{.error = std::string(errors::kRuntime),
                     .cause = "Invalid path '" + path.text() +
                              "': The choice state's condition path references an invalid value."});
}

bool is_present(const query::Path& path, const query::Scope& scope) {
  return path.find(scope) != nullptr || path.evaluate(scope, "Variable").has_value();
}

query::Outcome<bool> operator_holds(const Comparison& comparison, const query::Scope& scope) {
  const std::string_view operation = comparison.operation;
  if (operation == "IsPresent") {
    return is_present(*comparison.variable, scope) == comparison.literal.value_or(true).bool_or(true);
  }
  SOMA_ASSIGN(json::Value value, value_at(*comparison.variable, scope));
  for (const TypeTest& type : kTypeTests) {
    if (operation == type.name) return type.test(value) == comparison.literal.value_or(true).bool_or(true);
  }
  json::Value other;
  if (comparison.other) {
    SOMA_ASSIGN(other, value_at(*comparison.other, scope));
  } else {
    other = comparison.literal.value_or(json::Value());
  }
  if (operation == "StringMatches") {
    return value.is_string() && other.is_string() && matches_pattern(other.as_string(), value.as_string());
  }
  for (const Family& family : kFamilies) {
    if (!operation.starts_with(family.prefix)) continue;
    const std::string_view name = operation.substr(family.prefix.size());
    const auto* relation = std::ranges::find(kRelations, name, &Relation::name);
    if (relation != kRelations.end()) return relation->test(family.compare(value, other));
  }
  return false;
}

}  // namespace

query::Outcome<bool> holds(const Comparison& comparison, const query::Scope& scope) {
  switch (comparison.kind) {
    case Comparison::Kind::kOperator:
      return operator_holds(comparison, scope);
    case Comparison::Kind::kNot: {
      SOMA_ASSIGN(const bool inner, holds(comparison.operands.front(), scope));
      return !inner;
    }
    case Comparison::Kind::kAnd:
    case Comparison::Kind::kOr:
      break;
  }
  const bool wanted = comparison.kind == Comparison::Kind::kOr;
  for (const Comparison& operand : comparison.operands) {
    SOMA_ASSIGN(const bool inner, holds(operand, scope));
    if (inner == wanted) return wanted;
  }
  return !wanted;
}

}  // namespace soma::workflow::engine
