#include "core/tool/agentcore_gateway.h"

#include <gmock/gmock.h>

#include "base/aws/aws.h"
#include "base/json/schema.h"
#include "core/tool/source_test_kit.h"

namespace soma::tool {
namespace {

using json::object;
using json::Value;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kArn =
    "arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/orders-abcdefghij";
constexpr std::string_view kProvider =
    "arn:aws:bedrock-agentcore:us-west-2:123456789012:token-vault/default/oauth2credentialprovider/ORDERS";

Value oauth(std::string_view provider = kProvider) {
  return object({{"oauth", object({{"providerArn", provider},
                                   {"scopes", json::array({"orders/read"})},
                                   {"customParameters", object({{"audience", "orders"}})}})}});
}

class AgentCoreGatewayTest : public SourceTest {
 protected:
  AgentCoreGatewayTest() {
    auto clock = std::make_unique<os::VirtualClock>();
    virtual_ = clock.get();
    clock_ = std::move(clock);
    secrets_ = {{"env:AWS_ACCESS_KEY_ID", "AKID"},
                {"env:AWS_SECRET_ACCESS_KEY", "the-key"},
                {"env:AWS_SESSION_TOKEN", "the-session"}};
  }

  static Value config(const std::string& url, Value auth = {}) {
    Value out = object({{"gatewayArn", kArn}, {"url", url}});
    if (!auth.is_null()) out.set("outboundAuth", std::move(auth));
    return out;
  }
  void with_gateway(Value config, SourceBody body) {
    with_source("agentcore_gateway", std::move(config), std::move(body));
  }
  // What listing its tools says.
  os::Result<SourceTools> listed(Value config) {
    os::Result<SourceTools> out;
    with_gateway(std::move(config),
                 [&](ToolSource& source) -> net::Task<> { out = co_await source.list(all, nobody); });
    return out;
  }
  void describe_client(const std::string& token_endpoint) {
    secrets_["secret:ORDERS"] = json::write(
        object({{"clientId", "soma"}, {"clientSecret", "s3cr3t"}, {"tokenEndpoint", token_endpoint}}));
  }

  aws::SigningOptions options() const {
    return {.region = "us-west-2", .service = "bedrock-agentcore", .now = clock_->now()};
  }

