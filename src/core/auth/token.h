// A compact JWS (RFC 7515 3.1) taken apart: header, claims, signature. Nothing here looks at a key; what a
// Token says is a stranger's word until Key::verifies() held.
#pragma once

#include <string>
#include <string_view>

#include "base/json/json.h"
#include "base/os/os.h"

namespace soma::auth {

struct Token {
  std::string algorithm, key_id;  // of the header; key_id may be empty
  json::Value claims;             // an object
  std::string signing_input;      // what was signed: the first two parts as they came
  std::string signature;          // bytes
};

// Errors: refusals (auth.h) that name the part that is wrong and quote nothing of it.
os::Result<Token> parse_token(std::string_view text);

}  // namespace soma::auth
