// The translation between the JSON of Amazon Bedrock AgentCore Memory and the organ's types: the one place
// that knows the API's spelling.
//
// Sources: the service models of botocore and of the SDKs for JavaScript (bedrock-agentcore 2024-02-28,
// bedrock-agentcore-control 2023-06-05): members, lengths, patterns, ranges. Times are numbers of seconds
// since 1970. All reading fails with kInvalidArgument that names each wrong member (members.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/memory/memory.h"

namespace soma::memory::api {

inline constexpr size_t kPageEntries = 20;     // of a page when the client does not say
inline constexpr size_t kMaxPageJobs = 50;     // of a page of failed jobs
inline constexpr size_t kDefaultTopK = 10;     // of a search when the client does not say
inline constexpr size_t kMaxTokenBytes = 500;  // of a client's token

// ---- what stands in paths and queries

os::Result<std::string> memory_id(std::string_view text);  // of an id or an ARN
os::Result<std::string> actor_id(std::string_view text);
os::Result<std::string> session_id(std::string_view text);
os::Result<std::string> event_id(std::string_view text);
os::Result<std::string> record_id(std::string_view text);
// Of a query; empty is as good as absent.
os::Result<> check_client_token(std::string_view text);
os::Result<> check_namespace(std::string_view text);

// ---- requests

struct PageRequest {
  size_t limit = kPageEntries;
  std::string token;
};
os::Result<PageRequest> page_request(const json::Value& body);  // ListMemories, ListActors

os::Result<NewMemory> new_memory(const json::Value& body);
os::Result<MemoryUpdate> memory_update(const json::Value& body);

// `memory` is of the path.
os::Result<NewEvent> new_event(const json::Value& body, std::string memory);
struct EventsRequest {
  EventFilter filter;
  bool payloads = true;
  PageRequest page;
};
os::Result<EventsRequest> events_request(const json::Value& body);

struct SessionsRequest {
  bool with_events = false;  // those alone that have events still
  PageRequest page;
};
os::Result<SessionsRequest> sessions_request(const json::Value& body);

struct RecordsRequest {
  RecordFilter filter;
  PageRequest page;
};
os::Result<RecordsRequest> records_request(const json::Value& body);
// A search's pages are cuts of its best `top_k` records; the token of a page is where it begins.
struct SearchRequest {
  RecordFilter filter;
  std::string question;
  size_t top_k = kDefaultTopK;
  size_t first = 0;
  size_t limit = kMaxPage;  // all of them, when the client does not say
};
os::Result<SearchRequest> search_request(const json::Value& body);

struct NewRecords {
  std::vector<NewRecord> records;
  std::string client_token;
};
os::Result<NewRecords> new_records(const json::Value& body);
os::Result<std::vector<RecordUpdate>> record_updates(const json::Value& body);
// Ids, and the namespace that the record must be in where the client says one.
struct RecordKey {
  std::string id, name_space;
};
os::Result<std::vector<RecordKey>> record_keys(const json::Value& body);

struct JobsRequest {
  FailedJob like;
  PageRequest page;
};
os::Result<JobsRequest> jobs_request(const json::Value& body);
os::Result<std::string> job_to_start(const json::Value& body);

// ---- answers

// kSeconds is the API's spelling; soma's own routes write ISO-8601 as everywhere.
enum class Times { kSeconds, kText };

json::Value memory_json(const Memory& memory, Times times);
json::Value memory_summary_json(const Memory& memory);
json::Value event_json(std::string_view memory, const Event& event, bool payloads, Times times);
json::Value session_json(const SessionSummary& session);
// With soma's own members `supersedes`, `supersededBy` and `sources`, where there are any: SDKs pass over
// them.
json::Value record_json(const Record& record, Times times);
json::Value found_record_json(const FoundRecord& found);
// {"successfulRecords", "failedRecords"}.
json::Value outcomes_json(const std::vector<BatchOutcome>& outcomes);
json::Value job_json(const FailedJob& job);
std::string_view role_name(Role role);  // "USER"
json::Value time_json(os::Time time, Times times);

}  // namespace soma::memory::api
