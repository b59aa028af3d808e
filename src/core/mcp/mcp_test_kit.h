// For tests: an MCP server on loopback whose answers the test writes, on virtual time.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/net/server_test_kit.h"
#include "core/mcp/message.h"

namespace soma::mcp {

// Serves one path with whatever the test says, and keeps what came.
class StubServer {
 public:
  explicit StubServer(net::Handler handler) : handler_(std::move(handler)) {
    for (const char* method : {"GET", "POST", "DELETE"})
      router_.add(method, "/mcp", [this](net::Request& request, net::Reply& reply) -> net::Task<> {
        {
          const std::lock_guard lock(mutex_);
          requests_.push_back(request);
        }
        co_await handler_(request, reply);
      });
    server_.emplace(router_);
  }

  std::string url() const { return server_->address() + "/mcp"; }
  std::vector<net::Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  // Bodies of the requests with this method of JSON-RPC.
  std::vector<json::Value> bodies(std::string_view method) const {
    std::vector<json::Value> out;
    for (const net::Request& request : requests())
      if (auto body = json::parse(request.body); body && body->get("method").string_or("") == method)
        out.push_back(std::move(*body));
    return out;
  }
  std::vector<net::Request> of_method(std::string_view method) const {
    std::vector<net::Request> out;
    for (const net::Request& request : requests())
      if (auto body = json::parse(request.body); body && body->get("method").string_or("") == method)
        out.push_back(request);
    return out;
  }

 private:
  net::Handler handler_;
  mutable std::mutex mutex_;
  std::vector<net::Request> requests_;
  net::Router router_;
  std::optional<net::TestServer> server_;  // the first to go
};

inline net::Response rpc_result(const json::Value& request, json::Value result) {
  return net::Response::json(200, result_json(request.get("id"), std::move(result)));
}
inline net::Response rpc_error(int status, const json::Value& request, int64_t code,
                               std::string_view message) {
  return net::Response::json(status, error_json(request.get("id"), code, message));
}

inline json::Value tool_json(std::string_view name, json::Value annotations = {}) {
  json::Value tool = json::object({{"name", name},
                                   {"description", "does " + std::string(name)},
                                   {"inputSchema", json::object({{"type", "object"}})}});
  if (!annotations.is_null()) tool.set("annotations", std::move(annotations));
  return tool;
}
inline json::Value text_result(std::string_view text) {
  return json::object({{"content", json::array({json::object({{"type", "text"}, {"text", text}})})}});
}

// What a test's server does with a request of a method that the stub does not know of itself.
using Method = std::function<net::Task<>(const json::Value& request, net::Request& http, net::Reply& reply)>;

inline Method answers_with(std::function<json::Value(const json::Value&)> result) {
  return [result](const json::Value& request, net::Request&, net::Reply& reply) -> net::Task<> {
    net::Response response = rpc_result(request, result(request));
    co_await reply.send(std::move(response));
  };
}

// A server of the legacy era: initialize, notifications, and `method` for the rest. `session` empty: it keeps
// none.
inline net::Handler legacy_server(Method method, std::string session = "",
                                  std::string version = "2025-11-25") {
  return [=](net::Request& http, net::Reply& reply) -> net::Task<> {
    net::Response response = net::Response::text(202, "");
    if (http.method != "POST") {
      response.status = http.method == "DELETE" ? 200 : 405;
      co_await reply.send(std::move(response));
      co_return;
    }
    const json::Value request = json::parse(http.body).value_or(json::Value());
    const std::string_view name = request.get("method").string_or("");
    if (name == "server/discover") {
      response = rpc_error(400, request, -32000, "Bad Request: no session");
    } else if (name == "initialize") {
      response = rpc_result(
          request, json::object({{"protocolVersion", version},
                                 {"capabilities", json::object({{"tools", json::Object{}}})},
                                 {"serverInfo", json::object({{"name", "stub"}, {"version", "1"}})}}));
      if (!session.empty()) response.headers.set("mcp-session-id", session);
    } else if (request.has("id") && request.has("method")) {
      co_await method(request, http, reply);
      co_return;
    }
    co_await reply.send(std::move(response));
  };
}

// A server of the modern era.
inline net::Handler modern_server(Method method) {
  return [=](net::Request& http, net::Reply& reply) -> net::Task<> {
    const json::Value request = json::parse(http.body).value_or(json::Value());
    if (request.get("method").string_or("") == "server/discover") {
      net::Response response =
          rpc_result(request, json::object({{"resultType", "complete"},
                                            {"supportedVersions", json::array({"2026-07-28"})},
                                            {"capabilities", json::Object{}}}));
      co_await reply.send(std::move(response));
      co_return;
    }
    co_await method(request, http, reply);
  };
}

// A stream of events that ends after them.
inline net::Task<> send_events(net::Reply& reply, std::vector<net::SseEvent> events) {
  net::Headers headers{{"content-type", "text/event-stream"}};
  co_await reply.begin(200, std::move(headers));
  for (const net::SseEvent& event : events) {
    const std::string text = net::format_sse(event);
    co_await reply.write(text);
  }
  co_await reply.end();
}

// Messages as events of a stream, without ids.
inline std::vector<net::SseEvent> events_of(const std::vector<json::Value>& messages) {
  std::vector<net::SseEvent> events;
  for (const json::Value& message : messages) events.emplace_back().data = json::write(message);
  return events;
}

// Holds its answer back until the client is gone.
inline net::Task<> until_gone(net::Reply& reply) {
  const net::Executor executor = co_await net::this_executor();
  net::Notifier gone(executor);
  const auto registration = reply.gone().on_request([&gone] { gone.notify(); });
  co_await gone.wait();
}

}  // namespace soma::mcp
