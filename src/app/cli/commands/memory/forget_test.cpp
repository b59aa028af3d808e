#include "app/cli/commands/memory/forget.h"

#include <gtest/gtest.h>

namespace soma::cli {
namespace {

TEST(WhatToForget, IsAnActorARecordOrAnEvent) {
  EXPECT_EQ(what_to_forget({.actor = "anna"}).value(), Forgotten::kActor);
  EXPECT_EQ(what_to_forget({.record = "mem-1"}).value(), Forgotten::kRecord);
  EXPECT_EQ(what_to_forget({.actor = "anna", .session = "s", .event = "1#a"}).value(), Forgotten::kEvent);
}

// A session that was meant must not become the whole actor.
TEST(WhatToForget, RefusesASessionAlone) {
  EXPECT_FALSE(what_to_forget({.actor = "anna", .session = "s"}));
}

TEST(WhatToForget, RefusesAnEventWithoutItsSession) {
  EXPECT_FALSE(what_to_forget({.actor = "anna", .event = "1#a"}));
}

TEST(WhatToForget, RefusesTwoThings) {
  EXPECT_FALSE(what_to_forget({.actor = "anna", .record = "mem-1"}));
}

TEST(WhatToForget, RefusesNothing) {
  EXPECT_FALSE(what_to_forget({}));
}

}  // namespace
}  // namespace soma::cli
