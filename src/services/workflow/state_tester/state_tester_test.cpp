#include "services/workflow/state_tester/state_tester.h"

#include "services/workflow/state_tester/state_tester_test_kit.h"

namespace soma::workflow::state_tester {
namespace {

constexpr std::string_view kTask = R"({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
  "Parameters": {"MessageBody.$": "$.text"}, "ResultPath": "$.sent", "Next": "After",
  "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 2, "IntervalSeconds": 5, "BackoffRate": 3}],
  "Catch": [{"ErrorEquals": ["Busy"], "ResultPath": "$.error", "Next": "Later"}]})";
constexpr std::string_view kMap = R"({"Type": "Map", "ItemsPath": "$.list", "End": true,
  "ItemSelector": {"n.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index"}, "ToleratedFailurePercentage": 50,
  "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "P",
    "States": {"P": {"Type": "Pass", "End": true}}}})";

TEST_F(StateTesterTest, ATaskGoesToTheConnectors) {
  const auto answer = test(
      R"({"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:echo", "End": true})",
      R"({"input": "{\"a\": 1}"})");
  EXPECT_EQ(answer.get("status").string_or(""), "SUCCEEDED");
  EXPECT_EQ(answer.get("output").string_or(""), R"({"a": 1})");
  EXPECT_FALSE(answer.has("nextState"));
}

TEST_F(StateTesterTest, AConnectorsErrorMayBeRetried) {
  const auto answer = test(
      R"({"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:broken", "End": true,
          "Retry": [{"ErrorEquals": ["States.ALL"]}]})");
  EXPECT_EQ(answer.get("status").string_or(""), "RETRIABLE");
  EXPECT_EQ(answer.get("error").string_or(""), "Broken");
  EXPECT_FALSE(answer.has("output"));
}

TEST_F(StateTesterTest, AMockedTaskShowsItsStages) {
  const auto answer =
      test(kTask, R"({"input": "{\"text\": \"hi\"}", "mock": {"result": "{\"MessageId\": \"m\"}"}})");
  const json::Value& data = answer.get("inspectionData");
  EXPECT_EQ(data.get("afterParameters").string_or(""), R"({"MessageBody":"hi"})");
  EXPECT_EQ(data.get("result").string_or(""), R"({"MessageId": "m"})");
  EXPECT_EQ(data.get("afterResultPath").string_or(""), R"({"text":"hi","sent":{"MessageId":"m"}})");
  EXPECT_EQ(answer.get("nextState").string_or(""), "After");
}

TEST_F(StateTesterTest, TheBackoffFollowsFromTheRetriesBefore) {
  const auto answer =
      test(kTask, R"({"input": "{\"text\": \"hi\"}", "mock": {"errorOutput": {"error": "Busy"}},
                                      "stateConfiguration": {"retrierRetryCount": 1}})");
  EXPECT_EQ(answer.get("status").string_or(""), "RETRIABLE");
  EXPECT_EQ(json::write(answer.get("inspectionData").get("errorDetails")),
            R"({"retryIndex":0,"retryBackoffIntervalSeconds":15})");
}

TEST_F(StateTesterTest, AfterTheLastRetryTheErrorIsCaught) {
  const auto answer =
      test(kTask, R"({"input": "{\"text\": \"hi\"}", "mock": {"errorOutput": {"error": "Busy"}},
                                      "stateConfiguration": {"retrierRetryCount": 2}})");
  EXPECT_EQ(answer.get("status").string_or(""), "CAUGHT_ERROR");
  EXPECT_EQ(answer.get("nextState").string_or(""), "Later");
  EXPECT_EQ(answer.get("error").string_or(""), "Busy");
}

TEST_F(StateTesterTest, AnErrorThatNobodyKnowsFailsTheState) {
  const auto answer = test(
      kTask, R"({"input": "{\"text\": \"hi\"}", "mock": {"errorOutput": {"error": "Odd", "cause": "so"}}})");
  EXPECT_EQ(answer.get("status").string_or(""), "FAILED");
  EXPECT_EQ(answer.get("cause").string_or(""), "so");
}

