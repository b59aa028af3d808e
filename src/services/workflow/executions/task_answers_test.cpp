// Tasks whose results come from outside: by token, by a worker.
#include "services/workflow/executions/executions_test_kit.h"

namespace soma::workflow {
namespace {

using engine::Status;
using os::Code;
using testing::ElementsAre;
using namespace std::chrono_literals;

constexpr const char* kTokenTask = R"("A": {"Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {"token.$": "$$.Task.Token"}, "HeartbeatSeconds": 60, "End": true})";

class TaskTokens : public ExecutionsTest {
 protected:
  // An execution that waits for its token.
  std::string waiting(const std::string& name = "e") {
    arn_ = start(machine("m", kTokenTask), name)->arn;
    EXPECT_TRUE(becomes("m/" + name, "waiting"));
    return token_of("m/" + name);
  }
  os::Result<> success(const std::string& token, const std::string& output = R"({"ok":1})") {
    return net::run(executions_->task_success(token, output));
  }
  std::string arn_;
};

TEST_F(TaskTokens, SuccessEndsTheTaskWithItsOutput) {
  open();
  const std::string token = waiting();
  EXPECT_TRUE(eventually([&] { return executions_->statistics().resident == 0; }))
      << "nothing is in memory while it waits";
  ASSERT_TRUE(success(token));
  EXPECT_EQ(ended(arn_).output, R"({"ok":1})");
  EXPECT_THAT(history(arn_),
              ElementsAre("ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted",
                          "TaskSubmitted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"));
}

TEST_F(TaskTokens, FailureFailsTheTask) {
  open();
  const std::string token = waiting();
  ASSERT_TRUE(net::run(executions_->task_failure(token, "Custom", "because")));
  const ExecutionView view = ended(arn_);
  EXPECT_EQ(view.status, Status::kFailed);
  EXPECT_EQ(view.error, "Custom");
  EXPECT_EQ(view.cause, "because");
}

TEST_F(TaskTokens, GoOnAfterARestart) {
  open();
  const std::string token = waiting();
  open();
  ASSERT_TRUE(success(token));
  EXPECT_EQ(ended(arn_).status, Status::kSucceeded);
  EXPECT_EQ(scripted_.calls().size(), 1u) << "the request was not sent again";
}

TEST_F(TaskTokens, HeartbeatsKeepTheTaskAlive) {
  open();
  const std::string token = waiting();
  for (int beat = 0; beat < 3; ++beat) {
    disk_.clock().advance(50s);
    ASSERT_TRUE(net::run(executions_->task_heartbeat(token)));
  }
  EXPECT_EQ(status_of("m/e"), "waiting");
  disk_.clock().advance(61s);
  ASSERT_TRUE(comes_to("m/e", "failed"));
  EXPECT_EQ(executions_->describe(arn_)->error, "States.Timeout");
}

TEST_F(TaskTokens, OfATaskThatIsOverAreRefused) {
  open();
  const std::string token = waiting();
  ASSERT_TRUE(success(token));
  EXPECT_EQ(success(token).error().code, Code::kTimeout);
  EXPECT_EQ(net::run(executions_->task_heartbeat(token)).error().code, Code::kTimeout);
}

TEST_F(TaskTokens, ThatWereMadeUpAreRefused) {
  open();
  const std::string token = waiting();
  EXPECT_EQ(success("").error().code, Code::kInvalidArgument);
  EXPECT_EQ(success("made up").error().code, Code::kInvalidArgument);
  std::string forged = token;  // another secret, for the same task
  const size_t last = forged.find_last_not_of('=') - 3;
  forged[last] = forged[last] == 'A' ? 'B' : 'A';
  EXPECT_EQ(success(forged).error().code, Code::kInvalidArgument);
  EXPECT_EQ(success(token, "{").error().code, Code::kInvalidArgument) << "an output that is not JSON";
  EXPECT_EQ(status_of("m/e"), "waiting");
  EXPECT_TRUE(success(token));
}

