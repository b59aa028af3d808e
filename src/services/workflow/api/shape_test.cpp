#include "services/workflow/api/shape.h"

#include <gtest/gtest.h>

#include "services/workflow/api/shapes.h"

namespace soma::workflow::api {
namespace {

std::string complaint(const Shape& shape, std::string_view parameters) {
  const auto value = json::parse(parameters);
  EXPECT_TRUE(value) << parameters;
  const Answered<> checked = check(*value, shape);
  return checked ? "" : checked.error().name + ": " + checked.error().message;
}

TEST(Shape, TellsWhatIsMissing) {
  EXPECT_EQ(complaint(kDescribeActivity, "{}"),
            "ValidationException: 1 validation error detected: Value null at 'activityArn' failed to satisfy "
            "constraint: Member must not be null");
}

TEST(Shape, TellsEverythingThatIsWrong) {
  EXPECT_EQ(
      complaint(kListStateMachines, R"({"maxResults": 1001, "nextToken": ""})"),
      "ValidationException: 2 validation errors detected: Value '1001' at 'maxResults' failed to satisfy "
      "constraint: Member must have value less than or equal to 1000; Value '' at 'nextToken' failed to "
      "satisfy constraint: Member must have length greater than or equal to 1");
}

TEST(Shape, CountsCharactersAndNotBytes) {
  std::string name;
  for (int at = 0; at < 80; ++at) name += "é";
  EXPECT_EQ(complaint(kCreateActivity, R"({"name": ")" + name + "\"}"), "");
  EXPECT_NE(complaint(kCreateActivity, R"({"name": ")" + name + "é\"}"), "");
}

TEST(Shape, QuotesAListOfStructuresAsTheServiceDoes) {
  EXPECT_EQ(complaint(kCreateStateMachineAlias, R"({"name": "live", "routingConfiguration": [
                {"stateMachineVersionArn": "a:1", "weight": 50}, {"stateMachineVersionArn": "a:2", "weight": 30},
                {"stateMachineVersionArn": "a:3", "weight": 20}]})"),
            "ValidationException: 1 validation error detected: Value "
            "'[RoutingConfigurationListItem(stateMachineVersionArn=a:1, weight=50), "
            "RoutingConfigurationListItem(stateMachineVersionArn=a:2, weight=30), "
            "RoutingConfigurationListItem(stateMachineVersionArn=a:3, weight=20)]' at 'routingConfiguration' "
            "failed to satisfy constraint: Member must have length less than or equal to 2");
}

TEST(Shape, NamesTheElementOfAList) {
  EXPECT_EQ(
      complaint(
          kCreateStateMachineAlias,
          R"({"name": "live", "routingConfiguration": [{"stateMachineVersionArn": "a:1", "weight": 101}]})"),
      "ValidationException: 1 validation error detected: Value '101' at "
      "'routingConfiguration.1.member.weight' failed to satisfy constraint: Member must have value less than "
      "or equal to 100");
}

TEST(Shape, AliasNamesAreNoNumbers) {
  EXPECT_EQ(
      complaint(kCreateStateMachineAlias,
                R"({"name": "12", "routingConfiguration": [{"stateMachineVersionArn": "a", "weight": 1}]})"),
      "ValidationException: 1 validation error detected: Value '12' at 'name' failed to satisfy constraint: "
      R"(Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$)");
}

TEST(Shape, SensitiveValuesAreNotQuoted) {
  const std::string long_error(300, 'x');
  EXPECT_EQ(
      complaint(kStopExecution, R"({"executionArn": "a", "error": ")" + long_error + "\"}"),
      "ValidationException: 1 validation error detected: Value at 'error' failed to satisfy constraint: "
      "Member must have length less than or equal to 256");
}

TEST(Shape, AnotherTypeIsASerializationError) {
  EXPECT_EQ(complaint(kDescribeActivity, R"({"activityArn": 7})"),
            "SerializationException: activityArn: integer can not be converted to String");
}

TEST(Shape, UnknownMembersAreLetPass) {
  EXPECT_EQ(complaint(kDescribeActivity, R"({"activityArn": "a", "later": true})"), "");
}

}  // namespace
}  // namespace soma::workflow::api
