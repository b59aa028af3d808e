#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/workflow/engine/engine_test_kit.h"

namespace soma::workflow::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string task(std::string_view resource, std::string_view more = "") {
  // "C" is there for the tasks that catch.
  const std::string_view caught = more.contains("Catch") ? R"(,"C":{"Type":"Pass","End":true})" : "";
  return R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":")" + std::string(resource) + "\"" +
         std::string(more) + R"(,"End":true})" + std::string(caught) + "}}";
}
constexpr std::string_view kLambda = "arn:aws:lambda:us-east-1:000000000000:function:f";
constexpr std::string_view kActivity = "arn:aws:states:us-east-1:000000000000:activity:a";
constexpr std::string_view kCatchAll = R"(,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"C"}])";

TEST(Task, EachKindOfResourceHasItsEvents) {
  Play lambda(task(kLambda));
  lambda.begin();
  lambda.succeed(1, "1");
  EXPECT_THAT(lambda.types(), ElementsAre("ExecutionStarted", "TaskStateEntered", "LambdaFunctionScheduled",
                                          "LambdaFunctionStarted", "LambdaFunctionSucceeded",
                                          "TaskStateExited", "ExecutionSucceeded"));
  Play activity(task(kActivity));
  activity.begin();
  activity.tell(TaskStarted{.task = 1, .worker = "w"});
  activity.succeed(1, "1");
  EXPECT_THAT(activity.types(),
              ElementsAre("ExecutionStarted", "TaskStateEntered", "ActivityScheduled", "ActivityStarted",
                          "ActivitySucceeded", "TaskStateExited", "ExecutionSucceeded"));
  Play service(task("arn:aws:states:::states:startExecution.sync:2"));
  service.begin();
  service.tell(TaskSubmitted{.task = 1, .output = {}});
  service.succeed(1, "1");
  EXPECT_THAT(service.types(),
              ElementsAre("ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted",
                          "TaskSubmitted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"));
  const HistoryEvent* scheduled = service.last(EventType::kTaskScheduled);
  EXPECT_EQ(scheduled->details.get("resource").string_or(""), "startExecution.sync:2");
  EXPECT_EQ(scheduled->details.get("resourceType").string_or(""), "states");
}

TEST(Task, ATokenNamesItsExecutionAndIsNeverUsedAgain) {
  Play play(
      task("arn:aws:states:::sqs:sendMessage.waitForTaskToken",
           R"(,"Parameters":{"t.$":"$$.Task.Token"},"Retry":[{"ErrorEquals":["E"],"IntervalSeconds":1}])"));
  play.begin();
  const std::string first = play.scheduled().front().token;
  EXPECT_EQ(play.scheduled().front().parameters.value().get("t").string_or(""), first);
  EXPECT_EQ(owner_of_token(first)->execution_arn, start_info().execution_arn);
  EXPECT_EQ(play.execution().task_of(first), TaskId(1));
  EXPECT_TRUE(play.execution().waits_for_token(1));
  play.fail(1, "E");
  play.wait(std::chrono::seconds(1));
  ASSERT_THAT(play.scheduled(), SizeIs(2));
  EXPECT_NE(play.scheduled().back().token, first);
  EXPECT_EQ(play.execution().task_of(first), std::nullopt);
}

TEST(Task, AnAnswerToATaskThatIsOverChangesNothing) {
  Play play(task(kLambda, R"(,"TimeoutSeconds":5,"Retry":[{"ErrorEquals":["States.Timeout"]}])"));
  play.begin();
  play.wait(std::chrono::seconds(5));
  const size_t events = play.history.size();
  const auto late = play.execution().apply(TaskSucceeded{.task = 1, .output = {}}, play.clock().now());
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, os::Code::kNotFound);
  EXPECT_EQ(play.execution().events(), events);
}

TEST(Task, ATimeoutIsCaughtByItsName) {
  Play play(task(kLambda, R"(,"TimeoutSeconds":5,"Catch":[{"ErrorEquals":["States.TaskFailed"],"Next":"T"},
                              {"ErrorEquals":["States.Timeout"],"Next":"C"}])"));
  play.begin();
  EXPECT_EQ(play.execution().wake(), play.clock().now() + std::chrono::seconds(5));
  play.wait(std::chrono::seconds(5));
  EXPECT_EQ(play.output(), R"({"Error":"States.Timeout","Cause":""})");
  EXPECT_THAT(play.commands, SizeIs(3));  // scheduled, cancelled, finished
}

TEST(Task, AHeartbeatPutsItsTimeoutOff) {
  Play play(
      task("arn:aws:states:::sqs:sendMessage.waitForTaskToken",
           R"(,"HeartbeatSeconds":10,"Catch":[{"ErrorEquals":["States.HeartbeatTimeout"],"Next":"C"}])"));
  play.begin();
  play.wait(std::chrono::seconds(8));
  play.tell(TaskHeartbeat{.task = 1});
  play.wait(std::chrono::seconds(8));
  EXPECT_EQ(play.finished(), nullptr);
  play.wait(std::chrono::seconds(2));
  EXPECT_EQ(play.output(), R"({"Error":"States.Timeout","Cause":""})");
}

TEST(Task, ResultsBeyondTheLimitFailTheTask) {
  Play play(task(kLambda, kCatchAll));
  play.begin();
  play.succeed(1, "\"" + std::string(kMaxPayloadBytes, 'x') + "\"");
  EXPECT_EQ(play.last(EventType::kLambdaFunctionFailed)->details.get("error").string_or(""),
            "States.DataLimitExceeded");
  EXPECT_EQ(play.execution().status(), Status::kSucceeded);
}

TEST(Task, AnActivityThatIsNotThereIsNotScheduled) {
  StartInfo start = start_info();
  start.activity_exists = [](std::string_view) { return false; };
  Play play(task(kActivity, kCatchAll), std::move(start));
  play.begin();
  EXPECT_EQ(play.error(), "States.Runtime");
  EXPECT_THAT(play.scheduled(), IsEmpty());
}

TEST(Task, AStartThatFailsIsNoStart) {
  Play play(task("arn:aws:states:::sns:publish"));
  play.begin();
  play.tell(TaskFailed{.task = 1, .error = "E", .cause = "C", .phase = TaskFailed::Phase::kStart});
  EXPECT_THAT(play.types(), ElementsAre("ExecutionStarted", "TaskStateEntered", "TaskScheduled",
                                        "TaskStartFailed", "ExecutionFailed"));
}

TEST(Task, ResourcesAreTakenApart) {
  const auto sdk = parse_resource("arn:aws:states:::aws-sdk:sfn:sendTaskSuccess");
  ASSERT_TRUE(sdk.has_value());
  EXPECT_EQ(sdk->kind, Resource::Kind::kSdk);
  EXPECT_EQ(sdk->history_type, "aws-sdk:sfn");
  EXPECT_EQ(sdk->action, "sendTaskSuccess");
  const auto sync = parse_resource("arn:aws:states:::states:startExecution.sync:2");
  ASSERT_TRUE(sync.has_value());
  EXPECT_EQ(sync->pattern, Resource::Pattern::kSync2);
  EXPECT_EQ(sync->action, "startExecution");
  EXPECT_FALSE(parse_resource("arn:aws:states:::startExecution").has_value());
  EXPECT_FALSE(parse_resource("lambda").has_value());
}

}  // namespace
}  // namespace soma::workflow::engine
