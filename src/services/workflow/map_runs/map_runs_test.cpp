#include "services/workflow/map_runs/map_runs_test_kit.h"

namespace soma::workflow {
namespace {

using engine::Status;
using testing::ElementsAre;
using testing::HasSubstr;

class MapRunsAlive : public MapRunsTest {
 protected:
  MapRunsAlive() { open(); }
};

std::string items(size_t count) {
  std::string text = "[";
  for (size_t item = 0; item < count; ++item) text += (item > 0 ? "," : "") + std::to_string(item);
  return text + "]";
}

TEST_F(MapRunsAlive, OutputsAreInTheOrderOfTheItems) {
  const ExecutionView view = run(map_machine(pass()), "e", items(100));
  EXPECT_EQ(view.status, Status::kSucceeded) << view.cause.value_or("");
  EXPECT_EQ(view.output, items(100));
  EXPECT_THAT(history(view.arn),
              ElementsAre("ExecutionStarted", "MapStateEntered", "MapStateStarted", "MapRunStarted",
                          "MapRunSucceeded", "MapStateSucceeded", "MapStateExited", "ExecutionSucceeded"));
}

TEST_F(MapRunsAlive, NoItemsNoChildren) {
  const ExecutionView view = run(map_machine(pass()), "e", "[]");
  EXPECT_EQ(view.output, "[]");
  EXPECT_EQ(map_run_of(view.arn).executions.total(), 0u);
}

TEST_F(MapRunsAlive, ChildrenAreExecutionsOfTheirOwn) {
  const ExecutionView view = run(map_machine(pass()), "e", "[1,2]");
  const MapRunView map = map_run_of(view.arn);
  EXPECT_EQ(map.machine_arn, "arn:aws:states:us-east-1:000000000000:stateMachine:m/L");
  EXPECT_THAT(map.arn, HasSubstr("arn:aws:states:us-east-1:000000000000:mapRun:m/L:"));
  const auto children = children_of(map.arn);
  ASSERT_EQ(children.size(), 2u);
  const ExecutionView child = executions_->describe(children.front().arn).value();
  EXPECT_THAT(child.arn, HasSubstr("arn:aws:states:us-east-1:000000000000:execution:m/L:"));
  EXPECT_EQ(child.machine_arn, map.machine_arn);
  EXPECT_EQ(child.parent_arn, view.arn);
  EXPECT_EQ(child.correlation_id, view.arn);
  EXPECT_EQ(child.output, child.input);
}

TEST_F(MapRunsAlive, AChildSeesItsItem) {
  const ExecutionView view =
      run(map_machine(R"("B": {"Type": "Pass", "Parameters": {"i.$": "$$.Map.Item.Index",
            "v.$": "$$.Map.Item.Value", "in.$": "$"}, "End": true})",
                      R"("ItemSelector": {"n.$": "$$.Map.Item.Value"}, )"),
          "e", R"(["x",null])");
  EXPECT_EQ(view.output, R"([{"i":0,"v":"x","in":{"n":"x"}},{"i":1,"v":null,"in":{"n":null}}])");
}

TEST_F(MapRunsAlive, AMembersKeyAndValueAreTold) {
  const std::string selector =
      R"("QueryLanguage": "JSONata", "ItemSelector": {"k": "{% $states.context.Map.Item.Key %}",
         "v": "{% $states.context.Map.Item.Value %}"}, )";
  EXPECT_EQ(run(map_machine(pass(), selector), "e", R"({"a":1,"b":[2]})").output,
            R"([{"k":"a","v":1},{"k":"b","v":[2]}])");
}

TEST_F(MapRunsAlive, WithoutASelectorAMemberIsAPair) {
  const std::string child = R"("B": {"Type": "Pass", "QueryLanguage": "JSONata", "End": true,
      "Output": {"in": "{% $states.input %}", "item": "{% $states.context.Map.Item %}"}})";
  const ExecutionView view = run(map_machine(child, R"("QueryLanguage": "JSONata", )"), "e", R"({"a":1})");
  EXPECT_EQ(view.output, R"([{"in":{"Key":"a","Value":1},)"
                         R"("item":{"Index":0,"Key":"a","Value":1,"Source":"STATE_DATA"}}])");
}

TEST_F(MapRunsAlive, ItemsThatWereReadTellTheirObject) {
  ASSERT_TRUE(objects_.put("b", "list.json", "[7]"));
  const ExecutionView view =
      run(map_machine(R"("B": {"Type": "Pass", "Parameters": {"s.$": "$$.Map.Item.Source", "in.$": "$"},
            "End": true})",
                      R"("ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig":
            {"InputType": "JSON"}, "Parameters": {"Bucket": "b", "Key": "list.json"}}, )"),
          "e", "{}");
  EXPECT_EQ(view.output, R"([{"s":"S3://b/list.json","in":7}])");
}

