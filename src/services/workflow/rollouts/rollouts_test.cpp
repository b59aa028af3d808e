#include "services/workflow/rollouts/rollouts.h"
#include "base/os/scratch_directory.h"

#include <fmt/format.h>

#include "services/workflow/executions/executions_test_kit.h"
#include "services/workflow/workflow.h"

namespace soma::workflow {
namespace {

using rollout::Kind;

// Fails where its input says so.
const std::string kFragile = R"({"StartAt":"C","States":{
  "C":{"Type":"Choice","Choices":[{"Variable":"$.bad","BooleanEquals":true,"Next":"F"}],"Default":"S"},
  "F":{"Type":"Fail","Error":"Broken"},"S":{"Type":"Succeed"}}})";
const std::string kStable = R"({"StartAt":"S","States":{"S":{"Type":"Succeed"}}})";

// A machine with a stable version 1 and a version 2, and the alias "live" that leads to version 1.
class RolloutsTest : public testing::Test {
 protected:
  ~RolloutsTest() override { close(); }

  void open(size_t cut_after = SIZE_MAX / 2) {
    close();
    disk_.reopen();
    cut_ = std::make_unique<CutJournal>(disk_.journal());
    loops_ = std::make_unique<net::LoopPool>(2);
    auto opened = Service::open({.clock = disk_.clock(),
                                 .ids = *ids_,
                                 .loops = *loops_,
                                 .journal = *cut_,
                                 .connectors = connectors_,
                                 .objects = objects_});
    ASSERT_TRUE(opened) << opened.error().to_string();
    service_ = std::move(*opened);
    loops_->start();
    cut_->cut_after(cut_after);
    service_->start();
    cut_->start();
  }
  void close() {
    if (service_) service_->stop();
    if (loops_) loops_->stop();
    service_.reset();
    loops_.reset();
    cut_.reset();
  }

  void make(const std::string& second) {
    CreateMachine request{.name = name_, .definition = kStable, .role_arn = "arn:aws:iam::0:role/r"};
    request.publish = true;
    ASSERT_TRUE(net::run(service_->machines().create(std::move(request))));
    UpdateMachine change{.arn = arn(), .definition = second};
    change.publish = true;
    ASSERT_TRUE(net::run(service_->machines().update(std::move(change))));
    AliasRequest alias{.name = "live", .routes = {{{version_arn(arn(), 1), 100}}}};
    ASSERT_TRUE(net::run(service_->machines().create_alias(std::move(alias))));
  }
  Answered<AliasOf> begin(Kind kind, int64_t percent) {
    BeginRollout request{.alias_arn = alias(), .to = 2};
    request.plan.kind = kind;
    request.plan.step_percent = percent;
    request.plan.interval = std::chrono::seconds(60);
    request.plan.min_ended = 10;
    return net::run(service_->rollouts().begin(std::move(request)));
  }
  // The next execution under the alias, to its end; one in five has a bad input. False: it could not be
  // started.
  bool one_more() {
    const uint64_t number = started_++;
    const std::string name = fmt::format("e{}", number);
    auto target = service_->machines().resolve(alias(), name);
    EXPECT_TRUE(target) << target.error().message;
    StartRequest request{
        .target = *target, .name = name, .input = number % 5 == 0 ? R"({"bad":true})" : R"({"bad":false})"};
    return net::run(service_->executions().start_execution(std::move(request))).has_value();
  }
  AliasRollout rollout() {
    const auto found = service_->machines().alias(alias());
    return found && found->alias.rollout ? *found->alias.rollout : AliasRollout{};
  }
  std::vector<Route> routes() { return service_->machines().alias(alias())->alias.routes; }
  // Starts executions until the rollout's weight is another one or it has ended; how many. Decisions are made
  // on another loop: what is ready is waited for.
  size_t start_until_it_moves(size_t most) {
    const AliasRollout before = rollout();
    for (size_t count = 1; count <= most; ++count) {
      one_more();
      const auto seen = service_->rollouts().seen(alias());
      if (!seen || !rollout().stands_as(before)) return count;
    }
    return most + 1;
  }
  bool eventually(const std::function<bool()>& what) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!what()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }
  size_t decisions(std::string_view action) {
    size_t count = 0;
    for (const auto& event : disk_.journal().read("machine/" + name_, 1, 1000).value())
      if (event.type == "machine.rollout.decided")
        count += json::parse(event.body)->get("action").string_or("") == action ? 1 : 0;
    return count;
  }
  std::string arn() const { return machine_arn(name_); }
  std::string alias() const { return alias_arn(arn(), "live"); }

  std::string name_ = "m";
  uint64_t started_ = 0;
  journal::JournalOnDisk disk_;
  std::unique_ptr<os::IdSource> ids_ = os::make_seeded_ids(1, disk_.clock());
  Connectors connectors_;
  os::ScratchDirectory scratch_;
  ObjectFolder objects_{scratch_ / "objects"};
  std::unique_ptr<CutJournal> cut_;
  std::unique_ptr<net::LoopPool> loops_;
  std::unique_ptr<Service> service_;
};

