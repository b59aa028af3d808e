// One state by itself.
#include "services/workflow/api/handlers.h"
#include "services/workflow/state_tester/state_tester.h"

namespace soma::workflow::api {

Answer test_state(Call call) {
  return state_tester::test_state(call.service, std::move(call.parameters));
}

}  // namespace soma::workflow::api
