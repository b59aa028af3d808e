#include "services/workflow/machines/machine_events.h"

#include <fmt/format.h>

#include <algorithm>

namespace soma::workflow::machine_event {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr std::string_view kCreated = "machine.created";
constexpr std::string_view kUpdated = "machine.updated";
constexpr std::string_view kVersionPublished = "machine.version.published";
constexpr std::string_view kVersionDeleted = "machine.version.deleted";
constexpr std::string_view kAliasCreated = "machine.alias.created";
constexpr std::string_view kAliasUpdated = "machine.alias.updated";
constexpr std::string_view kAliasDeleted = "machine.alias.deleted";
constexpr std::string_view kRolloutBegun = "machine.rollout.begun";
constexpr std::string_view kRolloutDecided = "machine.rollout.decided";
constexpr std::string_view kTagged = "machine.tags";
constexpr std::string_view kDeleting = "machine.deleting";
constexpr std::string_view kDeleted = "machine.deleted";

journal::NewEvent event(std::string_view type, const Value& body) {
  return {std::string(type), json::write(body)};
}

Value routes_json(const std::vector<Route>& routes) {
  Value list = json::Array{};
  for (const Route& route : routes)
    list.push_back(json::object({{"version", route.version}, {"weight", route.weight}}));
  return list;
}

std::vector<Route> routes_from(const Value& list) {
  std::vector<Route> routes;
  for (size_t at = 0; at < list.size(); ++at)
    routes.push_back(
        {static_cast<uint64_t>(list.at(at).get("version").int_or(0)), list.at(at).get("weight").int_or(0)});
  return routes;
}

void set_unless_null(Value& body, std::string_view member, const Value& value) {
  if (!value.is_null()) body.set(member, value);
}

Value contract_json(const Revision& revision) {
  return revision.contract ? contract::to_json(*revision.contract) : Value();
}

// The revision that a body describes, over the one before it.
Result<RevisionPtr> revision_from(const Value& body, const RevisionPtr& before, os::Time at) {
  auto revision = std::make_shared<Revision>();
  if (before) {
    revision->role_arn = before->role_arn;
    revision->logging = before->logging;
    revision->tracing = before->tracing;
    revision->encryption = before->encryption;
    revision->contract = before->contract;
  }
  revision->id = body.get("id").string_or("");
  revision->initial = before == nullptr;
  revision->created = at;
  if (const Value* text = body.find("definition"))
    revision->unread_text = text->string_or("");
  else if (before && before->definition)
    revision->definition = before->definition;
  else if (before)
    revision->unread_text = before->unread_text;
  if (const Value* role = body.find("roleArn")) revision->role_arn = role->string_or("");
  if (const Value* logging = body.find("logging")) revision->logging = *logging;
  if (const Value* tracing = body.find("tracing")) revision->tracing = *tracing;
  if (const Value* encryption = body.find("encryption")) revision->encryption = *encryption;
  if (const Value* promised = body.find("contract")) {
    revision->contract = nullptr;
    if (!promised->is_null()) {
      SOMA_ASSIGN(contract::Contract read, contract::read_contract(*promised));
      revision->contract = std::make_shared<const contract::Contract>(std::move(read));
    }
  }
  return revision;
}

Result<MachinePtr> begin(const std::string& name, const Value& body, os::Time at) {
  auto machine = std::make_shared<Machine>();
  machine->name = name;
  machine->arn = machine_arn(name);
  machine->type =
      body.get("type").string_or("") == "EXPRESS" ? MachineType::kExpress : MachineType::kStandard;
  SOMA_ASSIGN(machine->current, revision_from(body.get("revision"), nullptr, at));
  machine->tags = tags_from_json(body.get("tags"));
  machine->created = machine->updated = at;
  machine->created_with_publish = body.get("publish").bool_or(false);
  machine->created_version_description = body.get("versionDescription").string_or("");
  return machine;
}

void publish(Machine& machine, const Value& body, os::Time at) {
  const auto number = static_cast<uint64_t>(body.get("number").int_or(0));
  const std::string_view id = body.get("revisionId").string_or("");
  RevisionPtr revision = machine.current;
  for (const Version& version : machine.versions)
    if (version.revision->id == id) revision = version.revision;
  machine.versions.push_back({number, std::move(revision), std::string(body.get("description").string_or("")),
                              at, body.get("compatibility")});
  machine.next_version = number + 1;
}

void create_alias(Machine& machine, const Value& body, os::Time at) {
  Alias alias{std::string(body.get("name").string_or("")),
              std::string(body.get("description").string_or("")),
              routes_from(body.get("routes")),
              1,
              at,
              at,
              body.get("compatibility")};
  const auto place = std::ranges::lower_bound(machine.aliases, alias.name, {}, &Alias::name);
  machine.aliases.insert(place, std::move(alias));
}

void end_rollout(AliasRollout& rollout, RolloutStatus status, std::string reason, os::Time at) {
  rollout.status = status;
  rollout.reason = std::move(reason);
  rollout.ended = at;
}

std::vector<Route> rollout_routes(const AliasRollout& rollout) {
  if (rollout.weight <= 0) return {{rollout.from, 100}};
  if (rollout.weight >= 100) return {{rollout.to, 100}};
  return {{rollout.from, 100 - rollout.weight}, {rollout.to, rollout.weight}};
}

void update_alias(Machine& machine, const Value& body, os::Time at) {
  const auto found = std::ranges::find(machine.aliases, body.get("name").string_or(""), &Alias::name);
  if (found == machine.aliases.end()) return;
  if (const Value* description = body.find("description")) found->description = description->string_or("");
  if (const Value* routes = body.find("routes")) {
    found->routes = routes_from(*routes);
    ++found->epoch;
    found->compatibility = body.get("compatibility");
    if (found->rollout && found->rollout->running())
      end_rollout(*found->rollout, RolloutStatus::kCancelled, "the alias was pointed elsewhere", at);
  }
  found->updated = at;
}

void begin_rollout(Machine& machine, const Value& body, os::Time at) {
  const auto found = std::ranges::find(machine.aliases, body.get("alias").string_or(""), &Alias::name);
  const auto plan = rollout::read_plan(body.get("plan"));
  if (found == machine.aliases.end() || !plan) return;
  AliasRollout rollout;
  rollout.id = body.get("id").string_or("");
  rollout.from = static_cast<uint64_t>(body.get("from").int_or(0));
  rollout.to = static_cast<uint64_t>(body.get("to").int_or(0));
  rollout.plan = *plan;
  rollout.weight = rollout::first_weight(*plan);
  rollout.begun = rollout.since = found->updated = at;
  found->routes = rollout_routes(rollout);
  ++found->epoch;
  found->compatibility = body.get("compatibility");
  found->rollout = std::move(rollout);
}

RolloutStatus status_after(std::string_view action) {
  if (action == rollout::action_name(rollout::Action::kComplete)) return RolloutStatus::kCompleted;
  if (action == rollout::action_name(rollout::Action::kRollBack)) return RolloutStatus::kRolledBack;
  return action == kCancel ? RolloutStatus::kCancelled : RolloutStatus::kRunning;
}

void decide_rollout(Machine& machine, const Value& body, os::Time at) {
  const auto found = std::ranges::find(machine.aliases, body.get("alias").string_or(""), &Alias::name);
  if (found == machine.aliases.end() || !found->rollout || found->rollout->id != body.get("id").string_or(""))
    return;
  AliasRollout& rollout = *found->rollout;
  rollout.weight = body.get("weight").int_or(0);
  rollout.since = found->updated = at;
  rollout.evidence = body.get("evidence");
  rollout.reason = body.get("reason").string_or("");
  const RolloutStatus status = status_after(body.get("action").string_or(""));
  if (status != RolloutStatus::kRunning) end_rollout(rollout, status, rollout.reason, at);
  found->routes = rollout_routes(rollout);
  ++found->epoch;
}

// What an event does to a machine that exists. False: no such event.
Result<bool> apply(Machine& machine, std::string_view type, const Value& body, os::Time at) {
  if (type == kUpdated) {
    SOMA_ASSIGN(machine.current, revision_from(body.get("revision"), machine.current, at));
    machine.updated = at;
  } else if (type == kVersionPublished) {
    publish(machine, body, at);
  } else if (type == kVersionDeleted) {
    const auto number = static_cast<uint64_t>(body.get("number").int_or(0));
    std::erase_if(machine.versions, [=](const Version& version) { return version.number == number; });
  } else if (type == kAliasCreated) {
    create_alias(machine, body, at);
  } else if (type == kAliasUpdated) {
    update_alias(machine, body, at);
  } else if (type == kAliasDeleted) {
    const std::string_view name = body.get("name").string_or("");
    std::erase_if(machine.aliases, [=](const Alias& alias) { return alias.name == name; });
  } else if (type == kRolloutBegun) {
    begin_rollout(machine, body, at);
  } else if (type == kRolloutDecided) {
    decide_rollout(machine, body, at);
  } else if (type == kTagged) {
    machine.tags = tags_from_json(body.get("tags"));
  } else if (type == kDeleting) {
    machine.deleting = true;
  } else {
    return false;
  }
  return true;
}

}  // namespace

