// The data plane's long-term memory: records.
#include <fmt/format.h>

#include <algorithm>

#include "services/memory/api/api_errors.h"
#include "services/memory/api/api_routes.h"
#include "services/memory/api/wire.h"

namespace soma::memory::api {
namespace {

using json::Value;
using os::Result;

// The record, if it is in this namespace (empty: wherever it is).
Result<Record> find(const Service& service, const std::string& memory, const std::string& id,
                    std::string_view name_space) {
  SOMA_TRY(check_namespace(name_space));
  SOMA_ASSIGN(Record found, service.record(memory, id));
  if (!name_space.empty() && found.name_space != name_space)
    return os::fail(os::Code::kNotFound, fmt::format("there is no record {} in the namespace {}", id,
                                                     os::to_valid_utf8(name_space)));
  return found;
}

net::Task<Result<net::Response>> list(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const std::string memory, memory_id(request.parameter("memoryId")));
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_ASSIGN(const RecordsRequest asked, records_request(body));
  SOMA_CO_ASSIGN(const Page<Record> page,
                 service.records(memory, asked.filter, asked.page.limit, asked.page.token));
  co_return net::Response::json(200, page_json(page, "memoryRecordSummaries", [](const Record& record) {
                                  return record_json(record, Times::kSeconds);
                                }));
}

net::Task<Result<net::Response>> retrieve(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const std::string memory, memory_id(request.parameter("memoryId")));
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_ASSIGN(const SearchRequest asked, search_request(body));
  SOMA_CO_ASSIGN(std::vector<FoundRecord> found,
                 co_await service.retrieve(memory, asked.filter, asked.question, asked.top_k));
  const size_t first = std::min(asked.first, found.size());
  const size_t end = std::min(first + asked.limit, found.size());
  Page<FoundRecord> page;
  if (end < found.size()) page.next_token = std::to_string(end);
  for (size_t index = first; index < end; ++index) page.items.push_back(std::move(found[index]));
  co_return net::Response::json(200, page_json(page, "memoryRecordSummaries", found_record_json));
}

net::Task<Result<net::Response>> get(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const std::string memory, memory_id(request.parameter("memoryId")));
  SOMA_CO_ASSIGN(const std::string id, record_id(request.parameter("memoryRecordId")));
  SOMA_CO_ASSIGN(const Record found, find(service, memory, id, request.query_value("namespace")));
  co_return net::Response::json(200, json::object({{"memoryRecord", record_json(found, Times::kSeconds)}}));
}

net::Task<Result<net::Response>> remove(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(std::string memory, memory_id(request.parameter("memoryId")));
  SOMA_CO_ASSIGN(const std::string id, record_id(request.parameter("memoryRecordId")));
  SOMA_CO_TRY(find(service, memory, id, request.query_value("namespace")));
  std::vector<std::string> ids{id};
  SOMA_CO_ASSIGN(const std::vector<BatchOutcome> outcomes,
                 co_await service.delete_records(std::move(memory), std::move(ids)));
  for (const BatchOutcome& outcome : outcomes)
    if (outcome.error) co_return std::unexpected(*outcome.error);
  co_return net::Response::json(200, json::object({{"memoryRecordId", id}}));
}

net::Task<Result<net::Response>> batch_create(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(std::string memory, memory_id(request.parameter("memoryId")));
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_ASSIGN(NewRecords wanted, new_records(body));
  SOMA_CO_ASSIGN(const std::vector<BatchOutcome> outcomes,
                 co_await service.create_records(std::move(memory), std::move(wanted.records),
                                                 std::move(wanted.client_token)));
  co_return net::Response::json(201, outcomes_json(outcomes));
}

net::Task<Result<net::Response>> batch_update(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(std::string memory, memory_id(request.parameter("memoryId")));
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_ASSIGN(std::vector<RecordUpdate> updates, record_updates(body));
  SOMA_CO_ASSIGN(const std::vector<BatchOutcome> outcomes,
                 co_await service.update_records(std::move(memory), std::move(updates)));
  co_return net::Response::json(200, outcomes_json(outcomes));
}

net::Task<Result<net::Response>> batch_delete(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(std::string memory, memory_id(request.parameter("memoryId")));
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_ASSIGN(const std::vector<RecordKey> keys, record_keys(body));
  SOMA_CO_TRY(service.get(memory));
  std::vector<BatchOutcome> elsewhere;
  std::vector<std::string> ids;
  for (const RecordKey& key : keys) {
    const auto found = find(service, memory, key.id, key.name_space);
    if (found)
      ids.push_back(key.id);
    else
      elsewhere.push_back({.record_id = key.id, .request_id = {}, .error = found.error()});
  }
  SOMA_CO_ASSIGN(std::vector<BatchOutcome> outcomes,
                 co_await service.delete_records(std::move(memory), std::move(ids)));
  outcomes.insert(outcomes.end(), elsewhere.begin(), elsewhere.end());
  co_return net::Response::json(200, outcomes_json(outcomes));
}

}  // namespace

void mount_records(net::Router& router, Service& service) {
  const net::Router::Options batches{kMaxBodyBytes};
  router.add("POST", "/memories/{memoryId}/memoryRecords",
             answering([&service](net::Request& request) { return list(service, request); }));
  router.add("POST", "/memories/{memoryId}/retrieve",
             answering([&service](net::Request& request) { return retrieve(service, request); }));
  router.add("GET", "/memories/{memoryId}/memoryRecord/{memoryRecordId}",
             answering([&service](net::Request& request) { return get(service, request); }));
  router.add("DELETE", "/memories/{memoryId}/memoryRecords/{memoryRecordId}",
             answering([&service](net::Request& request) { return remove(service, request); }));
  router.add("POST", "/memories/{memoryId}/memoryRecords/batchCreate",
             answering([&service](net::Request& request) { return batch_create(service, request); }),
             batches);
  router.add("POST", "/memories/{memoryId}/memoryRecords/batchUpdate",
             answering([&service](net::Request& request) { return batch_update(service, request); }),
             batches);
  router.add("POST", "/memories/{memoryId}/memoryRecords/batchDelete",
             answering([&service](net::Request& request) { return batch_delete(service, request); }));
}

}  // namespace soma::memory::api
