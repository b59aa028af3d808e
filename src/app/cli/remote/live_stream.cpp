#include "app/cli/remote/live_stream.h"

#include <chrono>
#include <thread>

#include "app/cli/remote/api_client.h"
#include "app/cli/remote/invocation.h"

namespace soma::cli {
namespace {

using os::Code;
using os::Result;
using std::chrono::steady_clock;
using Next = LiveStream::Next;

constexpr auto kSilence = std::chrono::seconds(60);  // the server sends something every 15 s
constexpr auto kPause = std::chrono::milliseconds(500);
constexpr auto kAlive = std::chrono::seconds(1);  // a stream that lived so long was a contact

struct Opened {
  bool heard = false;
  Next next = Next::kGoOn;
};

net::Task<Result<>> open_once(std::string url, const LiveStream& stream, Opened& opened) {
  net::HttpClient client(co_await net::this_executor());
  net::ClientRequest request;
  request.url = std::move(url);
  request.stall_timeout = kSilence;
  SseHandler handler;
  handler.on_event = [&](const net::SseEvent& event) {
    opened.heard = true;
    opened.next = stream.on_event(event);
    return opened.next == Next::kGoOn;
  };
  co_return co_await stream_sse(client, std::move(request), handler);
}

bool may_come_back(const os::Error& error) {
  return error.code == Code::kUnavailable || error.code == Code::kTimeout;
}

}  // namespace

Result<> follow_stream(Connection& connection, const LiveStream& stream) {
  auto last_contact = steady_clock::now();
  for (;;) {
    const auto began = steady_clock::now();
    Opened opened;
    const Result<std::string> path = stream.path();
    const Result<> done =
        path ? net::run(open_once(connection.url() + *path, stream, opened)) : std::unexpected(path.error());
    if (opened.next == Next::kEnd) return {};
    if (!done && !may_come_back(done.error())) return done;
    const auto now = steady_clock::now();
    if (opened.heard || now - began > kAlive) last_contact = now;
    if (now - last_contact > kReconnectWindow)
      return os::fail(Code::kUnavailable, "the server went away and did not come back",
                      "start one with: soma serve");
    if (opened.next == Next::kOpenAgain) continue;
    std::this_thread::sleep_for(kPause);
    connection.look_again();
  }
}

}  // namespace soma::cli
