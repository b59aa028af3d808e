// What the service asks of JSONata when a machine is created, besides that it compiles: both delimiters, and
// reading only what its place offers. $states has a result only after the work of a Task, Parallel or Map,
// and an error's output only in a Catch.
#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "services/workflow/definition/expressions.h"
#include "services/workflow/definition/shape.h"

namespace soma::workflow {
namespace {

using Visit = std::function<void(const json::Value& text, const Place& place)>;

void for_each_string(const json::Value& value, const Place& place, const Visit& visit) {
  if (value.is_object()) {
    for (const auto& [name, member] : value.as_object()) for_each_string(member, place.member(name), visit);
  } else if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) for_each_string(value.at(i), place.element(i), visit);
  } else if (value.is_string()) {
    visit(value, place);
  }
}

bool reads_member(const jsonata::Expression& expression, std::string_view member) {
  return std::ranges::any_of(expression.references(), [&](const jsonata::VariableReference& reference) {
    return !reference.bound_inside && reference.name == "states" && !reference.steps.empty() &&
           reference.steps.front() == member;
  });
}

void refuse_member(const query::Template& field, std::string_view member, const Place& place,
                   Report& report) {
  // Also true of an expression that takes $states as a whole, which is allowed everywhere.
  if (!field.reads(member)) return;
  for_each_string(field.source(), place, [&](const json::Value& text, const Place& at) {
    if (!is_jsonata(text)) return;
    std::string_view inside = std::string_view(text.as_string()).substr(2, text.as_string().size() - 4);
    auto expression = jsonata::Expression::compile(inside);
    if (!expression || !reads_member(*expression, member)) return;
    report.error(code::kJsonataUse, at,
                 fmt::format("Reference to '$states.{}' is not supported in this field.", member));
  });
}

}  // namespace

bool check_delimiters(const json::Value& value, const Place& place, Report& report) {
  bool clean = true;
  for_each_string(value, place, [&](const json::Value& text, const Place& at) {
    bool has_one = text.as_string().starts_with("{%") || text.as_string().ends_with("%}");
    if (!has_one || is_jsonata(text)) return;
    clean = false;
    report.error(code::kJsonataSyntax, at, "A JSONata expression must start with '{%' and end with '%}'");
  });
  return clean;
}

void check_states_members(const query::Template& field, StatesMembers members, const Place& place,
                          Report& report) {
  if (!members.result) refuse_member(field, "result", place, report);
  if (!members.error_output) refuse_member(field, "errorOutput", place, report);
}

}  // namespace soma::workflow