TEST_F(StateTesterTest, AStateOfAMachineIsFoundHoweverDeepItStands) {
  constexpr std::string_view kMachine = R"({"StartAt": "B", "States": {"B": {"Type": "Parallel", "End": true,
    "Branches": [{"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "Result": 7, "End": true}}}]}}})";
  EXPECT_EQ(test(kMachine, R"({"stateName": "Inner"})").get("output").string_or(""), "7");
  EXPECT_EQ(refusal(kMachine, R"({"stateName": "Outer"})"), "State not found in definition");
}

TEST_F(StateTesterTest, AMapShowsItsIterationsAndLimits) {
  const auto answer = test(kMap, R"({"input": "{\"list\": [\"a\", \"b\"]}", "mock": {"result": "[1, 2]"}})");
  const json::Value& data = answer.get("inspectionData");
  EXPECT_EQ(data.get("afterItemsPath").string_or(""), R"(["a","b"])");
  EXPECT_EQ(data.get("afterItemSelector").string_or(""), R"([{"n":"a","i":0},{"n":"b","i":1}])");
  EXPECT_EQ(data.get("maxConcurrency").int_or(-1), 0);
  EXPECT_EQ(data.get("toleratedFailurePercentage").int_or(-1), 50);
  EXPECT_EQ(answer.get("output").string_or(""), "[1, 2]");
}

TEST_F(StateTesterTest, MoreFailedIterationsThanToleratedFailTheMap) {
  const auto with = [&](int failed) {
    return test(kMap, R"({"input": "{\"list\": [1, 2, 3, 4]}", "mock": {"result": "[]"},
                          "stateConfiguration": {"mapIterationFailureCount": )" +
                          std::to_string(failed) + "}}");
  };
  EXPECT_EQ(with(2).get("status").string_or(""), "SUCCEEDED");
  EXPECT_EQ(with(3).get("error").string_or(""), "States.ExceedToleratedFailureThreshold");
}

TEST_F(StateTesterTest, AnItemReaderReadsWhatIsGiven) {
  const auto answer = test(
      R"({"Type": "Map", "QueryLanguage": "JSONata", "End": true,
          "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Arguments": {"Bucket": "b", "Key": "k"},
                         "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItems": 3}},
          "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"all": true}},
          "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}})",
      R"({"mock": {"result": "[]"}, "stateConfiguration": {"mapItemReaderData": "n\n1\n2\n3\n4\n"}})");
  EXPECT_EQ(
      answer.get("inspectionData").get("afterItemBatcher").string_or(""),
      R"([{"BatchInput":{"all":true},"Items":[{"n":"1"},{"n":"2"}]},{"BatchInput":{"all":true},"Items":[{"n":"3"}]}])");
}

TEST_F(StateTesterTest, ItemsAreWhatItemsPointerPointsAt) {
  const auto answer = test(
      R"({"Type": "Map", "QueryLanguage": "JSONata", "End": true,
          "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Arguments": {"Bucket": "b", "Key": "k"},
                         "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/in/list"}},
          "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}})",
      R"({"mock": {"result": "[]"}, "stateConfiguration": {"mapItemReaderData": "{\"in\": {\"list\": [1, 2]}}"}})");
  EXPECT_EQ(answer.get("inspectionData").get("afterItemsPointer").string_or(""), "[1,2]");
}

TEST_F(StateTesterTest, VariablesAreShownAsTheStateLeavesThem) {
  const auto answer =
      test(R"({"Type": "Pass", "QueryLanguage": "JSONata", "Assign": {"b": "{% $a + 1 %}"}, "End": true})",
           R"({"variables": "{\"a\": 1}"})");
  EXPECT_EQ(answer.get("inspectionData").get("variables").string_or(""), R"({"a":1,"b":2})");
}

TEST_F(StateTesterTest, InfoShowsTheEndAlone) {
  const auto answer = test(R"({"Type": "Succeed"})", R"({"inspectionLevel": "INFO"})");
  EXPECT_EQ(json::write(answer), R"({"status":"SUCCEEDED","output":"{}"})");
}

TEST_F(StateTesterTest, AWaitStateWaits) {
  EXPECT_EQ(test(R"({"Type": "Wait", "Seconds": 0, "Next": "X"})").get("nextState").string_or(""), "X");
}

