// What the tests of this folder share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "services/workflow/definition/definition.h"

namespace soma::workflow {

// A machine with these states, the first of which begins.
inline std::string machine(std::string_view states, std::string_view more = "") {
  std::string_view name = states.substr(1, states.find('"', 1) - 1);
  return fmt::format(R"({{"StartAt": "{}", "States": {{{}}}{}}})", name, states, more);
}
inline constexpr std::string_view kJsonataMachine = R"(, "QueryLanguage": "JSONata")";

inline std::vector<std::string> spell(const Parsed& parsed, Severity severity) {
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : parsed.diagnostics) {
    if (diagnostic.severity != severity) continue;
    lines.push_back(fmt::format("{}: {} at {}", diagnostic.code, diagnostic.message, diagnostic.location));
  }
  return lines;
}

// "CODE: message at location" for each error.
inline std::vector<std::string> errors_of(std::string_view text, MachineType type = MachineType::kStandard) {
  return spell(parse_definition(text, type), Severity::kError);
}

using Lines = std::vector<std::string>;

// The definition, which must be right.
inline Definition read(std::string_view text, MachineType type = MachineType::kStandard) {
  Parsed parsed = parse_definition(text, type);
  EXPECT_TRUE(parsed.definition) << invalid_definition_message(parsed.diagnostics);
  return parsed.definition ? *parsed.definition : Definition{};
}
inline State read_first(std::string_view text, MachineType type = MachineType::kStandard) {
  Definition definition = read(text, type);
  return definition.flow.states.empty() ? State() : definition.flow.states.front();
}

}  // namespace soma::workflow
