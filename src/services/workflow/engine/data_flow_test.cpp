#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/workflow/engine/engine_test_kit.h"

namespace soma::workflow::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(DataFlow, AnInputGoesThroughAStateThatDoesNothingAsItWasWritten) {
  Play play(R"({"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}})");
  play.begin("{ \"a\" : 1.50 }");
  EXPECT_EQ(play.output(), "{ \"a\" : 1.50 }");
  EXPECT_THAT(play.types(),
              ElementsAre("ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"));
}

TEST(DataFlow, TheFirstStateFollowsNothingAndEachEventTheOneBefore) {
  Play play(R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Succeed"}}})");
  play.begin();
  std::vector<uint64_t> previous;
  for (const HistoryEvent& event : play.history) previous.push_back(event.previous_id);
  EXPECT_THAT(previous, ElementsAre(0, 0, 2, 3, 4, 5));
}

TEST(DataFlow, AResultGoesIntoTheRawInput) {
  Play play(R"({"StartAt":"A","States":{"A":{"Type":"Pass","InputPath":"$.in","Parameters":{"x.$":"$.n"},
               "ResultPath":"$.out","OutputPath":"$.out","End":true}}})");
  play.begin(R"({"in":{"n":7}})");
  EXPECT_EQ(play.output(), R"({"x":7})");
}

TEST(DataFlow, ANullPathIsAnEmptyObject) {
  Play play(R"({"StartAt":"A","States":{"A":{"Type":"Pass","OutputPath":null,"End":true}}})");
  play.begin(R"({"a":1})");
  EXPECT_EQ(play.output(), "{}");
}

TEST(DataFlow, VariablesChangeWhenTheStateIsLeft) {
  Play play(R"({"StartAt":"A","States":{
    "A":{"Type":"Pass","Assign":{"x":1,"y":2},"Next":"B"},
    "B":{"Type":"Pass","Assign":{"x.$":"$y","y.$":"$x"},"Next":"C"},
    "C":{"Type":"Pass","Parameters":{"x.$":"$x","y.$":"$y"},"End":true}}})");
  play.begin();
  EXPECT_EQ(play.output(), R"({"x":2,"y":1})");
}

TEST(DataFlow, AMissingPathEndsTheExecutionWithoutACatch) {
  Play play(R"({"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:1:function:f",
    "InputPath":"$.nowhere","Catch":[{"ErrorEquals":["States.ALL"],"Next":"B"}],"End":true},
    "B":{"Type":"Pass","End":true}}})");
  play.begin();
  EXPECT_EQ(play.error(), "States.Runtime");
  EXPECT_THAT(play.cause(),
              HasSubstr("An error occurred while executing the state 'A' (entered at the event id #2). "));
}

TEST(DataFlow, TheContextObjectKnowsExecutionMachineAndState) {
  Play play(R"({"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"id.$":"$$.Execution.Id",
    "name.$":"$$.StateMachine.Name","at.$":"$$.State.EnteredTime","in.$":"$$.Execution.Input.k"},"End":true}}})");
  play.begin(R"({"k":"v"})");
  EXPECT_EQ(play.output(), R"({"id":"arn:aws:states:us-east-1:000000000000:execution:m:e","name":"m",)"
                           R"("at":"2026-01-01T00:00:00.000Z","in":"v"})");
}

TEST(DataFlow, AnExecutionThatSomebodyWaitsForDoesNotCountRedrives) {
  const std::string definition =
      R"({"StartAt":"A","States":{"A":{"Type":"Pass","InputPath":"$$.Execution","End":true}}})";
  StartInfo start = start_info();
  start.type = MachineType::kExpress;
  Play asynchronous(definition, start);
  asynchronous.begin();
  EXPECT_THAT(asynchronous.output(), HasSubstr(R"("RedriveCount":0)"));
  start.synchronous = true;
  Play synchronous(definition, start);
  synchronous.begin();
  EXPECT_THAT(synchronous.output(), Not(HasSubstr("RedriveCount")));
}

}  // namespace
}  // namespace soma::workflow::engine
