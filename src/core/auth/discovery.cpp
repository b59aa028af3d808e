#include "core/auth/discovery.h"

#include <fmt/format.h>

#include "base/net/loopback.h"

namespace soma::auth {

using json::Value;
using os::Code;
using os::Result;

Result<net::Url> checked_url(std::string_view text, std::string_view name) {
  const auto url = net::parse_url(text);
  if (!url)
    return os::fail(Code::kInvalidArgument, fmt::format("{} is no URL: {}", name, url.error().message));
  if (url->scheme != "https" && !(url->scheme == "http" && net::is_loopback_name(url->host)))
    return os::fail(Code::kInvalidArgument, fmt::format("{} must be https (http on loopback only)", name));
  return *url;
}

net::Task<Result<Value>> fetch_json(net::HttpClient& http, std::string url, Fetching fetching) {
  net::ClientRequest request;
  request.url = url;
  request.headers.set("accept", "application/json");
  request.total_timeout = kFetchTimeout;
  request.max_body_bytes = fetching.max_bytes;
  request.policy = fetching.policy;
  request.cancellation = fetching.cancellation;
  const Result<net::Response> response = co_await http.fetch(std::move(request));
  if (!response) {
    const Code code = response.error().code;
    if (code == Code::kLimitExceeded)
      co_return os::fail(Code::kUnavailable, fmt::format("{} answers with over {} bytes ({})", url,
                                                         fetching.max_bytes, fetching.limit));
    const bool own = code == Code::kPermissionDenied || code == Code::kCancelled;
    co_return os::fail(own ? code : Code::kUnavailable, fmt::format("{}: {}", url, response.error().message),
                       response.error().hint);
  }
  if (response->status != 200)
    co_return os::fail(Code::kUnavailable, fmt::format("{} answers with status {}", url, response->status));
  auto value = json::parse(response->body);
  if (!value || !value->is_object())
    co_return os::fail(Code::kUnavailable, fmt::format("{} is no JSON object", url));
  co_return std::move(*value);
}

Result<std::string> address_in(const Value& document, std::string_view member,
                               const net::Url& discovery_url) {
  std::string address(document.get(member).string_or(""));
  const std::string name = fmt::format("the discovery document's {}", member);
  SOMA_ASSIGN(const net::Url url, checked_url(address, name));
  if (net::is_loopback_name(url.host) && !net::is_loopback_name(discovery_url.host))
    return os::fail(Code::kUnavailable, fmt::format("{} leads to this machine", name));
  return address;
}

}  // namespace soma::auth
