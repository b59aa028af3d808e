#include "services/workflow/state_tester/result_models.h"

#include <gtest/gtest.h>

namespace soma::workflow::state_tester {
namespace {

std::string breach(std::string_view resource, std::string_view result,
                   FieldValidation mode = FieldValidation::kStrict) {
  const auto parsed = engine::parse_resource("arn:aws:states:::" + std::string(resource));
  return breach_of_model(*parsed, *json::parse(result), mode).value_or("");
}

TEST(ResultModels, ARequiredMemberMustBeThereWhenItIsStrict) {
  EXPECT_EQ(breach("aws-sdk:sfn:describeStateMachine", R"({"Name": "n"})"),
            "Required field 'StateMachineArn' is missing");
  EXPECT_EQ(breach("aws-sdk:sfn:describeStateMachine", R"({"Name": "n"})", FieldValidation::kPresent), "");
}

TEST(ResultModels, TypesAreHeldTo) {
  EXPECT_EQ(breach("sqs:sendMessage", R"({"MessageId": 1})"), "Field 'MessageId' must be a string");
  EXPECT_EQ(breach("aws-sdk:sqs:receiveMessage", R"({"Messages": {}})"), "Field 'Messages' must be an array");
  EXPECT_EQ(breach("dynamodb:getItem", R"({"Item": []})"), "Field 'Item' must be an object");
  EXPECT_EQ(breach("dynamodb:getItem", R"({"Item": {"a": {"BOOL": "yes"}}})"),
            "Field 'BOOL' must be a boolean");
}

TEST(ResultModels, LengthsRangesAndWordsAreHeldTo) {
  EXPECT_EQ(breach("aws-sdk:secretsmanager:getSecretValue", R"({"Name": ""})"),
            "Field 'Name' is smaller than the minimum length");
  EXPECT_EQ(breach("aws-sdk:lambda:getFunctionConfiguration", R"({"Timeout": 0})"),
            "Field 'Timeout' is less than the minimum value");
  EXPECT_EQ(breach("aws-sdk:lambda:getFunctionConfiguration", R"({"State": "Sleepy"})"),
            "Field 'State' is not an expected value");
}

TEST(ResultModels, WhatAnIntegrationAnswersAsJsonIsFree) {
  EXPECT_EQ(breach("lambda:invoke", R"({"Payload": {"a": 1}})"), "");
  EXPECT_EQ(breach("aws-sdk:lambda:invoke", R"({"Payload": {"a": 1}})"), "Field 'Payload' must be a string");
}

TEST(ResultModels, ASyncTaskAnswersItsPolling) {
  constexpr std::string_view kEnded = R"({"ExecutionArn": "a", "StateMachineArn": "m", "Status": "SUCCEEDED",
                                          "StartDate": "2025-01-01T00:00:00Z", "Output": {"a": 1}})";
  EXPECT_EQ(breach("states:startExecution.sync:2", kEnded), "");
  EXPECT_EQ(breach("states:startExecution.sync", kEnded), "Field 'Output' must be a string");
  EXPECT_EQ(breach("sqs:sendMessage.waitForTaskToken", R"({"MessageId": 1})"), "");
}

TEST(ResultModels, WhatHasNoModelIsFree) {
  EXPECT_EQ(breach("http:invoke", R"({"StatusCode": "?"})"), "");
  EXPECT_EQ(breach("aws-sdk:nobody:knows", R"({"a": 1})"), "");
}

TEST(ResultModels, NothingIsHeldToWithoutValidation) {
  EXPECT_EQ(breach("sqs:sendMessage", R"({"MessageId": 1})", FieldValidation::kNone), "");
}

}  // namespace
}  // namespace soma::workflow::state_tester
