#include "services/harness/access/admission.h"

#include <fmt/format.h>

namespace soma::harness {

using os::Code;
using os::Result;

namespace {

std::string protocol_token(std::string_view protocols) {
  for (const std::string_view entry : os::split(protocols, ',')) {
    std::string_view protocol = os::trim(entry);
    if (!protocol.starts_with(kTokenProtocol) || protocol.size() <= kTokenProtocol.size() ||
        protocol[kTokenProtocol.size()] != '.')
      continue;
    protocol.remove_prefix(kTokenProtocol.size() + 1);
    return auth::base64url_decode(protocol).value_or("");
  }
  return {};
}

}  // namespace

Credentials credentials_of(const net::Request& request) {
  Credentials out{.authorization = std::string(request.headers.get("authorization")),
                  .user_id = std::string(request.headers.get(kUserHeader))};
  const std::string by_protocol = protocol_token(request.headers.get("sec-websocket-protocol"));
  if (out.authorization.empty() && !by_protocol.empty()) out.authorization = "Bearer " + by_protocol;
  return out;
}

net::Task<Result<auth::Identity>> admit_token(auth::Verifier& verifier, Authorizer authorizer,
                                              Credentials credentials) {
  Result<auth::Identity> identity = os::fail(Code::kInternal, "");
  auto token = auth::bearer_token(credentials.authorization);
  if (token) {
    auth::Rules rules = authorizer.rules;
    identity = co_await verifier.verify(std::move(rules), std::move(*token));
  } else {
    identity = std::unexpected(token.error());
  }
  if (!identity) {
    os::Error error = std::move(identity.error());
    std::string challenge = auth::challenge(error, authorizer.scopes_for_clients());
    if (!challenge.empty()) error.details.emplace_back("www-authenticate", std::move(challenge));
    co_return std::unexpected(std::move(error));
  }
  if (!credentials.user_id.empty() && credentials.user_id != identity->subject)
    co_return os::fail(Code::kPermissionDenied,
                       fmt::format("the header {} names another user than the token's sub", kUserHeader),
                       "leave the header out");
  co_return identity;
}

Result<> check_owner(const Caller& caller, const std::optional<auth::Identity>& owner,
                     std::string_view session_id) {
  if (caller.is_operator || caller.user == owner) return {};
  return os::fail(Code::kPermissionDenied, fmt::format("session {} is not yours", session_id),
                  "use a session id of your own");
}

}  // namespace soma::harness
