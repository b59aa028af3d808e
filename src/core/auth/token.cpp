#include "core/auth/token.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/auth/auth.h"

namespace soma::auth {
namespace {

using json::Value;
using os::Code;
using os::Result;

// What a bearer token may call itself: RFC 7519 5.1 and RFC 9068 2.1. Others are for something else (a
// logout, a proof of possession).
constexpr std::string_view kTypes[] = {"jwt", "at+jwt", "application/jwt", "application/at+jwt"};

std::unexpected<os::Error> malformed(std::string_view what) {
  return std::unexpected(refusal(Refusal::kInvalidToken, fmt::format("the bearer token {}", what)));
}

Result<Value> read_part(std::string_view part, std::string_view name) {
  const auto bytes = base64url_decode(part);
  if (!bytes) return malformed(fmt::format("has a {} that is not base64url", name));
  json::ParseOptions options;
  options.max_depth = kMaxTokenDepth;
  auto value = json::parse(*bytes, options);
  if (!value && value.error().code == Code::kLimitExceeded)
    return malformed(fmt::format("has a {} nested deeper than {} (kMaxTokenDepth)", name, kMaxTokenDepth));
  if (!value) return malformed(fmt::format("has a {} that is not JSON with unique keys", name));
  if (!value->is_object()) return malformed(fmt::format("has a {} that is no JSON object", name));
  return std::move(*value);
}

Result<> read_header(const Value& header, Token& out) {
  if (!header.get("alg").is_string()) return malformed("has no alg in its header");
  out.algorithm = header.get("alg").as_string();
  if (header.has("kid") && !header.get("kid").is_string()) return malformed("has a kid that is no string");
  out.key_id = header.get("kid").string_or("");
  if (header.has("crit")) return malformed("has a header with crit, which is not understood here");
  if (!header.has("typ")) return {};
  const std::string type = os::to_lower(header.get("typ").string_or(""));
  if (std::ranges::find(kTypes, std::string_view(type)) == std::end(kTypes))
    return malformed("has a typ that is neither JWT nor at+jwt");
  return {};
}

}  // namespace

Result<std::string> base64url_decode(std::string_view text) {
  std::string standard(text);
  for (char& character : standard) {
    if (character == '+' || character == '/' || character == '=')
      return os::fail(Code::kInvalidArgument, "not base64url");
    if (character == '-') character = '+';
    if (character == '_') character = '/';
  }
  auto bytes = os::base64_decode(standard);
  if (!bytes) return os::fail(Code::kInvalidArgument, "not base64url");
  return bytes;
}

Result<Token> parse_token(std::string_view text) {
  if (text.size() > kMaxTokenBytes)
    return malformed(
        fmt::format("has {} bytes; the limit is {} (kMaxTokenBytes)", text.size(), kMaxTokenBytes));
  const std::vector<std::string_view> parts = os::split(text, '.');
  if (parts.size() == 5) return malformed("is encrypted (JWE); only signed tokens are read");
  if (parts.size() != 3) return malformed("is no compact JWS: three parts with dots between them");
  Token token;
  SOMA_ASSIGN(const Value header, read_part(parts[0], "header"));
  SOMA_TRY(read_header(header, token));
  SOMA_ASSIGN(token.claims, read_part(parts[1], "payload"));
  auto signature = base64url_decode(parts[2]);
  if (!signature) return malformed("has a signature that is not base64url");
  token.signature = std::move(*signature);
  token.signing_input = text.substr(0, parts[0].size() + 1 + parts[1].size());
  return token;
}

}  // namespace soma::auth
