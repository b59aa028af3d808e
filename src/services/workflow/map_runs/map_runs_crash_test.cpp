// The power goes off after each write in turn: the map run ends as if nothing had happened, and no child
// begins twice.
#include "services/workflow/map_runs/map_runs_test_kit.h"

namespace soma::workflow {
namespace {

using engine::Status;

class MapRunCrash : public MapRunsTest {
 protected:
  // Runs `name` to its end, cut off after `writes`; false when there was nothing to cut any more.
  bool run_with_cut(const Target& target, const std::string& name, const std::string& input, size_t writes) {
    open(kMaxResidentExecutions, writes);
    const std::string arn = execution_arn(target.machine->arn, name);
    const bool started = start(target, name, input).has_value();
    if (started) {
      EXPECT_TRUE(eventually([&] {
        disk_.clock().advance(std::chrono::seconds(1));
        return cut_->was_cut() || executions_->describe(arn)->stopped;
      })) << name;
    }
    const bool cut = cut_->was_cut();
    open();
    if (!executions_->describe(arn)) {
      EXPECT_FALSE(started) << "an acknowledged start was lost";
      EXPECT_TRUE(start(target, name, input));
    }
    view_ = ended(arn);
    return cut;
  }
  void expect_everything_once(size_t children) {
    const MapRunView map = map_run_of(view_.arn);
    EXPECT_EQ(map.status, Status::kSucceeded);
    EXPECT_EQ(map.executions.of(ChildStatus::kSucceeded), children);
    EXPECT_EQ(map.executions.total(), children);
    EXPECT_EQ(children_of(map.arn).size(), children);
    std::set<std::string> keys;
    for (const auto& call : scripted_.calls())
      if (call.parameters.contains(view_.name)) keys.insert(call.key);
    EXPECT_EQ(keys.size(), children) << "a repeated task keeps its key";
    const auto page = executions_->history(view_.arn, 1000, false, "");
    ASSERT_TRUE(page);
    for (size_t index = 0; index < page->events.size(); ++index) EXPECT_EQ(page->events[index].id, index + 1);
  }
  ExecutionView view_;
};

TEST_F(MapRunCrash, AMapRunEndsTheSameWhereverItIsCut) {
  const Target target = map_machine("\"B\": " + task("keep"), R"("MaxConcurrency": 2, )");
  scripted_.release();
  size_t writes = 1;
  for (bool cut = true; cut; ++writes) {
    ASSERT_LT(writes, 80u);
    const std::string name = "e" + std::to_string(writes) + "_";
    const std::string item = "\"" + name + "\"", input = "[" + item + "," + item + "," + item + "]";
    cut = run_with_cut(target, name, input, writes);
    EXPECT_EQ(view_.status, Status::kSucceeded) << name << " " << view_.cause.value_or("");
    EXPECT_EQ(view_.output, input);
    expect_everything_once(3);
  }
  EXPECT_GT(writes, 10u) << "there was something to cut";
}

TEST_F(MapRunCrash, ItemsThatWereReadInPartAreReadAgain) {
  const Target target = map_machine(pass(), R"("ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
          "ReaderConfig": {"InputType": "JSONL"}, "Parameters": {"Bucket": "b", "Key": "k"}}, )");
  std::string lines, output = "[";
  for (int line = 0; line < 600; ++line) {
    lines += std::to_string(line) + "\n";
    output += (line > 0 ? "," : "") + std::to_string(line);
  }
  ASSERT_TRUE(objects_.put("b", "k", lines));
  for (size_t writes = 1; writes <= 8; ++writes) {
    run_with_cut(target, "e" + std::to_string(writes), "{}", writes);
    EXPECT_EQ(view_.output, output + "]") << writes << " " << view_.cause.value_or("");
    EXPECT_EQ(children_of(map_run_of(view_.arn).arn).size(), 600u) << writes;
  }
}

TEST_F(MapRunCrash, ARedriveGoesOnWhereverItIsCut) {
  size_t writes = 1;
  for (bool cut = true; cut; ++writes) {
    ASSERT_LT(writes, 40u);
    const std::string name = "e" + std::to_string(writes);
    const Target target = map_machine("\"B\": " + task("once-keep" + name), R"("MaxConcurrency": 2,
        "ToleratedFailureCount": 0, )");
    open();
    const ExecutionView failed = run(target, name, "[1]");
    ASSERT_EQ(failed.status, Status::kFailed) << name;
    open(kMaxResidentExecutions, writes);
    const bool redriven = net::run(executions_->redrive(failed.arn)).has_value();
    if (redriven)
      EXPECT_TRUE(eventually([&] { return cut_->was_cut() || executions_->describe(failed.arn)->stopped; }));
    cut = cut_->was_cut();
    open();
    if (!redriven && executions_->describe(failed.arn)->redrives == 0)
      ASSERT_TRUE(net::run(executions_->redrive(failed.arn)));
    const ExecutionView view = ended(failed.arn);
    EXPECT_EQ(view.output, "[1]") << name << " " << view.cause.value_or("");
    EXPECT_EQ(map_run_of(failed.arn).redrives, 1u) << name;
    EXPECT_EQ(children_of(map_run_of(failed.arn).arn).front().redrives, 1) << name;
  }
  EXPECT_GT(writes, 4u) << "there was something to cut";
}

TEST_F(MapRunCrash, OneThatNobodyWaitsForAnyMoreIsEnded) {
  const Target target = map_machine("\"B\": " + task("keep"));
  open();
  const auto started = start(target, "e", "[1,2]");
  ASSERT_TRUE(holds(2));
  // The execution's end is written, and nothing after it.
  cut_->cut_after(1);
  ASSERT_TRUE(net::run(executions_->stop_execution(started->arn, std::nullopt, std::nullopt)));
  ASSERT_TRUE(eventually([&] { return cut_->was_cut(); }));
  open();
  ASSERT_TRUE(eventually([&] { return map_run_of(started->arn).stopped.has_value(); }));
  EXPECT_EQ(map_run_of(started->arn).status, Status::kAborted);
  EXPECT_EQ(map_run_of(started->arn).executions.of(ChildStatus::kAborted), 2u);
  for (const ExecutionView& child : children_of(map_run_of(started->arn).arn))
    EXPECT_EQ(child.status, Status::kAborted);
}

TEST_F(MapRunCrash, ExpressChildrenThatWereRunningRunAgain) {
  const Target target = map_machine("\"B\": " + task("hold"), "", "EXPRESS");
  open();
  const auto started = start(target, "e", "[1,2]");
  ASSERT_TRUE(holds(2));
  open();
  ASSERT_TRUE(holds(4));
  scripted_.release();
  EXPECT_EQ(ended(started->arn).output, "[1,2]");
  EXPECT_EQ(map_run_of(started->arn).executions.total(), 2u);
}

}  // namespace
}  // namespace soma::workflow
