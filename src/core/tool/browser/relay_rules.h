// What an automation client may ask of a session's browser.
//
// A DevTools client drives everything that a page can do. Some commands reach further: to files and ports of
// the machine, around the proxy that holds the pages to the outbound policy, or to another way of sending
// commands that these rules would not see. Those are refused in words, or put right where clients send them
// as a matter of course.
#pragma once

#include <string>
#include <string_view>

#include "base/json/json.h"

namespace soma::tool::browser {

// Looks at one command and puts it right: downloads are denied, and a context that a client makes goes
// through `proxy_server` (empty: none). kPermissionDenied names what is not allowed.
os::Result<> check_command(std::string_view method, json::Value& params, std::string_view proxy_server);

}  // namespace soma::tool::browser
