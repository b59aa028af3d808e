#include "services/harness/event_stream.h"

#include <fmt/format.h>

#include "base/aws/aws.h"
#include "services/harness/session/events.h"

namespace soma::harness {
namespace {

using os::Result;

// Wakes a follower when the client goes away.
net::Cancellation::Registration close_when_gone(journal::Follower& follower, const net::Reply& reply) {
  return reply.gone().on_request([&follower] { follower.close(); });
}

// The start of a text or reasoning block says nothing, and the SDKs refuse a start that is neither a tool's
// use nor its result. Server-sent events keep it: their cursors count the events of the journal.
bool fits_the_api(const WireEvent& event) {
  if (event.own) return false;
  return event.name != "contentBlockStart" || !event.body.get("start").empty();
}

}  // namespace

bool from_aws_sdk(const net::Request& request) {
  // Every SDK numbers its calls, signed or not.
  return request.headers.has("amz-sdk-invocation-id");
}

WireStream::Framing WireStream::framing_of(const net::Request& request) {
  const auto accepts = [accept = request.headers.get("accept")](std::string_view type) {
    return accept.find(type) != std::string_view::npos;
  };
  if (accepts("application/vnd.amazon.eventstream")) return Framing::kAwsEventStream;
  return from_aws_sdk(request) && !accepts("text/event-stream") ? Framing::kAwsEventStream
                                                                : Framing::kServerSentEvents;
}

net::Task<Result<>> WireStream::begin(net::Headers headers) {
  headers.set("content-type", framing_ == Framing::kAwsEventStream ? "application/vnd.amazon.eventstream"
                                                                   : "text/event-stream; charset=utf-8");
  headers.set("cache-control", "no-store");
  return reply_.begin(200, std::move(headers));
}

net::Task<Result<>> WireStream::send(const std::vector<WireEvent>& events, uint64_t seq) {
  std::string bytes;
  for (size_t part = 0; part < events.size(); ++part) {
    const WireEvent& event = events[part];
    if (framing_ == Framing::kAwsEventStream) {
      if (!fits_the_api(event)) continue;
      const std::string payload = json::write(event.body);
      SOMA_CO_ASSIGN(const std::string frame,
                     event.exception ? aws::encode_exception(event.name, payload)
                                     : aws::encode_event(event.name, "application/json", payload));
      bytes += frame;
      continue;
    }
    // The cursor of a part names its event and its place in it; the event's own number stands on its last
    // part.
    const std::string cursor =
        part + 1 == events.size() ? std::to_string(seq) : fmt::format("{}.{}", seq, part);
    bytes += net::format_sse({cursor, event.name, json::write(json::object({{event.name, event.body}}))});
  }
  if (bytes.empty()) co_return Result<>{};
  co_return co_await reply_.write(bytes);
}

net::Task<Result<>> WireStream::keep_alive() {
  // The event stream's framing has no comment; TCP keeps that connection alive.
  if (framing_ == Framing::kAwsEventStream) co_return Result<>{};
  co_return co_await reply_.write(": keep-alive\n\n");
}

net::Task<> stream_invocation(journal::Journal& journal, os::Clock& clock, Invocation invocation,
                              const net::Request& request, net::Reply& reply) {
  const net::Executor executor = co_await net::this_executor();
  WireStream stream(reply, WireStream::framing_of(request));
  net::Headers headers{{"x-soma-run", os::percent_encode(invocation.run, true)},
                       {"x-soma-invocation", invocation.id},
                       {"X-Amzn-Bedrock-AgentCore-Runtime-Session-Id", invocation.session_id}};
  if (!co_await stream.begin(std::move(headers))) co_return;
  const auto follower = journal.follow(executor, invocation.run, invocation.first_seq);
  const auto gone = close_when_gone(*follower, reply);
  bool inside = false;
  while (true) {
    const os::Time deadline = clock.now() + net::kKeepAlive;
    const auto events = co_await follower->next_until(clock, deadline);
    if (!events) break;
    if (events->empty()) {
      if (!co_await stream.keep_alive()) co_return;
      continue;
    }
    for (const journal::EventPtr& event : *events) {
      if (!inside && event->type == event::kInvocationStarted)
        inside = event->body.find(invocation.id) != std::string::npos;
      if (!inside) continue;
      const auto wire = expand(*event);
      if (!wire) {
        os::log(os::Level::kError, "harness.stream.broken",
                {{"run", invocation.run}, {"error", wire.error().to_string()}});
        co_return;
      }
      if (!co_await stream.send(*wire, event->seq)) co_return;
      if (ends_invocation(*event, invocation.id)) {
        co_await stream.end();
        co_return;
      }
    }
  }
  // The server drains or the journal closed: the stream is cut, not ended, so that the client follows the run
  // again.
}

}  // namespace soma::harness
