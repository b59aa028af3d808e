#include "services/workflow/lint/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json/schema.h"
#include "services/workflow/lint/rules.h"

namespace soma::workflow::lint {
namespace {

using json::Value;

struct Entry {
  Rule rule;
  Level level;
  Check check;
};

constexpr Entry kTable[] = {
    {{"W101", "too many domains", "an orchestrator coordinates domains; it does not do their work"},
     Level::kWarning,
     too_many_domains},
    {{"W110", "Choice chain", "who reads it needs a map"}, Level::kWarning, long_choice_chain},
    {{"W111", "wide Choice", "a decision with so many cases has an owner elsewhere"},
     Level::kNote,
     wide_choice},
    {{"W120", "much reshaping", "states that only move data hide the business"},
     Level::kWarning,
     much_reshaping},
    {{"W121", "run of Pass states", "one transformation written as several"}, Level::kNote, runs_of_pass},
    {{"W122", "repeated Pass state", "the same transformation twice is a boundary that is missing"},
     Level::kNote,
     repeated_pass},
    {{"W130", "copied Retry or Catch", "copies drift apart"}, Level::kWarning, copied_error_handling},
    {{"W131", "crowded handler", "one state that knows everybody's errors couples them all"},
     Level::kNote,
     crowded_handler},
    {{"W140", "cloned part", "a subprocess that exists twice is not owned by anybody"},
     Level::kWarning,
     cloned_parts},
    {{"W150", "dead carried member", "what nobody reads is paid for in every state"},
     Level::kWarning,
     dead_carried_keys},
    {{"W151", "distant read", "states far apart are coupled by a name in the payload"},
     Level::kNote,
     distant_reads},
    {{"W152", "growing payload", "at 262,144 bytes the execution fails"}, Level::kWarning, growing_payload},
    {{"W160", "whole payload to a child", "the child depends on everything the parent knows"},
     Level::kWarning,
     whole_payload_to_child},
    {{"W161", "deep read of a child's output", "the parent depends on how the child is built inside"},
     Level::kNote,
     deep_reads_of_child},
    {{"W170", "deep nesting", "failures are hard to follow through many levels"},
     Level::kWarning,
     deep_nesting},
    {{"W171", "circle of workflows", "it never ends, or not by itself"}, Level::kError, nesting_cycle},
    {{"W172", "single-Task child", "a workflow without a process"}, Level::kNote, single_task_child},
    {{"W173", "unqualified child", "a deployment of the child changes this workflow at once"},
     Level::kWarning,
     unqualified_child},
    {{"W174", "no time limit", "what waits for others must know when to give up"},
     Level::kWarning,
     missing_timeout},
    {{"W175", "no Retry", "networks fail"}, Level::kNote, missing_retry},
    {{"W176", "no started-by id", "the chain from parent to child is lost to other tools"},
     Level::kNote,
     missing_parent_id},
    {{"W180", "history budget", "at 25,000 events the execution fails"}, Level::kWarning, history_budget},
    {{"W190", "mixed profile", "quick and slow ways want different types, limits and alarms"},
     Level::kWarning,
     mixed_profile},
};

constexpr auto kRules = [] {
  std::array<Rule, std::size(kTable)> out{};
  for (size_t i = 0; i < out.size(); ++i) out[i] = kTable[i].rule;
  return out;
}();

// A threshold by its name in a file.
struct Knob {
  std::string_view name;
  size_t Thresholds::* count = nullptr;
  double Thresholds::* share = nullptr;
};
constexpr Knob kKnobs[] = {{"domains", &Thresholds::domains},
                           {"choiceChain", &Thresholds::choice_chain},
                           {"choiceRules", &Thresholds::choice_rules},
                           {"passShare", nullptr, &Thresholds::pass_share},
                           {"passRun", &Thresholds::pass_run},
                           {"copies", &Thresholds::copies},
                           {"handlerUses", &Thresholds::handler_uses},
                           {"cloneStates", &Thresholds::clone_states},
                           {"readDistance", &Thresholds::read_distance},
                           {"payloadShare", nullptr, &Thresholds::payload_share},
                           {"outputDepth", &Thresholds::output_depth},
                           {"nesting", &Thresholds::nesting},
                           {"assumedItems", &Thresholds::assumed_items},
                           {"assumedIterations", &Thresholds::assumed_iterations},
                           {"historyShare", nullptr, &Thresholds::history_share}};

Value thresholds_schema() {
  Value properties = json::object({{"longWaitSeconds", json::object({{"type", "integer"}, {"minimum", 1}})}});
  for (const Knob& knob : kKnobs)
    properties.set(knob.name,
                   knob.count ? json::object({{"type", "integer"}, {"minimum", 1}, {"maximum", 1'000'000}})
                              : json::object({{"type", "number"}, {"minimum", 0}, {"maximum", 1}}));
  return json::object(
      {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}});
}

}  // namespace

std::string_view level_name(Level level) {
  switch (level) {
    case Level::kNote:
      return "note";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "";
}

std::span<const Rule> rules() {
  return kRules;
}

std::vector<Finding> lint(std::span<const Machine> machines, const Thresholds& thresholds) {
  std::vector<Graph> graphs;
  for (const Machine& machine : machines.first(std::min(machines.size(), kMaxLintMachines)))
    graphs.push_back(make_graph(machine));
  std::vector<Finding> out;
  for (const Graph& graph : graphs)
    for (const Entry& entry : kTable)
      entry.check({graph, graphs, thresholds},
                  [&](const std::string& pointer, std::string message, std::string fix) {
                    if (out.size() < kMaxLintFindings)
                      out.push_back({std::string(entry.rule.id), entry.level, graph.machine->name, pointer,
                                     std::move(message), std::move(fix)});
                  });
  return out;
}

os::Result<Thresholds> read_thresholds(const Value& value, std::string_view text, std::string_view source) {
  static const json::Schema schema = json::Schema::compile(thresholds_schema()).value();
  if (const auto violations = schema.validate(value); !violations.empty())
    return std::unexpected(json::violations_error(violations, text, source));
  Thresholds out;
  for (const Knob& knob : kKnobs)
    if (const Value* set = value.find(knob.name)) {
      if (knob.count) out.*knob.count = static_cast<size_t>(set->as_int());
      if (knob.share) out.*knob.share = set->as_double();
    }
  out.long_wait_seconds = value.get("longWaitSeconds").int_or(out.long_wait_seconds);
  return out;
}

}  // namespace soma::workflow::lint
