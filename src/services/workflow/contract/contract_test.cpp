#include "services/workflow/contract/contract.h"

#include <gtest/gtest.h>

namespace soma::workflow::contract {
namespace {

json::Value parsed(std::string_view text) {
  return json::parse(text).value();
}

constexpr std::string_view kPayment = R"({
  "contractVersion": "1.0",
  "owner": "payments",
  "input": {
    "type": "object",
    "required": ["orderId", "amount"],
    "properties": {"orderId": {"type": "string"}, "amount": {"type": "number", "exclusiveMinimum": 0}},
    "additionalProperties": false
  },
  "output": {"type": "object", "required": ["authorized"], "properties": {"authorized": {"const": true}}},
  "businessFailure": {
    "type": "object",
    "required": ["authorized", "reason"],
    "properties": {"authorized": {"const": false}, "reason": {"enum": ["DECLINED", "EXPIRED"]}}
  },
  "errors": ["Payment.ProviderUnavailable"],
  "timeoutSeconds": 60,
  "idempotency": {"idempotent": true, "key": "/orderId"},
  "openEnums": ["/businessFailure/properties/reason"]
})";

TEST(ContractTest, ReadsBackWhatItWrites) {
  const Contract contract = read_contract(parsed(kPayment)).value();
  EXPECT_EQ(to_json(contract), parsed(kPayment));
}

TEST(ContractTest, AnInputThatDoesNotFitIsToldWithItsPlaces) {
  const Contract contract = read_contract(parsed(kPayment)).value();
  EXPECT_FALSE(contract.input_fault(parsed(R"({"orderId": "o-1", "amount": 3})")));
  const auto fault = contract.input_fault(parsed(R"({"orderId": "o-1", "amount": "3"})"));
  ASSERT_TRUE(fault);
  EXPECT_NE(fault->find("/amount"), std::string::npos) << *fault;
}

TEST(ContractTest, ABusinessFailureIsAnOutputThatFits) {
  const Contract contract = read_contract(parsed(kPayment)).value();
  EXPECT_FALSE(contract.output_fault(parsed(R"({"authorized": true})")));
  EXPECT_FALSE(contract.output_fault(parsed(R"({"authorized": false, "reason": "DECLINED"})")));
  EXPECT_TRUE(contract.output_fault(parsed(R"({"authorized": false})")));
}

TEST(ContractTest, MisspeltMembersAreRefusedWithTheNearestName) {
  const auto contract = read_contract(parsed(R"({"contractVersion": "1", "owner": "a", "inputs": {}})"));
  ASSERT_FALSE(contract);
  EXPECT_NE(contract.error().message.find("input"), std::string::npos) << contract.error().message;
}

TEST(ContractTest, ABrokenSchemaIsNamed) {
  const auto contract =
      read_contract(parsed(R"({"contractVersion": "1", "owner": "a", "output": {"type": "strin"}})"));
  ASSERT_FALSE(contract);
  EXPECT_NE(contract.error().message.find("output"), std::string::npos) << contract.error().message;
}

TEST(ContractTest, AnOpenEnumMustBeOne) {
  const auto contract = read_contract(parsed(
      R"({"contractVersion": "1", "owner": "a", "output": {}, "openEnums": ["/output/properties/x"]})"));
  ASSERT_FALSE(contract);
  EXPECT_NE(contract.error().message.find("/output/properties/x"), std::string::npos);
}

}  // namespace
}  // namespace soma::workflow::contract
