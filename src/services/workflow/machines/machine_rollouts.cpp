// Rollouts as changes of an alias: begun, moved, ended. Each is one event, which moves the weight and says
// why.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "services/workflow/machines/contract_gate.h"
#include "services/workflow/machines/machine_events.h"
#include "services/workflow/machines/machines.h"

namespace soma::workflow {
namespace {

using Events = std::vector<journal::NewEvent>;

std::unexpected<ApiError> conflict(std::string message) {
  return refuse(error::kConflict, std::move(message));
}

Answered<MachineReference> parse_alias(std::string_view arn) {
  auto reference = parse_machine_arn(arn);
  if (reference && reference->alias.empty())
    return refuse(error::kValidation, fmt::format("Not the ARN of a state machine alias: {}", arn));
  return reference;
}

// Why no rollout to this version can begin; nothing when it can.
std::optional<ApiError> obstacle(const Machine& machine, const Alias& alias, uint64_t to) {
  if (machine.type == MachineType::kExpress)
    return ApiError{
        std::string(error::kTypeNotSupported),
        "A rollout judges executions by what the journal says of them, and it keeps none of an Express "
        "state machine: move the alias's weights by hand."};
  if (alias.rollout && alias.rollout->running())
    return conflict(
               fmt::format("The alias {} is on its way to version {} already: cancel that rollout first.",
                           alias.name, alias.rollout->to))
        .error();
  if (alias.routes.size() != 1)
    return conflict(
               fmt::format("The alias {} leads to two versions: point it at the one to start from first.",
                           alias.name))
        .error();
  if (alias.routes.front().version == to)
    return conflict(fmt::format("The alias {} leads to version {} already.", alias.name, to)).error();
  return std::nullopt;
}

}  // namespace

std::string_view rollout_status_name(RolloutStatus status) {
  static constexpr std::array<std::string_view, 4> kNames{"running", "completed", "rolledBack", "cancelled"};
  return kNames[static_cast<size_t>(status)];
}

net::Task<Answered<AliasOf>> Machines::begin_rollout(BeginRollout request) {
  SOMA_CO_ASSIGN(const MachineReference reference, parse_alias(request.alias_arn));
  const std::string id = dependencies_.ids.uuid();
  const FoldedRuns<Machine>::Plan plan = [&](const MachinePtr& now) -> Answered<Events> {
    const Alias* there = now && reference.local ? now->alias(reference.alias) : nullptr;
    if (!there || !now->version(request.to)) return no_resource();
    if (now->deleting) return state_machine_deleting(now->arn);
    if (const auto why = obstacle(*now, *there, request.to)) return std::unexpected(*why);
    auto passed = pass_alias_gate(*now, there->routes, {{request.to, 100}}, request.allow_breaking);
    if (!passed) return std::unexpected(std::move(passed.error()));
    AliasRollout rollout;
    rollout.id = id;
    rollout.from = there->routes.front().version;
    rollout.to = request.to;
    rollout.plan = request.plan;
    return Events{machine_event::rollout_begun(there->name, rollout, *passed)};
  };
  SOMA_CO_TRY(co_await runs_.change(reference.name, plan));
  co_return alias(request.alias_arn);
}

net::Task<Answered<AliasOf>> Machines::decide_rollout(std::string alias_arn, AliasRollout seen,
                                                      rollout::Decision decision) {
  SOMA_CO_ASSIGN(const MachineReference reference, parse_alias(alias_arn));
  const FoldedRuns<Machine>::Plan plan = [&](const MachinePtr& now) -> Answered<Events> {
    const Alias* there = now && reference.local ? now->alias(reference.alias) : nullptr;
    if (!there || !there->rollout || !there->rollout->stands_as(seen)) return Events{};
    return Events{machine_event::rollout_decided(there->name, seen.id, rollout::action_name(decision.action),
                                                 decision.weight, decision.reason,
                                                 rollout::to_json(decision.evidence))};
  };
  SOMA_CO_TRY(co_await runs_.change(reference.name, plan));
  co_return alias(alias_arn);
}

net::Task<Answered<AliasOf>> Machines::cancel_rollout(std::string alias_arn) {
  SOMA_CO_ASSIGN(const MachineReference reference, parse_alias(alias_arn));
  const FoldedRuns<Machine>::Plan plan = [&](const MachinePtr& now) -> Answered<Events> {
    const Alias* there = now && reference.local ? now->alias(reference.alias) : nullptr;
    if (!there) return no_resource();
    if (!there->rollout || !there->rollout->running())
      return conflict(fmt::format("No rollout of the alias {} runs.", there->name));
    return Events{machine_event::rollout_decided(there->name, there->rollout->id, machine_event::kCancel, 0,
                                                 "somebody cancelled it", {})};
  };
  SOMA_CO_TRY(co_await runs_.change(reference.name, plan));
  co_return alias(alias_arn);
}

}  // namespace soma::workflow