  os::VirtualClock* virtual_;
};

// A gateway with one tool, which wants this in Authorization, asked anew for each request.
net::Handler gateway(std::function<std::string()> wanted) {
  return [wanted = std::move(wanted),
          rest = mcp::legacy_server(lists(json::array({mcp::tool_json("orders___find")})), "session-1")](
             net::Request& http, net::Reply& reply) -> net::Task<> {
    if (const std::string value = wanted(); value.empty() || http.headers.get("authorization") == value) {
      co_await rest(http, reply);
      co_return;
    }
    net::Response response = net::Response::text(401, "who are you?");
    co_await reply.send(std::move(response));
  };
}
net::Handler open_gateway() {
  return gateway([] { return std::string(); });
}

// An authorization server that gives "token-1", "token-2", …, each for an hour.
net::Handler token_endpoint() {
  return [count = std::make_shared<std::atomic<int>>(0)](net::Request&, net::Reply& reply) -> net::Task<> {
    const std::string token = "token-" + std::to_string(++*count);
    net::Response response = net::Response::json(
        200, object({{"access_token", token}, {"token_type", "Bearer"}, {"expires_in", 3600}}));
    co_await reply.send(std::move(response));
  };
}

TEST_F(AgentCoreGatewayTest, SignsEachRequestWithTheEnvironmentsCredentials) {
  const mcp::StubServer server(open_gateway());
  with_gateway(config(server.url()), [](ToolSource& source) -> net::Task<> {
    const auto list = co_await source.list(all, nobody);
    EXPECT_TRUE(list) << list.error().to_string();
    if (list) EXPECT_EQ(list->tools.at(0).spec.name, "kit___orders___find");
  });
  EXPECT_EQ(server.of_method("tools/list").size(), 1);
  for (const net::Request& request : server.requests()) {
    EXPECT_EQ(request.headers.get("authorization"),
              signature_of(request, {"AKID", "the-key", "the-session"}, options()));
    EXPECT_EQ(request.headers.get("x-amz-security-token"), "the-session");
    EXPECT_THAT(std::string(request.headers.get("authorization")),
                HasSubstr("/us-west-2/bedrock-agentcore/aws4_request"));
  }
}

TEST_F(AgentCoreGatewayTest, SaysThatThereAreNoCredentials) {
  secrets_.clear();
  const mcp::StubServer server(open_gateway());
  const auto list = listed(config(server.url()));
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, os::Code::kUnauthenticated);
  EXPECT_THAT(list.error().hint, HasSubstr("AWS_ACCESS_KEY_ID"));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(AgentCoreGatewayTest, ShowsNothingToAGatewayThatAsksNothing) {
  const mcp::StubServer server(open_gateway());
  EXPECT_TRUE(listed(config(server.url(), object({{"none", json::Object{}}}))));
  EXPECT_FALSE(server.requests().at(0).headers.has("authorization"));
}

TEST_F(AgentCoreGatewayTest, AsksForATokenOnceAndAgainWhenItsTimeIsOver) {
  const mcp::StubServer tokens(token_endpoint());
  const mcp::StubServer server(open_gateway());
  describe_client(tokens.url());
  with_gateway(config(server.url(), oauth()), [&](ToolSource& source) -> net::Task<> {
    EXPECT_TRUE(co_await source.list(all, nobody));
    EXPECT_TRUE(co_await source.list(all, nobody));
    EXPECT_EQ(tokens.requests().size(), 1);
    EXPECT_EQ(server.requests().back().headers.get("authorization"), "Bearer token-1");
    virtual_->advance(std::chrono::hours(1));
    EXPECT_TRUE(co_await source.list(all, nobody));
    EXPECT_EQ(server.requests().back().headers.get("authorization"), "Bearer token-2");
  });
  EXPECT_THAT(tokens.requests().at(0).body, HasSubstr("scope=orders%2Fread&audience=orders"));
}

TEST_F(AgentCoreGatewayTest, AsksForAnotherTokenOnceWhenTheGatewayTakesTheOldOneNoMore) {
  std::atomic<int> taken = 1;
  const mcp::StubServer tokens(token_endpoint());
  const mcp::StubServer server(gateway([&taken] { return "Bearer token-" + std::to_string(taken); }));
  describe_client(tokens.url());
  with_gateway(config(server.url(), oauth()), [&](ToolSource& source) -> net::Task<> {
    EXPECT_TRUE(co_await source.list(all, nobody));
    taken = 2;
    EXPECT_TRUE(co_await source.list(all, nobody));
    EXPECT_EQ(tokens.requests().size(), 2);
    taken = 9;
    const auto refused = co_await source.list(all, nobody);
    EXPECT_FALSE(refused);
    if (!refused) EXPECT_EQ(refused.error().code, os::Code::kUnauthenticated);
    EXPECT_EQ(tokens.requests().size(), 3);
  });
}

TEST_F(AgentCoreGatewayTest, SaysWhichSecretDescribesNoClientAndNotWhatIsInIt) {
  secrets_["secret:ORDERS"] = "hunter2";
  const mcp::StubServer server(open_gateway());
  const auto list = listed(config(server.url(), oauth()));
  ASSERT_FALSE(list);
  EXPECT_THAT(list.error().message, HasSubstr("'kit'"));
  EXPECT_THAT(list.error().message, HasSubstr("secret:ORDERS"));
  EXPECT_THAT(list.error().hint, HasSubstr("tokenEndpoint"));
  EXPECT_THAT(list.error().to_string(), Not(HasSubstr("hunter2")));
}

TEST_F(AgentCoreGatewayTest, ATokenEndpointThatIsAwayIsTold) {
  describe_client("http://127.0.0.1:9/token");
  const mcp::StubServer server(open_gateway());
  const auto list = listed(config(server.url(), oauth()));
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, os::Code::kUnavailable);
  EXPECT_THAT(list.error().message, HasSubstr("there is no token for it"));
  EXPECT_TRUE(server.requests().empty());
}

TEST(AgentCoreGatewayUrl, FollowsFromTheArn) {
  EXPECT_EQ(gateway_url(kArn),
            "https://orders-abcdefghij.gateway.bedrock-agentcore.us-west-2.amazonaws.com/mcp");
  EXPECT_EQ(gateway_url("arn:aws-cn:bedrock-agentcore:cn-north-1:123456789012:gateway/a-abcdefghij"),
            "https://a-abcdefghij.gateway.bedrock-agentcore.cn-north-1.amazonaws.com.cn/mcp");
  EXPECT_EQ(gateway_url("arn:aws-us-gov:bedrock-agentcore:us-gov-west-1:123456789012:gateway/a-abcdefghij"),
            "https://a-abcdefghij.gateway.bedrock-agentcore.us-gov-west-1.amazonaws.com/mcp");
}

// Whether the schema and the check take a configuration.
os::Result<> fits(const Value& config) {
  const json::Schema schema = json::Schema::compile(json::parse(kAgentCoreGatewayConfig).value()).value();
  const auto violations = schema.validate(config);
  if (!violations.empty()) return std::unexpected(json::violations_error(violations, {}, "config"));
  return check_agentcore_gateway({"agentcore_gateway", "kit", config});
}
Value with_auth(const char* auth) {
  return object({{"gatewayArn", kArn}, {"outboundAuth", json::parse(auth).value()}});
}

TEST(AgentCoreGatewayConfig, TakesTheUnionOfTheApi) {
  EXPECT_TRUE(fits(object({{"gatewayArn", kArn}})));
  for (
      const char* auth :
      {R"({"awsIam": {}})", R"({"none": {}})", R"({"oauth": {"providerArn": "secret:A", "scopes": []}})",
       R"({"oauth": {"providerArn": "env:A", "scopes": ["a", "b:c/d"], "grantType": "CLIENT_CREDENTIALS",
            "customParameters": {"audience": "x y"}, "defaultReturnUrl": "https://a.example/"}})",
       R"({"oauth": {"providerArn": "arn:aws:bedrock-agentcore:us-west-2:123456789012:token-vault/default/oauth2credentialprovider/A", "scopes": []}})"})
    EXPECT_TRUE(fits(with_auth(auth))) << auth;
}

