// A Choice rule's test in JSONPath mode. Private to engine/.
#pragma once

#include "services/workflow/definition/definition.h"
#include "services/workflow/query/query.h"

namespace soma::workflow::engine {

// Whether it holds. Values of other types than the operator's never do. A variable or a path that leads
// nowhere is a failure (States.Runtime), but for IsPresent.
query::Outcome<bool> holds(const Comparison& comparison, const query::Scope& scope);

}  // namespace soma::workflow::engine
