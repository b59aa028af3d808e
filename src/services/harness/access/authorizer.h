// A harness's inbound authorizer: which bearer tokens may ask it. AuthorizerConfiguration of the AgentCore
// control plane:
//
//   "authorizerConfiguration": {"customJWTAuthorizer": {"discoveryUrl":
//   "https://…/.well-known/openid-configuration",
//     "allowedAudience": [], "allowedClients": [], "allowedScopes": [], "advertisedScopeMapping": {},
//     "customClaims": [{"inboundTokenClaimName": "department", "inboundTokenClaimValueType": "STRING",
//       "authorizingClaimMatchValue": {"claimMatchOperator": "EQUALS", "claimMatchValue":
//       {"matchValueString": "engineering"}}}]}}
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json/json.h"
#include "core/auth/auth.h"

namespace soma::harness {

inline constexpr size_t kMaxAuthorizerEntries = 100;  // of each of its lists

struct Authorizer {
  auth::Rules rules;
  // What a client is told to ask the issuer for, where that is another word than the token then has.
  std::vector<std::pair<std::string, std::string>> advertised_scopes{};

  // allowed_scopes in the words that clients ask for.
  std::vector<std::string> scopes_for_clients() const;
};

// Reads what the schema accepted; `pointer` is where it stands. Nothing: there is to be none, as
// UpdateHarness says it
// ({"optionalValue": null} or {}). kInvalidArgument.
os::Result<std::optional<Authorizer>> authorizer_from_json(const json::Value& value,
                                                           const std::string& pointer, std::string_view text,
                                                           std::string_view source);
json::Value to_json(const Authorizer& authorizer);
std::string_view authorizer_schema_text();

}  // namespace soma::harness
