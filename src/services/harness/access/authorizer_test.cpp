#include "services/harness/access/authorizer.h"

#include <gmock/gmock.h>

#include "services/harness/config.h"

namespace soma::harness {
namespace {

using json::Value;
using testing::HasSubstr;

constexpr std::string_view kWhole = R"({
  "customJWTAuthorizer": {
    "discoveryUrl": "https://issuer.example/.well-known/openid-configuration",
    "allowedAudience": ["soma"], "allowedClients": ["app"], "allowedScopes": ["agents/invoke", "admin"],
    "advertisedScopeMapping": {"admin": "https://issuer.example/admin"},
    "customClaims": [
      {"inboundTokenClaimName": "department", "inboundTokenClaimValueType": "STRING",
       "authorizingClaimMatchValue": {"claimMatchValue": {"matchValueString": "engineering"}, "claimMatchOperator": "EQUALS"}},
      {"inboundTokenClaimName": "https://issuer.example/roles", "inboundTokenClaimValueType": "STRING_ARRAY",
       "authorizingClaimMatchValue": {"claimMatchValue": {"matchValueString": "admin"}, "claimMatchOperator": "CONTAINS"}},
      {"inboundTokenClaimName": "groups", "inboundTokenClaimValueType": "STRING_ARRAY",
       "authorizingClaimMatchValue": {"claimMatchValue": {"matchValueStringList": ["a", "b"]}, "claimMatchOperator": "CONTAINS_ANY"}}]}})";

Value parsed(std::string_view text) {
  return *json::parse(text);
}

os::Result<Config> config_with(const Value& authorizer) {
  return config_from_json(json::object({{"name", "a"},
                                        {"model", json::object({{"provider", "reflex"}})},
                                        {"authorizerConfiguration", authorizer}}),
                          "", "");
}

std::string refused(std::string_view jwt) {
  const auto config = config_with(json::object({{"customJWTAuthorizer", parsed(jwt)}}));
  return config ? "accepted" : config.error().to_string();
}

TEST(Authorizer, IsReadAndWrittenBackWhole) {
  const auto config = config_with(parsed(kWhole));
  ASSERT_TRUE(config) << config.error().to_string();
  ASSERT_TRUE(config->authorizer);
  EXPECT_EQ(to_json(*config->authorizer), parsed(kWhole));
  EXPECT_EQ(config->authorizer->rules.claims[2].match, auth::ClaimRule::Match::kContainsAny);
  EXPECT_EQ(config->authorizer->scopes_for_clients(),
            (std::vector<std::string>{"agents/invoke", "https://issuer.example/admin"}));
  EXPECT_EQ(to_json(*config_from_json(to_json(*config), "", "")), to_json(*config));
}

TEST(Authorizer, AnUpdateSetsItKeepsItAndTakesItAway) {
  const Config base = *config_with(parsed(kWhole));
  const auto updated = [&](const Value& patch) { return *apply_patch(base, patch, PatchKind::kUpdate); };
  EXPECT_TRUE(updated(json::object({{"maxIterations", 3}})).authorizer);
  const Value other = parsed(
      R"({"customJWTAuthorizer": {"discoveryUrl": "http://127.0.0.1:1/.well-known/openid-configuration"}})");
  const Config changed =
      updated(json::object({{"authorizerConfiguration", json::object({{"optionalValue", other}})}}));
  EXPECT_EQ(to_json(*changed.authorizer), other);
  for (const Value& none : {Value(json::Object{}), json::object({{"optionalValue", Value()}}),
                            json::object({{"optionalValue", json::Object{}}})})
    EXPECT_FALSE(updated(json::object({{"authorizerConfiguration", none}})).authorizer) << json::write(none);
}

TEST(Authorizer, IsNoMatterOfOneInvocation) {
  const Config base = *config_with(parsed(kWhole));
  EXPECT_FALSE(
      apply_patch(base, json::object({{"authorizerConfiguration", json::Object{}}}), PatchKind::kInvocation));
}

// Half a member must not mean that nobody is asked for a token.
TEST(Authorizer, ThatNamesNothingIsRefusedInAWholeConfiguration) {
  for (const Value& none : {Value(json::Object{}), json::object({{"optionalValue", Value()}})}) {
    const auto config = config_with(none);
    ASSERT_FALSE(config);
    EXPECT_THAT(config.error().message, HasSubstr("/authorizerConfiguration names no authorizer"));
  }
}

TEST(Authorizer, IsWrappedOrNot) {
  Value both = parsed(kWhole);
  both.set("optionalValue", parsed(kWhole));
  EXPECT_FALSE(config_with(both));
}

TEST(Authorizer, WhatIsWrongIsNamedWithItsPlace) {
  const std::string url = R"("discoveryUrl": "https://issuer.example/.well-known/openid-configuration")";
  EXPECT_THAT(refused("{}"), HasSubstr("discoveryUrl"));
  EXPECT_THAT(refused(R"({"discoveryUrl": "http://issuer.example/.well-known/openid-configuration"})"),
              HasSubstr("must be https"));
  EXPECT_THAT(refused(R"({"discoveryUrl": "https://issuer.example/"})"), HasSubstr("must end with"));
  EXPECT_THAT(refused("{" + url + R"(, "allowedAudience": []})"), HasSubstr("/allowedAudience"));
  EXPECT_THAT(refused("{" + url + R"(, "allowedScopes": ["two words"]})"), HasSubstr("/allowedScopes/0"));
  EXPECT_THAT(refused("{" + url + R"(, "allowedAudiences": ["x"]})"), HasSubstr("allowedAudience'"));
  EXPECT_THAT(refused("{" + url + R"(, "privateEndpoint": {}})"),
              HasSubstr("/privateEndpoint belongs to the managed service"));
  EXPECT_THAT(refused("{" + url + R"(, "allowedScopes": ["a"], "advertisedScopeMapping": {"b": "c"}})"),
              HasSubstr("none of allowedScopes"));
  const auto claim = [&](std::string_view type, std::string_view operation, std::string_view value) {
    return refused("{" + url +
                   R"(, "customClaims": [{"inboundTokenClaimName": "c", "inboundTokenClaimValueType": ")" +
                   std::string(type) + R"(", "authorizingClaimMatchValue": {"claimMatchOperator": ")" +
                   std::string(operation) + R"(", "claimMatchValue": {)" + std::string(value) + "}}}]}");
  };
  const std::string_view one = R"("matchValueString": "x")", list = R"("matchValueStringList": ["x"])";
  EXPECT_EQ(claim("STRING", "EQUALS", one), "accepted");
  EXPECT_THAT(claim("STRING", "CONTAINS", one),
              HasSubstr("/customClaims/0 CONTAINS goes with a claim of type STRING_ARRAY"));
  EXPECT_THAT(claim("STRING_ARRAY", "EQUALS", one), HasSubstr("goes with a claim of type STRING"));
  EXPECT_THAT(claim("STRING_ARRAY", "CONTAINS_ANY", one), HasSubstr("matchValueStringList"));
  EXPECT_THAT(claim("STRING_ARRAY", "CONTAINS", list), HasSubstr("matchValueString"));
  EXPECT_THAT(claim("STRING", "EQUALS", R"("matchValueString": "two words")"), HasSubstr("matchValueString"));
}

}  // namespace
}  // namespace soma::harness
