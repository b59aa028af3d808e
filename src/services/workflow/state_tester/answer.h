// What TestState answers. Private to state_tester/.
#pragma once

#include "services/workflow/state_tester/request.h"

namespace soma::workflow::state_tester {

// Of a state that has ended, with what was seen of it.
json::Value answer_of(const TestRequest& request, const engine::Finished& end);

}  // namespace soma::workflow::state_tester