TEST_F(RolloutsTest, AVersionThatFailsOneInFiveGoesBackWithinAFewHundredStarts) {
  open();
  make(kFragile);
  ASSERT_TRUE(begin(Kind::kCanary, 50));
  EXPECT_EQ(routes(), (std::vector<Route>{{1, 50}, {2, 50}}));
  EXPECT_LE(start_until_it_moves(300), 300u);
  EXPECT_EQ(rollout().status, RolloutStatus::kRolledBack) << rollout().reason;
  EXPECT_EQ(routes(), (std::vector<Route>{{1, 100}}));
  EXPECT_GT(rollout().evidence.get("newFailed").int_or(0), 0);
  EXPECT_EQ(rollout().evidence.get("oldFailed").int_or(-1), 0);
}

TEST_F(RolloutsTest, AStableVersionReachesEverything) {
  open();
  make(kStable + " ");
  ASSERT_TRUE(begin(Kind::kLinear, 40));
  std::vector<int64_t> weights;
  while (rollout().running()) {
    const AliasRollout before = rollout();
    weights.push_back(before.weight);
    ASSERT_LT(weights.size(), 5u);
    for (int i = 0; i < 60; ++i) ASSERT_TRUE(one_more());
    EXPECT_TRUE(rollout().stands_as(before)) << "the interval is not over";
    disk_.clock().advance(std::chrono::seconds(60));
    ASSERT_TRUE(eventually([&] { return !rollout().stands_as(before); })) << before.weight;
  }
  EXPECT_EQ(weights, (std::vector<int64_t>{40, 80}));
  EXPECT_EQ(rollout().status, RolloutStatus::kCompleted);
  EXPECT_EQ(routes(), (std::vector<Route>{{2, 100}}));
}

TEST_F(RolloutsTest, WhatWasSeenBeforeARestartCounts) {
  open();
  make(kStable + " ");
  ASSERT_TRUE(begin(Kind::kCanary, 50));
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(one_more());
  const auto before = service_->rollouts().seen(alias());
  ASSERT_TRUE(before);
  EXPECT_EQ(before->old_ended + before->new_ended, 40u);
  open();
  const auto after = service_->rollouts().seen(alias());
  ASSERT_TRUE(after);
  EXPECT_EQ(after->old_ended, before->old_ended);
  EXPECT_EQ(after->new_ended, before->new_ended);
  disk_.clock().advance(std::chrono::seconds(60));
  EXPECT_TRUE(eventually([&] { return rollout().status == RolloutStatus::kCompleted; }));
}

