#include "core/auth/claims.h"

#include <algorithm>

#include <fmt/format.h>

namespace soma::auth {
namespace {

using json::Value;
using os::Result;

std::unexpected<os::Error> refuse(std::string message, std::string hint = {}) {
  return std::unexpected(refusal(Refusal::kInvalidToken, std::move(message), std::move(hint)));
}

// A string, or a list: its strings. Anything else has none.
std::vector<std::string> strings_of(const Value& claim) {
  if (claim.is_string()) return {claim.as_string()};
  std::vector<std::string> out;
  for (const Value& entry : claim.is_array() ? claim.as_array() : json::Array{})
    if (entry.is_string()) out.push_back(entry.as_string());
  return out;
}

bool any_of(const std::vector<std::string>& have, const std::vector<std::string>& wanted) {
  return std::ranges::any_of(
      have, [&](const std::string& one) { return std::ranges::find(wanted, one) != wanted.end(); });
}

// NumericDate (RFC 7519 2): seconds, perhaps with a fraction. As double both ends of any number compare
// safely.
Result<> check_times(const Value& claims, os::Time now) {
  const double now_s = static_cast<double>(os::unix_ms(now)) / 1e3;
  const double leeway_s = std::chrono::duration<double>(kClockLeeway).count();
  const Value& expires = claims.get("exp");
  if (!expires.is_number()) return refuse("the bearer token has no exp that is a number");
  if (now_s >= expires.as_double() + leeway_s)
    return refuse("the bearer token has expired", "get a new one from the issuer");
  if (!claims.has("nbf")) return {};
  if (!claims.get("nbf").is_number()) return refuse("the bearer token has an nbf that is no number");
  if (now_s < claims.get("nbf").as_double() - leeway_s)
    return refuse("the bearer token is not valid yet (nbf)",
                  "compare the clocks of the issuer and of this machine");
  return {};
}

bool meets(const Value& claim, const ClaimRule& rule) {
  if (rule.match == ClaimRule::Match::kEquals)
    return claim.is_string() && claim.as_string() == rule.values.front();
  return claim.is_array() && any_of(strings_of(claim), rule.values);
}

// scope is a string with spaces (RFC 8693 4.2); some issuers send a list, or either of them as scp.
std::vector<std::string> scopes_of(const Value& claims) {
  std::vector<std::string> out;
  for (const char* name : {"scope", "scp"})
    for (const std::string& text : strings_of(claims.get(name)))
      for (const std::string_view scope : os::split(text, ' '))
        if (!scope.empty()) out.emplace_back(scope);
  return out;
}

Result<> check_rules(const Value& claims, const Rules& rules) {
  if (!rules.allowed_audience.empty() && !any_of(strings_of(claims.get("aud")), rules.allowed_audience))
    return refuse("the bearer token's aud is none of allowedAudience");
  const Value& client = claims.has("client_id") ? claims.get("client_id") : claims.get("azp");
  if (!rules.allowed_clients.empty() &&
      !(client.is_string() && any_of(strings_of(client), rules.allowed_clients)))
    return refuse("the bearer token's client_id (or azp) is none of allowedClients");
  for (const ClaimRule& rule : rules.claims)
    if (!meets(claims.get(rule.name), rule))
      return refuse(fmt::format("the bearer token's claim {} is not what customClaims asks for", rule.name));
  if (!rules.allowed_scopes.empty() && !any_of(scopes_of(claims), rules.allowed_scopes))
    return std::unexpected(refusal(Refusal::kInsufficientScope,
                                   "the bearer token has none of the allowedScopes",
                                   "ask the issuer for a token with one of them"));
  return {};
}

}  // namespace

Result<Identity> check_claims(const Value& claims, const Rules& rules, std::string_view issuer,
                              os::Time now) {
  if (claims.get("iss").string_or("") != issuer || issuer.empty())
    return refuse("the bearer token's iss is not the issuer of discoveryUrl");
  SOMA_TRY(check_times(claims, now));
  const std::string_view subject = claims.get("sub").string_or("");
  if (subject.empty() || subject.size() > kMaxSubjectBytes)
    return refuse(
        fmt::format("the bearer token has no sub of 1 to {} bytes (kMaxSubjectBytes)", kMaxSubjectBytes));
  SOMA_TRY(check_rules(claims, rules));
  return Identity{std::string(issuer), std::string(subject)};
}

}  // namespace soma::auth
