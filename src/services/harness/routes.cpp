#include "services/harness/routes.h"

#include <algorithm>

#include "services/harness/access/admission.h"
#include "services/harness/cassette_route.h"
#include "services/harness/endpoint_routes.h"
#include "services/harness/event_stream.h"
#include "services/harness/exec_route.h"
#include "services/harness/route_pages.h"
#include "services/harness/shell_route.h"
#include "services/harness/wire.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr uint64_t kMaxVersion = uint64_t{1} << 32;  // above every version there can be

Value harness_body(const Service& service, const net::Request& request, const DefinitionPtr& definition) {
  const Spelling spelling = from_aws_sdk(request) ? Spelling::kApi : Spelling::kShort;
  Value harness = harness_json(*definition, spelling);
  if (Value* memory = harness.find("memory"); memory != nullptr)
    if (Value* managed = memory->find("managedMemoryConfiguration"); managed != nullptr)
      if (std::string arn = service.managed_memory(*definition); !arn.empty())
        managed->set("arn", std::move(arn));
  return json::object({{"harness", std::move(harness)}});
}

Result<Value> page_of_harnesses(const net::Request& request, const std::vector<DefinitionPtr>& by_name) {
  const auto name_of = [](const DefinitionPtr& entry) -> std::string_view { return entry->config.name; };
  const std::string_view token = request.query_value("nextToken");
  const auto next = token.empty() ? by_name.begin() : std::ranges::upper_bound(by_name, token, {}, name_of);
  return page_of(
      request, std::span<const DefinitionPtr>(next, by_name.end()), "harnesses",
      [](const DefinitionPtr& entry) { return entry->config.name; },
      [](const DefinitionPtr& entry) { return harness_list_entry_json(*entry); });
}

Result<Value> page_of_versions(const net::Request& request, std::vector<DefinitionPtr> versions) {
  SOMA_ASSIGN(const uint64_t token, request.query_number("nextToken", kMaxVersion, kMaxVersion));
  std::ranges::reverse(versions);
  const auto next =
      std::ranges::find_if(versions, [token](const DefinitionPtr& entry) { return entry->version < token; });
  return page_of(
      request, std::span<const DefinitionPtr>(next, versions.end()), "harnessVersions",
      [](const DefinitionPtr& entry) { return std::to_string(entry->version); },
      [](const DefinitionPtr& entry) { return harness_summary_json(*entry); });
}

void mount_definitions(net::Router& router, Service& service) {
  const net::Router::Options config_body{kMaxConfigBodyBytes};
  router.add("POST", "/harnesses",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const Value body, request.json_body());
               SOMA_CO_ASSIGN(Config config, config_from_json(body, request.body, ""));
               std::string client_token(body.get("clientToken").string_or(""));
               SOMA_CO_ASSIGN(const DefinitionPtr made,
                              co_await service.create(std::move(config), std::move(client_token)));
               co_return net::Response::json(201, harness_body(service, request, made));
             }),
             config_body);
  router.add("GET", "/harnesses",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const Value body, page_of_harnesses(request, service.list()));
               co_return net::Response::json(200, body);
             }));
  router.add("GET", "/harnesses/{harnessId}",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const DefinitionPtr found, service.get(request.parameter("harnessId"),
                                                                     request.query_value("harnessVersion")));
               co_return net::Response::json(200, harness_body(service, request, found));
             }));
  router.add("PATCH", "/harnesses/{harnessId}",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(Value body, request.json_body());
               std::string key(request.parameter("harnessId"));
               SOMA_CO_ASSIGN(const DefinitionPtr updated,
                              co_await service.update(std::move(key), std::move(body)));
               co_return net::Response::json(200, harness_body(service, request, updated));
             }),
             config_body);
  router.add("DELETE", "/harnesses/{harnessId}",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               std::string key(request.parameter("harnessId"));
               const bool keep_memory = request.query_value("deleteManagedMemory") == "false";
               SOMA_CO_ASSIGN(const DefinitionPtr removed,
                              co_await service.remove(std::move(key), keep_memory));
               Value body = harness_body(service, request, removed);
               body.find("harness")->set("status", "DELETING");
               co_return net::Response::json(200, body);
             }));
  router.add("GET", "/harnesses/{harnessId}/versions",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(std::vector<DefinitionPtr> all,
                              service.versions(request.parameter("harnessId")));
               SOMA_CO_ASSIGN(const Value body, page_of_versions(request, std::move(all)));
               co_return net::Response::json(200, body);
             }));
}

net::Task<> invoke(Service& service, const Dependencies& dependencies, net::Request& request,
                   net::Reply& reply) {
  Result<Invocation> invocation = os::fail(Code::kInternal, "");
  const auto body = request.json_body();
  Result<InvokeRequest> parsed = body ? invoke_request_from_json(*body) : std::unexpected(body.error());
  if (parsed) {
    parsed->harness = request.query_value("harnessArn");
    parsed->qualifier = request.query_value("qualifier");
    parsed->session_id = request.headers.get(kSessionHeader);
    parsed->client_token = request.headers.get("x-soma-client-token");
    std::string harness = parsed->harness, qualifier = parsed->qualifier;
    Credentials credentials = credentials_of(request);
    auto caller = co_await service.admit(std::move(harness), std::move(qualifier), std::move(credentials));
    if (caller) {
      parsed->caller = std::move(*caller);
      invocation = co_await service.invoke(std::move(*parsed));
    } else {
      invocation = std::unexpected(caller.error());
    }
  } else {
    invocation = std::unexpected(parsed.error());
  }
  if (!invocation) {
    net::Response response = net::error_response(invocation.error(), request.id);
    co_await reply.send(std::move(response));
    co_return;
  }
  co_await stream_invocation(dependencies.journal, dependencies.clock, *invocation, request, reply);
}

