// Findings for people, for programs, and for code hosts (SARIF 2.1.0, OASIS).
#include <fmt/format.h>

#include <algorithm>

#include "base/os/version.h"
#include "services/workflow/lint/lint.h"

namespace soma::workflow::lint {
namespace {

using json::Value;

const Machine* machine_of(const Finding& finding, std::span<const Machine> machines) {
  const auto found = std::ranges::find(machines, finding.machine, &Machine::name);
  return found == machines.end() ? nullptr : &*found;
}

json::Position place_of(const Finding& finding, std::span<const Machine> machines) {
  const Machine* machine = machine_of(finding, machines);
  return machine ? json::locate(machine->definition->text, finding.pointer) : json::Position{};
}

std::string source_of(const Finding& finding, std::span<const Machine> machines) {
  const Machine* machine = machine_of(finding, machines);
  return machine && !machine->source.empty() ? machine->source : finding.machine;
}

const Rule& rule_of(const Finding& finding) {
  return *std::ranges::find(rules(), std::string_view(finding.rule), &Rule::id);
}

// The state's name, out of "/States/A/Branches/0/States/B".
std::string_view state_of(std::string_view pointer) {
  const size_t at = pointer.rfind("/States/");
  if (at == std::string_view::npos) return "";
  const std::string_view rest = pointer.substr(at + 8);
  return rest.substr(0, rest.find('/'));
}

}  // namespace

std::string to_text(std::span<const Finding> findings, std::span<const Machine> machines) {
  std::string out;
  for (const Finding& finding : findings) {
    const json::Position place = place_of(finding, machines);
    const std::string_view state = state_of(finding.pointer);
    out += fmt::format("{}:{}:{}: {} {} {}: {}{}\n    fix: {}\n", source_of(finding, machines), place.line,
                       place.column, level_name(finding.level), finding.rule, rule_of(finding).title,
                       state.empty() ? "" : fmt::format("{} ", state), finding.message, finding.fix);
  }
  return out;
}

Value to_json(std::span<const Finding> findings, std::span<const Machine> machines) {
  Value list = json::Array{};
  for (const Finding& finding : findings) {
    const json::Position place = place_of(finding, machines);
    list.push_back(json::object({{"rule", finding.rule},
                                 {"title", rule_of(finding).title},
                                 {"level", level_name(finding.level)},
                                 {"machine", finding.machine},
                                 {"source", source_of(finding, machines)},
                                 {"pointer", finding.pointer},
                                 {"line", place.line},
                                 {"column", place.column},
                                 {"message", finding.message},
                                 {"reason", rule_of(finding).reason},
                                 {"fix", finding.fix}}));
  }
  return json::object({{"findings", std::move(list)}});
}

Value to_sarif(std::span<const Finding> findings, std::span<const Machine> machines) {
  Value described = json::Array{}, results = json::Array{};
  for (const Rule& rule : rules())
    described.push_back(json::object({{"id", rule.id},
                                      {"name", rule.title},
                                      {"shortDescription", json::object({{"text", rule.title}})},
                                      {"fullDescription", json::object({{"text", rule.reason}})}}));
  for (const Finding& finding : findings) {
    const json::Position place = place_of(finding, machines);
    Value physical =
        json::object({{"artifactLocation", json::object({{"uri", source_of(finding, machines)}})},
                      {"region", json::object({{"startLine", place.line}, {"startColumn", place.column}})}});
    Value logical = json::object({{"fullyQualifiedName", finding.machine + finding.pointer}});
    Value location = json::object(
        {{"physicalLocation", std::move(physical)}, {"logicalLocations", json::array({std::move(logical)})}});
    results.push_back(json::object(
        {{"ruleId", finding.rule},
         {"level", level_name(finding.level)},
         {"message", json::object({{"text", fmt::format("{}. Fix: {}", finding.message, finding.fix)}})},
         {"locations", json::array({std::move(location)})}}));
  }
  Value driver = json::object(
      {{"name", "soma workflow lint"}, {"version", os::kVersion}, {"rules", std::move(described)}});
  Value run = json::object(
      {{"tool", json::object({{"driver", std::move(driver)}})}, {"results", std::move(results)}});
  return json::object({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                       {"version", "2.1.0"},
                       {"runs", json::array({std::move(run)})}});
}

}  // namespace soma::workflow::lint
