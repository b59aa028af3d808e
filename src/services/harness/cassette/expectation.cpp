#include "services/harness/cassette/expectation.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <optional>

#include "base/json/schema.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Result;

constexpr std::string_view kSchema = R"json({
  "type": "array",
  "maxItems": 1000,
  "items": {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": false,
    "properties": {
      "exact": {"type": "boolean"},
      "answerContains": {"type": "string"},
      "answerEquals": {"type": "string"},
      "answerMatches": {"type": "string"},
      "answerJson": {"type": ["object", "boolean"]},
      "toolCalled": {
        "if": {"type": "string"},
        "else": {
          "type": "object",
          "additionalProperties": false,
          "required": ["name"],
          "properties": {
            "name": {"type": "string"},
            "times": {"type": "integer", "minimum": 0},
            "arguments": {"type": "object", "additionalProperties": {"type": "string"}}
          }
        }
      },
      "toolNotCalled": {"type": "string"},
      "toolsInOrder": {"type": "array", "items": {"type": "string"}},
      "stopReason": {"type": "string"},
      "costUnder": {"type": "number", "minimum": 0},
      "tokensUnder": {"type": "integer", "minimum": 0},
      "turnsUnder": {"type": "integer", "minimum": 0}
    }
  }
})json";

const json::Schema& schema() {
  static const json::Schema compiled = json::Schema::compile(json::parse(kSchema).value()).value();
  return compiled;
}

std::unexpected<os::Error> wrong(const std::string& pointer, std::string message, std::string hint) {
  os::Error error = json::violations_error({{pointer, "", std::move(message)}}, "", "");
  error.hint = std::move(hint);
  return std::unexpected(std::move(error));
}

std::string bounded(std::string_view text) {
  const std::string_view part = os::utf8_prefix(text, kMaxExpectationTextBytes);
  return part.size() < text.size() ? fmt::format("{}… ({} bytes)", part, text.size()) : std::string(part);
}

// What was there instead, for a failure; nothing when the expectation holds.
struct Found {
  std::string expected, actual;
};
using Check = std::optional<Found> (*)(const Value& value, const ReplayReport& report);

const ReplayedInvocation& last(const ReplayReport& report) {
  static const ReplayedInvocation nothing;
  return report.invocations.empty() ? nothing : report.invocations.back();
}

std::vector<const ReplayedTool*> calls(const ReplayReport& report) {
  std::vector<const ReplayedTool*> out;
  for (const ReplayedInvocation& invocation : report.invocations)
    for (const ReplayedTool& tool : invocation.tools) out.push_back(&tool);
  return out;
}

std::string names(const std::vector<const ReplayedTool*>& tools) {
  std::vector<std::string> out;
  for (const ReplayedTool* tool : tools) out.push_back(tool->name);
  return out.empty() ? "no calls" : os::join(out, ", ");
}

std::optional<Found> exact(const Value& value, const ReplayReport& report) {
  if (report.exact() == value.as_bool()) return std::nullopt;
  if (report.exact()) return Found{"a difference from the recording", "none"};
  const Mismatch& first = report.mismatches.front();
  return Found{
      "the recorded session, exactly",
      fmt::format("{} differences; the first: {}: {}", report.mismatches.size() + report.mismatches_left_out,
                  place_of(first), first.what)};
}

std::optional<Found> answer_contains(const Value& value, const ReplayReport& report) {
  const std::string& answer = last(report).answer;
  if (answer.find(value.as_string()) != std::string::npos) return std::nullopt;
  return Found{fmt::format("an answer with \"{}\" in it", value.as_string()), answer};
}

std::optional<Found> answer_equals(const Value& value, const ReplayReport& report) {
  if (last(report).answer == value.as_string()) return std::nullopt;
  return Found{value.as_string(), last(report).answer};
}

std::optional<Found> answer_matches(const Value& value, const ReplayReport& report) {
  if (re2::RE2::PartialMatch(last(report).answer, re2::RE2(value.as_string(), re2::RE2::Quiet)))
    return std::nullopt;
  return Found{fmt::format("an answer that /{}/ matches", value.as_string()), last(report).answer};
}

std::optional<Found> answer_json(const Value& value, const ReplayReport& report) {
  const std::string& answer = last(report).answer;
  const auto parsed = json::parse(answer);
  if (!parsed) return Found{"an answer that is JSON", fmt::format("{}: {}", parsed.error().message, answer)};
  const auto compiled = json::Schema::compile(value);
  if (!compiled) return Found{"a JSON Schema", compiled.error().to_string()};
  const auto violations = compiled->validate(*parsed);
  if (violations.empty()) return std::nullopt;
  return Found{"an answer that fits the schema", json::violations_error(violations, "", "").message};
}

bool fits(const ReplayedTool& tool, const Value& wanted) {
  if (tool.name != wanted.get("name").string_or("")) return false;
  const Value* arguments = wanted.find("arguments");
  if (arguments == nullptr) return true;
  return std::ranges::all_of(arguments->as_object(), [&](const json::Member& argument) {
    const Value* given = tool.input.find(argument.first);
    return given && os::glob_match(argument.second.as_string(),
                                   given->is_string() ? given->as_string() : json::write(*given));
  });
}

std::optional<Found> tool_called(const Value& value, const ReplayReport& report) {
  const Value wanted = value.is_string() ? json::object({{"name", value}}) : value;
  const auto all = calls(report);
  const int64_t count =
      std::ranges::count_if(all, [&](const ReplayedTool* tool) { return fits(*tool, wanted); });
  const Value* times = wanted.find("times");
  if (times ? count == times->int_or(0) : count > 0) return std::nullopt;
  std::string actual;
  for (const ReplayedTool* tool : all)
    if (tool->name == wanted.get("name").string_or(""))
      actual += fmt::format("{} {}; ", tool->name, json::write(tool->input));
  return Found{times ? fmt::format("{} such calls", times->int_or(0)) : "such a call",
               fmt::format("{} of them; {}", count,
                           actual.empty() ? names(all) : actual.substr(0, actual.size() - 2))};
}

