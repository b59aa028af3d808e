// What a machine's run says, and the fold that reads it back.
//
//   machine.created            {type, revision, tags?, publish?, versionDescription?}
//   machine.updated            {revision}
//   machine.version.published  {number, revisionId, description?, compatibility?}
//   machine.version.deleted    {number}
//   machine.alias.created      {name, description?, routes: [{version, weight}], compatibility?}
//   machine.alias.updated      {name, description?, routes?, compatibility?}
//   machine.alias.deleted      {name}
//   machine.rollout.begun      {alias, id, from, to, plan, compatibility?}
//   machine.rollout.decided    {alias, id, action, weight, reason, evidence?}: advance, complete, rollback,
//   cancel machine.tags               {tags}: all of them machine.deleting           {} machine.deleted {}
//
// A revision is {id, definition, roleArn, logging, tracing, encryption, contract?}; of an updated one only
// what differs from the revision before it is written, a contract that is gone as null. A compatibility is
// contract::to_json of the comparison that let a change pass. After machine.deleted the run may begin again.
#pragma once

#include <string>
#include <vector>

#include "services/workflow/machines/machines.h"

namespace soma::workflow::machine_event {

inline constexpr std::string_view kKind = "machine";

journal::NewEvent created(const CreateMachine& request, const Revision& revision);
journal::NewEvent updated(const Revision& before, const Revision& after);
journal::NewEvent version_published(uint64_t number, std::string_view revision_id,
                                    std::string_view description, const json::Value& compatibility);
journal::NewEvent version_deleted(uint64_t number);
journal::NewEvent alias_created(const Alias& alias);
journal::NewEvent alias_updated(std::string_view name, const std::optional<std::string>& description,
                                const std::optional<std::vector<Route>>& routes,
                                const json::Value& compatibility);
journal::NewEvent alias_deleted(std::string_view name);
journal::NewEvent rollout_begun(std::string_view alias, const AliasRollout& rollout,
                                const json::Value& compatibility);
inline constexpr std::string_view kCancel = "cancel";  // besides rollout::action_name
// `evidence` is null where none was looked at.
journal::NewEvent rollout_decided(std::string_view alias, std::string_view id, std::string_view action,
                                  int64_t weight, std::string_view reason, const json::Value& evidence);
journal::NewEvent tagged(const std::vector<Tag>& tags);
journal::NewEvent deleting();
journal::NewEvent deleted();

// The machine after one more event; null when it is gone. kCorrupt names the run and the event.
os::Result<MachinePtr> fold(const std::string& name, const MachinePtr& before, const journal::Event& event);

}  // namespace soma::workflow::machine_event
