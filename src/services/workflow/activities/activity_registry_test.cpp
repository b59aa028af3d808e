#include "services/workflow/activities/activity_registry.h"

#include <gtest/gtest.h>

#include "base/journal/journal_test_kit.h"
#include "services/workflow/names.h"

namespace soma::workflow {
namespace {

class ActivitiesTest : public testing::Test {
 protected:
  ActivitiesTest() { open(); }
  void open() {
    auto opened = Activities::open(disk_.journal());
    ASSERT_TRUE(opened) << opened.error().to_string();
    activities_ = std::move(*opened);
  }
  void restart() {
    activities_.reset();
    disk_.reopen();
    open();
  }

  journal::JournalOnDisk disk_;
  std::unique_ptr<Activities> activities_;
};

TEST_F(ActivitiesTest, CreatingOneAgainAnswersTheFirst) {
  const auto first = net::run(activities_->create("a", {{"k", "v"}}));
  ASSERT_TRUE(first);
  disk_.clock().advance(std::chrono::seconds(1));
  const auto again = net::run(activities_->create("a", {}));
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->created, (*first)->created);
  EXPECT_EQ((*again)->tags.size(), 1U);
}

TEST_F(ActivitiesTest, OneThatWasDeletedStaysAwayAfterARestart) {
  ASSERT_TRUE(net::run(activities_->create("a", {})));
  ASSERT_TRUE(net::run(activities_->remove(activity_arn("a"))));
  ASSERT_TRUE(net::run(activities_->remove(activity_arn("a"))));
  restart();
  const auto gone = activities_->get(activity_arn("a"));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().message, "Activity Does Not Exist: '" + activity_arn("a") + "'");
  EXPECT_TRUE(net::run(activities_->create("a", {})));
}

TEST_F(ActivitiesTest, NamesWithForbiddenCharactersAreRefused) {
  for (const char* name : {"a b", "a/b", "a:b", "a<", "a*", "a\"b", "a\x1f", "a\x7f", "a\xC2\x80"}) {
    const auto refused = net::run(activities_->create(name, {}));
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().message, std::string("Invalid Name: '") + name + "'");
  }
  EXPECT_TRUE(net::run(activities_->create("a.b-c_9\xC3\xA9", {})));
}

TEST_F(ActivitiesTest, WhatIsNoArnIsNamed) {
  EXPECT_EQ(activities_->get("nothing").error().message, "Invalid Arn: 'Invalid ARN prefix: nothing'");
  EXPECT_EQ(activities_->get(machine_arn("a")).error().message,
            "Invalid Arn: 'Resource type not valid in this context: stateMachine'");
}

}  // namespace
}  // namespace soma::workflow
