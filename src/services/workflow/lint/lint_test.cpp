#include "services/workflow/lint/lint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace soma::workflow::lint {
namespace {

Machine machine_of(std::string name, std::string_view text) {
  Parsed parsed = parse_definition(text, MachineType::kStandard);
  for (const Diagnostic& diagnostic : parsed.diagnostics) {
    if (diagnostic.severity == Severity::kError)
      ADD_FAILURE() << diagnostic.message << " at " << diagnostic.location;
  }
  return {.name = std::move(name), .definition = parsed.definition};
}

// "W110@/States/A", in order.
std::vector<std::string> found(std::span<const Machine> machines, const Thresholds& thresholds = {}) {
  std::vector<std::string> out;
  for (const Finding& finding : lint(machines, thresholds))
    out.push_back(finding.rule + "@" + finding.pointer);
  return out;
}
std::vector<std::string> found(std::string_view text) {
  const Machine machine = machine_of("Machine", text);
  return found(std::span(&machine, 1));
}
bool has(const std::vector<std::string>& all, std::string_view one) {
  return std::ranges::find(all, one) != all.end();
}
bool has_rule(const std::vector<std::string>& all, std::string_view rule) {
  return std::ranges::any_of(all, [rule](const std::string& one) { return one.starts_with(rule); });
}

std::string task(std::string_view name, std::string_view function, std::string_view next,
                 std::string_view more = "") {
  return "\"" + std::string(name) +
         R"(": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:)" +
         std::string(function) + "\", " + std::string(more) +
         (next.empty() ? std::string(R"("End": true})") : R"("Next": ")" + std::string(next) + "\"}");
}

std::string machine(std::string_view start, std::initializer_list<std::string> states) {
  std::string out = R"({"StartAt": ")" + std::string(start) + R"(", "States": {)";
  bool first = true;
  for (const std::string& state : states) {
    out += (first ? "" : ", ") + state;
    first = false;
  }
  return out + "}}";
}

TEST(LintTest, CountsTheDomainsThatAMachineWorksIn) {
  const std::string three =
      machine("A", {task("A", "payments-authorize", "B"), task("B", "PaymentsVoid", "C"),
                    task("C", "inventory_reserve", "D"), task("D", "fraud-check", "")});
  EXPECT_FALSE(has_rule(found(three), "W101"));
  const std::string four =
      machine("A", {task("A", "payments-authorize", "B"), task("B", "shipping-book", "C"),
                    task("C", "inventory_reserve", "D"), task("D", "fraud-check", "")});
  EXPECT_TRUE(has(found(four), "W101@"));
}

TEST(LintTest, TagsSayWhoseAStateIs) {
  Machine tagged = machine_of("M", machine("A", {task("A", "a-x", "B"), task("B", "b-x", "C"),
                                                 task("C", "c-x", "D"), task("D", "d-x", "")}));
  for (const char* state : {"A", "B", "C", "D"}) tagged.domains[state] = "payments";
  EXPECT_FALSE(has_rule(found(std::span(&tagged, 1)), "W101"));
}

std::string choice(std::string_view name, std::string_view yes, std::string_view no) {
  return "\"" + std::string(name) +
         R"(": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": true, "Next": ")" +
         std::string(yes) + R"("}], "Default": ")" + std::string(no) + "\"}";
}
constexpr std::string_view kEnd = R"("End": {"Type": "Succeed"})";

TEST(LintTest, AChainOfChoicesIsToldWhereItBegins) {
  const auto all =
      found(machine("A", {choice("A", "B", "End"), choice("B", "C", "End"), choice("C", "D", "End"),
                          choice("D", "End", "End"), std::string(kEnd)}));
  EXPECT_TRUE(has(all, "W110@/States/A"));
  EXPECT_FALSE(has(all, "W110@/States/B"));
}

TEST(LintTest, ALoopOfChoicesEnds) {
  const auto all = found(machine("A", {choice("A", "B", "End"), choice("B", "A", "End"), std::string(kEnd)}));
  EXPECT_FALSE(has_rule(all, "W110"));
}

