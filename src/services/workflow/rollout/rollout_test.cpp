#include "services/workflow/rollout/rollout.h"

#include <gtest/gtest.h>

#include <random>

namespace soma::workflow::rollout {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Arm arm_of(uint64_t version, uint64_t succeeded, uint64_t failed, os::Duration each) {
  Arm out{version};
  for (uint64_t i = 0; i < succeeded; ++i) out.add(true, each);
  for (uint64_t i = 0; i < failed; ++i) out.add(false, each);
  return out;
}

TEST(RolloutTest, FishersTestGivesTheTextbooksNumbers) {
  // 1 of 10 against 9 of 10: p = 0.000547 (one-sided), a common example of the test.
  EXPECT_NEAR(fisher_exact(10, 1, 10, 9), 0.000547, 0.000001);
  EXPECT_DOUBLE_EQ(fisher_exact(10, 0, 10, 0), 1.0);
}

TEST(RolloutTest, PercentilesAreByNearestRank) {
  EXPECT_EQ(percentile({}, 0.95), os::Duration(0));
  EXPECT_EQ(percentile({seconds(3), seconds(1), seconds(2)}, 0.5), seconds(2));
  EXPECT_EQ(percentile({seconds(3), seconds(1), seconds(2)}, 0.95), seconds(3));
}

TEST(RolloutTest, HoldsUntilEnoughHaveEnded) {
  const Decision decision =
      decide({}, 10, minutes(60), arm_of(1, 100, 0, seconds(1)), arm_of(2, 29, 0, seconds(1)));
  EXPECT_EQ(decision.action, Action::kHold);
  EXPECT_EQ(decision.weight, 10);
}

TEST(RolloutTest, ACanaryGoesFromItsOneStepToAll) {
  const Plan plan{.kind = Kind::kCanary, .step_percent = 5};
  EXPECT_EQ(first_weight(plan), 5);
  const Decision decision =
      decide(plan, 5, minutes(5), arm_of(1, 900, 9, seconds(1)), arm_of(2, 50, 0, seconds(1)));
  EXPECT_EQ(decision.action, Action::kComplete);
  EXPECT_EQ(decision.weight, 100);
}

TEST(RolloutTest, ALinearOneGoesStepByStep) {
  const Plan plan{.kind = Kind::kLinear, .step_percent = 30};
  const Arm before = arm_of(1, 100, 0, seconds(1)), after = arm_of(2, 100, 0, seconds(1));
  EXPECT_EQ(decide(plan, 30, minutes(4), before, after).action, Action::kHold);
  EXPECT_EQ(decide(plan, 30, minutes(5), before, after).weight, 60);
  EXPECT_EQ(decide(plan, 90, minutes(5), before, after).action, Action::kComplete);
}

TEST(RolloutTest, MoreFailuresThanChanceExplainsRollBack) {
  const Decision decision =
      decide({}, 10, seconds(1), arm_of(1, 300, 3, seconds(1)), arm_of(2, 24, 6, seconds(1)));
  EXPECT_EQ(decision.action, Action::kRollBack);
  EXPECT_EQ(decision.weight, 0);
  EXPECT_NE(decision.reason.find("6 of 30"), std::string::npos) << decision.reason;
}

TEST(RolloutTest, ASlowerVersionRollsBackUnlessTheDifferenceIsNoise) {
  const Arm before = arm_of(1, 100, 0, milliseconds(200));
  EXPECT_EQ(decide({}, 10, minutes(5), before, arm_of(2, 100, 0, milliseconds(400))).action,
            Action::kRollBack);
  const Arm quick = arm_of(1, 100, 0, milliseconds(2));
  EXPECT_EQ(decide({}, 10, minutes(5), quick, arm_of(2, 100, 0, milliseconds(50))).action, Action::kComplete);
}

// One start after the other, each arm by its weight, looked at after every end.
struct Outcome {
  Action last = Action::kHold;
  size_t starts = 0;
};
Outcome simulate(uint64_t seed, double old_failures, double new_failures) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> share(0, 1);
  const Plan plan{.kind = Kind::kLinear, .step_percent = 20};
  Arm before{1}, after{2};
  int64_t weight = first_weight(plan);
  os::Duration since{};
  Outcome out;
  while (out.starts < 20'000) {
    ++out.starts;
    since += seconds(2);
    const bool newer = share(random) * 100 < static_cast<double>(weight);
    (newer ? after : before).add(share(random) >= (newer ? new_failures : old_failures), seconds(1));
    const Decision decision = decide(plan, weight, since, before, after);
    out.last = decision.action;
    if (decision.action == Action::kComplete || decision.action == Action::kRollBack) return out;
    if (decision.action == Action::kAdvance) since = {};
    weight = decision.weight;
  }
  return out;
}

TEST(RolloutTest, AVersionThatFailsOneInFiveRollsBackWithinAThousandStarts) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    const Outcome outcome = simulate(seed, 0.0, 0.2);
    EXPECT_EQ(outcome.last, Action::kRollBack) << "seed " << seed;
    EXPECT_LE(outcome.starts, 1'000u) << "seed " << seed;
  }
}

TEST(RolloutTest, AVersionAsGoodAsTheOldOneReachesAll) {
  size_t completed = 0;
  for (uint64_t seed = 1; seed <= 100; ++seed)
    completed += simulate(seed, 0.0, 0.0).last == Action::kComplete;
  EXPECT_EQ(completed, 100u);
}

TEST(RolloutTest, APlanReadsBackWhatItWritesAndRefusesWhatItDoesNotKnow) {
  const auto plan = json::parse(R"({"type": "LINEAR", "percentage": 20, "intervalSeconds": 60, "minEnded": 5,
      "significance": 0.05, "maxP95Ratio": 2, "p95SlackMs": 10})")
                        .value();
  EXPECT_EQ(to_json(read_plan(plan).value()), plan);
  EXPECT_FALSE(read_plan(json::parse(R"({"type": "LINEAR", "percent": 20})").value()));
  EXPECT_FALSE(read_plan(json::parse(R"({"type": "BLUE_GREEN"})").value()));
}

}  // namespace
}  // namespace soma::workflow::rollout
