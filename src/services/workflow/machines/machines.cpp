#include "services/workflow/machines/machines.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/workflow/machines/contract_gate.h"
#include "services/workflow/machines/machine_events.h"
#include "services/workflow/machines/settings.h"

namespace soma::workflow {
namespace {

using os::Code;
using os::Result;
using Events = std::vector<journal::NewEvent>;

Answered<> check_version_description(bool publish, std::string_view description) {
  if (!publish && !description.empty())
    return refuse(error::kValidation, "Version description can only be set when publish is true");
  return {};
}

Answered<DefinitionPtr> read_definition(const std::string& text, MachineType type) {
  Parsed parsed = parse_definition(text, type);
  if (!parsed.definition)
    return refuse(error::kInvalidDefinition, invalid_definition_message(parsed.diagnostics));
  return std::move(parsed.definition);
}

bool same_contract(const ContractPtr& left, const ContractPtr& right) {
  if (!left || !right) return left == right;
  return contract::to_json(*left) == contract::to_json(*right);
}

// Whether creating it again would make the same machine; role and tags do not count.
bool same_machine(const Machine& machine, const CreateMachine& request, const Revision& wanted) {
  const Revision& current = *machine.current;
  return machine.type == request.type && current.text() == request.definition &&
         current.logging == wanted.logging && current.tracing == wanted.tracing &&
         current.encryption == wanted.encryption && same_contract(current.contract, wanted.contract) &&
         machine.created_with_publish == request.publish &&
         machine.created_version_description == request.version_description;
}

bool same_revision(const Revision& left, const Revision& right) {
  return left.text() == right.text() && left.role_arn == right.role_arn && left.logging == right.logging &&
         left.tracing == right.tracing && left.encryption == right.encryption &&
         same_contract(left.contract, right.contract);
}

// The version of a revision, when it was published.
const Version* version_of(const Machine& machine, std::string_view revision_id) {
  const auto found = std::ranges::find_if(
      machine.versions, [&](const Version& version) { return version.revision->id == revision_id; });
  return found == machine.versions.end() ? nullptr : &*found;
}

}  // namespace

const Version* Machine::version(uint64_t number) const {
  const auto found = std::ranges::lower_bound(versions, number, {}, &Version::number);
  return found != versions.end() && found->number == number ? &*found : nullptr;
}

const Alias* Machine::alias(std::string_view alias_name) const {
  const auto found = std::ranges::find(aliases, alias_name, &Alias::name);
  return found == aliases.end() ? nullptr : &*found;
}

Machines::Machines(MachineDependencies dependencies)
    : dependencies_(std::move(dependencies)),
      runs_(dependencies_.journal, std::string(machine_event::kKind), machine_event::fold) {}

Result<std::unique_ptr<Machines>> Machines::open(MachineDependencies dependencies) {
  std::unique_ptr<Machines> machines(new Machines(std::move(dependencies)));
  SOMA_TRY(machines->runs_.load());
  return machines;
}

net::Task<Answered<Changed>> Machines::create(CreateMachine request) {
  SOMA_CO_TRY(check_name(request.name));
  SOMA_CO_TRY(check_role(request.role_arn));
  SOMA_CO_TRY(check_version_description(request.publish, request.version_description));
  SOMA_CO_ASSIGN(const DefinitionPtr definition, read_definition(request.definition, request.type));
  Revision revision;
  revision.id = dependencies_.ids.uuid();
  revision.role_arn = request.role_arn;
  SOMA_CO_ASSIGN(revision.logging, logging_settings(request.logging, dependencies_.log_group_exists));
  revision.tracing = tracing_settings(request.tracing);
  SOMA_CO_ASSIGN(revision.encryption, encryption_settings(request.encryption));
  revision.contract = request.contract;
  SOMA_CO_ASSIGN(request.tags, with_tags({}, request.tags));

  const FoldedRuns<Machine>::Plan plan = [&](const MachinePtr& now) -> Answered<Events> {
    if (now && now->deleting) return state_machine_deleting(now->arn);
    if (now && same_machine(*now, request, revision)) return Events{};
    if (now)
      return refuse("StateMachineAlreadyExists", fmt::format("State Machine Already Exists: '{}'", now->arn));
    if (size() >= kMaxMachines)
      return refuse("StateMachineLimitExceeded",
                    fmt::format("There are {} state machines already (kMaxMachines)", size()));
    Events events{machine_event::created(request, revision)};
    if (request.publish)
      events.push_back(machine_event::version_published(1, revision.id, request.version_description, {}));
    return events;
  };
  SOMA_CO_ASSIGN(const MachinePtr machine, co_await runs_.change(request.name, plan));
  if (machine->current->id == revision.id) remember(*machine, machine->current, definition);
  Changed changed{machine};
  if (request.publish)
    if (const Version* version = version_of(*machine, machine->current->id))
      changed.version = version->number;
  co_return changed;
}

net::Task<Answered<Changed>> Machines::update(UpdateMachine request) {
  SOMA_CO_ASSIGN(const MachinePtr seen, changeable(request.arn));
  if (!request.definition && !request.role_arn && !request.logging && !request.tracing &&
      !request.encryption && !request.contract)
    co_return refuse(error::kMissingParameter,
                     "Either the definition, the role ARN, the LoggingConfiguration, or the "
                     "TracingConfiguration must be specified");
  SOMA_CO_TRY(check_version_description(request.publish, request.version_description));
  DefinitionPtr definition;
  if (request.definition) {
    SOMA_CO_ASSIGN(definition, read_definition(*request.definition, seen->type));
  }
  if (request.role_arn) SOMA_CO_TRY(check_role(*request.role_arn));
  Revision change;  // over what is there
  change.id = dependencies_.ids.uuid();
  if (request.logging) {
    SOMA_CO_ASSIGN(change.logging, logging_settings(*request.logging, dependencies_.log_group_exists));
  }
  if (request.tracing) change.tracing = tracing_settings(*request.tracing);
  if (request.encryption) {
    SOMA_CO_ASSIGN(change.encryption, encryption_settings(*request.encryption));
  }

  const FoldedRuns<Machine>::Plan plan = [&](const MachinePtr& now) -> Answered<Events> {
    if (!now) return no_state_machine(request.arn);
    if (now->deleting) return state_machine_deleting(now->arn);
    Revision next = *now->current;
    next.id = change.id;
    if (request.definition) next.definition = definition;
    if (request.role_arn) next.role_arn = *request.role_arn;
    if (request.logging) next.logging = change.logging;
    if (request.tracing) next.tracing = change.tracing;
    if (request.encryption) next.encryption = change.encryption;
    if (request.contract) next.contract = *request.contract;
    Events events;
    if (same_revision(*now->current, next))
      next.id = now->current->id;
    else
      events.push_back(machine_event::updated(*now->current, next));
    if (!request.publish || version_of(*now, next.id)) return events;
    if (now->versions.size() >= kMaxVersions)
      return refuse(error::kQuotaExceeded,
                    fmt::format("{} has {} versions already (kMaxVersions)", now->arn, kMaxVersions));
    auto passed = pass_version_gate(*now, next, request.allow_breaking);
    if (!passed) return std::unexpected(std::move(passed.error()));
    events.push_back(
        machine_event::version_published(now->next_version, next.id, request.version_description, *passed));
    return events;
  };
  SOMA_CO_ASSIGN(const MachinePtr machine, co_await runs_.change(seen->name, plan));
  if (definition && machine->current->id == change.id) remember(*machine, machine->current, definition);
  Changed changed{machine};
  if (request.publish)
    if (const Version* version = version_of(*machine, machine->current->id))
      changed.version = version->number;
  co_return changed;
}

net::Task<Answered<MachinePtr>> Machines::begin_deletion(std::string arn) {
  SOMA_CO_ASSIGN(const MachineReference reference, parse_machine_arn(arn));
  if (reference.qualified())
    co_return refuse(
        error::kValidation,
        fmt::format("The ARN of a version, an alias or a map run names no state machine: {}", arn));
  if (!reference.local || !runs_.find(reference.name)) co_return MachinePtr();
  const FoldedRuns<Machine>::Plan plan = [](const MachinePtr& now) -> Answered<Events> {
    if (!now || now->deleting) return Events{};
    return Events{machine_event::deleting()};
  };
  co_return co_await runs_.change(reference.name, plan);
}

net::Task<Answered<>> Machines::finish_deletion(std::string name) {
  const FoldedRuns<Machine>::Plan plan = [](const MachinePtr& now) -> Answered<Events> {
    if (!now || !now->deleting) return Events{};
    return Events{machine_event::deleted()};
  };
  SOMA_CO_TRY(co_await runs_.change(std::move(name), plan));
  co_return Answered<>{};
}

std::vector<MachinePtr> Machines::list() const {
  return runs_.all();
}

Answered<MachinePtr> Machines::get(std::string_view arn) const {
  auto reference = parse_machine_arn(arn);
  if (!reference) return std::unexpected(std::move(reference.error()));
  MachinePtr machine = reference->local && !reference->qualified() ? runs_.find(reference->name) : nullptr;
  if (!machine) return no_state_machine(arn);
  return machine;
}

Answered<MachinePtr> Machines::changeable(std::string_view arn) const {
  auto machine = get(arn);
  if (machine && (*machine)->deleting) return state_machine_deleting(arn);
  return machine;
}

Answered<Target> Machines::resolve(std::string_view arn, std::string_view execution_name) const {
  auto reference = parse_machine_arn(arn);
  if (!reference) return std::unexpected(std::move(reference.error()));
  if (!reference->label.empty())
    return refuse(error::kValidation,
                  fmt::format("A distributed map cannot be named without its state machine: {}", arn));
  Target target;
  target.machine = reference->local ? runs_.find(reference->name) : nullptr;
  if (!target.machine) return no_state_machine(arn);
  target.version = reference->version;
  if (!reference->alias.empty()) {
    const Alias* alias = target.machine->alias(reference->alias);
    if (!alias) return no_state_machine(arn);
    target.alias = alias->name;
    target.version = choose_route(arn, *alias, execution_name);
  }
  target.revision = target.machine->current;
  if (target.version) {
    const Version* version = target.machine->version(*target.version);
    if (!version) return no_state_machine(arn);
    target.revision = version->revision;
  }
  auto revision = with_definition(*target.machine, target.revision);
  if (!revision) return std::unexpected(internal_failure(revision.error()));
  target.revision = std::move(*revision);
  return target;
}

Result<RevisionPtr> Machines::with_definition(const Machine& machine, const RevisionPtr& revision) const {
  if (revision->definition) return revision;
  {
    const std::lock_guard lock(revisions_mutex_);
    const auto found = revisions_.find(revision->id);
    if (found != revisions_.end())
      if (RevisionPtr known = found->second.lock()) return known;
  }
  auto definition = read_definition(revision->text(), machine.type);
  if (!definition)
    return os::fail(Code::kCorrupt, fmt::format("revision {} of {} is accepted no longer: {}", revision->id,
                                                machine.arn, definition.error().message));
  return remember(machine, revision, std::move(*definition));
}

RevisionPtr Machines::remember(const Machine& machine, const RevisionPtr& revision,
                               DefinitionPtr definition) const {
  auto known = std::make_shared<Revision>(*revision);
  known->definition = std::move(definition);
  known->unread_text.clear();
  {
    const std::lock_guard lock(revisions_mutex_);
    std::erase_if(revisions_, [](const auto& entry) { return entry.second.expired(); });
    revisions_[known->id] = known;
  }
  const MachinePtr now = runs_.find(machine.name);
  if (!now) return known;
  auto better = std::make_shared<Machine>(*now);
  if (better->current->id == known->id) better->current = known;
  for (Version& version : better->versions)
    if (version.revision->id == known->id) version.revision = known;
  runs_.refine(machine.name, now, std::move(better));
  return known;
}

RevisionPtr Machines::revision_of(std::string_view arn, std::string_view revision_id) const {
  const auto reference = parse_machine_arn(arn);
  if (!reference || !reference->local) return nullptr;
  // The whole run, folded again: the revision may be of a machine that had this name before.
  MachinePtr machine = runs_.find(reference->name);
  RevisionPtr found;
  const auto look = [&](const MachinePtr& in) {
    if (!in) return;
    if (in->current->id == revision_id) found = in->current;
    for (const Version& version : in->versions)
      if (version.revision->id == revision_id) found = version.revision;
  };
  look(machine);
  uint64_t from = 1;
  MachinePtr past;
  while (!found) {
    const auto events =
        dependencies_.journal.read(runs_.run_of(reference->name), from, journal::kMaxReadEvents);
    if (!events || events->empty()) return nullptr;
    for (const journal::Event& event : *events) {
      const auto next = machine_event::fold(reference->name, past, event);
      if (!next) return nullptr;
      past = *next;
      if (past && past->current->id == revision_id) {
        found = past->current;
        machine = past;
        break;
      }
    }
    from = events->back().seq + 1;
  }
  const auto revision = with_definition(*machine, found);
  return revision ? *revision : nullptr;
}

net::Task<Answered<>> Machines::tag(std::string arn, std::vector<Tag> tags) {
  SOMA_CO_ASSIGN(const MachineReference reference, parse_machine_arn(arn));
  const FoldedRuns<Machine>::Plan plan = [&](const MachinePtr& now) -> Answered<Events> {
    if (!now || !reference.local || reference.qualified()) return no_tagged_resource(arn);
    auto all = with_tags(now->tags, tags);
    if (!all) return std::unexpected(std::move(all.error()));
    if (*all == now->tags) return Events{};
    return Events{machine_event::tagged(*all)};
  };
  SOMA_CO_TRY(co_await runs_.change(reference.name, plan));
  co_return Answered<>{};
}

net::Task<Answered<>> Machines::untag(std::string arn, std::vector<std::string> keys) {
  SOMA_CO_ASSIGN(const MachineReference reference, parse_machine_arn(arn));
  const FoldedRuns<Machine>::Plan plan = [&](const MachinePtr& now) -> Answered<Events> {
    if (!now || !reference.local || reference.qualified()) return no_tagged_resource(arn);
    const std::vector<Tag> left = without_tags(now->tags, keys);
    if (left == now->tags) return Events{};
    return Events{machine_event::tagged(left)};
  };
  SOMA_CO_TRY(co_await runs_.change(reference.name, plan));
  co_return Answered<>{};
}

}  // namespace soma::workflow
