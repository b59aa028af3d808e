#include "services/workflow/definition/definition_test_kit.h"

namespace soma::workflow {
namespace {

std::string task(std::string_view fields) {
  return machine(fmt::format(
      R"("Work": {{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true, {}}},
         "Mend": {{"Type": "Succeed"}})",
      fields));
}
// Without what has nothing to do with the handlers: Mend is reached only where a catcher names it.
Lines errors_in(std::string_view fields) {
  Lines lines = errors_of(task(fields));
  std::erase_if(lines,
                [](const std::string& line) { return line.find("not reachable") != std::string::npos; });
  return lines;
}
State read_task(std::string_view fields) {
  return read_first(task(fmt::format(R"({}, "Comment": "")", fields)));
}

constexpr std::string_view kCatchAll = R"("Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Mend"}])";

TEST(Retry, HasTheLanguagesDefaults) {
  Retrier retrier =
      read_task(fmt::format(R"("Retry": [{{"ErrorEquals": ["Busy"]}}], {})", kCatchAll)).retry.at(0);
  EXPECT_EQ(retrier.interval_seconds, 1);
  EXPECT_EQ(retrier.max_attempts, 3);
  EXPECT_EQ(retrier.backoff_rate, 2.0);
  EXPECT_FALSE(retrier.max_delay_seconds);
  EXPECT_FALSE(retrier.full_jitter);
}

TEST(Retry, ReadsEveryField) {
  Retrier retrier = read_task(fmt::format(R"("Retry": [{{"ErrorEquals": ["A", "B"], "IntervalSeconds": 2,
      "MaxAttempts": 0, "BackoffRate": 1.5, "MaxDelaySeconds": 9, "JitterStrategy": "FULL"}}], {})",
                                          kCatchAll))
                        .retry.at(0);
  EXPECT_EQ(retrier.error_equals, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(retrier.interval_seconds, 2);
  EXPECT_EQ(retrier.max_attempts, 0);
  EXPECT_EQ(retrier.backoff_rate, 1.5);
  EXPECT_EQ(retrier.max_delay_seconds, 9);
  EXPECT_TRUE(retrier.full_jitter);
}

TEST(Retry, MayBeEmpty) {
  EXPECT_EQ(errors_in(R"("Retry": [], "Catch": [])"), Lines{});
}

TEST(Retry, BoundsItsNumbers) {
  EXPECT_EQ(errors_in(R"("Retry": [{"ErrorEquals": ["A"], "MaxAttempts": -1, "BackoffRate": 0.5}])"),
            (Lines{"SCHEMA_VALIDATION_FAILED: Minimum value is 0 at /States/Work/Retry[0]/MaxAttempts",
                   "SCHEMA_VALIDATION_FAILED: Minimum value is 1.0 at /States/Work/Retry[0]/BackoffRate"}));
}

TEST(Retry, NamesErrors) {
  EXPECT_EQ(
      errors_in(R"("Retry": [{"ErrorEquals": []}, {"ErrorEquals": [5]}, {}])"),
      (Lines{"SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/Work/Retry[0]/ErrorEquals",
             "SCHEMA_VALIDATION_FAILED: Expected value of type String at "
             "/States/Work/Retry[1]/ErrorEquals[0]",
             "SCHEMA_VALIDATION_FAILED: These fields are required: [ErrorEquals] at /States/Work/Retry[2]"}));
}

TEST(Retry, AllErrorsStandAloneAndLast) {
  EXPECT_EQ(errors_in(R"("Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["A", "States.ALL"]}])"),
            (Lines{"SCHEMA_VALIDATION_FAILED: Only the last element of the array may have 'States.ALL' in "
                   "'ErrorEquals' at /States/Work/Retry[0]",
                   "SCHEMA_VALIDATION_FAILED: 'States.ALL' must appear alone in 'ErrorEquals' at "
                   "/States/Work/Retry[1]/ErrorEquals"}));
}

TEST(Retry, KnowsItsJitters) {
  EXPECT_EQ(
      errors_in(R"("Retry": [{"ErrorEquals": ["A"], "JitterStrategy": "HALF"}])"),
      Lines{"SCHEMA_VALIDATION_FAILED: The field 'JitterStrategy' should have one of these values: [FULL, "
            "NONE] at /States/Work/Retry[0]/JitterStrategy"});
}

TEST(Catch, ReadsWhereTheErrorGoes) {
  Catcher catcher = read_task(R"("Catch": [{"ErrorEquals": ["A"], "Next": "Mend", "ResultPath": "$.error",
                                            "Assign": {"failed": true}}])")
                        .catchers.at(0);
  EXPECT_EQ(catcher.next, "Mend");
  EXPECT_EQ(catcher.result_path.path->text(), "$.error");
  EXPECT_TRUE(catcher.assign);
}

TEST(Catch, NeedsANext) {
  EXPECT_EQ(errors_in(R"("Catch": [{"ErrorEquals": ["A"]}])"),
            Lines{"SCHEMA_VALIDATION_FAILED: These fields are required: [Next] at /States/Work/Catch[0]"});
}

TEST(Catch, StandsOnlyWhereWorkIsDone) {
  EXPECT_EQ(errors_of(machine(R"("S": {"Type": "Pass", "End": true, "Catch": []})")),
            Lines{"SCHEMA_VALIDATION_FAILED: Field 'Catch' is not supported at /States/S"});
}

}  // namespace
}  // namespace soma::workflow
