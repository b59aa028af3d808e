// The state machines that exist, with their revisions, versions and aliases; activities; tags.
//
// A machine is a run of the journal ("machine/<name>"), an activity one too ("activity/<name>"): what is told
// of them is the fold of their events, kept in memory. Every change is durable before it is answered.
// Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/journal/journal.h"
#include "services/workflow/definition/definition.h"

namespace soma::workflow {

inline constexpr size_t kMaxMachines = 10'000;
inline constexpr size_t kMaxActivities = 10'000;
inline constexpr size_t kMaxVersions = 1'000;  // of one machine
inline constexpr size_t kMaxAliases = 100;     // of one machine
inline constexpr size_t kMaxTags = 50;
inline constexpr size_t kMaxNameCharacters = 80;

// Where soma's own ARNs live. Any region and account in a client's ARN are accepted when they are these.
inline constexpr std::string_view kRegion = "us-east-1", kAccount = "000000000000";

struct Tag {
  std::string key, value;
};

// One revision of a machine: immutable.
struct Revision {
  std::string id;  // "INITIAL" in the API's answers for the first one
  DefinitionPtr definition;
  std::string role_arn;
  json::Value logging, tracing, encryption;  // in the API's shape
  os::Time created;
};
using RevisionPtr = std::shared_ptr<const Revision>;

struct Version {
  uint64_t number = 0;
  RevisionPtr revision;
  std::string description;
  os::Time created;
};
struct Route {
  uint64_t version = 0;
  int64_t weight = 0;  // 0..100; an alias's weights sum to 100
};
struct Alias {
  std::string name, description;
  std::vector<Route> routes;  // one or two
  os::Time created, updated;
};
struct Machine {
  std::string name, arn;
  MachineType type = MachineType::kStandard;
  RevisionPtr current;
  std::vector<Version> versions;  // by number
  std::vector<Alias> aliases;     // by name
  std::vector<Tag> tags;
  os::Time created;
  bool deleting = false;
};
using MachinePtr = std::shared_ptr<const Machine>;

struct Activity {
  std::string name, arn;
  std::vector<Tag> tags;
  os::Time created;
};

// What an execution is started on: a machine, one of its versions, or an alias that chose one.
struct Target {
  MachinePtr machine;
  RevisionPtr revision;
  std::optional<uint64_t> version{};
  std::string alias{};
};

}  // namespace soma::workflow
