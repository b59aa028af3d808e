// A request over HTTP that is signed with Signature Version 4: who signs, and what the request then carries.
//
//   const auto credentials = aws::credentials_of(environment);
//   aws::sign_request("POST", address, headers, body, *credentials,
//                     {.region = "us-east-1", .service = "bedrock", .now = clock.now()});
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/aws/sigv4.h"
#include "base/net/net.h"

namespace soma::aws {

// An environment variable's value, or empty.
using Variables = std::function<std::string(std::string_view variable)>;

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, of temporary credentials, AWS_SESSION_TOKEN. Nothing when one
// of the first two is not set. Credential files and instance roles are not read.
std::optional<Credentials> credentials_of(const Variables& environment);

// AWS_REGION, or AWS_DEFAULT_REGION; empty when neither is set.
std::string region_of(const Variables& environment);

// Adds Host, the time and the signature to the headers. All that are there are signed, so that they must be
// sent as they are; earlier values of the names that it adds are replaced.
void sign_request(std::string_view method, const net::Url& address, net::Headers& headers,
                  std::string_view body, const Credentials& credentials, const SigningOptions& options);

}  // namespace soma::aws
