// Signature Version 4 in the Authorization header. Source: "Create a signed AWS API request" in the IAM user
// guide.
//
//   SigningRequest request{"POST", "/model/a%3A0/converse-stream", {{"Host", host}}, body};
//   const Signature signature = aws::sign(request, credentials, {.region = "us-east-1", .service = "bedrock",
//                                                                .now = clock.now()});
//   for (auto& [name, value] : signature.headers) headers.set(name, value);
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/os/clock.h"

namespace soma::aws {

struct Credentials {
  std::string access_key_id, secret_access_key;
  std::string session_token{};  // of temporary credentials
};

struct SigningRequest {
  std::string method;
  std::string target;                                        // path and query, as it will be sent
  std::vector<std::pair<std::string, std::string>> headers;  // all of them are signed; Host must be there
  std::string body;
};

struct SigningOptions {
  std::string region, service;
  os::Time now{};                   // whole seconds count
  bool normalize_path = true;       // false for S3: "." and ".." and empty segments stay
  bool encode_path_twice = true;    // false for S3
  bool sign_body = false;           // adds x-amz-content-sha256
  bool omit_session_token = false;  // the token is sent and not signed
};

// The stages are kept: when a service refuses a signature, the first wrong one names the fault. None of them
// holds the secret key.
struct Signature {
  std::string canonical_request, string_to_sign, signature, authorization;
  // To be added to the request, Authorization among them.
  std::vector<std::pair<std::string, std::string>> headers;
};

Signature sign(const SigningRequest& request, const Credentials& credentials, const SigningOptions& options);

std::string sha256_hex(std::string_view bytes);
// HMAC-SHA256 (RFC 2104), as 32 raw bytes. It also signs what soma sends to others in its own name (hooks).
std::string hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace soma::aws
