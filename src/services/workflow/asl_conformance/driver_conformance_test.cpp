// Recorded executions carried out by the whole service: functions, nested executions, activities, objects,
// the API as tasks; and of those without tasks the ones whose Map is distributed. Cases that need other
// services are left out. $SOMA_ASL_CASE, a part of an id, runs only those cases.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "services/workflow/asl_conformance/asl_case_test_kit.h"
#include "services/workflow/asl_conformance/steps_test_kit.h"

namespace soma::workflow::conformance {
namespace {

// What the whole service is asked: all that the engine alone cannot show.
bool is_for_the_service(const AslCase& which) {
  if (which.level == "no-task")
    return json::write(which.data.get("definition")).contains("DISTRIBUTED") && !which.express();
  if (which.level == "lambda") return !which.express();
  return which.level == "activity-or-child" || which.level == "services";
}

// A service of the case that soma has no connector for; empty: none.
std::string_view missing_service(const AslCase& which) {
  static constexpr std::string_view kMissing[] = {
      "dynamodb",       "sns:",        "sqs:",           "states:::events", "apigateway",
      "secretsmanager", "aws-sdk:kms", "aws-sdk:lambda", "s3:listBuckets"};
  const std::string text = json::write(which.data.get("definition"));
  const auto* const found =
      std::ranges::find_if(kMissing, [&](std::string_view service) { return text.contains(service); });
  if (found != std::end(kMissing)) return *found;
  if (!which.data.get("needs").is_array()) return "";
  for (const json::Value& need : which.data.get("needs").as_array())
    if (need.string_or("") != "s3" && need.string_or("") != "s3_create_bucket") return need.string_or("");
  return "";
}

// Create, start, wait, describe, read history: what a case without steps means.
json::Value plain_steps(const AslCase& which) {
  json::Value create = json::object({{"name", which.machine_name()},
                                     {"definition", which.data.get("definition")},
                                     {"roleArn", kRole},
                                     {"type", which.express() ? "EXPRESS" : "STANDARD"}});
  json::Value start =
      json::object({{"stateMachineArn", "${c0.stateMachineArn}"}, {"name", which.execution_name()}});
  if (const json::Value* input = which.data.find("input")) start.set("input", json::write(*input));
  const auto step = [](std::string_view id, std::string_view action, json::Value parameters) {
    return json::object(
        {{"id", id}, {"service", "stepfunctions"}, {"action", action}, {"params", std::move(parameters)}});
  };
  return json::array({step("c0", "CreateStateMachine", std::move(create)),
                      step("c1", "StartExecution", std::move(start)),
                      json::object({{"id", "c2"},
                                    {"op", "await"},
                                    {"until", "terminated"},
                                    {"executionArn", "${c1.executionArn}"}})});
}

// The start whose execution the expectations are about: the last one.
std::string last_start(const json::Value& steps) {
  std::string id;
  for (const json::Value& step : steps.as_array())
    if (step.get("action").string_or("") == "StartExecution") id = step.get("id").as_string();
  return id;
}

// The case's tokens with what they stand for in this run.
json::Value rendered_bindings(const AslCase& which, const Steps& service) {
  json::Value out = json::Object{};
  if (const json::Value& bindings = which.data.get("bindings"); bindings.is_object())
    for (const auto& [token, meaning] : bindings.as_object()) {
      std::string text(service.rendered(meaning.is_object() ? meaning.get("of") : meaning).string_or(""));
      if (meaning.is_object()) text = text.substr(text.rfind(':') + 1);
      if (!text.empty()) out.set(token, std::move(text));
    }
  return out;
}

std::optional<Seen> run_whole(AslCase& which, std::string& problem) {
  json::Value steps = which.data.get("steps").is_array() ? which.data.get("steps") : plain_steps(which);
  const std::string arn = "${" + last_start(steps) + ".executionArn}";
  const json::Value of = json::object({{"executionArn", arn}});
  steps.push_back(json::object(
      {{"id", "view"}, {"service", "stepfunctions"}, {"action", "DescribeExecution"}, {"params", of}}));
  steps.push_back(json::object(
      {{"id", "all"}, {"service", "stepfunctions"}, {"action", "GetExecutionHistory"}, {"params", of}}));
  Steps service(which.data.get("functions"));
  if (!service.run(steps, problem)) return std::nullopt;
  which.data.set("bindings", rendered_bindings(which, service));
  const json::Value& view = service.answer("view");
  Seen seen{.status = std::string(view.get("status").string_or(""))};
  if (const json::Value* output = view.find("output"))
    seen.output = json::parse(output->string_or("null")).value_or(json::Value());
  if (const json::Value* error = view.find("error")) seen.error = *error;
  if (const json::Value* cause = view.find("cause")) seen.cause = *cause;
  if (service.answer("all").get("events").is_array())
    seen.history = service.answer("all").get("events").as_array();
  return seen;
}

TEST(AslDriverConformance, ExecutionsRunAsRecorded) {
  if (!std::filesystem::exists(asl_folder()))
    GTEST_SKIP() << "asl: skipped, " << asl_folder().string() << " is not there";
  const char* only = std::getenv("SOMA_ASL_CASE");  // NOLINT(concurrency-mt-unsafe)
  Tally tally;
  std::map<std::string, size_t> out_of_scope;
  for (AslCase which : load_cases(asl_folder())) {
    if (!is_for_the_service(which) || (only && !which.id.contains(only))) continue;
    if (const std::string_view service = missing_service(which); !service.empty() || which.express()) {
      ++out_of_scope[which.express() ? "the history of an Express execution" : std::string(service)];
      continue;
    }
    std::string problem;
    const std::optional<Seen> seen = run_whole(which, problem);
    const Verdict verdict = seen ? judge(which, *seen) : Verdict{.differences = {problem}};
    tally.add(verdict);
    EXPECT_TRUE(verdict.l3) << which.id;
    if (verdict.l3) continue;
    fmt::print("  {} {}: {}\n", which.group, which.id, verdict.l2 ? "L3" : verdict.l1 ? "L2" : "L1");
    for (const std::string& line : verdict.differences) fmt::print("    {}\n", line);
  }
  tally.print("the whole service");
  for (const auto& [service, count] : out_of_scope)
    fmt::print("asl: {} out of scope, they need {}\n", count, service);
}

}  // namespace
}  // namespace soma::workflow::conformance
