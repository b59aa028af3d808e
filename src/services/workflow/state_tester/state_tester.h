// TestState: one state by itself, or one of a machine, run once so that its author sees what it does.
//
// The state is a machine of its own for the engine, which watches it (engine/inspection.h): its data goes
// through the same functions as in any execution. A mock stands in for its work; without one a Task goes to
// the real connectors, and a Wait state waits. Nothing is written down. Source: "Testing state machines with
// TestState API" in the developer guide, the API reference, recorded answers.
#pragma once

#include "services/workflow/errors.h"
#include "services/workflow/workflow.h"

namespace soma::workflow::state_tester {

// Parameters and answer in the API's shape; the parameters keep theirs (api/shapes.h). Errors:
// InvalidDefinition, InvalidExecutionInput, ValidationException, and what soma itself could not do.
net::Task<Answered<json::Value>> test_state(Service& service, json::Value parameters);

}  // namespace soma::workflow::state_tester
