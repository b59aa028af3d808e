#include "services/workflow/definition/definition_test_kit.h"

namespace soma::workflow {
namespace {

// The errors of a Choice with this one rule (its Next is added).
Lines errors_in(std::string_view rule) {
  return errors_of(machine(fmt::format(
      R"("Pick": {{"Type": "Choice", "Choices": [{{{}, "Next": "Done"}}], "Default": "Done"}},
         "Done": {{"Type": "Succeed"}})",
      rule)));
}
ChoiceRule read_rule(std::string_view rule, std::string_view more = "") {
  State state = read_first(machine(
      fmt::format(
          R"("Pick": {{"Type": "Choice", "Choices": [{{{}, "Next": "Done"}}]}}, "Done": {{"Type": "Succeed"}})",
          rule),
      more));
  return std::get<ChoiceDetails>(state.details).rules.at(0);
}

TEST(ChoiceRules, ReadsATreeOfTests) {
  auto test = std::get<Comparison>(read_rule(R"("And": [{"Variable": "$.a", "NumericLessThan": 3},
                           {"Not": {"Variable": "$.b", "StringEqualsPath": "$.c"}}])")
                                       .condition);
  ASSERT_EQ(test.kind, Comparison::Kind::kAnd);
  ASSERT_EQ(test.operands.size(), 2u);
  EXPECT_EQ(test.operands[0].operation, "NumericLessThan");
  EXPECT_EQ(test.operands[0].literal, json::Value(3));
  ASSERT_EQ(test.operands[1].kind, Comparison::Kind::kNot);
  EXPECT_EQ(test.operands[1].operands.at(0).operation, "StringEquals");
  EXPECT_EQ(test.operands[1].operands.at(0).other->text(), "$.c");
}

TEST(ChoiceRules, AJsonataRuleHasACondition) {
  auto condition = std::get<query::Template>(
      read_rule(R"("Condition": "{% $states.input.n > 1 %}")", kJsonataMachine).condition);
  EXPECT_EQ(condition.source(), json::Value("{% $states.input.n > 1 %}"));
}

TEST(ChoiceRules, ATestHasOneOperator) {
  EXPECT_EQ(
      errors_in(R"("Variable": "$.a", "IsNull": true, "IsString": true)"),
      Lines{"SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [IsNull, IsString] "
            "at /States/Pick/Choices[0]"});
  EXPECT_EQ(errors_in(R"("Variable": "$.a")"),
            Lines{"SCHEMA_VALIDATION_FAILED: A comparison operator, And, Or or Not is required at "
                  "/States/Pick/Choices[0]"});
}

TEST(ChoiceRules, AnOperatorNeedsItsVariable) {
  EXPECT_EQ(
      errors_in(R"("IsNull": true)"),
      Lines{"SCHEMA_VALIDATION_FAILED: These fields are required: [Variable] at /States/Pick/Choices[0]"});
}

TEST(ChoiceRules, AnOperatorTakesItsOwnType) {
  EXPECT_EQ(errors_in(R"("Variable": "$.a", "NumericEquals": "3")"),
            Lines{"SCHEMA_VALIDATION_FAILED: Expected value of type Number at "
                  "/States/Pick/Choices[0]/NumericEquals"});
  EXPECT_EQ(errors_in(R"("Variable": "$.a", "BooleanEquals": 1)").size(), 1u);
  EXPECT_EQ(errors_in(R"("Variable": "$.a", "StringMatches": ["*"])").size(), 1u);
  EXPECT_EQ(errors_in(R"("Variable": "$.a", "TimestampEquals": "yesterday")").size(), 1u);
}

TEST(ChoiceRules, TheVariableIsAPathToOnePlace) {
  EXPECT_EQ(
      errors_in(R"("Variable": "a", "IsNull": true)"),
      Lines{
          "SCHEMA_VALIDATION_FAILED: Value is not a Reference Path: Reference path didn't start with '$' at "
          "/States/Pick/Choices[0]/Variable"});
  EXPECT_EQ(errors_in(R"x("Variable": "States.UUID()", "IsNull": true)x").size(), 1u);
}

TEST(ChoiceRules, OnlyTheRuleItselfHasANext) {
  EXPECT_EQ(errors_in(R"("Not": {"Variable": "$.a", "IsNull": true, "Next": "Done"})"),
            Lines{"SCHEMA_VALIDATION_FAILED: Field 'Next' is not supported at /States/Pick/Choices[0]/Not"});
}

TEST(ChoiceRules, EveryRuleNeedsANext) {
  EXPECT_EQ(
      errors_of(machine(
          R"("Pick": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true}], "Default": "Done"},
                   "Done": {"Type": "Succeed"})")),
      Lines{"SCHEMA_VALIDATION_FAILED: These fields are required: [Next] at /States/Pick/Choices[0]"});
}

TEST(ChoiceRules, AChoiceNeedsRules) {
  EXPECT_EQ(errors_of(machine(R"("Pick": {"Type": "Choice", "Choices": []})")),
            Lines{"SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/Pick/Choices"});
}

TEST(ChoiceRules, TestsNestToALimit) {
  std::string test = R"("Variable": "$.a", "IsNull": true)";
  for (int i = 0; i < 60; ++i) test = fmt::format(R"("Not": {{{}}})", test);
  ASSERT_EQ(errors_in(test).size(), 1u);
  EXPECT_EQ(errors_in(test).front().substr(0, 18), "TOO_DEEPLY_NESTED:");
}

}  // namespace
}  // namespace soma::workflow
