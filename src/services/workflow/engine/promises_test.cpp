#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/workflow/engine/engine_test_kit.h"

namespace soma::workflow::engine {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kTwoPasses =
    R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","End":true}}})";

// Refuses values without a member.
Promises::Check needs(std::string member) {
  return [member = std::move(member)](const json::Value& value) -> std::optional<Refusal> {
    if (value.has(member)) return std::nullopt;
    return Refusal{"Broken", "no " + member};
  };
}

StartInfo promising(Promises promises) {
  StartInfo start = start_info();
  start.promises = std::move(promises);
  return start;
}

TEST(Promises, ARefusedInputFailsTheExecutionBeforeItsFirstState) {
  Play play(kTwoPasses, promising({.input = needs("a")}));
  play.begin();
  EXPECT_THAT(play.types(), ElementsAre("ExecutionStarted", "ExecutionFailed"));
  EXPECT_EQ(play.error(), "Broken");
  EXPECT_EQ(play.cause(), "no a");
}

TEST(Promises, ARefusedInputIsRefusedToARedriveToo) {
  Play play(kTwoPasses, promising({.input = needs("a")}));
  play.begin();
  play.restart();
  const auto redriven = play.execution().apply(Redrive{}, play.clock().now());
  ASSERT_FALSE(redriven);
  EXPECT_EQ(redriven.error().code, os::Code::kFailedPrecondition);
}

TEST(Promises, ARefusedOutputFailsTheExecutionAfterItsLastState) {
  Play play(kTwoPasses, promising({.output = needs("a")}));
  play.begin(R"({"b": 1})");
  EXPECT_THAT(play.types(), ElementsAre("ExecutionStarted", "PassStateEntered", "PassStateExited",
                                        "PassStateEntered", "PassStateExited", "ExecutionFailed"));
  EXPECT_EQ(play.error(), "Broken");
}

TEST(Promises, ARedriveTriesTheLastStateAgain) {
  Play play(
      R"({"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","End":true}}})",
      promising({.output = needs("a")}));
  play.begin();
  play.succeed(play.scheduled().back().task, R"({"b": 1})");
  EXPECT_EQ(play.execution().status(), Status::kFailed);
  play.restart();
  play.tell(Redrive{});
  play.succeed(play.scheduled().back().task, R"({"a": 1})");
  EXPECT_EQ(play.execution().status(), Status::kSucceeded);
}

TEST(Promises, WhatKeepsThemRunsAsEver) {
  Play play(kTwoPasses, promising({.input = needs("a"), .output = needs("a")}));
  play.begin(R"({"a": 1})");
  EXPECT_EQ(play.output(), R"({"a": 1})");
}

TEST(Promises, TheirTimeBoundsTheDefinitionsOwn) {
  constexpr std::string_view kWait =
      R"({"StartAt":"W","TimeoutSeconds":50,"States":{"W":{"Type":"Wait","Seconds":600,"End":true}}})";
  Play shorter(kWait, promising({.timeout_seconds = 5}));
  shorter.begin();
  EXPECT_EQ(shorter.execution().wake(), shorter.clock().now() + std::chrono::seconds(5));
  Play longer(kWait, promising({.timeout_seconds = 500}));
  longer.begin();
  EXPECT_EQ(longer.execution().wake(), longer.clock().now() + std::chrono::seconds(50));
}

}  // namespace
}  // namespace soma::workflow::engine
