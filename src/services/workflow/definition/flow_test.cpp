// Where states lead, and how deep they nest.
#include "services/workflow/definition/definition_test_kit.h"

namespace soma::workflow {
namespace {

TEST(Flow, NamesAMissingTargetWhereverItStands) {
  EXPECT_EQ(errors_of(machine(
                R"("Work": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "Pick",
                            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Gone1"}]},
                   "Pick": {"Type": "Choice", "Default": "Gone2",
                            "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "Gone3"}]},
                   "Done": {"Type": "Succeed"})")),
            (Lines{"MISSING_TRANSITION_TARGET: Missing 'Next' target: Gone1 at /States/Work/Catch[0]/Next",
                   "MISSING_TRANSITION_TARGET: Missing 'Next' target: Gone3 at /States/Pick/Choices[0]/Next",
                   "MISSING_TRANSITION_TARGET: Missing 'Next' target: Gone2 at /States/Pick/Default",
                   "MISSING_TRANSITION_TARGET: State \"Done\" is not reachable. at /States/Done"}));
}

TEST(Flow, SaysWhenItBeginsNowhere) {
  EXPECT_EQ(errors_of(R"({"StartAt": "Nowhere", "States": {"A": {"Type": "Succeed"}}})"),
            (Lines{"MISSING_TRANSITION_TARGET: Missing 'Next' target: Nowhere at /StartAt",
                   "MISSING_TRANSITION_TARGET: State \"A\" is not reachable. at /States/A"}));
}

TEST(Flow, ALoopThatCannotEndIsOneError) {
  EXPECT_EQ(errors_of(machine(R"("A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"},
                                 "C": {"Type": "Pass", "Next": "A"})")),
            Lines{"MISSING_END_STATE: Workflow has no terminal state at "});
}

TEST(Flow, AStateMayLoopWhenAnotherEnds) {
  EXPECT_EQ(errors_of(machine(R"("Ask": {"Type": "Choice", "Default": "Sleep",
                                    "Choices": [{"Variable": "$.ready", "BooleanEquals": true, "Next": "Done"}]},
                                 "Sleep": {"Type": "Wait", "Seconds": 5, "Next": "Ask"},
                                 "Done": {"Type": "Succeed"})")),
            Lines{});
}

TEST(Flow, ABranchDoesNotSeeTheStatesAroundIt) {
  EXPECT_EQ(
      errors_of(machine(R"("Both": {"Type": "Parallel", "Next": "After", "Branches": [
                {"StartAt": "In", "States": {"In": {"Type": "Pass", "Next": "After"}, "Out": {"Type": "Fail"}}}]},
              "After": {"Type": "Succeed"})"))
          .front(),
      "MISSING_TRANSITION_TARGET: Missing 'Next' target: After at /States/Both/Branches[0]/States/In/Next");
}

TEST(Flow, LeadsNowhereUntilItsFieldsAreRight) {
  EXPECT_EQ(errors_of(machine(R"("A": {"Type": "Pass", "Next": "Nowhere", "Surplus": true})")),
            Lines{"SCHEMA_VALIDATION_FAILED: Field 'Surplus' is not supported at /States/A"});
}

TEST(Flow, StatesHaveOneNextOrAnEnd) {
  EXPECT_EQ(
      errors_of(machine(R"("A": {"Type": "Pass", "Next": "B", "End": true}, "B": {"Type": "Pass"})")),
      (Lines{"SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [Next, End] at "
             "/States/A",
             "SCHEMA_VALIDATION_FAILED: One of the following fields is required: [Next, End] at /States/B"}));
}

TEST(Flow, NamesAreUniqueInTheWholeMachine) {
  EXPECT_EQ(
      errors_of(machine(R"("Same": {"Type": "Parallel", "End": true, "Branches": [
                {"StartAt": "Same", "States": {"Same": {"Type": "Succeed"}}}]})")),
      Lines{"DUPLICATE_STATE_NAME: Duplicate State name: Same at /States/Same/Branches[0]/States/Same"});
}

TEST(Flow, NamesAreCountedInCharacters) {
  std::string longest;
  for (size_t i = 0; i < kMaxStateNameCharacters; ++i) longest += "é";
  EXPECT_EQ(errors_of(machine(fmt::format(R"("{}": {{"Type": "Succeed"}})", longest))), Lines{});
  EXPECT_EQ(errors_of(machine(fmt::format(R"("{}!": {{"Type": "Succeed"}})", longest))).size(), 1u);
}

TEST(Flow, NestsToTheLimit) {
  auto nested = [](size_t levels) {
    std::string flow = R"({"StartAt": "S0", "States": {"S0": {"Type": "Succeed"}}})";
    for (size_t i = 1; i <= levels; ++i) {
      flow = fmt::format(
          R"({{"StartAt": "S{0}", "States": {{"S{0}": {{"Type": "Parallel", "End": true, "Branches": [{1}]}}}}}})",
          i, flow);
    }
    return errors_of(flow);
  };
  EXPECT_EQ(nested(kMaxStateNesting), Lines{});
  ASSERT_EQ(nested(kMaxStateNesting + 1).size(), 1u);
  EXPECT_EQ(nested(kMaxStateNesting + 1).front().substr(0, 18), "TOO_DEEPLY_NESTED:");
}

}  // namespace
}  // namespace soma::workflow