journal::NewEvent created(const CreateMachine& request, const Revision& revision) {
  Value body = json::object(
      {{"type", request.type == MachineType::kExpress ? "EXPRESS" : "STANDARD"}, {"revision", Value()}});
  Value described = json::object({{"id", revision.id},
                                  {"definition", request.definition},
                                  {"roleArn", revision.role_arn},
                                  {"logging", revision.logging},
                                  {"tracing", revision.tracing},
                                  {"encryption", revision.encryption}});
  set_unless_null(described, "contract", contract_json(revision));
  body.set("revision", std::move(described));
  if (!request.tags.empty()) body.set("tags", tags_json(request.tags));
  if (request.publish) body.set("publish", true);
  if (!request.version_description.empty()) body.set("versionDescription", request.version_description);
  return event(kCreated, body);
}

journal::NewEvent updated(const Revision& before, const Revision& after) {
  Value revision = json::object({{"id", after.id}});
  if (after.text() != before.text()) revision.set("definition", after.text());
  if (after.role_arn != before.role_arn) revision.set("roleArn", after.role_arn);
  if (after.logging != before.logging) revision.set("logging", after.logging);
  if (after.tracing != before.tracing) revision.set("tracing", after.tracing);
  if (after.encryption != before.encryption) revision.set("encryption", after.encryption);
  if (Value promised = contract_json(after); promised != contract_json(before))
    revision.set("contract", std::move(promised));
  return event(kUpdated, json::object({{"revision", std::move(revision)}}));
}

