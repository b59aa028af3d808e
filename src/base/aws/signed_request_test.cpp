#include "base/aws/signed_request.h"

#include <gtest/gtest.h>

#include <map>

#include "base/aws/credential_arn.h"

namespace soma::aws {
namespace {

Variables variables(std::map<std::string, std::string, std::less<>> set) {
  return [set = std::move(set)](std::string_view name) {
    const auto found = set.find(name);
    return found == set.end() ? std::string() : found->second;
  };
}

TEST(CredentialsOf, NeedBothKeysAndTakeTheTokenOfTemporaryOnes) {
  EXPECT_FALSE(credentials_of(variables({{"AWS_ACCESS_KEY_ID", "AKID"}})));
  EXPECT_FALSE(credentials_of(variables({{"AWS_SECRET_ACCESS_KEY", "key"}})));
  const auto credentials = credentials_of(variables(
      {{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "key"}, {"AWS_SESSION_TOKEN", "token"}}));
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->session_token, "token");
}

class SignRequestTest : public testing::Test {
 protected:
  // The headers of a signed request to this address.
  static net::Headers signed_for(std::string_view url, std::string_view body = "{}") {
    net::Headers headers{{"content-type", "application/json"}};
    const Credentials credentials{"AKID", "key", "token"};
    sign_request("POST", net::parse_url(url).value(), headers, body, credentials,
                 {.region = "us-east-1", .service = "bedrock", .now = os::from_unix_ms(1'767'225'600'000)});
    return headers;
  }
};

TEST_F(SignRequestTest, NamesTheHostWithAPortThatIsNotTheUsualOne) {
  EXPECT_EQ(signed_for("https://a.example/x").get("host"), "a.example");
  EXPECT_EQ(signed_for("https://a.example:443/x").get("host"), "a.example");
  EXPECT_EQ(signed_for("http://a.example:443/x").get("host"), "a.example:443");
  EXPECT_EQ(signed_for("http://[::1]:8000/x").get("host"), "[::1]:8000");
}

TEST_F(SignRequestTest, SignsEveryHeaderTheQueryAndTheBody) {
  const net::Headers headers = signed_for("https://a.example/x");
  EXPECT_EQ(headers.get("x-amz-date"), "20260101T000000Z");
  EXPECT_EQ(headers.get("x-amz-security-token"), "token");
  EXPECT_NE(
      headers.get("authorization").find("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token"),
      std::string::npos);
  EXPECT_NE(headers.get("authorization"), signed_for("https://a.example/x?a=b").get("authorization"));
  EXPECT_NE(headers.get("authorization"), signed_for("https://a.example/x", "[]").get("authorization"));
}

TEST(CredentialArn, NamesACredentialOfOneKind) {
  constexpr std::string_view kArn =
      "arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault/default/oauth2credentialprovider/ORDERS";
  EXPECT_EQ(credential_name(kArn, kOAuth2Kind), "ORDERS");
  EXPECT_FALSE(credential_name(kArn, kApiKeyKind));
  EXPECT_FALSE(credential_name("arn:aws:secretsmanager:us-east-1:1:secret:ORDERS", kOAuth2Kind));
  EXPECT_FALSE(credential_name(std::string(kArn) + "/more", kOAuth2Kind));
}

}  // namespace
}  // namespace soma::aws
