// What stands in for a state's work: a result or an error. Private to state_tester/.
#pragma once

#include <expected>
#include <optional>

#include "services/workflow/engine/engine.h"
#include "services/workflow/errors.h"

namespace soma::workflow::state_tester {

struct Mock {
  std::expected<engine::Payload, engine::TaskFailed> outcome;
  // Of a Map's iterations, so many failed: its tolerance decides what becomes of that.
  std::optional<int64_t> failed_iterations{};
};

// Nothing: none is given. Checks that it fits the state: which states can be mocked, which must be, what a
// result must look like, and that it keeps the model of what the service answers.
Answered<std::optional<Mock>> read_mock(const json::Value& parameters, const State& state);

}  // namespace soma::workflow::state_tester
