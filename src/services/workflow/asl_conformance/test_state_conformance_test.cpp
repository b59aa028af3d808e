// Recorded calls of TestState: cases of level "test-state" (asl_case_test_kit.h), each one call on a service
// (steps_test_kit.h). $SOMA_ASL_CASE, a part of an id, runs only those cases.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "services/workflow/asl_conformance/asl_case_test_kit.h"
#include "services/workflow/asl_conformance/steps_test_kit.h"

namespace soma::workflow::conformance {
namespace {

constexpr std::string_view kStep = "tested";

json::Value call_of(const AslCase& which) {
  json::Value parameters = which.data.get("test_state");
  parameters.set("definition", which.data.get("definition"));
  for (const std::string_view member : {"input", "variables"})
    if (const json::Value* value = which.data.find(member)) parameters.set(member, json::write(*value));
  json::Value step =
      json::object({{"id", kStep}, {"action", "TestState"}, {"params", std::move(parameters)}});
  if (which.data.get("expect").get("status").string_or("") == "CALL_FAILED") step.set("fails", true);
  return step;
}

// The recorded answer, without the answer's own `cause`: that is a sentence.
void judge_answer(const json::Value& recorded, const json::Value& actual, Comparator& comparator,
                  Verdict& verdict) {
  json::Value expected = recorded, seen = actual;
  expected.erase("cause");
  seen.erase("cause");
  verdict.l1 = comparator.same(expected, expanded(seen), "answer");
  verdict.l2 = verdict.l1;
  if (const json::Value* cause = recorded.find("cause"))
    verdict.l2 = comparator.same(*cause, expanded(actual.get("cause")), "cause") && verdict.l2;
}

void judge_refusal(const json::Value& expect, const ApiError& failure, Comparator& comparator,
                   Verdict& verdict) {
  // An SDK refused it itself; whoever sends it all the same gets the service's own error.
  if (!expect.has("error")) {
    verdict.l1 = verdict.l2 = failure.name == error::kValidation;
    return;
  }
  verdict.l1 = comparator.same(expect.get("error"), failure.name, "error");
  verdict.l2 = comparator.same(expect.get("cause"), failure.message, "message") && verdict.l1;
}

Verdict judge_call(const AslCase& which) {
  Verdict verdict;
  Steps steps(which.data.get("functions"));
  const json::Value calls = json::array({call_of(which)});
  std::string problem;
  if (!steps.run(calls, problem)) {
    verdict.differences.push_back(std::move(problem));
    return verdict;
  }
  const json::Value& expect = which.data.get("expect");
  Comparator comparator = which.comparator();
  if (const ApiError* failure = steps.failure(kStep)) {
    judge_refusal(expect, *failure, comparator, verdict);
  } else {
    judge_answer(expect.get("api").at(0).get("recorded"), steps.answer(kStep), comparator, verdict);
  }
  verdict.differences = comparator.differences();
  return verdict;
}

TEST(AslTestStateConformance, TestStateAnswersAsRecorded) {
  if (!std::filesystem::exists(asl_folder()))
    GTEST_SKIP() << "asl: skipped, " << asl_folder().string() << " is not there";
  const char* only = std::getenv("SOMA_ASL_CASE");  // NOLINT(concurrency-mt-unsafe)
  size_t all = 0, l1 = 0, l2 = 0;
  for (const AslCase& which : load_cases(asl_folder())) {
    if (which.level != "test-state" || (only && !which.id.contains(only))) continue;
    const Verdict verdict = judge_call(which);
    ++all;
    l1 += verdict.l1 ? 1U : 0U;
    l2 += verdict.l2 ? 1U : 0U;
    for (const std::string& difference : verdict.differences) ADD_FAILURE() << which.id << ": " << difference;
    EXPECT_TRUE(verdict.l2) << which.id;
  }
  fmt::print("asl: {} of {} passed (L1) test-state\nasl: {} of {} passed (L2) test-state\n", l1, all, l2,
             all);
}

}  // namespace
}  // namespace soma::workflow::conformance
