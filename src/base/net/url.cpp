// Absolute URLs of the four schemes that soma speaks (RFC 3986). Stricter than the RFC where laxness has led
// others astray: no user information, no white space, no control characters, no backslash.
#include <algorithm>
#include <array>
#include <charconv>

#include "base/net/http.h"
#include "base/os/os.h"

namespace soma::net {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kDefaultPorts{{
    {"http", "80"},
    {"https", "443"},
    {"ws", "80"},
    {"wss", "443"},
}};

std::unexpected<os::Error> bad_url(std::string_view what, std::string_view hint = {}) {
  return os::fail(os::Code::kInvalidArgument, "invalid URL: " + std::string(what), std::string(hint));
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

os::Result<> set_port(Url& url, std::string_view port) {
  if (port.empty()) return {};
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number == 0 || number > 65535)
    return bad_url("the port must be 1 to 65535");
  url.port = std::to_string(number);
  return {};
}

os::Result<> set_authority(Url& url, std::string_view authority) {
  if (authority.contains('@'))
    return bad_url("it carries a user name or password", "send credentials in a header");
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return bad_url("'[' without ']'");
    url.host = os::to_lower(authority.substr(1, end - 1));
    if (url.host.empty() || url.host.find_first_not_of("0123456789abcdef:.") != std::string::npos)
      return bad_url("not an IPv6 address in brackets");
    authority.remove_prefix(end + 1);
    if (authority.empty()) return {};
    if (!authority.starts_with(':')) return bad_url("text after ']'");
    return set_port(url, authority.substr(1));
  }
  const size_t colon = authority.find(':');
  url.host = os::to_lower(authority.substr(0, colon));
  if (url.host.empty()) return bad_url("no host");
  if (!std::ranges::all_of(url.host, is_host_character)) return bad_url("the host has a forbidden character");
  return colon == std::string_view::npos ? os::Result<>() : set_port(url, authority.substr(colon + 1));
}

}  // namespace

os::Result<Url> parse_url(std::string_view text) {
  if (std::ranges::any_of(text, [](unsigned char c) { return c <= ' ' || c == 0x7f || c == '\\'; }))
    return bad_url("it contains white space, a control character or a backslash", "percent-encode it");
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos) return bad_url("no scheme", "write http://… or https://…");
  Url url;
  url.scheme = os::to_lower(text.substr(0, colon));
  const auto* known =
      std::ranges::find(kDefaultPorts, url.scheme, &std::pair<std::string_view, std::string_view>::first);
  if (known == kDefaultPorts.end()) return bad_url("the scheme must be http, https, ws or wss");
  url.port = known->second;
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  SOMA_TRY(set_authority(url, rest.substr(0, authority_end)));
  rest.remove_prefix(authority_end);
  const size_t query = rest.find('?');
  url.path = rest.substr(0, query);
  if (url.path.empty()) url.path = "/";
  if (query != std::string_view::npos) url.query = rest.substr(query + 1);
  return url;
}

}  // namespace soma::net
