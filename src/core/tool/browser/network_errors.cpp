#include <fmt/format.h>

#include <array>

#include "core/tool/browser/report.h"

namespace soma::tool::browser {

namespace {

struct Named {
  std::string_view name;  // the beginning of the browser's name for it, after "net::"
  os::Code code;
  std::string_view words;  // {} is the host
  std::string_view hint;
};

constexpr auto kNamed = std::to_array<Named>({
    {"ERR_NAME_NOT_RESOLVED", os::Code::kNotFound, "the name {} cannot be resolved",
     "check the spelling of the address"},
    {"ERR_CONNECTION_REFUSED", os::Code::kUnavailable, "{} refused the connection",
     "check that the server runs and the port is right"},
    {"ERR_CONNECTION_RESET", os::Code::kUnavailable, "{} reset the connection", "try again"},
    {"ERR_CONNECTION_CLOSED", os::Code::kUnavailable, "{} closed the connection without an answer",
     "try again"},
    {"ERR_EMPTY_RESPONSE", os::Code::kUnavailable, "{} closed the connection without an answer", "try again"},
    {"ERR_CONNECTION_TIMED_OUT", os::Code::kTimeout, "{} did not answer",
     "check the address, or try again later"},
    {"ERR_TIMED_OUT", os::Code::kTimeout, "{} did not answer", "check the address, or try again later"},
    {"ERR_ADDRESS_UNREACHABLE", os::Code::kUnavailable, "{} cannot be reached",
     "check the address and the network"},
    {"ERR_INTERNET_DISCONNECTED", os::Code::kUnavailable, "this machine has no network", ""},
    {"ERR_CERT_AUTHORITY_INVALID", os::Code::kUnavailable,
     "the certificate of {} is not signed by a known authority (TLS)",
     "add the authority to this machine, or use another address"},
    {"ERR_CERT_COMMON_NAME_INVALID", os::Code::kUnavailable,
     "the certificate of {} is for another name (TLS)", "check the spelling of the address"},
    {"ERR_CERT_DATE_INVALID", os::Code::kUnavailable,
     "the certificate of {} has expired or is not valid yet (TLS)", "check this machine's clock"},
    {"ERR_CERT_", os::Code::kUnavailable, "the certificate of {} is not valid (TLS)", ""},
    {"ERR_SSL_", os::Code::kUnavailable, "no secure connection with {} can be agreed on (TLS)",
     "does the server speak https on this port?"},
    {"ERR_TOO_MANY_REDIRECTS", os::Code::kUnavailable, "{} redirects without end", ""},
    {"ERR_UNSAFE_PORT", os::Code::kPermissionDenied, "the browser does not open this port of {}",
     "it is one of those reserved for other protocols"},
    {"ERR_INVALID_URL", os::Code::kInvalidArgument, "the address is not valid", "use http://host/path"},
    {"ERR_UNKNOWN_URL_SCHEME", os::Code::kUnsupported, "the browser does not know this kind of address",
     "use http or https"},
    {"ERR_INVALID_HTTP_RESPONSE", os::Code::kCorrupt, "{} does not answer in HTTP", ""},
    {"ERR_INVALID_RESPONSE", os::Code::kCorrupt, "{} answered with an invalid response", ""},
    {"ERR_BLOCKED_BY_", os::Code::kPermissionDenied, "the page or its server forbids showing {}", ""},
    {"ERR_PROXY_CONNECTION_FAILED", os::Code::kInternal, "the session's own proxy does not answer", ""},
});

}  // namespace

os::Error explain_network_error(std::string_view error_text, const std::string& url,
                                const PolicyProxy* proxy) {
  std::string_view name = error_text;
  if (name.starts_with("net::")) name.remove_prefix(5);
  auto parsed = net::parse_url(url);
  std::string host = parsed ? parsed->host : url;
  if (proxy && parsed && name.starts_with("ERR_SOCKS_")) {
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    os::Error cause = proxy->failure(host, parsed->port);
    if (!cause.message.empty()) {
      cause.message = fmt::format("{} could not be opened: {}", url, cause.message);
      return cause;
    }
  }
  for (const Named& named : kNamed) {
    if (!name.starts_with(named.name)) continue;
    std::string words(named.words);
    if (size_t at = words.find("{}"); at != std::string::npos) words.replace(at, 2, host);
    return os::Error{named.code, fmt::format("{} could not be opened: {} ({})", url, words, name),
                     std::string(named.hint)};
  }
  return os::Error{os::Code::kUnavailable, fmt::format("{} could not be opened ({})", url, name), ""};
}

}  // namespace soma::tool::browser
