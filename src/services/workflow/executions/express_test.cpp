#include "services/workflow/executions/executions_test_kit.h"
#include "services/workflow/executions/log_sink.h"

namespace soma::workflow {
namespace {

using engine::Status;
using os::Code;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

class MemoryLog final : public LogSink {
 public:
  void write(std::string_view group, std::string line) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::string(group) + " " + std::move(line));
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

json::Value logging(std::string_view level, bool include_data) {
  return *json::parse(R"({"level": ")" + std::string(level) + R"(", "includeExecutionData": )" +
                      (include_data ? "true" : "false") +
                      R"(, "destinations": [{"cloudWatchLogsLogGroup":
                      {"logGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:/states/m:*"}}]})");
}

class Express : public ExecutionsTest {
 protected:
  os::Result<ExecutionView> run_sync(const Target& target, std::string input = "{}") {
    StartRequest request{.target = target, .name = "e", .input = std::move(input)};
    return net::run(executions_->start_sync(std::move(request)));
  }
  size_t runs() { return disk_.journal().list({.kind = std::string(kExpressKind)})->runs.size(); }
};

TEST_F(Express, SynchronousAnswersWithItsEndAndLeavesNothing) {
  open();
  const Target target = machine("m", R"("A": )" + task("echo"), MachineType::kExpress);
  const auto view = run_sync(target, R"({"a":1})");
  ASSERT_TRUE(view) << view.error().to_string();
  EXPECT_EQ(view->status, Status::kSucceeded);
  EXPECT_EQ(view->output, R"({"a":1})");
  EXPECT_THAT(view->arn, testing::StartsWith("arn:aws:states:us-east-1:000000000000:express:m:e:"));
  EXPECT_EQ(runs(), 0u);
}

TEST_F(Express, SynchronousTellsOfFailures) {
  open();
  const auto view = run_sync(
      machine("m", R"("A": {"Type": "Fail", "Error": "No", "Cause": "way"})", MachineType::kExpress));
  EXPECT_EQ(view->status, Status::kFailed);
  EXPECT_EQ(view->error, "No");
  EXPECT_EQ(view->cause, "way");
}

// Tasks whose functions answered at once ran each on the stack of the one before: some thousands of them were
// the end of the server.
TEST_F(Express, ALoopOfTasksThatAnswerAtOnceIsNoRecursion) {
  open();
  const Target target = machine(
      "m",
      R"("A": {"Type": "Pass", "Result": 0, "ResultPath": "$.n", "Next": "Step"}, "Step": )" +
          task("echo", R"("ResultPath": "$.r", "Parameters": {}, "Next": "Count")") +
          R"x(, "Count": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "More"},
             "More": {"Type": "Choice", "Default": "Done",
                      "Choices": [{"Variable": "$.n", "NumericLessThan": 6000, "Next": "Step"}]},
             "Done": {"Type": "Succeed"})x",
      MachineType::kExpress);
  const auto view = run_sync(target);
  ASSERT_TRUE(view) << view.error().to_string();
  EXPECT_EQ(view->output, R"({"n":6000})");
}

TEST_F(Express, EndsAfterFiveMinutesAtMost) {
  open();
  const Target target =
      machine("m", R"("A": {"Type": "Wait", "Seconds": 100000, "End": true})", MachineType::kExpress);
  std::atomic<bool> over = false;
  std::thread time([&] {
    while (!over) {
      if (disk_.clock().next_timer() != os::Time::max()) disk_.clock().advance(kExpressTimeout);
      std::this_thread::yield();
    }
  });
  const auto view = run_sync(target);
  over = true;
  time.join();
  EXPECT_EQ(view->status, Status::kTimedOut);
}

TEST_F(Express, AsynchronousIsARunUntilItEnds) {
  open();
  const Target target = machine("m", R"("A": )" + task("hold"), MachineType::kExpress);
  ASSERT_TRUE(start(target, "e"));
  ASSERT_TRUE(start(target, "e")) << "names may be taken again";
  EXPECT_EQ(runs(), 2u);
  scripted_.release();
  EXPECT_TRUE(eventually([&] { return runs() == 0; }));
}

