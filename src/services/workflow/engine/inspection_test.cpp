// A state that is watched: what is seen of it, and what stands in for its work.
#include "services/workflow/engine/inspection.h"

#include "services/workflow/engine/engine_test_kit.h"

namespace soma::workflow::engine {
namespace {

class InspectionTest : public testing::Test {
 protected:
  // One state by itself; where it leads is not there.
  void run(std::string_view state, std::string_view input = "{}") {
    const Parsed parsed = parse_state(state, "Alone", MachineType::kStandard);
    ASSERT_TRUE(parsed.definition) << invalid_definition_message(parsed.diagnostics);
    StartInfo start = start_info();
    start.inspection = watched;
    Execution execution(parsed.definition, std::move(start), *ids);
    const auto step = execution.apply(Begin{*Payload::parse(std::string(input))}, clock.now());
    ASSERT_TRUE(step) << step.error().to_string();
    for (const Command& command : step->commands) {
      if (const auto* end = std::get_if<Finished>(&command)) finished = *end;
      if (std::holds_alternative<ScheduleTask>(command)) scheduled = true;
    }
  }
  std::string seen(Stage stage) const {
    return watched->at(stage) ? watched->at(stage)->text() : "(nothing)";
  }
  void answer(std::string_view result) {
    watched->work = [text = std::string(result)](const Inspection&) { return Payload::of_text(text); };
  }
  void fail(std::string error) {
    watched->work = [error](const Inspection&) {
      return std::unexpected(TaskFailed{.error = error, .cause = "because"});
    };
  }

  os::VirtualClock clock;
  std::unique_ptr<os::IdSource> ids = os::make_seeded_ids(7, clock);
  std::shared_ptr<Inspection> watched = std::make_shared<Inspection>();
  std::optional<Finished> finished;
  bool scheduled = false;
};

constexpr std::string_view kTask = R"({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
  "InputPath": "$.in", "Parameters": {"n.$": "$.n"}, "ResultSelector": {"got.$": "$.a"}, "ResultPath": "$.r",
  "Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 2, "IntervalSeconds": 3}],
  "Catch": [{"ErrorEquals": ["B"], "Next": "X"}, {"ErrorEquals": ["States.ALL"], "Next": "Y"}], "Next": "Z"})";

TEST_F(InspectionTest, EveryStageOfATaskIsSeen) {
  answer(R"({"a":1,"b":2})");
  run(kTask, R"({"in":{"n":7}})");
  EXPECT_EQ(seen(Stage::kInputPath), R"({"n":7})");
  EXPECT_EQ(seen(Stage::kParameters), R"({"n":7})");
  EXPECT_EQ(seen(Stage::kResult), R"({"a":1,"b":2})");
  EXPECT_EQ(seen(Stage::kResultSelector), R"({"got":1})");
  EXPECT_EQ(seen(Stage::kResultPath), R"({"in":{"n":7},"r":{"got":1}})");
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->output.text(), seen(Stage::kResultPath));
  EXPECT_FALSE(scheduled);
}

TEST_F(InspectionTest, WithoutAStandInTheTaskIsScheduled) {
  run(kTask, R"({"in":{"n":7}})");
  EXPECT_TRUE(scheduled);
  EXPECT_FALSE(finished);
}

TEST_F(InspectionTest, AFailureThatRetryKnowsEndsIt) {
  fail("A");
  run(kTask, R"({"in":{"n":7}})");
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->status, Status::kFailed);
  EXPECT_EQ(watched->retrier, 0U);
  EXPECT_EQ(watched->backoff_seconds, 3);
}

TEST_F(InspectionTest, TheBackoffCountsEarlierRetries) {
  watched->retries = 1;
  fail("A");
  run(kTask, R"({"in":{"n":7}})");
  EXPECT_EQ(watched->backoff_seconds, 6);
}

TEST_F(InspectionTest, AfterItsLastRetryAnErrorIsCaught) {
  watched->retries = 2;
  fail("A");
  run(kTask, R"({"in":{"n":7}})");
  EXPECT_EQ(watched->retrier, 0U);
  EXPECT_FALSE(watched->backoff_seconds);
  EXPECT_EQ(watched->catcher, 1U);
  EXPECT_EQ(finished->status, Status::kSucceeded);
}

