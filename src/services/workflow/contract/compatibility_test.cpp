#include "services/workflow/contract/compatibility.h"

#include <gtest/gtest.h>

#include <string>

#include "services/workflow/contract/inclusion.h"

namespace soma::workflow::contract {
namespace {

json::Value parsed(std::string_view text) {
  return json::parse(text).value();
}

Contract with(std::string_view members) {
  return read_contract(parsed(R"({"contractVersion": "1", "owner": "a", )" + std::string(members) + "}"))
      .value();
}

std::string verdict(std::string_view before, std::string_view after) {
  const Comparison comparison = compare(with(before), with(after));
  std::string out(verdict_name(comparison.verdict));
  for (const Finding& finding : comparison.findings) out += " " + finding.rule + "@" + finding.pointer;
  return out;
}

constexpr std::string_view kOrder =
    R"("input": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}})";

TEST(CompatibilityTest, TheSameContractIsCompatible) {
  EXPECT_EQ(verdict(kOrder, kOrder), "compatible");
}

TEST(CompatibilityTest, ANewOptionalInputIsAdditive) {
  EXPECT_EQ(verdict(kOrder, R"("input": {"type": "object", "required": ["id"],
      "properties": {"id": {"type": "string"}, "note": {"type": "string"}}})"),
            "additive input-undeclared@/input/properties/note");
}

TEST(CompatibilityTest, ANewRequiredInputBreaks) {
  EXPECT_EQ(verdict(kOrder, R"("input": {"type": "object", "required": ["id", "currency"],
      "properties": {"id": {"type": "string"}, "currency": {}}})"),
            "breaking input-required@/input/properties/currency");
}

TEST(CompatibilityTest, ANarrowerInputBreaksAndAWiderOneDoesNot) {
  const std::string_view narrow = R"("input": {"type": "integer", "minimum": 1, "maximum": 10})";
  const std::string_view wide = R"("input": {"type": "number", "minimum": 0})";
  EXPECT_EQ(verdict(narrow, wide), "compatible");
  EXPECT_TRUE(verdict(wide, narrow).starts_with("breaking"));
}

TEST(CompatibilityTest, ClosingAnOpenInputBreaks) {
  EXPECT_EQ(verdict(R"("input": {"type": "object"})",
                    R"("input": {"type": "object", "additionalProperties": false})"),
            "breaking input-closed@/input/additionalProperties");
}

TEST(CompatibilityTest, ANewMemberOfTheOutputIsAdditive) {
  EXPECT_EQ(
      verdict(
          R"("output": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false})",
          R"("output": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "additionalProperties": false})"),
      "additive output-added@/output/properties/b");
}

TEST(CompatibilityTest, AnOutputThatBecameOptionalBreaks) {
  const std::string_view before =
      R"("output": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}})";
  const std::string_view after = R"("output": {"type": "object", "properties": {"a": {"type": "string"}}})";
  EXPECT_EQ(verdict(before, after), "breaking output-required@/output/properties/a");
  EXPECT_EQ(verdict(after, before), "compatible");
}

TEST(CompatibilityTest, AnOutputOfAnotherTypeBreaks) {
  EXPECT_EQ(verdict(R"("output": {"type": "string"})", R"("output": {"type": ["string", "null"]})"),
            "breaking output-type@/output");
}

TEST(CompatibilityTest, AWiderClosedEnumBreaksAndAnOpenOneIsAdditive) {
  const std::string_view before = R"("output": {"enum": ["A", "B"]})";
  const std::string_view after = R"("output": {"enum": ["A", "B", "C"]})";
  EXPECT_EQ(verdict(before, after), "breaking output-enum@/output");
  EXPECT_EQ(verdict(R"("output": {"enum": ["A", "B"]}, "openEnums": ["/output"])", after),
            "additive output-enum-extended@/output");
}

TEST(CompatibilityTest, NewErrorsLongerTimesAndLostIdempotencyBreak) {
  EXPECT_EQ(verdict(R"("errors": ["A"])", R"("errors": ["A", "B"])"), "breaking error-added@/errors");
  EXPECT_EQ(verdict(R"("errors": ["A", "B"])", R"("errors": ["A"])"), "compatible");
  EXPECT_EQ(verdict(R"("timeoutSeconds": 10)", R"("timeoutSeconds": 20)"),
            "breaking timeout-raised@/timeoutSeconds");
  EXPECT_EQ(verdict(R"("timeoutSeconds": 10)", R"("timeoutSeconds": 5)"), "compatible");
  EXPECT_EQ(verdict(R"("idempotency": {"idempotent": true})", R"("support": "x")"),
            "breaking idempotency-changed@/idempotency");
}

