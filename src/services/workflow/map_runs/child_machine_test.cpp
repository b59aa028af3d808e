#include "services/workflow/map_runs/child_machine.h"

#include <gtest/gtest.h>

namespace soma::workflow {
namespace {

constexpr std::string_view kText =
    R"({"StartAt": "A", "States": {"A": {"Type": "Map", "End": true, "ItemProcessor":
  {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "B", "States": {"B":
    {"Type": "Map", "End": true, "Label": "Inner", "Iterator":
    {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "C", "States": {"C":
      {"Type": "Succeed"}}}}}}}}})";

class ChildMachine : public testing::Test {
 protected:
  ChildMachine() {
    Revision revision{.id = "r"};
    revision.definition = parse_definition(kText, MachineType::kStandard).definition;
    revision.role_arn = "role";
    whole_ = std::make_shared<const Revision>(std::move(revision));
  }
  RevisionPtr whole_;
  ChildMachines machines_;
};

TEST_F(ChildMachine, IsTheProcessorOfTheMapWithThatLabel) {
  const RevisionPtr inner = machines_.revision(whole_, "m", "Inner");
  ASSERT_TRUE(inner);
  EXPECT_EQ(inner->definition->flow.start_at, "C");
  EXPECT_EQ(json::parse(inner->text()).value().get("StartAt"), json::Value("C"));
  EXPECT_EQ(inner->id, "r");
  EXPECT_EQ(inner->role_arn, "role");
}
TEST_F(ChildMachine, AMapWithoutALabelHasOneFromItsNames) {
  const std::string label = label_of_map("m", *find_state(*whole_->definition, "A"));
  EXPECT_EQ(label.size(), 36u);
  EXPECT_NE(label, label_of_map("other", *find_state(*whole_->definition, "A")));
  const RevisionPtr outer = machines_.revision(whole_, "m", label);
  ASSERT_TRUE(outer);
  EXPECT_EQ(outer->definition->flow.start_at, "B");
}
TEST_F(ChildMachine, IsMadeOnceAsLongAsItIsUsed) {
  const RevisionPtr first = machines_.revision(whole_, "m", "Inner");
  EXPECT_EQ(machines_.revision(whole_, "m", "Inner"), first);
}
TEST_F(ChildMachine, OfNoSuchLabelThereIsNone) {
  EXPECT_FALSE(machines_.revision(whole_, "m", "Other"));
  EXPECT_FALSE(machines_.revision(nullptr, "m", "Inner"));
}

}  // namespace
}  // namespace soma::workflow