TEST_F(MapRunsAlive, ABatchHasNoItemOfItsOwn) {
  const ExecutionView view =
      run(map_machine(R"("B": {"Type": "Pass", "Parameters": {"context.$": "$$", "in.$": "$"}, "End": true})",
                      R"("ItemBatcher": {"MaxItemsPerBatch": 2},
            "ItemSelector": {"s.$": "$$.Map.Item.Source", "i.$": "$$.Map.Item.Index"}, )"),
          "e", "[7,8]");
  ASSERT_EQ(view.status, Status::kSucceeded) << view.cause.value_or("");
  const json::Value child = json::parse(*view.output).value().at(0);
  EXPECT_EQ(json::write(child.get("in")), R"({"Items":[{"s":"STATE_DATA","i":0},{"s":"STATE_DATA","i":1}]})");
  EXPECT_FALSE(child.get("context").has("Map"));
}

TEST_F(MapRunsAlive, NoMoreChildrenRunAtOnceThanAllowed) {
  const Target target = map_machine("\"B\": " + task("hold"), R"("MaxConcurrency": 2, )");
  const auto started = start(target, "e", items(5));
  ASSERT_TRUE(holds(2));
  MapRunView map = map_run_of(started->arn);
  EXPECT_EQ(map.executions.of(ChildStatus::kRunning), 2u);
  EXPECT_EQ(map.executions.of(ChildStatus::kPending), 3u);
  EXPECT_EQ(scripted_.calls().size(), 2u);
  scripted_.release();
  EXPECT_EQ(ended(started->arn).output, items(5));
}

TEST_F(MapRunsAlive, LimitsChangeWhileItRuns) {
  const Target target = map_machine("\"B\": " + task("hold"), R"("MaxConcurrency": 1, )");
  const auto started = start(target, "e", items(4));
  ASSERT_TRUE(holds(1));
  const std::string map = map_run_of(started->arn).arn;
  ASSERT_TRUE(net::run(map_runs_->update(map, json::object({{"mapRunArn", map}, {"maxConcurrency", 3}}))));
  EXPECT_TRUE(holds(3));
  EXPECT_EQ(map_run_of(started->arn).limits.max_concurrency, 3);
  scripted_.release();
  EXPECT_EQ(ended(started->arn).output, items(4));
  EXPECT_EQ(map_run_of(started->arn).limits.max_concurrency, 3);
  EXPECT_EQ(net::run(map_runs_->update(map, json::object({{"maxConcurrency", 3}}))).error().name,
            "ValidationException");
}

TEST_F(MapRunsAlive, OneFailureFailsItWhenNoneIsTolerated) {
  const ExecutionView view = run(map_machine("\"B\": " + task("fail")), "e", "[1]");
  EXPECT_EQ(view.status, Status::kFailed);
  EXPECT_EQ(view.error, "States.ExceedToleratedFailureThreshold");
  const MapRunView map = map_run_of(view.arn);
  EXPECT_EQ(map.status, Status::kFailed);
  EXPECT_EQ(map.executions.of(ChildStatus::kFailed), 1u);
  EXPECT_THAT(history(view.arn), testing::IsSupersetOf({"MapRunFailed", "MapStateFailed"}));
}

TEST_F(MapRunsAlive, ABreachStopsTheOthers) {
  const Target target =
      map_machine(R"("B": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 0,
      "Next": "F"}], "Default": "H"}, "F": {"Type": "Fail", "Error": "E"}, "H": )" +
                  task("hold"));
  const auto started = start(target, "e", items(3));
  const ExecutionView view = ended(started->arn);
  EXPECT_EQ(view.error, "States.ExceedToleratedFailureThreshold");
  const MapRunView map = map_run_of(view.arn);
  EXPECT_EQ(map.executions.of(ChildStatus::kFailed), 1u);
  EXPECT_EQ(map.executions.of(ChildStatus::kRunning), 0u);
  for (const ExecutionView& child : children_of(map.arn)) EXPECT_NE(child.status, Status::kRunning);
}

