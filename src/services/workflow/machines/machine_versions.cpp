// Versions: numbered, immutable snapshots of a revision.
#include <fmt/format.h>

#include <algorithm>

#include "services/workflow/machines/contract_gate.h"
#include "services/workflow/machines/machine_events.h"
#include "services/workflow/machines/machines.h"

namespace soma::workflow {
namespace {

using Events = std::vector<journal::NewEvent>;

// "INITIAL" names the first revision, for which the API shows no id.
std::string_view shown_id(const Revision& revision) {
  return revision.initial ? std::string_view("INITIAL") : std::string_view(revision.id);
}

const Version* version_of(const Machine& machine, const Revision& revision) {
  for (const Version& version : machine.versions)
    if (version.revision->id == revision.id) return &version;
  return nullptr;
}

// An alias leads to the version, or its rollout may lead there again.
bool uses(const Alias& alias, uint64_t number) {
  if (std::ranges::find(alias.routes, number, &Route::version) != alias.routes.end()) return true;
  const std::optional<AliasRollout>& rollout = alias.rollout;
  return rollout && rollout->running() && (rollout->from == number || rollout->to == number);
}

}  // namespace

net::Task<Answered<Published>> Machines::publish(std::string arn, std::string revision_id,
                                                 std::string description, bool allow_breaking) {
  SOMA_CO_ASSIGN(const MachinePtr seen, changeable(arn));
  const FoldedRuns<Machine>::Plan plan = [&](const MachinePtr& now) -> Answered<Events> {
    if (!now) return no_state_machine(arn);
    if (now->deleting) return state_machine_deleting(arn);
    const Revision& current = *now->current;
    if (!revision_id.empty() && revision_id != shown_id(current))
      return refuse(error::kConflict,
                    fmt::format("Failed to publish the State Machine version for revision {}. The current "
                                "State Machine revision is {}.",
                                revision_id, shown_id(current)));
    if (version_of(*now, current)) return Events{};
    if (now->versions.size() >= kMaxVersions)
      return refuse(error::kQuotaExceeded,
                    fmt::format("{} has {} versions already (kMaxVersions)", arn, kMaxVersions));
    auto passed = pass_version_gate(*now, current, allow_breaking);
    if (!passed) return std::unexpected(std::move(passed.error()));
    return Events{machine_event::version_published(now->next_version, current.id, description, *passed)};
  };
  SOMA_CO_ASSIGN(const MachinePtr machine, co_await runs_.change(seen->name, plan));
  const Version* version = version_of(*machine, *machine->current);
  // Somebody updated the machine right after: what was published is the newest version.
  co_return Published{machine, version ? *version : machine->versions.back()};
}

net::Task<Answered<>> Machines::delete_version(std::string arn) {
  SOMA_CO_ASSIGN(const MachineReference reference, parse_machine_arn(arn));
  if (!reference.version)
    co_return refuse(error::kValidation, fmt::format("Not the ARN of a state machine version: {}", arn));
  if (!reference.local || !runs_.find(reference.name)) co_return Answered<>{};
  const FoldedRuns<Machine>::Plan plan = [&](const MachinePtr& now) -> Answered<Events> {
    if (!now || !now->version(*reference.version)) return Events{};
    std::vector<std::string_view> holders;
    for (const Alias& alias : now->aliases)
      if (uses(alias, *reference.version)) holders.push_back(alias.name);
    if (!holders.empty())
      return refuse(error::kConflict,
                    fmt::format("Version to be deleted must not be referenced by an alias. Current list of "
                                "aliases referencing this version: [{}]",
                                fmt::join(holders, ", ")));
    return Events{machine_event::version_deleted(*reference.version)};
  };
  SOMA_CO_TRY(co_await runs_.change(reference.name, plan));
  co_return Answered<>{};
}

}  // namespace soma::workflow
