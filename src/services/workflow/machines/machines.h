// The state machines that exist, with their revisions, versions and aliases; their tags.
//
// A machine is a run of the journal ("machine/<name>"): what is told of it is the fold of its events
// (machine_events.h), kept in memory. Every change is durable before it is answered. Failures are the
// service's own errors (errors.h). Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/journal/journal.h"
#include "services/workflow/contract/contract.h"
#include "services/workflow/definition/definition.h"
#include "services/workflow/errors.h"
#include "services/workflow/folded_runs.h"
#include "services/workflow/machines/alias_rollout.h"
#include "services/workflow/machines/tags.h"
#include "services/workflow/names.h"

namespace soma::workflow {

inline constexpr size_t kMaxMachines = 10'000;
inline constexpr size_t kMaxVersions = 1'000;  // of one machine
inline constexpr size_t kMaxAliases = 100;     // of one machine

using ContractPtr = std::shared_ptr<const contract::Contract>;

// One revision of a machine: immutable. Its text is kept once: in the definition, or, while nothing needed
// that yet after a restart, in `unread_text`.
struct Revision {
  std::string id;              // a UUID
  bool initial = false;        // the first one: the API shows no id for it
  DefinitionPtr definition{};  // null: see Machines::with_definition. Never null in a Target.
  std::string unread_text{};
  std::string role_arn;
  json::Value logging, tracing, encryption;  // in the API's shape, defaults filled in
  ContractPtr contract{};                    // null: it promises nothing
  os::Time created{};
  const std::string& text() const { return definition ? definition->text : unread_text; }
};
using RevisionPtr = std::shared_ptr<const Revision>;

struct Version {
  uint64_t number = 0;
  RevisionPtr revision;
  std::string description;
  os::Time created;
  // How its contract stands to that of the version before it (contract::to_json); null where either has none.
  json::Value compatibility{};
};
struct Route {
  uint64_t version = 0;
  int64_t weight = 0;  // 0..100; an alias's weights sum to 100
  friend bool operator==(const Route&, const Route&) = default;
};
struct Alias {
  std::string name, description;
  std::vector<Route> routes;  // one or two
  uint64_t epoch = 1;         // grows with each change of the routes
  os::Time created{}, updated{};
  json::Value compatibility{};            // of the last change of the routes, as a version's
  std::optional<AliasRollout> rollout{};  // the last one, running or ended
};
struct Machine {
  std::string name, arn;
  MachineType type = MachineType::kStandard;
  RevisionPtr current;
  std::vector<Version> versions;  // by number
  std::vector<Alias> aliases;     // by name
  std::vector<Tag> tags;
  os::Time created, updated;
  uint64_t next_version = 1;  // numbers are never used again
  // How it was created: a repeated request is the same one only when these are the same.
  bool created_with_publish = false;
  std::string created_version_description{};
  bool deleting = false;

  const Version* version(uint64_t number) const;
  const Alias* alias(std::string_view alias_name) const;
};
using MachinePtr = std::shared_ptr<const Machine>;

// What an execution is started on: a machine, one of its versions, or an alias that chose one.
struct Target {
  MachinePtr machine;
  RevisionPtr revision;
  std::optional<uint64_t> version{};
  std::string alias{};
};
// The version that an alias gives to an execution of this name: always the same while the alias stays as it
// is, and over many names as often as the weights say.
uint64_t choose_route(std::string_view alias_arn, const Alias& alias, std::string_view execution_name);

struct CreateMachine {
  std::string name, definition, role_arn;
  MachineType type = MachineType::kStandard;
  json::Value logging{}, tracing{}, encryption{};  // null: the default
  ContractPtr contract{};
  std::vector<Tag> tags{};
  bool publish = false;
  std::string version_description{};
};
struct UpdateMachine {
  std::string arn;
  std::optional<std::string> definition{}, role_arn{};
  std::optional<json::Value> logging{}, tracing{}, encryption{};
  std::optional<ContractPtr> contract{};  // null: it has none any more
  bool publish = false;
  std::string version_description{};
  bool allow_breaking = false;  // of the version that is published
};
struct Changed {
  MachinePtr machine;
  std::optional<uint64_t> version{};  // that was published, or had been for this revision
};
struct Published {
  MachinePtr machine;
  Version version;
};
struct AliasRequest {
  std::string name;  // of a new one
  std::string arn;   // of one to be changed
  std::optional<std::string> description{};
  std::optional<std::vector<std::pair<std::string, int64_t>>> routes{};  // version ARN and weight
  bool allow_breaking = false;
};
struct BeginRollout {
  std::string alias_arn;
  uint64_t to = 0;  // the version
  rollout::Plan plan{};
  bool allow_breaking = false;
};
struct AliasOf {
  MachinePtr machine;
  Alias alias;
};

struct MachineDependencies {
  os::Clock& clock;
  os::IdSource& ids;
  journal::Journal& journal;
  // Whether a log group exists that a logging configuration names; unset: not asked.
  std::function<bool(std::string_view log_group_arn)> log_group_exists{};
};

class Machines {
 public:
  static os::Result<std::unique_ptr<Machines>> open(MachineDependencies dependencies);

