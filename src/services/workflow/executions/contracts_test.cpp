// Executions of machines that promise something.
#include "services/workflow/executions/executions_test_kit.h"

namespace soma::workflow {
namespace {

using engine::Status;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kContract =
    R"({"contractVersion": "1.0", "owner": "payments", "timeoutSeconds": 20,
  "input": {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "number"}}},
  "output": {"type": "object", "required": ["paid"]},
  "businessFailure": {"type": "object", "required": ["reason"]}})";

class Contracts : public ExecutionsTest {
 protected:
  Target promising(const std::string& states, MachineType type = MachineType::kStandard) {
    return ExecutionsTest::promising(machine("m", states, type), kContract);
  }
  static std::string passing(const std::string& result) {
    return R"("A": {"Type": "Pass", "Result": )" + result + R"(, "End": true})";
  }
};

TEST_F(Contracts, AnInputThatBreaksItIsAnExecutionThatFailedAtOnce) {
  open();
  const ExecutionView view = run(promising(passing(R"({"paid": true})")), "e", R"({"amount": "12"})");
  EXPECT_EQ(view.status, Status::kFailed);
  EXPECT_EQ(view.error, "Contract.InputInvalid");
  EXPECT_THAT(view.cause.value_or(""), HasSubstr("the input breaks contract 1.0 of payments: /amount"));
  EXPECT_THAT(history(view.arn), ElementsAre("ExecutionStarted", "ExecutionFailed"));
}

TEST_F(Contracts, AnExecutionThatNeverBeganIsNotRedriven) {
  open();
  const ExecutionView view = run(promising(passing(R"({"paid": true})")), "e", "{}");
  const auto redriven = net::run(executions_->redrive(view.arn));
  ASSERT_FALSE(redriven);
  EXPECT_EQ(redriven.error().code, os::Code::kFailedPrecondition);
}

TEST_F(Contracts, AnOutputThatBreaksItFailsTheExecution) {
  open();
  const ExecutionView view = run(promising(passing(R"({"unpaid": true})")), "e", R"({"amount": 12})");
  EXPECT_EQ(view.status, Status::kFailed);
  EXPECT_EQ(view.error, "Contract.OutputInvalid");
  EXPECT_THAT(view.cause.value_or(""), HasSubstr("the output breaks contract 1.0 of payments"));
}

TEST_F(Contracts, ABusinessFailureIsASuccess) {
  open();
  const ExecutionView view = run(promising(passing(R"({"reason": "declined"})")), "e", R"({"amount": 12})");
  EXPECT_EQ(view.status, Status::kSucceeded);
}

TEST_F(Contracts, TheOutputIsCheckedAfterARestartToo) {
  open();
  const Target target = promising(R"("A": )" + task("keep"));
  const auto started = start(target, "e", R"({"amount": 12})");
  ASSERT_TRUE(becomes("m/e", "running"));
  scripted_.release();
  open();
  EXPECT_EQ(ended(started->arn).error, "Contract.OutputInvalid");
}

TEST_F(Contracts, ItsTimeEndsAnExecution) {
  open();
  const ExecutionView view =
      run(promising(R"("A": {"Type": "Wait", "Seconds": 600, "End": true})"), "e", R"({"amount": 12})");
  EXPECT_EQ(view.status, Status::kTimedOut);
  EXPECT_LT(*view.stopped - view.started, std::chrono::seconds(600));
}

TEST_F(Contracts, ASynchronousExecutionIsHeldToItToo) {
  open();
  StartRequest request{.target = promising(passing("1"), MachineType::kExpress),
                       .input = R"({"amount": 12})"};
  const auto view = net::run(executions_->start_sync(std::move(request)));
  ASSERT_TRUE(view) << view.error().to_string();
  EXPECT_EQ(view->error, "Contract.OutputInvalid");
}

TEST_F(Contracts, ADistributedMapsChildrenAreHeldToNothing) {
  open();
  StartRequest request{.target = promising(passing("1")), .name = "e", .input = "{}"};
  request.map_run_arn = "arn:aws:states:us-east-1:000000000000:mapRun:m/label:id";
  const auto started = net::run(executions_->start_execution(std::move(request)));
  ASSERT_TRUE(started) << started.error().to_string();
  EXPECT_EQ(ended(started->arn).status, Status::kSucceeded);
}

}  // namespace
}  // namespace soma::workflow
