// Events, sessions, and consolidations that failed.
#include <fmt/format.h>

#include <algorithm>

#include "services/memory/api/shapes.h"

namespace soma::memory::api {
namespace {

using json::Value;
using os::Result;

struct RoleName {
  std::string_view name;
  Role role;
};
constexpr RoleName kRoles[] = {
    {"USER", Role::kUser}, {"ASSISTANT", Role::kAssistant}, {"TOOL", Role::kTool}, {"OTHER", Role::kOther}};
constexpr TextShape kMessageText{1, kMaxTextBytes};

void check_document(const Value& document, Members& members, std::string_view member) {
  if (const size_t bytes = json::write(document).size(); bytes > kMaxDocumentBytes)
    members.fault(member, fmt::format("has {} bytes as JSON text; the limit is {} (kMaxDocumentBytes)", bytes,
                                      kMaxDocumentBytes));
}

Payload read_message(Members members) {
  Payload payload;
  Members content = members.object("content", kRequired);
  if (members.has("content")) payload.text = content.text("text", kRequired, kMessageText);
  content.done();
  const std::string role =
      members.choice("role", kRequired, {kRoles[0].name, kRoles[1].name, kRoles[2].name, kRoles[3].name});
  if (const auto* const known = std::ranges::find(kRoles, role, &RoleName::name); known != std::end(kRoles))
    payload.role = known->role;
  members.done();
  return payload;
}

Payload read_payload(const Value& element, Faults& faults, std::string path) {
  Payload payload;
  Members choice(element, faults, std::move(path));
  const std::string_view kind = choice.one_of({"conversational", "blob", "json"});
  if (kind == "conversational") {
    payload = read_message(choice.object(kind, kRequired));
  } else if (kind == "blob") {
    payload.kind = Payload::Kind::kBlob;
    payload.data = choice.value(kind, kRequired);
    check_document(payload.data, choice, kind);
  } else if (kind == "json") {
    payload.kind = Payload::Kind::kDocument;
    Members document = choice.object(kind, kRequired);
    payload.data = document.value("content", kRequired);
    check_document(payload.data, document, "content");
    document.done();
  }
  choice.done();
  return payload;
}

Branch read_branch(Members members) {
  Branch branch{.name = members.text("name", kRequired, kBranchName)};
  branch.root_event_id = members.text("rootEventId", kOptional, kEventId);
  members.done();
  return branch;
}

Metadata read_event_metadata(Members& members) {
  Metadata metadata = read_metadata(members, "metadata", kMaxEventMetadata);
  for (const MetadataEntry& entry : metadata)
    if (!std::holds_alternative<std::string>(entry.value))
      members.fault(fmt::format("metadata.{}", entry.key), "must be a stringValue: events have no other");
  return metadata;
}

EventFilter read_filter(Members members) {
  EventFilter filter;
  if (members.has("branch")) {
    Members branch = members.object("branch", kOptional);
    filter.branch = branch.text("name", kRequired, kBranchName);
    filter.parent_branches = branch.boolean("includeParentBranches", true);
    branch.done();
  }
  filter.metadata = read_filters(members, "eventMetadata", {"EQUALS_TO", "EXISTS", "NOT_EXISTS"});
  members.done();
  return filter;
}

Value payload_json(const Payload& payload) {
  switch (payload.kind) {
    case Payload::Kind::kBlob:
      return json::object({{"blob", payload.data}});
    case Payload::Kind::kDocument:
      return json::object({{"json", json::object({{"content", payload.data}})}});
    case Payload::Kind::kMessage:
      break;
  }
  Value message =
      json::object({{"content", json::object({{"text", payload.text}})}, {"role", role_name(payload.role)}});
  return json::object({{"conversational", std::move(message)}});
}

// "<event id>/<index>" of a message.
Value source_json(std::string_view source) {
  const size_t slash = source.rfind('/');
  const std::string_view index = slash == std::string_view::npos ? "" : source.substr(slash + 1);
  const uint64_t number = net::parse_number(index, "index", 0, kMaxPayloads).value_or(0);
  return json::object({{"eventId", source.substr(0, slash)}, {"messageIndex", number}});
}

}  // namespace

std::string_view role_name(Role role) {
  return std::ranges::find(kRoles, role, &RoleName::role)->name;
}

Result<NewEvent> new_event(const Value& body, std::string memory) {
  Faults faults;
  Members members(body, faults);
  NewEvent event{.memory_id = std::move(memory),
                 .actor_id = members.text("actorId", kRequired, kActorId),
                 .session_id = members.text("sessionId", kOptional, kSessionId),
                 .at = members.time("eventTimestamp", kRequired)};
  for (const Value& element : members.list("payload", kRequired, 0, kMaxPayloads))
    event.payload.push_back(read_payload(element, faults, members.path_of("payload", event.payload.size())));
  if (members.has("branch")) event.branch = read_branch(members.object("branch", kOptional));
  event.metadata = read_event_metadata(members);
  event.client_token = members.text("clientToken", kOptional, kClientToken);
  event.remember = members.choice("extractionMode", kOptional, {"SKIP"}).empty();
  members.refuse("extractionConfig", kNoOtherVariables);
  members.done();
  SOMA_TRY(faults.result());
  return event;
}

Result<EventsRequest> events_request(const Value& body) {
  Faults faults;
  Members members(body, faults);
  EventsRequest asked{.filter = {},
                      .payloads = members.boolean("includePayloads", true),
                      .page = read_page(members, kMaxPage)};
  if (members.has("filter")) asked.filter = read_filter(members.object("filter", kOptional));
  members.done();
  SOMA_TRY(faults.result());
  return asked;
}

Result<SessionsRequest> sessions_request(const Value& body) {
  Faults faults;
  Members members(body, faults);
  SessionsRequest asked{.page = read_page(members, kMaxPage)};
  if (members.has("filter")) {
    Members filter = members.object("filter", kOptional);
    asked.with_events = !filter.choice("eventFilter", kOptional, {"HAS_EVENTS"}).empty();
    filter.done();
  }
  members.done();
  SOMA_TRY(faults.result());
  return asked;
}

Result<JobsRequest> jobs_request(const Value& body) {
  Faults faults;
  Members members(body, faults);
  JobsRequest asked{.like = {}, .page = read_page(members, kMaxPageJobs)};
  if (members.has("filter")) {
    Members filter = members.object("filter", kOptional);
    asked.like.strategy_id = filter.text("strategyId", kOptional, kAnyText);
    asked.like.session_id = filter.text("sessionId", kOptional, kAnyText);
    asked.like.actor_id = filter.text("actorId", kOptional, kAnyText);
    filter.choice("status", kOptional, {"FAILED"});
    filter.done();
  }
  members.done();
  SOMA_TRY(faults.result());
  return asked;
}

Result<std::string> job_to_start(const Value& body) {
  Faults faults;
  Members members(body, faults);
  Members job = members.object("extractionJob", kRequired);
  std::string id;
  if (members.has("extractionJob")) id = job.text("jobId", kRequired, {1, kMaxTokenBytes});
  job.done();
  members.text("clientToken", kOptional, kClientToken);  // a job that was started is no failed one any more
  members.done();
  SOMA_TRY(faults.result());
  return id;
}

Value event_json(std::string_view memory, const Event& event, bool payloads, Times times) {
  Value body = json::object({{"memoryId", memory},
                             {"actorId", event.actor_id},
                             {"sessionId", event.session_id},
                             {"eventId", event.id},
                             {"eventTimestamp", time_json(event.at, times)}});
  if (payloads) {
    Value list = json::Array{};
    for (const Payload& payload : event.payload) list.push_back(payload_json(payload));
    body.set("payload", std::move(list));
  }
  if (event.branch) {
    Value branch = json::object({{"name", event.branch->name}});
    if (!event.branch->root_event_id.empty()) branch.set("rootEventId", event.branch->root_event_id);
    body.set("branch", std::move(branch));
  }
  if (!event.metadata.empty()) body.set("metadata", to_json(event.metadata));
  return body;
}

Value session_json(const SessionSummary& session) {
  return json::object({{"sessionId", session.session_id},
                       {"actorId", session.actor_id},
                       {"createdAt", time_json(session.created, Times::kSeconds)}});
}

Value job_json(const FailedJob& job) {
  Value messages = json::Array{};
  for (const std::string& source : job.sources) messages.push_back(source_json(source));
  return json::object({{"jobID", job.id},
                       {"messages", json::object({{"messagesList", std::move(messages)}})},
                       {"status", "FAILED"},
                       {"failureReason", job.reason},
                       {"strategyId", job.strategy_id},
                       {"sessionId", job.session_id},
                       {"actorId", job.actor_id}});
}

}  // namespace soma::memory::api
