// JSONata in the fields of states, as far as it is looked at when a machine is created.
#include "services/workflow/definition/definition_test_kit.h"

namespace soma::workflow {
namespace {

Lines errors_in(std::string_view states) {
  return errors_of(machine(states, kJsonataMachine));
}
Lines errors_of_output(std::string_view output) {
  return errors_in(fmt::format(R"("S": {{"Type": "Pass", "Output": {}, "End": true}})", output));
}

TEST(JsonataFields, MustParse) {
  EXPECT_EQ(errors_of_output(R"({"a": ["{% 1 + %}"]})"),
            Lines{"INVALID_JSONATA_EXPRESSION: Unexpected end of expression at /States/S/Output/a[0]"});
}

TEST(JsonataFields, NeedBothDelimiters) {
  for (std::string_view wrong : {"{% 1", "1 %}", "{%}"}) {
    EXPECT_EQ(
        errors_of_output(fmt::format(R"("{}")", wrong)),
        Lines{"INVALID_JSONATA_EXPRESSION: A JSONata expression must start with '{%' and end with '%}' at "
              "/States/S/Output"});
  }
}

TEST(JsonataFields, HaveNoInputOfTheirOwn) {
  ASSERT_EQ(errors_of_output(R"("{% phone %}")").size(), 1u);
  EXPECT_EQ(errors_of_output(R"("{% phone %}")").front().substr(0, 31), "UNSUPPORTED_JSONATA_EXPRESSION:");
  EXPECT_EQ(errors_of_output(R"("{% $$.a %}")").size(), 1u);
}

TEST(JsonataFields, HaveAResultOnlyAfterWork) {
  EXPECT_EQ(
      errors_of_output(R"("{% $states.result %}")"),
      Lines{
          "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$states.result' is not supported in this field. at "
          "/States/S/Output"});
  EXPECT_EQ(
      errors_in(R"("S": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
                               "Arguments": {"in": "{% $states.result %}"}, "Output": "{% $states.result %}"})"),
      Lines{
          "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$states.result' is not supported in this field. at "
          "/States/S/Arguments/in"});
}

TEST(JsonataFields, HaveAnErrorOnlyInACatch) {
  EXPECT_EQ(
      errors_in(R"("S": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
                               "Output": "{% $states.errorOutput %}",
                               "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done",
                                          "Output": "{% $states.errorOutput.Cause %}",
                                          "Assign": {"why": "{% $states.errorOutput %}"}}]},
                         "Done": {"Type": "Succeed"})"),
      Lines{"UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$states.errorOutput' is not supported in this "
            "field. at /States/S/Output"});
}

TEST(JsonataFields, MayTakeAllOfStates) {
  EXPECT_EQ(errors_of_output(R"("{% $states %}")"), Lines{});
}

TEST(JsonataFields, ANumberMayBeComputed) {
  EXPECT_EQ(errors_in(R"("S": {"Type": "Wait", "Seconds": "{% 2 + 3 %}", "End": true})"), Lines{});
  EXPECT_EQ(errors_in(R"("S": {"Type": "Wait", "Seconds": "five", "End": true})"),
            Lines{"SCHEMA_VALIDATION_FAILED: Expected value of type Integer or a JSONata expression at "
                  "/States/S/Seconds"});
}

TEST(JsonataFields, PlainTextStaysText) {
  State state = read_first(
      machine(R"("S": {"Type": "Fail", "Error": "Broken", "Cause": "{% 'because' %}"})", kJsonataMachine));
  const auto& failure = std::get<FailDetails>(state.details);
  EXPECT_EQ(failure.error->literal, json::Value("Broken"));
  EXPECT_TRUE(failure.cause->expression);
}

}  // namespace
}  // namespace soma::workflow
