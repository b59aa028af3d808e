// Which hosts are this machine itself.
#pragma once

#include <string_view>

namespace soma::net {

// "localhost", or an address of 127.0.0.0/8 or ::1. Nothing is looked up: "127.0.0.1.example.org" is
// anybody's.
bool is_loopback_name(std::string_view host);

}  // namespace soma::net