TEST_F(Express, AsynchronousBeginsAgainAfterARestart) {
  open();
  const Target target = machine("m", R"("A": )" + task("hold"), MachineType::kExpress);
  ASSERT_TRUE(start(target, "e", R"({"x":1})"));
  ASSERT_TRUE(eventually([&] { return scripted_.calls_of("hold") == 1; }));
  open();
  ASSERT_TRUE(eventually([&] { return scripted_.calls_of("hold") == 2; }));
  EXPECT_EQ(scripted_.calls().back().parameters, R"({"x":1})");
  scripted_.release();
  EXPECT_TRUE(eventually([&] { return runs() == 0; }));
}

TEST_F(Express, MoreThanThereIsRoomForIsRefusedOrWaits) {
  open(/*max_resident=*/1);
  const Target target = machine("m", R"("A": )" + task("hold"), MachineType::kExpress);
  ASSERT_TRUE(start(target, "a"));
  ASSERT_TRUE(eventually([&] { return scripted_.calls_of("hold") == 1; }));
  ASSERT_TRUE(start(target, "b"));
  EXPECT_EQ(run_sync(target).error().code, Code::kLimitExceeded);
  EXPECT_EQ(scripted_.calls_of("hold"), 1u);
  scripted_.release();
  EXPECT_TRUE(eventually([&] { return runs() == 0; }));
}

TEST_F(Express, IsNotDescribed) {
  open();
  EXPECT_EQ(executions_->describe("arn:aws:states:us-east-1:000000000000:express:m:e:1").error().code,
            Code::kInvalidArgument);
}

class Logs : public Express {
 protected:
  Logs() { log_ = &lines_; }
  ~Logs() override { end(); }
  // The types that were written, of an execution of these states.
  std::vector<std::string> logged(const std::string& states, json::Value configuration) {
    open();
    run_sync(machine("m", states, MachineType::kExpress, std::move(configuration)));
    std::vector<std::string> types;
    for (const std::string& line : lines_.lines())
      types.emplace_back(json::parse(line.substr(line.find(' ') + 1))->get("type").string_or(""));
    return types;
  }
  MemoryLog lines_;
};

constexpr const char* kFail = R"("A": {"Type": "Fail", "Error": "No"})";

TEST_F(Logs, AllHoldsEveryEvent) {
  EXPECT_THAT(logged(kFail, logging("ALL", true)),
              ElementsAre("ExecutionStarted", "FailStateEntered", "ExecutionFailed"));
  EXPECT_THAT(lines_.lines().front(), testing::StartsWith("/states/m {"));
  EXPECT_THAT(lines_.lines().front(), HasSubstr(R"("input":"{}","inputDetails":{"truncated":false}})"));
  EXPECT_THAT(lines_.lines().front(), HasSubstr(R"("id":"1")"));
}

TEST_F(Logs, DataIsLeftOutUnlessItIsAskedFor) {
  logged(kFail, logging("ALL", false));
  for (const std::string& line : lines_.lines()) EXPECT_THAT(line, testing::Not(HasSubstr("input")));
}

TEST_F(Logs, ErrorHoldsWhatFailed) {
  EXPECT_THAT(logged(kFail, logging("ERROR", true)), ElementsAre("FailStateEntered", "ExecutionFailed"));
}

TEST_F(Logs, FatalHoldsTheEndAlone) {
  EXPECT_THAT(logged(kFail, logging("FATAL", true)), ElementsAre("ExecutionFailed"));
}

TEST_F(Logs, OffHoldsNothing) {
  EXPECT_THAT(logged(kFail, logging("OFF", true)), ElementsAre());
}

TEST_F(Logs, StandardExecutionsAreLoggedOnceTheyAreDurable) {
  open();
  run(machine("m", R"("A": )" + task("echo"), MachineType::kStandard, logging("ALL", true)), "e");
  ASSERT_TRUE(eventually([&] { return lines_.lines().size() == 7; }));
  EXPECT_THAT(lines_.lines().back(), HasSubstr("ExecutionSucceeded"));
}

TEST(FileLog, KeepsOneFileForEachGroup) {
  const std::string directory = testing::TempDir() + "/soma-log-" + std::to_string(::getpid());
  const auto files = os::make_posix_file_system();
  {
    const auto sink = make_file_log_sink(*files, directory);
    sink->write("/states/m", "{1}");
    sink->write("/states/m", "{2}");
    sink->write("other", "{3}");
  }
  EXPECT_EQ(os::read_file(directory + "/%2Fstates%2Fm.jsonl"), "{1}\n{2}\n");
  EXPECT_EQ(os::read_file(directory + "/other.jsonl"), "{3}\n");
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace soma::workflow
