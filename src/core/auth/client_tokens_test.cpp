// Tokens for soma itself, asked of an authorization server on loopback.
#include "core/auth/client_tokens.h"

#include <gmock/gmock.h>

#include "core/auth/auth_test_kit.h"

namespace soma::auth {
namespace {

using json::object;
using json::Value;
using os::Code;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kPath = "/token";

// An authorization server that gives "token-1", "token-2", …, each for an hour.
class StubAuthorizationServer {
 public:
  StubAuthorizationServer() {
    router_.add("POST", std::string(kPath), [this](net::Request& request, net::Reply& reply) -> net::Task<> {
      net::Response response;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        response = answer_ ? *answer_ : token_response("token-" + std::to_string(requests_.size()), 3600);
      }
      co_await reply.send(std::move(response));
    });
    server_.emplace(router_);
  }

  static net::Response token_response(const std::string& token, int64_t seconds) {
    return net::Response::json(
        200, object({{"access_token", token}, {"token_type", "Bearer"}, {"expires_in", seconds}}));
  }
  // From now on, whatever is asked.
  void answer(net::Response response) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(response);
  }
  std::vector<net::Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::string url() const { return server_->address() + std::string(kPath); }

 private:
  mutable std::mutex mutex_;
  std::optional<net::Response> answer_;
  std::vector<net::Request> requests_;
  net::Router router_;
  std::optional<net::TestServer> server_;  // the first to go
};

class ClientTokensTest : public testing::Test {
 protected:
  ClientTokensTest() : client_{.id = "soma", .secret = "s3cr3t", .token_endpoint = server_.url()} {}

  using Body = std::function<net::Task<>(ClientTokens& tokens)>;
  void with_tokens(Body body) {
    const auto task = [&]() -> net::Task<> {
      const net::Executor executor = co_await net::this_executor();
      ClientTokens tokens(
          executor, clock_, cache_, [this] { return os::Result<OAuthClient>(client_); },
          [this](std::string_view) { return policy_; }, request_);
      co_await body(tokens);
    };
    net::run(task());
  }
  os::Result<std::string> token() {
    os::Result<std::string> out;
    with_tokens([&](ClientTokens& tokens) -> net::Task<> { out = co_await tokens.token(std::nullopt); });
    return out;
  }
  os::Error refused() {
    const auto out = token();
    EXPECT_FALSE(out);
    return out ? os::Error{} : out.error();
  }

  StubAuthorizationServer server_;
  os::VirtualClock clock_;
  OAuthClient client_;
  TokenRequest request_;
  std::shared_ptr<const net::OutboundPolicy> policy_;
  std::shared_ptr<TokenCache> cache_ = std::make_shared<TokenCache>();
};

TEST_F(ClientTokensTest, AsksAsTheClientForWhatIsWanted) {
  client_.id = "so ma";
  client_.secret = "a:b%";
  request_ = {.scopes = {"orders/read", "orders/write"}, .parameters = {{"audience", "https://a.example/"}}};
  EXPECT_EQ(token(), "token-1");
  const net::Request asked = server_.requests().at(0);
  EXPECT_EQ(asked.body,
            "grant_type=client_credentials&scope=orders%2Fread%20orders%2Fwrite"
            "&audience=https%3A%2F%2Fa.example%2F");
  EXPECT_EQ(asked.headers.get("authorization"), "Basic " + os::base64_encode("so%20ma:a%3Ab%25"));
  EXPECT_EQ(asked.headers.get("content-type"), "application/x-www-form-urlencoded");
}

TEST_F(ClientTokensTest, OneTokenServesUntilShortlyBeforeItsEnd) {
  with_tokens([&](ClientTokens& tokens) -> net::Task<> {
    EXPECT_EQ(co_await tokens.token(std::nullopt), "token-1");
    clock_.advance(std::chrono::seconds(3539));
    EXPECT_EQ(co_await tokens.token(std::nullopt), "token-1");
    clock_.advance(std::chrono::seconds(1));
    EXPECT_EQ(co_await tokens.token(std::nullopt), "token-2");
  });
}

TEST_F(ClientTokensTest, WhoeverAsksAsTheSameClientForTheSameSharesAToken) {
  EXPECT_EQ(token(), "token-1");
  EXPECT_EQ(token(), "token-1");
  request_.scopes = {"orders/read"};
  EXPECT_EQ(token(), "token-2");
  client_.secret = "another";
  EXPECT_EQ(token(), "token-3");
}

TEST(TokenCache, KeepsSoManyAndLosesTheOneThatEndsFirst) {
  TokenCache cache;
  const os::Time now{};
  for (size_t number = 0; number <= kMaxKeptTokens; ++number)
    cache.keep(std::to_string(number), "token", now + std::chrono::seconds(kMaxKeptTokens + 1 - number));
  EXPECT_TRUE(cache.find(std::to_string(kMaxKeptTokens), now));
  EXPECT_FALSE(cache.find(std::to_string(kMaxKeptTokens - 1), now));
  EXPECT_TRUE(cache.find(std::to_string(kMaxKeptTokens - 2), now));
}

TEST_F(ClientTokensTest, AShortLifeIsUsedHalf) {
  server_.answer(StubAuthorizationServer::token_response("token", 10));
  with_tokens([&](ClientTokens& tokens) -> net::Task<> {
    EXPECT_TRUE(co_await tokens.token(std::nullopt));
    clock_.advance(std::chrono::seconds(4));
    EXPECT_TRUE(co_await tokens.token(std::nullopt));
    EXPECT_EQ(server_.requests().size(), 1);
    clock_.advance(std::chrono::seconds(1));
    EXPECT_TRUE(co_await tokens.token(std::nullopt));
    EXPECT_EQ(server_.requests().size(), 2);
  });
}

