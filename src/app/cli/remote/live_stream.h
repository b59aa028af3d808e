// A stream of server-sent events that is followed until somebody has seen enough: through cut connections and
// restarts of the server.
#pragma once

#include <functional>
#include <string>

#include "app/cli/remote/connection.h"
#include "base/net/net.h"

namespace soma::cli {

struct LiveStream {
  // Where the stream goes on, asked before each time that it is opened. An error ends everything, except
  // for a server that may come back.
  std::function<os::Result<std::string>()> path;
  enum class Next { kGoOn, kOpenAgain, kEnd };
  std::function<Next(const net::SseEvent&)> on_event;
};

// Blocks until on_event says kEnd. Errors: what the server refused; kUnavailable when it went away for
// kReconnectWindow (invocation.h).
os::Result<> follow_stream(Connection& connection, const LiveStream& stream);

}  // namespace soma::cli
