#include "services/workflow/machines/machines.h"

#include <gtest/gtest.h>

#include <map>

#include "base/journal/journal_test_kit.h"

namespace soma::workflow {
namespace {

const std::string kRole = "arn:aws:iam::000000000000:role/test";

// A machine that answers `result`.
std::string answering(const std::string& result) {
  return R"({"StartAt":"A","States":{"A":{"Type":"Pass","Result":")" + result + R"(","End":true}}})";
}

class MachinesTest : public testing::Test {
 protected:
  MachinesTest() { open(); }

  void open() {
    auto opened = Machines::open({disk_.clock(), *ids_, disk_.journal()});
    ASSERT_TRUE(opened) << opened.error().to_string();
    machines_ = std::move(*opened);
  }
  // As after a crash: only the journal is left.
  void restart() {
    machines_.reset();
    disk_.reopen();
    open();
  }

  Answered<Changed> create(const std::string& name, const std::string& result = "one", bool publish = false) {
    CreateMachine request{.name = name, .definition = answering(result), .role_arn = kRole};
    request.publish = publish;
    return net::run(machines_->create(std::move(request)));
  }
  Answered<Changed> update(const std::string& arn, const std::string& result, bool publish = false) {
    UpdateMachine request{.arn = arn, .definition = answering(result)};
    request.publish = publish;
    return net::run(machines_->update(std::move(request)));
  }
  Answered<AliasOf> alias(const std::string& name, std::vector<std::pair<std::string, int64_t>> routes,
                          std::string description = "") {
    AliasRequest request{
        .name = name, .arn = "", .description = std::move(description), .routes = std::move(routes)};
    return net::run(machines_->create_alias(std::move(request)));
  }
  MachinePtr get(const std::string& name) { return machines_->get(machine_arn(name)).value_or(nullptr); }

  journal::JournalOnDisk disk_;
  std::unique_ptr<os::IdSource> ids_ = os::make_seeded_ids(1, disk_.clock());
  std::unique_ptr<Machines> machines_;
};

TEST_F(MachinesTest, CreatingTheSameAgainAnswersTheFirst) {
  const auto first = create("m");
  ASSERT_TRUE(first) << first.error().message;
  disk_.clock().advance(std::chrono::seconds(5));
  const auto again = create("m");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->machine->created, first->machine->created);
  EXPECT_EQ(again->machine->current->id, first->machine->current->id);
}

TEST_F(MachinesTest, CreatingAnotherOfTheSameNameIsRefused) {
  ASSERT_TRUE(create("m"));
  const auto other = create("m", "two");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().name, "StateMachineAlreadyExists");
  EXPECT_EQ(other.error().message, "State Machine Already Exists: '" + machine_arn("m") + "'");
}

TEST_F(MachinesTest, UpdateMakesARevisionOnlyWhenSomethingDiffers) {
  ASSERT_TRUE(create("m"));
  const auto same = update(machine_arn("m"), "one");
  ASSERT_TRUE(same) << same.error().message;
  EXPECT_TRUE(same->machine->current->initial);
  const auto changed = update(machine_arn("m"), "two");
  ASSERT_TRUE(changed);
  EXPECT_FALSE(changed->machine->current->initial);
  EXPECT_EQ(changed->machine->current->text(), answering("two"));
}

TEST_F(MachinesTest, UpdateOfNothingIsRefused) {
  ASSERT_TRUE(create("m"));
  UpdateMachine request{.arn = machine_arn("m")};
  const auto refused = net::run(machines_->update(std::move(request)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name, "MissingRequiredParameter");
}

TEST_F(MachinesTest, AVersionCannotBeUpdated) {
  ASSERT_TRUE(create("m", "one", true));
  const auto refused = update(version_arn(machine_arn("m"), 1), "two");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name, "StateMachineDoesNotExist");
}

TEST_F(MachinesTest, PublishingARevisionTwiceGivesOneVersion) {
  ASSERT_TRUE(create("m"));
  const auto first = net::run(machines_->publish(machine_arn("m"), "", "first"));
  const auto again = net::run(machines_->publish(machine_arn("m"), "", "again"));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->version.number, 1U);
  EXPECT_EQ(again->version.number, 1U);
  EXPECT_EQ(again->version.description, "first");
}

TEST_F(MachinesTest, VersionNumbersAreNotUsedAgain) {
  ASSERT_TRUE(create("m", "one", true));
  ASSERT_TRUE(update(machine_arn("m"), "two", true));
  ASSERT_TRUE(net::run(machines_->delete_version(version_arn(machine_arn("m"), 2))));
  restart();
  const auto published = net::run(machines_->publish(machine_arn("m"), "", ""));
  ASSERT_TRUE(published) << published.error().message;
  EXPECT_EQ(published->version.number, 3U);
}

