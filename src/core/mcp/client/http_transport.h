// Streamable HTTP, as both eras have it: a POST for each message, answered with JSON or a stream of
// server-sent events. In the legacy era a stream that was cut is gone on with (GET, Last-Event-ID), and the
// server may ask back. Every request shows who asks in the same way: the server's headers, then its
// authorizer.
#pragma once

#include "core/mcp/client/transport.h"

namespace soma::mcp {

// The headers' names are sent as given; those that the protocol sets itself are its own.
std::unique_ptr<Transport> make_http_transport(const net::Executor& executor, os::Clock& clock,
                                               HttpServer server, Listener listener);

// A value as a mirrored header carries it: as it is, or "=?base64?…?=" where that would not be safe.
std::string header_value(std::string_view text);

}  // namespace soma::mcp
