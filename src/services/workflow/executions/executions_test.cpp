#include "services/workflow/executions/executions.h"

#include "services/workflow/connectors/task_mocks.h"
#include "services/workflow/executions/executions_test_kit.h"

namespace soma::workflow {
namespace {

using engine::Status;
using os::Code;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

constexpr const char* kPass = R"("A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": true})";

TEST_F(ExecutionsTest, WhatNeedsNothingOfTheWorldIsStartedAndEndedByOneAppend) {
  open();
  const Target target = machine("m", kPass);
  const auto started = start(target, "e", R"({"a": 1})");
  ASSERT_TRUE(started) << started.error().to_string();
  EXPECT_EQ(started->arn, "arn:aws:states:us-east-1:000000000000:execution:m:e");
  EXPECT_EQ(disk_.journal().get("execution/m/e")->last_seq, 2u) << "its start and one record";
  const auto view = executions_->describe(started->arn);
  ASSERT_TRUE(view) << view.error().to_string();
  EXPECT_EQ(view->status, Status::kSucceeded);
  EXPECT_EQ(view->input, R"({"a": 1})");
  EXPECT_EQ(view->output, R"({"a": 1})");
  EXPECT_TRUE(view->stopped);
  EXPECT_EQ(view->correlation_id, started->arn);
  EXPECT_THAT(history(started->arn),
              ElementsAre("ExecutionStarted", "PassStateEntered", "PassStateExited", "PassStateEntered",
                          "PassStateExited", "ExecutionSucceeded"));
  EXPECT_TRUE(eventually([&] { return executions_->statistics().resident == 0; }));
}

TEST_F(ExecutionsTest, AStartIsRepeatedAsLongAsItRuns) {
  open();
  const Target target = machine("m", R"("A": )" + task("hold"));
  const auto first = start(target, "e", "[1]");
  ASSERT_TRUE(first);
  disk_.clock().advance(1s);
  const auto again = start(target, "e", "[1]");
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(again->arn, first->arn);
  EXPECT_EQ(again->at, first->at);
  EXPECT_EQ(start(target, "e", "[2]").error().code, Code::kAlreadyExists) << "another input";
  scripted_.release();
  EXPECT_EQ(ended(first->arn).status, Status::kSucceeded);
  EXPECT_EQ(start(target, "e", "[1]").error().code, Code::kAlreadyExists) << "it has ended";
  EXPECT_EQ(scripted_.calls_of("hold"), 1u);
}

TEST_F(ExecutionsTest, ANameOrInputThatCannotBeIsRefused) {
  open();
  const Target target = machine("m", kPass);
  EXPECT_EQ(start(target, "a b").error().code, Code::kInvalidArgument);
  EXPECT_EQ(start(target, "a/b").error().code, Code::kInvalidArgument);
  EXPECT_EQ(start(target, "e", "{").error().code, Code::kInvalidArgument);
  const std::string large = '"' + std::string(engine::kMaxPayloadBytes, 'x') + '"';
  EXPECT_THAT(start(target, "e", large).error().message, HasSubstr("kMaxPayloadBytes"));
  EXPECT_FALSE(executions_->describe("arn:aws:states:us-east-1:000000000000:execution:m:e"));
}

TEST_F(ExecutionsTest, AnExecutionThatWaitsHoldsNoMemory) {
  open();
  const Target target = machine(
      "m", R"("A": {"Type": "Wait", "Seconds": 3600, "Next": "B"}, "B": {"Type": "Pass", "End": true})");
  const auto started = start(target, "e");
  ASSERT_TRUE(started);
  EXPECT_EQ(status_of("m/e"), "waiting");
  EXPECT_TRUE(eventually([&] { return executions_->statistics().resident == 0; }));
  EXPECT_EQ(executions_->describe(started->arn)->status, Status::kRunning);
  disk_.clock().advance(3600s);
  EXPECT_TRUE(comes_to("m/e", "succeeded"));
  EXPECT_TRUE(eventually([&] { return executions_->statistics().resident == 0; }));
}

TEST_F(ExecutionsTest, AWaitThatIsOverSoonNeedsNoTimerOfTheJournal) {
  open();
  const Target target = machine("m", R"("A": {"Type": "Wait", "Seconds": 5, "End": true})");
  ASSERT_TRUE(start(target, "e"));
  EXPECT_EQ(status_of("m/e"), "running");
  // Whoever sets the timer may still be on its way.
  EXPECT_TRUE(eventually([&] {
    disk_.clock().advance(5s);
    return status_of("m/e") == "succeeded";
  }));
}

TEST_F(ExecutionsTest, AWaitGoesOnAfterARestart) {
  open();
  const Target target = machine("m", R"("A": {"Type": "Wait", "Seconds": 5, "Next": "B"},
                                       "B": {"Type": "Wait", "Seconds": 50000000, "End": true})");
  ASSERT_TRUE(start(target, "e"));
  open();
  disk_.clock().advance(5s);
  EXPECT_TRUE(comes_to("m/e", "waiting"));
  open();
  disk_.clock().advance(50000000s);
  EXPECT_TRUE(comes_to("m/e", "succeeded"));
}

TEST_F(ExecutionsTest, ATasksResultIsTheStatesOutput) {
  open();
  const Target target = machine("m", R"("A": )" + task("echo", R"("ResultPath": "$.result", "End": true)"));
  const ExecutionView view = run(target, "e", R"({"a":1})");
  EXPECT_EQ(view.status, Status::kSucceeded);
  EXPECT_EQ(view.output, R"({"a":1,"result":{"a":1}})");
  EXPECT_THAT(
      history(view.arn),
      ElementsAre("ExecutionStarted", "TaskStateEntered", "LambdaFunctionScheduled", "LambdaFunctionStarted",
                  "LambdaFunctionSucceeded", "TaskStateExited", "ExecutionSucceeded"));
  ASSERT_EQ(scripted_.calls().size(), 1u);
  EXPECT_EQ(scripted_.calls().front().key, view.arn + "#1");
}

TEST_F(ExecutionsTest, AFailedTaskIsRetriedWithAnotherKey) {
  open();
  const Target target = machine(
      "m", R"("A": )" +
               task("once", R"("Retry": [{"ErrorEquals": ["Broken"], "IntervalSeconds": 60}], "End": true)"));
  EXPECT_EQ(run(target, "e").status, Status::kSucceeded);
  const auto calls = scripted_.calls();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_NE(calls[0].key, calls[1].key);
}

TEST_F(ExecutionsTest, AResourceThatNobodyServesFailsItsTask) {
  open();
  const Target target = machine("m", R"("A": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish",
                                       "Parameters": {"Message": "x"}, "End": true})");
  const ExecutionView view = run(target, "e");
  EXPECT_EQ(view.status, Status::kFailed);
  EXPECT_EQ(view.error, "States.TaskFailed");
  EXPECT_THAT(view.cause.value_or(""), HasSubstr("no connector for the resource"));
}

TEST_F(ExecutionsTest, StoppingCancelsWhatRuns) {
  open();
  const Target target = machine("m", R"("A": )" + task("hold"));
  const auto started = start(target, "e");
  ASSERT_TRUE(eventually([&] { return scripted_.calls_of("hold") == 1; }));
  const auto stopped = net::run(executions_->stop_execution(started->arn, "Enough", "of it"));
  ASSERT_TRUE(stopped) << stopped.error().to_string();
  const auto view = executions_->describe(started->arn);
  EXPECT_EQ(view->status, Status::kAborted);
  EXPECT_EQ(view->error, "Enough");
  EXPECT_EQ(view->cause, "of it");
  EXPECT_TRUE(eventually([&] { return scripted_.cancelled().size() == 1; }));
  EXPECT_THAT(scripted_.cancelled(), ElementsAre(std::string(kTaskCancelled)));
  disk_.clock().advance(1s);
  EXPECT_EQ(net::run(executions_->stop_execution(started->arn, {}, {})), *stopped)
      << "a second time changes nothing";
  EXPECT_EQ(net::run(executions_->stop_execution(started->arn + "x", {}, {})).error().code, Code::kNotFound);
}

TEST_F(ExecutionsTest, AFailedExecutionIsRedrivenFromWhereItFailed) {
  open();
  const Target target =
      machine("m", R"("A": )" + task("echo", R"("Next": "B")") + R"(, "B": )" + task("once"));
  const ExecutionView failed = run(target, "e");
  ASSERT_EQ(failed.status, Status::kFailed);
  EXPECT_EQ(failed.error, "Broken");
  const auto redriven = net::run(executions_->redrive(failed.arn));
  ASSERT_TRUE(redriven) << redriven.error().to_string();
  const ExecutionView view = ended(failed.arn);
  EXPECT_EQ(view.status, Status::kSucceeded);
  EXPECT_EQ(view.redrives, 1);
  EXPECT_EQ(view.redriven, std::chrono::floor<std::chrono::milliseconds>(*redriven));
  EXPECT_EQ(scripted_.calls_of("echo"), 1u) << "what succeeded is not done again";
  const auto refused = net::run(executions_->redrive(failed.arn));
  EXPECT_EQ(refused.error().code, Code::kFailedPrecondition);
  EXPECT_EQ(refused.error().message, "Execution is SUCCEEDED and cannot be redriven");
}

TEST_F(ExecutionsTest, ARepeatedRedriveAnswersTheFirstAfterARestart) {
  open();
  const Target target = machine("r", R"("A": )" + task("fail"));
  const ExecutionView failed = run(target, "e");
  const auto first = net::run(executions_->redrive(failed.arn, "token"));
  ASSERT_TRUE(first) << first.error().to_string();
  // Not ended(): on a slow machine it moved the clock past the token's life.
  ASSERT_TRUE(becomes("r/e", "failed"));
  disk_.clock().advance(std::chrono::minutes(5));
  open();
  const auto repeated = net::run(executions_->redrive(failed.arn, "token"));
  ASSERT_TRUE(repeated) << repeated.error().to_string();
  EXPECT_EQ(*repeated, std::chrono::floor<std::chrono::milliseconds>(*first));
  EXPECT_EQ(executions_->describe(failed.arn)->redrives, 1);
}

TEST_F(ExecutionsTest, WhatEndedLongAgoIsNotRedriven) {
  open();
  const ExecutionView failed = run(machine("m", R"("A": {"Type": "Fail"})"), "e");
  disk_.clock().advance(std::chrono::days(14) + 1s);
  EXPECT_EQ(net::run(executions_->redrive(failed.arn)).error().code, Code::kFailedPrecondition);
}

TEST_F(ExecutionsTest, HistoryIsReadByPagesInBothOrders) {
  open();
  const Target target =
      machine("m", R"("A": )" + task("echo", R"("Next": "B")") + R"(, "B": )" + task("echo2"));
  const std::string arn = run(target, "e").arn;
  const std::vector<std::string> all = history(arn);
  ASSERT_EQ(all.size(), 12u);
  for (const bool newest_first : {false, true}) {
    std::vector<uint64_t> ids;
    std::string token;
    do {
      const auto page = executions_->history(arn, 5, newest_first, token);
      ASSERT_TRUE(page) << page.error().to_string();
      EXPECT_LE(page->events.size(), 5u);
      for (const auto& event : page->events) ids.push_back(event.id);
      token = page->next_token;
    } while (!token.empty());
    std::vector<uint64_t> expected;
    for (uint64_t id = 1; id <= 12; ++id) expected.push_back(newest_first ? 13 - id : id);
    EXPECT_EQ(ids, expected);
  }
  EXPECT_EQ(executions_->history(arn, 5, false, "x").error().code, Code::kInvalidArgument);
}

TEST_F(ExecutionsTest, ListsByMachineStatusAndQualifier) {
  open();
  Target target = machine("m", kPass);
  start(target, "one");
  target.version = 7;
  target.alias = "live";
  start(target, "two");
  start(machine("n", kPass), "three");
  start(machine("w", R"("A": {"Type": "Wait", "Seconds": 100, "End": true})"), "four");
  const auto names = [this](ExecutionFilter filter) {
    std::vector<std::string> found;
    for (const ExecutionView& view : executions_->list(filter)->executions) found.push_back(view.name);
    return found;
  };
  EXPECT_THAT(names({.machine_arn = machine_arn("m")}), ElementsAre("two", "one"));
  EXPECT_THAT(names({.version_arn = machine_arn("m") + ":7"}), ElementsAre("two"));
  EXPECT_THAT(names({.alias_arn = machine_arn("m") + ":live"}), ElementsAre("two"));
  EXPECT_THAT(names({.machine_arn = machine_arn("m"), .status = Status::kRunning}), IsEmpty());
  EXPECT_THAT(names({.machine_arn = machine_arn("w"), .status = Status::kRunning}), ElementsAre("four"));
  EXPECT_THAT(names({.status = Status::kSucceeded}), ElementsAre("three", "two", "one"));
  const auto view = executions_->describe(execution_arn(machine_arn("m"), "two"));
  EXPECT_EQ(view->version_arn, machine_arn("m") + ":7");
  EXPECT_EQ(view->alias_arn, machine_arn("m") + ":live");
}

TEST_F(ExecutionsTest, MoreStartsThanThereIsRoomForBeginWhenThereIs) {
  open(/*max_resident=*/2);
  const Target target = machine("m", R"("A": )" + task("hold"));
  std::vector<std::string> arns;
  for (const char* name : {"a", "b", "c", "d", "e"}) arns.push_back(start(target, name)->arn);
  EXPECT_TRUE(eventually([&] { return scripted_.calls_of("hold") == 2; }));
  EXPECT_EQ(status_of("m/e"), "queued");
  EXPECT_EQ(executions_->describe(arns.back())->status, Status::kRunning);
  EXPECT_EQ(executions_->statistics().queued, 3u);
  EXPECT_EQ(start(machine("p", kPass), "x")->arn, execution_arn(machine_arn("p"), "x"));
  EXPECT_EQ(status_of("p/x"), "succeeded") << "what needs no memory needs no room";
  scripted_.release();
  for (const std::string& arn : arns) EXPECT_EQ(ended(arn).status, Status::kSucceeded);
}

TEST_F(ExecutionsTest, QueuedStartsAreNotLostByARestart) {
  open(/*max_resident=*/1);
  const Target target = machine("m", R"("A": )" + task("keep"));
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(start(target, name));
  EXPECT_EQ(status_of("m/c"), "queued");
  open(/*max_resident=*/1);
  scripted_.release();
  for (const char* name : {"a", "b", "c"})
    EXPECT_EQ(ended(execution_arn(machine_arn("m"), name)).status, Status::kSucceeded) << name;
}

TEST_F(ExecutionsTest, AQueuedStartCanBeStopped) {
  open(/*max_resident=*/1);
  const Target target = machine("m", R"("A": )" + task("hold"));
  ASSERT_TRUE(start(target, "a"));
  const auto queued = start(target, "b");
  ASSERT_EQ(status_of("m/b"), "queued");
  ASSERT_TRUE(net::run(executions_->stop_execution(queued->arn, {}, {})));
  EXPECT_EQ(status_of("m/b"), "aborted");
  EXPECT_EQ(scripted_.calls_of("hold"), 1u);
}

TEST_F(ExecutionsTest, ATaskThatTimesOutIsCancelled) {
  open();
  const Target target = machine("m", R"("A": )" + task("hold", R"("TimeoutSeconds": 30, "End": true)"));
  const ExecutionView view = run(target, "e");
  EXPECT_EQ(view.status, Status::kFailed);
  EXPECT_EQ(view.error, "States.Timeout");
  EXPECT_TRUE(eventually([&] { return scripted_.cancelled().size() == 1; }));
}

TEST_F(ExecutionsTest, WaitingForAnEndIsAnsweredWhenItComes) {
  open();
  const auto started = start(machine("m", R"("A": )" + task("hold")), "e");
  net::Cancellation nobody;
  std::thread releases([&] {
    eventually([&] { return scripted_.calls_of("hold") == 1; });
    scripted_.release();
  });
  const auto view = net::run(executions_->wait(started->arn, nobody));
  releases.join();
  ASSERT_TRUE(view) << view.error().to_string();
  EXPECT_EQ(view->status, Status::kSucceeded);
}

class MockedTasks : public ExecutionsTest {
 protected:
  MockedTasks() {
    connectors_.set_mocks(*parse_task_mocks(R"({
      "StateMachines": {"m": {"TestCases": {"Case": {"A": "Twice", "B": "Done"}}}},
      "MockedResponses": {"Twice": {"0": {"Throw": {"Error": "Busy", "Cause": "wait"}}, "1": {"Return": {"n": 1}}},
                          "Done": {"0": {"Return": "done"}}}})",
                                            "mocks.json"));
  }
  os::Result<Started> start_case(const Target& target, std::string test_case) {
    StartRequest request{.target = target, .name = "e", .test_case = std::move(test_case)};
    return net::run(executions_->start_execution(std::move(request)));
  }
};

TEST_F(MockedTasks, AnswerInPlaceOfConnectorsWorkersAndTokens) {
  open();
  const Target target = machine(
      "m",
      R"("A": )" + task("echo", R"("Retry": [{"ErrorEquals": ["Busy"]}], "Next": "B")") +
          R"(, "B": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:000000000000:activity:act", "End": true})");
  const auto started = start_case(target, "Case");
  ASSERT_TRUE(started) << started.error().to_string();
  const ExecutionView view = ended(started->arn);
  EXPECT_EQ(view.status, Status::kSucceeded) << view.cause.value_or("");
  EXPECT_EQ(view.output, R"("done")");
  EXPECT_TRUE(scripted_.calls().empty()) << "the world was not asked";
}

TEST_F(MockedTasks, OfACaseThatIsNotThereRefuseTheStart) {
  open();
  const auto started = start_case(machine("m", kPass), "Other");
  EXPECT_EQ(started.error().code, Code::kInvalidArgument);
  EXPECT_THAT(started.error().message, HasSubstr("Other"));
}

}  // namespace
}  // namespace soma::workflow
