// JSONata 2.0.6 as AWS Step Functions runs it: compiled once, evaluated within limits.
//
// Without $eval; with $partition, $range, $hash, $random, $uuid and $parse. Sources: docs.jsonata.org (2.0),
// "Transforming data with JSONata in Step Functions" in the developer guide. Error codes and messages are
// those of the reference implementation ("T2001", "S0201", …).
//
//   SOMA_ASSIGN(auto expression, jsonata::Expression::compile("$states.input.total * 2"));
//   auto value = expression.evaluate({.bindings = bindings}, surroundings);   // nothing: undefined
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::workflow::jsonata {

inline constexpr size_t kMaxExpressionBytes = 1u << 20;
inline constexpr size_t kMaxNesting = 200;  // of the expression's own syntax

// No expression can pin a core or fill the memory: past one of these it fails with code U1001 (depth, steps)
// or D2014 (size of what it makes). The sizes are those measured on the service.
struct Limits {
  uint64_t max_steps = 20'000'000;
  size_t max_depth = 500;               // of function calls and nested expressions
  size_t max_range_items = 873'782;     // one range
  size_t max_string_bytes = 4u << 20;   // one string, in UTF-16 units
  size_t max_value_bytes = 256u << 20;  // everything made and held in one evaluation
};

// What an expression may ask of the world.
struct Surroundings {
  os::Time now;       // the same for $now() and $millis() throughout one evaluation
  os::IdSource& ids;  // $uuid(), $random()
  Limits limits{};
};

struct Binding {
  std::string_view name;  // without "$"
  const json::Value* value = nullptr;
};

struct Arguments {
  const json::Value* input = nullptr;  // "$"; null: undefined
  std::span<const Binding> bindings{};
};

// Where an expression names a variable: {"states", "context", "Task"} for $states.context.Task.Token's
// beginning; the steps end where they are no longer plain names.
struct VariableReference {
  std::string name;  // without "$"; "" for a bare "$"; "$" for "$$"
  std::vector<std::string> steps;
  size_t position = 0;        // in the expression, in bytes
  bool bound_inside = false;  // a parameter, a variable that the expression itself assigns, "$" of a part
  bool is_function = false;   // names one of the language's own functions
};

// Immutable, thread-safe, cheap to copy.
class Expression {
 public:
  // kInvalidArgument; details: code ("S0201"), position, token.
  static os::Result<Expression> compile(std::string_view text);
  // Nothing: the result is undefined. Errors: kInvalidArgument with details code (JSONata's own) and
  // position; kLimitExceeded with code U1001 or D2014. A function as the result is written as the service
  // does.
  os::Result<std::optional<json::Value>> evaluate(const Arguments& arguments,
                                                  const Surroundings& surroundings) const;
  const std::string& text() const;
  // Every variable that the expression names, in order.
  const std::vector<VariableReference>& references() const;
  // It reads a field of the input without "$…" before it (a "bare field"), which the service refuses.
  bool has_bare_field() const;

 private:
  struct Program;
  explicit Expression(std::shared_ptr<const Program> program);
  std::shared_ptr<const Program> program_;
};

}  // namespace soma::workflow::jsonata
