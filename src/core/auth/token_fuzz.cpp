// Tokens that strangers send, and key sets that an issuer sends: any bytes are refused or read, and what is
// read is what was written.
#include <cstdint>
#include <string_view>

#include "core/auth/auth.h"
#include "core/auth/claims.h"
#include "core/auth/key.h"
#include "core/auth/token.h"

namespace soma::auth {
namespace {

void check(bool holds) {
  if (!holds) __builtin_trap();
}

void fuzz_token(std::string_view bytes) {
  const auto token = parse_token(bytes);
  if (!token) {
    check(!challenge(token.error()).empty());
    return;
  }
  check(bytes.size() <= kMaxTokenBytes && bytes.starts_with(token->signing_input));
  check(token->claims.is_object());
  const Rules rules{.discovery_url = "", .allowed_audience = {"a"}, .allowed_scopes = {"s"}};
  const auto identity = check_claims(token->claims, rules, "i", os::from_unix_ms(0));
  check(!identity || (identity->issuer == "i" && !identity->subject.empty()));
}

void fuzz_keys(std::string_view bytes) {
  const auto set = json::parse(bytes);
  if (!set) return;
  const auto keys = keys_from_jwks(*set);
  if (!keys) return;
  check(keys->size() <= kMaxKeys);
  for (const Key& key : *keys)
    for (const char* name : {"RS256", "PS512", "ES256", "ES512", "EdDSA"})
      check(!key.verifies(*find_algorithm(name), "text", bytes));
}

}  // namespace
}  // namespace soma::auth

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace soma::auth;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      fuzz_token(bytes);
      break;
    case 1:
      fuzz_keys(bytes);
      break;
    default:
      static_cast<void>(bearer_token(bytes));
      static_cast<void>(check_discovery_url(bytes));
  }
  return 0;
}
