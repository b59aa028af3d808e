// What TestState is asked, checked. Private to state_tester/.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "services/workflow/engine/inspection.h"
#include "services/workflow/errors.h"
#include "services/workflow/state_tester/mock.h"

namespace soma::workflow::state_tester {

// What a tested state is called in its context object and messages, whatever its own name.
inline constexpr std::string_view kTestedName = "StateName";

enum class Level { kInfo, kDebug, kTrace };

struct TestRequest {
  DefinitionPtr definition;  // a machine of this one state
  Level level = Level::kInfo;
  std::string input = "{}", role_arn{};
  std::optional<Mock> mock{};
  std::optional<std::string> items_pointed_at{};  // what ItemsPointer chose of mapItemReaderData
  // With what the state finds; `work` is not set.
  std::shared_ptr<engine::Inspection> inspection;

  const State& state() const { return definition->flow.states.front(); }
};

// `parameters`: in their API shape.
Answered<TestRequest> read_request(const json::Value& parameters);

}  // namespace soma::workflow::state_tester
