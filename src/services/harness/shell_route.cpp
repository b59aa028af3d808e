// Two tasks on the connection's loop share the socket and the shell: one takes the client's frames, in order,
// the other sends what the terminal prints. Whichever ends first wakes the other.
#include "services/harness/shell_route.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/harness/access/admission.h"
#include "services/harness/event_stream.h"
#include "services/harness/shell/shell_connection.h"
#include "services/harness/shell/shell_frames.h"

namespace soma::harness {
namespace {

using os::Result;

struct Line {
  std::unique_ptr<net::WebSocket> socket;
  std::unique_ptr<ShellConnection> shell;
};

ShellRequest shell_request(const net::Request& request) {
  ShellRequest wanted;
  for (const std::string_view name : {"agentRuntimeArn", "harness"})
    if (wanted.harness.empty()) wanted.harness = request.parameter(name);
  wanted.session_id = request.parameter("sessionId");
  // A browser's WebSocket cannot set headers: there the query has them.
  for (const std::string_view said :
       {request.headers.get(kSessionHeader), request.query_value(kSessionHeader)})
    if (wanted.session_id.empty()) wanted.session_id = said;
  for (const std::string_view said : {request.query_value("shellId"), request.headers.get(kShellIdHeader)})
    if (wanted.shell_id.empty()) wanted.shell_id = said;
  wanted.qualifier = request.query_value("qualifier");
  return wanted;
}

net::Task<> say_end(Line& line, ShellEnd end) {
  if (!end.words.empty()) {
    const std::string words = shell_frame(ShellChannel::kMessage, end.words + "\r\n");
    if (!co_await line.socket->write(words, true)) co_return;
  }
  if (end.why == ShellEnd::Why::kStopped) {
    co_await line.socket->close(kCloseGoingAway, end.words);
    co_return;
  }
  const std::string last =
      end.why == ShellEnd::Why::kExited ? exit_frame(end.exit_code) : shell_frame(ShellChannel::kClose);
  if (co_await line.socket->write(last, true)) co_await line.socket->close(kCloseNormal, end.words);
}

net::Task<> send_output(std::shared_ptr<Line> line) {
  const std::string first =
      confirmation_frame(line->shell->shell_id(), line->shell->reconnected(), line->shell->dropped_bytes());
  if (!co_await line->socket->write(first, true)) co_return;
  while (true) {
    ShellNews news = co_await line->shell->next();
    switch (news.kind) {
      case ShellNews::Kind::kOutput: {
        const std::string frame = shell_frame(ShellChannel::kOutput, news.output);
        if (!co_await line->socket->write(frame, true)) co_return;
        break;
      }
      case ShellNews::Kind::kEnd:
        co_await say_end(*line, std::move(news.end));
        co_return;
      case ShellNews::Kind::kTaken:
        co_await line->socket->close(kCloseTaken, "another client has taken this shell");
        co_return;
      case ShellNews::Kind::kDetached:
        co_return;
    }
  }
}

// What cannot be done is said and does no harm: the shell may have ended meanwhile, and its end is on its
// way.
net::Task<> take_frame(std::shared_ptr<Line> line, std::string frame) {
  const auto channel = static_cast<ShellChannel>(static_cast<uint8_t>(frame.front()));
  frame.erase(0, 1);
  Result<> done{};
  if (channel == ShellChannel::kInput) {
    static_cast<void>(co_await line->shell->type(std::move(frame)));
  } else if (channel == ShellChannel::kResize) {
    const auto size = parse_resize(frame);
    if (size) {
      done = co_await line->shell->resize(*size);
    } else {
      done = std::unexpected(size.error());
    }
  } else if (channel == ShellChannel::kHeartbeat) {
    const std::string echo = shell_frame(ShellChannel::kHeartbeat);
    done = co_await line->socket->write(echo, true);
  } else if (channel == ShellChannel::kClose) {
    co_await line->shell->end();
  }
  if (done) co_return;
  const std::string words = shell_frame(ShellChannel::kMessage, done.error().message + "\r\n");
  static_cast<void>(co_await line->socket->write(words, true));
}

net::Task<> take_input(std::shared_ptr<Line> line) {
  while (true) {
    Result<net::WebSocketMessage> message = co_await line->socket->read();
    if (!message || message->closed) break;
    if (message->payload.size() > kMaxShellFrameBytes) {
      co_await line->socket->close(
          kCloseTooLarge,
          fmt::format("a frame may have {} bytes (kMaxShellFrameBytes)", kMaxShellFrameBytes));
      break;
    }
    if (!message->binary) {
      static_cast<void>(co_await line->shell->type(std::move(message->payload)));
    } else if (!message->payload.empty()) {
      co_await take_frame(line, std::move(message->payload));
    }
  }
  line->shell->detach();
}

// The path under /api is soma's own surface, the other one the data plane's.
net::Task<Result<Caller>> caller_of(Service& service, const ShellRequest& wanted,
                                    const net::Request& request) {
  if (!request.parameter("harness").empty()) co_return Caller{.is_operator = true};
  std::string harness = wanted.harness, qualifier = wanted.qualifier;
  Credentials credentials = credentials_of(request);
  co_return co_await service.admit(std::move(harness), std::move(qualifier), std::move(credentials));
}

// A browser whose subprotocols get no answer drops the connection.
bool asks_by_protocol(const net::Request& request) {
  const std::vector<std::string_view> offered = os::split(request.headers.get("sec-websocket-protocol"), ',');
  return std::ranges::any_of(offered, [](std::string_view one) { return os::trim(one) == kTokenProtocol; });
}

net::Task<> answer_shell(Service& service, net::Request& request, net::Reply& reply) {
  if (!net::check_websocket_request(request)) {
    static_cast<void>(co_await reply.accept_websocket());  // says what is missing
    co_return;
  }
  ShellRequest wanted = shell_request(request);
  Result<std::unique_ptr<ShellConnection>> shell;
  auto caller = co_await caller_of(service, wanted, request);
  if (caller) {
    wanted.caller = std::move(*caller);
    shell = co_await service.open_shell(std::move(wanted));
  } else {
    shell = std::unexpected(caller.error());
  }
  if (!shell) {
    net::Response response = net::error_response(shell.error(), request.id);
    co_await reply.send(std::move(response));
    co_return;
  }
  net::Headers headers{{std::string(kSessionHeader), (*shell)->session_id()},
                       {std::string(kShellIdHeader), (*shell)->shell_id()}};
  if (asks_by_protocol(request)) headers.set("Sec-WebSocket-Protocol", std::string(kTokenProtocol));
  auto socket = co_await reply.accept_websocket(std::move(headers));
  if (!socket) co_return;
  const auto line = std::make_shared<Line>(Line{std::move(*socket), std::move(*shell)});
  const net::Executor executor = co_await net::this_executor();
  net::spawn(executor, send_output(line), "harness.shell.output");
  co_await take_input(line);
}

}  // namespace

void mount_shell(net::Router& router, Service& service) {
  const net::Handler handler = [&service](net::Request& request, net::Reply& reply) {
    return answer_shell(service, request, reply);
  };
  router.add("GET", "/runtimes/{agentRuntimeArn}/ws/shells", handler);
  router.add("GET", "/api/sessions/{harness}/{sessionId}/shell", handler);
}

}  // namespace soma::harness
