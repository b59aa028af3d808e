// Who asks: bearer tokens of an OpenID Connect issuer, checked against rules.
//
//   auth.h     this file: rules, identities, the verifier, the words of RFC 6750
//   token.h    a compact JWS taken apart (RFC 7515), nothing of it believed yet
//   key.h      an issuer's public keys (RFC 7517) and signatures (RFC 7518, RFC 8037)
//   claims.h   what a token whose signature held says (RFC 7519), against the rules
//   issuer.h   where the keys come from (OpenID Connect Discovery), and how long they count
//
// What is refused without a look at any key: unsigned tokens, HMAC (whoever knows a public key could make
// such a token), encrypted ones, headers with `crit`. A key that comes with a token (`jwk`, `jku`, `x5c`,
// `x5u`) is never looked at: keys are the issuer's, or none. No error and no log line has anything of a token
// in it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/net/net.h"
#include "base/os/os.h"

namespace soma::auth {

inline constexpr size_t kMaxTokenBytes = 16u << 10;
inline constexpr size_t kMaxTokenDepth = 16;                            // of the JSON in a token
inline constexpr size_t kMaxSubjectBytes = 255;                         // as OpenID Connect Core 2 has it
inline constexpr os::Duration kClockLeeway = std::chrono::seconds(60);  // for exp and nbf

// One rule about a claim. CustomClaimValidationType of the AgentCore control plane.
struct ClaimRule {
  enum class Match {
    kEquals,       // the claim is a string: this one
    kContains,     // the claim is a list of strings with this one in it
    kContainsAny,  // the claim is a list of strings with one of these in it
  };
  std::string name;
  Match match = Match::kEquals;
  std::vector<std::string> values{};  // one, or for kContainsAny one or more
  friend bool operator==(const ClaimRule&, const ClaimRule&) = default;
};

// Which tokens count. An empty list asks nothing; the lists that are there must each be met.
struct Rules {
  std::string discovery_url;                    // check_discovery_url()
  std::vector<std::string> allowed_audience{};  // one of the token's aud
  std::vector<std::string> allowed_clients{};   // its client_id, or azp where it has none
  std::vector<std::string> allowed_scopes{};    // one of its scope or scp
  std::vector<ClaimRule> claims{};              // all of them
  friend bool operator==(const Rules&, const Rules&) = default;
};

// https, or http on loopback; ends with what the API's pattern asks for. kInvalidArgument.
os::Result<> check_discovery_url(std::string_view url);

// Who a token is about. A subject is a name only together with its issuer.
struct Identity {
  std::string issuer, subject;
  friend bool operator==(const Identity&, const Identity&) = default;
};

// What a refusal means to the client that gets it: RFC 6750 3.1.
enum class Refusal { kNoToken, kInvalidRequest, kInvalidToken, kInsufficientScope };
// kUnauthenticated, for kInsufficientScope kPermissionDenied.
os::Error refusal(Refusal why, std::string message, std::string hint = {});
// The value of WWW-Authenticate for that error: `Bearer error="invalid_token", error_description="…"`; with
// `scope` where scopes are what is missing. Empty for an error that is no refusal.
std::string challenge(const os::Error& error, const std::vector<std::string>& scopes = {});

// The token of the value of an Authorization header. Errors: refusals.
os::Result<std::string> bearer_token(std::string_view authorization);

// Without padding (RFC 7515 2). kInvalidArgument for anything else.
os::Result<std::string> base64url_decode(std::string_view text);

// Keeps the keys of issuers; thread-safe. What the constructor gets must outlive it, and the loops must have
// stopped when it goes.
class Verifier {
 public:
  Verifier(net::LoopPool& loops, os::Clock& clock);
  ~Verifier();
  // Resumes on the caller's loop. Errors: refusals; kUnavailable when the issuer's keys cannot be had and
  // none are known.
  net::Task<os::Result<Identity>> verify(Rules rules, std::string token);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace soma::auth