TEST_F(MachinesTest, PublishingAStaleRevisionIsAConflict) {
  ASSERT_TRUE(create("m"));
  const auto second = update(machine_arn("m"), "two");
  ASSERT_TRUE(update(machine_arn("m"), "three"));
  const std::string stale = second->machine->current->id;
  const auto refused = net::run(machines_->publish(machine_arn("m"), stale, ""));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name, "ConflictException");
  EXPECT_TRUE(refused.error().message.contains(stale));
}

TEST_F(MachinesTest, AVersionThatAnAliasUsesCannotBeDeleted) {
  ASSERT_TRUE(create("m", "one", true));
  const std::string version = version_arn(machine_arn("m"), 1);
  ASSERT_TRUE(alias("live", {{version, 100}}));
  const auto refused = net::run(machines_->delete_version(version));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "Version to be deleted must not be referenced by an alias. Current list of aliases referencing "
            "this version: [live]");
  ASSERT_TRUE(net::run(machines_->delete_alias(alias_arn(machine_arn("m"), "live"))));
  EXPECT_TRUE(net::run(machines_->delete_version(version)));
}

TEST_F(MachinesTest, AnAliasIsCreatedOnceAndOnlyAsItIs) {
  ASSERT_TRUE(create("m", "one", true));
  const std::string version = version_arn(machine_arn("m"), 1);
  ASSERT_TRUE(alias("live", {{version, 100}}, "words"));
  EXPECT_TRUE(alias("live", {{version, 100}}, "words"));
  const auto other = alias("live", {{version, 100}}, "other words");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().name, "ConflictException");
}

