// Listening sockets, one per loop on the same port.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <vector>

#include "base/os/os.h"

namespace soma::net {

// `count` sockets that share the port (SO_REUSEPORT): the kernel spreads new connections over them. Port 0
// takes any free one; the endpoint is updated. kUnavailable, naming address and port, when somebody else
// listens there.
os::Result<std::vector<os::Fd>> listen_on(boost::asio::ip::tcp::endpoint& endpoint, size_t count,
                                          int backlog);

}  // namespace soma::net
