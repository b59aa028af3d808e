#include "services/workflow/map_runs/map_run_state.h"

#include <gtest/gtest.h>

namespace soma::workflow {
namespace {

using engine::Status;

class MapRunStates : public testing::Test {
 protected:
  void begin(bool batched = false, json::Value limits = json::Object{}) {
    MapRunStart start{.arn = "arn", .execution_arn = "e", .machine_arn = "m", .batched = batched};
    start.limits.update(limits);
    tell(write_map_run_start(start));
    tell(write_map_run_reading());
  }
  void tell(journal::NewEvent event) {
    const auto told =
        state_.apply({++seq_, os::from_unix_ms(static_cast<int64_t>(seq_)), event.type, event.body});
    ASSERT_TRUE(told) << told.error().to_string();
  }
  void read(size_t items, uint64_t in_each = 1, bool in_batch = false) {
    for (size_t item = 0; item < items; ++item)
      tell(write_map_run_item({.input = "1", .items = in_each, .in_batch = in_batch}));
    tell(write_map_run_read());
  }
  void result(uint64_t index, Status status) { tell(write_child_result({.index = index, .status = status})); }
  uint64_t executions(ChildStatus status) const { return state_.view().executions.of(status); }

  uint64_t seq_ = 0;
  MapRunState state_;
};

TEST_F(MapRunStates, ChildrenArePendingUntilTheyEnd) {
  begin();
  read(3);
  EXPECT_EQ(executions(ChildStatus::kPending), 3u);
  result(1, Status::kTimedOut);
  EXPECT_EQ(executions(ChildStatus::kPending), 2u);
  EXPECT_EQ(executions(ChildStatus::kTimedOut), 1u);
  EXPECT_FALSE(state_.all_ended());
  result(0, Status::kSucceeded);
  result(2, Status::kAborted);
  EXPECT_TRUE(state_.all_ended());
  EXPECT_EQ(state_.view().executions.total(), 3u);
}

TEST_F(MapRunStates, WhatWasReadBeforeItIsReadAgainDoesNotCount) {
  begin();
  tell(write_map_run_item({.input = "1"}));
  tell(write_map_run_reading());
  read(2);
  EXPECT_EQ(state_.children(), 2u);
  EXPECT_EQ(state_.input_seq(0), 5u);
}

TEST_F(MapRunStates, ABatchCountsAsManyItems) {
  begin(true);
  read(2, 5, true);
  result(0, Status::kFailed);
  EXPECT_EQ(state_.view().items.of(ChildStatus::kFailed), 5u);
  EXPECT_EQ(state_.view().items.total(), 10u);
  EXPECT_EQ(state_.view().executions.total(), 2u);
}

TEST_F(MapRunStates, WithoutLimitsNoFailureIsTolerated) {
  begin();
  read(2);
  EXPECT_FALSE(state_.breached());
  result(0, Status::kAborted);
  EXPECT_FALSE(state_.breached()) << "it did not fail";
  result(1, Status::kFailed);
  EXPECT_TRUE(state_.breached());
}

TEST_F(MapRunStates, EitherLimitIsEnough) {
  begin(false, json::object({{"toleratedFailureCount", 1}, {"toleratedFailurePercentage", 60}}));
  read(3);
  result(0, Status::kFailed);
  EXPECT_FALSE(state_.breached());
  result(1, Status::kTimedOut);
  EXPECT_TRUE(state_.breached());
  tell(write_map_run_limits(json::object({{"mapRunArn", "arn"}, {"toleratedFailureCount", 3}})));
  EXPECT_TRUE(state_.breached()) << "two of three are more than 60 percent";
  tell(write_map_run_limits(json::object({{"toleratedFailurePercentage", 100}})));
  EXPECT_FALSE(state_.breached());
}

TEST_F(MapRunStates, ARedriveMakesWhatDidNotSucceedPending) {
  begin();
  read(3);
  result(0, Status::kSucceeded);
  result(1, Status::kFailed);
  tell(write_map_run_end({.status = Status::kFailed, .error = "E"}, state_.view()));
  EXPECT_EQ(state_.view().executions.results_written, 2u);
  tell(write_map_run_redriven(2));
  EXPECT_FALSE(state_.end());
  EXPECT_EQ(state_.redrives(), 1u);
  EXPECT_EQ(executions(ChildStatus::kSucceeded), 1u);
  EXPECT_EQ(executions(ChildStatus::kPending), 2u);
  EXPECT_EQ(state_.view().executions.pending_redrive, 1u);
  EXPECT_EQ(state_.view().executions.results_written, 0u);
  EXPECT_NE(state_.result_seq(1), 0u) << "how it failed is still known";
  result(1, Status::kSucceeded);
  EXPECT_EQ(state_.view().executions.pending_redrive, 0u);
}

TEST_F(MapRunStates, AnotherRunsEventsAreRefused) {
  begin();
  EXPECT_FALSE(state_.apply({seq_ + 2, {}, std::string(map_run_event::kRead), "{}"}));
  EXPECT_FALSE(state_.apply({seq_ + 1, {}, "step", "{}"}));
}

}  // namespace
}  // namespace soma::workflow