TEST_F(StateTesterTest, ACallbacksTokenIsInTheContextObject) {
  const auto answer = test(
      R"({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true,
          "QueryLanguage": "JSONata", "Arguments": {"MessageBody": "{% $states.context.Task.Token %}"}})",
      R"({"mock": {"result": "{}"}, "context": "{\"Task\": {\"Token\": \"t\"}}"})");
  EXPECT_EQ(answer.get("inspectionData").get("afterArguments").string_or(""), R"({"MessageBody":"t"})");
}

TEST_F(StateTesterTest, WhatNeedsAMockSaysSo) {
  EXPECT_TRUE(refusal(kMap).starts_with("TestState API does not support Map or Parallel states."));
  EXPECT_TRUE(
      refusal(
          R"({"Type": "Task", "End": true, "Resource": "arn:aws:states:us-east-1:000000000000:activity:a"})")
          .contains("Activity"));
  EXPECT_TRUE(refusal(R"({"Type": "Task", "End": true, "Resource": "arn:aws:states:::ecs:runTask.sync"})")
                  .contains(".sync"));
}

TEST_F(StateTesterTest, WhatAMockMayBe) {
  EXPECT_EQ(refusal(R"({"Type": "Wait", "Seconds": 1, "End": true})", R"({"mock": {"result": "1"}})"),
            "State type 'Wait' is not supported when a mock is specified");
  EXPECT_EQ(refusal(kTask, R"({"mock": {}})"),
            "A test mock should have only one of the following fields: [result, errorOutput].");
  EXPECT_EQ(refusal(kMap, R"({"mock": {"result": "{}"}})"), "Mocked result must be an array.");
  EXPECT_EQ(refusal(kTask, R"({"mock": {"result": "{"}})"), "Mocked result must be valid JSON");
}

TEST_F(StateTesterTest, WhatOnlyAMockedStateMayBeAsked) {
  EXPECT_EQ(refusal(R"({"Type": "Succeed"})", R"({"context": "{}"})"),
            "TestState does not support Context when a mock is not specified.");
  EXPECT_EQ(refusal(R"({"Type": "Succeed"})", R"({"stateConfiguration": {"retrierRetryCount": 1}})"),
            "TestState does not support RetrierRetryCount when a mock is not specified.");
}

TEST_F(StateTesterTest, AContextObjectHasItsMembersAlone) {
  const auto of = [&](std::string_view context) {
    json::Value more = json::object(
        {{"context", context}, {"mock", json::object({{"result", "{}"}, {"fieldValidationMode", "NONE"}})}});
    return refusal(kTask, json::write(more));
  };
  EXPECT_EQ(of(R"({"Map": {}})"),
            "Invalid Context object provided: 'Map' field is not supported when mocking a Context object");
  EXPECT_EQ(of(R"({"State": {"Age": 1}})"), "Invalid Context object provided: Field 'Age' is not allowed");
  EXPECT_EQ(of("[]"), "Invalid Context object provided: Context object must be a JSON object");
}

TEST_F(StateTesterTest, InputsAndDefinitionsAreRefusedAsElsewhere) {
  EXPECT_EQ(ask(R"({"Type": "Succeed"})", R"({"input": "{"})").error().name, "InvalidExecutionInput");
  EXPECT_EQ(ask(R"({"Type": "Succeed"})", R"({"roleArn": "me"})").error().name, "InvalidArn");
  EXPECT_EQ(ask(R"({"Type": "Nap"})").error().name, "InvalidDefinition");
  EXPECT_EQ(refusal(R"({"Type": "Succeed"})", R"({"variables": "1"})"), "Variables must be a JSON object.");
}

TEST_F(StateTesterTest, AFailuresOriginMustBeInside) {
  EXPECT_EQ(refusal(kMap, R"({"mock": {"errorOutput": {"error": "E"}}, "input": "{\"list\": []}",
                              "stateConfiguration": {"errorCausedByState": "Q"}})"),
            "State not found in definition");
}

}  // namespace
}  // namespace soma::workflow::state_tester
