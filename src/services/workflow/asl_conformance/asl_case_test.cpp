#include "services/workflow/asl_conformance/asl_case_test_kit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace soma::workflow::conformance {
namespace {

// A Map that is not held to one iteration at a time, or a Parallel state, anywhere below.
bool has_concurrency(const json::Value& value) {
  if (value.is_array()) return std::ranges::any_of(value.as_array(), has_concurrency);
  if (!value.is_object()) return false;
  const std::string_view type = value.get("Type").string_or("");
  if (type == "Parallel" || (type == "Map" && value.get("MaxConcurrency").int_or(0) != 1)) return true;
  return std::ranges::any_of(value.as_object(),
                             [](const auto& member) { return has_concurrency(member.second); });
}

}  // namespace

std::filesystem::path asl_folder() {
  const char* root = std::getenv("SOMA_CONFORMANCE");
  return std::filesystem::path(root == nullptr ? SOMA_SOURCE_DIR "/../shared/conformance" : root) / "asl";
}

std::vector<AslCase> load_cases(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<AslCase> cases;
  for (const auto& file : files) {
    std::ifstream stream(file);
    std::stringstream text;
    text << stream.rdbuf();
    auto parsed = json::parse(text.str());
    if (!parsed) {
      ADD_FAILURE() << file.string() << ": " << parsed.error().to_string();
      continue;
    }
    const std::string group(parsed->get("group").string_or(""));
    for (const json::Value& one : parsed->get("cases").as_array()) {
      cases.push_back({.group = group,
                       .id = std::string(one.get("id").string_or("")),
                       .level = std::string(one.get("level").string_or("")),
                       .data = one});
    }
  }
  return cases;
}

bool AslCase::express() const {
  return data.get("type").string_or("") == "EXPRESS";
}

std::string AslCase::machine_name() const {
  return std::string(data.get("state_machine_name").string_or("machine-under-test"));
}
std::string AslCase::machine_arn() const {
  return "arn:aws:states:us-east-1:111111111111:stateMachine:" + machine_name();
}
std::string AslCase::execution_name() const {
  return std::string(data.get("execution_name").string_or("execution-under-test"));
}
std::string AslCase::execution_arn() const {
  if (!express()) {
    return "arn:aws:states:us-east-1:111111111111:execution:" + machine_name() + ":" + execution_name();
  }
  return "arn:aws:states:us-east-1:111111111111:express:" + machine_name() + ":" + execution_name() +
         ":00000000-0000-0000-0000-000000000001";
}

Comparator AslCase::comparator() const {
  std::vector<std::pair<std::string, std::string>> bindings;
  const json::Value& named = data.get("bindings");
  if (named.is_object()) {
    for (const auto& [token, value] : named.as_object()) {
      if (!value.is_string()) continue;
      const std::string& text = value.as_string();
      if (text == "state-machine-name") {
        bindings.emplace_back(machine_name(), token);
      } else if (text == "state-machine-arn") {
        bindings.emplace_back(machine_arn(), token);
      } else if (text == "execution-name") {
        bindings.emplace_back(execution_name(), token);
      } else if (text == "execution-arn") {
        bindings.emplace_back(execution_arn(), token);
      } else {
        bindings.emplace_back(text, token);
      }
    }
  }
  return {std::move(bindings), data.get("wildcards"), data.get("wildcard_parts")};
}

bool AslCase::concurrent() const {
  return has_concurrency(data.get("definition"));
}

namespace {

// Members that the service did not have yet when older cases were recorded: the first day with them.
struct LaterMember {
  std::string_view name, since;  // "YYYY-MM-DD"
};
constexpr LaterMember kLaterMembers[] = {{"redriveCount", "2023-11-15"},
                                         {"RedriveCount", "2023-11-15"},
                                         {"RedriveStatus", "2023-11-15"},
                                         {"RedriveStatusReason", "2023-11-15"},
                                         {"encryptionConfiguration", "2024-07-25"},
                                         {"variableReferences", "2024-11-01"}};

// "DD-MM-YYYY, …" as "YYYY-MM-DD".
std::string day_of(std::string_view recorded) {
  return fmt::format("{}-{}-{}", recorded.substr(6, 4), recorded.substr(3, 2), recorded.substr(0, 2));
}

// What soma answers, as the service would have answered on that day.
json::Value as_on(std::string_view day, const json::Value& value) {
  json::Value out = value.is_array() ? json::Value(json::Array{}) : json::Value(json::Object{});
  if (value.is_array()) {
    for (const json::Value& element : value.as_array()) out.push_back(as_on(day, element));
    return out;
  }
  if (!value.is_object()) return value;
  for (const auto& [member, part] : value.as_object()) {
    const auto* const later = std::ranges::find(kLaterMembers, std::string_view(member), &LaterMember::name);
    if (later == std::end(kLaterMembers) || day >= later->since) out.set(member, as_on(day, part));
  }
  return out;
}

}  // namespace

json::Value as_on_its_day(const AslCase& which, const json::Value& value) {
  return as_on(day_of(which.data.get("recorded").string_or("")), value);
}

Verdict judge(const AslCase& which, const Seen& seen) {
  const json::Value& expect = which.data.get("expect");
  const auto of_its_day = [&](const json::Value& value) { return as_on_its_day(which, expanded(value)); };
  Comparator comparator = which.comparator();
  Verdict verdict;
  verdict.l1 = true;
  if (const json::Value* status = expect.find("status")) {
    verdict.l1 = comparator.same(*status, seen.status, "status") && verdict.l1;
  }
  if (const json::Value* output = expect.find("output")) {
    verdict.l1 = comparator.same(*output, of_its_day(seen.output), "output") && verdict.l1;
  }
  if (const json::Value* error = expect.find("error")) {
    verdict.l1 = comparator.same(*error, seen.error, "error") && verdict.l1;
  }
  verdict.l2 = verdict.l1;
  if (const json::Value* cause = expect.find("cause")) {
    verdict.l2 = comparator.same(*cause, of_its_day(seen.cause), "cause") && verdict.l2;
  }
  verdict.l3 = verdict.l2;
  if (const json::Value* history = expect.find("history"); history != nullptr && history->is_array()) {
    json::Array actual;
    for (const json::Value& event : seen.history) actual.push_back(of_its_day(event));
    // It was looked at while it ran.
    if (seen.status == "RUNNING") actual.resize(std::min(actual.size(), history->size()));
    verdict.l3 = comparator.same_history(history->as_array(), actual, which.concurrent(),
                                         expect.get("history_normalised").bool_or(false)) &&
                 verdict.l3;
  }
  verdict.differences = comparator.differences();
  return verdict;
}

void Tally::add(const Verdict& verdict) {
  ++total;
  l1 += verdict.l1 ? 1 : 0;
  l2 += verdict.l2 ? 1 : 0;
  l3 += verdict.l3 ? 1 : 0;
}

void Tally::print(std::string_view level) const {
  fmt::print("asl: {} of {} passed (L1) {}\n", l1, total, level);
  fmt::print("asl: {} of {} passed (L2) {}\n", l2, total, level);
  fmt::print("asl: {} of {} passed (L3) {}\n", l3, total, level);
  std::fflush(stdout);
}

}  // namespace soma::workflow::conformance
