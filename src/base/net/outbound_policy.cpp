#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "base/net/client.h"
#include "base/net/host_guard.h"
#include "base/net/loopback.h"

namespace soma::net {

namespace ip = boost::asio::ip;

namespace {

// IANA's special-purpose registries: what does not lead to the public internet.
constexpr std::array kPrivateV4{"0.0.0.0/8",      "10.0.0.0/8",    "100.64.0.0/10", "127.0.0.0/8",
                                "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",  "192.168.0.0/16",
                                "198.18.0.0/15",  "224.0.0.0/4",   "240.0.0.0/4"};
constexpr std::array kPrivateV6{"::/128",    "::1/128",   "100::/64", "fc00::/7",
                                "fe80::/10", "fec0::/10", "ff00::/8"};

bool in_network(const ip::address_v4& address, const ip::network_v4& network) {
  return ip::network_v4(address, network.prefix_length()).canonical() == network.canonical();
}

bool in_network(const ip::address_v6& address, const ip::network_v6& network) {
  return ip::network_v6(address, network.prefix_length()).canonical() == network.canonical();
}

// An IPv4 address written as IPv6 (mapped, NAT64, 6to4) reaches the IPv4 host: it is judged as that.
ip::address unwrap(const ip::address& address) {
  if (!address.is_v6()) return address;
  const auto bytes = address.to_v6().to_bytes();
  const auto v4_at = [&](size_t at) {
    return ip::address_v4({bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]});
  };
  static const auto mapped = ip::make_network_v6("::ffff:0:0/96");
  static const auto nat64 = ip::make_network_v6("64:ff9b::/96");
  static const auto six_to_four = ip::make_network_v6("2002::/16");
  if (in_network(address.to_v6(), mapped) || in_network(address.to_v6(), nat64)) return v4_at(12);
  if (in_network(address.to_v6(), six_to_four)) return v4_at(2);
  return address;
}

bool is_public(const ip::address& address) {
  if (address.is_v4())
    return std::ranges::none_of(
        kPrivateV4, [&](const char* net) { return in_network(address.to_v4(), ip::make_network_v4(net)); });
  return std::ranges::none_of(
      kPrivateV6, [&](const char* net) { return in_network(address.to_v6(), ip::make_network_v6(net)); });
}

bool rule_has_address(std::string_view rule, const ip::address& address) {
  boost::system::error_code error;
  if (address.is_v4()) {
    const auto network = ip::make_network_v4(std::string(rule), error);
    return !error && in_network(address.to_v4(), network);
  }
  const auto network = ip::make_network_v6(std::string(rule), error);
  return !error && in_network(address.to_v6(), network);
}

bool rule_has_host(std::string_view rule, std::string_view host, std::string_view port) {
  if (rule == host) return true;
  const size_t colon = rule.rfind(':');
  if (colon == std::string_view::npos || rule.substr(colon + 1) != port) return false;
  std::string_view name = rule.substr(0, colon);
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  return name == host;
}

}  // namespace

void OutboundPolicy::allow(std::string_view rule) {
  rules_.push_back(os::to_lower(os::trim(rule)));
}

bool OutboundPolicy::unrestricted() const {
  return std::ranges::count(rules_, "*") > 0;
}

os::Result<> OutboundPolicy::check(std::string_view host, std::string_view address,
                                   std::string_view port) const {
  if (unrestricted()) return {};
  const std::string name = os::to_lower(host);
  if (std::ranges::any_of(rules_, [&](const std::string& rule) { return rule_has_host(rule, name, port); }))
    return {};
  boost::system::error_code not_resolved;
  ip::address target = ip::make_address(std::string(address.empty() ? name : address), not_resolved);
  if (not_resolved) {
    if (!is_loopback_name(name)) return {};  // a name: judged by its address, later
    target = ip::address_v4::loopback();
  }
  target = unwrap(target);
  if (is_public(target)) return {};
  const std::string text = target.to_string();
  if (std::ranges::any_of(rules_, [&](const std::string& rule) {
        return rule_has_host(rule, text, port) || rule_has_address(rule, target);
      }))
    return {};
  return os::fail(os::Code::kPermissionDenied,
                  "outbound requests to " + std::string(host) + " (" + text + ", port " + std::string(port) +
                      ") are not allowed: the address is not public",
                  "allow the host, host:port or network in the configuration if it is meant to be reached");
}

}  // namespace soma::net