TEST_F(RolloutsTest, AStepThatWasDueWhileSomaWasAwayIsMadeAtItsStart) {
  open();
  make(kStable + " ");
  ASSERT_TRUE(begin(Kind::kCanary, 50));
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(one_more());
  close();
  disk_.clock().advance(std::chrono::hours(1));
  open();
  EXPECT_TRUE(eventually([&] { return rollout().status == RolloutStatus::kCompleted; }));
}

TEST_F(RolloutsTest, OtherRoutesCancelItAndStand) {
  open();
  make(kStable + " ");
  ASSERT_TRUE(begin(Kind::kCanary, 50));
  AliasRequest moved{.arn = alias(), .routes = {{{version_arn(arn(), 1), 70}, {version_arn(arn(), 2), 30}}}};
  ASSERT_TRUE(net::run(service_->machines().update_alias(std::move(moved))));
  EXPECT_EQ(rollout().status, RolloutStatus::kCancelled);
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(one_more());
  disk_.clock().advance(std::chrono::seconds(60));
  EXPECT_TRUE(eventually([&] { return !service_->rollouts().seen(alias()); }))
      << "nobody watches it any more";
  EXPECT_EQ(routes(), (std::vector<Route>{{1, 70}, {2, 30}}));
  EXPECT_EQ(decisions("complete") + decisions("rollback"), 0u);
}

TEST_F(RolloutsTest, CancelledTheOldVersionHasEverythingAgain) {
  open();
  make(kStable + " ");
  ASSERT_TRUE(begin(Kind::kCanary, 50));
  ASSERT_TRUE(net::run(service_->rollouts().cancel(alias())));
  EXPECT_EQ(rollout().status, RolloutStatus::kCancelled);
  EXPECT_EQ(routes(), (std::vector<Route>{{1, 100}}));
  EXPECT_FALSE(net::run(service_->rollouts().cancel(alias()))) << "none runs";
}

TEST_F(RolloutsTest, OneAtATime) {
  open();
  make(kStable + " ");
  ASSERT_TRUE(begin(Kind::kCanary, 50));
  const auto second = begin(Kind::kCanary, 50);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().name, "ConflictException");
}

TEST_F(RolloutsTest, AVersionThatItMayGoBackToIsNotDeleted) {
  open();
  make(kStable + " ");
  ASSERT_TRUE(begin(Kind::kAllAtOnce, 10));
  EXPECT_EQ(routes(), (std::vector<Route>{{2, 100}}));
  const auto refused = net::run(service_->machines().delete_version(version_arn(arn(), 1)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name, "ConflictException");
}

TEST_F(RolloutsTest, AStoppedExecutionSaysNothing) {
  open();
  make(R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":600,"End":true}}})");
  ASSERT_TRUE(begin(Kind::kAllAtOnce, 10));
  ASSERT_TRUE(one_more());
  ASSERT_TRUE(net::run(service_->executions().stop_execution(execution_arn(arn(), "e0"), {}, {})));
  EXPECT_EQ(service_->rollouts().seen(alias())->new_ended, 0u);
}

// The power goes off after each write in turn, among them those of the decision.
TEST_F(RolloutsTest, ItGoesBackOnceWhereverItIsCut) {
  size_t cuts = 0;
  for (size_t writes = 20; writes <= 80; writes += 4) {
    name_ = fmt::format("m{}", writes);
    started_ = 0;
    open();
    make(kFragile);
    ASSERT_TRUE(begin(Kind::kCanary, 50));
    open(writes);
    while (rollout().running() && one_more() && started_ < 400) continue;
    cuts += cut_->was_cut() ? 1 : 0;
    open();
    while (rollout().running() && started_ < 400) one_more();
    EXPECT_EQ(rollout().status, RolloutStatus::kRolledBack) << name_ << ": " << rollout().reason;
    EXPECT_EQ(routes(), (std::vector<Route>{{1, 100}})) << name_;
    EXPECT_EQ(decisions("rollback"), 1u) << name_;
  }
  EXPECT_GT(cuts, 5u) << "there was something to cut";
}

}  // namespace
}  // namespace soma::workflow
