// For the tests of map runs: executions as in executions_test_kit.h, with distributed maps and objects.
#pragma once

#include "base/os/scratch_directory.h"
#include "services/workflow/executions/executions_test_kit.h"
#include "services/workflow/map_runs/child_machine.h"
#include "services/workflow/map_runs/map_runs.h"

namespace soma::workflow {

class MapRunsTest : public ExecutionsTest {
 protected:
  ~MapRunsTest() override { end(); }

  // A machine of one distributed Map "A", labelled L, whose children are the states "B…" (as JSON members);
  // `more` are members of the Map.
  Target map_machine(const std::string& states, const std::string& more = "",
                     const std::string& type = "STANDARD") {
    return machine(
        "m", R"("A": {"Type": "Map", "Label": "L", "End": true, )" + more +
                 R"("ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": ")" + type +
                 R"("}, "StartAt": "B", "States": {)" + states + "}}}");
  }
  static std::string pass() { return R"("B": {"Type": "Pass", "End": true})"; }

  // The only map run of the execution, newest first when there are several.
  MapRunView map_run_of(const std::string& execution) {
    const auto page = map_runs_->list(execution, 10, "");
    EXPECT_TRUE(page && !page->runs.empty()) << execution << " has no map run";
    return page && !page->runs.empty() ? page->runs.front() : MapRunView{};
  }
  std::vector<ExecutionView> children_of(const std::string& map_run) {
    ExecutionFilter filter;
    filter.map_run_arn = map_run;
    filter.limit = 1000;
    const auto page = executions_->list(filter);
    EXPECT_TRUE(page);
    return page ? page->executions : std::vector<ExecutionView>();
  }
  // The calls of functions that hold, as soon as there are so many.
  bool holds(size_t calls) {
    return eventually([&] { return scripted_.calls().size() >= calls; });
  }
  std::string object(const std::string& key) {
    const auto found = objects_.get("b", key);
    return found ? found->bytes : found.error().message;
  }

  MapRunner* make_map_runner() override {
    map_runs_ = std::make_unique<MapRuns>(
        MapRunWorld{disk_.clock(), *ids_, *cut_, objects_,
                    [this](std::string_view machine, std::string_view) { return revision_of(machine); }});
    return map_runs_.get();
  }
  void before_start() override { map_runs_->connect(*executions_); }
  void after_stop() override { map_runs_->stop(); }
  void after_start() override { map_runs_->start(*loops_); }
  RevisionPtr revision_of(std::string_view machine) override {
    const auto reference = parse_machine_arn(machine);
    if (!reference || reference->label.empty()) return ExecutionsTest::revision_of(machine);
    return children_.revision(ExecutionsTest::revision_of(machine_arn(reference->name)), reference->name,
                              reference->label);
  }

  os::ScratchDirectory scratch_;
  ObjectFolder objects_{scratch_ / "objects"};
  ChildMachines children_;
  std::unique_ptr<MapRuns> map_runs_;
};

}  // namespace soma::workflow