void mount_sessions(net::Router& router, Service& service) {
  router.add("GET", "/api/sessions",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const uint64_t limit, request.query_number("limit", 100, 1000));
               SOMA_CO_ASSIGN(const SessionPage page, service.sessions(request.query_value("harness"), limit,
                                                                       request.query_value("nextToken")));
               Value sessions = json::Array{};
               for (const SessionSummary& session : page.sessions) sessions.push_back(session_json(session));
               Value body = json::object({{"sessions", std::move(sessions)}});
               if (!page.next_token.empty()) body.set("nextToken", page.next_token);
               co_return net::Response::json(200, body);
             }));
  router.add("GET", "/api/sessions/{harness}/{sessionId}",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const SessionView view,
                              service.session(request.parameter("harness"), request.parameter("sessionId")));
               Value messages = json::Array{};
               for (const model::Message& message : view.messages)
                 messages.push_back(model::to_json(message));
               co_return net::Response::json(200, json::object({{"session", session_json(view.summary)},
                                                                {"messages", std::move(messages)}}));
             }));
  router.add("GET", "/api/sessions/{harness}/{sessionId}/tree",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const SessionTree tree,
                              service.tree(request.parameter("harness"), request.parameter("sessionId")));
               co_return net::Response::json(200, json::object({{"root", tree_json(tree)}}));
             }));
  router.add("DELETE", "/api/sessions/{harness}/{sessionId}",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               std::string harness(request.parameter("harness")), session_id(request.parameter("sessionId"));
               SOMA_CO_TRY(co_await service.end_session(std::move(harness), std::move(session_id)));
               co_return net::Response::json(200, json::object({{"status", "ended"}}));
             }));
  router.add("POST", "/api/sessions/{harness}/{sessionId}/cancel",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               std::string harness(request.parameter("harness")), session_id(request.parameter("sessionId"));
               SOMA_CO_TRY(co_await service.cancel(std::move(harness), std::move(session_id)));
               co_return net::Response::json(202, json::object({{"status", "cancelling"}}));
             }));
  router.add("GET", "/api/sessions/{harness}/{sessionId}/files/{path…}",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const std::string path, service.session_file(request.parameter("harness"),
                                                                           request.parameter("sessionId"),
                                                                           request.parameter("path")));
               SOMA_CO_ASSIGN(std::string bytes, os::read_file(path));
               net::Response response =
                   net::Response::text(200, std::move(bytes), std::string(net::content_type_of(path)));
               // A page that an agent wrote must not run as soma's own.
               response.headers.set("content-security-policy",
                                    "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'");
               co_return response;
             }));
}

void mount_approvals(net::Router& router, Service& service) {
  router.add("GET", "/api/approvals",
             net::answering([&service](net::Request&) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const std::vector<SessionApproval> pending, service.approvals());
               Value approvals = json::Array{};
               for (const SessionApproval& approval : pending) approvals.push_back(approval_json(approval));
               co_return net::Response::json(200, json::object({{"approvals", std::move(approvals)}}));
             }));
  router.add("POST", "/api/sessions/{harness}/{sessionId}/approvals/{approvalId}",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const Value body, request.json_body());
               SOMA_CO_ASSIGN(ApprovalAnswer answer, approval_answer_from_json(body));
               std::string harness(request.parameter("harness")), session_id(request.parameter("sessionId")),
                   approval_id(request.parameter("approvalId"));
               SOMA_CO_ASSIGN(const SessionApproval answered,
                              co_await service.answer_approval(std::move(harness), std::move(session_id),
                                                               std::move(approval_id), std::move(answer)));
               co_return net::Response::json(200, json::object({{"approval", approval_json(answered)}}));
             }));
}

}  // namespace

void mount(net::Router& router, Service& service, const Dependencies& dependencies) {
  mount_definitions(router, service);
  mount_endpoints(router, service);
  router.add(
      "POST", "/harnesses/invoke",
      [&service, &dependencies](net::Request& request, net::Reply& reply) {
        return invoke(service, dependencies, request, reply);
      },
      net::Router::Options{kMaxInvokeBodyBytes});
  router.add(
      "POST", "/runtimes/{agentRuntimeArn}/commands",
      [&service, &dependencies](net::Request& request, net::Reply& reply) {
        return answer_exec(service, dependencies, request, reply);
      },
      net::Router::Options{kMaxConfigBodyBytes});
  router.add("POST", "/runtimes/{agentRuntimeArn}/stopruntimesession",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               std::string harness(request.parameter("agentRuntimeArn"));
               std::string session_id(request.headers.get(kSessionHeader));
               std::string asked = harness, qualifier(request.query_value("qualifier"));
               Credentials credentials = credentials_of(request);
               SOMA_CO_ASSIGN(
                   const Caller caller,
                   co_await service.admit(std::move(asked), std::move(qualifier), std::move(credentials)));
               SOMA_CO_TRY(service.check_owner_of(harness, session_id, caller));
               net::Response response = net::Response::json(200, json::Object{});
               response.headers.set(std::string(kSessionHeader), session_id);
               SOMA_CO_TRY(co_await service.end_session(std::move(harness), std::move(session_id)));
               co_return response;
             }));
  mount_sessions(router, service);
  mount_approvals(router, service);
  router.add("GET", "/api/models",
             net::answering([&dependencies](net::Request&) -> net::Task<Result<net::Response>> {
               co_return net::Response::json(200, models_json(*dependencies.prices()));
             }));
  mount_cassette(router, service, dependencies);
  mount_shell(router, service);
}

}  // namespace soma::harness
