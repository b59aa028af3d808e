#include "services/workflow/connectors/task_mocks.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <stdexcept>
#include <vector>

#include "base/json/schema.h"
#include "services/workflow/connectors/answers.h"

namespace soma::workflow {
namespace {

using json::Value;

constexpr std::string_view kSchema = R"json({
  "type": "object",
  "required": ["StateMachines", "MockedResponses"],
  "additionalProperties": false,
  "properties": {
    "StateMachines": {
      "type": "object",
      "additionalProperties": {
        "type": "object",
        "required": ["TestCases"],
        "additionalProperties": false,
        "properties": {
          "TestCases": {
            "type": "object",
            "additionalProperties": {"type": "object", "additionalProperties": {"type": "string"}}
          }
        }
      }
    },
    "MockedResponses": {
      "type": "object",
      "additionalProperties": {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": "^[0-9]{1,6}(-[0-9]{1,6})?$"},
        "additionalProperties": {
          "type": "object",
          "minProperties": 1,
          "maxProperties": 1,
          "additionalProperties": false,
          "properties": {
            "Return": {},
            "Throw": {
              "type": "object",
              "additionalProperties": false,
              "properties": {"Error": {"type": "string"}, "Cause": {"type": "string"}}
            }
          }
        }
      }
    }
  }
})json";

const json::Schema& schema() {
  static const json::Schema schema_of_file = [] {
    const auto parsed = json::parse(kSchema);
    const auto compiled =
        parsed ? json::Schema::compile(*parsed) : os::Result<json::Schema>(std::unexpected(parsed.error()));
    if (!compiled) throw std::logic_error("the schema of mocks: " + compiled.error().to_string());
    return *compiled;
  }();
  return schema_of_file;
}

// What the tries from `first` to `last` get.
struct Tries {
  uint64_t first = 0, last = 0;
  Value outcome;  // {"Return": …} or {"Throw": …}
};

Tries tries_of(std::string_view range, const Value& outcome) {
  Tries tries{.outcome = outcome};
  const size_t dash = range.find('-');
  const auto number = [](std::string_view text, uint64_t& out) {
    std::from_chars(text.data(), text.data() + text.size(), out);
  };
  number(range.substr(0, dash), tries.first);
  tries.last = tries.first;
  if (dash != std::string_view::npos) number(range.substr(dash + 1), tries.last);
  return tries;
}

class TaskMocks final : public Mocks {
 public:
  explicit TaskMocks(const Value& configuration) {
    for (const auto& [name, response] : configuration.get("MockedResponses").as_object())
      for (const auto& [range, outcome] : response.as_object())
        responses_[name].push_back(tries_of(range, outcome));
    for (const auto& [machine, given] : configuration.get("StateMachines").as_object())
      for (const auto& [test_case, states] : given.get("TestCases").as_object()) {
        auto& known = cases_[key_of(machine, test_case)];
        for (const auto& [state, response] : states.as_object()) known[state] = response.as_string();
      }
  }

  bool knows(std::string_view machine, std::string_view test_case) const override {
    return cases_.contains(key_of(machine, test_case));
  }

  std::optional<ConnectorResult> find(const MockQuestion& question) const override {
    const auto known = cases_.find(key_of(question.machine, question.test_case));
    if (known == cases_.end()) return std::nullopt;
    const auto state = known->second.find(question.state);
    if (state == known->second.end()) return std::nullopt;
    for (const Tries& tries : responses_.find(state->second)->second)
      if (tries.first <= question.retry_count && question.retry_count <= tries.last)
        return outcome_of(tries.outcome);
    return failure("States.TaskFailed", fmt::format("The mocked response {} says nothing of try {}.",
                                                    state->second, question.retry_count));
  }

 private:
  using States = std::map<std::string, std::string, std::less<>>;  // state → response

  static std::string key_of(std::string_view machine, std::string_view test_case) {
    return fmt::format("{}#{}", machine, test_case);
  }
  static ConnectorResult outcome_of(const Value& outcome) {
    if (const Value* result = outcome.find("Return")) return answer(*result);
    const Value& thrown = outcome.get("Throw");
    return failure(std::string(thrown.get("Error").string_or("")),
                   std::string(thrown.get("Cause").string_or("")));
  }

  std::map<std::string, States, std::less<>> cases_;
  std::map<std::string, std::vector<Tries>, std::less<>> responses_;
};

// Every response that a test case names is there, and every range goes upwards.
std::vector<json::Violation> find_faults(const Value& configuration) {
  std::vector<json::Violation> faults;
  const Value& responses = configuration.get("MockedResponses");
  for (const auto& [name, response] : responses.as_object())
    for (const auto& [range, outcome] : response.as_object())
      if (const Tries tries = tries_of(range, outcome);
          tries.first > tries.last || tries.last > kMaxMockedTries)
        faults.push_back({json::append_pointer(json::append_pointer("/MockedResponses", name), range),
                          "range", "is no range of tries: write \"0\" or \"1-3\""});
  for (const auto& [machine, given] : configuration.get("StateMachines").as_object())
    for (const auto& [test_case, states] : given.get("TestCases").as_object())
      for (const auto& [state, response] : states.as_object()) {
        if (responses.has(response.as_string())) continue;
        std::string pointer = json::append_pointer("/StateMachines", machine) + "/TestCases";
        pointer = json::append_pointer(json::append_pointer(pointer, test_case), state);
        faults.push_back({std::move(pointer), "response",
                          fmt::format("names the response {}, which MockedResponses does not have",
                                      response.as_string())});
      }
  return faults;
}

}  // namespace

os::Result<std::unique_ptr<Mocks>> parse_task_mocks(std::string_view text, std::string_view source) {
  json::ParseOptions options;
  options.source = source;
  SOMA_ASSIGN(const Value value, json::parse(text, options));
  auto violations = schema().validate(value);
  if (violations.empty()) violations = find_faults(value);
  if (!violations.empty()) return std::unexpected(json::violations_error(violations, text, source));
  return std::make_unique<TaskMocks>(value);
}

}  // namespace soma::workflow
