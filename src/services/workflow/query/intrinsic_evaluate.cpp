#include "services/workflow/query/failure_text.h"
#include "services/workflow/query/intrinsic.h"

namespace soma::workflow::query {
namespace {

class IntrinsicEvaluation {
 public:
  IntrinsicEvaluation(const Intrinsic& intrinsic, const Scope& scope,
                      const jsonata::Surroundings& surroundings)
      : intrinsic_(intrinsic), scope_(scope), surroundings_(surroundings) {}

  Outcome<json::Value> apply(const IntrinsicCall& call) {
    IntrinsicValues values;
    values.reserve(call.arguments.size());
    for (const IntrinsicArgument& argument : call.arguments) {
      SOMA_TRY(add(values, argument));
    }
    const IntrinsicFunction& function = *call.function;
    bool counted = values.size() >= function.min_arguments && values.size() <= function.max_arguments;
    IntrinsicResult result =
        counted ? function.apply(values, surroundings_) : invalid_arguments(function.name);
    if (!result) return std::unexpected(intrinsic_failure(intrinsic_.text, result.error()));
    return std::move(*result);
  }

 private:
  std::expected<void, Failure> add(IntrinsicValues& values, const IntrinsicArgument& argument) {
    switch (argument.kind) {
      case IntrinsicArgument::Kind::kLiteral:
        values.emplace_back(&argument.literal);
        return {};
      case IntrinsicArgument::Kind::kPath:
        return add_path(values, argument.path);
      case IntrinsicArgument::Kind::kCall: {
        SOMA_ASSIGN(json::Value made, apply(*argument.call));
        values.emplace_back(std::move(made));
        return {};
      }
    }
    return {};
  }

  // An index behind the end of its array is null in a payload template, and missing here.
  std::expected<void, Failure> add_path(IntrinsicValues& values, const PathProgram& path) {
    if (const json::Value* there = find_in_place(path, scope_)) {
      values.emplace_back(there);
      return {};
    }
    auto made = read_path(path, scope_);
    if (made && !path.plain) {
      values.emplace_back(std::move(*made));
      return {};
    }
    bool own_words = !made && (made.error().too_large || made.error().no_array);
    return std::unexpected(own_words ? intrinsic_failure(intrinsic_.text, made.error().message)
                                     : argument_failure(intrinsic_.text, path, scope_));
  }

  const Intrinsic& intrinsic_;
  const Scope& scope_;
  const jsonata::Surroundings& surroundings_;
};

}  // namespace

Outcome<json::Value> evaluate_intrinsic(const Intrinsic& intrinsic, const Scope& scope,
                                        const jsonata::Surroundings& surroundings) {
  return IntrinsicEvaluation(intrinsic, scope, surroundings).apply(intrinsic.call);
}

void visit_paths(const IntrinsicCall& call, const std::function<void(const PathProgram&)>& visit) {
  for (const IntrinsicArgument& argument : call.arguments) {
    if (argument.kind == IntrinsicArgument::Kind::kPath) visit(argument.path);
    if (argument.kind == IntrinsicArgument::Kind::kCall) visit_paths(*argument.call, visit);
  }
}

}  // namespace soma::workflow::query