journal::NewEvent version_published(uint64_t number, std::string_view revision_id,
                                    std::string_view description, const Value& compatibility) {
  Value body = json::object({{"number", number}, {"revisionId", revision_id}});
  if (!description.empty()) body.set("description", description);
  set_unless_null(body, "compatibility", compatibility);
  return event(kVersionPublished, body);
}

journal::NewEvent version_deleted(uint64_t number) {
  return event(kVersionDeleted, json::object({{"number", number}}));
}

journal::NewEvent alias_created(const Alias& alias) {
  Value body = json::object({{"name", alias.name}, {"routes", routes_json(alias.routes)}});
  if (!alias.description.empty()) body.set("description", alias.description);
  set_unless_null(body, "compatibility", alias.compatibility);
  return event(kAliasCreated, body);
}

journal::NewEvent alias_updated(std::string_view name, const std::optional<std::string>& description,
                                const std::optional<std::vector<Route>>& routes, const Value& compatibility) {
  Value body = json::object({{"name", name}});
  if (description) body.set("description", *description);
  if (routes) body.set("routes", routes_json(*routes));
  set_unless_null(body, "compatibility", compatibility);
  return event(kAliasUpdated, body);
}

journal::NewEvent rollout_begun(std::string_view alias, const AliasRollout& rollout,
                                const Value& compatibility) {
  Value body = json::object({{"alias", alias},
                             {"id", rollout.id},
                             {"from", rollout.from},
                             {"to", rollout.to},
                             {"plan", rollout::to_json(rollout.plan)}});
  set_unless_null(body, "compatibility", compatibility);
  return event(kRolloutBegun, body);
}

journal::NewEvent rollout_decided(std::string_view alias, std::string_view id, std::string_view action,
                                  int64_t weight, std::string_view reason, const Value& evidence) {
  Value body = json::object(
      {{"alias", alias}, {"id", id}, {"action", action}, {"weight", weight}, {"reason", reason}});
  set_unless_null(body, "evidence", evidence);
  return event(kRolloutDecided, body);
}

journal::NewEvent alias_deleted(std::string_view name) {
  return event(kAliasDeleted, json::object({{"name", name}}));
}
journal::NewEvent tagged(const std::vector<Tag>& tags) {
  return event(kTagged, json::object({{"tags", tags_json(tags)}}));
}
journal::NewEvent deleting() {
  return event(kDeleting, json::Object{});
}
journal::NewEvent deleted() {
  return event(kDeleted, json::Object{});
}

Result<MachinePtr> fold(const std::string& name, const MachinePtr& before, const journal::Event& event) {
  const auto corrupt = [&](std::string_view what) {
    return os::fail(Code::kCorrupt, fmt::format("machine/{}, event {}: {}", name, event.seq, what));
  };
  const auto body = json::parse(event.body);
  if (!body) return corrupt(body.error().message);
  if (event.type == kCreated) {
    auto begun = begin(name, *body, event.at);
    if (!begun) return corrupt(begun.error().message);
    return begun;
  }
  if (!before) return corrupt(fmt::format("{} of a machine that is not there", event.type));
  if (event.type == kDeleted) return MachinePtr();
  auto machine = std::make_shared<Machine>(*before);
  const Result<bool> known = apply(*machine, event.type, *body, event.at);
  if (!known) return corrupt(known.error().message);
  if (!*known) return corrupt(fmt::format("unknown type {}", event.type));
  return machine;
}

}  // namespace soma::workflow::machine_event