TEST_F(MachinesTest, WeightsThatAreNoWholeAreRefused) {
  ASSERT_TRUE(create("m", "one", true));
  ASSERT_TRUE(update(machine_arn("m"), "two", true));
  const auto refused =
      alias("live", {{version_arn(machine_arn("m"), 1), 70}, {version_arn(machine_arn("m"), 2), 29}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "Sum of routing configuration weights must equal 100. Received: [70, 29]");
}

TEST_F(MachinesTest, AnAliasSendsAnExecutionTheSameWayEachTimeAndSharesByWeight) {
  ASSERT_TRUE(create("m", "one", true));
  ASSERT_TRUE(update(machine_arn("m"), "two", true));
  ASSERT_TRUE(
      alias("live", {{version_arn(machine_arn("m"), 1), 80}, {version_arn(machine_arn("m"), 2), 20}}));
  const std::string arn = alias_arn(machine_arn("m"), "live");
  std::map<std::string, uint64_t> chosen;
  size_t second = 0;
  constexpr size_t kNames = 1000;
  for (size_t at = 0; at < kNames; ++at) {
    const std::string name = "order-" + std::to_string(at);
    const auto target = machines_->resolve(arn, name);
    ASSERT_TRUE(target);
    chosen[name] = *target->version;
    second += *target->version == 2 ? 1U : 0U;
  }
  EXPECT_GT(second, 150U);
  EXPECT_LT(second, 250U);
  restart();
  for (const auto& [name, version] : chosen)
    EXPECT_EQ(machines_->resolve(arn, name)->version, version) << name;
}

TEST_F(MachinesTest, ChangedRoutesBeginAnEpoch) {
  ASSERT_TRUE(create("m", "one", true));
  ASSERT_TRUE(update(machine_arn("m"), "two", true));
  ASSERT_TRUE(alias("live", {{version_arn(machine_arn("m"), 1), 100}}));
  AliasRequest words{.name = "", .arn = alias_arn(machine_arn("m"), "live"), .description = "words"};
  ASSERT_TRUE(net::run(machines_->update_alias(std::move(words))));
  EXPECT_EQ(get("m")->alias("live")->epoch, 1U);
  AliasRequest moved{.name = "", .arn = alias_arn(machine_arn("m"), "live")};
  moved.routes = {{version_arn(machine_arn("m"), 2), 100}};
  ASSERT_TRUE(net::run(machines_->update_alias(std::move(moved))));
  EXPECT_EQ(get("m")->alias("live")->epoch, 2U);
  EXPECT_EQ(get("m")->alias("live")->description, "words");
}

TEST_F(MachinesTest, EverythingIsThereAfterARestart) {
  CreateMachine request{.name = "m", .definition = answering("one"), .role_arn = kRole};
  request.tags = {{"team", "a"}, {"cost", "b"}};
  request.publish = true;
  request.version_description = "the first";
  ASSERT_TRUE(net::run(machines_->create(std::move(request))));
  ASSERT_TRUE(update(machine_arn("m"), "two"));
  ASSERT_TRUE(alias("live", {{version_arn(machine_arn("m"), 1), 100}}));
  const MachinePtr before = get("m");
  restart();
  const MachinePtr after = get("m");
  ASSERT_TRUE(after);
  EXPECT_EQ(after->current->text(), answering("two"));
  EXPECT_EQ(after->current->id, before->current->id);
  EXPECT_EQ(after->created, before->created);
  EXPECT_EQ(after->tags, before->tags);
  ASSERT_EQ(after->versions.size(), 1U);
  EXPECT_EQ(after->versions[0].description, "the first");
  EXPECT_EQ(after->versions[0].revision->text(), answering("one"));
  ASSERT_EQ(after->aliases.size(), 1U);
  EXPECT_EQ(after->aliases[0].routes, before->aliases[0].routes);
}

TEST_F(MachinesTest, ADefinitionIsReadWhenItIsFirstNeededAndThenShared) {
  ASSERT_TRUE(create("m"));
  restart();
  EXPECT_FALSE(get("m")->current->definition);
  const auto target = machines_->resolve(machine_arn("m"), "x");
  ASSERT_TRUE(target) << target.error().message;
  ASSERT_TRUE(target->revision->definition);
  EXPECT_EQ(machines_->resolve(machine_arn("m"), "y")->revision->definition, target->revision->definition);
}

TEST_F(MachinesTest, AReplacedRevisionIsStillFound) {
  ASSERT_TRUE(create("m"));
  const std::string first = get("m")->current->id;
  ASSERT_TRUE(update(machine_arn("m"), "two"));
  restart();
  const RevisionPtr found = machines_->revision_of(machine_arn("m"), first);
  ASSERT_TRUE(found);
  ASSERT_TRUE(found->definition);
  EXPECT_EQ(found->text(), answering("one"));
  EXPECT_FALSE(machines_->revision_of(machine_arn("m"), "no-such-id"));
}

TEST_F(MachinesTest, ADeletedMachineLeavesItsNameAndItsPast) {
  ASSERT_TRUE(create("m"));
  const std::string first = get("m")->current->id;
  const auto begun = net::run(machines_->begin_deletion(machine_arn("m")));
  ASSERT_TRUE(begun && *begun);
  EXPECT_EQ(update(machine_arn("m"), "two").error().name, "StateMachineDeleting");
  ASSERT_TRUE(net::run(machines_->finish_deletion("m")));
  EXPECT_FALSE(get("m"));
  restart();
  EXPECT_FALSE(get("m"));
  EXPECT_EQ(machines_->size(), 0U);
  ASSERT_TRUE(create("m", "two", true));
  EXPECT_EQ(get("m")->versions.at(0).number, 1U);
  EXPECT_EQ(machines_->revision_of(machine_arn("m"), first)->text(), answering("one"));
}

TEST_F(MachinesTest, DeletingWhatIsNotThereIsNoError) {
  const auto begun = net::run(machines_->begin_deletion(machine_arn("nobody")));
  ASSERT_TRUE(begun);
  EXPECT_FALSE(*begun);
}

TEST_F(MachinesTest, AnArnOfAnotherAccountNamesNothing) {
  ASSERT_TRUE(create("m"));
  const auto other = machines_->get("arn:aws:states:us-east-1:123456789012:stateMachine:m");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().name, "StateMachineDoesNotExist");
}

TEST_F(MachinesTest, ChangesAtTheSameTimeAllCount) {
  ASSERT_TRUE(create("m"));
  net::LoopPool loops(4);
  loops.start();
  std::atomic<int> left = 8;
  for (int at = 0; at < 8; ++at)
    net::spawn(
        loops.executor(static_cast<size_t>(at) % loops.size()),
        [](Machines& machines, int number, std::atomic<int>& open) -> net::Task<> {
          std::vector<Tag> tags{{"key" + std::to_string(number), "value"}};
          std::string arn = machine_arn("m");
          EXPECT_TRUE(co_await machines.tag(std::move(arn), std::move(tags)));
          --open;
          open.notify_all();
        }(*machines_, at, left),
        "test.tag");
  for (int now = left; now > 0; now = left) left.wait(now);
  loops.stop();
  EXPECT_EQ(get("m")->tags.size(), 8U);
}

}  // namespace
}  // namespace soma::workflow
