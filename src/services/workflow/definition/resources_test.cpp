#include "services/workflow/definition/definition_test_kit.h"

namespace soma::workflow {
namespace {

Lines errors_in(std::string_view resource, MachineType type = MachineType::kStandard) {
  return errors_of(
      machine(fmt::format(R"("S": {{"Type": "Task", "Resource": "{}", "End": true}})", resource)), type);
}
Lines refused(std::string_view message) {
  return {fmt::format("SCHEMA_VALIDATION_FAILED: {} at /States/S/Resource", message)};
}

TEST(Resources, TakesWhatTheServiceKnows) {
  for (std::string_view resource :
       {"arn:aws:lambda:us-east-1:123456789012:function:work:$LATEST", "arn:aws:states:::lambda:invoke",
        "arn:aws-cn:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:states:::states:startExecution.sync:2", "arn:aws:states:::aws-sdk:s3:listBuckets",
        "arn:aws:states:::aws-sdk:sfn:startExecution.waitForTaskToken",
        "arn:aws:states:us-east-1:123456789012:activity:sign"}) {
    EXPECT_EQ(errors_in(resource), Lines{}) << resource;
  }
}

TEST(Resources, RefusesWhatIsNoArn) {
  EXPECT_EQ(errors_in("${WorkFunctionArn}"), refused("Value is not a valid resource ARN"));
  EXPECT_EQ(errors_in("arn:aws:lambda"), refused("Value is not a valid resource ARN"));
}

TEST(Resources, RefusesUnknownIntegrations) {
  EXPECT_EQ(
      errors_in("arn:aws:states:::lambda:dance"),
      refused(
          "The resource provided arn:aws:states:::lambda:dance is not recognized. The value is not a valid "
          "resource ARN, or the resource is not available in this region."));
  EXPECT_EQ(errors_in("arn:aws:states:::lambda:invoke.sync").size(), 1u);
  EXPECT_EQ(errors_in("arn:aws:states:::aws-sdk:s3").size(), 1u);
}

TEST(Resources, KnowsWhatIsSomasOwn) {
  EXPECT_EQ(errors_in("arn:soma:states:::harness:invoke"), Lines{});
  EXPECT_EQ(errors_in("arn:soma:states:::model:converse", MachineType::kExpress), Lines{});
  EXPECT_EQ(errors_in("arn:soma:states:::harness:invoke.sync").size(), 1u);
  EXPECT_EQ(errors_in("arn:soma:states:::lambda:invoke").size(), 1u);
  EXPECT_EQ(errors_in("arn:aws:states:::harness:invoke").size(), 1u);
}

TEST(Resources, AnExpressMachineCannotWaitForOthers) {
  EXPECT_EQ(errors_in("arn:aws:states:::sqs:sendMessage.waitForTaskToken", MachineType::kExpress),
            refused("Express state machine does not support '.waitForTaskToken' service integration "));
  EXPECT_EQ(errors_in("arn:aws:states:::states:startExecution.sync:2", MachineType::kExpress),
            refused("Express state machine does not support '.sync' service integration"));
  EXPECT_EQ(errors_in("arn:aws:states:us-east-1:123456789012:activity:sign", MachineType::kExpress),
            refused("Express state machine does not support Activity ARN"));
  EXPECT_EQ(errors_in("arn:aws:states:::lambda:invoke", MachineType::kExpress), Lines{});
}

TEST(Resources, ExpressIterationsAreExpress) {
  EXPECT_EQ(errors_of(machine(R"("All": {"Type": "Map", "End": true, "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "In",
                "States": {"In": {"Type": "Task", "End": true,
                                  "Resource": "arn:aws:states:us-east-1:123456789012:activity:sign"}}}})")),
            Lines{"SCHEMA_VALIDATION_FAILED: Express state machine does not support Activity ARN at "
                  "/States/All/ItemProcessor/States/In/Resource"});
}

TEST(Resources, AnExpressMachineHasNoDistributedMap) {
  EXPECT_EQ(errors_of(machine(R"("All": {"Type": "Map", "End": true, "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "In", "States": {"In": {"Type": "Succeed"}}}})"),
                      MachineType::kExpress)
                .size(),
            1u);
}

}  // namespace
}  // namespace soma::workflow
