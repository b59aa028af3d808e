#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/mcp/mcp.h"
#include "core/mcp/mcp_test_kit.h"

namespace soma::mcp {
namespace {

using json::Value;
using os::Code;
using testing::HasSubstr;

const net::Cancellation nobody;

class ClientTest : public testing::Test {
 protected:
  // What `body` does with a client of this server, on a loop of its own.
  template <class Body>
  void with_client(const std::string& url, Body body) {
    const auto task = [&]() -> net::Task<> {
      const net::Executor executor = co_await net::this_executor();
      Client client(
          executor, clock_,
          {.name = "stub", .server = HttpServer{.url = url, .headers = headers_, .authorizer = authorizer_}});
      co_await body(client);
      co_await client.close();
    };
    net::run(task());
  }

  os::Result<ToolList> list(const std::string& url) {
    os::Result<ToolList> out;
    with_client(url, [&](Client& client) -> net::Task<> { out = co_await client.list_tools(nobody); });
    return out;
  }
  os::Result<CallResult> call(const std::string& url, Value arguments = json::Object{}) {
    os::Result<CallResult> out;
    with_client(url, [&](Client& client) -> net::Task<> {
      ToolCall call{.name = "add", .arguments = std::move(arguments)};
      out = co_await client.call_tool(std::move(call));
    });
    return out;
  }

  os::VirtualClock clock_;
  net::Headers headers_;
  std::shared_ptr<Authorizer> authorizer_;
};

// Shows a number that is one higher after each refusal.
class CountingAuthorizer final : public Authorizer {
 public:
  explicit CountingAuthorizer(bool renews) : renews_(renews) {}
  net::Task<os::Result<>> authorize(net::ClientRequest& request) override {
    if (number_ < 0) co_return os::fail(Code::kUnavailable, "nobody signs");
    request.headers.set("x-number", std::to_string(number_));
    request.headers.set("x-shown", request.method + " " + std::to_string(request.body.size()));
    co_return os::Result<>{};
  }
  bool refused(const net::Headers& headers) override {
    EXPECT_EQ(headers.get("x-number"), std::to_string(number_));
    ++number_;
    return renews_;
  }
  void fail() { number_ = -1; }

