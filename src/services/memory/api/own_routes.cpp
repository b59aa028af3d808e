// soma's own: memories by name, what was said about a question, what happened, forgetting.
#include <algorithm>

#include "services/memory/api/api_routes.h"
#include "services/memory/api/own_wire.h"
#include "services/memory/api/wire.h"

namespace soma::memory::api {
namespace {

using json::Value;
using os::Result;

// A memory, and how much is in it.
Result<Value> own_memory_json(const Service& service, const Memory& memory) {
  SOMA_ASSIGN(const Service::Amount amount, service.amount(memory.id));
  Value body = memory_json(memory, Times::kText);
  body.set("events", amount.events);
  body.set("records", amount.records);
  body.set("lastChange", amount.last_change);
  return body;
}

// `limit` of the query: at least one, at most a page.
Result<size_t> limit_of(const net::Request& request, size_t fallback) {
  SOMA_ASSIGN(const uint64_t limit, request.query_number("limit", fallback, kMaxPage));
  return static_cast<size_t>(std::max<uint64_t>(limit, 1));
}

net::Task<Result<net::Response>> list(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const size_t limit, limit_of(request, kMaxPage));
  SOMA_CO_ASSIGN(const Page<Memory> page, service.list(limit, request.query_value("nextToken")));
  SOMA_CO_ASSIGN(const Service::Statistics statistics, service.statistics());
  Value memories = json::Array{};
  for (const Memory& memory : page.items) {
    // One that was deleted since the page was read is in no list.
    Result<Value> shown = own_memory_json(service, memory);
    if (!shown && shown.error().code == os::Code::kNotFound) continue;
    if (!shown) co_return std::unexpected(shown.error());
    memories.push_back(std::move(*shown));
  }
  Value body = json::object({{"memories", std::move(memories)}});
  if (!page.next_token.empty()) body.set("nextToken", page.next_token);
  body.set("statistics", statistics_json(statistics));
  co_return net::Response::json(200, body);
}

net::Task<Result<net::Response>> get(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const std::string id, memory_id(request.parameter("memoryId")));
  SOMA_CO_ASSIGN(const Memory found, service.get(id));
  SOMA_CO_ASSIGN(Value shown, own_memory_json(service, found));
  co_return net::Response::json(200, json::object({{"memory", std::move(shown)}}));
}

net::Task<Result<net::Response>> recall(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const std::string id, memory_id(request.parameter("memoryId")));
  SOMA_CO_ASSIGN(const std::string actor, actor_id(request.query_value("actorId")));
  const std::string session(request.query_value("sessionId"));
  if (!session.empty()) SOMA_CO_TRY(session_id(session));
  std::string question(request.query_value("query"));
  if (question.empty() || question.size() > kMaxQueryBytes)
    co_return os::fail(os::Code::kInvalidArgument, "query must have 1 to 10000 bytes (kMaxQueryBytes)");
  SOMA_CO_ASSIGN(const size_t limit, limit_of(request, kDefaultTopK));
  SOMA_CO_ASSIGN(const std::vector<FoundTurn> found,
                 co_await service.recall(id, actor, session, std::move(question), limit));
  Value turns = json::Array{};
  for (const FoundTurn& turn : found) turns.push_back(turn_json(turn));
  co_return net::Response::json(200, json::object({{"turns", std::move(turns)}}));
}

net::Task<Result<net::Response>> changes(Service& service, const os::Clock& clock, net::Request& request) {
  SOMA_CO_ASSIGN(const std::string id, memory_id(request.parameter("memoryId")));
  SOMA_CO_ASSIGN(const uint64_t after, request.query_number("after", 0, INT64_MAX));
  SOMA_CO_ASSIGN(const size_t limit, limit_of(request, kMaxPage));
  std::string asked = id;
  const os::Time now = clock.now();
  SOMA_CO_ASSIGN(const Changes happened, co_await service.changes(std::move(asked), after, limit, now));
  co_return net::Response::json(200, changes_json(id, happened));
}

net::Task<Result<net::Response>> settle(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(std::string id, memory_id(request.parameter("memoryId")));
  SOMA_CO_TRY(co_await service.settle(std::move(id)));
  co_return net::Response::json(200, json::object({{"status", "settled"}}));
}

net::Task<Result<net::Response>> forget(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(std::string id, memory_id(request.parameter("memoryId")));
  SOMA_CO_ASSIGN(std::string actor, actor_id(request.parameter("actorId")));
  SOMA_CO_ASSIGN(const Service::Forgotten forgotten,
                 co_await service.forget(std::move(id), std::move(actor)));
  Value counts = json::object({{"events", forgotten.events}, {"records", forgotten.records}});
  co_return net::Response::json(200, json::object({{"forgotten", std::move(counts)}}));
}

}  // namespace

void mount_own(net::Router& router, Service& service, os::Clock& clock) {
  router.add("GET", "/api/memories",
             net::answering([&service](net::Request& request) { return list(service, request); }));
  router.add("GET", "/api/memories/{memoryId}",
             net::answering([&service](net::Request& request) { return get(service, request); }));
  router.add("GET", "/api/memories/{memoryId}/recall",
             net::answering([&service](net::Request& request) { return recall(service, request); }));
  router.add(
      "GET", "/api/memories/{memoryId}/changes",
      net::answering([&service, &clock](net::Request& request) { return changes(service, clock, request); }));
  router.add("POST", "/api/memories/{memoryId}/settle",
             net::answering([&service](net::Request& request) { return settle(service, request); }));
  router.add("DELETE", "/api/memories/{memoryId}/actors/{actorId}",
             net::answering([&service](net::Request& request) { return forget(service, request); }));
}

}  // namespace soma::memory::api
