#include "app/server/run_routes.h"

#include <fmt/format.h>

namespace soma::server {
namespace {

using json::Value;
using os::Result;

Value run_json(const journal::Run& run) {
  Value labels = json::Object{};
  for (const journal::Label& label : run.labels) labels.set(label.name, label.value);
  return json::object({{"runId", run.id},
                       {"kind", run.kind},
                       {"status", run.status},
                       {"labels", std::move(labels)},
                       {"createdAt", os::format_time(run.created)},
                       {"updatedAt", os::format_time(run.updated)},
                       {"lastSeq", run.last_seq}});
}

Value event_json(const journal::Event& event) {
  auto body = json::parse(event.body);
  return json::object({{"seq", event.seq},
                       {"at", os::format_time(event.at)},
                       {"type", event.type},
                       {"body", body ? std::move(*body) : Value(event.body)}});
}

// Follows the run for ever: history, then live.
net::Task<> stream_run(journal::Journal& journal, os::Clock& clock, std::string run, uint64_t from,
                       net::Reply& reply) {
  const net::Executor executor = co_await net::this_executor();
  net::Headers headers{{"content-type", "text/event-stream; charset=utf-8"}, {"cache-control", "no-store"}};
  if (!co_await reply.begin(200, std::move(headers))) co_return;
  const auto follower = journal.follow(executor, run, from);
  const auto gone = reply.gone().on_request([&follower] { follower->close(); });
  while (true) {
    const os::Time deadline = clock.now() + net::kKeepAlive;
    const auto events = co_await follower->next_until(clock, deadline);
    if (!events) co_return;
    std::string bytes;
    for (const journal::EventPtr& event : *events) {
      // The body is JSON already: it is put in as it stands.
      bytes += fmt::format(
          "id: {0}\nevent: journal\ndata: {{\"seq\":{0},\"at\":\"{1}\",\"type\":\"{2}\",\"body\":{3}}}\n\n",
          event->seq, os::format_time(event->at), event->type, event->body);
    }
    if (bytes.empty()) bytes = ": keep-alive\n\n";
    if (!co_await reply.write(bytes)) co_return;
  }
}

net::Task<> run_events(journal::Journal& journal, os::Clock& clock, net::Request& request,
                       net::Reply& reply) {
  const std::string run(request.parameter("runId"));
  const auto found = journal.get(run);
  auto from = request.query_number("from", 1, INT64_MAX);
  auto limit = request.query_number("limit", journal::kMaxReadEvents, journal::kMaxReadEvents);
  auto last = net::parse_number(request.headers.get("last-event-id"), "Last-Event-ID", 0, INT64_MAX);
  const bool live = request.headers.get("accept").find("text/event-stream") != std::string_view::npos;
  Result<std::vector<journal::Event>> events = std::vector<journal::Event>{};
  if (!found)
    events = std::unexpected(found.error());
  else if (!from)
    events = std::unexpected(from.error());
  else if (!limit)
    events = std::unexpected(limit.error());
  else if (!last)
    events = std::unexpected(last.error());
  else if (!live)
    events = journal.read(run, *from, *limit);
  if (events && live) {
    co_await stream_run(journal, clock, run, *last > 0 ? *last + 1 : std::max<uint64_t>(1, *from), reply);
    co_return;
  }
  net::Response response;
  if (events) {
    Value list = json::Array{};
    for (const journal::Event& event : *events) list.push_back(event_json(event));
    response =
        net::Response::json(200, json::object({{"events", std::move(list)},
                                               {"next", events->empty() ? *from : events->back().seq + 1}}));
  } else {
    response = net::error_response(events.error(), request.id);
  }
  co_await reply.send(std::move(response));
}

}  // namespace

void mount_runs(net::Router& router, journal::Journal& journal, os::Clock& clock) {
  router.add("GET", "/api/runs",
             net::answering([&journal](net::Request& request) -> net::Task<Result<net::Response>> {
               journal::ListFilter filter;
               filter.kind = request.query_value("kind");
               if (const std::string_view status = request.query_value("status"); !status.empty())
                 filter.statuses = {std::string(status)};
               filter.page_token = request.query_value("nextToken");
               SOMA_CO_ASSIGN(filter.limit, request.query_number("limit", 100, 1000));
               SOMA_CO_ASSIGN(const journal::RunPage page, journal.list(filter));
               Value runs = json::Array{};
               for (const journal::Run& run : page.runs) runs.push_back(run_json(run));
               Value body = json::object({{"runs", std::move(runs)}});
               if (!page.next_token.empty()) body.set("nextToken", page.next_token);
               co_return net::Response::json(200, body);
             }));
  router.add("GET", "/api/runs/{runId}",
             net::answering([&journal](net::Request& request) -> net::Task<Result<net::Response>> {
               SOMA_CO_ASSIGN(const journal::Run run, journal.get(request.parameter("runId")));
               co_return net::Response::json(200, json::object({{"run", run_json(run)}}));
             }));
  router.add("GET", "/api/runs/{runId}/events", [&journal, &clock](net::Request& request, net::Reply& reply) {
    return run_events(journal, clock, request, reply);
  });
}

}  // namespace soma::server
