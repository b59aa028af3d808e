// The power goes off after each write in turn. Whatever was lost, the execution ends as if nothing had
// happened, and nothing was done twice that may not be.
#include "services/workflow/executions/executions_test_kit.h"

namespace soma::workflow {
namespace {

using engine::Status;

class Crash : public ExecutionsTest {
 protected:
  // Runs `name` to its end, cut off after `writes`; false when there was nothing to cut any more.
  bool run_with_cut(const Target& target, const std::string& name, size_t writes) {
    open(kMaxResidentExecutions, writes);
    const std::string arn = execution_arn(target.machine->arn, name);
    const auto started = start(target, name, R"({"n":1})");
    if (started) {
      // Until it stands still: it has ended, or nothing can be written any more.
      EXPECT_TRUE(eventually([&] {
        disk_.clock().advance(std::chrono::seconds(1));
        return cut_->was_cut() || executions_->describe(arn)->stopped;
      })) << name;
    }
    const bool cut = cut_->was_cut();
    open();
    if (!executions_->describe(arn)) {
      EXPECT_FALSE(started) << "an acknowledged start was lost";
      EXPECT_TRUE(start(target, name, R"({"n":1})"));
    }
    view_ = ended(arn);
    return cut;
  }
  void expect_whole_history() {
    const auto page = executions_->history(view_.arn, 1000, false, "");
    ASSERT_TRUE(page);
    for (size_t index = 0; index < page->events.size(); ++index) EXPECT_EQ(page->events[index].id, index + 1);
  }
  ExecutionView view_;
};

TEST_F(Crash, AnExecutionEndsTheSameWhereverItIsCut) {
  const Target target = machine("m", R"("A": )" + task("keep1", R"("ResultPath": "$.one", "Next": "B")") +
                                         R"(, "B": {"Type": "Wait", "Seconds": 30, "Next": "C"},
                  "C": {"Type": "Parallel", "Branches": [
                        {"StartAt": "D", "States": {"D": )" +
                                         task("keep2") + R"(}},
                        {"StartAt": "E", "States": {"E": )" +
                                         task("keep3") + R"(}}],
                        "ResultPath": "$.both", "Next": "F"},
                  "F": {"Type": "Wait", "Seconds": 1, "End": true})");
  scripted_.release();
  size_t writes = 1;
  for (bool cut = true; cut; ++writes) {
    ASSERT_LT(writes, 50u);
    const std::string name = "e" + std::to_string(writes);
    cut = run_with_cut(target, name, writes);
    EXPECT_EQ(view_.status, Status::kSucceeded) << name << " " << view_.cause.value_or("");
    EXPECT_EQ(view_.output, R"({"n":1,"one":{"n":1},"both":[{"n":1,"one":{"n":1}},{"n":1,"one":{"n":1}}]})");
    expect_whole_history();
    std::set<std::string> keys;
    for (const auto& call : scripted_.calls())
      if (call.key.starts_with(view_.arn + "#")) keys.insert(call.key);
    EXPECT_EQ(keys.size(), 3u) << name << ": a repeated task keeps its key";
  }
  EXPECT_GT(writes, 5u) << "there was something to cut";
}

TEST_F(Crash, ATaskThatMayNotBeRepeatedIsAskedOnceAndItsOutcomeReportedAsUnknown) {
  const Target target = machine("m", R"("A": )" + task("echo"));
  for (size_t writes = 1; writes <= 2; ++writes) {
    const std::string name = "e" + std::to_string(writes);
    const bool cut = run_with_cut(target, name, writes);
    size_t calls = 0;
    for (const auto& call : scripted_.calls()) calls += call.key.starts_with(view_.arn + "#") ? 1 : 0;
    EXPECT_LE(calls, 1u) << name;
    if (!cut) continue;
    EXPECT_EQ(view_.status, Status::kFailed);
    EXPECT_EQ(view_.error, "States.TaskFailed");
    EXPECT_THAT(view_.cause.value_or(""), testing::HasSubstr("unknown"));
  }
}

// A parent was stopped and soma killed before it had stopped the child: the child waited for ever.
TEST_F(Crash, AChildThatNobodyWaitsForAnyMoreIsStopped) {
  const Target parents = machine("parents", R"("A": )" + task("keep"));
  const Target sleepers = machine("sleepers", R"("A": {"Type": "Wait", "Seconds": 360000, "End": true})");
  open();
  const auto child = [&](const std::string& parent, const std::string& name, bool awaited) {
    const std::string parent_arn = execution_arn(parents.machine->arn, parent);
    StartRequest request{.target = sleepers, .name = name, .parent_arn = parent_arn};
    request.start_key = parent_arn + "#1";
    request.awaited = awaited;
    EXPECT_TRUE(net::run(executions_->start_execution(std::move(request))));
  };
  ASSERT_TRUE(start(parents, "stopped"));
  ASSERT_TRUE(start(parents, "waits"));
  child("stopped", "abandoned", true);
  child("stopped", "independent", false);
  child("waits", "awaited", true);
  const std::string stopped = execution_arn(parents.machine->arn, "stopped");
  ASSERT_TRUE(net::run(executions_->stop_execution(stopped, std::nullopt, std::nullopt)));
  EXPECT_EQ(status_of("sleepers/abandoned"), "waiting");
  open();
  EXPECT_TRUE(becomes("sleepers/abandoned", "aborted"));
  EXPECT_TRUE(eventually([&] { return executions_->statistics().resident == 1; })) << "the parent that waits";
  EXPECT_EQ(status_of("sleepers/independent"), "waiting");
  EXPECT_EQ(status_of("sleepers/awaited"), "waiting");
}

// The task of unknown outcome failed its Parallel first; then its neighbour, cancelled by that, was attached
// again, and the execution stayed in memory for it.
TEST_F(Crash, ATaskThatAnotherOnesUnknownOutcomeEndsIsNotAttachedAgain) {
  const Target target = machine("m", R"("A": {"Type": "Parallel", "Branches": [
      {"StartAt": "B", "States": {"B": )" +
                                         task("hold") + R"(}},
      {"StartAt": "C", "States": {"C": )" +
                                         task("keep") + R"(}}],
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "D"}], "End": true},
      "D": {"Type": "Wait", "Seconds": 360000, "End": true})");
  open();
  ASSERT_TRUE(start(target, "e"));
  ASSERT_TRUE(eventually([&] { return scripted_.calls_of("keep") == 1; }));
  open();
  EXPECT_TRUE(becomes("m/e", "waiting"));
  EXPECT_TRUE(eventually([&] { return executions_->statistics().resident == 0; }));
}

TEST_F(Crash, ATokenThatWasGivenOutIsStillGood) {
  const Target target = machine("m", R"("A": {"Type": "Task",
      "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
      "Parameters": {"token.$": "$$.Task.Token"}, "End": true})");
  open(kMaxResidentExecutions, 2);
  const auto started = start(target, "e");
  ASSERT_TRUE(becomes("m/e", "waiting"));
  const std::string token = token_of("m/e");
  EXPECT_FALSE(net::run(executions_->task_success(token, "1"))) << "it could not be written";
  EXPECT_TRUE(cut_->was_cut());
  open();
  ASSERT_TRUE(net::run(executions_->task_success(token, "2")));
  EXPECT_EQ(ended(started->arn).output, "2");
}

}  // namespace
}  // namespace soma::workflow
