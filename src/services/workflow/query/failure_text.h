// The sentences of failures, in the service's words. Internal to query/.
#pragma once

#include <string_view>

#include "services/workflow/query/path_program.h"

namespace soma::workflow::query {

// A path of `field` found nothing. The field decides the sentence:
//   "x.$", ErrorPath, CausePath   The JSONPath '$.a' specified for the field 'x.$' could not be found in …
//   ItemsPath                     Unable to apply step "a" to input … (States.ReferencePathConflict)
//   Variable, NumericEqualsPath…  Invalid path '$.a': The choice state's condition path references …
//   every other                   Invalid path '$.a' : No results for path: $['a']
Failure path_failure(const PathProgram& program, const PathMiss& miss, const Scope& scope,
                     std::string_view field);

// A result has no place in the input.
Failure reference_conflict(std::string_view path, const json::Value& input);

// A path that is an argument of an intrinsic function found nothing. `call`: the whole expression as written.
Failure argument_failure(std::string_view call, const PathProgram& argument, const Scope& scope);
// An intrinsic function does not take what it was given; `reason`: "Invalid arguments in States.MathAdd".
Failure intrinsic_failure(std::string_view call, std::string_view reason);

// JSONata's. `error` is what Expression::evaluate said.
Failure evaluation_failure(std::string_view expression, std::string_view location, const os::Error& error);
Failure undefined_failure(std::string_view expression, std::string_view location);

}  // namespace soma::workflow::query