std::string pass(std::string_view name, std::string_view parameters, std::string_view next) {
  return "\"" + std::string(name) + R"(": {"Type": "Pass", "Parameters": )" + std::string(parameters) +
         (next.empty() ? std::string(R"(, "End": true})") : R"(, "Next": ")" + std::string(next) + "\"}");
}

TEST(LintTest, ReshapingIsCountedRunsAndCopiesAreTold) {
  const auto all = found(machine(
      "A", {pass("A", R"({"a.$": "$.x"})", "B"), pass("B", R"({"b.$": "$.a"})", "C"), task("C", "x-f", "D"),
            pass("D", R"({"a.$": "$.x"})", "E"), task("E", "x-g", "F"), task("F", "x-h", "")}));
  EXPECT_TRUE(has(all, "W120@"));
  EXPECT_TRUE(has(all, "W121@/States/A"));
  EXPECT_FALSE(has(all, "W121@/States/B"));
  EXPECT_TRUE(has(all, "W122@/States/A"));
}

constexpr std::string_view kRetry =
    R"("Retry": [{"ErrorEquals": ["Lambda.ServiceException"], "MaxAttempts": 2}], )";

TEST(LintTest, TheSameRetryThreeTimesIsACopy) {
  EXPECT_FALSE(
      has_rule(found(machine("A", {task("A", "x-f", "B", kRetry), task("B", "x-g", "", kRetry)})), "W130"));
  EXPECT_TRUE(has(found(machine("A", {task("A", "x-f", "B", kRetry), task("B", "x-g", "C", kRetry),
                                      task("C", "x-h", "", kRetry)})),
                  "W130@/States/A"));
}

TEST(LintTest, AHandlerForEverybodyIsTold) {
  constexpr std::string_view kCatch = R"("Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}], )";
  const auto all = found(machine(
      "A", {task("A", "x-a", "B", kCatch), task("B", "x-b", "C", kCatch), task("C", "x-c", "D", kCatch),
            task("D", "x-d", "E", kCatch), task("E", "x-e", "F", kCatch), task("F", "x-f", "Z", kCatch),
            R"("Z": {"Type": "Fail"})"}));
  EXPECT_TRUE(has(all, "W131@/States/Z"));
}

TEST(LintTest, TheSamePartInTwoMachinesIsToldInTheLaterOne) {
  const std::string both = machine(
      "A", {task("A", "pay-risk", "B"), task("B", "pay-authorize", "C"), task("C", "pay-record", "")});
  const Machine machines[] = {machine_of("First", both), machine_of("Second", both)};
  const auto findings = lint(machines);
  const auto clone = std::ranges::find(findings, "W140", &Finding::rule);
  ASSERT_NE(clone, findings.end());
  EXPECT_EQ(clone->machine, "Second");
  EXPECT_NE(clone->message.find("of First"), std::string::npos) << clone->message;
}

TEST(LintTest, AMemberThatNobodyReadsIsDeadWeight) {
  const auto all =
      found(machine("A", {task("A", "x-f", "B", R"("Parameters": {"id.$": "$.id"}, "ResultPath": "$.a", )"),
                          task("B", "x-g", "C", R"("Parameters": {"id.$": "$.a.id"}, "ResultPath": "$.b", )"),
                          task("C", "x-h", "", R"("Parameters": {"id.$": "$.id"}, "ResultPath": "$.c", )")}));
  EXPECT_FALSE(has(all, "W150@/States/A"));
  EXPECT_TRUE(has(all, "W150@/States/B"));
  EXPECT_FALSE(has(all, "W150@/States/C")) << "the last state's result is the output";
}

TEST(LintTest, WhatTheContractPromisesIsNotDead) {
  Machine promised = machine_of(
      "M", machine("A", {task("A", "x-f", "B", R"("Parameters": {"id.$": "$.id"}, "ResultPath": "$.a", )"),
                         task("B", "x-g", "", R"("Parameters": {"id.$": "$.id"}, "ResultPath": "$.b", )")}));
  EXPECT_TRUE(has_rule(found(std::span(&promised, 1)), "W150"));
  promised.contract = contract::read_contract(json::parse(R"({"contractVersion": "1", "owner": "o",
      "output": {"type": "object", "properties": {"a": {}}}})")
                                                  .value())
                          .value();
  EXPECT_FALSE(has_rule(found(std::span(&promised, 1)), "W150"));
}

