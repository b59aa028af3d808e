// The rules of a Choice state. In JSONPath a rule is a tree: And, Or and Not, with one operator at each leaf.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "services/workflow/definition/reading.h"

namespace soma::workflow {
namespace {

constexpr size_t kMaxTestNesting = 50;

// Fields of a rule that are not its test.
constexpr std::array<std::string_view, 5> kOutsideTest = {"Next", "Comment", "Assign", "Variable", "Output"};

// The fields of the table that make a test: And, Or, Not or an operator.
std::vector<std::string_view> test_fields(const json::Value& rule) {
  std::vector<std::string_view> fields;
  for (std::span<const Field> known : kNestedTestShape.fields) {
    for (const Field& field : known) {
      if (std::ranges::count(kOutsideTest, field.name) == 0 && rule.has(field.name))
        fields.push_back(field.name);
    }
  }
  return fields;
}

bool is_type_test(std::string_view name) {
  return name.starts_with("Is");
}

Comparison read_test(const FieldReader& fields, size_t depth);

void read_operands(const FieldReader& fields, std::string_view name, size_t depth, Comparison& test) {
  const json::Value& value = fields.get(name);
  auto add = [&](const FieldReader& operand) {
    if (check_shape(operand.object(), kNestedTestShape, fields.language(), operand.place(),
                    fields.report())) {
      test.operands.push_back(read_test(operand, depth + 1));
    }
  };
  if (value.is_object()) add(fields.inside(name));
  for (size_t i = 0; value.is_array() && i < value.size(); ++i) add(fields.inside(name, i));
}

void read_operator(const FieldReader& fields, std::string_view name, Comparison& test) {
  if (!fields.has("Variable")) {
    fields.report().schema(fields.place(), "These fields are required: [Variable]");
  }
  test.variable = fields.single_path("Variable");
  test.operation = name;
  if (name.ends_with("Path")) {
    test.operation.resize(name.size() - std::string_view("Path").size());
    test.other = fields.single_path(name);
  } else {
    test.literal = fields.get(name);
  }
  if (is_type_test(name) && !fields.get(name).is_bool()) test.literal = json::Value(true);
}

Comparison read_test(const FieldReader& fields, size_t depth) {
  Comparison test;
  if (depth > kMaxTestNesting) {
    fields.report().error(code::kTooDeep, fields.place(),
                          fmt::format("And, Or and Not may nest at most {} levels deep", kMaxTestNesting));
    return test;
  }
  std::vector<std::string_view> names = test_fields(fields.object());
  if (names.empty()) {
    fields.report().schema(fields.place(), "A comparison operator, And, Or or Not is required");
    return test;
  }
  if (names.size() > 1) {
    fields.report().schema(
        fields.place(),
        fmt::format("There should only be one of the following fields: [{}]", fmt::join(names, ", ")));
    return test;
  }
  constexpr std::pair<std::string_view, Comparison::Kind> kCombinations[] = {
      {"And", Comparison::Kind::kAnd}, {"Or", Comparison::Kind::kOr}, {"Not", Comparison::Kind::kNot}};
  for (auto [name, kind] : kCombinations) {
    if (names.front() != name) continue;
    test.kind = kind;
    read_operands(fields, name, depth, test);
    return test;
  }
  read_operator(fields, names.front(), test);
  return test;
}

}  // namespace

ChoiceDetails read_choice(const FieldReader& fields, const Surrounding& around, Reading& reading,
                          Transitions& transitions) {
  ChoiceDetails choice;
  const json::Value& rules = fields.get("Choices");
  for (size_t i = 0; rules.is_array() && i < rules.size(); ++i) {
    FieldReader rule = fields.inside("Choices", i);
    if (!check_shape(rules.at(i), kChoiceRuleShape, fields.language(), rule.place(), fields.report()))
      continue;
    ChoiceRule read;
    if (fields.language() == query::Language::kJsonPath) {
      read.condition = read_test(rule, 0);
    } else if (auto condition = rule.payload("Condition")) {
      read.condition = *condition;
    }
    read.next = rule.text("Next");
    transitions.push_back({.target = read.next, .place = rule.place().member("Next")});
    read.assign = rule.assign();
    if (fields.language() == query::Language::kJsonata) read.output = rule.payload("Output");
    reading.scopes.assign(around.scope, fields.place().pointer(), rule.get("Assign"), fields.language(),
                          rule.place().member("Assign"));
    choice.rules.push_back(std::move(read));
  }
  choice.default_next = fields.text("Default");
  if (!choice.default_next.empty()) {
    transitions.push_back({.target = choice.default_next, .place = fields.place().member("Default")});
  }
  return choice;
}

}  // namespace soma::workflow