 private:
  bool renews_;
  int number_ = 0;
};

std::string text_of(const os::Result<CallResult>& result) {
  if (!result) return result.error().to_string();
  return std::string(result->content.empty() ? "" : result->content.front().get("text").string_or(""));
}

Method lists(Value tools) {
  return answers_with([tools](const Value&) { return json::object({{"tools", tools}}); });
}

TEST_F(ClientTest, ListsTheToolsOfALegacyServer) {
  const StubServer server(legacy_server(
      lists(json::array({tool_json("add", json::object({{"readOnlyHint", true}}))})), "session-1"));
  const auto list = ClientTest::list(server.url());
  ASSERT_TRUE(list) << list.error().to_string();
  ASSERT_EQ(list->tools.size(), 1);
  EXPECT_EQ(list->tools[0].name, "add");
  EXPECT_EQ(list->tools[0].description, "does add");
  EXPECT_TRUE(list->tools[0].read_only);
  EXPECT_FALSE(list->tools[0].idempotent);
}

TEST_F(ClientTest, SaysItsSessionAndVersionAndEndsTheSession) {
  const StubServer server(legacy_server(lists(json::array({})), "session-1"));
  ASSERT_TRUE(list(server.url()));
  const net::Request listed = server.of_method("tools/list").at(0);
  EXPECT_EQ(listed.headers.get("mcp-session-id"), "session-1");
  EXPECT_EQ(listed.headers.get("mcp-protocol-version"), "2025-11-25");
  EXPECT_EQ(server.bodies("notifications/initialized").size(), 1);
  EXPECT_EQ(server.requests().back().method, "DELETE");
}

TEST_F(ClientTest, SpeaksTheOlderVersionThatAServerOffers) {
  const StubServer server(legacy_server(lists(json::array({})), "", "2025-03-26"));
  ASSERT_TRUE(list(server.url()));
  EXPECT_EQ(server.of_method("tools/list").at(0).headers.get("mcp-protocol-version"), "2025-03-26");
}

TEST_F(ClientTest, RefusesAVersionThatItDoesNotSpeak) {
  const StubServer server(legacy_server(lists(json::array({})), "", "2024-11-05"));
  const auto list = ClientTest::list(server.url());
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, Code::kUnsupported);
  EXPECT_THAT(list.error().message, HasSubstr("'stub'"));
}

TEST_F(ClientTest, BeginsAForgottenSessionAgainAndRepeatsTheCall) {
  const auto forgets = std::make_shared<int>(1);
  const Method method = [forgets](const Value& request, net::Request&, net::Reply& reply) -> net::Task<> {
    const bool forgotten = (*forgets)-- > 0;
    net::Response response = forgotten ? rpc_error(404, request, -32001, "Session not found")
                                       : rpc_result(request, text_result("5"));
    co_await reply.send(std::move(response));
  };
  const StubServer server(legacy_server(method, "session-1"));
  EXPECT_EQ(text_of(call(server.url())), "5");
  EXPECT_EQ(server.bodies("initialize").size(), 2);
}

TEST_F(ClientTest, TellsAModernServerEverythingWithEachRequest) {
  headers_.set("authorization", "Bearer abc");
  const StubServer server(modern_server(answers_with([](const Value&) { return text_result("5"); })));
  EXPECT_EQ(text_of(call(server.url())), "5");
  const net::Request sent = server.of_method("tools/call").at(0);
  EXPECT_EQ(sent.headers.get("mcp-protocol-version"), "2026-07-28");
  EXPECT_EQ(sent.headers.get("mcp-method"), "tools/call");
  EXPECT_EQ(sent.headers.get("mcp-name"), "add");
  EXPECT_EQ(sent.headers.get("authorization"), "Bearer abc");
  EXPECT_TRUE(server.bodies("initialize").empty());
  const Value meta = server.bodies("tools/call").at(0).get("params").get("_meta");
  EXPECT_EQ(meta.get("io.modelcontextprotocol/protocolVersion").string_or(""), "2026-07-28");
  EXPECT_TRUE(meta.get("io.modelcontextprotocol/clientCapabilities").is_object());
}

TEST_F(ClientTest, StaysLegacyWithAServerThatNamesOnlyLegacyVersions) {
  const auto handler = [](net::Request& http, net::Reply& reply) -> net::Task<> {
    const Value request = json::parse(http.body).value_or(Value());
    net::Response response = net::Response::text(202, "");
    if (request.get("method").string_or("") == "server/discover") {
      Value error = error_json(request.get("id"), kUnsupportedVersion, "Unsupported protocol version");
      error.find("error")->set("data", json::object({{"supported", json::array({"2025-06-18"})}}));
      response = net::Response::json(400, error);
    } else if (request.get("method").string_or("") == "initialize") {
      response = rpc_result(request, json::object({{"protocolVersion", "2025-06-18"}}));
    } else if (request.has("id")) {
      response = rpc_result(request, json::object({{"tools", json::array({})}}));
    }
    co_await reply.send(std::move(response));
  };
  const StubServer server(handler);
  ASSERT_TRUE(list(server.url()));
  EXPECT_EQ(server.of_method("tools/list").at(0).headers.get("mcp-protocol-version"), "2025-06-18");
}

TEST_F(ClientTest, MirrorsTheArgumentsThatAToolWantsAsHeaders) {
  Value tool = tool_json("add");
  tool.set(
      "inputSchema",
      *json::parse(
          R"({"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}})"));
  const StubServer server(modern_server(answers_with([tool](const Value& request) {
    return request.get("method").string_or("") == "tools/list"
               ? json::object({{"tools", json::array({tool})}})
               : text_result("ok");
  })));
  with_client(server.url(), [&](Client& client) -> net::Task<> {
    const auto list = co_await client.list_tools(nobody);
    EXPECT_TRUE(list) << list.error().to_string();
    ToolCall call{.name = "add", .arguments = json::object({{"region", "öst"}})};
    const auto result = co_await client.call_tool(std::move(call));
    EXPECT_TRUE(result) << result.error().to_string();
  });
  EXPECT_EQ(server.of_method("tools/call").at(0).headers.get("mcp-param-region"), "=?base64?w7ZzdA==?=");
}

