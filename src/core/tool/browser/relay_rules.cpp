#include "core/tool/browser/relay_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/tool/browser/chromium.h"

namespace soma::tool::browser {

using os::Code;
using os::Result;

namespace {

struct Refused {
  std::string_view method;  // or a whole domain: "Tethering."
  std::string_view why;
};
constexpr auto kRefused = std::to_array<Refused>({
    {"Tethering.", "it opens ports of this machine"},
    {"Extensions.", "extensions are not offered"},
    {"PWA.", "applications are not installed"},
    {"DOM.setFileInputFiles", "it reads files of this machine"},
    {"Target.setRemoteLocations", "it connects to other browsers"},
    {"Target.exposeDevToolsProtocol", "it gives the protocol to a page"},
    {"Target.sendMessageToTarget", "sessions are flat: attach with flatten"},
    {"Browser.crash", "the session would end"},
    {"Browser.crashGpuProcess", "the session would suffer"},
});

// Addresses that commands open; a page itself gets no further than its browser lets it.
constexpr auto kOpening =
    std::to_array<std::string_view>({"Page.navigate", "Target.createTarget", "Network.loadNetworkResource"});
constexpr auto kSchemes = std::to_array<std::string_view>({"http:", "https:", "about:", "data:", "blob:"});

Result<> check_address(std::string_view method, std::string_view url) {
  const std::string lower = os::to_lower(os::trim(url));
  if (lower.empty() || std::ranges::any_of(kSchemes, [&](auto scheme) { return lower.starts_with(scheme); }))
    return {};
  return os::fail(Code::kPermissionDenied,
                  fmt::format("{} may open http, https, about, data and blob addresses, not {}", method,
                              os::utf8_prefix(url, 100)));
}

}  // namespace

Result<> check_command(std::string_view method, json::Value& params, std::string_view proxy_server) {
  for (const Refused& refused : kRefused)
    if (method == refused.method || (refused.method.ends_with('.') && method.starts_with(refused.method)))
      return os::fail(Code::kPermissionDenied, fmt::format("{} is not allowed: {}", method, refused.why));
  if (std::ranges::count(kOpening, method) > 0) return check_address(method, params.get("url").string_or(""));
  if (method == "Browser.setDownloadBehavior" || method == "Page.setDownloadBehavior") {
    params.set("behavior", "deny");
    params.erase("downloadPath");
  } else if (method == "Target.createBrowserContext") {
    params.erase("proxyServer");
    params.erase("proxyBypassList");
    if (proxy_server.empty()) return {};
    params.set("proxyServer", proxy_server);
    params.set("proxyBypassList", kProxyBypass);
  }
  return {};
}

}  // namespace soma::tool::browser
