#include "services/harness/browser_route.h"

#include <fmt/format.h>

#include "services/harness/timed_session/timed_session_wire.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr std::string_view kBrowserSessionHeader = "x-amzn-browser-session-id";
constexpr SessionTool kTool{"browserIdentifier", kBrowser, "browser"};

Result<ViewPort> view_port_from_json(const Value& body) {
  const Value* given = body.find("viewPort");
  if (given == nullptr) return ViewPort{};
  const ViewPort view{given->get("width").int_or(0), given->get("height").int_or(0)};
  if (given->get("width").is_integer() && given->get("height").is_integer()) return view;
  return os::fail(Code::kInvalidArgument, "viewPort must have a width and a height");
}

// Addresses as the client reached this server itself.
std::string stream_address(const net::Request& request, std::string_view scheme, std::string_view session,
                           std::string_view stream) {
  return fmt::format("{}://{}/browser-streams/{}/sessions/{}/{}", scheme, request.headers.get("host"),
                     kBrowser, session, stream);
}

Value streams_of(const net::Request& request, std::string_view session_id, bool automation) {
  Value automated =
      json::object({{"streamEndpoint", stream_address(request, "ws", session_id, kAutomationStream)},
                    {"streamStatus", automation ? "ENABLED" : "DISABLED"}});
  Value view =
      json::object({{"streamEndpoint", stream_address(request, "http", session_id, kLiveViewStream)}});
  return json::object({{"automationStream", std::move(automated)}, {"liveViewStream", std::move(view)}});
}

// Of a session that is open; one that has ended has none.
void add_streams(Value& body, const BrowserSessions& sessions, const net::Request& request,
                 const std::string& session_id) {
  if (const auto open = sessions.find(session_id))
    body.set("streams", streams_of(request, session_id, (*open)->automation()));
}

net::Task<Result<net::Response>> start(BrowserSessions& sessions, net::Request& request) {
  SOMA_CO_TRY(check_tool(kTool, request));
  SOMA_CO_ASSIGN(const Value wanted, request.json_body());
  SOMA_CO_TRY(refuse_members(wanted, {"extensions", "proxyConfiguration", "enterprisePolicies",
                                      "certificates", "filesystemConfigurations"}));
  SOMA_CO_ASSIGN(const ViewPort view, view_port_from_json(wanted));
  StartTimedSession start = start_from_json(wanted, kDefaultBrowserSessionSeconds);
  const Value& profile = wanted.get("profileConfiguration");
  std::string profile_id(profile.get("profileIdentifier").string_or(""));
  if (!profile.is_null() && profile_id.empty())
    co_return os::fail(Code::kInvalidArgument, "profileConfiguration/profileIdentifier is missing");
  SOMA_CO_ASSIGN(const TimedSessionInfo session,
                 co_await sessions.open(std::move(start), view, std::move(profile_id)));
  Value body = session_body(kTool, session);
  body.set("createdAt", os::format_time(session.created));
  add_streams(body, sessions, request, session.session_id);
  co_return net::Response::json(200, body);
}

net::Task<Result<net::Response>> get(BrowserSessions& sessions, net::Request& request) {
  SOMA_CO_TRY(check_tool(kTool, request));
  SOMA_CO_ASSIGN(const TimedSessionInfo session, sessions.timed().get(request.query_value("sessionId")));
  Value body = described(kTool, session);
  body.set("sessionTimeoutSeconds", session.timeout_seconds);
  const ViewPort view = view_port_of(session);
  body.set("viewPort", json::object({{"width", view.width}, {"height", view.height}}));
  if (const std::string_view profile = profile_of(session); !profile.empty())
    body.set("profileConfiguration", json::object({{"profileIdentifier", profile}}));
  body.set("lastUpdatedAt", os::format_time(session.updated));
  add_streams(body, sessions, request, session.session_id);
  co_return net::Response::json(200, body);
}

net::Task<Result<net::Response>> list(BrowserSessions& sessions, net::Request& request) {
  SOMA_CO_TRY(check_tool(kTool, request));
  SOMA_CO_ASSIGN(const Value wanted, request.json_body());
  SOMA_CO_ASSIGN(const Value body, list_sessions(kTool, sessions.timed(), wanted));
  co_return net::Response::json(200, body);
}

