#include "services/workflow/executions/correlation.h"

#include <gtest/gtest.h>

namespace soma::workflow {
namespace {

const std::string kArn = "arn:aws:states:us-east-1:000000000000:execution:m:e";
const std::string kParent = "arn:aws:states:us-east-1:000000000000:execution:p:e";

ExecutionStart start(std::string input, std::string parent = "", std::string correlation = "") {
  ExecutionStart out;
  out.info.execution_arn = kArn;
  out.input = std::move(input);
  out.parent_arn = std::move(parent);
  out.correlation_id = std::move(correlation);
  return out;
}

// A revision whose contract's input has this schema of "meta"; nothing: it has no contract.
Revision declaring(std::string_view meta) {
  Revision revision;
  if (meta.empty()) return revision;
  const json::Value input =
      json::object({{"type", "object"}, {"properties", json::object({{"meta", json::parse(meta).value()}})}});
  const json::Value text = json::object({{"contractVersion", "1.0"}, {"owner", "o"}, {"input", input}});
  revision.contract = std::make_shared<const contract::Contract>(contract::read_contract(text).value());
  return revision;
}
const Revision kNone = declaring("");

json::Value meta_of(const ExecutionStart& start) {
  return json::parse(start.input).value().get("meta");
}

TEST(Correlation, ARootsIdIsItsInputsOrItsOwnArn) {
  ExecutionStart plain = start("{}");
  correlate(plain, kNone);
  EXPECT_EQ(plain.correlation_id, kArn);
  ExecutionStart named = start(R"({"meta": {"correlationId": "corr-1"}})");
  correlate(named, kNone);
  EXPECT_EQ(named.correlation_id, "corr-1");
}

TEST(Correlation, AChildsIdIsItsParents) {
  ExecutionStart child = start(R"({"meta": {"correlationId": "other"}})", kParent, "corr-1");
  correlate(child, kNone);
  EXPECT_EQ(child.correlation_id, "corr-1");
  EXPECT_EQ(meta_of(child).get("correlationId").string_or(""), "other") << "what is there is never changed";
}

TEST(Correlation, NoInputIsTouchedThatNobodyExpectsItIn) {
  for (const char* input : {R"({"meta":   {"correlationId": "c"}})", R"({"a": 1})", "[1]", "\"meta\""}) {
    ExecutionStart root = start(input);
    correlate(root, kNone);
    EXPECT_EQ(root.input, input);
    EXPECT_EQ(root.given_digest, "");
  }
  ExecutionStart child = start(R"({"a": 1})", kParent, "c");
  correlate(child, kNone);
  EXPECT_EQ(child.input, R"({"a": 1})");
}

TEST(Correlation, AChildsEnvelopeIsFilledIn) {
  ExecutionStart child = start(R"({"meta": {"contractVersion": "9"}, "request": 1})", kParent, "corr-1");
  child.alias = "PROD";
  child.version = 3;
  correlate(child, kNone);
  const json::Value meta = meta_of(child);
  EXPECT_EQ(meta.get("correlationId").string_or(""), "corr-1");
  EXPECT_EQ(meta.get("causationId").string_or(""), kParent);
  EXPECT_EQ(meta.get("contractVersion").string_or(""), "9");
  EXPECT_EQ(meta.get("alias").string_or(""), "PROD");
  EXPECT_EQ(meta.get("version").string_or(""), "3");
  EXPECT_EQ(meta.get("traceparent").string_or(""), traceparent("", "corr-1", kArn));
}

TEST(Correlation, AContractThatDescribesTheEnvelopeGetsOne) {
  ExecutionStart root = start("{}");
  correlate(root, declaring(R"({"type": "object", "required": ["correlationId"]})"));
  EXPECT_EQ(meta_of(root).get("correlationId").string_or(""), kArn);
  EXPECT_EQ(meta_of(root).get("contractVersion").string_or(""), "1.0");
}

TEST(Correlation, WhatAContractClosesOutIsLeftOut) {
  ExecutionStart root = start("{}");
  correlate(root,
            declaring(R"({"properties": {"correlationId": {"type": "string"}, "version": {"type": "integer"}},
                               "additionalProperties": false})"));
  root.version = 3;
  EXPECT_EQ(meta_of(root).size(), 1u) << root.input;
}

TEST(Correlation, ARepeatedStartIsTheSameWhateverWasFilledIn) {
  const Revision declared = declaring("{}");
  ExecutionStart first = start("{}"), again = start("{}"), other = start("[]");
  first.version = 1;
  again.version = 2;
  correlate(first, declared);
  correlate(again, declared);
  correlate(other, declared);
  EXPECT_NE(first.input, again.input);
  EXPECT_TRUE(same_given_input(first, again));
  EXPECT_FALSE(same_given_input(first, other));
}

TEST(Correlation, ATraceGoesOnFromItsHeader) {
  const std::string_view xray = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
  EXPECT_EQ(traceparent(xray, "c", kArn).substr(0, 36), "00-5759e988bd862e3fe1be46a994272793-");
  EXPECT_EQ(traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "c", kArn).substr(0, 36),
            "00-0af7651916cd43dd8448eb211c80319c-");
  EXPECT_EQ(traceparent("Self=1-1-1", "c", kArn), traceparent("", "c", kArn));
  EXPECT_EQ(traceparent("", "c", kArn).size(), 55u);
}

}  // namespace
}  // namespace soma::workflow
