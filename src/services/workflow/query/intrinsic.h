// An intrinsic function call as a tree: States.Format('{}', $.name). Internal to query/.
//
//   call     = "States." name "(" [ argument { "," argument } ] ")"
//   argument = string in single quotes | JSON number | true | false | null | path | call
//
// In a string, a backslash stands in front of ', {, } and \, and of nothing else. How many arguments there
// are and of which type is only looked at when the call is evaluated, as on the service.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/workflow/query/intrinsic_functions.h"
#include "services/workflow/query/path_program.h"

namespace soma::workflow::query {

struct IntrinsicCall;

struct IntrinsicArgument {
  enum class Kind { kLiteral, kPath, kCall };
  Kind kind = Kind::kLiteral;
  json::Value literal{};
  PathProgram path{};
  std::unique_ptr<const IntrinsicCall> call{};
};

struct IntrinsicCall {
  const IntrinsicFunction* function = nullptr;
  std::vector<IntrinsicArgument> arguments{};
};

struct Intrinsic {
  std::string text{};  // as written
  IntrinsicCall call{};
};

os::Result<Intrinsic> compile_intrinsic(std::string_view text);
Outcome<json::Value> evaluate_intrinsic(const Intrinsic& intrinsic, const Scope& scope,
                                        const jsonata::Surroundings& surroundings);
// Calls `visit` with every path in it.
void visit_paths(const IntrinsicCall& call, const std::function<void(const PathProgram&)>& visit);

}  // namespace soma::workflow::query
