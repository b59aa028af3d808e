// The data plane of AgentCore's browser: sessions, actions, profiles, and the two streams of a session.
#pragma once

#include "base/net/net.h"
#include "services/harness/browser/browser_sessions.h"

namespace soma::harness {

void mount_browser(net::Router& router, BrowserSessions& sessions);
// The automation stream (a WebSocket that speaks the DevTools protocol) and the live view (pictures, as a
// web page shows them): browser_stream_route.cpp.
void mount_browser_streams(net::Router& router, BrowserSessions& sessions);

inline constexpr std::string_view kAutomationStream = "automation", kLiveViewStream = "live-view";

}  // namespace soma::harness
