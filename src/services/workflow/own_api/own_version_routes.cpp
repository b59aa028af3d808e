// Versions and aliases of a state machine.
#include <ranges>

#include "services/workflow/own_api/own_routes.h"
#include "services/workflow/own_api/own_wire.h"

namespace soma::workflow {
namespace {

using json::Value;
using os::Result;

Result<MachinePtr> machine_of(Service& service, const net::Request& request) {
  return own(service.machines().get(arn_of_key(request.parameter("machine"))));
}

// [{"version", "weight"}] as the API's routing configuration.
Value routes_for_api(const Machine& machine, const Value& routes) {
  Value list = json::Array{};
  if (!routes.is_array()) return routes;
  for (const Value& route : routes.as_array()) {
    const int64_t version = route.get("version").int_or(0);
    list.push_back(
        json::object({{"stateMachineVersionArn",
                       version_arn(machine.arn, static_cast<uint64_t>(std::max<int64_t>(version, 0)))},
                      {"weight", route.get("weight")}}));
  }
  return list;
}

net::Task<Result<net::Response>> publish(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_TRY(check_members(body, {"revisionId", "description", "allowBreaking"}));
  SOMA_CO_ASSIGN(api::Beyond beyond, read_beyond(body));
  SOMA_CO_ASSIGN(const MachinePtr machine, machine_of(service, request));
  std::string revision(body.get("revisionId").string_or(""));
  // The first revision has an id here and none in the API.
  if (machine->current->initial && revision == machine->current->id) revision.clear();
  Value parameters = json::object({{"stateMachineArn", machine->arn}});
  if (!revision.empty()) parameters.set("revisionId", revision);
  if (body.has("description")) parameters.set("description", body.get("description"));
  SOMA_CO_ASSIGN(const Value made, co_await call_own(service, "PublishStateMachineVersion",
                                                     std::move(parameters), std::move(beyond)));
  SOMA_CO_ASSIGN(const MachineReference reference,
                 own(parse_machine_arn(made.get("stateMachineVersionArn").string_or(""))));
  SOMA_CO_ASSIGN(const MachinePtr now, machine_of(service, request));
  const Version* version = now->version(reference.version.value_or(0));
  if (!version) co_return os::fail(os::Code::kConflict, "the version was deleted again at the same time");
  co_return net::Response::json(201, json::object({{"version", own_version_json(*now, *version)}}));
}

net::Task<Result<net::Response>> put_alias(Service& service, net::Request& request, bool create) {
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  if (create)
    SOMA_CO_TRY(check_members(body, {"name", "description", "routes", "allowBreaking"}));
  else
    SOMA_CO_TRY(check_members(body, {"description", "routes", "allowBreaking"}));
  SOMA_CO_ASSIGN(api::Beyond beyond, read_beyond(body));
  SOMA_CO_ASSIGN(const MachinePtr machine, machine_of(service, request));
  const std::string name(create ? body.get("name").string_or("") : request.parameter("alias"));
  Value parameters = create ? json::object({{"name", name}})
                            : json::object({{"stateMachineAliasArn", alias_arn(machine->arn, name)}});
  if (body.has("description")) parameters.set("description", body.get("description"));
  if (body.has("routes"))
    parameters.set("routingConfiguration", routes_for_api(*machine, body.get("routes")));
  std::string operation = create ? "CreateStateMachineAlias" : "UpdateStateMachineAlias";
  SOMA_CO_TRY(co_await call_own(service, std::move(operation), std::move(parameters), std::move(beyond)));
  SOMA_CO_ASSIGN(const AliasOf made, own(service.machines().alias(alias_arn(machine->arn, name))));
  co_return net::Response::json(create ? 201 : 200,
                                json::object({{"alias", own_alias_json(*made.machine, made.alias)}}));
}

}  // namespace

void mount_versions(net::Router& router, Service& service) {
  router.add("GET", "/api/workflow/machines/{machine}/versions",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const MachinePtr machine, machine_of(service, request));
               Value versions = json::Array{};
               for (const Version& version : machine->versions | std::views::reverse)
                 versions.push_back(own_version_json(*machine, version));
               co_return net::Response::json(200, json::object({{"versions", std::move(versions)}}));
             }));
  router.add("POST", "/api/workflow/machines/{machine}/versions",
             net::answering([&service](net::Request& request) { return publish(service, request); }));
  router.add("DELETE", "/api/workflow/machines/{machine}/versions/{version}",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const MachinePtr machine, machine_of(service, request));
               SOMA_CO_ASSIGN(const uint64_t number,
                              net::parse_number(request.parameter("version"), "version", 0, UINT32_MAX));
               if (!machine->version(number))
                 co_return os::fail(os::Code::kNotFound,
                                    machine->name + " has no version " + std::to_string(number));
               Value parameters =
                   json::object({{"stateMachineVersionArn", version_arn(machine->arn, number)}});
               SOMA_CO_TRY(co_await call_own(service, "DeleteStateMachineVersion", std::move(parameters)));
               co_return net::Response::json(200, json::object({{"status", "deleted"}}));
             }));
  router.add("GET", "/api/workflow/machines/{machine}/aliases",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const MachinePtr machine, machine_of(service, request));
               Value aliases = json::Array{};
               for (const Alias& alias : machine->aliases) aliases.push_back(own_alias_json(*machine, alias));
               co_return net::Response::json(200, json::object({{"aliases", std::move(aliases)}}));
             }));
  router.add("POST", "/api/workflow/machines/{machine}/aliases",
             net::answering([&service](net::Request& request) { return put_alias(service, request, true); }));
  router.add(
      "PATCH", "/api/workflow/machines/{machine}/aliases/{alias}",
      net::answering([&service](net::Request& request) { return put_alias(service, request, false); }));
  router.add("DELETE", "/api/workflow/machines/{machine}/aliases/{alias}",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const MachinePtr machine, machine_of(service, request));
               Value parameters = json::object(
                   {{"stateMachineAliasArn", alias_arn(machine->arn, request.parameter("alias"))}});
               SOMA_CO_TRY(co_await call_own(service, "DeleteStateMachineAlias", std::move(parameters)));
               co_return net::Response::json(200, json::object({{"status", "deleted"}}));
             }));
}

}  // namespace soma::workflow