TEST(LintTest, PayloadsThatWereSeenLargeAreTold) {
  Machine seen = machine_of("M", machine("A", {task("A", "x-f", "")}));
  seen.input_bytes["A"] = 200'000;
  EXPECT_TRUE(has(found(std::span(&seen, 1)), "W152@/States/A"));
}

std::string child(std::string_view name, std::string_view arn, std::string_view input,
                  std::string_view next = "") {
  return "\"" + std::string(name) +
         R"(": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "Parameters": {"StateMachineArn": ")" +
         std::string(arn) + "\", " + std::string(input) + R"(}, "ResultPath": "$.child", )" +
         (next.empty() ? std::string(R"("End": true})") : R"("Next": ")" + std::string(next) + "\"}");
}
constexpr std::string_view kChildArn = "arn:aws:states:us-east-1:000000000000:stateMachine:Child";

TEST(LintTest, ChildrenAreStartedWithCare) {
  const auto careless = found(machine("A", {child("A", kChildArn, R"("Input.$": "$")")}));
  EXPECT_TRUE(has(careless, "W160@/States/A/Parameters/Input.$"));
  EXPECT_TRUE(has(careless, "W173@/States/A"));
  EXPECT_TRUE(has(careless, "W174@/States/A"));
  const auto fine = found(machine(
      "A",
      {child(
          "A", std::string(kChildArn) + ":PROD",
          R"("Input": {"id.$": "$.id", "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$": "$$.Execution.Id"})")}));
  EXPECT_FALSE(has_rule(fine, "W160"));
  EXPECT_FALSE(has_rule(fine, "W173"));
  EXPECT_FALSE(has_rule(fine, "W176"));
}

TEST(LintTest, ReadingDeepIntoAChildIsTold) {
  const auto all = found(machine(
      "A", {child("A", kChildArn, R"("Input": {})", "B"),
            task("B", "x-f", "", R"("Parameters": {"r.$": "$.child.Output.result.provider.reference"}, )")}));
  EXPECT_TRUE(has(all, "W161@/States/B"));
}

TEST(LintTest, WorkflowsThatStartEachOtherAreAnError) {
  const auto starts = [](std::string_view name) {
    return machine("A", {child("A", "arn:aws:states:us-east-1:000000000000:stateMachine:" + std::string(name),
                               R"("Input": {})")});
  };
  const Machine machines[] = {machine_of("Ping", starts("Pong")), machine_of("Pong", starts("Ping"))};
  const auto findings = lint(machines);
  EXPECT_EQ(std::ranges::count(findings, "W171", &Finding::rule), 2);
  EXPECT_EQ(std::ranges::find(findings, "W171", &Finding::rule)->level, Level::kError);
}

TEST(LintTest, DeepNestingNamesTheWholeWay) {
  const auto starts = [](std::string_view name) {
    return machine("A",
                   {
                       child("A", "arn:aws:states:us-east-1:000000000000:stateMachine:" + std::string(name),
                             R"("Input": {})"),
                   });
  };
  const Machine machines[] = {machine_of("One", starts("Two")), machine_of("Two", starts("Three")),
                              machine_of("Three", starts("Four")),
                              machine_of("Four", machine("A", {task("A", "x-f", "")}))};
  const auto findings = lint(machines);
  const auto deep = std::ranges::find(findings, "W170", &Finding::rule);
  ASSERT_NE(deep, findings.end());
  EXPECT_NE(deep->message.find("One > Two > Three > Four"), std::string::npos) << deep->message;
  EXPECT_TRUE(std::ranges::any_of(findings, [](const Finding& one) { return one.rule == "W172"; }));
}

