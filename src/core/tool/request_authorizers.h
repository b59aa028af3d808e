// What the managed services' MCP servers are shown of who asks: a signature, or a token. An authorizer may
// outlive the session's environment, but not the clock in it.
#pragma once

#include <memory>
#include <string>

#include "base/aws/aws.h"
#include "core/auth/client_tokens.h"
#include "core/mcp/mcp.h"
#include "core/tool/tool_source.h"

namespace soma::tool {

// The environment's variables as the secret store reads them.
aws::Variables variables_of(const ReadSecret& read_secret);

// Each request is signed by itself (Signature Version 4), with the credentials that the environment has
// (aws::credentials_of). kUnauthenticated when there are none.
std::shared_ptr<mcp::Authorizer> make_sigv4_authorizer(std::string region, std::string service,
                                                       Environment& environment, ReadSecret read_secret);

// Each request carries a bearer token of an OAuth client, whose description (auth::oauth_client_from_json) is
// the secret that this reference names.
std::shared_ptr<mcp::Authorizer> make_oauth_authorizer(std::string secret, auth::TokenRequest request,
                                                       Environment& environment, SourceMeans means);

}  // namespace soma::tool