TEST(CompatibilityTest, FromABusinessFailureToAnErrorBreaks) {
  EXPECT_EQ(verdict(R"("businessFailure": {"type": "object"})", R"("errors": [])"),
            "breaking business-failure-removed@/businessFailure");
}

TEST(InclusionTest, FollowsReferencesAndEndsInRecursiveSchemas) {
  const json::Value tree = parsed(R"({"$ref": "#/$defs/node", "$defs": {"node": {"type": "object",
      "properties": {"value": {"type": "integer"}, "next": {"$ref": "#/$defs/node"}}}}})");
  const json::Value wider = parsed(R"({"$ref": "#/$defs/node", "$defs": {"node": {"type": "object",
      "properties": {"value": {"type": "number"}, "next": {"$ref": "#/$defs/node"}}}}})");
  EXPECT_TRUE(gaps(tree, wider).empty());
  ASSERT_EQ(gaps(wider, tree).size(), 1u);
  EXPECT_EQ(gaps(wider, tree)[0].pointer, "/properties/value");
}

TEST(InclusionTest, EveryAlternativeOfTheNarrowSideMustFitOneOfTheWideSide) {
  const json::Value two = parsed(R"({"oneOf": [{"type": "string"}, {"type": "null"}]})");
  const json::Value three = parsed(R"({"anyOf": [{"type": "string"}, {"type": "null"}, {"type": "array"}]})");
  EXPECT_TRUE(gaps(two, three).empty());
  EXPECT_EQ(gaps(three, two).size(), 1u);
}

TEST(InclusionTest, WhatCannotBeShownIsAGap) {
  const auto found = gaps(parsed(R"({"type": "string"})"), parsed(R"({"not": {"const": "x"}})"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].rule, "undecided");
}

// Values that the narrow schema accepts are accepted by the wide one whenever no gap is reported: tried on
// pairs of small schemas with values of every type.
TEST(InclusionTest, NeverClaimsAnInclusionThatAValueRefutes) {
  const std::string_view schemas[] = {
      "true",
      R"({"type": "string"})",
      R"({"type": ["string", "null"]})",
      R"({"type": "integer"})",
      R"({"type": "number", "minimum": 0})",
      R"({"exclusiveMinimum": 0})",
      R"({"type": "integer", "multipleOf": 2})",
      R"({"enum": [1, "a", null]})",
      R"({"const": "a"})",
      R"({"type": "string", "minLength": 2})",
      R"({"type": "array", "items": {"type": "integer"}})",
      R"({"type": "array", "maxItems": 1})",
      R"({"type": "array", "prefixItems": [{"type": "string"}]})",
      R"({"type": "object", "required": ["a"]})",
      R"({"type": "object", "properties": {"a": {"type": "integer"}}})",
      R"({"type": "object", "properties": {"a": {}}, "additionalProperties": false})",
      R"({"anyOf": [{"type": "integer"}, {"type": "object", "required": ["a"]}]})",
      R"({"allOf": [{"type": "number"}, {"minimum": 3}]})",
      R"({"not": {"type": "string"}})"};
  const std::string_view values[] = {"null",       "true",         "0",          "1",
                                     "2",          "-1",           "2.5",        "4",
                                     R"("")",      R"("a")",       R"("ab")",    "[]",
                                     "[1]",        R"(["a"])",     "[1,2]",      "{}",
                                     R"({"a":1})", R"({"a":"x"})", R"({"b":1})", R"({"a":1,"b":2})"};
  for (const std::string_view narrow : schemas)
    for (const std::string_view wide : schemas) {
      if (!gaps(parsed(narrow), parsed(wide)).empty()) continue;
      const auto narrow_schema = json::Schema::compile(parsed(narrow)).value();
      const auto wide_schema = json::Schema::compile(parsed(wide)).value();
      for (const std::string_view value : values)
        if (narrow_schema.validate(parsed(value)).empty())
          EXPECT_TRUE(wide_schema.validate(parsed(value)).empty())
              << value << " is of " << narrow << " and not of " << wide;
    }
}

}  // namespace
}  // namespace soma::workflow::contract
