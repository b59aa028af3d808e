// WebSockets over a socket (RFC 6455), both sides, by Beast.
#pragma once

#include <memory>

#include "base/net/server.h"

namespace soma::net {

class Connection;

// kInvalidArgument when the request does not ask for a WebSocket of version 13.
os::Result<> check_websocket_request(const Request& request);
// Answers the request with 101 and takes the connection's socket over.
Task<os::Result<std::unique_ptr<WebSocket>>> upgrade_connection(Connection& connection,
                                                                const Request& request);

}  // namespace soma::net
