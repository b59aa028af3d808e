#include "core/tool/browser/actions.h"

#include <fmt/format.h>

#include <array>

namespace soma::tool::browser {

namespace {

constexpr auto kActions = std::to_array<Action>({
    {"navigate", true, "open `url`; returns the page", navigate},
    {"read", true, "the page's text with references (from `offset`)", read},
    {"click", false, "click a link, button, checkbox …", click},
    {"type", false,
     "type `text` into a field (replaces what is there unless `clear` is false; `submit` presses Enter)",
     type},
    {"press", false, "press `key`, such as Enter, Escape, ArrowDown, Control+A", press},
    {"select", false, "choose the option `value` of a select", select},
    {"hover", false, "move the mouse over an element", hover},
    {"scroll", false, "scroll by `direction`, or to an element", scroll},
    {"back", false, "the page before", go_back},
    {"forward", false, "the page after", go_forward},
    {"reload", false, "load the page again", reload},
    {"wait", true,
     "until `text` is there, `ref` or `selector` is visible, the address matches `url`, or nothing loads any "
     "more; `gone` "
     "waits for the opposite",
     wait},
    {"links", true, "all links with their addresses", list_links},
    {"tables", true, "all tables as rows", list_tables},
    {"screenshot", true, "a picture of the page (`full_page` for all of it)", screenshot},
    {"tabs", true, "the open tabs", list_tabs},
    {"new_tab", false, "open a tab (at `url`)", new_tab},
    {"switch_tab", false, "bring `tab` to the front", switch_tab},
    {"close_tab", false, "close `tab`", close_tab},
    {"evaluate", false, "run JavaScript `script` in the page; returns its value", evaluate},
});

bool looks_local(std::string_view host) {
  return host.starts_with("localhost") || host.starts_with("127.") || host.starts_with('[') ||
         host.starts_with("10.") || host.starts_with("192.168.");
}

}  // namespace

std::span<const Action> actions() {
  return kActions;
}

std::string clean_ref(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c >= '0' && c <= '9') out.push_back(c);
  }
  return "e" + out;
}

os::Result<json::Value> target_of(const json::Value& input) {
  if (std::string_view ref = input.get("ref").string_or(""); !ref.empty())
    return json::object({{"ref", clean_ref(ref)}});
  if (std::string_view selector = input.get("selector").string_or(""); !selector.empty())
    return json::object({{"selector", selector}});
  std::string_view label = input.get("label").string_or("");
  // Where `text` is not what is to be typed, models name the element by it.
  if (label.empty() && input.get("action").string_or("") != "type") label = input.get("text").string_or("");
  if (!label.empty()) return json::object({{"text", label}});
  return os::fail(os::Code::kInvalidArgument, "which element? Nothing names it",
                  "give ref (such as \"e12\" from the page's text), label or selector");
}

os::Result<std::string> clean_url(std::string_view text) {
  std::string url(os::trim(text));
  if (url.empty()) return os::fail(os::Code::kInvalidArgument, "url is missing", "give the address to open");
  if (url == "about:blank" || url.starts_with("data:")) return url;
  size_t colon = url.find("://");
  if (colon == std::string::npos) {
    size_t scheme_end = url.find(':');
    bool port_follows = scheme_end != std::string::npos && scheme_end + 1 < url.size() &&
                        url[scheme_end + 1] >= '0' && url[scheme_end + 1] <= '9';
    if (scheme_end == std::string::npos || port_follows || url.starts_with('[')) {
      url = (looks_local(url) ? "http://" : "https://") + url;
      colon = url.find("://");
    }
  }
  std::string scheme = os::to_lower(url.substr(0, std::min(url.find(':'), url.size())));
  if (scheme != "http" && scheme != "https") {
    return os::fail(os::Code::kPermissionDenied,
                    fmt::format("addresses of the kind \"{}:\" are not opened", scheme), "use http or https");
  }
  if (auto parsed = net::parse_url(url); !parsed) {
    return os::fail(os::Code::kInvalidArgument,
                    fmt::format("\"{}\" is not a valid address: {}", url, parsed.error().message),
                    "use http://host/path");
  }
  return url;
}

}  // namespace soma::tool::browser
