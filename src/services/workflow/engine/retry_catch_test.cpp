#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/workflow/engine/engine_test_kit.h"

namespace soma::workflow::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

std::string with_retry(std::string_view retry, std::string_view more = "") {
  return R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:0:function:f",
             "Retry":)" +
         std::string(retry) + std::string(more) + R"(,"Next":"D"},"D":{"Type":"Pass","End":true}}})";
}

// The seconds between the tries when the task fails with these errors, one after the other.
std::vector<double> delays(Play& play, const std::vector<std::string>& errors) {
  std::vector<double> seconds;
  TaskId task = 0;
  for (const std::string& error : errors) {
    play.fail(++task, error);
    if (play.finished() != nullptr) break;
    const auto before = play.clock().now();
    play.wait_until_due();
    seconds.push_back(std::chrono::duration<double>(play.clock().now() - before).count());
  }
  return seconds;
}

TEST(Retry, DelaysGrowUpToTheirLimitAndTriesEnd) {
  Play play(with_retry(
      R"([{"ErrorEquals":["E"],"IntervalSeconds":2,"BackoffRate":3,"MaxAttempts":4,"MaxDelaySeconds":20}])"));
  play.begin();
  EXPECT_THAT(delays(play, {"E", "E", "E", "E", "E"}), ElementsAre(2, 6, 18, 20));
  EXPECT_EQ(play.error(), "E");
}

TEST(Retry, EachRetrierCountsForItself) {
  Play play(with_retry(R"([{"ErrorEquals":["A"],"MaxAttempts":1,"IntervalSeconds":1},
                           {"ErrorEquals":["States.ALL"],"MaxAttempts":1,"IntervalSeconds":5}])"));
  play.begin();
  EXPECT_THAT(delays(play, {"A", "B", "A"}), ElementsAre(1, 5));
  EXPECT_EQ(play.error(), "A");
}

TEST(Retry, CountsAreForgottenWhenTheStateIsLeft) {
  Play play(R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:0:function:f",
    "Retry":[{"ErrorEquals":["E"],"MaxAttempts":1,"IntervalSeconds":1}],"Next":"T2"},
    "T2":{"Type":"Choice","Choices":[{"Variable":"$.done","IsPresent":true,"Next":"End"}],"Default":"T"},
    "End":{"Type":"Succeed"}}})");
  play.begin();
  play.fail(1, "E");
  play.wait(std::chrono::seconds(1));
  play.succeed(2, "{}");
  play.fail(3, "E");
  EXPECT_EQ(play.finished(), nullptr);
  play.wait(std::chrono::seconds(1));
  play.fail(4, "E");
  EXPECT_EQ(play.error(), "E");
}

TEST(Retry, FullJitterStaysBelowTheDelay) {
  Play play(with_retry(
      R"([{"ErrorEquals":["E"],"IntervalSeconds":100,"BackoffRate":1,"MaxAttempts":8,"JitterStrategy":"FULL"}])"));
  play.begin();
  const auto seconds = delays(play, std::vector<std::string>(8, "E"));
  ASSERT_THAT(seconds, SizeIs(8));
  EXPECT_NE(seconds.front(), seconds.back());
  for (const double delay : seconds) EXPECT_LE(delay, 100.0);
}

TEST(Retry, TheContextCountsTheTries) {
  Play play(with_retry(R"([{"ErrorEquals":["E"],"IntervalSeconds":1}])",
                       R"(,"Parameters":{"n.$":"$$.State.RetryCount"})"));
  play.begin();
  play.fail(1, "E");
  play.wait(std::chrono::seconds(1));
  EXPECT_EQ(play.scheduled().back().parameters.text(), R"({"n":1})");
  EXPECT_EQ(play.scheduled().back().retry_count, 1u);
}

TEST(Catch, TakesTheErrorIntoTheRawInput) {
  Play play(with_retry("[]", R"(,"Catch":[{"ErrorEquals":["E"],"ResultPath":"$.error","Next":"D"}])"));
  play.begin(R"({"a":1})");
  play.fail(1, "E", "why");
  EXPECT_EQ(play.output(), R"({"a":1,"error":{"Error":"E","Cause":"why"}})");
}

TEST(Catch, AssignsInsteadOfTheState) {
  Play play(R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:0:function:f",
    "Assign":{"v":"done"},"Catch":[{"ErrorEquals":["States.TaskFailed"],"Assign":{"v.$":"$.Error"},"Next":"D"}],"Next":"D"},
    "D":{"Type":"Pass","Parameters":{"v.$":"$v"},"End":true}}})");
  play.begin();
  play.fail(1, "E");
  EXPECT_EQ(play.output(), R"({"v":"E"})");
}

TEST(Catch, AnErrorWithoutANameIsCaughtByAll) {
  Play play(with_retry("[]", R"(,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"D"}])"));
  play.begin();
  play.tell(TaskFailed{.task = 1});
  EXPECT_EQ(play.output(), R"({"Error":null,"Cause":null})");
}

TEST(Catch, ATasksOwnRuntimeErrorIsOneLikeOthers) {
  Play play(with_retry("[]", R"(,"Catch":[{"ErrorEquals":["States.Runtime"],"Next":"D"}])"));
  play.begin();
  play.fail(1, "States.Runtime");
  EXPECT_EQ(play.execution().status(), Status::kSucceeded);
}

}  // namespace
}  // namespace soma::workflow::engine