TEST_F(ClientTokensTest, ATokenThatWasRefusedIsReplacedAndANewerOneIsNot) {
  with_tokens([&](ClientTokens& tokens) -> net::Task<> {
    EXPECT_EQ(co_await tokens.token(std::nullopt), "token-1");
    tokens.refused("token-1");
    EXPECT_EQ(co_await tokens.token(std::nullopt), "token-2");
    tokens.refused("token-1");
    EXPECT_EQ(co_await tokens.token(std::nullopt), "token-2");
  });
}

TEST_F(ClientTokensTest, FindsTheEndpointInTheDiscoveryDocument) {
  StubIssuer issuer;
  const std::string path = "/.well-known/openid-configuration";
  client_ = {.id = "soma", .secret = "s3cr3t", .discovery_url = issuer.discovery_url()};
  issuer.replace(path, net::Response::json(200, object({{"token_endpoint", server_.url()}})));
  EXPECT_EQ(token(), "token-1");
  cache_ = std::make_shared<TokenCache>();
  issuer.replace(path, net::Response::json(200, object({{"token_endpoint", "http://a.example/token"}})));
  EXPECT_THAT(refused().message, HasSubstr("token_endpoint must be https"));
}

TEST_F(ClientTokensTest, SaysWhyTheServerRefusesAndNotTheSecret) {
  server_.answer(net::Response::json(
      401, object({{"error", "invalid_client"}, {"error_description", "no such client"}})));
  os::Error error = refused();
  EXPECT_EQ(error.code, Code::kUnauthenticated);
  EXPECT_THAT(error.message, HasSubstr("401"));
  EXPECT_THAT(error.message, HasSubstr("invalid_client, no such client"));
  server_.answer(net::Response::json(400, object({{"error", "s3cr3t is not the secret"}})));
  EXPECT_THAT(refused().to_string(), Not(HasSubstr("s3cr3t")));
  server_.answer(net::Response::text(503, "away"));
  EXPECT_EQ(refused().code, Code::kUnavailable);
}

TEST_F(ClientTokensTest, RefusesAnAnswerWithoutAUsableToken) {
  for (const Value& answer :
       {Value("text"), object({{"access_token", ""}}), object({{"access_token", "a\r\nX-Evil: 1"}}),
        object({{"access_token", std::string((16u << 10) + 1, 'a')}})}) {
    server_.answer(net::Response::json(200, answer));
    EXPECT_EQ(refused().code, Code::kCorrupt);
  }
  server_.answer(net::Response::json(200, object({{"access_token", "a"}, {"token_type", "mac"}})));
  EXPECT_EQ(refused().code, Code::kUnsupported);
  server_.answer(net::Response::text(200, std::string(kMaxTokenAnswerBytes + 1, ' ')));
  EXPECT_EQ(refused().code, Code::kLimitExceeded);
}

TEST_F(ClientTokensTest, RespectsTheOutboundPolicy) {
  policy_ = std::make_shared<net::OutboundPolicy>();
  EXPECT_EQ(refused().code, Code::kPermissionDenied);
  EXPECT_TRUE(server_.requests().empty());
}

TEST(OAuthClientJson, IsReadWithOneOfTheTwoAddresses) {
  const auto client = oauth_client_from_json(
      R"({"clientId": "a", "clientSecret": "b", "tokenEndpoint": "https://a.example/token"})");
  ASSERT_TRUE(client) << client.error().to_string();
  EXPECT_EQ(client->token_endpoint, "https://a.example/token");
  EXPECT_TRUE(oauth_client_from_json(
      R"({"clientId": "a", "clientSecret": "b", "discoveryUrl": "https://a.example/.well-known/openid-configuration"})"));
}

TEST(OAuthClientJson, RefusesAnythingElseShowingTheFormAndNothingOfTheText) {
  for (const char* wrong :
       {"hunter2", R"(["hunter2"])", R"({"clientId": "a", "clientSecret": "hunter2"})",
        R"({"clientId": "a", "tokenEndpoint": "https://a.example/hunter2"})",
        R"({"clientId": "a", "clientSecret": 1, "tokenEndpoint": "https://a.example/hunter2"})",
        R"({"clientId": "a", "clientSecret": "hunter2", "tokenEndpoint": "http://a.example/"})",
        R"({"clientId": "a", "clientSecret": "hunter2", "discoveryUrl": "https://a.example/"})",
        R"({"clientId": "a", "clientSecret": "b", "tokenEndpoint": "https://a.example/", "hunter2": "x"})",
        R"({"clientId": "a", "clientSecret": "hunter2", "tokenEndpoint": "https://a.example/",
            "discoveryUrl": "https://a.example/.well-known/openid-configuration"})"}) {
    const auto client = oauth_client_from_json(wrong);
    ASSERT_FALSE(client) << wrong;
    EXPECT_EQ(client.error().code, Code::kInvalidArgument);
    EXPECT_THAT(client.error().to_string(), HasSubstr(R"("clientId")")) << wrong;
    EXPECT_THAT(client.error().to_string(), Not(HasSubstr("hunter2"))) << wrong;
  }
}

}  // namespace
}  // namespace soma::auth
