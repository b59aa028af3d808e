// A memory's events and records as they come, as server-sent events.
//
// `id` is the number of the change, by which a client that comes back goes on (Last-Event-ID). The wait for
// news cannot be woken by a client that leaves or a server that drains, so it is cut into short steps.
#include <algorithm>

#include "services/memory/api/api_routes.h"
#include "services/memory/api/own_wire.h"
#include "services/memory/api/wire.h"

namespace soma::memory::api {
namespace {

using json::Value;
using os::Result;

constexpr os::Duration kStep = std::chrono::seconds(1);

struct Watch {
  std::string memory;
  uint64_t after = 0;
};

// From where on: Last-Event-ID of a client that comes back, or `after`; else only what is new.
Result<Watch> read_watch(const Service& service, const net::Request& request) {
  Watch watch;
  SOMA_ASSIGN(watch.memory, memory_id(request.parameter("memoryId")));
  SOMA_TRY(service.get(watch.memory));
  const uint64_t now = service.last_change();
  SOMA_ASSIGN(const uint64_t asked, request.query_number("after", now, INT64_MAX));
  SOMA_ASSIGN(watch.after,
              net::parse_number(request.headers.get("last-event-id"), "Last-Event-ID", asked, INT64_MAX));
  return watch;
}

struct Shown {
  uint64_t change;
  std::string_view name;
  Value body;
};

// Events and records in the order in which they happened.
std::string stream_text(std::string_view memory, const Changes& changes) {
  std::vector<Shown> shown;
  for (const Event& event : changes.events)
    shown.push_back({event.change, "event", own_event_json(memory, event)});
  for (const Record& record : changes.records)
    shown.push_back({record.change, "record", own_record_json(record)});
  std::ranges::sort(shown, {}, &Shown::change);
  std::string text;
  for (const Shown& entry : shown)
    text += net::format_sse({std::to_string(entry.change), std::string(entry.name), json::write(entry.body)});
  return text;
}

net::Task<> follow(Service& service, const os::Clock& clock, net::Reply& reply, Watch watch) {
  net::Headers headers{{"content-type", "text/event-stream; charset=utf-8"}, {"cache-control", "no-store"}};
  if (!co_await reply.begin(200, std::move(headers))) co_return;
  const net::Cancellation gone = reply.gone();
  os::Time heard = clock.now();
  while (!gone.requested()) {
    std::string memory = watch.memory;
    const os::Time deadline = clock.now() + kStep;
    const auto news = co_await service.changes(std::move(memory), watch.after, kMaxPage, deadline);
    if (!news) break;  // the memory is deleted
    watch.after = news->upto;
    std::string text = stream_text(watch.memory, *news);
    if (text.empty() && clock.now() < deadline) break;  // nothing, before its time: the service stops
    if (text.empty() && clock.now() - heard < net::kKeepAlive) continue;
    if (text.empty()) text = ": keep-alive\n\n";
    heard = clock.now();
    if (!co_await reply.write(text)) co_return;
  }
  co_await reply.end();
}

}  // namespace

void mount_watch(net::Router& router, Service& service, os::Clock& clock) {
  router.add("GET", "/api/memories/{memoryId}/watch",
             [&service, &clock](net::Request& request, net::Reply& reply) -> net::Task<> {
               auto watch = read_watch(service, request);
               if (watch) {
                 co_await follow(service, clock, reply, std::move(*watch));
                 co_return;
               }
               net::Response refused = net::error_response(watch.error(), request.id);
               co_await reply.send(std::move(refused));
             });
}

}  // namespace soma::memory::api
