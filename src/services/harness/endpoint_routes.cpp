#include "services/harness/endpoint_routes.h"

#include "services/harness/route_pages.h"
#include "services/harness/wire.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Result;

constexpr size_t kMaxEndpointBodyBytes = 64u << 10;

net::Response answer(int status, const Endpoint& endpoint, std::string_view state = "READY") {
  Value entry = endpoint_json(endpoint);
  entry.set("status", state);
  return net::Response::json(status, json::object({{"endpoint", std::move(entry)}}));
}

Result<Value> page_of_endpoints(const net::Request& request, const std::vector<Endpoint>& by_name) {
  const std::string_view token = request.query_value("nextToken");
  const auto next =
      token.empty() ? by_name.begin() : std::ranges::upper_bound(by_name, token, {}, &Endpoint::name);
  return page_of(
      request, std::span<const Endpoint>(next, by_name.end()), "endpoints",
      [](const Endpoint& entry) { return entry.name; }, endpoint_json);
}

}  // namespace

void mount_endpoints(net::Router& router, Service& service) {
  const net::Router::Options body_limit{kMaxEndpointBodyBytes};
  router.add("POST", "/harnesses/{harnessId}/endpoints",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const Value body, request.json_body());
               constexpr EndpointOperation kCreate = EndpointOperation::kCreate;
               SOMA_CO_ASSIGN(EndpointRequest asked, endpoint_request_from_json(body, request.body, kCreate));
               std::string key(request.parameter("harnessId"));
               SOMA_CO_ASSIGN(const Endpoint made,
                              co_await service.change_endpoint(std::move(key), kCreate, std::move(asked)));
               co_return answer(201, made);
             }),
             body_limit);
  router.add("GET", "/harnesses/{harnessId}/endpoints",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const std::vector<Endpoint> all,
                              service.endpoints(request.parameter("harnessId")));
               SOMA_CO_ASSIGN(const Value body, page_of_endpoints(request, all));
               co_return net::Response::json(200, body);
             }));
  router.add("GET", "/harnesses/{harnessId}/endpoints/{endpointName}",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const Endpoint found, service.endpoint(request.parameter("harnessId"),
                                                                     request.parameter("endpointName")));
               co_return answer(200, found);
             }));
  router.add("PATCH", "/harnesses/{harnessId}/endpoints/{endpointName}",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const Value body, request.json_body());
               constexpr EndpointOperation kUpdate = EndpointOperation::kUpdate;
               SOMA_CO_ASSIGN(EndpointRequest asked, endpoint_request_from_json(body, request.body, kUpdate));
               asked.name = request.parameter("endpointName");
               std::string key(request.parameter("harnessId"));
               SOMA_CO_ASSIGN(const Endpoint updated,
                              co_await service.change_endpoint(std::move(key), kUpdate, std::move(asked)));
               co_return answer(200, updated);
             }),
             body_limit);
  router.add("DELETE", "/harnesses/{harnessId}/endpoints/{endpointName}",
             net::answering([&service](net::Request& request) -> net::Task<Result<net::Response>> {
               EndpointRequest asked{.name = std::string(request.parameter("endpointName")),
                                     .client_token = std::string(request.query_value("clientToken"))};
               std::string key(request.parameter("harnessId"));
               constexpr EndpointOperation kDelete = EndpointOperation::kDelete;
               SOMA_CO_ASSIGN(const Endpoint removed,
                              co_await service.change_endpoint(std::move(key), kDelete, std::move(asked)));
               co_return answer(200, removed, "DELETING");
             }));
}

}  // namespace soma::harness
