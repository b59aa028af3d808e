// The fields of each type of state.
#include "services/workflow/definition/definition_test_kit.h"

namespace soma::workflow {
namespace {

constexpr std::string_view kInvoke = R"("Resource": "arn:aws:states:::lambda:invoke")";

// The errors of one state with these fields.
Lines errors_in(std::string_view fields, std::string_view more = "") {
  return errors_of(machine(fmt::format(R"("S": {{{}}})", fields), more));
}
State read_state_of(std::string_view fields, std::string_view more = "") {
  return read_first(machine(fmt::format(R"("S": {{{}}})", fields), more));
}
Lines schema(std::string_view rest) {
  return {fmt::format("SCHEMA_VALIDATION_FAILED: {}", rest)};
}

TEST(State, NamesTheTypesThereAre) {
  EXPECT_EQ(
      errors_in(R"("Type": "Loop", "End": true)"),
      schema("The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, "
             "Parallel, Map] at /States/S/Type"));
}

TEST(State, NeedsAType) {
  EXPECT_EQ(errors_in(R"("End": true)"), schema("These fields are required: [Type] at /States/S"));
}

TEST(State, MustBeAnObject) {
  EXPECT_EQ(errors_of(R"({"StartAt": "S", "States": {"S": 5}})"),
            schema("Expected value of type Object at /States/S"));
}

TEST(State, RefusesFieldsOfOtherTypes) {
  EXPECT_EQ(errors_in(R"("Type": "Pass", "End": true, "TimeoutSeconds": 5)"),
            schema("Field 'TimeoutSeconds' is not supported at /States/S"));
  EXPECT_EQ(errors_in(R"("Type": "Succeed", "End": true)"),
            schema("Field 'End' is not supported at /States/S"));
  EXPECT_EQ(errors_in(R"("Type": "Fail", "OutputPath": "$")"),
            schema("Field 'OutputPath' is not supported at /States/S"));
}

TEST(State, RefusesAFieldOfTheOtherLanguage) {
  EXPECT_EQ(
      errors_in(R"("Type": "Pass", "End": true, "Output": 1)"),
      schema("The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' "
             "QueryLanguage at /States/S"));
  EXPECT_EQ(errors_in(R"("Type": "Pass", "End": true, "ResultPath": null)", kJsonataMachine),
            schema("The QueryLanguage is set to 'JSONata', but field 'ResultPath' is only supported for the "
                   "'JSONPath' QueryLanguage at /States/S"));
}

TEST(State, AJsonPathMachineMayHaveJsonataStates) {
  State state = read_state_of(R"("Type": "Pass", "QueryLanguage": "JSONata", "Output": 7, "End": true)");
  EXPECT_EQ(state.language, query::Language::kJsonata);
  ASSERT_TRUE(state.output);
  EXPECT_EQ(state.output->source(), json::Value(7));
}

TEST(State, AJsonataMachineMayNotHaveJsonPathStates) {
  EXPECT_EQ(
      errors_in(R"("Type": "Pass", "QueryLanguage": "JSONPath", "End": true)", kJsonataMachine),
      schema(
          "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/S"));
}

TEST(State, TheLanguageOfAParallelIsNotThatOfItsBranches) {
  Definition definition = read(machine(
      R"("Both": {"Type": "Parallel", "QueryLanguage": "JSONata", "End": true, "Branches": [
           {"StartAt": "In", "States": {"In": {"Type": "Pass", "InputPath": "$.a", "End": true}}}]})"));
  EXPECT_EQ(find_state(definition, "In")->language, query::Language::kJsonPath);
}

TEST(State, TellsNullPathsFromAbsentOnes) {
  State state = read_state_of(R"("Type": "Pass", "InputPath": null, "ResultPath": null, "End": true)");
  EXPECT_TRUE(state.input_null);
  EXPECT_FALSE(state.input_path);
  EXPECT_FALSE(state.output_null);
  EXPECT_TRUE(state.result_path.discard);
}

TEST(State, PathsMustBePaths) {
  EXPECT_EQ(errors_in(R"("Type": "Pass", "OutputPath": "input.a", "End": true)"),
            schema("Value must be a valid JSONPath. at /States/S/OutputPath"));
  EXPECT_EQ(errors_in(R"("Type": "Pass", "InputPath": 3, "End": true)"),
            schema("Expected value of type String at /States/S/InputPath"));
}

TEST(State, AResultGoesToOnePlaceOfTheInput) {
  EXPECT_TRUE(read_state_of(R"("Type": "Pass", "ResultPath": "$.a.b", "End": true)").result_path.path);
  EXPECT_EQ(errors_in(R"("Type": "Pass", "ResultPath": "$.a[*]", "End": true)").size(), 1u);
  EXPECT_EQ(errors_in(R"("Type": "Pass", "ResultPath": "$variable", "End": true)").size(), 1u);
}

TEST(Pass, KeepsAnyResult) {
  State state = read_state_of(R"("Type": "Pass", "Result": null, "End": true)");
  EXPECT_EQ(std::get<PassDetails>(state.details).result, json::Value(nullptr));
}

TEST(Pass, TakesParametersOfAnyType) {
  EXPECT_TRUE(
      read_state_of(R"("Type": "Pass", "Parameters": ["a", {"b.$": "$.b"}], "End": true)").parameters);
}

TEST(Pass, AKeyAndItsPathMayNotStandTogether) {
  EXPECT_EQ(errors_in(R"("Type": "Pass", "Parameters": {"in": {"a": 1, "a.$": "$.a"}}, "End": true)"),
            schema("The field 'a' stands twice: as 'a' and as 'a.$' at /States/S/Parameters/in"));
}

TEST(Pass, SaysWhichKeyOfATemplateIsWrong) {
  EXPECT_EQ(
      errors_in(R"("Type": "Pass", "Parameters": {"list": [{"a.$": "nonsense"}]}, "End": true)"),
      schema("The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at "
             "/States/S/Parameters/list[0]"));
}

TEST(Task, ReadsItsLimits) {
  State state = read_state_of(fmt::format(
      R"("Type": "Task", {}, "TimeoutSeconds": 30, "HeartbeatSecondsPath": "$.beat", "End": true)", kInvoke));
  const auto& task = std::get<TaskDetails>(state.details);
  EXPECT_EQ(task.timeout->literal, json::Value(30));
  EXPECT_EQ(task.timeout->field, "TimeoutSeconds");
  EXPECT_EQ(task.heartbeat->path->text(), "$.beat");
  EXPECT_EQ(task.heartbeat->field, "HeartbeatSecondsPath");
}

TEST(Task, NeedsAResource) {
  EXPECT_EQ(errors_in(R"("Type": "Task", "End": true)"),
            schema("These fields are required: [Resource] at /States/S"));
}

TEST(Task, TakesANumberOrItsPath) {
  EXPECT_EQ(
      errors_in(fmt::format(
          R"("Type": "Task", {}, "TimeoutSeconds": 9, "TimeoutSecondsPath": "$.t", "End": true)", kInvoke)),
      schema("There should only be one of the following fields: [TimeoutSeconds, TimeoutSecondsPath] at "
             "/States/S"));
}

TEST(Task, BoundsItsLimits) {
  EXPECT_EQ(errors_in(fmt::format(R"("Type": "Task", {}, "TimeoutSeconds": 0, "End": true)", kInvoke)),
            schema("Minimum value is 1 at /States/S/TimeoutSeconds"));
  EXPECT_EQ(
      errors_in(fmt::format(R"("Type": "Task", {}, "TimeoutSeconds": 100000000, "End": true)", kInvoke)),
      schema("Maximum value is 99999999 at /States/S/TimeoutSeconds"));
  EXPECT_EQ(errors_in(fmt::format(R"("Type": "Task", {}, "TimeoutSeconds": 1.5, "End": true)", kInvoke)),
            schema("Expected value of type Integer at /States/S/TimeoutSeconds"));
}

TEST(Task, BeatsMoreOftenThanItTimesOut) {
  EXPECT_EQ(errors_in(fmt::format(
                R"("Type": "Task", {}, "TimeoutSeconds": 9, "HeartbeatSeconds": 9, "End": true)", kInvoke)),
            schema("HeartbeatSeconds must be smaller than TimeoutSeconds at /States/S/HeartbeatSeconds"));
}

TEST(Task, CredentialsNameARole) {
  EXPECT_EQ(
      errors_in(fmt::format(R"("Type": "Task", {}, "Credentials": {{"Role": "r"}}, "End": true)", kInvoke)),
      schema("The field 'RoleArn' is required but was missing at /States/S/Credentials"));
  EXPECT_TRUE(std::get<TaskDetails>(
                  read_state_of(
                      fmt::format(R"("Type": "Task", {}, "Credentials": {{"RoleArn.$": "$.r"}}, "End": true)",
                                  kInvoke))
                      .details)
                  .credentials);
}

TEST(Wait, WaitsForExactlyOneThing) {
  constexpr std::string_view kNames = "[Seconds, SecondsPath, Timestamp, TimestampPath]";
  EXPECT_EQ(errors_in(R"("Type": "Wait", "End": true)"),
            schema(fmt::format("One of the following fields is required: {} at /States/S", kNames)));
  EXPECT_EQ(errors_in(R"("Type": "Wait", "Seconds": 1, "TimestampPath": "$.t", "End": true)"),
            schema(fmt::format("There should only be one of the following fields: {} at /States/S", kNames)));
}

TEST(Wait, TimestampsAreRfc3339) {
  for (std::string_view wrong :
       {"2031-05-06 07:08:09Z", "2031-05-06T07:08:09", "2031-05-06T07:08:09z", "soon"}) {
    EXPECT_EQ(errors_in(fmt::format(R"("Type": "Wait", "Timestamp": "{}", "End": true)", wrong)),
              schema("String does not match RFC3339 timestamp at /States/S/Timestamp"));
  }
  EXPECT_EQ(errors_in(R"("Type": "Wait", "Timestamp": "2031-05-06T07:08:09.5+02:00", "End": true)"), Lines{});
}

TEST(Wait, TellsSecondsFromATimestamp) {
  EXPECT_FALSE(
      std::get<WaitDetails>(read_state_of(R"("Type": "Wait", "SecondsPath": "$.s", "End": true)").details)
          .is_timestamp);
  auto wait =
      std::get<WaitDetails>(read_state_of(R"("Type": "Wait", "TimestampPath": "$.t", "End": true)").details);
  EXPECT_TRUE(wait.is_timestamp);
  EXPECT_EQ(wait.value.field, "TimestampPath");
}

TEST(Wait, APathMustFindOneValue) {
  EXPECT_EQ(
      errors_in(R"("Type": "Wait", "SecondsPath": "seconds", "End": true)"),
      schema("Value is not a Reference Path: Reference path didn't start with '$' at /States/S/SecondsPath"));
  EXPECT_EQ(errors_in(R"("Type": "Wait", "SecondsPath": "$..s", "End": true)").size(), 1u);
}

TEST(Fail, TakesTextOrAPath) {
  EXPECT_EQ(errors_in(R"("Type": "Fail", "Error": "E", "ErrorPath": "$.e", "Cause": "C", "CausePath": "$.c")")
                .size(),
            2u);
  auto failure = std::get<FailDetails>(
      read_state_of(R"x("Type": "Fail", "Error": "E", "CausePath": "States.Format('{}', $.c)")x").details);
  EXPECT_EQ(failure.error->literal, json::Value("E"));
  EXPECT_EQ(failure.cause->field, "CausePath");
}

TEST(Fail, AFunctionThatMakesNoTextIsRefused) {
  EXPECT_EQ(errors_in(R"x("Type": "Fail", "ErrorPath": "States.Array(1, 2)")x").size(), 1u);
}

TEST(Fail, WarnsOfAPathInTheWrongField) {
  Parsed parsed =
      parse_definition(machine(R"("S": {"Type": "Fail", "Cause": "$.reason"})"), MachineType::kStandard);
  EXPECT_EQ(spell(parsed, Severity::kWarning),
            Lines{"NO_PATH: The value looks like a path; a path stands in 'CausePath' at /States/S/Cause"});
}

TEST(Parallel, NeedsBranches) {
  EXPECT_EQ(errors_in(R"("Type": "Parallel", "End": true)"),
            schema("These fields are required: [Branches] at /States/S"));
  EXPECT_EQ(errors_in(R"("Type": "Parallel", "Branches": [5], "End": true)"),
            schema("Expected value of type Object at /States/S/Branches[0]"));
}

TEST(Parallel, ABranchHasNoFieldsOfAMachine) {
  EXPECT_EQ(errors_in(R"("Type": "Parallel", "End": true, "Branches": [
                {"StartAt": "A", "TimeoutSeconds": 9, "States": {"A": {"Type": "Succeed"}}}])"),
            schema("Field 'TimeoutSeconds' is not supported at /States/S/Branches[0]"));
}

}  // namespace
}  // namespace soma::workflow
