#include "services/harness/access/authorizer.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json/schema.h"

namespace soma::harness {
namespace {

using auth::ClaimRule;
using json::Value;
using os::Result;

// Which operator goes with which type of claim and which kind of value: the API's own three.
struct Matching {
  ClaimRule::Match match;
  std::string_view operation, type, member;
};
constexpr Matching kMatchings[] = {
    {ClaimRule::Match::kEquals, "EQUALS", "STRING", "matchValueString"},
    {ClaimRule::Match::kContains, "CONTAINS", "STRING_ARRAY", "matchValueString"},
    {ClaimRule::Match::kContainsAny, "CONTAINS_ANY", "STRING_ARRAY", "matchValueStringList"},
};

// Members that speak of the managed service's own networks and identities.
constexpr std::string_view kForeign[] = {"privateEndpoint", "privateEndpointOverrides",
                                         "certificateConfigurations", "allowedWorkloadConfiguration"};

constexpr std::string_view kJwtSchema = R"json({
  "type": "object",
  "description": "Who asks this harness must send a bearer token (JWT) that meets this.",
  "required": ["discoveryUrl"],
  "additionalProperties": false,
  "properties": {
    "discoveryUrl": {"type": "string", "maxLength": 2048, "description": "The issuer's OpenID Connect discovery document: https, or http on loopback."},
    "allowedAudience": {"type": "array", "minItems": 1, "maxItems": 100, "items": {"type": "string", "minLength": 1, "maxLength": 2048}, "description": "One of them must be in the token's aud."},
    "allowedClients": {"type": "array", "minItems": 1, "maxItems": 100, "items": {"type": "string", "minLength": 1, "maxLength": 2048}, "description": "One of them must be the token's client_id (or azp)."},
    "allowedScopes": {"type": "array", "minItems": 1, "maxItems": 100, "items": @scope@, "description": "One of them must be in the token's scope (or scp)."},
    "advertisedScopeMapping": {"type": "object", "minProperties": 1, "maxProperties": 50, "propertyNames": @scope@, "additionalProperties": @scope@, "description": "What clients are told to ask for, by allowed scope."},
    "customClaims": {
      "type": "array",
      "minItems": 1,
      "maxItems": 100,
      "description": "Each must be met.",
      "items": {
        "type": "object",
        "required": ["inboundTokenClaimName", "inboundTokenClaimValueType", "authorizingClaimMatchValue"],
        "additionalProperties": false,
        "properties": {
          "inboundTokenClaimName": {"type": "string", "pattern": "^[A-Za-z0-9_./:-]+$", "minLength": 1, "maxLength": 255},
          "inboundTokenClaimValueType": {"enum": ["STRING", "STRING_ARRAY"]},
          "authorizingClaimMatchValue": {
            "type": "object",
            "required": ["claimMatchValue", "claimMatchOperator"],
            "additionalProperties": false,
            "properties": {
              "claimMatchOperator": {"enum": ["EQUALS", "CONTAINS", "CONTAINS_ANY"]},
              "claimMatchValue": {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": false,
                "properties": {
                  "matchValueString": @value@,
                  "matchValueStringList": {"type": "array", "minItems": 1, "maxItems": 100, "items": @value@}
                }
              }
            }
          }
        }
      }
    },
    "privateEndpoint": {"type": "object", "description": "Refused: soma asks the issuer itself."},
    "privateEndpointOverrides": {"type": "array", "description": "Refused: soma asks the issuer itself."},
    "certificateConfigurations": {"type": "array", "description": "Refused: add the authority to the system's certificates."},
    "allowedWorkloadConfiguration": {"type": "object", "description": "Refused: soma has no workload identities."}
  }
})json";

constexpr std::string_view kWholeSchema = R"json({
  "type": "object",
  "description": "Who may ask this harness. UpdateHarness wraps it: {\"optionalValue\": {…}}, without a value to have none.",
  "not": {"required": ["customJWTAuthorizer", "optionalValue"]},
  "additionalProperties": false,
  "properties": {
    "customJWTAuthorizer": @jwt@,
    "optionalValue": {
      "type": ["object", "null"],
      "maxProperties": 1,
      "additionalProperties": false,
      "properties": {"customJWTAuthorizer": @jwt@}
    }
  }
})json";

std::string with_parts(std::string_view pattern,
                       std::initializer_list<std::pair<std::string_view, std::string_view>> parts) {
  std::string text(pattern);
  for (const auto& [mark, part] : parts)
    for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + part.size()))
      text.replace(at, mark.size(), part);
  return text;
}

std::vector<std::string> strings_of(const Value& list) {
  std::vector<std::string> out;
  for (const Value& entry : list.is_array() ? list.as_array() : json::Array{})
    out.push_back(entry.as_string());
  return out;
}

Value list_of(const std::vector<std::string>& strings) {
  return json::Array(strings.begin(), strings.end());
}

struct Place {
  std::string pointer;
  std::string_view text, source;
  std::unexpected<os::Error> refuse(std::string_view below, std::string message,
                                    std::string hint = {}) const {
    os::Error error =
        json::violations_error({{pointer + std::string(below), "", std::move(message)}}, text, source);
    error.hint = std::move(hint);
    return std::unexpected(std::move(error));
  }
};

