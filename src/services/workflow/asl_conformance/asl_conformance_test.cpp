// Recorded cases of the service's own behaviour, on the engine: see asl_case_test_kit.h.
//
// $SOMA_ASL_CASE, a part of an id, runs only those cases and prints all they show.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include "services/workflow/asl_conformance/case_runner_test_kit.h"

namespace soma::workflow::conformance {
namespace {

// Levels that need nothing but the engine.
constexpr std::array<std::string_view, 2> kLevels{"no-task", "lambda"};

void print_verdict(const AslCase& which, const Verdict& verdict) {
  fmt::print("  {} {}: {}\n", which.group, which.id, verdict.l2 ? "L3" : verdict.l1 ? "L2" : "L1");
  for (const std::string& difference : verdict.differences) fmt::print("    {}\n", difference);
}

Verdict verdict_of(const AslCase& which, bool show) {
  std::string problem;
  const auto seen = run_case(which, problem);
  if (!seen) return {.differences = {problem}};
  if (show) {
    for (const json::Value& event : seen->history) fmt::print("  {}\n", json::write(event));
  }
  return judge(which, *seen);
}

TEST(AslConformance, TheEngineBehavesAsRecorded) {
  const auto folder = asl_folder();
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "asl: skipped, " << folder.string() << " is not there";
  }
  const char* only = std::getenv("SOMA_ASL_CASE");
  const auto cases = load_cases(folder);
  for (std::string_view level : kLevels) {
    Tally tally;
    for (const AslCase& which : cases) {
      if (which.level != level || which.data.has("steps")) continue;
      if (only != nullptr && which.id.find(only) == std::string::npos) continue;
      const Verdict verdict = verdict_of(which, only != nullptr);
      tally.add(verdict);
      if (!verdict.l3) print_verdict(which, verdict);
      EXPECT_TRUE(verdict.l3) << which.id;
    }
    tally.print(level);
  }
}

}  // namespace
}  // namespace soma::workflow::conformance
