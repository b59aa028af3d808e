// The data plane's short-term memory: events, sessions, actors; and consolidations that failed.
#include "services/memory/api/api_errors.h"
#include "services/memory/api/api_routes.h"
#include "services/memory/api/wire.h"

namespace soma::memory::api {
namespace {

using json::Value;
using os::Result;

// What the path of one event, or of a session's events, says.
struct EventPath {
  std::string memory, actor, session, event;
};
Result<EventPath> session_path(const net::Request& request) {
  EventPath path;
  SOMA_ASSIGN(path.memory, memory_id(request.parameter("memoryId")));
  SOMA_ASSIGN(path.actor, actor_id(request.parameter("actorId")));
  SOMA_ASSIGN(path.session, session_id(request.parameter("sessionId")));
  return path;
}
Result<EventPath> event_path(const net::Request& request) {
  SOMA_ASSIGN(EventPath path, session_path(request));
  SOMA_ASSIGN(path.event, event_id(request.parameter("eventId")));
  return path;
}

net::Response event_answer(int status, std::string_view memory, const Event& event) {
  return net::Response::json(status,
                             json::object({{"event", event_json(memory, event, true, Times::kSeconds)}}));
}

net::Task<Result<net::Response>> create(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const std::string memory, memory_id(request.parameter("memoryId")));
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_ASSIGN(NewEvent wanted, new_event(body, memory));
  SOMA_CO_ASSIGN(const Event made, co_await service.create_event(std::move(wanted)));
  co_return event_answer(201, memory, made);
}

net::Task<Result<net::Response>> get(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const EventPath path, event_path(request));
  SOMA_CO_ASSIGN(const Event found, service.event(path.memory, path.actor, path.session, path.event));
  co_return event_answer(200, path.memory, found);
}

net::Task<Result<net::Response>> remove(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(EventPath path, event_path(request));
  const std::string id = path.event;
  SOMA_CO_TRY(co_await service.delete_event(std::move(path.memory), std::move(path.actor),
                                            std::move(path.session), std::move(path.event)));
  co_return net::Response::json(200, json::object({{"eventId", id}}));
}

net::Task<Result<net::Response>> list(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const EventPath path, session_path(request));
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_ASSIGN(const EventsRequest asked, events_request(body));
  SOMA_CO_ASSIGN(const Page<Event> page, service.events(path.memory, path.actor, path.session, asked.filter,
                                                        asked.page.limit, asked.page.token));
  co_return net::Response::json(200, page_json(page, "events", [&](const Event& event) {
                                  return event_json(path.memory, event, asked.payloads, Times::kSeconds);
                                }));
}

net::Task<Result<net::Response>> list_sessions(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const std::string memory, memory_id(request.parameter("memoryId")));
  SOMA_CO_ASSIGN(const std::string actor, actor_id(request.parameter("actorId")));
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_ASSIGN(const SessionsRequest asked, sessions_request(body));
  SOMA_CO_ASSIGN(const Page<SessionSummary> page,
                 service.sessions(memory, actor, asked.page.limit, asked.page.token, asked.with_events));
  co_return net::Response::json(200, page_json(page, "sessionSummaries", session_json));
}

net::Task<Result<net::Response>> list_actors(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const std::string memory, memory_id(request.parameter("memoryId")));
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_ASSIGN(const PageRequest asked, page_request(body));
  SOMA_CO_ASSIGN(const Page<std::string> page, service.actors(memory, asked.limit, asked.token));
  co_return net::Response::json(200, page_json(page, "actorSummaries", [](const std::string& actor) {
                                  return json::object({{"actorId", actor}});
                                }));
}

net::Task<Result<net::Response>> list_jobs(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(const std::string memory, memory_id(request.parameter("memoryId")));
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_ASSIGN(const JobsRequest asked, jobs_request(body));
  SOMA_CO_ASSIGN(const Page<FailedJob> page,
                 service.failed_jobs(memory, asked.like, asked.page.limit, asked.page.token));
  co_return net::Response::json(200, page_json(page, "jobs", job_json));
}

net::Task<Result<net::Response>> start_job(Service& service, net::Request& request) {
  SOMA_CO_ASSIGN(std::string memory, memory_id(request.parameter("memoryId")));
  SOMA_CO_ASSIGN(const Value body, request.json_body());
  SOMA_CO_ASSIGN(const std::string job, job_to_start(body));
  std::string wanted = job;
  SOMA_CO_TRY(co_await service.start_job(std::move(memory), std::move(wanted)));
  co_return net::Response::json(200, json::object({{"jobId", job}}));
}

net::Task<Result<net::Response>> ingest() {
  co_return os::fail(os::Code::kUnsupported, "IngestData is not offered: what is remembered has an event",
                     "use CreateEvent with the same payload; it is consolidated at once");
}

}  // namespace

void mount_events(net::Router& router, Service& service) {
  router.add("POST", "/memories/{memoryId}/events",
             answering([&service](net::Request& request) { return create(service, request); }),
             net::Router::Options{kMaxBodyBytes});
  router.add("GET", "/memories/{memoryId}/actor/{actorId}/sessions/{sessionId}/events/{eventId}",
             answering([&service](net::Request& request) { return get(service, request); }));
  router.add("DELETE", "/memories/{memoryId}/actor/{actorId}/sessions/{sessionId}/events/{eventId}",
             answering([&service](net::Request& request) { return remove(service, request); }));
  router.add("POST", "/memories/{memoryId}/actor/{actorId}/sessions/{sessionId}",
             answering([&service](net::Request& request) { return list(service, request); }));
  router.add("POST", "/memories/{memoryId}/actor/{actorId}/sessions",
             answering([&service](net::Request& request) { return list_sessions(service, request); }));
  router.add("POST", "/memories/{memoryId}/actors",
             answering([&service](net::Request& request) { return list_actors(service, request); }));
  router.add("POST", "/memories/{memoryId}/extractionJobs",
             answering([&service](net::Request& request) { return list_jobs(service, request); }));
  router.add("POST", "/memories/{memoryId}/extractionJobs/start",
             answering([&service](net::Request& request) { return start_job(service, request); }));
  router.add("POST", "/memories/{memoryId}/ingest", answering([](net::Request&) { return ingest(); }),
             net::Router::Options{kMaxBodyBytes});
}

}  // namespace soma::memory::api
