// Rollouts: an alias on its way from one version to another.
#include <fmt/format.h>

#include "services/workflow/own_api/own_routes.h"
#include "services/workflow/own_api/own_wire.h"

namespace soma::workflow {
namespace {

using json::Value;
using os::Code;
using os::Result;

std::string alias_arn_of(const net::Request& request) {
  return alias_arn(arn_of_key(request.parameter("machine")), request.parameter("alias"));
}

// The service's own sentence does not say what is not there.
Result<AliasOf> find_alias(const Service& service, const net::Request& request) {
  Answered<AliasOf> found = service.machines().alias(alias_arn_of(request));
  if (found || found.error().name != error::kResourceNotFound) return own(std::move(found));
  return os::fail(
      Code::kNotFound,
      fmt::format("there is no alias {}:{}", request.parameter("machine"), request.parameter("alias")),
      "list a machine's aliases: GET /api/workflow/machines/{machine}/aliases");
}

net::Response alias_response(int status, const AliasOf& alias) {
  return net::Response::json(status, json::object({{"alias", own_alias_json(*alias.machine, alias.alias)}}));
}

net::Task<Result<net::Response>> begin(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_TRY(check_members(body, {"version", "plan", "allowBreaking"}));
  const int64_t version = body.get("version").int_or(0);
  if (version < 1) co_return os::fail(Code::kInvalidArgument, "version must be the number of a version");
  SOMA_CO_TRY(find_alias(service, request));
  BeginRollout wanted;
  wanted.alias_arn = alias_arn_of(request);
  wanted.to = static_cast<uint64_t>(version);
  wanted.allow_breaking = body.get("allowBreaking").bool_or(false);
  if (body.has("plan")) {
    SOMA_CO_ASSIGN(wanted.plan, rollout::read_plan(body.get("plan"), "", "plan"));
  }
  Answered<AliasOf> begun = co_await service.rollouts().begin(std::move(wanted));
  SOMA_CO_ASSIGN(const AliasOf alias, own(std::move(begun)));
  co_return alias_response(201, alias);
}

Result<net::Response> show(const Service& service, const net::Request& request) {
  SOMA_ASSIGN(const AliasOf found, find_alias(service, request));
  if (!found.alias.rollout)
    return os::fail(Code::kNotFound,
                    fmt::format("{}:{} was never rolled out", found.machine->name, found.alias.name),
                    "begin one: POST on this path");
  Value body = own_rollout_json(*found.alias.rollout);
  if (const auto seen = service.rollouts().seen(alias_arn_of(request)))
    body.set("seen", rollout::to_json(*seen));
  return net::Response::json(200, json::object({{"rollout", std::move(body)}}));
}

net::Task<Result<net::Response>> cancel(Service& service, net::Request& request) {
  SOMA_CO_TRY(find_alias(service, request));
  std::string arn = alias_arn_of(request);
  Answered<AliasOf> cancelled = co_await service.rollouts().cancel(std::move(arn));
  SOMA_CO_ASSIGN(const AliasOf alias, own(std::move(cancelled)));
  co_return alias_response(200, alias);
}

}  // namespace

void mount_rollouts(net::Router& router, Service& service) {
  router.add("POST", "/api/workflow/machines/{machine}/aliases/{alias}/rollout",
             net::answering([&service](net::Request& request) { return begin(service, request); }));
  router.add("GET", "/api/workflow/machines/{machine}/aliases/{alias}/rollout",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               co_return show(service, request);
             }));
  router.add("DELETE", "/api/workflow/machines/{machine}/aliases/{alias}/rollout",
             net::answering([&service](net::Request& request) { return cancel(service, request); }));
}

}  // namespace soma::workflow