TEST_F(ClientTest, HearsProgressAndAnswersWhatTheServerAsks) {
  const Method method = [](const Value& request, net::Request&, net::Reply& reply) -> net::Task<> {
    const Value token = request.get("params").get("_meta").get("progressToken");
    Value progress =
        json::object({{"progressToken", token}, {"progress", 1}, {"total", 2}, {"message", "half"}});
    Value ping = notification_json("ping", {});
    ping.set("id", "p1");
    Value sampling = notification_json("sampling/createMessage", json::Object{});
    sampling.set("id", 7);
    const Value answer = result_json(request.get("id"), text_result("5"));
    std::vector<net::SseEvent> events =
        events_of({notification_json("notifications/progress", progress), ping, sampling, answer});
    co_await send_events(reply, std::move(events));
  };
  const StubServer server(legacy_server(method, "session-1"));
  std::vector<std::string> heard;
  with_client(server.url(), [&](Client& client) -> net::Task<> {
    ToolCall call{.name = "add", .arguments = json::Object{}};
    call.on_progress = [&](const Progress& progress) { heard.push_back(progress.message); };
    const auto result = co_await client.call_tool(std::move(call));
    EXPECT_EQ(text_of(result), "5");
  });
  EXPECT_THAT(heard, testing::ElementsAre("half"));
  std::vector<Value> answers;
  for (const net::Request& request : server.requests())
    if (auto body = json::parse(request.body); body && !body->has("method") && body->has("id"))
      answers.push_back(*body);
  ASSERT_EQ(answers.size(), 2);
  EXPECT_TRUE(answers[0].get("result").is_object());
  EXPECT_EQ(answers[1].get("error").get("code").int_or(0), kMethodNotFound);
}

TEST_F(ClientTest, ResumesAStreamThatWasCutFromItsLastEvent) {
  const auto handler = [](net::Request& http, net::Reply& reply) -> net::Task<> {
    if (http.method == "GET") {
      // The call's id: the probe had the first, initialize the second.
      std::vector<net::SseEvent> events =
          events_of({result_json(3, text_result(http.headers.get("last-event-id")))});
      co_await send_events(reply, std::move(events));
      co_return;
    }
    const Method begins = [](const Value&, net::Request&, net::Reply& answer) -> net::Task<> {
      std::vector<net::SseEvent> events(1);
      events[0].id = "e1";
      events[0].retry_ms = 0;
      co_await send_events(answer, std::move(events));
    };
    const net::Handler rest = legacy_server(begins, "session-1");
    co_await rest(http, reply);
  };
  const StubServer server(handler);
  EXPECT_EQ(text_of(call(server.url())), "e1");
}

TEST_F(ClientTest, SaysThatTheOutcomeOfACallThatWasCutIsUnknown) {
  const Method method = [](const Value&, net::Request&, net::Reply& reply) -> net::Task<> {
    std::vector<net::SseEvent> nothing;
    co_await send_events(reply, std::move(nothing));
  };
  const StubServer server(modern_server(method));
  const auto result = call(server.url());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kUnavailable);
  EXPECT_THAT(result.error().hint, HasSubstr("unknown"));
}

TEST_F(ClientTest, TellsALegacyServerThatACallIsCancelled) {
  const Method method = [](const Value&, net::Request&, net::Reply& reply) -> net::Task<> {
    co_await until_gone(reply);
  };
  const StubServer server(legacy_server(method, "session-1"));
  with_client(server.url(), [&](Client& client) -> net::Task<> {
    const net::Executor executor = co_await net::this_executor();
    net::Cancellation cancellation;
    const auto stop_when_called = [&]() -> net::Task<> {
      const std::unique_ptr<os::Clock> clock = os::make_system_clock();
      while (server.bodies("tools/call").empty()) {
        const os::Time soon = clock->now() + std::chrono::milliseconds(1);
        co_await net::sleep_until(*clock, soon);
      }
      cancellation.request("nobody waits");
    };
    net::spawn(executor, stop_when_called(), "test.stop");
    ToolCall call{.name = "add", .arguments = json::Object{}, .cancellation = cancellation};
    const auto result = co_await client.call_tool(std::move(call));
    EXPECT_FALSE(result);
    if (!result) EXPECT_EQ(result.error().code, Code::kCancelled);
  });
  const Value cancelled = server.bodies("notifications/cancelled").at(0);
  EXPECT_EQ(cancelled.get("params").get("requestId"), server.bodies("tools/call").at(0).get("id"));
}

TEST_F(ClientTest, WantsCredentialsWhereTheServerDoes) {
  const auto handler = [](net::Request&, net::Reply& reply) -> net::Task<> {
    net::Response response = net::Response::text(401, "who are you?");
    co_await reply.send(std::move(response));
  };
  const StubServer server(handler);
  const auto list = ClientTest::list(server.url());
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, Code::kUnauthenticated);
  EXPECT_EQ(server.requests().size(), 1);
}

