// Executions that start executions, and the API as tasks.
#include "services/workflow/connectors/states.h"

#include "services/workflow/executions/executions_test_kit.h"

namespace soma::workflow {
namespace {

using engine::Status;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

class NestedExecutions : public ExecutionsTest {
 protected:
  NestedExecutions() {
    connectors_.add(make_states_connector(disk_.clock(), *ids_, backend_));
    connectors_.add(make_sfn_connector(*ids_, backend_));
    backend_.resolve = [this](std::string_view arn, std::string_view) -> Answered<Target> {
      const auto found = machines_.find(std::string(arn));
      if (found == machines_.end()) return no_state_machine(arn);
      return Target{.machine = found->second, .revision = found->second->current};
    };
    backend_.call = [this](std::string operation, json::Value parameters,
                           net::Cancellation) -> net::Task<Answered<json::Value>> {
      called_ = operation + " " + json::write(parameters);
      if (operation != "DescribeExecution")
        co_return refuse(error::kInvalidToken, "Invalid Token: 'Invalid token'");
      co_return json::object({{"executionArn", "x"}, {"startDate", 1700000000.25}, {"output", nullptr}});
    };
  }
  ~NestedExecutions() override { end(); }

  void before_start() override { backend_.executions = executions_.get(); }
  void open_nested(size_t cut_after = SIZE_MAX / 2) { open(kMaxResidentExecutions, cut_after); }
  // Starts machine "child" with what its input says.
  Target parent(std::string_view pattern, std::string_view more = "") {
    return machine("parent", R"("A": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution)" +
                                 std::string(pattern) + R"(", "Parameters": {"StateMachineArn": ")" +
                                 machine_arn("child") + R"(", "Input": {"deep": [1]})" + std::string(more) +
                                 R"(}, "End": true})");
  }
  std::vector<ExecutionView> children() {
    return executions_->list({.machine_arn = machine_arn("child")})->executions;
  }
  json::Value output_of(const ExecutionView& view) {
    return json::parse(view.output.value_or("null")).value_or(json::Value());
  }

