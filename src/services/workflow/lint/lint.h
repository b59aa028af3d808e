// Where a workflow has begun to sprawl: rules over definitions that say what, where, why and what to do.
//
// The rules are the signs of "when a state machine becomes a monolith": too many domains in one machine,
// choice chains, reshaping, copied error handling, cloned parts, payloads that only grow, children that are
// wired carelessly, histories that will not fit. They read definitions (and, where given, contracts and sizes
// seen in past executions); they never run anything. A rule is one function and one line in the table of
// lint.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/workflow/contract/contract.h"
#include "services/workflow/definition/definition.h"

namespace soma::workflow::lint {

inline constexpr size_t kMaxLintMachines = 1'000;
inline constexpr size_t kMaxLintFindings = 1'000;

// One machine of those that are looked at together: children are found among them by name.
struct Machine {
  std::string name;
  std::string source{};  // the file it was read from, for reports; empty: none
  DefinitionPtr definition;
  std::optional<contract::Contract> contract{};
  std::map<std::string, std::string, std::less<>>
      domains{};  // state name → domain, where the name says too little
  // From past executions: the largest input seen at each state, in bytes.
  std::map<std::string, uint64_t, std::less<>> input_bytes{};
};

// All tunable; a rule's text names the limit it applied.
struct Thresholds {
  size_t domains = 3;
  size_t choice_chain = 3;
  size_t choice_rules = 8;
  double pass_share = 0.3;
  size_t pass_run = 2;
  size_t copies = 3;        // of one Retry or Catch
  size_t handler_uses = 5;  // of one Catch target
  size_t clone_states = 3;
  size_t read_distance = 5;
  double payload_share = 0.5;
  size_t output_depth = 2;
  size_t nesting = 3;
  size_t assumed_items = 100;      // of a Map whose items are not written in the definition
  size_t assumed_iterations = 10;  // of a loop
  double history_share = 0.5;
  int64_t long_wait_seconds = 3'600;
};

enum class Level { kNote, kWarning, kError };
std::string_view level_name(Level level);  // "note", "warning", "error": SARIF's words

struct Finding {
  std::string rule;  // "W110"
  Level level = Level::kWarning;
  std::string machine;
  std::string pointer;  // RFC 6901, into the definition
  std::string message;  // what was found, with the measure and the limit
  std::string fix;
};

struct Rule {
  std::string_view id, title, reason;
};
// Every rule, in order of its id.
std::span<const Rule> rules();

// In order of machine, then rule. At most kMaxLintFindings.
std::vector<Finding> lint(std::span<const Machine> machines, const Thresholds& thresholds = {});

// Reads thresholds from a JSON object with the names above in camelCase ("choiceChain"). Unknown names are
// refused.
os::Result<Thresholds> read_thresholds(const json::Value& value, std::string_view text,
                                       std::string_view source);

// Reports. Lines and columns are found in the definitions' texts.
std::string to_text(std::span<const Finding> findings, std::span<const Machine> machines);
json::Value to_json(std::span<const Finding> findings, std::span<const Machine> machines);
json::Value to_sarif(std::span<const Finding> findings, std::span<const Machine> machines);  // SARIF 2.1.0

}  // namespace soma::workflow::lint
