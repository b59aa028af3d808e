// The two streams of a browser session.
//
// Automation: two tasks on the connection's loop share the socket and the relay: one takes the client's
// messages, in order, the other sends what the browser says. Whichever ends first wakes the other.
//
// Live view: pictures one after the other (multipart/x-mixed-replace), which a web browser shows as they
// come. They are taken at intervals and sent when they differ: the view follows whatever page is in front,
// and costs nothing when nobody looks. (The protocol's screencast was rejected: it is bound to one page, and
// ends with it.)
#include <fmt/format.h>

#include "base/net/on_loop.h"
#include "core/tool/browser/relay.h"
#include "services/harness/browser_route.h"

namespace soma::harness {
namespace {

using os::Code;
using os::Result;
using tool::browser::Relay;

constexpr uint16_t kCloseNormal = 1000, kCloseGoingAway = 1001, kCloseNotUnderstood = 1007,
                   kClosePolicy = 1008;
constexpr size_t kMaxCloseReason = 120;  // bytes: RFC 6455 5.5
constexpr os::Duration kAttachLimit = std::chrono::seconds(10);
constexpr os::Duration kPictureInterval = std::chrono::milliseconds(250);
constexpr uint64_t kMaxPictures = 1'000'000;  // that a client may ask to stop after
constexpr std::string_view kBoundary = "soma-picture";

Result<std::shared_ptr<BrowserSession>> session_of(const BrowserSessions& sessions,
                                                   const net::Request& request) {
  if (request.parameter("browserIdentifier") != kBrowser)
    return os::fail(Code::kNotFound,
                    fmt::format("there is no browser '{}'", request.parameter("browserIdentifier")),
                    fmt::format("use {}", kBrowser));
  return sessions.find(std::string(request.parameter("sessionId")));
}

// What both tasks of one client share.
struct Line {
  std::unique_ptr<net::WebSocket> socket;
  std::unique_ptr<Relay> relay;
  BrowserSession::Client client;
};

uint16_t close_code(Code why) {
  if (why == Code::kUnavailable) return kCloseNormal;
  return why == Code::kCancelled ? kCloseGoingAway : kClosePolicy;
}

net::Task<> send_messages(std::shared_ptr<Line> line) {
  while (true) {
    const Result<std::string> message = co_await line->relay->next();
    if (!message) {
      const os::Error& error = message.error();
      co_await line->socket->close(close_code(error.code), os::utf8_prefix(error.message, kMaxCloseReason));
      co_return;
    }
    if (!co_await line->socket->write(*message)) co_return;
  }
}

net::Task<> take_messages(std::shared_ptr<Line> line) {
  while (true) {
    const Result<net::WebSocketMessage> message = co_await line->socket->read();
    if (!message || message->closed) break;
    if (const Result<> taken = line->relay->take(message->payload); !taken) {
      const std::string_view why = os::utf8_prefix(taken.error().message, kMaxCloseReason);
      co_await line->socket->close(kCloseNotUnderstood, why);
      break;
    }
  }
  line->relay->cut("the client has gone");
}

net::Task<Result<std::shared_ptr<Line>>> make_line(BrowserSessions& sessions, net::Request& request) {
  SOMA_CO_ASSIGN(const std::shared_ptr<BrowserSession> session, session_of(sessions, request));
  SOMA_CO_ASSIGN(BrowserSession::Client client, session->connect());
  const net::Executor executor = co_await net::this_executor();
  const tool::browser::Operation attaching{sessions.clock(), sessions.clock().now() + kAttachLimit,
                                           client.cut};
  SOMA_CO_ASSIGN(auto relay,
                 co_await Relay::open(attaching, client.wire.connection, client.wire.proxy_server, executor));
  co_return std::make_shared<Line>(Line{nullptr, std::move(relay), std::move(client)});
}

net::Task<> automate(BrowserSessions& sessions, net::Request& request, net::Reply& reply) {
  if (!net::check_websocket_request(request)) {
    static_cast<void>(co_await reply.accept_websocket());  // says what is missing
    co_return;
  }
  auto made = co_await make_line(sessions, request);
  if (!made) {
    net::Response response = net::error_response(made.error(), request.id);
    co_await reply.send(std::move(response));
    co_return;
  }
  auto socket = co_await reply.accept_websocket();
  if (!socket) co_return;
  const std::shared_ptr<Line> line = *made;
  line->socket = std::move(*socket);
  const net::Executor executor = co_await net::this_executor();
  const auto cut = line->client.cut.on_request([executor, line = std::weak_ptr(line)] {
    net::spawn(
        executor,
        [](std::weak_ptr<Line> weak) -> net::Task<> {
          if (const auto there = weak.lock()) there->relay->cut(there->client.cut.reason());
          co_return;
        }(line),
        "browser.automation.cut");
  });
  net::spawn(executor, send_messages(line), "browser.automation");
  co_await take_messages(line);
}

net::Task<Result<>> send_picture(net::Reply& reply, const std::string& picture) {
  const std::string part = fmt::format("--{}\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n{}\r\n",
                                       kBoundary, picture.size(), picture);
  co_return co_await reply.write(part);
}

net::Task<Result<std::string>> take_picture(BrowserSession& session) {
  net::Task<Result<std::string>> looking = session.look();
  co_return co_await net::on_loop(session.executor(), std::move(looking));
}

net::Task<> show(std::shared_ptr<BrowserSession> session, os::Clock& clock, uint64_t most,
                 net::Reply& reply) {
  std::string last;
  for (uint64_t sent = 0; (most == 0 || sent < most) && !reply.gone().requested();) {
    const Result<std::string> picture = co_await take_picture(*session);
    if (!picture && picture.error().code != Code::kTimeout) break;  // the session has ended
    if (picture && *picture != last) {
      if (!co_await send_picture(reply, *picture)) co_return;
      last = *picture;
      ++sent;
    }
    const os::Time next = clock.now() + kPictureInterval;
    co_await net::sleep_until(clock, next);
  }
  const std::string end = fmt::format("--{}--\r\n", kBoundary);
  if (co_await reply.write(end)) static_cast<void>(co_await reply.end());
}

net::Task<> view(BrowserSessions& sessions, net::Request& request, net::Reply& reply) {
  const auto session = session_of(sessions, request);
  const auto most = request.query_number("pictures", 0, kMaxPictures);
  Result<std::unique_ptr<BrowserSession::Seat>> seat;
  if (session && most) seat = (*session)->watch();
  for (const os::Error* error : std::initializer_list<const os::Error*>{session ? nullptr : &session.error(),
                                                                        most ? nullptr : &most.error(),
                                                                        seat ? nullptr : &seat.error()}) {
    if (error == nullptr) continue;
    net::Response response = net::error_response(*error, request.id);
    co_await reply.send(std::move(response));
    co_return;
  }
  net::Headers headers{{"content-type", fmt::format("multipart/x-mixed-replace; boundary={}", kBoundary)},
                       {"cache-control", "no-store"}};
  if (co_await reply.begin(200, std::move(headers))) co_await show(*session, sessions.clock(), *most, reply);
}

}  // namespace

void mount_browser_streams(net::Router& router, BrowserSessions& sessions) {
  router.add(
      "GET", "/browser-streams/{browserIdentifier}/sessions/{sessionId}/automation",
      [&sessions](net::Request& request, net::Reply& reply) { return automate(sessions, request, reply); });
  router.add(
      "GET", "/browser-streams/{browserIdentifier}/sessions/{sessionId}/live-view",
      [&sessions](net::Request& request, net::Reply& reply) { return view(sessions, request, reply); });
}

}  // namespace soma::harness
