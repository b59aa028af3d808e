// The walk over a value beside its schema. Everything a hostile schema or value could make expensive is
// counted: node visits and comparisons in `steps_`, nesting in `depth_`. A walk that runs out of either ends
// with one violation that says so.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/json/comparison.h"
#include "base/json/schema_node.h"
#include "base/os/text.h"

namespace soma::json {
namespace {

constexpr size_t kMaxShownBytes = 120;  // of a value in a message

TypeBit type_bit(const Value& value) {
  switch (value.type()) {
    case Type::kNull:
      return kNullBit;
    case Type::kBool:
      return kBooleanBit;
    case Type::kInt:
    case Type::kUint:
      return kIntegerBit;
    case Type::kDouble:
      return std::trunc(value.as_double()) == value.as_double() ? kIntegerBit
                                                                : kNumberBit;  // 1.0 is an integer
    case Type::kString:
      return kStringBit;
    case Type::kArray:
      return kArrayBit;
    case Type::kObject:
      return kObjectBit;
  }
  return kNullBit;
}

std::string describe_types(uint8_t types) {
  constexpr std::array<std::string_view, 7> kNames{"null",   "boolean", "integer", "number",
                                                   "string", "array",   "object"};
  std::string text;
  for (size_t i = 0; i < kNames.size(); ++i) {
    if ((types >> i & 1) == 0) continue;
    if (!text.empty()) text += " or ";
    text += kNames[i];
  }
  return text;
}

std::string show(const Value& value) {
  std::string text = write(value);
  if (text.size() <= kMaxShownBytes) return text;
  return std::string(os::utf8_prefix(text, kMaxShownBytes)) + "…";
}

size_t count_characters(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// Whether the complaint says that the value at `pointer` is of another kind than the schema is about: of
// another type, or with another constant in a member that tells kinds apart.
bool is_about_kind(const Violation& complaint, std::string_view pointer) {
  bool is_constant = complaint.keyword == "const" || complaint.keyword == "enum";
  if (complaint.pointer == pointer) return is_constant || complaint.keyword == "type";
  return is_constant && complaint.pointer.find('/', pointer.size() + 1) == std::string::npos;
}

class Walk {
 public:
  explicit Walk(std::vector<Violation>& violations) : violations_(&violations) {}

  void visit(const SchemaNode& node, const Value& value);
  bool ran_out() const { return ran_out_; }

 private:
  void check_value(const SchemaNode& node, const Value& value);
  void check_number(const SchemaNode& node, const Value& value);
  void check_string(const SchemaNode& node, const Value& value);
  void check_array(const SchemaNode& node, const Value& value);
  void check_contains(const SchemaNode& node, const Value& value);
  void check_object(const SchemaNode& node, const Value& value);
  void check_required(const SchemaNode& node, const Value& value);
  void check_member(const SchemaNode& node, const Member& member);
  void check_combinations(const SchemaNode& node, const Value& value);
  void check_any_of(const SchemaNode& node, const Value& value);
  void check_one_of(const SchemaNode& node, const Value& value);
  void check_size(const SizeRange& range, size_t size, std::string_view unit, std::string_view least_keyword,
                  std::string_view most_keyword);

  bool spend(size_t steps);
  bool holds(const SchemaNode& node, const Value& value);
  std::vector<Violation> probe(const SchemaNode& node, const Value& value, size_t limit);
  void visit_child(const SchemaNode& node, const Value& value, std::string_view token);
  void report(std::string_view keyword, std::string message);
  void report_nearest(std::string_view keyword, const std::vector<NodePointer>& alternatives,
                      const Value& value);

  std::vector<Violation>* violations_;
  size_t limit_ = kMaxViolations;
  std::string pointer_;
  size_t steps_ = 0;
  size_t depth_ = 0;
  bool ran_out_ = false;
};

bool Walk::spend(size_t steps) {
  steps_ += steps;
  if (steps_ > kMaxValidationSteps) ran_out_ = true;
  return !ran_out_ && violations_->size() < limit_;
}

void Walk::report(std::string_view keyword, std::string message) {
  if (violations_->size() < limit_)
    violations_->push_back({pointer_, std::string(keyword), std::move(message)});
}

std::vector<Violation> Walk::probe(const SchemaNode& node, const Value& value, size_t limit) {
  std::vector<Violation> found;
  auto* outer = std::exchange(violations_, &found);
  size_t outer_limit = std::exchange(limit_, limit);
  visit(node, value);
  violations_ = outer;
  limit_ = outer_limit;
  return found;
}

bool Walk::holds(const SchemaNode& node, const Value& value) {
  return probe(node, value, 1).empty();
}

void Walk::visit_child(const SchemaNode& node, const Value& value, std::string_view token) {
  size_t length = pointer_.size();
  pointer_ = append_pointer(pointer_, token);
  visit(node, value);
  pointer_.resize(length);
}

void Walk::visit(const SchemaNode& node, const Value& value) {
  if (!spend(1)) return;
  if (depth_ >= kMaxSchemaDepth) {
    ran_out_ = true;
    return;
  }
  ++depth_;
  if (node.always) {
    if (!*node.always) report("false", "is not allowed here");
  } else {
    check_value(node, value);
    if (value.is_number()) check_number(node, value);
    if (value.is_string()) check_string(node, value);
    if (value.is_array()) check_array(node, value);
    if (value.is_object()) check_object(node, value);
    check_combinations(node, value);
  }
  --depth_;
}

void Walk::check_value(const SchemaNode& node, const Value& value) {
  uint8_t bit = type_bit(value);
  bool fits =
      node.types == 0 || (node.types & bit) != 0 || (bit == kIntegerBit && (node.types & kNumberBit) != 0);
  if (!fits)
    report("type", fmt::format("must be {}, is {}", describe_types(node.types), type_name(value.type())));
  if (node.constant && value != *node.constant)
    report("const", fmt::format("must be {}", show(*node.constant)));
  if (!node.enumeration || !spend(node.enumeration->size())) return;
  if (std::ranges::find(*node.enumeration, value) != node.enumeration->end()) return;
  std::vector<std::string_view> names;
  for (const Value& choice : *node.enumeration) names.push_back(choice.string_or(""));
  std::string_view near = os::nearest(value.string_or(""), names);
  std::string message = "must be one of " + show(Value(*node.enumeration));
  if (!near.empty()) message += fmt::format("; did you mean '{}'?", near);
  report("enum", std::move(message));
}

void Walk::check_number(const SchemaNode& node, const Value& value) {
  if (node.minimum && compare_numbers(value, *node.minimum) < 0) {
    report("minimum", fmt::format("must be at least {}, is {}", show(*node.minimum), show(value)));
  }
  if (node.maximum && compare_numbers(value, *node.maximum) > 0) {
    report("maximum", fmt::format("must be at most {}, is {}", show(*node.maximum), show(value)));
  }
  if (node.exclusive_minimum && compare_numbers(value, *node.exclusive_minimum) <= 0) {
    report("exclusiveMinimum",
           fmt::format("must be above {}, is {}", show(*node.exclusive_minimum), show(value)));
  }
  if (node.exclusive_maximum && compare_numbers(value, *node.exclusive_maximum) >= 0) {
    report("exclusiveMaximum",
           fmt::format("must be below {}, is {}", show(*node.exclusive_maximum), show(value)));
  }
  if (node.multiple_of && !is_multiple(value, *node.multiple_of)) {
    report("multipleOf",
           fmt::format("must be a multiple of {}, is {}", show(*node.multiple_of), show(value)));
  }
}

void Walk::check_size(const SizeRange& range, size_t size, std::string_view unit,
                      std::string_view least_keyword, std::string_view most_keyword) {
  if (range.least && size < *range.least) {
    report(least_keyword, fmt::format("must have at least {} {}, has {}", *range.least, unit, size));
  }
  if (range.most && size > *range.most) {
    report(most_keyword, fmt::format("must have at most {} {}, has {}", *range.most, unit, size));
  }
}

void Walk::check_string(const SchemaNode& node, const Value& value) {
  const std::string& text = value.as_string();
  if (node.length.least || node.length.most) {
    check_size(node.length, count_characters(text), "characters", "minLength", "maxLength");
  }
  if (node.pattern && !re2::RE2::PartialMatch(text, *node.pattern)) {
    report("pattern", fmt::format("must match the pattern {}", node.pattern->pattern()));
  }
  if (!matches_format(node.format, text))
    report("format", fmt::format("must be {}", describe_format(node.format)));
}

void Walk::check_array(const SchemaNode& node, const Value& value) {
  const Array& array = value.as_array();
  check_size(node.item_count, array.size(), "items", "minItems", "maxItems");
  if (node.unique_items && spend(array.size()) && has_equal_elements(array)) {
    report("uniqueItems", "must not hold the same item twice");
  }
  for (size_t i = 0; i < array.size() && (i < node.prefix_items.size() || node.items != nullptr); ++i) {
    if (!spend(1)) return;
    visit_child(i < node.prefix_items.size() ? *node.prefix_items[i] : *node.items, array[i],
                std::to_string(i));
  }
  if (node.contains != nullptr) check_contains(node, value);
}

void Walk::check_contains(const SchemaNode& node, const Value& value) {
  uint64_t least = node.contains_count.least.value_or(1);
  uint64_t found = 0;
  for (const Value& element : value.as_array()) {
    if (!spend(1)) return;
    if (holds(*node.contains, element)) ++found;
  }
  if (found < least) {
    std::string_view keyword = node.contains_count.least ? "minContains" : "contains";
    report(keyword, fmt::format("must hold at least {} items of the required kind, holds {}", least, found));
  }
  if (node.contains_count.most && found > *node.contains_count.most) {
    report("maxContains", fmt::format("must hold at most {} items of the required kind, holds {}",
                                      *node.contains_count.most, found));
  }
}

void Walk::check_required(const SchemaNode& node, const Value& value) {
  const size_t search_steps = 1 + value.size() / 16;  // a search compares keys one after another
  for (const std::string& name : node.required) {
    if (!spend(search_steps)) return;
    if (!value.has(name)) report("required", fmt::format("must have the key '{}'", name));
  }
  for (const auto& [name, others] : node.dependent_required) {
    if (!spend(search_steps * (1 + others.size())) || !value.has(name)) continue;
    for (const std::string& other : others) {
      if (!value.has(other))
        report("dependentRequired", fmt::format("must have the key '{}' beside '{}'", other, name));
    }
  }
}

void Walk::check_object(const SchemaNode& node, const Value& value) {
  check_size(node.member_count, value.size(), "members", "minProperties", "maxProperties");
  check_required(node, value);
  bool looks_at_members = !node.properties.empty() || !node.pattern_properties.empty() ||
                          node.additional_properties != nullptr || node.property_names != nullptr;
  for (const Member& member : value.as_object()) {
    if (!looks_at_members || !spend(1)) break;
    check_member(node, member);
  }
  for (const auto& [name, schema] : node.dependent_schemas) {
    if (value.has(name)) visit(*schema, value);
  }
}

void Walk::check_member(const SchemaNode& node, const Member& member) {
  const auto& [name, value] = member;
  if (node.property_names != nullptr && !holds(*node.property_names, Value(name))) {
    size_t length = pointer_.size();
    pointer_ = append_pointer(pointer_, name);
    report("propertyNames", fmt::format("has a key that is not allowed here: {}", show(Value(name))));
    pointer_.resize(length);
  }
  auto known = node.properties.find(name);
  bool is_known = known != node.properties.end();
  if (is_known) visit_child(*known->second, value, name);
  for (const auto& [pattern, schema] : node.pattern_properties) {
    if (!spend(1) || !re2::RE2::PartialMatch(name, *pattern)) continue;
    is_known = true;
    visit_child(*schema, value, name);
  }
  if (is_known || node.additional_properties == nullptr) return;
  if (node.additional_properties->always != false) {
    visit_child(*node.additional_properties, value, name);
    return;
  }
  std::vector<std::string_view> names;
  names.reserve(node.properties.size());
  for (const auto& [known_name, schema] : node.properties) names.push_back(known_name);
  std::string_view near = os::nearest(name, names);
  size_t length = pointer_.size();
  pointer_ = append_pointer(pointer_, name);
  report("additionalProperties", near.empty() ? fmt::format("is not a known key")
                                              : fmt::format("is not a known key; did you mean '{}'?", near));
  pointer_.resize(length);
}

void Walk::check_combinations(const SchemaNode& node, const Value& value) {
  if (node.reference != nullptr) visit(*node.reference, value);
  for (NodePointer part : node.all_of) visit(*part, value);
  if (!node.any_of.empty()) check_any_of(node, value);
  if (!node.one_of.empty()) check_one_of(node, value);
  if (node.negated != nullptr && holds(*node.negated, value))
    report("not", "must not be what the schema excludes");
  if (node.condition != nullptr) {
    NodePointer branch = holds(*node.condition, value) ? node.consequence : node.alternative;
    if (branch != nullptr) visit(*branch, value);
  }
}

void Walk::check_any_of(const SchemaNode& node, const Value& value) {
  for (NodePointer alternative : node.any_of) {
    if (holds(*alternative, value)) return;
  }
  report_nearest("anyOf", node.any_of, value);
}

void Walk::check_one_of(const SchemaNode& node, const Value& value) {
  auto matches =
      std::ranges::count_if(node.one_of, [&](NodePointer alternative) { return holds(*alternative, value); });
  if (matches == 0) report_nearest("oneOf", node.one_of, value);
  if (matches > 1) report("oneOf", fmt::format("must fit one alternative only, fits {}", matches));
}

// Of the alternatives that all failed, tells about the one that was probably meant: of the right kind, and
// then with the fewest complaints.
void Walk::report_nearest(std::string_view keyword, const std::vector<NodePointer>& alternatives,
                          const Value& value) {
  std::vector<Violation> best;
  std::pair<size_t, size_t> best_score{SIZE_MAX, SIZE_MAX};
  for (NodePointer alternative : alternatives) {
    std::vector<Violation> complaints = probe(*alternative, value, kMaxViolations);
    auto wrong_kind = static_cast<size_t>(std::ranges::count_if(
        complaints, [&](const Violation& complaint) { return is_about_kind(complaint, pointer_); }));
    std::pair<size_t, size_t> score(wrong_kind, complaints.size());
    if (score < best_score && !complaints.empty()) {
      best_score = score;
      best = std::move(complaints);
    }
  }
  if (alternatives.size() == 1 || (best_score.first == 0 && !best.empty())) {
    for (const Violation& complaint : best) {
      if (violations_->size() < limit_) violations_->push_back(complaint);
    }
    return;
  }
  std::string message = fmt::format("fits none of {} alternatives", alternatives.size());
  if (!best.empty()) {
    std::string place = best.front().pointer.substr(pointer_.size());
    message +=
        fmt::format("; the nearest says: {}{}{}", place, place.empty() ? "" : " ", best.front().message);
  }
  report(keyword, std::move(message));
}

}  // namespace

void collect_violations(const SchemaNode& root, const Value& value, std::vector<Violation>& violations) {
  Walk walk(violations);
  walk.visit(root, value);
  sort_by_place(violations, value);
  if (!walk.ran_out()) return;
  if (violations.size() == kMaxViolations) violations.pop_back();
  violations.push_back({"", "$ref",
                        fmt::format("is too costly to check: more than {} steps or {} levels",
                                    kMaxValidationSteps, kMaxSchemaDepth)});
}

}  // namespace soma::json