std::optional<Found> tool_not_called(const Value& value, const ReplayReport& report) {
  const auto all = calls(report);
  const auto call =
      std::ranges::find(all, value.as_string(), [](const ReplayedTool* tool) { return tool->name; });
  if (call == all.end()) return std::nullopt;
  return Found{fmt::format("no call of {}", value.as_string()),
               fmt::format("{} {}", (*call)->name, json::write((*call)->input))};
}

std::optional<Found> tools_in_order(const Value& value, const ReplayReport& report) {
  std::vector<std::string> wanted;
  for (const Value& name : value.as_array()) wanted.push_back(name.as_string());
  const auto all = calls(report);
  if (std::ranges::equal(wanted, all, {}, {}, [](const ReplayedTool* tool) { return tool->name; }))
    return std::nullopt;
  return Found{wanted.empty() ? "no calls" : os::join(wanted, ", "), names(all)};
}

std::optional<Found> stop_reason(const Value& value, const ReplayReport& report) {
  if (last(report).stop_reason == value.as_string()) return std::nullopt;
  return Found{value.as_string(), last(report).stop_reason};
}

std::optional<Found> cost_under(const Value& value, const ReplayReport& report) {
  double cost = 0;
  for (const ReplayedInvocation& invocation : report.invocations) {
    if (!invocation.cost_usd)
      return Found{fmt::format("under {} USD", value.as_double()), "the model has no price"};
    cost += *invocation.cost_usd;
  }
  if (cost < value.as_double()) return std::nullopt;
  return Found{fmt::format("under {} USD", value.as_double()), fmt::format("{} USD", cost)};
}

std::optional<Found> tokens_under(const Value& value, const ReplayReport& report) {
  int64_t tokens = 0;
  for (const ReplayedInvocation& invocation : report.invocations) tokens += invocation.usage.total();
  if (tokens < value.int_or(0)) return std::nullopt;
  return Found{fmt::format("under {} tokens", value.int_or(0)), fmt::format("{} tokens", tokens)};
}

std::optional<Found> turns_under(const Value& value, const ReplayReport& report) {
  int64_t turns = 0;
  for (const ReplayedInvocation& invocation : report.invocations)
    turns += static_cast<int64_t>(invocation.turns);
  if (turns < value.int_or(0)) return std::nullopt;
  return Found{fmt::format("under {} turns", value.int_or(0)), fmt::format("{} turns", turns)};
}

struct Kind {
  std::string_view name;
  Check check;
};
constexpr Kind kKinds[] = {{"exact", exact},
                           {"answerContains", answer_contains},
                           {"answerEquals", answer_equals},
                           {"answerMatches", answer_matches},
                           {"answerJson", answer_json},
                           {"toolCalled", tool_called},
                           {"toolNotCalled", tool_not_called},
                           {"toolsInOrder", tools_in_order},
                           {"stopReason", stop_reason},
                           {"costUnder", cost_under},
                           {"tokensUnder", tokens_under},
                           {"turnsUnder", turns_under}};

}  // namespace

Result<std::vector<Expectation>> expectations_from_json(const json::Array& list) {
  const auto violations = schema().validate(list);
  if (!violations.empty()) return std::unexpected(json::violations_error(violations, "", ""));
  std::vector<Expectation> out;
  for (const Value& entry : list) {
    const auto& [kind, value] = entry.as_object().front();
    const std::string pointer = fmt::format("/{}/{}", out.size(), kind);
    if (kind == "answerMatches") {
      const re2::RE2 pattern(value.as_string(), re2::RE2::Quiet);
      if (!pattern.ok())
        return wrong(pointer, fmt::format("is no regular expression: {}", pattern.error()),
                     "RE2's syntax, without look-around and back-references");
    }
    if (kind == "answerJson") {
      const auto compiled = json::Schema::compile(value);
      if (!compiled)
        return wrong(pointer, fmt::format("is no JSON Schema: {}", compiled.error().message),
                     compiled.error().hint);
    }
    out.push_back({kind, value});
  }
  return out;
}

Result<std::vector<Expectation>> expectations_of(const Cassette& cassette) {
  if (cassette.expect.empty()) return std::vector<Expectation>{{"exact", true}};
  return expectations_from_json(cassette.expect);
}

std::vector<ExpectationFailure> check_expectations(const std::vector<Expectation>& expectations,
                                                   const ReplayReport& report) {
  std::vector<ExpectationFailure> failures;
  for (const Expectation& expectation : expectations) {
    const auto* kind = std::ranges::find(kKinds, expectation.kind, &Kind::name);
    if (kind == std::end(kKinds)) continue;  // expectations_from_json() made none of another kind
    if (const auto found = kind->check(expectation.value, report))
      failures.push_back({bounded(json::write(json::object({{expectation.kind, expectation.value}}))),
                          bounded(found->expected), bounded(found->actual)});
  }
  return failures;
}

json::Array default_expectations(const Cassette& cassette) {
  Value tools = json::Array{};
  for (const RecordedInvocation& invocation : cassette.invocations)
    for (const RecordedTurn& turn : invocation.turns)
      for (const RecordedTool& tool : turn.tools) tools.push_back(tool.name);
  const std::string stop = cassette.invocations.empty() ? "" : cassette.invocations.back().stop_reason;
  return {json::object({{"stopReason", stop}}), json::object({{"toolsInOrder", std::move(tools)}}),
          json::object({{"exact", true}})};
}

}  // namespace soma::harness
