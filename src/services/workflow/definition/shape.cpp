#include "services/workflow/definition/shape.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace soma::workflow {
namespace {

constexpr query::Language language_of(Allowed allowed) {
  return allowed == Allowed::kJsonata ? query::Language::kJsonata : query::Language::kJsonPath;
}

bool may_have(const Field& field, query::Language language) {
  return field.options.allowed == Allowed::kBoth || language_of(field.options.allowed) == language;
}

const Field* find_field(const Shape& shape, std::string_view name) {
  for (std::span<const Field> fields : shape.fields) {
    for (const Field& field : fields) {
      if (field.name == name) return &field;
    }
  }
  return nullptr;
}

// "0.0" where the field takes fractions, "0" where it takes whole numbers, as the service prints them.
std::string print_bound(double bound, Kind kind) {
  return kind == Kind::kNumber ? fmt::format("{:.1f}", bound) : fmt::format("{:.0f}", bound);
}

void check_range(const json::Value& value, const Field& field, const Place& place, Report& report) {
  double number = value.as_double();
  if (number < field.options.least) {
    report.schema(place, fmt::format("Minimum value is {}", print_bound(field.options.least, field.kind)));
  } else if (number > field.options.most) {
    report.schema(place, fmt::format("Maximum value is {}", print_bound(field.options.most, field.kind)));
  }
}

bool is_whole(const json::Value& value) {
  return value.is_integer() || (value.is_number() && std::floor(value.as_double()) == value.as_double());
}

// A timestamp as the States Language has it: RFC 3339 with a capital T and, for UTC, a capital Z.
bool is_timestamp(std::string_view text) {
  constexpr size_t kDateLength = 10;
  return text.size() > kDateLength && text[kDateLength] == 'T' && !text.ends_with('z') &&
         os::parse_time(text).has_value();
}

std::string_view expected_type(Kind kind) {
  switch (kind) {
    case Kind::kBoolean:
      return "Boolean";
    case Kind::kInteger:
      return "Integer";
    case Kind::kNumber:
      return "Number";
    case Kind::kObject:
    case Kind::kFilledObject:
      return "Object";
    case Kind::kArray:
    case Kind::kFilledArray:
    case Kind::kWords:
      return "Array";
    default:
      return "String";
  }
}

bool has_type(const json::Value& value, Kind kind) {
  switch (kind) {
    case Kind::kAny:
      return true;
    case Kind::kBoolean:
      return value.is_bool();
    case Kind::kInteger:
      return is_whole(value);
    case Kind::kNumber:
      return value.is_number();
    case Kind::kObject:
    case Kind::kFilledObject:
      return value.is_object();
    case Kind::kArray:
    case Kind::kFilledArray:
    case Kind::kWords:
      return value.is_array();
    case Kind::kNullOrText:
      return value.is_null() || value.is_string();
    default:
      return value.is_string();
  }
}

void check_words(const json::Value& value, const Place& place, Report& report) {
  for (size_t i = 0; i < value.size(); ++i) {
    if (!value.at(i).is_string()) report.schema(place.element(i), "Expected value of type String");
  }
}

std::string quote_list(std::span<const std::string_view> values) {
  return fmt::format("[{}]", fmt::join(values, ", "));
}

void check_value(const json::Value& value, const Field& field, query::Language language, const Place& place,
                 Report& report) {
  const FieldOptions& options = field.options;
  bool computes = options.computable && language == query::Language::kJsonata;
  if (computes && is_jsonata(value)) return;
  if (!has_type(value, field.kind)) {
    report.schema(place, fmt::format("Expected value of type {}{}", expected_type(field.kind),
                                     computes ? " or a JSONata expression" : ""));
    return;
  }
  switch (field.kind) {
    case Kind::kText:
    case Kind::kFilledArray:
    case Kind::kFilledObject:
    case Kind::kWords:
      if (value.is_string() ? value.as_string().empty() : value.empty()) {
        report.schema(place, "Value cannot be empty");
      } else if (field.kind == Kind::kWords) {
        check_words(value, place, report);
      }
      return;
    case Kind::kInteger:
    case Kind::kNumber:
      return check_range(value, field, place, report);
    case Kind::kTimestamp:
      if (!is_timestamp(value.as_string())) report.schema(place, "String does not match RFC3339 timestamp");
      return;
    case Kind::kWord:
      if (std::ranges::count(options.values, std::string_view(value.as_string())) == 0) {
        report.schema(place, fmt::format("The field '{}' should have one of these values: {}", field.name,
                                         quote_list(options.values)));
      }
      return;
    default:
      return;
  }
}

void check_required(const json::Value& value, const Shape& shape, query::Language language,
                    const Place& place, Report& report) {
  std::vector<std::string_view> missing;
  for (std::span<const Field> fields : shape.fields) {
    for (const Field& field : fields) {
      if (field.options.required && may_have(field, language) && !value.has(field.name)) {
        missing.push_back(field.name);
      }
    }
  }
  if (!missing.empty()) {
    report.schema(place, fmt::format("These fields are required: {}", quote_list(missing)));
  }
}

void check_group(const json::Value& value, const Shape& shape, const Group& group, query::Language language,
                 const Place& place, Report& report) {
  std::vector<std::string_view> possible;
  size_t present = 0;
  for (std::string_view name : group.names) {
    if (name.empty()) continue;
    const Field* field = find_field(shape, name);
    if (field == nullptr || !may_have(*field, language)) continue;
    possible.push_back(name);
    present += value.has(name);
  }
  if (present > 1) {
    report.schema(place,
                  fmt::format("There should only be one of the following fields: {}", quote_list(possible)));
  } else if (present == 0 && group.required) {
    report.schema(place, fmt::format("One of the following fields is required: {}", quote_list(possible)));
  }
}

}  // namespace

bool is_jsonata(const json::Value& value) {
  std::string_view text = value.string_or("");
  return text.size() >= 4 && text.starts_with("{%") && text.ends_with("%}");
}

std::string_view language_name(query::Language language) {
  return language == query::Language::kJsonata ? "JSONata" : "JSONPath";
}

bool check_shape(const json::Value& value, const Shape& shape, query::Language language, const Place& place,
                 Report& report) {
  if (!value.is_object()) {
    report.schema(place, "Expected value of type Object");
    return false;
  }
  for (const auto& [name, member] : value.as_object()) {
    const Field* field = find_field(shape, name);
    if (field == nullptr) {
      report.schema(place, fmt::format("Field '{}' is not supported", name));
    } else if (!may_have(*field, language)) {
      report.schema(
          place,
          fmt::format("The QueryLanguage is set to '{}', but field '{}' is only supported for the "
                      "'{}' QueryLanguage",
                      language_name(language), name, language_name(language_of(field->options.allowed))));
    } else {
      check_value(member, *field, language, place.member(name), report);
    }
  }
  check_required(value, shape, language, place, report);
  for (const Group& group : shape.groups) check_group(value, shape, group, language, place, report);
  return true;
}

}  // namespace soma::workflow
