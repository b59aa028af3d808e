#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/workflow/engine/engine_test_kit.h"
#include "services/workflow/engine/map_item.h"

namespace soma::workflow::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr std::string_view kTask =
    R"({"Type":"Task","Resource":"arn:aws:lambda:us-east-1:0:function:f","End":true})";

std::string map(std::string_view more, std::string_view inner = kTask) {
  return R"({"StartAt":"M","States":{"M":{"Type":"Map")" + std::string(more) +
         R"(,"ItemProcessor":{"StartAt":"T","States":{"T":)" + std::string(inner) +
         R"(}},"Next":"Z"},"Z":{"Type":"Pass","End":true}}})";
}

TEST(Map, KeepsTheOrderOfItsItemsWhateverEndsFirst) {
  Play play(map(""));
  play.begin("[10,11,12]");
  ASSERT_THAT(play.scheduled(), SizeIs(3));
  play.succeed(3, "\"c\"");
  play.succeed(1, "\"a\"");
  play.succeed(2, "\"b\"");
  EXPECT_EQ(play.output(), R"(["a","b","c"])");
}

TEST(Map, RunsNoMoreAtOnceThanItMay) {
  Play play(map(R"(,"MaxConcurrency":2)"));
  play.begin("[0,1,2,3]");
  EXPECT_THAT(play.scheduled(), SizeIs(2));
  play.succeed(2, "1");
  ASSERT_THAT(play.scheduled(), SizeIs(3));
  EXPECT_EQ(play.scheduled().back().parameters.text(), "2");
}

TEST(Map, RunsFortyAtOnceWhereNothingIsSaid) {
  Play play(map(""));
  std::string items = "[0";
  for (int i = 1; i < 100; ++i) items += "," + std::to_string(i);
  play.begin(items + "]");
  EXPECT_THAT(play.scheduled(), SizeIs(kInlineMapConcurrency));
}

TEST(Map, AnItemSelectorSeesTheItemAndTheInput) {
  Play play(map(
      R"(,"ItemsPath":"$.list","ItemSelector":{"i.$":"$$.Map.Item.Index","v.$":"$$.Map.Item.Value","k.$":"$.k"})",
      R"({"Type":"Pass","End":true})"));
  play.begin(R"({"list":["x","y"],"k":9})");
  EXPECT_EQ(play.output(), R"([{"i":0,"v":"x","k":9},{"i":1,"v":"y","k":9}])");
}

TEST(Map, ItemsOfTheInputComeFromTheStatesData) {
  Play play(map(R"(,"ItemSelector":{"item.$":"$$.Map.Item"})", R"({"Type":"Pass","End":true})"));
  play.begin(R"(["x"])");
  EXPECT_EQ(play.output(), R"([{"item":{"Index":0,"Value":"x","Source":"STATE_DATA"}}])");
}

TEST(Map, WithoutItemsItIsDoneAtOnce) {
  Play play(map(""));
  play.begin("[]");
  EXPECT_EQ(play.output(), "[]");
}

TEST(Map, AFailureEndsTheOthers) {
  Play play(map(R"(,"Catch":[{"ErrorEquals":["E"],"Next":"Z"}])"));
  play.begin("[0,1]");
  play.fail(2, "E");
  EXPECT_THAT(
      play.types(),
      ElementsAre("ExecutionStarted", "MapStateEntered", "MapStateStarted", "MapIterationStarted",
                  "TaskStateEntered", "MapIterationStarted", "TaskStateEntered", "LambdaFunctionScheduled",
                  "LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionFailed",
                  "MapIterationFailed", "TaskStateAborted", "MapIterationAborted", "MapStateFailed",
                  "MapStateExited", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"));
  EXPECT_TRUE(std::holds_alternative<CancelTask>(play.commands[2]));
}

TEST(Map, VariablesOfAnIterationAreItsOwn) {
  Play play(R"({"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"outer":5},"Next":"M"},
    "M":{"Type":"Map","ItemsPath":"$.l","ItemProcessor":{"StartAt":"P","States":{
      "P":{"Type":"Pass","Assign":{"mine.$":"$"},"Next":"Q"},
      "Q":{"Type":"Pass","Parameters":{"m.$":"$mine","o.$":"$outer"},"End":true}}},"End":true}}})");
  play.begin(R"({"l":[1,2]})");
  EXPECT_EQ(play.output(), R"([{"m":1,"o":5},{"m":2,"o":5}])");
}

TEST(Parallel, EachBranchHasTheInputAndItsPlaceInTheOutput) {
  Play play(R"({"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[
    {"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:0:function:f","End":true}}},
    {"StartAt":"B","States":{"B":{"Type":"Wait","Seconds":1,"End":true}}}]}}})");
  play.begin(R"({"a":1})");
  play.wait(std::chrono::seconds(1));
  play.succeed(1, "2");
  EXPECT_EQ(play.output(), R"([2,{"a":1}])");
}

