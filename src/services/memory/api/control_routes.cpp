// The control plane: memories and their strategies.
#include "services/memory/api/api_errors.h"
#include "services/memory/api/api_routes.h"
#include "services/memory/api/wire.h"

namespace soma::memory::api {
namespace {

using json::Value;
using os::Result;

net::Response memory_answer(int status, const Memory& memory) {
  return net::Response::json(status, json::object({{"memory", memory_json(memory, Times::kSeconds)}}));
}

net::Task<Result<net::Response>> create(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_ASSIGN(NewMemory wanted, new_memory(body));
  SOMA_CO_ASSIGN(const Memory made, co_await service.create(std::move(wanted)));
  co_return memory_answer(202, made);
}

net::Task<Result<net::Response>> get(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const std::string id, memory_id(request.parameter("memoryId")));
  // Nothing is encrypted: both views show the same.
  const std::string_view view = request.query_value("view");
  if (!view.empty() && view != "full" && view != "without_decryption")
    co_return os::fail(os::Code::kInvalidArgument, "view must be full or without_decryption");
  SOMA_CO_ASSIGN(const Memory found, service.get(id));
  co_return memory_answer(200, found);
}

net::Task<Result<net::Response>> update(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(std::string id, memory_id(request.parameter("memoryId")));
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_ASSIGN(MemoryUpdate wanted, memory_update(body));
  SOMA_CO_ASSIGN(const Memory updated, co_await service.update(std::move(id), std::move(wanted)));
  co_return memory_answer(202, updated);
}

net::Task<Result<net::Response>> remove(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(std::string id, memory_id(request.parameter("memoryId")));
  SOMA_CO_TRY(check_client_token(request.query_value("clientToken")));
  SOMA_CO_ASSIGN(const Memory removed, co_await service.remove(std::move(id)));
  co_return net::Response::json(202, json::object({{"memoryId", removed.id}, {"status", "DELETING"}}));
}

net::Task<Result<net::Response>> list(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_ASSIGN(const PageRequest asked, page_request(body));
  SOMA_CO_ASSIGN(const Page<Memory> page, service.list(asked.limit, asked.token));
  co_return net::Response::json(200, page_json(page, "memories", memory_summary_json));
}

}  // namespace

void mount_control(net::Router& router, Service& service) {
  router.add("POST", "/memories/create",
             answering([&service](net::Request& request) { return create(service, request); }));
  router.add("GET", "/memories/{memoryId}/details",
             answering([&service](net::Request& request) { return get(service, request); }));
  router.add("PUT", "/memories/{memoryId}/update",
             answering([&service](net::Request& request) { return update(service, request); }));
  router.add("DELETE", "/memories/{memoryId}/delete",
             answering([&service](net::Request& request) { return remove(service, request); }));
  router.add("POST", "/memories/",
             answering([&service](net::Request& request) { return list(service, request); }));
}

}  // namespace soma::memory::api