  StatesBackend backend_;
  std::string called_;
};

constexpr const char* kPass = R"("A": {"Type": "Pass", "End": true})";

TEST_F(NestedExecutions, StartingAnswersWithTheChildsName) {
  open_nested();
  machine("child", kPass);
  const ExecutionView view = run(parent("", R"(, "Name": "kid")"), "e");
  EXPECT_EQ(view.status, Status::kSucceeded) << view.cause.value_or("");
  const std::string child = execution_arn(machine_arn("child"), "kid");
  EXPECT_EQ(output_of(view).get("ExecutionArn").string_or(""), child);
  EXPECT_EQ(output_of(view).get("SdkHttpMetadata").get("HttpStatusCode").int_or(0), 200);
  EXPECT_EQ(executions_->describe(child)->input, R"({"deep":[1]})");
}

TEST_F(NestedExecutions, WaitedForGiveTheirDescriptionWithTexts) {
  open_nested();
  machine("child", kPass);
  const ExecutionView view = run(parent(".sync"), "e");
  ASSERT_EQ(view.status, Status::kSucceeded) << view.cause.value_or("");
  const json::Value output = output_of(view);
  EXPECT_EQ(output.get("Output").string_or(""), R"({"deep":[1]})");
  EXPECT_EQ(output.get("Status").string_or(""), "SUCCEEDED");
  EXPECT_EQ(output.get("RedriveStatus").string_or(""), "NOT_REDRIVABLE");
  EXPECT_THAT(history(view.arn),
              ElementsAre("ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted",
                          "TaskSubmitted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"));
}

TEST_F(NestedExecutions, AParentSeesThatItBreaksItsChildsContract) {
  open_nested();
  promising(machine("child", kPass),
            R"({"contractVersion": "1.0", "owner": "o", "input": {"required": ["amount"]}})");
  const ExecutionView view = run(parent(".sync"), "e");
  EXPECT_EQ(view.error, "States.TaskFailed");
  EXPECT_THAT(view.cause.value_or(""), HasSubstr(R"("Error":"Contract.InputInvalid")"));
  EXPECT_EQ(children().front().status, Status::kFailed);
}

TEST_F(NestedExecutions, AChildWhoseContractAsksForAnEnvelopeGetsOne) {
  open_nested();
  promising(machine("child", kPass), R"({"contractVersion": "1.0", "owner": "o",
      "input": {"properties": {"meta": {"required": ["correlationId", "causationId", "contractVersion"]}}, "required": ["meta"]}})");
  const ExecutionView view = run(parent(".sync:2"), "e");
  ASSERT_EQ(view.status, Status::kSucceeded) << view.cause.value_or("");
  const json::Value meta = output_of(view).get("Output").get("meta");
  EXPECT_EQ(meta.get("correlationId").string_or(""), view.arn);
  EXPECT_EQ(meta.get("causationId").string_or(""), view.arn);
}

TEST_F(NestedExecutions, WaitedForGiveJsonInTheSecondForm) {
  open_nested();
  machine("child", kPass);
  const json::Value output = output_of(run(parent(".sync:2"), "e"));
  EXPECT_EQ(json::write(output.get("Output")), R"({"deep":[1]})");
}

TEST_F(NestedExecutions, ThatFailFailTheTaskWithTheirDescription) {
  open_nested();
  machine("child", R"("A": {"Type": "Fail", "Error": "Bad", "Cause": "luck"})");
  const ExecutionView view = run(parent(".sync"), "e");
  EXPECT_EQ(view.status, Status::kFailed);
  EXPECT_EQ(view.error, "States.TaskFailed");
  const auto cause = json::parse(view.cause.value_or(""));
  ASSERT_TRUE(cause);
  EXPECT_EQ(cause->get("Error").string_or(""), "Bad");
  EXPECT_EQ(cause->get("Cause").string_or(""), "luck");
  EXPECT_EQ(cause->get("Status").string_or(""), "FAILED");
}

TEST_F(NestedExecutions, OfAMachineThatIsNotThereFailTheTask) {
  open_nested();
  const ExecutionView view = run(parent(""), "e");
  EXPECT_EQ(view.error, "StepFunctions.StateMachineDoesNotExistException");
  EXPECT_THAT(view.cause.value_or(""), HasSubstr("(Service: AWSStepFunctions; Status Code: 400; Error Code: "
                                                 "StateMachineDoesNotExist; Request ID: "));
}

TEST_F(NestedExecutions, KnowTheirParentAndTheirCorrelation) {
  open_nested();
  machine("child", kPass);
  const ExecutionView view = run(parent(".sync"), "e");
  const auto all = executions_->list({.correlation_id = view.arn})->executions;
  ASSERT_EQ(all.size(), 2u) << "the whole tree, newest first";
  EXPECT_EQ(all[0].parent_arn, view.arn);
  EXPECT_EQ(all[0].correlation_id, view.arn);
  EXPECT_EQ(all[1].arn, view.arn);
}

TEST_F(NestedExecutions, AreStoppedWithTheirParent) {
  open_nested();
  machine("child", R"("A": )" + task("hold"));
  const std::string arn = start(parent(".sync"), "e")->arn;
  ASSERT_TRUE(eventually([&] { return scripted_.calls_of("hold") == 1; }));
  ASSERT_TRUE(net::run(executions_->stop_execution(arn, {}, {})));
  EXPECT_TRUE(eventually([&] { return children().at(0).status == Status::kAborted; }));
}

TEST_F(NestedExecutions, GoOnWhenSomaIsStopped) {
  open_nested();
  machine("child", R"("A": )" + task("keep"));
  const std::string arn = start(parent(".sync"), "e")->arn;
  ASSERT_TRUE(eventually([&] { return scripted_.calls_of("keep") == 1; }));
  open_nested();
  EXPECT_EQ(children().at(0).status, Status::kRunning);
  scripted_.release();
  EXPECT_EQ(ended(arn).status, Status::kSucceeded);
  EXPECT_EQ(children().size(), 1u) << "the parent found its child again";
}

TEST_F(NestedExecutions, AreMadeOnceWhereverThePowerGoesOff) {
  machine("child", R"("A": {"Type": "Wait", "Seconds": 3, "End": true})");
  const Target target = parent(".sync");
  for (size_t writes = 1; writes < 12; ++writes) {
    const std::string name = "e" + std::to_string(writes);
    open_nested(writes);
    const std::string arn = execution_arn(target.machine->arn, name);
    if (start(target, name))
      EXPECT_TRUE(eventually([&] {
        disk_.clock().advance(1s);
        return cut_->was_cut() || executions_->describe(arn)->stopped;
      }));
    open_nested();
    if (!executions_->describe(arn)) continue;
    EXPECT_EQ(ended(arn).status, Status::kSucceeded);
    EXPECT_EQ(executions_->list({.correlation_id = arn})->executions.size(), 2u) << name;
  }
}

TEST_F(NestedExecutions, TheApiIsCalledWithTheWiresNames) {
  open_nested();
  const Target target = machine("m", R"("A": {"Type": "Task",
      "Resource": "arn:aws:states:::aws-sdk:sfn:describeExecution",
      "Parameters": {"ExecutionArn": "arn"}, "End": true})");
  const ExecutionView view = run(target, "e");
  EXPECT_EQ(called_, R"(DescribeExecution {"executionArn":"arn"})");
  EXPECT_EQ(view.output, R"({"ExecutionArn":"x","StartDate":"2023-11-14T22:13:20.250Z"})");
}

TEST_F(NestedExecutions, TheApisErrorsAreTheSdks) {
  open_nested();
  const Target target = machine("m", R"("A": {"Type": "Task",
      "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
      "Parameters": {"TaskToken": "t", "Output": "1"}, "End": true})");
  const ExecutionView view = run(target, "e");
  EXPECT_EQ(view.error, "Sfn.InvalidTokenException");
  EXPECT_THAT(
      view.cause.value_or(""),
      testing::StartsWith("Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400, Request ID: "));
}

}  // namespace
}  // namespace soma::workflow
