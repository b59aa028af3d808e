#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "services/workflow/engine/engine_test_kit.h"

namespace soma::workflow::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr std::string_view kWait =
    R"({"StartAt":"W","TimeoutSeconds":5,"States":{"W":{"Type":"Wait","Seconds":60,"End":true}}})";

TEST(Ending, AStopIsOneEvent) {
  Play play(kWait);
  play.begin();
  play.tell(Stop{.error = "mine", .cause = "enough"});
  EXPECT_THAT(play.types(), ElementsAre("ExecutionStarted", "WaitStateEntered", "ExecutionAborted"));
  EXPECT_EQ(play.execution().status(), Status::kAborted);
  EXPECT_EQ(play.error(), "mine");
  EXPECT_EQ(play.execution().wake(), std::nullopt);
}

TEST(Ending, AMachinesTimeoutEndsWhatRuns) {
  Play play(kWait);
  play.begin();
  EXPECT_EQ(play.execution().wake(), play.clock().now() + std::chrono::seconds(5));
  play.wait(std::chrono::seconds(5));
  EXPECT_EQ(play.execution().status(), Status::kTimedOut);
}

TEST(Ending, AnExpressExecutionLivesFiveMinutes) {
  StartInfo start = start_info();
  start.type = MachineType::kExpress;
  Play play(R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":600,"End":true}}})", std::move(start));
  play.begin();
  play.wait(std::chrono::seconds(300));
  EXPECT_EQ(play.execution().status(), Status::kTimedOut);
}

TEST(Ending, AfterTheEndNothingButARedriveIsTaken) {
  Play play(kWait);
  play.begin();
  play.tell(Stop{});
  const auto late = play.execution().apply(Advance{}, play.clock().now());
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, os::Code::kFailedPrecondition);
}

TEST(Ending, AFullHistoryFailsTheExecution) {
  Play play(R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},
    "B":{"Type":"Choice","Choices":[{"Variable":"$.done","IsPresent":true,"Next":"End"}],"Default":"A"},
    "End":{"Type":"Succeed"}}})");
  play.begin();
  EXPECT_EQ(play.execution().status(), Status::kFailed);
  EXPECT_EQ(play.execution().events(), kMaxHistoryEvents);
  EXPECT_EQ(play.cause(), "The execution reached the maximum number of history events (25000).");
  EXPECT_GT(play.records.size(), kMaxHistoryEvents / kMaxStepEvents - 1);
  play.restart();
  EXPECT_EQ(play.execution().status(), Status::kFailed);
}

TEST(Redrive, OnlyWhatFailedRunsAgain) {
  Play play(R"({"StartAt":"P","States":{"P":{"Type":"Parallel","Next":"Z","Branches":[
    {"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:0:function:f","End":true}}},
    {"StartAt":"B","States":{"B":{"Type":"Pass","Next":"C"},
      "C":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:0:function:g","End":true}}}]},
    "Z":{"Type":"Pass","End":true}}})");
  play.begin();
  play.succeed(1, "1");
  play.fail(2, "E");
  EXPECT_EQ(play.execution().status(), Status::kFailed);
  play.restart();
  play.tell(Redrive{});
  ASSERT_THAT(play.scheduled(), SizeIs(3));
  EXPECT_EQ(play.scheduled().back().state_name, "C");
  EXPECT_EQ(play.last(EventType::kLambdaFunctionScheduled)->previous_id,
            play.last(EventType::kExecutionRedriven)->id);
  play.succeed(3, "2");
  EXPECT_EQ(play.output(), "[1,2]");
}

TEST(Redrive, AnExecutionThatSucceededIsNotRedriven) {
  Play play(R"({"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}})");
  play.begin();
  const auto step = play.execution().apply(Redrive{}, play.clock().now());
  ASSERT_FALSE(step.has_value());
  EXPECT_EQ(step.error().code, os::Code::kFailedPrecondition);
}

TEST(Wait, LastsToItsTimestamp) {
  Play play(R"({"StartAt":"W","States":{"W":{"Type":"Wait","TimestampPath":"$.at","End":true}}})");
  play.begin(R"({"at":"2026-01-01T01:00:30+01:00"})");
  EXPECT_EQ(play.execution().wake(), play.clock().now() + std::chrono::seconds(30));
  play.wait(std::chrono::seconds(30));
  EXPECT_EQ(play.execution().status(), Status::kSucceeded);
}

TEST(Choice, WithoutAMatchItFails) {
  Play play(R"({"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[
    {"Variable":"$.n","NumericGreaterThan":1,"Next":"D"}]},"D":{"Type":"Pass","End":true}}})");
  play.begin(R"({"n":1})");
  EXPECT_EQ(play.error(), "States.NoChoiceMatched");
}

}  // namespace
}  // namespace soma::workflow::engine