TEST_F(MapRunsAlive, ToleratedFailuresAreToldInFull) {
  const Target target =
      map_machine(R"("B": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 0,
      "Next": "F"}], "Default": "P"}, "F": {"Type": "Fail", "Error": "E", "Cause": "C"},
      "P": {"Type": "Pass", "End": true})",
                  R"("ToleratedFailurePercentage": 50, )");
  const ExecutionView view = run(target, "e", items(2));
  ASSERT_EQ(view.status, Status::kSucceeded) << view.cause.value_or("");
  const auto output = json::parse(*view.output).value();
  EXPECT_EQ(output.at(0).get("Status"), json::Value("FAILED"));
  EXPECT_EQ(output.at(0).get("Error"), json::Value("E"));
  EXPECT_EQ(output.at(0).get("Cause"), json::Value("C"));
  EXPECT_EQ(output.at(0).get("Input"), json::Value("0"));
  EXPECT_EQ(output.at(1), json::Value(1));
}

TEST_F(MapRunsAlive, StoppingTheExecutionAbortsTheChildren) {
  const Target target = map_machine("\"B\": " + task("hold"), R"("MaxConcurrency": 2, )");
  const auto started = start(target, "e", items(3));
  ASSERT_TRUE(holds(2));
  ASSERT_TRUE(net::run(executions_->stop_execution(started->arn, "Why", "Because")));
  ASSERT_TRUE(eventually([&] { return map_run_of(started->arn).stopped.has_value(); }));
  const MapRunView map = map_run_of(started->arn);
  EXPECT_EQ(map.status, Status::kAborted);
  EXPECT_EQ(map.executions.of(ChildStatus::kAborted), 2u);
  EXPECT_EQ(map.executions.of(ChildStatus::kPending), 1u);
  for (const ExecutionView& child : children_of(map.arn)) EXPECT_EQ(child.status, Status::kAborted);
}

TEST_F(MapRunsAlive, ExpressChildrenAreInMemoryOnly) {
  const Target target = map_machine("\"B\": " + task("echo"), R"("MaxConcurrency": 3, )", "EXPRESS");
  const ExecutionView view = run(target, "e", items(10));
  EXPECT_EQ(view.output, items(10)) << view.cause.value_or("");
  const MapRunView map = map_run_of(view.arn);
  EXPECT_EQ(map.executions.of(ChildStatus::kSucceeded), 10u);
  EXPECT_TRUE(children_of(map.arn).empty());
}

TEST_F(MapRunsAlive, ExpressChildrenAreAbortedAsWell) {
  const Target target = map_machine("\"B\": " + task("hold"), "", "EXPRESS");
  const auto started = start(target, "e", items(2));
  ASSERT_TRUE(holds(2));
  ASSERT_TRUE(net::run(executions_->stop_execution(started->arn, std::nullopt, std::nullopt)));
  ASSERT_TRUE(eventually([&] { return map_run_of(started->arn).stopped.has_value(); }));
  EXPECT_EQ(map_run_of(started->arn).executions.of(ChildStatus::kAborted), 2u);
}

TEST_F(MapRunsAlive, BatchesAreCountedByTheirItems) {
  const ExecutionView view =
      run(map_machine(pass(), R"("ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"x.$": "$[0]"}}, )"),
          "e", items(3));
  EXPECT_EQ(view.output, R"([{"BatchInput":{"x":0},"Items":[0,1]},{"BatchInput":{"x":0},"Items":[2]}])");
  const MapRunView map = map_run_of(view.arn);
  EXPECT_EQ(map.executions.of(ChildStatus::kSucceeded), 2u);
  EXPECT_EQ(map.items.of(ChildStatus::kSucceeded), 3u);
}

TEST_F(MapRunsAlive, ItemsAreReadFromAnObject) {
  ASSERT_TRUE(objects_.put("b", "in.csv", "n\n1\n2\n"));
  const ExecutionView view =
      run(map_machine(pass(), R"("ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
          "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
          "Parameters": {"Bucket": "b", "Key.$": "$.key"}}, )"),
          "e", R"({"key":"in.csv"})");
  EXPECT_EQ(view.output, R"([{"n":"1"},{"n":"2"}])");
}

TEST_F(MapRunsAlive, WhatCannotBeReadFailsTheMapRun) {
  const ExecutionView view =
      run(map_machine(pass(), R"("ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
          "ReaderConfig": {"InputType": "JSON"}, "Parameters": {"Bucket": "b", "Key": "k"}}, )"),
          "e", "{}");
  EXPECT_EQ(view.error, "States.ItemReaderFailed");
  EXPECT_EQ(map_run_of(view.arn).status, Status::kFailed);
}