TEST_F(ClientTest, ShowsAnAuthorizerEachRequestAsItIsSent) {
  authorizer_ = std::make_shared<CountingAuthorizer>(true);
  const StubServer server(legacy_server(lists(json::array({})), "session-1"));
  ASSERT_TRUE(list(server.url()));
  for (const net::Request& request : server.requests())
    EXPECT_EQ(request.headers.get("x-shown"), request.method + " " + std::to_string(request.body.size()));
  EXPECT_EQ(server.requests().back().method, "DELETE");
}

TEST_F(ClientTest, SendsARequestOnceMoreWhenItsAuthorizerCanShowSomethingElse) {
  const auto wants = [](std::string number) {
    return [number = std::move(number), rest = legacy_server(lists(json::array({})))](
               net::Request& http, net::Reply& reply) -> net::Task<> {
      if (http.headers.get("x-number") == number) {
        co_await rest(http, reply);
        co_return;
      }
      net::Response response = net::Response::text(401, "who are you?");
      co_await reply.send(std::move(response));
    };
  };
  authorizer_ = std::make_shared<CountingAuthorizer>(true);
  const StubServer wants_another(wants("1"));
  EXPECT_TRUE(list(wants_another.url()));
  EXPECT_EQ(wants_another.bodies("server/discover").size(), 2);
  EXPECT_EQ(wants_another.bodies("tools/list").size(), 1);

  authorizer_ = std::make_shared<CountingAuthorizer>(true);
  const StubServer never_content(wants("5"));
  EXPECT_EQ(list(never_content.url()).error().code, Code::kUnauthenticated);
  EXPECT_EQ(never_content.requests().size(), 2);

  authorizer_ = std::make_shared<CountingAuthorizer>(false);
  const StubServer asked_once(wants("1"));
  EXPECT_EQ(list(asked_once.url()).error().code, Code::kUnauthenticated);
  EXPECT_EQ(asked_once.requests().size(), 1);
}

TEST_F(ClientTest, SendsNothingWhenItsAuthorizerFails) {
  const auto authorizer = std::make_shared<CountingAuthorizer>(true);
  authorizer->fail();
  authorizer_ = authorizer;
  const StubServer server(legacy_server(lists(json::array({}))));
  EXPECT_THAT(list(server.url()).error().message, HasSubstr("'stub': nobody signs"));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(ClientTest, RefusesAnAnswerToAnotherRequest) {
  const Method method = [](const Value&, net::Request&, net::Reply& reply) -> net::Task<> {
    net::Response response = net::Response::json(200, result_json(99, text_result("not yours")));
    co_await reply.send(std::move(response));
  };
  const StubServer wrong(modern_server(method));
  const auto result = call(wrong.url());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kCorrupt);
}

TEST_F(ClientTest, RefusesWhatIsNotJson) {
  const Method method = [](const Value&, net::Request&, net::Reply& reply) -> net::Task<> {
    net::Response response = net::Response::text(200, "{broken", "application/json");
    co_await reply.send(std::move(response));
  };
  const StubServer server(modern_server(method));
  const auto result = call(server.url());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kCorrupt);
}

TEST_F(ClientTest, ReadsAListOverItsPages) {
  const StubServer server(legacy_server(answers_with([](const Value& request) {
    const bool second = request.get("params").get("cursor").string_or("") == "2";
    Value result = json::object({{"tools", json::array({tool_json(second ? "b" : "a")})}});
    if (!second) result.set("nextCursor", "2");
    return result;
  })));
  const auto list = ClientTest::list(server.url());
  ASSERT_TRUE(list) << list.error().to_string();
  EXPECT_EQ(list->tools.size(), 2);
}

TEST_F(ClientTest, EndsAListThatHasNoEnd) {
  const auto page = std::make_shared<int>(0);
  const StubServer server(legacy_server(answers_with([page](const Value&) {
    return json::object({{"tools", json::array({})}, {"nextCursor", std::to_string(++*page)}});
  })));
  const auto list = ClientTest::list(server.url());
  ASSERT_FALSE(list);
  EXPECT_THAT(list.error().message, HasSubstr("kMaxListPages"));
}

TEST_F(ClientTest, LeavesAToolOutWhoseSchemaIsTooLarge) {
  Value huge = tool_json("huge");
  huge.find("inputSchema")->set("description", std::string(kMaxSchemaBytes, 'x'));
  const StubServer server(legacy_server(lists(json::array({huge, tool_json("small")}))));
  const auto list = ClientTest::list(server.url());
  ASSERT_TRUE(list) << list.error().to_string();
  ASSERT_EQ(list->tools.size(), 1);
  ASSERT_EQ(list->left_out.size(), 1);
  EXPECT_THAT(list->left_out[0], HasSubstr("kMaxSchemaBytes"));
}

