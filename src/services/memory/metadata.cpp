#include "services/memory/metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace soma::memory {

using json::Value;
using os::Code;
using os::Result;

namespace {

constexpr std::array<std::pair<std::string_view, MetadataOperator>, 10> kOperators{{
    {"EQUALS_TO", MetadataOperator::kEqualsTo},
    {"EXISTS", MetadataOperator::kExists},
    {"NOT_EXISTS", MetadataOperator::kNotExists},
    {"BEFORE", MetadataOperator::kBefore},
    {"AFTER", MetadataOperator::kAfter},
    {"CONTAINS", MetadataOperator::kContains},
    {"GREATER_THAN", MetadataOperator::kGreaterThan},
    {"GREATER_THAN_OR_EQUALS", MetadataOperator::kGreaterThanOrEquals},
    {"LESS_THAN", MetadataOperator::kLessThan},
    {"LESS_THAN_OR_EQUALS", MetadataOperator::kLessThanOrEquals},
}};

bool contains(const MetadataValue& value, const std::string& text) {
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value))
    return std::ranges::find(*texts, text) != texts->end();
  const auto* own = std::get_if<std::string>(&value);
  return own != nullptr && own->find(text) != std::string::npos;
}

// Of two values of one type that has an order.
template <class T>
bool ordered(MetadataOperator op, const T& left, const T& right) {
  switch (op) {
    case MetadataOperator::kBefore:
    case MetadataOperator::kLessThan:
      return left < right;
    case MetadataOperator::kAfter:
    case MetadataOperator::kGreaterThan:
      return left > right;
    case MetadataOperator::kGreaterThanOrEquals:
      return left >= right;
    case MetadataOperator::kLessThanOrEquals:
      return left <= right;
    default:
      return false;
  }
}

bool holds(const MetadataFilter& filter, const MetadataValue* value) {
  if (filter.op == MetadataOperator::kExists) return value != nullptr;
  if (filter.op == MetadataOperator::kNotExists) return value == nullptr;
  if (value == nullptr) return false;
  if (filter.op == MetadataOperator::kEqualsTo) return *value == filter.value;
  if (filter.op == MetadataOperator::kContains) {
    const auto* text = std::get_if<std::string>(&filter.value);
    return text != nullptr && contains(*value, *text);
  }
  if (value->index() != filter.value.index()) return false;
  const bool of_times = filter.op == MetadataOperator::kBefore || filter.op == MetadataOperator::kAfter;
  if (const auto* time = std::get_if<os::Time>(value))
    return of_times && ordered(filter.op, *time, std::get<os::Time>(filter.value));
  const auto* number = std::get_if<double>(value);
  return number != nullptr && !of_times && ordered(filter.op, *number, std::get<double>(filter.value));
}

Result<> check_text(std::string_view text, std::string_view name) {
  if (text.size() <= kMaxMetadataTextBytes) return {};
  return os::fail(Code::kInvalidArgument, fmt::format("{} has {} bytes; at most {} (kMaxMetadataTextBytes)",
                                                      name, text.size(), kMaxMetadataTextBytes));
}

Result<MetadataValue> texts_from_json(const Value& value, std::string_view name) {
  if (!value.is_array() || value.size() > kMaxMetadataListTexts)
    return os::fail(
        Code::kInvalidArgument,
        fmt::format("{}.stringListValue must be a list of at most {} texts", name, kMaxMetadataListTexts));
  std::vector<std::string> texts;
  for (const Value& each : value.as_array()) {
    if (!each.is_string())
      return os::fail(Code::kInvalidArgument, fmt::format("{}.stringListValue must have texts only", name));
    SOMA_TRY(check_text(each.as_string(), name));
    texts.push_back(each.as_string());
  }
  return MetadataValue(std::move(texts));
}

Value value_to_json(const MetadataValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return json::object({{"stringValue", *text}});
  if (const auto* number = std::get_if<double>(&value)) return json::object({{"numberValue", *number}});
  if (const auto* time = std::get_if<os::Time>(&value))
    return json::object({{"dateTimeValue", static_cast<double>(os::unix_ms(*time)) / 1e3}});
  Value texts = json::Array{};
  for (const std::string& text : std::get<std::vector<std::string>>(value)) texts.push_back(text);
  return json::object({{"stringListValue", std::move(texts)}});
}

}  // namespace

const MetadataValue* find(const Metadata& metadata, std::string_view key) {
  const auto found = std::ranges::find(metadata, key, &MetadataEntry::key);
  return found == metadata.end() ? nullptr : &found->value;
}

std::optional<MetadataOperator> parse_metadata_operator(std::string_view text) {
  const auto* found = std::ranges::find(kOperators, text, &decltype(kOperators)::value_type::first);
  if (found == kOperators.end()) return std::nullopt;
  return found->second;
}

bool matches(const Metadata& metadata, const std::vector<MetadataFilter>& filters) {
  return std::ranges::all_of(
      filters, [&](const MetadataFilter& filter) { return holds(filter, find(metadata, filter.key)); });
}

Value to_json(const Metadata& metadata) {
  Value out = json::Object{};
  for (const MetadataEntry& entry : metadata) out.set(entry.key, value_to_json(entry.value));
  return out;
}

Result<MetadataValue> metadata_value_from_json(const Value& value, std::string_view name) {
  if (!value.is_object() || value.size() != 1)
    return os::fail(Code::kInvalidArgument, fmt::format("{} must have exactly one member", name),
                    "stringValue, stringListValue, numberValue or dateTimeValue");
  const auto& [kind, inner] = value.as_object().front();
  if (kind == "stringValue" && inner.is_string()) {
    SOMA_TRY(check_text(inner.as_string(), name));
    return MetadataValue(inner.as_string());
  }
  if (kind == "stringListValue") return texts_from_json(inner, name);
  if (kind == "numberValue" && inner.is_number()) return MetadataValue(inner.as_double());
  // Years 0 to 9999, so that no later arithmetic overflows.
  if (kind == "dateTimeValue" && inner.is_number() && std::abs(inner.as_double()) < 253'402'300'800.0)
    return MetadataValue(os::from_unix_ms(std::llround(inner.as_double() * 1e3)));
  return os::fail(
      Code::kInvalidArgument, fmt::format("{}.{} is no value of metadata", name, kind),
      "stringValue is a text, stringListValue a list of texts, numberValue a number, dateTimeValue "
      "seconds since 1970");
}

Result<Metadata> metadata_from_json(const Value& value, size_t most) {
  Metadata out;
  if (value.is_null()) return out;
  if (!value.is_object()) return os::fail(Code::kInvalidArgument, "metadata must be an object");
  if (value.size() > most)
    return os::fail(Code::kInvalidArgument,
                    fmt::format("metadata has {} entries; at most {}", value.size(), most));
  for (const auto& [key, inner] : value.as_object()) {
    if (key.empty()) return os::fail(Code::kInvalidArgument, "metadata has an entry without a name");
    SOMA_TRY(check_text(key, "a name of metadata"));
    SOMA_ASSIGN(MetadataValue read, metadata_value_from_json(inner, fmt::format("metadata.{}", key)));
    out.push_back({key, std::move(read)});
  }
  return out;
}

}  // namespace soma::memory
