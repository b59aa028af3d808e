#include <array>

#include "services/workflow/jsonata/evaluator.h"
#include "services/workflow/jsonata/failure.h"
#include "services/workflow/jsonata/json_text.h"
#include "services/workflow/jsonata/jsonata.h"
#include "services/workflow/jsonata/lower.h"

namespace soma::workflow::jsonata {
namespace {

// Enough for most evaluations: they allocate nothing but their result.
constexpr size_t kStackBytes = 4096;

}  // namespace

struct Expression::Program {
  std::string text;
  Plan plan;
  Names names;
};

Expression::Expression(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

os::Result<Expression> Expression::compile(std::string_view text) {
  try {
    if (text.size() > kMaxExpressionBytes) throw Failure{.code = "S0501", .message = "kMaxExpressionBytes"};
    auto program = std::make_shared<Program>();
    program->text = text;
    const SyntaxPointer syntax = parse_expression(program->text);
    program->plan = lower(*syntax);
    program->names = resolve(program->plan);
    return Expression(std::move(program));
  } catch (const Failure& failure) {
    return std::unexpected(to_error(failure, text));
  }
}

os::Result<std::optional<json::Value>> Expression::evaluate(const Arguments& arguments,
                                                            const Surroundings& surroundings) const {
  alignas(8) std::array<std::byte, kStackBytes> stack;
  Memory memory(surroundings.limits.max_value_bytes, stack);
  Evaluator evaluator(program_->plan, surroundings, memory);
  try {
    const Value result = evaluator.run(arguments);
    if (result.is_undefined()) return std::nullopt;
    if (result.is_function()) {
      return os::fail(os::Code::kUnsupported, "the expression returned a function",
                      "call it, or return what it returns");
    }
    return to_json(memory, result);
  } catch (const Failure& failure) {
    return std::unexpected(to_error(failure, program_->text));
  }
}

const std::string& Expression::text() const {
  return program_->text;
}
const std::vector<VariableReference>& Expression::references() const {
  return program_->names.references;
}
bool Expression::has_bare_field() const {
  return program_->names.has_bare_field;
}

}  // namespace soma::workflow::jsonata
