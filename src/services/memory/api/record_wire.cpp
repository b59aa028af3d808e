// Records: lists, searches, batches.
#include <fmt/format.h>

#include <algorithm>

#include "services/memory/api/shapes.h"

namespace soma::memory::api {
namespace {

using json::Value;
using os::Result;

constexpr TextShape kContentText{1, kMaxRecordTextBytes};
constexpr TextShape kQuestion{1, kMaxQueryBytes};
// The API requires a strategy's id of every record; this is that of a record which a client wrote.
constexpr std::string_view kNoStrategy = "none";

constexpr std::initializer_list<std::string_view> kOperators = {"EQUALS_TO",    "EXISTS",
                                                                "NOT_EXISTS",   "BEFORE",
                                                                "AFTER",        "CONTAINS",
                                                                "GREATER_THAN", "GREATER_THAN_OR_EQUALS",
                                                                "LESS_THAN",    "LESS_THAN_OR_EQUALS"};

// `namespace` or `namespacePath`.
void read_place(Members& members, RecordFilter& filter) {
  const std::string_view named = members.one_of({"namespace", "namespacePath"});
  if (named.empty()) return;
  (named == "namespace" ? filter.name_space : filter.path) = members.text(named, kRequired, kNamespace);
}

void read_rest_of_filter(Members& members, RecordFilter& filter) {
  filter.strategy_id = members.text("memoryStrategyId", kOptional, kStrategyId);
  filter.metadata = read_filters(members, "metadataFilters", kOperators);
}

std::optional<std::string> read_content(Members& members, Need need) {
  if (!members.has("content")) {
    if (need == kRequired) members.fault("content", "is required");
    return std::nullopt;
  }
  Members content = members.object("content", need);
  std::string text = content.text("text", kRequired, kContentText);
  content.done();
  return text;
}

// The elements of a batch; an empty one is allowed, and does nothing.
const json::Array& batch(Members& members) {
  return members.list("records", kRequired, 0, kMaxBatchRecords);
}

NewRecord read_new_record(Members members) {
  NewRecord record;
  record.request_id = members.text("requestIdentifier", kRequired, kRequestId);
  if (!members.has("namespaces")) members.fault("namespaces", "is required");
  record.name_space = members.only_text("namespaces", 0, kNamespace).value_or("");
  record.text = read_content(members, kRequired).value_or("");
  record.at = members.time("timestamp", kRequired);
  record.strategy_id = members.text("memoryStrategyId", kOptional, kStrategyId);
  record.metadata = read_metadata(members, "metadata", kMaxRecordMetadata);
  members.done();
  return record;
}

RecordUpdate read_record_update(Members members) {
  RecordUpdate update;
  update.id = members.text("memoryRecordId", kRequired, kRecordId);
  update.at = members.time("timestamp", kRequired);
  update.text = read_content(members, kOptional);
  if (members.has("namespaces"))
    update.name_space = members.only_text("namespaces", 0, kNamespace).value_or("");
  update.strategy_id = members.optional_text("memoryStrategyId", kStrategyId);
  if (members.has("metadata")) update.metadata = read_metadata(members, "metadata", kMaxRecordMetadata);
  members.refuse("sourceNamespaces", "is not offered: a record is known by its id alone");
  members.done();
  return update;
}

// Where a page of a search begins, from the page before.
size_t read_search_token(Members& members) {
  const std::string token = members.text("nextToken", kOptional, kPageToken);
  const auto first = net::parse_number(token, "nextToken", 0, kMaxTopK);
  if (!first) members.fault("nextToken", "must be from the page before");
  return static_cast<size_t>(first.value_or(0));
}

Value list_of(const std::vector<std::string>& texts) {
  Value list = json::Array{};
  for (const std::string& text : texts) list.push_back(text);
  return list;
}

}  // namespace

Result<RecordsRequest> records_request(const Value& body) {
  Faults faults;
  Members members(body, faults);
  RecordsRequest asked{.filter = {}, .page = read_page(members, kMaxPage)};
  read_place(members, asked.filter);
  read_rest_of_filter(members, asked.filter);
  members.done();
  SOMA_TRY(faults.result());
  return asked;
}

Result<SearchRequest> search_request(const Value& body) {
  Faults faults;
  Members members(body, faults);
  SearchRequest asked;
  read_place(members, asked.filter);
  if (Members criteria = members.object("searchCriteria", kRequired); members.has("searchCriteria")) {
    asked.question = criteria.text("searchQuery", kRequired, kQuestion);
    if (const auto top_k = criteria.integer("topK", kOptional, 1, static_cast<int64_t>(kMaxTopK)))
      asked.top_k = static_cast<size_t>(*top_k);
    read_rest_of_filter(criteria, asked.filter);
    criteria.done();
  }
  if (const auto limit = members.integer("maxResults", kOptional, 1, static_cast<int64_t>(kMaxPage)))
    asked.limit = static_cast<size_t>(*limit);
  asked.first = read_search_token(members);
  members.done();
  SOMA_TRY(faults.result());
  return asked;
}

Result<NewRecords> new_records(const Value& body) {
  Faults faults;
  Members members(body, faults);
  NewRecords wanted{.records = {}, .client_token = members.text("clientToken", kOptional, kClientToken)};
  for (const Value& element : batch(members))
    wanted.records.push_back(
        read_new_record(Members(element, faults, members.path_of("records", wanted.records.size()))));
  members.refuse("recordExpirySpecification", kNoRecordExpiry);
  members.done();
  SOMA_TRY(faults.result());
  return wanted;
}

Result<std::vector<RecordUpdate>> record_updates(const Value& body) {
  Faults faults;
  Members members(body, faults);
  std::vector<RecordUpdate> updates;
  for (const Value& element : batch(members))
    updates.push_back(
        read_record_update(Members(element, faults, members.path_of("records", updates.size()))));
  members.refuse("recordExpirySpecification", kNoRecordExpiry);
  members.done();
  SOMA_TRY(faults.result());
  return updates;
}

Result<std::vector<RecordKey>> record_keys(const Value& body) {
  Faults faults;
  Members members(body, faults);
  std::vector<RecordKey> keys;
  for (const Value& element : batch(members)) {
    Members entry(element, faults, members.path_of("records", keys.size()));
    keys.push_back({.id = entry.text("memoryRecordId", kRequired, kRecordId),
                    .name_space = entry.text("namespace", kOptional, kNamespace)});
    entry.done();
  }
  members.done();
  SOMA_TRY(faults.result());
  return keys;
}

Value record_json(const Record& record, Times times) {
  Value namespaces = json::Array{};
  if (!record.name_space.empty()) namespaces.push_back(record.name_space);
  Value body = json::object(
      {{"memoryRecordId", record.id},
       {"content", json::object({{"text", record.text}})},
       {"memoryStrategyId", record.strategy_id.empty() ? kNoStrategy : std::string_view(record.strategy_id)},
       {"namespaces", std::move(namespaces)},
       {"createdAt", time_json(record.created, times)},
       {"timestamp", time_json(record.updated, times)}});
  if (!record.metadata.empty()) body.set("metadata", to_json(record.metadata));
  if (!record.supersedes.empty()) body.set("supersedes", record.supersedes);
  if (!record.superseded_by.empty()) body.set("supersededBy", record.superseded_by);
  if (!record.sources.empty()) body.set("sources", list_of(record.sources));
  return body;
}

Value found_record_json(const FoundRecord& found) {
  Value body = record_json(found.record, Times::kSeconds);
  body.set("score", found.score);
  return body;
}

Value outcomes_json(const std::vector<BatchOutcome>& outcomes) {
  Value successful = json::Array{}, failed = json::Array{};
  for (const BatchOutcome& outcome : outcomes) {
    Value entry = json::object(
        {{"memoryRecordId", outcome.record_id}, {"status", outcome.error ? "FAILED" : "SUCCEEDED"}});
    if (!outcome.request_id.empty()) entry.set("requestIdentifier", outcome.request_id);
    if (outcome.error) {
      entry.set("errorCode", net::status_of(outcome.error->code));
      entry.set("errorMessage", outcome.error->message);
    }
    (outcome.error ? failed : successful).push_back(std::move(entry));
  }
  return json::object({{"successfulRecords", std::move(successful)}, {"failedRecords", std::move(failed)}});
}

}  // namespace soma::memory::api
