// What an issuer says of itself: OpenID Connect Discovery, or RFC 8414 metadata, which has the same members.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "base/net/net.h"

namespace soma::auth {

inline constexpr os::Duration kFetchTimeout = std::chrono::seconds(10);  // of each document
inline constexpr size_t kMaxDiscoveryBytes = 64u << 10;

// https, or http on loopback: tokens are worth what these documents are, which must come unchanged. `name`
// is what the address is called in the error, kInvalidArgument.
os::Result<net::Url> checked_url(std::string_view text, std::string_view name);

// How a document is fetched.
struct Fetching {
  size_t max_bytes = kMaxDiscoveryBytes;
  std::string_view limit = "kMaxDiscoveryBytes";  // its name, for the error
  const net::OutboundPolicy* policy = nullptr;    // null: no restriction
  std::optional<net::Cancellation> cancellation{};
};
// A JSON object. kUnavailable, with why, when it cannot be had; kPermissionDenied (policy), kCancelled.
net::Task<os::Result<json::Value>> fetch_json(net::HttpClient& http, std::string url, Fetching fetching);

// An address that a discovery document names. kUnavailable when it is on this machine and the document is
// not: an issuer elsewhere must not make soma ask this machine's own services.
os::Result<std::string> address_in(const json::Value& document, std::string_view member,
                                   const net::Url& discovery_url);

}  // namespace soma::auth
