#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/journal/journal_test_kit.h"
#include "services/workflow/machines/machines.h"

namespace soma::workflow {
namespace {

using testing::HasSubstr;

const std::string kRole = "arn:aws:iam::000000000000:role/test";
const std::string kPass = R"({"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}})";

// An input with these members; the first `required` of them must be there.
ContractPtr promising(const std::string& version, const std::vector<std::string>& members, size_t required) {
  json::Value names = json::Array{}, properties = json::Object{};
  for (size_t i = 0; i < members.size(); ++i) {
    properties.set(members[i], json::object({{"type", "string"}}));
    if (i < required) names.push_back(members[i]);
  }
  const json::Value text = json::object(
      {{"contractVersion", version},
       {"owner", "payments"},
       {"input", json::object({{"type", "object"}, {"required", names}, {"properties", properties}})}});
  return std::make_shared<const contract::Contract>(contract::read_contract(text).value());
}
const ContractPtr kOne = promising("1.0", {"a"}, 1);
const ContractPtr kMoreOptional = promising("1.1", {"a", "b"}, 1);
const ContractPtr kMoreRequired = promising("2.0", {"a", "b"}, 2);

class ContractGate : public testing::Test {
 protected:
  ContractGate() { open(); }
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

  void create(ContractPtr contract) {
    CreateMachine request{
        .name = "m", .definition = kPass, .role_arn = kRole, .contract = std::move(contract)};
    request.publish = true;
    ASSERT_TRUE(net::run(machines_->create(std::move(request))));
  }
  void update(ContractPtr contract) {
    UpdateMachine request{.arn = arn_, .contract = std::move(contract)};
    ASSERT_TRUE(net::run(machines_->update(std::move(request))));
  }
  Answered<Published> publish(bool allow_breaking = false) {
    return net::run(machines_->publish(arn_, "", "", allow_breaking));
  }
  AliasRequest routes(std::vector<std::pair<uint64_t, int64_t>> wanted, bool allow_breaking = false) {
    AliasRequest request{.name = "live", .arn = alias_arn(arn_, "live"), .allow_breaking = allow_breaking};
    request.routes.emplace();
    for (const auto& [version, weight] : wanted)
      request.routes->emplace_back(version_arn(arn_, version), weight);
    return request;
  }
  Answered<AliasOf> move(std::vector<std::pair<uint64_t, int64_t>> wanted, bool allow_breaking = false) {
    return net::run(machines_->update_alias(routes(std::move(wanted), allow_breaking)));
  }
  Answered<AliasOf> make(std::vector<std::pair<uint64_t, int64_t>> wanted) {
    return net::run(machines_->create_alias(routes(std::move(wanted))));
  }
  MachinePtr machine() { return machines_->get(arn_).value_or(nullptr); }

  const std::string arn_ = machine_arn("m");
  journal::JournalOnDisk disk_;
  std::unique_ptr<os::IdSource> ids_ = os::make_seeded_ids(1, disk_.clock());
  std::unique_ptr<Machines> machines_;
};

std::string verdict(const json::Value& compatibility) {
  return std::string(compatibility.get("verdict").string_or("none"));
}

TEST_F(ContractGate, AContractMakesARevisionAndStaysWhenAnUpdateSaysNothing) {
  create(nullptr);
  update(kOne);
  EXPECT_FALSE(machine()->current->initial);
  UpdateMachine other{.arn = arn_, .role_arn = kRole + "2"};
  ASSERT_TRUE(net::run(machines_->update(std::move(other))));
  restart();
  ASSERT_TRUE(machine()->current->contract);
  EXPECT_EQ(contract::to_json(*machine()->current->contract), contract::to_json(*kOne));
}

TEST_F(ContractGate, TheSameContractMakesNoRevision) {
  create(kOne);
  update(promising("1.0", {"a"}, 1));
  EXPECT_TRUE(machine()->current->initial);
}

TEST_F(ContractGate, AContractCanBeTakenAway) {
  create(kOne);
  update(nullptr);
  restart();
  EXPECT_FALSE(machine()->current->contract);
  EXPECT_TRUE(machine()->versions.front().revision->contract) << "the version keeps its own";
}

TEST_F(ContractGate, APublishedVersionKeepsItsVerdict) {
  create(kOne);
  update(kMoreOptional);
  const auto published = publish();
  ASSERT_TRUE(published) << published.error().message;
  restart();
  EXPECT_EQ(verdict(machine()->versions.front().compatibility), "none");
  EXPECT_EQ(verdict(machine()->versions.back().compatibility), "additive");
}

TEST_F(ContractGate, ABreakIsNotPublished) {
  create(kOne);
  update(kMoreRequired);
  const auto refused = publish();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name, "ConflictException");
  EXPECT_THAT(refused.error().message, HasSubstr("/input"));
  EXPECT_EQ(machine()->versions.size(), 1u);
}

TEST_F(ContractGate, ABreakThatIsAllowedIsPublishedAndSaysSo) {
  create(kOne);
  update(kMoreRequired);
  const auto published = publish(true);
  ASSERT_TRUE(published) << published.error().message;
  EXPECT_EQ(verdict(published->version.compatibility), "breaking");
}

TEST_F(ContractGate, ToPromiseNothingAnyMoreIsABreak) {
  create(kOne);
  update(nullptr);
  EXPECT_FALSE(publish());
}

TEST_F(ContractGate, AnAliasDoesNotMoveToABreak) {
  create(kOne);
  update(kMoreRequired);
  ASSERT_TRUE(publish(true));
  ASSERT_TRUE(make({{1, 100}}));
  const auto refused = move({{1, 90}, {2, 10}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name, "ConflictException");
  const auto forced = move({{1, 90}, {2, 10}}, true);
  ASSERT_TRUE(forced) << forced.error().message;
  EXPECT_EQ(verdict(forced->alias.compatibility), "breaking");
  EXPECT_TRUE(move({{1, 50}, {2, 50}})) << "nothing comes in";
}

TEST_F(ContractGate, TwoVersionsThatComeInTogetherAreCompared) {
  create(kOne);
  update(kMoreRequired);
  ASSERT_TRUE(publish(true));
  EXPECT_FALSE(make({{2, 10}, {1, 90}}));
}

TEST_F(ContractGate, ARolloutBeginsOnlyThroughTheGate) {
  create(kOne);
  update(kMoreRequired);
  ASSERT_TRUE(publish(true));
  ASSERT_TRUE(make({{1, 100}}));
  EXPECT_FALSE(net::run(machines_->begin_rollout({.alias_arn = alias_arn(arn_, "live"), .to = 2})));
  EXPECT_TRUE(net::run(
      machines_->begin_rollout({.alias_arn = alias_arn(arn_, "live"), .to = 2, .allow_breaking = true})));
}

}  // namespace
}  // namespace soma::workflow
