// What a browser of one's own can be given back: cookies and local storage.
//
// The protocol has no way to the storage of an origin that no page is at. So a page is opened for a moment
// and sent there, with each of its requests answered here by an empty document: nothing of the site runs, and
// nobody on the network is asked. (Copying the files of the running browser was rejected: they are not whole
// while it writes them.)
#include <fmt/format.h>

#include "core/tool/browser/cookies.h"
#include "core/tool/browser/own_browser.h"

namespace soma::tool::browser {

using json::Value;
using os::Code;
using os::Result;

namespace {

// Its icon is in it: else that would be asked for.
constexpr std::string_view kEmptyDocument = R"(<!doctype html><link rel="icon" href="data:,">)";
constexpr const char* kReadItems = "JSON.stringify(Object.entries(localStorage))";

// Answers whatever the page asks for, and tells when it has arrived.
struct Arrival {
  explicit Arrival(const net::Executor& executor) : news(executor) {}
  net::Notifier news;
  std::string origin;  // of the document that it is at

  void on_event(const Event& event, Connection& connection, const std::string& session) {
    if (event.method == "Fetch.requestPaused") {
      Value type = json::object({{"name", "Content-Type"}, {"value", "text/html"}});
      Value answer = json::object({{"requestId", event.params.get("requestId")},
                                   {"responseCode", 200},
                                   {"responseHeaders", json::array({std::move(type)})},
                                   {"body", os::base64_encode(kEmptyDocument)}});
      connection.send("Fetch.fulfillRequest", std::move(answer), session);
    } else if (event.method == "Page.frameNavigated") {
      origin = origin_of(event.params.get("frame").get("url").string_or(""));
      news.notify();
    } else if (event.method == kClosedEvent) {
      news.notify();
    }
  }
};

net::Task<Result<Value>> ask_page(Operation operation, std::shared_ptr<Connection> connection,
                                  std::shared_ptr<Arrival> arrival, std::string session, std::string origin,
                                  std::string expression) {
  // One after the other: a page that is sent away before it has answered never arrives.
  for (const char* method : {"Page.enable", "Fetch.enable"}) {
    Value nothing(json::Object{});
    SOMA_CO_TRY(co_await connection->call(operation, method, std::move(nothing), session));
  }
  connection->send("Network.setBypassServiceWorker", json::object({{"bypass", true}}), session);
  Value where = json::object({{"url", origin + "/"}});
  SOMA_CO_TRY(co_await connection->call(operation, "Page.navigate", std::move(where), session));
  const auto wake = operation.cancellation.on_request([arrival] { arrival->news.notify(); });
  while (arrival->origin != origin) {
    if (operation.cancellation.requested()) co_return os::fail(Code::kCancelled, "cancelled");
    if (!co_await arrival->news.wait_until(operation.clock, operation.deadline))
      co_return os::fail(Code::kTimeout, fmt::format("no page came to {}", origin));
    if (connection->closed()) co_return os::fail(Code::kUnavailable, "the browser has ended");
  }
  Value code = json::object({{"expression", std::move(expression)}, {"returnByValue", true}});
  SOMA_CO_ASSIGN(const Value answer,
                 co_await connection->call(operation, "Runtime.evaluate", std::move(code), session));
  if (answer.has("exceptionDetails"))
    co_return os::fail(Code::kUnavailable, fmt::format("the local storage of {} cannot be reached", origin));
  co_return answer.get("result").get("value");
}

}  // namespace

net::Task<Result<Value>> OwnBrowser::ask_origin(Operation operation, std::string origin,
                                                std::string expression) {
  const std::shared_ptr<Connection> connection = chromium_->connection();
  Value empty = json::object({{"url", "about:blank"}});
  SOMA_CO_ASSIGN(const Value made,
                 co_await connection->call(operation, "Target.createTarget", std::move(empty), ""));
  const Value target = json::object({{"targetId", made.get("targetId")}});
  Value where = target;
  where.set("flatten", true);
  const auto attached = co_await connection->call(operation, "Target.attachToTarget", std::move(where), "");
  Result<Value> answer = std::unexpected(os::Error{});
  if (attached) {
    const std::string session(attached->get("sessionId").string_or(""));
    auto arrival = std::make_shared<Arrival>(executor_);
    connection->subscribe(session, executor_, [arrival, session, raw = connection.get()](const Event& event) {
      arrival->on_event(event, *raw, session);
    });
    // Where a client that attaches to every page would hold it.
    connection->send("Runtime.runIfWaitingForDebugger", Value(json::Object{}), session);
    answer =
        co_await ask_page(operation, connection, arrival, session, std::move(origin), std::move(expression));
    connection->unsubscribe(session);
  } else {
    answer = std::unexpected(attached.error());
  }
  connection->send("Target.closeTarget", target, "");
  std::erase_if(pages_, [&](const Page& page) { return page.target == made.get("targetId").string_or(""); });
  co_return answer;
}

net::Task<Result<Value>> OwnBrowser::read_state(Operation operation) {
  const std::shared_ptr<Connection> connection = chromium_->connection();
  SOMA_CO_ASSIGN(Value cookies, co_await get_cookies(operation, connection, ""));
  Value origins = json::Array{};
  const std::set<std::string> visited = origins_;
  for (const std::string& origin : visited) {
    SOMA_CO_ASSIGN(const Value text, co_await ask_origin(operation, origin, kReadItems));
    SOMA_CO_ASSIGN(Value items, json::parse(text.string_or("[]")));
    if (!items.empty()) origins.push_back(json::object({{"origin", origin}, {"items", std::move(items)}}));
  }
  co_return json::object({{"cookies", std::move(cookies)}, {"origins", std::move(origins)}});
}

net::Task<Result<>> OwnBrowser::restore_state(Operation operation) {
  const std::shared_ptr<Connection> connection = chromium_->connection();
  const Value state = std::move(options_.state);
  const Value cookies = state.get("cookies");
  SOMA_CO_TRY(co_await set_cookies(operation, connection, "", cookies));
  for (size_t index = 0; index < state.get("origins").size(); ++index) {
    const Value& origin = state.get("origins").at(index);
    std::string fill = fmt::format("for (const [key, value] of {}) localStorage.setItem(key, value)",
                                   json::write(origin.get("items")));
    std::string name(origin.get("origin").string_or(""));
    visited(name);
    SOMA_CO_TRY(co_await ask_origin(operation, std::move(name), std::move(fill)));
  }
  co_return Result<>();
}

}  // namespace soma::tool::browser