TEST(AgentCoreGatewayConfig, RefusesWhatTheApiRefuses) {
  for (const char* arn : {"", "arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/orders",
                          "arn:aws-iso:bedrock-agentcore:us-west-2:123456789012:gateway/orders-abcdefghij",
                          "arn:aws:bedrock-agentcore:us-west-2:1234:gateway/orders-abcdefghij",
                          "arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/orders-abcdefghij/x",
                          "arn:aws:bedrock-agentcore:us-west-2:123456789012:runtime/orders-abcdefghij"})
    EXPECT_FALSE(fits(object({{"gatewayArn", arn}}))) << arn;
  EXPECT_FALSE(fits(json::Object{}));
  EXPECT_FALSE(fits(object({{"gatewayArn", kArn}, {"url", "ftp://a.example/"}})));
  EXPECT_FALSE(fits(object({{"gatewayArn", kArn}, {"url", "https://u:p@a.example/"}})));
  for (
      const char* auth :
      {R"({})", R"({"awsIam": {}, "none": {}})", R"({"awsIam": {"service": "x"}})", R"({"apiKey": {}})",
       R"({"oauth": {"scopes": []}})", R"({"oauth": {"providerArn": "secret:A"}})",
       R"({"oauth": {"providerArn": "A", "scopes": []}})",
       R"({"oauth": {"providerArn": "arn:aws:bedrock-agentcore:us-west-2:1:token-vault/default/apikeycredentialprovider/A", "scopes": []}})",
       R"({"oauth": {"providerArn": "secret:A", "scopes": [""]}})",
       R"({"oauth": {"providerArn": "secret:A", "scopes": ["a b"]}})",
       R"({"oauth": {"providerArn": "secret:A", "scopes": [], "customParameters": {}}})",
       R"({"oauth": {"providerArn": "secret:A", "scopes": [], "customParameters": {"scope": "b"}}})",
       R"({"oauth": {"providerArn": "secret:A", "scopes": [], "grantType": "PASSWORD"}})"})
    EXPECT_FALSE(fits(with_auth(auth))) << auth;
}

TEST(AgentCoreGatewayConfig, SaysWhyAGrantIsNotSupported) {
  const auto with_grant = [](const char* grant) {
    Value config = with_auth(R"({"oauth": {"providerArn": "secret:A", "scopes": []}})");
    config.find("outboundAuth")->find("oauth")->set("grantType", grant);
    return fits(config).error().message;
  };
  EXPECT_THAT(with_grant("AUTHORIZATION_CODE"), HasSubstr("nobody is there to consent"));
  EXPECT_THAT(with_grant("TOKEN_EXCHANGE"), HasSubstr("no user's token"));
}

TEST(AgentCoreGatewayConfig, IsItsOwnersWhereItSignsInOrIsOfThisMachine) {
  const auto owners = [](const Value& config) {
    return agentcore_gateway_needs_owner({"agentcore_gateway", "kit", config});
  };
  EXPECT_TRUE(owners(object({{"gatewayArn", kArn}})));
  EXPECT_TRUE(owners(with_auth(R"({"oauth": {"providerArn": "secret:A", "scopes": []}})")));
  Value open = with_auth(R"({"none": {}})");
  EXPECT_FALSE(owners(open));
  open.set("url", "http://localhost:9000/mcp");
  EXPECT_TRUE(owners(open));
}

}  // namespace
}  // namespace soma::tool
