#include <gmock/gmock.h>

#include "services/harness/harness_test_kit.h"

namespace soma::harness {
namespace {

using json::object;

class ToolPhaseTest : public HarnessTest {};

// An exception behind a call's result ended the call's task and nothing else: the invocation waited for it
// without end.
TEST_F(ToolPhaseTest, ABugBehindAResultEndsTheInvocation) {
  const auto clock = os::make_system_clock();
  Life life(directory_ + "/life", *clock);
  Config broken =
      config(script({tool_turn({{"a", "file_operations", object({{"operation", "list"}, {"path", "."}})}}),
                     text_turn("never")}));
  // This service has nothing that reads secrets: to call that is the bug.
  const auto hooks = hooks_from_json(*json::parse(
      R"([{"afterToolCall": {"name": "audit", "target": {"webhook": {"url": "http://127.0.0.1:9/", "secret": "env:X"}}}}])"));
  ASSERT_TRUE(hooks) << hooks.error().to_string();
  broken.hooks = *hooks;
  ASSERT_TRUE(life.wait(life.service().create(std::move(broken))));
  const auto invocation = life.wait(life.service().invoke(request("Go")));
  ASSERT_TRUE(invocation) << invocation.error().to_string();
  const json::Value end = body(life.finish(*invocation), "invocation.finished");
  EXPECT_EQ(end.get("stopReason").string_or(""), "partial_turn");
  EXPECT_THAT(end.get("error").get("hint").string_or(""), testing::HasSubstr("bug in soma"));
}

}  // namespace
}  // namespace soma::harness
