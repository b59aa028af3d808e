// A program on this machine: one message a line on its stdin and stdout. It is started with the first request
// and again when it has ended; what was asked of it then is lost and said so.
#pragma once

#include "core/mcp/client/transport.h"

namespace soma::mcp {

std::unique_ptr<Transport> make_stdio_transport(const net::Executor& executor, os::Clock& clock,
                                                CommandServer server, Listener listener);

}  // namespace soma::mcp
