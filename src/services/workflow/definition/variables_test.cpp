#include "services/workflow/definition/definition_test_kit.h"

namespace soma::workflow {
namespace {

using Listing = std::vector<std::pair<std::string, std::vector<std::string>>>;

Lines errors_in(std::string_view assign, std::string_view more = "") {
  return errors_of(
      machine(fmt::format(R"("S": {{"Type": "Pass", "End": true, "Assign": {}}})", assign), more));
}

TEST(Variables, HaveNamesThatAnExpressionCanSpell) {
  EXPECT_EQ(errors_in(R"({"total": 1, "größe": 2, "_x9.$": "$.x"})"), Lines{});
  for (std::string_view wrong : {"9lives", "two words", "a-b", "a.b", ""}) {
    EXPECT_EQ(errors_in(fmt::format(R"({{"{}": 1}})", wrong)).size(), 1u) << wrong;
  }
}

TEST(Variables, MayNotTakeTheReservedName) {
  EXPECT_EQ(
      errors_in(R"({"states": 1})"),
      Lines{"SCHEMA_VALIDATION_FAILED: The variable name 'states' is reserved at /States/S/Assign/states"});
}

TEST(Variables, NamesHaveALimit) {
  EXPECT_EQ(errors_in(fmt::format(R"({{"{}": 1}})", std::string(kMaxVariableNameCharacters, 'v'))), Lines{});
  EXPECT_EQ(errors_in(fmt::format(R"({{"{}": 1}})", std::string(kMaxVariableNameCharacters + 1, 'v'))).size(),
            1u);
}

TEST(Variables, AreAssignedByName) {
  EXPECT_EQ(errors_in(R"("{% {'a': 1} %}")", kJsonataMachine),
            Lines{"SCHEMA_VALIDATION_FAILED: Expected value of type Object at /States/S/Assign"});
}

TEST(Variables, ABranchMayNotAssignAnOuterOne) {
  EXPECT_EQ(
      errors_of(machine(R"("Set": {"Type": "Pass", "Assign": {"total": 0}, "Next": "Both"},
                "Both": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "In", "States": {
                  "In": {"Type": "Pass", "Assign": {"total.$": "$.t", "own": 1}, "End": true}}}]})")),
      Lines{"SCHEMA_VALIDATION_FAILED: The variable 'total' is assigned in an outer scope; a branch or an "
            "iteration may read it but not assign it at "
            "/States/Both/Branches[0]/States/In/Assign/total.$"});
}

TEST(Variables, WhatAParallelAssignsItAssignsAfterItsBranches) {
  EXPECT_EQ(
      errors_of(machine(R"("Both": {"Type": "Parallel", "End": true, "Assign": {"total": 1}, "Branches": [
                {"StartAt": "In", "States": {"In": {"Type": "Pass", "Assign": {"total": 2}, "End": true}}}]})")),
      Lines{});
}

TEST(Variables, SiblingBranchesHaveTheirOwn) {
  EXPECT_EQ(errors_of(machine(R"("Both": {"Type": "Parallel", "End": true, "Branches": [
                {"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"v": 1}, "End": true}}},
                {"StartAt": "B", "States": {"B": {"Type": "Pass", "Assign": {"v": 2}, "End": true}}}]})")),
            Lines{});
}

TEST(Variables, ADistributedIterationSeesNoneOutside) {
  EXPECT_EQ(errors_of(machine(R"("Set": {"Type": "Pass", "Assign": {"v": 0}, "Next": "All"},
                "All": {"Type": "Map", "End": true, "ItemProcessor": {
                  "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                  "StartAt": "In", "States": {"In": {"Type": "Pass", "Assign": {"v": 1}, "End": true}}}})")),
            Lines{});
}

TEST(VariableReferences, NamesWhatEachStateReads) {
  Definition definition = read(machine(
      R"x("Set": {"Type": "Pass", "Assign": {"b": 1, "a": 2}, "Next": "Use"},
         "Use": {"Type": "Pass", "InputPath": "$b", "Assign": {"c.$": "States.MathAdd($a, $b)"}, "Next": "Pick"},
         "Pick": {"Type": "Choice", "Choices": [{"Not": {"Variable": "$c.deep", "NumericEqualsPath": "$a"},
                  "Next": "All"}], "Default": "All"},
         "All": {"Type": "Map", "ItemsPath": "$list", "MaxConcurrencyPath": "$width", "End": true, "ItemProcessor": {
           "StartAt": "In", "States": {"In": {"Type": "Wait", "SecondsPath": "$pause", "End": true}}}})x"));
  EXPECT_EQ(
      variable_references(definition),
      (Listing{{"Use", {"a", "b"}}, {"Pick", {"a", "c"}}, {"All", {"list", "width"}}, {"In", {"pause"}}}));
}

TEST(VariableReferences, OfJsonataAreItsVariablesWithoutFunctionsAndStates) {
  Definition definition = read(machine(
      R"("S": {"Type": "Pass", "Output": "{% $sum($prices) + $states.input.fee + ($own := 1; $own) %}", "End": true})",
      kJsonataMachine));
  EXPECT_EQ(variable_references(definition), (Listing{{"S", {"prices"}}}));
}

}  // namespace
}  // namespace soma::workflow
