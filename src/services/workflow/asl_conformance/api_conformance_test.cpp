// The recorded cases of level "api": $SOMA_CONFORMANCE/asl (its README says what the files hold). Run alone by
// --gtest_filter='AslApiConformance.*'; the program then ends with "asl: api N of M passed".
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/os/os.h"
#include "services/workflow/asl_conformance/steps_test_kit.h"

namespace soma::workflow::conformance {
namespace {

std::filesystem::path folder() {
  const char* root = std::getenv("SOMA_CONFORMANCE");  // NOLINT(concurrency-mt-unsafe)
  const std::filesystem::path base = root != nullptr ? root : SOMA_SOURCE_DIR "/../shared/conformance";
  return base / "asl";
}

std::vector<json::Value> cases_of_level(std::string_view level) {
  std::vector<json::Value> cases;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    if (entry.path().extension() != ".json") continue;
    const auto text = os::read_file(entry.path().string());
    const auto file = text ? json::parse(*text) : std::unexpected(text.error());
    if (!file) {
      ADD_FAILURE() << entry.path() << ": " << file.error().to_string();
      continue;
    }
    for (const json::Value& recorded : file->get("cases").as_array())
      if (recorded.get("level").string_or("") == level) cases.push_back(recorded);
  }
  return cases;
}

std::string short_id(const json::Value& recorded) {
  const std::string_view id = recorded.get("id").string_or("");
  return std::string(id.substr(id.rfind("::") + 2));
}

std::vector<std::string> words(const json::Value& list) {
  std::vector<std::string> out;
  if (list.is_array())
    for (const json::Value& word : list.as_array()) out.emplace_back(word.string_or(""));
  return out;
}

// What each token stands for in this run.
std::vector<std::pair<std::string, std::string>> bindings_of(const json::Value& recorded, const Steps& steps) {
  std::vector<std::pair<std::string, std::string>> out;
  const json::Value& bindings = recorded.get("bindings");
  if (!bindings.is_object()) return out;
  for (const auto& [token, meaning] : bindings.as_object()) {
    const json::Value value = steps.rendered(meaning.is_object() ? meaning.get("of") : meaning);
    std::string text(value.string_or(""));
    if (meaning.is_object()) text = text.substr(text.rfind(':') + 1);
    if (!text.empty()) out.emplace_back(token, std::move(text));
  }
  return out;
}

// What is wrong with one recorded answer; nothing when it is as recorded.
std::optional<std::string> check(const json::Value& expected, const Steps& steps, Comparison& comparison) {
  const std::string name(expected.get("match").string_or(""));
  const std::string step(expected.get("step").string_or(""));
  if (const json::Value* wanted = expected.find("error")) {
    const ApiError* failure = steps.failure(step);
    if (!failure) return name + ": no error";
    if (wanted->get("client_side").bool_or(false)) return std::nullopt;  // any refusal will do
    if (failure->name != wanted->get("code").string_or(""))
      return name + ": " + failure->name + " instead of " + json::write(wanted->get("code"));
    std::string message = failure->message;
    replace_all(message, fmt::format(":{}:", kAccount), fmt::format(":{}:", kRecordedAccount));
    if (auto found = comparison.difference(wanted->get("message"), message)) return name + *found;
    return std::nullopt;
  }
  const json::Value* of = expected.find("of");
  if (of && of->is_array() && of->empty()) return std::nullopt;  // put together outside of the steps
  const json::Value actual = of ? steps.rendered(*of) : steps.answer(step);
  if (auto found = comparison.difference(expected.get("recorded"), actual)) return name + *found;
  return std::nullopt;
}

std::optional<std::string> run_case(const json::Value& recorded) {
  Steps steps;
  std::string problem;
  if (!steps.run(recorded.get("steps"), problem)) return problem;
  Comparison comparison(bindings_of(recorded, steps), words(recorded.get("wildcards")),
                        words(recorded.get("wildcard_parts")), recorded.get("recorded").string_or(""));
  for (const json::Value& expected : recorded.get("expect").get("api").as_array())
    if (auto found = check(expected, steps, comparison)) return found;
  return std::nullopt;
}

TEST(AslApiConformance, RecordedCalls) {
  if (!std::filesystem::exists(folder())) GTEST_SKIP() << "asl: skipped, " << folder().string() << " is not there";
  size_t passed = 0, all = 0;
  for (const json::Value& recorded : cases_of_level("api")) {
    ++all;
    const auto problem = run_case(recorded);
    passed += problem ? 0U : 1U;
    EXPECT_FALSE(problem) << short_id(recorded) << ": " << *problem;
  }
  std::printf("asl: api %zu of %zu passed\n", passed, all);
}

}  // namespace
}  // namespace soma::workflow::conformance
