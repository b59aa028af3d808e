#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/journal/journal_test_kit.h"

namespace soma::journal {
namespace {

using os::Code;
using std::chrono::seconds;
using testing::HasSubstr;

class LeaseTest : public testing::Test, public JournalOnDisk {
 protected:
  LeaseTest() { EXPECT_TRUE(create("r")); }
  os::Result<Lease> take(std::string owner, os::Duration length = seconds(10)) {
    return net::run(journal().lease("r", std::move(owner), length));
  }
  os::Result<Lease> renew(Lease lease) { return net::run(journal().renew(std::move(lease), seconds(10))); }
  os::Result<> release(Lease lease) { return net::run(journal().release(std::move(lease))); }
};

TEST_F(LeaseTest, OneOwnerAtATime) {
  const auto first = take("ada");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->until, clock().now() + seconds(10));
  const auto second = take("bob");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kConflict);
  EXPECT_THAT(second.error().message, HasSubstr("ada"));
}

TEST_F(LeaseTest, AnEndedLeaseGoesToTheNextOwnerWithAGreaterFence) {
  const auto first = take("ada");
  clock().advance(seconds(10));
  const auto second = take("bob");
  ASSERT_TRUE(second);
  EXPECT_GT(second->fence, first->fence);
  EXPECT_EQ(renew(*first).error().code, Code::kConflict);
  EXPECT_EQ(release(*first).error().code, Code::kConflict);
}

TEST_F(LeaseTest, RenewingKeepsOthersOut) {
  auto lease = take("ada");
  for (int round = 0; round < 5; ++round) {
    clock().advance(seconds(8));
    lease = renew(*lease);
    ASSERT_TRUE(lease);
    EXPECT_FALSE(take("bob"));
  }
}

TEST_F(LeaseTest, AReleasedLeaseIsFreeAtOnceAndItsFenceIsSpent) {
  const auto first = take("ada");
  ASSERT_TRUE(release(*first));
  const auto second = take("bob");
  ASSERT_TRUE(second);
  EXPECT_GT(second->fence, first->fence);
}

TEST_F(LeaseTest, TakingAgainByTheSameOwnerFencesItsOlderSelf) {
  const auto before = take("ada");
  reopen();
  const auto after = take("ada");
  ASSERT_TRUE(after);
  EXPECT_GT(after->fence, before->fence);
  EXPECT_FALSE(append("r", 0, {{"a", "1"}}, {.fence = before->fence}));
  EXPECT_TRUE(append("r", 0, {{"a", "1"}}, {.fence = after->fence}));
}

TEST_F(LeaseTest, AnOldOwnersAppendIsRefused) {
  const auto first = take("ada");
  ASSERT_TRUE(append("r", 0, {{"a", "1"}}, {.fence = first->fence}));
  clock().advance(seconds(11));
  const auto second = take("bob");
  const auto refused = append("r", 1, {{"b", "2"}}, {.fence = first->fence});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("newer owner"));
  EXPECT_TRUE(append("r", 1, {{"c", "3"}}, {.fence = second->fence}));
  EXPECT_TRUE(append("r", 2, {{"d", "4"}}));  // an append without a fence is not held to any
}

TEST_F(LeaseTest, ALeaseSurvivesReopening) {
  const auto first = take("ada");
  reopen();
  EXPECT_FALSE(take("bob"));
  EXPECT_TRUE(renew(*first));
}

TEST_F(LeaseTest, OnlyARunThatExistsCanBeLeased) {
  EXPECT_EQ(net::run(journal().lease("none", "ada", seconds(1))).error().code, Code::kNotFound);
  EXPECT_EQ(net::run(journal().lease("r", "", seconds(1))).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace soma::journal
