// One state by itself.
#include "services/workflow/api/handlers.h"

namespace soma::workflow::api {

Answer test_state(Call call) {
  StateTester* tester = call.service.dependencies().state_tester;
  if (!tester)
    co_return std::unexpected(
        ApiError{std::string(error::kUnsupported), "TestState is not offered by this soma.", 501});
  json::Value parameters = call.parameters;
  co_return co_await tester->test(std::move(parameters));
}

}  // namespace soma::workflow::api
