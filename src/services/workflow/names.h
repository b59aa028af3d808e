// Names and ARNs of workflows: which are allowed, what they refer to.
//
//   arn:aws:states:us-east-1:000000000000:stateMachine:NAME              a machine
//   arn:aws:states:us-east-1:000000000000:stateMachine:NAME:3            its version 3
//   arn:aws:states:us-east-1:000000000000:stateMachine:NAME:live         its alias
//   arn:aws:states:us-east-1:000000000000:stateMachine:NAME/LABEL        a distributed map of it
//   arn:aws:states:us-east-1:000000000000:execution:NAME:EXECUTION       an execution (Standard)
//   arn:aws:states:us-east-1:000000000000:express:NAME:EXECUTION:ID      an execution (Express)
//   arn:aws:states:us-east-1:000000000000:activity:NAME                  an activity
//   arn:aws:states:us-east-1:000000000000:mapRun:NAME/LABEL:ID           a map run
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/workflow/errors.h"

namespace soma::workflow {

// Where soma's own ARNs live. An ARN of another region or account names nothing that is here.
inline constexpr std::string_view kRegion = "us-east-1", kAccount = "000000000000";
inline constexpr size_t kMaxNameCharacters = 80;

std::string machine_arn(std::string_view machine);
// "M" of "M/LABEL", the name of a distributed map's machine; any other name is its own.
std::string_view base_machine_name(std::string_view machine);
// A name in the shape of a UUID that follows from `key` alone.
std::string name_of_key(std::string_view key);
std::string version_arn(std::string_view machine_arn, uint64_t version);
std::string alias_arn(std::string_view machine_arn, std::string_view alias);
std::string activity_arn(std::string_view activity);

struct Arn {
  std::string text;                // as given
  std::string kind;                // "stateMachine", "execution", "express", "activity", "mapRun"
  bool local = false;              // of soma's region and account
  std::vector<std::string> parts;  // after the kind, between colons
};
// InvalidArn unless it is an ARN of the service and its kind is one of these.
Answered<Arn> parse_arn(std::string_view text, std::initializer_list<std::string_view> kinds);

// A state machine's ARN taken apart.
struct MachineReference {
  std::string arn;  // as given
  std::string name;
  std::string label{};  // of a distributed map
  std::optional<uint64_t> version{};
  std::string alias{};
  bool local = false;
  bool qualified() const { return version.has_value() || !alias.empty() || !label.empty(); }
};
Answered<MachineReference> parse_machine_arn(std::string_view text);

// InvalidName for what the service does not take as a machine's, activity's or execution's name: white space,
// brackets, wildcards, special and control characters.
Answered<> check_name(std::string_view name);

}  // namespace soma::workflow