class ActivityWorkers : public ExecutionsTest {
 protected:
  static constexpr const char* kActivity = "arn:aws:states:us-east-1:000000000000:activity:act";
  Target work(std::string more = R"("End": true)") {
    return machine("m",
                   R"("A": {"Type": "Task", "Resource": ")" + std::string(kActivity) + R"(", )" + more + "}");
  }
  ActivityTask poll() {
    net::Cancellation gone;
    const auto task = net::run(executions_->poll_activity(kActivity, "worker-1", gone));
    EXPECT_TRUE(task) << task.error().to_string();
    return task.value_or(ActivityTask{});
  }
  // A poll that ends at once when there is nothing.
  ActivityTask poll_now() {
    net::Cancellation gone;
    std::atomic<bool> over = false;
    std::thread time([&] {
      while (!over) {
        disk_.clock().advance(61s);
        std::this_thread::yield();
      }
    });
    const auto task = net::run(executions_->poll_activity(kActivity, "worker-1", gone));
    over = true;
    time.join();
    return task.value_or(ActivityTask{});
  }
};

TEST_F(ActivityWorkers, GetTasksInTheOrderTheyCame) {
  open();
  const Target target = work();
  const std::string first = start(target, "one", "1")->arn, second = start(target, "two", "2")->arn;
  EXPECT_EQ(status_of("m/one"), "waiting");
  EXPECT_TRUE(eventually([&] { return executions_->statistics().resident == 0; }));
  const ActivityTask task = poll();
  EXPECT_EQ(task.input, "1");
  EXPECT_EQ(poll().input, "2");
  ASSERT_TRUE(net::run(executions_->task_success(task.token, R"("done")")));
  EXPECT_EQ(ended(first).output, R"("done")");
  EXPECT_THAT(history(first),
              ElementsAre("ExecutionStarted", "TaskStateEntered", "ActivityScheduled", "ActivityStarted",
                          "ActivitySucceeded", "TaskStateExited", "ExecutionSucceeded"));
}

TEST_F(ActivityWorkers, WaitForATaskUntilOneComes) {
  open();
  std::thread later([&] { start(work(), "e", R"("hello")"); });
  const ActivityTask task = poll();
  later.join();
  EXPECT_EQ(task.input, R"("hello")");
}

TEST_F(ActivityWorkers, GetNothingWhenNothingComes) {
  open();
  EXPECT_EQ(poll_now().token, "");
}

TEST_F(ActivityWorkers, WhoGoAwayLeaveTheTaskToOthers) {
  open();
  net::Cancellation gone;
  gone.request("the client went away");
  ASSERT_TRUE(start(work(), "e", "7"));
  EXPECT_EQ(net::run(executions_->poll_activity(kActivity, "", gone))->token, "");
  EXPECT_EQ(poll().input, "7");
}

TEST_F(ActivityWorkers, GetAfterARestartWhatNobodyHas) {
  open();
  const Target target = work();
  ASSERT_TRUE(start(target, "taken", "1"));
  ASSERT_TRUE(start(target, "left", "2"));
  const ActivityTask taken = poll();
  EXPECT_EQ(taken.input, "1");
  open();
  EXPECT_EQ(poll().input, "2");
  EXPECT_EQ(poll_now().token, "") << "what a worker has is not given to another one";
  EXPECT_TRUE(net::run(executions_->task_success(taken.token, "1")));
}

TEST_F(ActivityWorkers, ThatNeverAnswerAreTimedOut) {
  open();
  const std::string arn = start(work(R"("TimeoutSeconds": 300, "End": true)"), "e")->arn;
  const ActivityTask task = poll();
  disk_.clock().advance(301s);
  ASSERT_TRUE(comes_to("m/e", "failed"));
  EXPECT_EQ(executions_->describe(arn)->error, "States.Timeout");
  EXPECT_EQ(net::run(executions_->task_success(task.token, "1")).error().code, Code::kTimeout);
}

TEST_F(ActivityWorkers, DoNotGetATaskThatTimedOut) {
  open();
  ASSERT_TRUE(start(work(R"("TimeoutSeconds": 30, "End": true)"), "e"));
  disk_.clock().advance(31s);
  ASSERT_TRUE(comes_to("m/e", "failed"));
  EXPECT_EQ(poll_now().token, "");
}

}  // namespace
}  // namespace soma::workflow