net::Task<Result<net::Response>> stop(BrowserSessions& sessions, net::Request& request) {
  SOMA_CO_TRY(check_tool(kTool, request));
  std::string session_id(request.query_value("sessionId"));
  SOMA_CO_ASSIGN(const TimedSessionInfo session, co_await sessions.close(std::move(session_id)));
  Value body = session_body(kTool, session);
  body.set("lastUpdatedAt", os::format_time(session.updated));
  co_return net::Response::json(200, body);
}

net::Task<Result<net::Response>> update_stream(BrowserSessions& sessions, net::Request& request) {
  SOMA_CO_TRY(check_tool(kTool, request));
  SOMA_CO_ASSIGN(const Value wanted, request.json_body());
  const std::string_view status =
      wanted.get("streamUpdate").get("automationStreamUpdate").get("streamStatus").string_or("");
  if (status != "ENABLED" && status != "DISABLED")
    co_return os::fail(Code::kInvalidArgument,
                       fmt::format("streamUpdate/automationStreamUpdate/streamStatus is '{}'", status),
                       "use ENABLED or DISABLED");
  std::string session_id(request.query_value("sessionId"));
  SOMA_CO_TRY(co_await sessions.set_automation(session_id, status == "ENABLED"));
  SOMA_CO_ASSIGN(const TimedSessionInfo session, sessions.timed().get(session_id));
  Value body = session_body(kTool, session);
  body.set("streams", streams_of(request, session_id, status == "ENABLED"));
  body.set("updatedAt", os::format_time(sessions.clock().now()));
  co_return net::Response::json(200, body);
}

net::Task<Result<net::Response>> invoke(BrowserSessions& sessions, net::Request& request) {
  SOMA_CO_TRY(check_tool(kTool, request));
  SOMA_CO_ASSIGN(const Value wanted, request.json_body());
  const std::string session_id(request.headers.get(kBrowserSessionHeader));
  Value action = wanted.get("action");
  SOMA_CO_ASSIGN(Value result, co_await sessions.invoke(session_id, std::move(action)));
  net::Response response = net::Response::json(200, json::object({{"result", std::move(result)}}));
  response.headers.add(std::string(kBrowserSessionHeader), session_id);
  co_return response;
}

net::Task<Result<net::Response>> save_profile(BrowserSessions& sessions, net::Request& request) {
  SOMA_CO_ASSIGN(const Value wanted, request.json_body());
  if (wanted.get("browserIdentifier").string_or("") != kBrowser)
    co_return os::fail(Code::kNotFound,
                       fmt::format("there is no browser '{}'", wanted.get("browserIdentifier").string_or("")),
                       fmt::format("use {}", kBrowser));
  std::string session_id(wanted.get("sessionId").string_or(""));
  std::string profile(request.parameter("profileIdentifier"));
  SOMA_CO_TRY(co_await sessions.save_profile(session_id, profile));
  co_return net::Response::json(200,
                                json::object({{"profileIdentifier", profile},
                                              {"browserIdentifier", kBrowser},
                                              {"sessionId", session_id},
                                              {"lastUpdatedAt", os::format_time(sessions.clock().now())}}));
}

}  // namespace

void mount_browser(net::Router& router, BrowserSessions& sessions) {
  router.add("PUT", "/browsers/{browserIdentifier}/sessions/start",
             net::answering([&sessions](net::Request& request) { return start(sessions, request); }));
  router.add("GET", "/browsers/{browserIdentifier}/sessions/get",
             net::answering([&sessions](net::Request& request) { return get(sessions, request); }));
  router.add("POST", "/browsers/{browserIdentifier}/sessions/list",
             net::answering([&sessions](net::Request& request) { return list(sessions, request); }));
  router.add("PUT", "/browsers/{browserIdentifier}/sessions/stop",
             net::answering([&sessions](net::Request& request) { return stop(sessions, request); }));
  router.add("PUT", "/browsers/{browserIdentifier}/sessions/streams/update",
             net::answering([&sessions](net::Request& request) { return update_stream(sessions, request); }));
  router.add("POST", "/browsers/{browserIdentifier}/sessions/invoke",
             net::answering([&sessions](net::Request& request) { return invoke(sessions, request); }));
  router.add("PUT", "/browser-profiles/{profileIdentifier}/save",
             net::answering([&sessions](net::Request& request) { return save_profile(sessions, request); }));
  mount_browser_streams(router, sessions);
}

}  // namespace soma::harness