TEST(Parallel, ARetryBeginsAllBranchesAgain) {
  Play play(R"({"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,
    "Retry":[{"ErrorEquals":["E"],"IntervalSeconds":1,"MaxAttempts":1}],"Branches":[
    {"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:0:function:f","End":true}}},
    {"StartAt":"B","States":{"B":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:0:function:g","End":true}}}]}}})");
  play.begin();
  play.succeed(1, "1");
  play.fail(2, "E");
  play.wait(std::chrono::seconds(1));
  ASSERT_THAT(play.scheduled(), SizeIs(4));
  play.succeed(3, "3");
  play.succeed(4, "4");
  EXPECT_EQ(play.output(), "[3,4]");
}

TEST(DistributedMap, IsOneLongTask) {
  const std::string definition =
      R"({"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.l","MaxConcurrency":3,
    "ToleratedFailureCount":1,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
    "StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true}}})";
  Play play(definition);
  play.begin(R"({"l":[1,2]})");
  ASSERT_THAT(play.commands, SizeIs(1));
  const auto& run = std::get<StartMapRun>(play.commands.front());
  EXPECT_EQ(run.items->text(), "[1,2]");
  EXPECT_EQ(json::write(run.limits), R"({"maxConcurrency":3,"toleratedFailureCount":1})");
  play.restart();
  ASSERT_THAT(play.execution().in_flight(), SizeIs(1));
  EXPECT_EQ(std::get<StartMapRun>(play.execution().in_flight().front()).items->text(), "[1,2]");
  play.tell(MapRunBegun{.task = run.task, .map_run_arn = "arn"});
  play.succeed(run.task, "[7]");
  EXPECT_EQ(play.output(), "[7]");
}

TEST(DistributedMap, IsGivenTheMembersOfAnObjectAsTheyAre) {
  const std::string definition =
      R"({"QueryLanguage":"JSONata","StartAt":"M","States":{"M":{"Type":"Map","Items":"{% $states.input.o %}",
    "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
    "StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true}}})";
  Play play(definition);
  play.begin(R"({"o":{"a":1,"b":2}})");
  ASSERT_THAT(play.commands, SizeIs(1));
  const json::Value items = std::get<StartMapRun>(play.commands.front()).items->value();
  EXPECT_EQ(json::write(items), R"({"a":1,"b":2})");
  EXPECT_EQ(json::write(item_at(items, 1).input()), R"({"Key":"b","Value":2})");
  EXPECT_EQ(json::write(item_at(items, 1).context(1)),
            R"({"Item":{"Index":1,"Key":"b","Value":2,"Source":"STATE_DATA"}})");
}

class RedrivenMap : public testing::Test {
 protected:
  RedrivenMap() { play_.begin("[1]"); }
  StartMapRun last() const {
    const StartMapRun* found = nullptr;
    for (const Command& command : play_.commands)
      if (const auto* run = std::get_if<StartMapRun>(&command)) found = run;
    return *found;
  }
  Play play_{R"({"StartAt":"M","States":{"M":{"Type":"Map","ItemProcessor":{"ProcessorConfig":
    {"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},
    "End":true}}})"};
};

TEST_F(RedrivenMap, GoesOnWithTheSameMapRun) {
  const TaskId task = last().task;
  EXPECT_EQ(last().order, 1u);
  play_.tell(MapRunBegun{.task = task, .map_run_arn = "arn"});
  play_.fail(task, "States.ExceedToleratedFailureThreshold");
  play_.restart();
  play_.tell(Redrive{});
  EXPECT_EQ(last().task, task);
  EXPECT_EQ(last().order, 2u);
  EXPECT_EQ(last().items->text(), "[1]");
  play_.restart();
  ASSERT_THAT(play_.execution().in_flight(), SizeIs(1));
  EXPECT_EQ(std::get<StartMapRun>(play_.execution().in_flight().front()).order, 2u);
  play_.tell(MapRunBegun{.task = task, .map_run_arn = "arn", .redrives = 1});
  const HistoryEvent* redriven = play_.last(EventType::kMapRunRedriven);
  ASSERT_NE(redriven, nullptr);
  EXPECT_EQ(json::write(redriven->details), R"({"mapRunArn":"arn","redriveCount":1})");
  EXPECT_EQ(redriven->previous_id, play_.last(EventType::kExecutionRedriven)->id);
  play_.succeed(task, "[2]");
  EXPECT_EQ(play_.output(), "[2]");
}

TEST_F(RedrivenMap, GoesOnAfterAStopAsWell) {
  const TaskId task = last().task;
  play_.tell(MapRunBegun{.task = task, .map_run_arn = "arn"});
  play_.tell(Stop{});
  play_.tell(Redrive{});
  EXPECT_EQ(last().task, task);
  EXPECT_EQ(last().order, 2u);
}

TEST(DistributedMap, IsAbortedWithItsBranch) {
  Play play(R"({"StartAt":"Q","States":{"Q":{"Type":"Parallel","End":true,"Branches":[
    {"StartAt":"M","States":{"M":{"Type":"Map","Items":[1],"QueryLanguage":"JSONata","ItemProcessor":{
    "ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
    "StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true}}},
    {"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1,"Next":"F"},"F":{"Type":"Fail"}}}]}}})");
  play.begin();
  play.tell(MapRunBegun{.task = 1, .map_run_arn = "arn"});
  play.wait(std::chrono::seconds(1));
  const HistoryEvent* aborted = play.last(EventType::kMapRunAborted);
  ASSERT_NE(aborted, nullptr);
  EXPECT_EQ(aborted->previous_id, play.last(EventType::kMapRunStarted)->id);
  EXPECT_EQ(play.last(EventType::kMapStateAborted)->previous_id, aborted->id);
}

}  // namespace
}  // namespace soma::workflow::engine
