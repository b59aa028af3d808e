// State machines and their definitions.
#include <algorithm>

#include "services/workflow/api/wire.h"
#include "services/workflow/own_api/own_routes.h"
#include "services/workflow/own_api/own_wire.h"
#include "services/workflow/routes.h"

namespace soma::workflow {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr std::string_view kOwnRole = "arn:aws:iam::000000000000:role/soma";
constexpr uint64_t kPageEntries = 100, kMaxPageEntries = 1000;

// A definition is a JSON object, or its text, which keeps its layout.
std::string definition_text(const Value& body) {
  const Value& definition = body.get("definition");
  return definition.is_string() ? definition.as_string() : json::write(definition);
}

// {"a": "b"} as the API's list.
Value tags_from_object(const Value& tags) {
  Value list = json::Array{};
  if (tags.is_object())
    for (const auto& [key, value] : tags.as_object())
      list.push_back(json::object({{"key", key}, {"value", value}}));
  return list;
}

// The members of a body that mean the same in the API.
Value parameters_from(const Value& body) {
  Value parameters = json::Object{};
  for (const char* member : {"name", "roleArn", "type", "publish", "versionDescription"})
    if (body.has(member)) parameters.set(member, body.get(member));
  if (body.has("definition")) parameters.set("definition", definition_text(body));
  if (body.has("tags")) parameters.set("tags", tags_from_object(body.get("tags")));
  return parameters;
}

// What is wrong with a definition that was refused, place by place.
net::Response refused(const net::Request& request, const os::Error& error, const Value& body,
                      MachineType type) {
  net::Response response = net::error_response(error, request.id);
  if (error.code != Code::kInvalidArgument || !body.has("definition")) return response;
  const Parsed parsed = parse_definition(definition_text(body), type);
  if (parsed.definition) return response;
  auto shape = json::parse(response.body);
  if (!shape) return response;
  shape->set("diagnostics", own_diagnostics_json(parsed.diagnostics));
  response.body = json::write(*shape);
  return response;
}

net::Task<Result<net::Response>> create_machine(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_TRY(check_members(
      body, {"name", "definition", "type", "roleArn", "tags", "contract", "publish", "versionDescription"}));
  SOMA_CO_ASSIGN(api::Beyond beyond, read_beyond(body));
  Value parameters = parameters_from(body);
  if (!parameters.has("roleArn")) parameters.set("roleArn", kOwnRole);
  const auto made =
      co_await call_own(service, "CreateStateMachine", std::move(parameters), std::move(beyond));
  if (!made) co_return refused(request, made.error(), body, api::type_from(body.get("type")));
  SOMA_CO_ASSIGN(const MachinePtr machine,
                 own(service.machines().get(made->get("stateMachineArn").string_or(""))));
  co_return net::Response::json(201, json::object({{"machine", own_machine_json(*machine, true)}}));
}

net::Task<Result<net::Response>> update_machine(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_TRY(check_members(
      body, {"definition", "roleArn", "contract", "publish", "versionDescription", "allowBreaking"}));
  SOMA_CO_ASSIGN(api::Beyond beyond, read_beyond(body));
  const std::string arn = arn_of_key(request.parameter("machine"));
  SOMA_CO_ASSIGN(const MachinePtr before, own(service.machines().get(arn)));
  Value parameters = parameters_from(body);
  parameters.set("stateMachineArn", arn);
  const auto updated =
      co_await call_own(service, "UpdateStateMachine", std::move(parameters), std::move(beyond));
  if (!updated) co_return refused(request, updated.error(), body, before->type);
  SOMA_CO_ASSIGN(const MachinePtr machine, own(service.machines().get(arn)));
  co_return net::Response::json(200, json::object({{"machine", own_machine_json(*machine, true)}}));
}

Result<net::Response> list_machines(Service& service, net::Request& request) {
  SOMA_ASSIGN(const uint64_t limit, request.query_number("limit", kPageEntries, kMaxPageEntries));
  const std::string_view after = request.query_value("nextToken");
  const std::vector<MachinePtr> all = service.machines().list();
  auto next =
      after.empty() ? all.begin() : std::ranges::upper_bound(all, after, {}, [](const MachinePtr& machine) {
        return std::string_view(machine->name);
      });
  Value machines = json::Array{};
  for (; next != all.end() && machines.size() < std::max<uint64_t>(limit, 1); ++next)
    machines.push_back(own_machine_json(**next, false));
  Value body = json::object({{"machines", machines}});
  if (next != all.end()) body.set("nextToken", (*std::prev(next))->name);
  return net::Response::json(200, body);
}

net::Task<Result<net::Response>> validate(net::Request& request) {
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_TRY(check_members(body, {"definition", "type"}));
  if (!body.has("definition")) co_return os::fail(Code::kInvalidArgument, "definition is missing");
  const Parsed parsed = parse_definition(definition_text(body), api::type_from(body.get("type")));
  co_return net::Response::json(200, json::object({{"valid", parsed.definition != nullptr},
                                                   {"diagnostics", own_diagnostics_json(parsed.diagnostics)},
                                                   {"truncated", parsed.truncated}}));
}

}  // namespace

void mount_machines(net::Router& router, Service& service) {
  const net::Router::Options large{kMaxApiBodyBytes};
  router.add("GET", "/api/workflow/machines",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               co_return list_machines(service, request);
             }));
  router.add("POST", "/api/workflow/machines",
             net::answering([&service](net::Request& request) { return create_machine(service, request); }),
             large);
  router.add("GET", "/api/workflow/machines/{machine}",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const MachinePtr machine,
                              own(service.machines().get(arn_of_key(request.parameter("machine")))));
               co_return net::Response::json(200,
                                             json::object({{"machine", own_machine_json(*machine, true)}}));
             }));
  router.add("PATCH", "/api/workflow/machines/{machine}",
             net::answering([&service](net::Request& request) { return update_machine(service, request); }),
             large);
  router.add("DELETE", "/api/workflow/machines/{machine}",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               const std::string arn = arn_of_key(request.parameter("machine"));
               SOMA_CO_ASSIGN(const MachinePtr machine, own(service.machines().get(arn)));
               const Answered<> deleted = co_await service.delete_machine(arn);
               if (!deleted) co_return std::unexpected(to_os_error(deleted.error()));
               co_return net::Response::json(200, json::object({{"status", "deleted"}}));
             }));
  router.add("POST", "/api/workflow/validate",
             net::answering([](net::Request& request) { return validate(request); }), large);
}

}  // namespace soma::workflow
