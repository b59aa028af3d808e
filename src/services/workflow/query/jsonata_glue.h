// JSONata's place in a field: "{% … %}" strings, $states and the variables. Internal to query/.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/workflow/query/query.h"

namespace soma::workflow::query {

// The text between the braces without the blanks around it; nothing for a string that is no expression.
std::optional<std::string_view> expression_text(std::string_view text);

// Which parts of $states and which variables the expressions of one field name. What they do not name is not
// given to them: an input of a quarter megabyte is not copied for the sake of one member.
struct JsonataNeeds {
  std::vector<std::vector<std::string>> states{};  // steps below $states; an empty list: all of it
  std::vector<std::string> variables{};            // sorted, without repeats, after settle()
  std::vector<std::string> functions{};            // likewise; a variable of the same name takes its place
  void add(const jsonata::Expression& expression);
  void settle();
};

// What a field's expressions see, made once for all of them. Points into the scope, which must outlive it.
class JsonataBindings {
 public:
  JsonataBindings(const JsonataNeeds& needs, const Scope& scope);
  JsonataBindings(const JsonataBindings&) = delete;
  JsonataBindings& operator=(const JsonataBindings&) = delete;
  jsonata::Arguments arguments() const { return {.bindings = bindings_}; }

 private:
  json::Value states_{};
  std::vector<jsonata::Binding> bindings_{};
};

// kInvalidArgument with details code, "INVALID_JSONATA_EXPRESSION" or "UNSUPPORTED_JSONATA_EXPRESSION".
os::Result<jsonata::Expression> compile_expression(std::string_view text);

Outcome<json::Value> evaluate_expression(const jsonata::Expression& expression, std::string_view location,
                                         const JsonataBindings& bindings,
                                         const jsonata::Surroundings& surroundings);

}  // namespace soma::workflow::query
