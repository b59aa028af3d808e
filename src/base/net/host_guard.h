// Keeps web pages of other sites away from a server that only this machine should reach.
//
// A page anywhere can make the browser send requests to 127.0.0.1, and by DNS rebinding even read the
// answers. What such a request cannot do is name this machine in Host or come without its own Origin. So a
// server bound to loopback answers only to its own names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/os/os.h"

namespace soma::net {

// Immutable; any thread.
class HostGuard {
 public:
  // `address` is the one bound to. On loopback the machine's own names are allowed besides `allow_hosts`
  // (names without port); on any other address everything is allowed unless `allow_hosts` names something.
  // "*" allows everything.
  HostGuard(std::string_view address, std::vector<std::string> allow_hosts);
  // kPermissionDenied when the Host or the Origin (either may be absent: empty) is not one of ours.
  os::Result<> check(std::string_view host, std::string_view origin) const;

 private:
  bool allows(std::string_view authority) const;

  bool open_ = false;
  bool loopback_ = false;
  std::vector<std::string> allowed_;
};

}  // namespace soma::net
