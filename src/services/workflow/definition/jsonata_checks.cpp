// What the service asks of JSONata when a machine is created: that it parses, and that it reads only what its
// place offers. There is no input document ("$", "$$" and bare names of fields have nothing to read); $states
// has a result only after the work, and an error's output only in a Catch.
#include <fmt/format.h>

#include "services/workflow/definition/expressions.h"
#include "services/workflow/definition/shape.h"

namespace soma::workflow {
namespace {

class JsonataCheck {
 public:
  JsonataCheck(StatesMembers members, Report& report) : members_(members), report_(report) {}

  void walk(const json::Value& value, const Place& place) {
    if (value.is_object()) {
      for (const auto& [name, member] : value.as_object()) walk(member, place.member(name));
    } else if (value.is_array()) {
      for (size_t i = 0; i < value.size(); ++i) walk(value.at(i), place.element(i));
    } else if (value.is_string()) {
      check_text(value, place);
    }
  }
  bool clean() const { return clean_; }

 private:
  void refuse(std::string_view code, const Place& place, std::string message) {
    clean_ = false;
    report_.error(code, place, std::move(message));
  }

  void check_text(const json::Value& value, const Place& place) {
    std::string_view text = value.as_string();
    if (is_jsonata(value)) {
      check_expression(text.substr(2, text.size() - 4), place);
    } else if (text.starts_with("{%") || text.ends_with("%}")) {
      refuse(code::kJsonataSyntax, place, "A JSONata expression must start with '{%' and end with '%}'");
    }
  }

  void check_expression(std::string_view text, const Place& place) {
    auto expression = jsonata::Expression::compile(text);
    if (!expression) return refuse(code::kJsonataSyntax, place, expression.error().message);
    for (const jsonata::VariableReference& reference : expression->references()) {
      if (!reference.bound_inside) check_reference(reference, place);
    }
    if (expression->has_bare_field()) {
      refuse(code::kJsonataUse, place, "Reference to a field at the top level is not supported.");
    }
  }

  void check_reference(const jsonata::VariableReference& reference, const Place& place) {
    if (reference.name == "$") {
      refuse(code::kJsonataUse, place, "Reference to '$$' is not supported.");
    } else if (reference.name == "states" && !reference.steps.empty()) {
      check_member(reference.steps.front(), place);
    }
  }

  void check_member(std::string_view member, const Place& place) {
    bool offered =
        (member != "result" || members_.result) && (member != "errorOutput" || members_.error_output);
    if (!offered) {
      refuse(code::kJsonataUse, place,
             fmt::format("Reference to '$states.{}' is not supported in this field.", member));
    }
  }

  StatesMembers members_;
  Report& report_;
  bool clean_ = true;
};

}  // namespace

bool check_jsonata(const json::Value& value, StatesMembers members, const Place& place, Report& report) {
  JsonataCheck check(members, report);
  check.walk(value, place);
  return check.clean();
}

}  // namespace soma::workflow
