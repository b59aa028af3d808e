// WebSockets over a socket (RFC 6455), both sides, by Beast.
#pragma once

#include <memory>

#include "base/net/server.h"

namespace soma::net {

class Connection;

// Answers the request with 101 and takes the connection's socket over.
Task<os::Result<std::unique_ptr<WebSocket>>> upgrade_connection(Connection& connection,
                                                                const Request& request, Headers headers);

}  // namespace soma::net
