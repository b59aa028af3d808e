// What a token says of itself, against the rules. Only for tokens whose signature held.
#pragma once

#include <string_view>

#include "base/json/json.h"
#include "core/auth/auth.h"

namespace soma::auth {

// In this order: iss, exp and nbf (with kClockLeeway), sub, aud, client, the rules' claims, scope. Errors:
// refusals that name the claim and never its value.
os::Result<Identity> check_claims(const json::Value& claims, const Rules& rules, std::string_view issuer,
                                  os::Time now);

}  // namespace soma::auth