TEST_F(InspectionTest, TheRuleThatHeldIsSeen) {
  run(R"({"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": false, "Next": "X"},
      {"Variable": "$.a", "NumericEquals": 1, "Next": "Y"}], "Default": "Z"})",
      R"({"a":1})");
  EXPECT_EQ(watched->rule, 1U);
  EXPECT_EQ(finished->output.text(), R"({"a":1})");
}

TEST_F(InspectionTest, ADefaultThatIsNotThereIsTaken) {
  run(R"({"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true, "Next": "X"}], "Default": "Z"})");
  EXPECT_FALSE(watched->rule);
  EXPECT_EQ(finished->status, Status::kSucceeded);
}

TEST_F(InspectionTest, AMapShowsWhatItsIterationsAreGiven) {
  answer("[10,20]");
  run(R"({"Type": "Map", "ItemsPath": "$.list", "MaxConcurrency": 3, "End": true,
      "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"},
      "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}})",
      R"({"list":["a","b"]})");
  EXPECT_EQ(seen(Stage::kItemsPath), R"(["a","b"])");
  EXPECT_EQ(seen(Stage::kItemSelector), R"([{"i":0,"v":"a"},{"i":1,"v":"b"}])");
  EXPECT_EQ(json::write(watched->limits), R"({"maxConcurrency":3})");
  EXPECT_EQ(finished->output.text(), "[10,20]");
}

TEST_F(InspectionTest, AMapOverAnObjectShowsKeysAndValues) {
  answer("[]");
  run(R"({"Type": "Map", "QueryLanguage": "JSONata", "Items": "{% $states.input %}", "End": true,
      "ItemSelector": {"k": "{% $states.context.Map.Item.Key %}", "v": "{% $states.context.Map.Item.Value %}"},
      "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}})",
      R"({"a":1})");
  EXPECT_EQ(seen(Stage::kItemSelector), R"([{"k":"a","v":1}])");
}

TEST_F(InspectionTest, BatchesKeepBothLimits) {
  answer("[]");
  run(R"({"Type": "Map", "ItemsPath": "$.list", "End": true,
      "ItemBatcher": {"MaxItemsPerBatch": 2, "MaxInputBytesPerBatch": 30},
      "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}})",
      R"({"list":[1,2,3,"a text of twenty bytes",4]})");
  EXPECT_EQ(seen(Stage::kItemBatcher),
            R"([{"Items":[1,2]},{"Items":[3]},{"Items":["a text of twenty bytes"]},{"Items":[4]}])");
  EXPECT_EQ(watched->iterations, 4U);
}

TEST_F(InspectionTest, ParallelEndsWithWhatStandsInForItsBranches) {
  answer("[1]");
  run(R"({"Type": "Parallel", "End": true, "ResultPath": "$.r",
      "Branches": [{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}]})");
  EXPECT_EQ(seen(Stage::kResultSelector), "[1]");
  EXPECT_EQ(finished->output.text(), R"({"r":[1]})");
}

TEST_F(InspectionTest, VariablesAreThereAndAreSeenAfterwards) {
  watched->variables.emplace_back("a", Payload(json::Value(1)));
  run(R"({"Type": "Pass", "QueryLanguage": "JSONata", "Assign": {"b": "{% $a + 1 %}"}, "Output": "{% $a %}", "End": true})");
  EXPECT_EQ(finished->output.text(), "1");
  ASSERT_EQ(watched->variables.size(), 2U);
  EXPECT_EQ(watched->variables[1].second.text(), "2");
}

TEST_F(InspectionTest, TheContextObjectIsTheOneThatIsGiven) {
  watched->context = json::object({{"State", json::object({{"Name", "Mine"}})}});
  run(R"({"Type": "Pass", "Parameters": {"c.$": "$$"}, "End": true})");
  EXPECT_EQ(finished->output.text(), R"({"c":{"State":{"Name":"Mine"}}})");
}

}  // namespace
}  // namespace soma::workflow::engine
