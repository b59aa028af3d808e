// Aliases: a name that leads to one or two versions, by weight.
//
// The service throws a die for each execution. Here the arm follows from the execution's name, the alias and
// its epoch: an execution that is started again goes the same way, a test can name the arm it wants, and over
// many names the shares are the weights all the same.
#include <fmt/format.h>

#include <algorithm>

#include "base/aws/aws.h"
#include "services/workflow/machines/contract_gate.h"
#include "services/workflow/machines/machine_events.h"
#include "services/workflow/machines/machines.h"

namespace soma::workflow {
namespace {

using Events = std::vector<journal::NewEvent>;

constexpr int64_t kWholeWeight = 100;

std::unexpected<ApiError> invalid_routes(std::string_view what,
                                         const std::vector<std::pair<std::string, int64_t>>& wanted) {
  std::vector<std::string_view> arns;
  for (const auto& [arn, weight] : wanted) arns.push_back(arn);
  return refuse(error::kValidation, fmt::format("{} Received: [{}]", what, fmt::join(arns, ", ")));
}

// An alias's ARN taken apart. ValidationException for the ARN of anything else.
Answered<MachineReference> parse_alias_arn(std::string_view arn) {
  auto reference = parse_machine_arn(arn);
  if (reference && reference->alias.empty())
    return refuse(error::kValidation, fmt::format("Not the ARN of a state machine alias: {}", arn));
  return reference;
}

}  // namespace

uint64_t choose_route(std::string_view alias_arn, const Alias& alias, std::string_view execution_name) {
  const std::string digest =
      aws::sha256_hex(fmt::format("{}\n{}\n{}", alias_arn, alias.epoch, execution_name));
  const auto point = static_cast<int64_t>(std::stoull(digest.substr(0, 15), nullptr, 16) % kWholeWeight);
  int64_t reached = 0;
  for (const Route& route : alias.routes) {
    reached += route.weight;
    if (point < reached) return route.version;
  }
  return alias.routes.back().version;
}

Answered<std::pair<MachinePtr, std::vector<Route>>> Machines::read_routes(
    const std::vector<std::pair<std::string, int64_t>>& wanted) const {
  std::vector<Route> routes;
  std::string name;
  bool local = true;
  int64_t sum = 0;
  std::vector<int64_t> weights;
  for (const auto& [arn, weight] : wanted) {
    const auto reference = parse_machine_arn(arn);
    if (!reference) return std::unexpected(reference.error());
    if (!reference->version)
      return invalid_routes("Routing configuration must contain state machine version ARNs.", wanted);
    if (!name.empty() && name != reference->name)
      return invalid_routes("Routing configuration must contain versions of the same state machine.", wanted);
    name = reference->name;
    local = local && reference->local;
    if (std::ranges::find(routes, *reference->version, &Route::version) != routes.end())
      return invalid_routes("Routing configuration must contain distinct state machine version ARNs.",
                            wanted);
    routes.push_back({*reference->version, weight});
    weights.push_back(weight);
    sum += weight;
  }
  if (sum != kWholeWeight)
    return refuse(error::kValidation,
                  fmt::format("Sum of routing configuration weights must equal 100. Received: [{}]",
                              fmt::join(weights, ", ")));
  MachinePtr machine = local ? runs_.find(name) : nullptr;
  if (!machine) return no_resource();
  for (const Route& route : routes)
    if (!machine->version(route.version)) return no_resource();
  return std::pair{std::move(machine), std::move(routes)};
}

net::Task<Answered<AliasOf>> Machines::create_alias(AliasRequest request) {
  SOMA_CO_ASSIGN(const auto read, read_routes(request.routes.value()));
  Alias wanted{.name = request.name, .description = request.description.value_or(""), .routes = read.second};
  const FoldedRuns<Machine>::Plan plan = [&](const MachinePtr& now) -> Answered<Events> {
    if (!now) return no_resource();
    if (now->deleting) return state_machine_deleting(now->arn);
    for (const Route& route : wanted.routes)
      if (!now->version(route.version)) return no_resource();
    if (const Alias* there = now->alias(wanted.name)) {
      if (there->routes == wanted.routes && there->description == wanted.description) return Events{};
      return refuse(error::kConflict,
                    "Failed to create alias because an alias with the same name and a different routing "
                    "configuration already exists.");
    }
    if (now->aliases.size() >= kMaxAliases)
      return refuse(error::kQuotaExceeded,
                    fmt::format("{} has {} aliases already (kMaxAliases)", now->arn, kMaxAliases));
    auto passed = pass_alias_gate(*now, {}, wanted.routes, request.allow_breaking);
    if (!passed) return std::unexpected(std::move(passed.error()));
    wanted.compatibility = std::move(*passed);
    return Events{machine_event::alias_created(wanted)};
  };
  SOMA_CO_ASSIGN(const MachinePtr machine, co_await runs_.change(read.first->name, plan));
  const Alias* made = machine->alias(wanted.name);
  if (!made) co_return no_resource();  // and deleted again at the same time
  co_return AliasOf{machine, *made};
}

net::Task<Answered<AliasOf>> Machines::update_alias(AliasRequest request) {
  SOMA_CO_ASSIGN(const MachineReference reference, parse_alias_arn(request.arn));
  if (!request.description && !request.routes)
    co_return refuse(error::kValidation,
                     "Either the description or the routing configuration must be specified");
  std::optional<std::vector<Route>> routes;
  if (request.routes) {
    SOMA_CO_ASSIGN(auto read, read_routes(*request.routes));
    if (read.first->name != reference.name)
      co_return invalid_routes("Routing configuration must contain versions of the alias's state machine.",
                               *request.routes);
    routes = std::move(read.second);
  }
  const FoldedRuns<Machine>::Plan plan = [&](const MachinePtr& now) -> Answered<Events> {
    const Alias* there = now && reference.local ? now->alias(reference.alias) : nullptr;
    if (!there) return no_resource();
    if (now->deleting) return state_machine_deleting(now->arn);
    if (routes)
      for (const Route& route : *routes)
        if (!now->version(route.version)) return no_resource();
    const bool moved = routes && *routes != there->routes;
    Answered<json::Value> passed;
    if (moved) passed = pass_alias_gate(*now, there->routes, *routes, request.allow_breaking);
    if (!passed) return std::unexpected(std::move(passed.error()));
    return Events{machine_event::alias_updated(
        reference.alias, request.description, moved ? routes : std::optional<std::vector<Route>>(), *passed)};
  };
  SOMA_CO_ASSIGN(const MachinePtr machine, co_await runs_.change(reference.name, plan));
  const Alias* changed = machine ? machine->alias(reference.alias) : nullptr;
  if (!changed) co_return no_resource();  // deleted at the same time
  co_return AliasOf{machine, *changed};
}

net::Task<Answered<>> Machines::delete_alias(std::string arn) {
  SOMA_CO_ASSIGN(const MachineReference reference, parse_alias_arn(arn));
  const FoldedRuns<Machine>::Plan plan = [&](const MachinePtr& now) -> Answered<Events> {
    if (!now || !reference.local || !now->alias(reference.alias)) return no_resource();
    return Events{machine_event::alias_deleted(reference.alias)};
  };
  SOMA_CO_TRY(co_await runs_.change(reference.name, plan));
  co_return Answered<>{};
}

Answered<AliasOf> Machines::alias(std::string_view arn) const {
  auto reference = parse_alias_arn(arn);
  if (!reference) return std::unexpected(std::move(reference.error()));
  MachinePtr machine = reference->local ? runs_.find(reference->name) : nullptr;
  const Alias* found = machine ? machine->alias(reference->alias) : nullptr;
  if (!found) return no_resource();
  return AliasOf{machine, *found};
}

}  // namespace soma::workflow
