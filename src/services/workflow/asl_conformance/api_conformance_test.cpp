// Recorded calls of the Step Functions API: cases of level "api" (asl_case_test_kit.h), carried out on a
// service (steps_test_kit.h). $SOMA_ASL_CASE, a part of an id, runs only those cases.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "services/workflow/asl_conformance/asl_case_test_kit.h"
#include "services/workflow/asl_conformance/steps_test_kit.h"

namespace soma::workflow::conformance {
namespace {

// Cases that no service can answer as recorded, by the ends of their ids: docs/workflow-conformance.md says
// why.
constexpr std::array<std::string_view, 5> kImpossible{
    "::test_describe_nonexistent_sm", "::test_create_duplicate_definition_format_sm",
    "::test_create_update_state_machine_base_role_arn", "::test_create_update_state_machine_same_parameters",
    "::test_publish_state_machine_version_no_such_machine"};
// Their recorded sentences are another program's, not the service's: the error's name is compared.
constexpr std::string_view kOthersSentences = "::test_map_state_label_";

bool impossible(const AslCase& which) {
  return std::ranges::any_of(kImpossible, [&](std::string_view end) { return which.id.ends_with(end); });
}

// What each token stands for in this run: (value, token).
using Bindings = std::vector<std::pair<std::string, std::string>>;
Bindings bindings_of(const json::Value& recorded, const Steps& steps) {
  Bindings bindings;
  for (const auto& [token, meaning] : recorded.get("bindings").as_object()) {
    std::string text(steps.rendered(meaning.is_object() ? meaning.get("of") : meaning).string_or(""));
    if (meaning.is_object()) text = text.substr(text.rfind(':') + 1);
    if (!text.empty()) bindings.emplace_back(std::move(text), token);
  }
  return bindings;
}

// Several tokens may stand for the same value: they are one.
json::Value with_one_token(const json::Value& expected, const Bindings& bindings) {
  std::vector<std::pair<std::string, std::string>> same;  // token, and the one in its place
  for (const auto& [value, token] : bindings) {
    const auto first = std::ranges::find(bindings, value, &Bindings::value_type::first);
    if (first->second != token) same.emplace_back(token, first->second);
  }
  std::ranges::sort(same, std::ranges::greater(), [](const auto& entry) { return entry.first.size(); });
  std::string text = json::write(expected);
  for (const auto& [token, other] : same)
    for (size_t at = text.find(token); at != std::string::npos; at = text.find(token, at + other.size()))
      text.replace(at, token.size(), other);
  return json::parse(text).value_or(expected);
}

// The steps that reached the service: without those that an SDK refused itself.
json::Value sent_steps(const json::Value& recorded) {
  std::vector<std::string_view> refused;
  for (const json::Value& expected : recorded.get("expect").get("api").as_array())
    if (expected.get("error").get("client_side").bool_or(false))
      refused.push_back(expected.get("step").string_or(""));
  json::Value steps = json::Array{};
  for (const json::Value& step : recorded.get("steps").as_array())
    if (std::ranges::find(refused, step.get("id").string_or("")) == refused.end()) steps.push_back(step);
  return steps;
}

struct ApiVerdict {
  bool l1 = true, l2 = true;  // without the sentences, and with them
  std::vector<std::string> problems{};
};

void judge_failure(const json::Value& expected, const ApiError* failure, Comparator& comparator,
                   ApiVerdict& verdict) {
  const json::Value& wanted = expected.get("error");
  if (wanted.get("client_side").bool_or(false)) return;  // an SDK refused it, and the service never saw it
  const std::string place(expected.get("match").string_or(""));
  if (!failure) {
    verdict.l1 = false;
    verdict.problems.push_back(place + ": no error");
    return;
  }
  if (failure->name != wanted.get("code").string_or("")) {
    verdict.l1 = false;
    verdict.problems.push_back(fmt::format("{}: {} ({})", place, failure->name, failure->message));
  }
  verdict.l2 = comparator.same(wanted.get("message"), failure->message, place) && verdict.l2;
}

ApiVerdict judge_calls(const AslCase& which) {
  ApiVerdict verdict;
  Steps steps;
  std::string problem;
  if (!steps.run(sent_steps(which.data), problem)) return {false, false, {problem}};
  const Bindings bindings = bindings_of(which.data, steps);
  Comparator comparator(bindings, which.data.get("wildcards"), which.data.get("wildcard_parts"));
  const json::Value& api = which.data.get("expect").get("api");
  for (size_t at = 0; at < api.size(); ++at) {
    const json::Value expected = with_one_token(api.at(at), bindings);
    const std::string step(expected.get("step").string_or(""));
    if (expected.has("error")) {
      judge_failure(expected, steps.failure(step), comparator, verdict);
      continue;
    }
    const json::Value* of = expected.find("of");
    if (of && of->is_array() && of->empty()) continue;  // put together outside of the steps
    const json::Value actual = of ? steps.rendered(*of) : steps.answer(step);
    const std::string place(expected.get("match").string_or(""));
    verdict.l1 = comparator.same(expected.get("recorded"), as_on_its_day(which, actual), place) && verdict.l1;
  }
  for (const std::string& difference : comparator.differences()) verdict.problems.push_back(difference);
  verdict.l2 = verdict.l2 && verdict.l1;
  return verdict;
}

TEST(AslApiConformance, TheApiAnswersAsRecorded) {
  if (!std::filesystem::exists(asl_folder()))
    GTEST_SKIP() << "asl: skipped, " << asl_folder().string() << " is not there";
  const char* only = std::getenv("SOMA_ASL_CASE");  // NOLINT(concurrency-mt-unsafe)
  size_t all = 0, l1 = 0, l2 = 0;
  for (const AslCase& which : load_cases(asl_folder())) {
    if (which.level != "api" || (only && !which.id.contains(only))) continue;
    const ApiVerdict verdict = judge_calls(which);
    ++all;
    l1 += verdict.l1 ? 1U : 0U;
    l2 += verdict.l2 ? 1U : 0U;
    EXPECT_NE(verdict.l1, impossible(which)) << which.id;
    if (verdict.l1) EXPECT_NE(verdict.l2, which.id.contains(kOthersSentences)) << which.id;
    if (verdict.l2) continue;
    fmt::print("  {} {}: {}\n", which.group, which.id, verdict.l1 ? "L2" : "L1");
    for (const std::string& line : verdict.problems) fmt::print("    {}\n", line);
  }
  fmt::print("asl: {} of {} passed (L1) api\nasl: {} of {} passed (L2) api\n", l1, all, l2, all);
}

}  // namespace
}  // namespace soma::workflow::conformance
