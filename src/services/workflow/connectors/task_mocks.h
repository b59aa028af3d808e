// Answers instead of the world, in the format of Step Functions Local (SFN_MOCK_CONFIG): test cases of state
// machines say which response each state gets, responses say what each try returns or throws.
//
//   {"StateMachines": {"Order": {"TestCases": {"Retried": {"Charge": "ChargedAtLast"}}}},
//    "MockedResponses": {"ChargedAtLast": {"0-1": {"Throw": {"Error": "Busy", "Cause": "…"}},
//                                          "2": {"Return": {"paid": true}}}}}
//
// An execution takes part when it is started on "…:stateMachine:Order#Retried". A state that its test case
// does not name asks the world.
#pragma once

#include <memory>
#include <string_view>

#include "services/workflow/connector.h"

namespace soma::workflow {

inline constexpr uint64_t kMaxMockedTries = 100'000;  // the greatest number in a range of tries

// kInvalidArgument with file, line and column.
os::Result<std::unique_ptr<Mocks>> parse_task_mocks(std::string_view text, std::string_view source);

}  // namespace soma::workflow