TEST_F(ClientTest, CallsAgainWithTheStateThatAServerGivesAlong) {
  const StubServer server(modern_server(answers_with([](const Value& request) {
    const Value state = request.get("params").get("requestState");
    if (state.is_null()) return json::object({{"resultType", "input_required"}, {"requestState", "s1"}});
    return text_result("state " + state.as_string());
  })));
  EXPECT_EQ(text_of(call(server.url())), "state s1");
}

TEST_F(ClientTest, SaysWhatAServerAsksThatNobodyAnswers) {
  const StubServer server(modern_server(answers_with([](const Value&) {
    return json::object(
        {{"resultType", "input_required"},
         {"inputRequests", json::object({{"name", json::object({{"method", "elicitation/create"}})}})}});
  })));
  const auto result = call(server.url());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kUnsupported);
  EXPECT_THAT(result.error().message, HasSubstr("elicitation/create"));
}

TEST_F(ClientTest, RespectsTheOutboundPolicy) {
  const StubServer server(legacy_server(lists(json::array({}))));
  const auto public_only = std::make_shared<const net::OutboundPolicy>();
  const auto task = [&]() -> net::Task<> {
    const net::Executor executor = co_await net::this_executor();
    Client client(executor, clock_,
                  {.name = "stub", .server = HttpServer{.url = server.url(), .policy = public_only}});
    const auto list = co_await client.list_tools(nobody);
    EXPECT_FALSE(list);
    if (!list) EXPECT_EQ(list.error().code, Code::kPermissionDenied);
  };
  net::run(task());
  EXPECT_TRUE(server.requests().empty());
}

// A server as a shell script: it answers the requests in turn with the lines that the test gives.
class StdioClientTest : public testing::Test {
 protected:
  template <class Body>
  void with_program(const std::string& script, Body body) {
    const auto task = [&]() -> net::Task<> {
      const net::Executor executor = co_await net::this_executor();
      Client client(
          executor, *clock_,
          {.name = "program",
           .server = CommandServer{.arguments = {"/bin/sh", "-c", script}, .launcher = launcher_.get()}});
      co_await body(client);
      co_await client.close();
    };
    net::run(task());
  }

  std::unique_ptr<os::Clock> clock_ = os::make_system_clock();
  std::unique_ptr<os::ProcessLauncher> launcher_ = os::make_process_launcher();
};

constexpr const char* kLegacyProgram = R"sh(
read probe; echo '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}'
read init; echo '{"jsonrpc":"2.0","id":2,"result":{"protocolVersion":"2025-06-18","capabilities":{}}}'
read ready
read list; echo '{"jsonrpc":"2.0","id":3,"result":{"tools":[{"name":"say","inputSchema":{"type":"object"}}]}}'
read call; echo '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'
echo '{"jsonrpc":"2.0","id":4,"result":{"content":[{"type":"text","text":"said"}]}}'
read end
)sh";

TEST_F(StdioClientTest, SpeaksWithAProgram) {
  with_program(kLegacyProgram, [](Client& client) -> net::Task<> {
    const auto list = co_await client.list_tools(nobody);
    EXPECT_TRUE(list) << list.error().to_string();
    if (list) EXPECT_EQ(list->tools.at(0).name, "say");
    EXPECT_FALSE(client.tools_changed());
    ToolCall call{.name = "say", .arguments = json::Object{}};
    const auto result = co_await client.call_tool(std::move(call));
    EXPECT_EQ(text_of(result), "said");
    EXPECT_TRUE(client.tools_changed());
    EXPECT_TRUE(client.stateful());
  });
}

TEST_F(StdioClientTest, SaysWhyAProgramEnded) {
  with_program("echo no such database >&2; exit 3", [](Client& client) -> net::Task<> {
    const auto list = co_await client.list_tools(nobody);
    EXPECT_FALSE(list);
    if (!list) EXPECT_EQ(list.error().code, Code::kUnavailable);
  });
}

TEST_F(StdioClientTest, RefusesWhatIsNoMessage) {
  with_program("echo hello; read x", [](Client& client) -> net::Task<> {
    const auto list = co_await client.list_tools(nobody);
    EXPECT_FALSE(list);
    if (!list) EXPECT_EQ(list.error().code, Code::kCorrupt);
  });
}

}  // namespace
}  // namespace soma::mcp