TEST(LintTest, AHistoryThatWillNotFitIsTold) {
  const std::string_view map =
      R"({"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$.items", "End": true,
      "ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:x-f", "End": true}}}}}})";
  const Machine one = machine_of("M", map);
  EXPECT_FALSE(has_rule(found(std::span(&one, 1)), "W180"));
  EXPECT_TRUE(has_rule(found(std::span(&one, 1), {.assumed_items = 5'000}), "W180"));
}

TEST(LintTest, QuickAndSlowWaysInOneMachineAreTold) {
  const auto all = found(machine(
      "A", {task("A", "x-f", "B"), choice("B", "Approve", "End"), std::string(kEnd),
            R"("Approve": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
               "Parameters": {"FunctionName": "x-ask", "Payload": {"token.$": "$$.Task.Token"}}, "Next": "End"})"}));
  EXPECT_TRUE(has(all, "W190@/States/Approve"));
}

TEST(LintTest, ThresholdsAreReadAndMisspeltOnesRefused) {
  EXPECT_EQ(read_thresholds(json::parse(R"({"domains": 7})").value(), "", "").value().domains, 7u);
  EXPECT_FALSE(read_thresholds(json::parse(R"({"domain": 7})").value(), "", ""));
}

TEST(LintTest, EveryRuleHasItsOwnId) {
  std::set<std::string_view> ids;
  for (const Rule& rule : rules()) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_FALSE(rule.reason.empty());
  }
}

std::string file_text(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// The example is what the rules are for: they find the monolith, and little in what it became.
TEST(LintTest, FindsTheExamplesMonolithAndNotItsParts) {
  const std::filesystem::path orders = std::filesystem::path(SOMA_SOURCE_DIR) / "examples/orders";
  const Machine before =
      machine_of("OrderProcessing", file_text(orders / "before/order-processing.asl.json"));
  const auto monolith = found(std::span(&before, 1));
  for (const char* rule : {"W101", "W110", "W121", "W130", "W131", "W150", "W174", "W190"})
    EXPECT_TRUE(has_rule(monolith, rule)) << rule;

  std::vector<Machine> after;
  for (const auto& [name, file] : {std::pair{"OrderOrchestrator", "order-orchestrator"},
                                   {"PaymentProcessing", "payment-processing"},
                                   {"PaymentCompensation", "payment-compensation"},
                                   {"InventoryReservation", "inventory-reservation"},
                                   {"FulfillmentSubmission", "fulfillment-submission"}}) {
    after.push_back(machine_of(name, file_text(orders / "workflows" / (std::string(file) + ".asl.json"))));
    after.back().contract =
        contract::read_contract(
            json::parse(file_text(orders / "workflows" / (std::string(file) + ".contract.json"))).value())
            .value();
  }
  for (const Finding& finding : lint(after))
    EXPECT_EQ(finding.level, Level::kNote) << finding.rule << " " << finding.message;
}

TEST(LintReportTest, SarifNamesFileLineAndRule) {
  Machine machine =
      machine_of("M",
                 "{\"StartAt\": \"A\",\n \"States\": {\n  \"A\": {\"Type\": \"Task\", \"Resource\": "
                 "\"arn:aws:states:::sqs:sendMessage.waitForTaskToken\",\n   \"Parameters\": "
                 "{\"token.$\": \"$$.Task.Token\"}, \"End\": true}}}");
  machine.source = "flows/m.asl.json";
  const std::span machines(&machine, 1);
  const auto findings = lint(machines);
  const json::Value sarif = to_sarif(findings, machines);
  EXPECT_EQ(sarif.get("version").string_or(""), "2.1.0");
  const json::Value& result = sarif.get("runs").at(0).get("results").at(0);
  EXPECT_EQ(result.get("ruleId").string_or(""), "W174");
  const json::Value& place = result.get("locations").at(0).get("physicalLocation");
  EXPECT_EQ(place.get("artifactLocation").get("uri").string_or(""), "flows/m.asl.json");
  EXPECT_EQ(place.get("region").get("startLine").int_or(0), 3);
  EXPECT_TRUE(to_text(findings, machines).starts_with("flows/m.asl.json:3:3: warning W174"));
}

}  // namespace
}  // namespace soma::workflow::lint
