// Who may ask a harness by the data plane's operations: whoever sends a bearer token that its authorizer
// accepts; anybody where it has none, for soma listens on loopback alone.
#pragma once

#include <optional>
#include <string>

#include "base/net/net.h"
#include "core/auth/auth.h"
#include "services/harness/harness.h"

namespace soma::harness {

inline constexpr std::string_view kUserHeader = "X-Amzn-Bedrock-AgentCore-Runtime-User-Id";

// What a request says of who sent it.
Credentials credentials_of(const net::Request& request);
// The subprotocol of a browser's WebSocket, which cannot set headers, and the one that answers it; the token
// stands behind a dot, in base64url. As the AgentCore SDK's shell client sends it.
inline constexpr std::string_view kTokenProtocol = "base64UrlBearerAuthorization";

// The token of these credentials against the authorizer. Errors: auth's refusals, with the WWW-Authenticate
// that answers them among their details (base/net/error_response.cpp); kPermissionDenied when the user header
// names another than the token.
net::Task<os::Result<auth::Identity>> admit_token(auth::Verifier& verifier, Authorizer authorizer,
                                                  Credentials credentials);

// kPermissionDenied when the session is not `caller`'s. A session belongs to the user who began it; one that
// nobody who signed in began belongs to those who need not.
os::Result<> check_owner(const Caller& caller, const std::optional<auth::Identity>& owner,
                         std::string_view session_id);

}  // namespace soma::harness