  // Repeated with the same definition and configurations, answers what is there.
  net::Task<Answered<Changed>> create(CreateMachine request);
  // Makes a revision when something differs from the present one.
  net::Task<Answered<Changed>> update(UpdateMachine request);
  // First half of a deletion: nothing can be started or changed any more. Null when there is no such machine,
  // which is no error.
  net::Task<Answered<MachinePtr>> begin_deletion(std::string arn);
  // Second half, when its executions have ended: it is gone, and its name is free.
  net::Task<Answered<>> finish_deletion(std::string name);

  std::vector<MachinePtr> list() const;  // by name, those being deleted too
  // The machine itself. StateMachineDoesNotExist also for the ARN of a version or an alias.
  Answered<MachinePtr> get(std::string_view arn) const;
  // What an ARN refers to, versions and aliases included; an alias chooses by the execution's name.
  Answered<Target> resolve(std::string_view arn, std::string_view execution_name) const;
  // The revision with its definition read. kCorrupt when this soma does not accept the text any more.
  os::Result<RevisionPtr> with_definition(const Machine& machine, const RevisionPtr& revision) const;
  // A revision that may be long replaced, of a machine that may be gone; null when there never was one.
  RevisionPtr revision_of(std::string_view machine_arn, std::string_view revision_id) const;

  // Once for each revision. `revision_id`: ConflictException when it is not the present one.
  // ConflictException too when its contract breaks that of the version before (contract_gate.h) and that is
  // not allowed.
  net::Task<Answered<Published>> publish(std::string arn, std::string revision_id, std::string description,
                                         bool allow_breaking = false);
  // One that is not there is no error; ConflictException while an alias routes to it or a rollout may go
  // back.
  net::Task<Answered<>> delete_version(std::string version_arn);

  // ConflictException when a version that comes in breaks the contract of one that was there. New routes end
  // a rollout that runs.
  net::Task<Answered<AliasOf>> create_alias(AliasRequest request);
  net::Task<Answered<AliasOf>> update_alias(AliasRequest request);
  net::Task<Answered<>> delete_alias(std::string arn);
  Answered<AliasOf> alias(std::string_view arn) const;

  // Of an alias that leads to one version; ConflictException while another one runs.
  net::Task<Answered<AliasOf>> begin_rollout(BeginRollout request);
  // One change of the alias: the weight and why it is moved. When the rollout does not stand as it was seen
  // any more, nothing is changed.
  net::Task<Answered<AliasOf>> decide_rollout(std::string alias_arn, AliasRollout seen,
                                              rollout::Decision decision);
  // The old version has all of the traffic again. ConflictException when none runs.
  net::Task<Answered<AliasOf>> cancel_rollout(std::string alias_arn);

  net::Task<Answered<>> tag(std::string arn, std::vector<Tag> tags);
  net::Task<Answered<>> untag(std::string arn, std::vector<std::string> keys);

  size_t size() const { return runs_.size(); }

 private:
  explicit Machines(MachineDependencies dependencies);
  // The machine of an ARN that names neither version nor alias, for a change: it must be there, and stay.
  Answered<MachinePtr> changeable(std::string_view arn) const;
  // The routes that ARNs of versions spell, and the machine they are versions of.
  Answered<std::pair<MachinePtr, std::vector<Route>>> read_routes(
      const std::vector<std::pair<std::string, int64_t>>& wanted) const;
  RevisionPtr remember(const Machine& machine, const RevisionPtr& revision, DefinitionPtr definition) const;

  MachineDependencies dependencies_;
  mutable FoldedRuns<Machine> runs_;
  mutable std::mutex revisions_mutex_;
  // Revisions with their definitions that somebody uses, by id.
  mutable std::map<std::string, std::weak_ptr<const Revision>, std::less<>> revisions_;
};

}  // namespace soma::workflow