TEST_F(MapRunsAlive, ResultsAreWrittenToObjects) {
  const Target target = map_machine(
      R"("B": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 0, "Next": "F"}], "Default": "P"},
      "F": {"Type": "Fail", "Error": "E"}, "P": {"Type": "Pass", "End": true})",
      R"("ToleratedFailureCount": 1, "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject",
         "Parameters": {"Bucket": "b", "Prefix": "out"}}, )");
  const ExecutionView view = run(target, "e", items(2));
  const MapRunView map = map_run_of(view.arn);
  const std::string id = map.arn.substr(map.arn.rfind(':') + 1);
  EXPECT_EQ(view.output, R"({"MapRunArn":")" + map.arn +
                             R"(","ResultWriterDetails":{"Bucket":"b","Key":"out/)" + id +
                             R"(/manifest.json"}})");
  const auto manifest = json::parse(object("out/" + id + "/manifest.json")).value();
  EXPECT_EQ(manifest.get("DestinationBucket"), json::Value("b"));
  EXPECT_EQ(manifest.get("MapRunArn"), json::Value(map.arn));
  EXPECT_EQ(manifest.get("ResultFiles").get("PENDING").size(), 0u);
  const json::Value& written = manifest.get("ResultFiles").get("SUCCEEDED").at(0);
  EXPECT_EQ(written.get("Key"), json::Value("out/" + id + "/SUCCEEDED_0.json"));
  const std::string text = object(std::string(written.get("Key").as_string()));
  EXPECT_EQ(written.get("Size"), json::Value(text.size()));
  EXPECT_EQ(json::parse(text)->at(0).get("Output"), json::Value("1"));
  EXPECT_EQ(json::parse(object("out/" + id + "/FAILED_0.json"))->at(0).get("Error"), json::Value("E"));
}

TEST_F(MapRunsAlive, MapsWithinMapsHaveMapRunsOfTheirOwn) {
  const Target target = map_machine(
      R"("B": {"Type": "Map", "End": true, "Label": "Inner", "ItemProcessor": {"ProcessorConfig":
      {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "C", "States": {"C": {"Type": "Pass",
      "End": true}}}})");
  const ExecutionView view = run(target, "e", "[[1,2],[3]]");
  EXPECT_EQ(view.output, "[[1,2],[3]]") << view.cause.value_or("");
  const auto children = children_of(map_run_of(view.arn).arn);
  ASSERT_EQ(children.size(), 2u);
  EXPECT_THAT(map_run_of(children.front().arn).arn, HasSubstr(":mapRun:m/Inner:"));
}

TEST_F(MapRunsAlive, AnOutputThatIsTooLargeFailsIt) {
  const std::string item = "\"" + std::string(20'000, 'x') + "\"";
  const ExecutionView view = run(map_machine(R"("B": {"Type": "Pass", "Parameters": {"a.$": "$", "b.$": "$"},
      "End": true})"),
                                 "e",
                                 "[" + item + "," + item + "," + item + "," + item + "," + item + "," + item +
                                     "," + item + "," + item + "]");
  EXPECT_EQ(view.error, "States.DataLimitExceeded");
}

TEST_F(MapRunsAlive, ARedriveRunsOnlyWhatDidNotSucceed) {
  const Target target = map_machine(
      R"("B": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "F"}],
         "Default": "P"}, "P": {"Type": "Pass", "End": true}, "F": )" +
          task("once"),
      R"("MaxConcurrency": 1, )");
  const ExecutionView failed = run(target, "e", items(3));
  ASSERT_EQ(failed.error, "States.ExceedToleratedFailureThreshold");
  const MapRunView before = map_run_of(failed.arn);
  EXPECT_EQ(before.executions.of(ChildStatus::kSucceeded), 1u);
  EXPECT_EQ(before.executions.of(ChildStatus::kPending), 1u);
  ASSERT_TRUE(net::run(executions_->redrive(failed.arn)));
  ASSERT_TRUE(becomes("m/e", "succeeded"));
  const ExecutionView view = executions_->describe(failed.arn).value();
  EXPECT_EQ(view.output, items(3));
  const MapRunView after = map_run_of(failed.arn);
  EXPECT_EQ(after.arn, before.arn);
  EXPECT_EQ(after.redrives, 1u);
  EXPECT_EQ(after.executions.of(ChildStatus::kSucceeded), 3u);
  EXPECT_EQ(after.executions.pending_redrive, 0u);
  EXPECT_THAT(history(failed.arn), testing::Contains("MapRunRedriven"));
  size_t redriven = 0;
  for (const ExecutionView& child : children_of(after.arn)) redriven += static_cast<size_t>(child.redrives);
  EXPECT_EQ(redriven, 1u);
}

TEST_F(MapRunsAlive, AChildIsNotRedrivenByItself) {
  const ExecutionView view = run(map_machine("\"B\": " + task("fail")), "e", "[1]");
  const auto child = children_of(map_run_of(view.arn).arn).front();
  EXPECT_FALSE(net::run(executions_->redrive(child.arn)));
}

}  // namespace
}  // namespace soma::workflow
