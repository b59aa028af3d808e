#include "base/net/host_guard.h"

#include "base/net/loopback.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

namespace soma::net {

namespace {

// "name:port" or "[::1]:port" without its port and brackets; empty when it is neither.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return {};
    const std::string_view after = authority.substr(end + 1);
    return after.empty() || after.starts_with(':') ? authority.substr(1, end - 1) : std::string_view();
  }
  return authority.substr(0, authority.find(':'));
}

}  // namespace

bool is_loopback_name(std::string_view host) {
  if (os::to_lower(host) == "localhost") return true;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  return !error && address.is_loopback();
}

HostGuard::HostGuard(std::string_view address, std::vector<std::string> allow_hosts)
    : loopback_(is_loopback_name(address)), allowed_(std::move(allow_hosts)) {
  for (std::string& name : allowed_) name = os::to_lower(name);
  open_ = std::ranges::count(allowed_, "*") > 0 || (!loopback_ && allowed_.empty());
}

bool HostGuard::allows(std::string_view authority) const {
  const std::string host = os::to_lower(host_of(authority));
  if (host.empty()) return false;
  return (loopback_ && is_loopback_name(host)) || std::ranges::count(allowed_, host) > 0;
}

os::Result<> HostGuard::check(std::string_view host, std::string_view origin) const {
  if (open_) return {};
  if (!host.empty() && !allows(host))
    return os::fail(os::Code::kPermissionDenied,
                    "the Host \"" + std::string(host.substr(0, 128)) + "\" is not served here",
                    "use http://localhost, or add the name to the server's allowed hosts");
  if (origin.empty()) return {};
  const size_t scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos || !allows(origin.substr(scheme_end + 3)))
    return os::fail(
        os::Code::kPermissionDenied,
        "requests from pages of \"" + std::string(origin.substr(0, 128)) + "\" are not served here",
        "add the page's host to the server's allowed hosts if you trust it");
  return {};
}

}  // namespace soma::net