Result<ClaimRule> read_claim(const Value& from, const Place& place, size_t index) {
  const Value& match = from.get("authorizingClaimMatchValue");
  const std::string& operation = match.get("claimMatchOperator").as_string();
  const auto* found = std::ranges::find(kMatchings, operation, &Matching::operation);
  const Value& value = match.get("claimMatchValue").get(found->member);
  if (from.get("inboundTokenClaimValueType").as_string() != found->type || value.is_null())
    return place.refuse(
        fmt::format("/customClaims/{}", index),
        fmt::format("{} goes with a claim of type {} and with {}", operation, found->type, found->member));
  return ClaimRule{
      .name = from.get("inboundTokenClaimName").as_string(),
      .match = found->match,
      .values = value.is_string() ? std::vector<std::string>{value.as_string()} : strings_of(value)};
}

Result<Authorizer> read_jwt(const Value& from, const Place& place) {
  for (const std::string_view foreign : kForeign)
    if (from.has(foreign))
      return place.refuse(fmt::format("/{}", foreign), "belongs to the managed service",
                          "leave it out: soma asks the issuer itself, with the system's certificates");
  Authorizer out;
  out.rules.discovery_url = from.get("discoveryUrl").as_string();
  if (const auto good = auth::check_discovery_url(out.rules.discovery_url); !good)
    return place.refuse("/discoveryUrl", good.error().message,
                        "for example https://issuer.example/.well-known/openid-configuration");
  out.rules.allowed_audience = strings_of(from.get("allowedAudience"));
  out.rules.allowed_clients = strings_of(from.get("allowedClients"));
  out.rules.allowed_scopes = strings_of(from.get("allowedScopes"));
  const Value& claims = from.get("customClaims");
  for (size_t index = 0; index < claims.size(); ++index) {
    SOMA_ASSIGN(ClaimRule rule, read_claim(claims.at(index), place, index));
    out.rules.claims.push_back(std::move(rule));
  }
  if (!from.has("advertisedScopeMapping")) return out;
  for (const auto& [scope, advertised] : from.get("advertisedScopeMapping").as_object()) {
    if (std::ranges::find(out.rules.allowed_scopes, scope) == out.rules.allowed_scopes.end())
      return place.refuse("/advertisedScopeMapping",
                          fmt::format("maps {}, which is none of allowedScopes", scope));
    out.advertised_scopes.emplace_back(scope, advertised.as_string());
  }
  return out;
}

Value claim_json(const ClaimRule& rule) {
  const auto* matching = std::ranges::find(kMatchings, rule.match, &Matching::match);
  Value value =
      rule.match == ClaimRule::Match::kContainsAny ? list_of(rule.values) : Value(rule.values.front());
  return json::object(
      {{"inboundTokenClaimName", rule.name},
       {"inboundTokenClaimValueType", matching->type},
       {"authorizingClaimMatchValue",
        json::object({{"claimMatchValue", json::object({{std::string(matching->member), std::move(value)}})},
                      {"claimMatchOperator", matching->operation}})}});
}

}  // namespace

std::vector<std::string> Authorizer::scopes_for_clients() const {
  std::vector<std::string> out;
  for (const std::string& scope : rules.allowed_scopes) {
    const auto advertised =
        std::ranges::find(advertised_scopes, scope, &std::pair<std::string, std::string>::first);
    out.push_back(advertised == advertised_scopes.end() ? scope : advertised->second);
  }
  return out;
}

Result<std::optional<Authorizer>> authorizer_from_json(const Value& value, const std::string& pointer,
                                                       std::string_view text, std::string_view source) {
  const bool wrapped = value.has("optionalValue");
  const Value& jwt = (wrapped ? value.get("optionalValue") : value).get("customJWTAuthorizer");
  if (jwt.is_null()) return std::nullopt;
  SOMA_ASSIGN(
      Authorizer authorizer,
      read_jwt(jwt, {pointer + (wrapped ? "/optionalValue" : "") + "/customJWTAuthorizer", text, source}));
  return authorizer;
}

Value to_json(const Authorizer& authorizer) {
  Value jwt = json::object({{"discoveryUrl", authorizer.rules.discovery_url}});
  if (!authorizer.rules.allowed_audience.empty())
    jwt.set("allowedAudience", list_of(authorizer.rules.allowed_audience));
  if (!authorizer.rules.allowed_clients.empty())
    jwt.set("allowedClients", list_of(authorizer.rules.allowed_clients));
  if (!authorizer.rules.allowed_scopes.empty())
    jwt.set("allowedScopes", list_of(authorizer.rules.allowed_scopes));
  for (const auto& [scope, advertised] : authorizer.advertised_scopes) {
    if (!jwt.has("advertisedScopeMapping")) jwt.set("advertisedScopeMapping", json::Object{});
    jwt.find("advertisedScopeMapping")->set(scope, advertised);
  }
  for (const ClaimRule& rule : authorizer.rules.claims) {
    if (!jwt.has("customClaims")) jwt.set("customClaims", json::Array{});
    jwt.find("customClaims")->push_back(claim_json(rule));
  }
  return json::object({{"customJWTAuthorizer", std::move(jwt)}});
}

std::string_view authorizer_schema_text() {
  static const std::string jwt = with_parts(
      kJwtSchema,
      {{"@scope@", R"({"type": "string", "pattern": "^[!#-\\[\\]-~]+$", "minLength": 1, "maxLength": 255})"},
       {"@value@",
        R"({"type": "string", "pattern": "^[A-Za-z0-9_.-]+$", "minLength": 1, "maxLength": 255})"}});
  static const std::string text = with_parts(kWholeSchema, {{"@jwt@", jwt}});
  return text;
}

}  // namespace soma::harness
