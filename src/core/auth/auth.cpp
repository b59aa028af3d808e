// A token's way: taken apart, its key found (at the cost of one fetch, when it is new), its signature
// checked, and only then read.
#include "core/auth/auth.h"

#include <algorithm>
#include <map>
#include <mutex>

#include <fmt/format.h>

#include "base/net/on_loop.h"
#include "core/auth/claims.h"
#include "core/auth/issuer.h"
#include "core/auth/token.h"

namespace soma::auth {
namespace {

using os::Code;
using os::Result;

constexpr std::string_view kScheme = "bearer";
constexpr std::string_view kRefusalDetail = "bearerError";
// Issuers whose keys are kept. Their addresses are configurations'; the one that was not asked for longest
// goes.
constexpr size_t kMaxIssuers = 1'024;

std::string_view words_of(Refusal why) {
  switch (why) {
    case Refusal::kNoToken:
      return "";  // RFC 6750 3.1: who sent nothing is told nothing
    case Refusal::kInvalidRequest:
      return "invalid_request";
    case Refusal::kInvalidToken:
      return "invalid_token";
    case Refusal::kInsufficientScope:
      return "insufficient_scope";
  }
  return "";
}

std::unexpected<os::Error> refuse(std::string message, std::string hint = {}) {
  return std::unexpected(refusal(Refusal::kInvalidToken, std::move(message), std::move(hint)));
}

// What RFC 6750 3 allows between quotes; messages hold names of claims, which may be anything.
std::string quotable(std::string_view text) {
  std::string out;
  for (const char c : text) out += c >= 0x20 && c < 0x7f && c != '"' && c != '\\' ? c : '\'';
  return out;
}

// RFC 6750 2.1: b64token.
bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~+/=").find(c) != std::string_view::npos;
}

bool has_key(const IssuerKeys& keys, const Token& token) {
  return std::ranges::find(keys.keys, token.key_id, &Key::id) != keys.keys.end();
}

// The keys that a token may have been signed with: those with its key id, or, when it names none, the only
// one that fits.
Result<> check_signature(const IssuerKeys& keys, const Token& token, const Algorithm& algorithm) {
  std::vector<const Key*> candidates;
  for (const Key& key : keys.keys)
    if (key.fits(algorithm) && (token.key_id.empty() || key.id() == token.key_id)) candidates.push_back(&key);
  if (token.key_id.empty() && candidates.size() > 1)
    return refuse("the bearer token names no key (kid), and its issuer has several for its alg");
  if (candidates.empty() && (token.key_id.empty() || has_key(keys, token)))
    return refuse("the bearer token's alg is not that of its issuer's key");
  if (candidates.empty()) return refuse("the bearer token's kid is none of its issuer's keys");
  const bool holds = std::ranges::any_of(candidates, [&](const Key* key) {
    return key->verifies(algorithm, token.signing_input, token.signature);
  });
  if (!holds) return refuse("the bearer token's signature is not its issuer's");
  return {};
}

}  // namespace

os::Error refusal(Refusal why, std::string message, std::string hint) {
  os::Error error{why == Refusal::kInsufficientScope ? Code::kPermissionDenied : Code::kUnauthenticated,
                  std::move(message), std::move(hint)};
  error.details.emplace_back(kRefusalDetail, words_of(why));
  return error;
}

std::string challenge(const os::Error& error, const std::vector<std::string>& scopes) {
  const auto found =
      std::ranges::find(error.details, kRefusalDetail, &std::pair<std::string, std::string>::first);
  if (found == error.details.end()) return {};
  std::vector<std::string> attributes;
  if (!found->second.empty()) {
    attributes.push_back(fmt::format("error=\"{}\"", found->second));
    attributes.push_back(fmt::format("error_description=\"{}\"", quotable(error.message)));
  }
  const bool about_scopes = found->second.empty() || found->second == words_of(Refusal::kInsufficientScope);
  if (about_scopes && !scopes.empty())
    attributes.push_back(fmt::format("scope=\"{}\"", quotable(os::join(scopes, " "))));
  return attributes.empty() ? "Bearer" : "Bearer " + os::join(attributes, ", ");
}

Result<std::string> bearer_token(std::string_view authorization) {
  const std::string_view value = os::trim(authorization);
  const size_t space = value.find(' ');
  if (os::to_lower(value.substr(0, space)) != kScheme)
    return std::unexpected(refusal(Refusal::kNoToken, "the request has no bearer token",
                                   "send the header Authorization: Bearer TOKEN, with a token of the issuer "
                                   "of discoveryUrl; the command "
                                   "line takes --bearer-token or SOMA_BEARER_TOKEN"));
  const std::string_view token = space == std::string_view::npos ? "" : os::trim(value.substr(space));
  if (token.empty() || !std::ranges::all_of(token, is_token_character))
    return std::unexpected(
        refusal(Refusal::kInvalidRequest, "the header Authorization has no well-formed token after Bearer"));
  return std::string(token);
}

struct Verifier::State {
  State(net::LoopPool& loops_, os::Clock& clock_) : loops(loops_), clock(clock_) {}

  struct Entry {
    std::shared_ptr<Issuer> issuer;
    uint64_t last_use = 0;
  };
  net::LoopPool& loops;
  os::Clock& clock;
  std::mutex mutex;
  std::map<std::string, Entry, std::less<>> issuers;  // by discovery URL
  uint64_t uses = 0;

  std::shared_ptr<Issuer> issuer(const std::string& discovery_url) {
    const std::lock_guard lock(mutex);
    Entry& entry = issuers[discovery_url];
    if (!entry.issuer)
      entry.issuer = std::make_shared<Issuer>(loops.executor_for(discovery_url), clock, discovery_url);
    entry.last_use = ++uses;
    const std::shared_ptr<Issuer> found = entry.issuer;
    if (issuers.size() > kMaxIssuers)
      issuers.erase(
          std::ranges::min_element(issuers, {}, [](const auto& one) { return one.second.last_use; }));
    return found;
  }
};

Verifier::Verifier(net::LoopPool& loops, os::Clock& clock) : state_(std::make_shared<State>(loops, clock)) {}
Verifier::~Verifier() = default;

net::Task<Result<Identity>> Verifier::verify(Rules rules, std::string text) {
  const std::shared_ptr<State> state = state_;
  SOMA_CO_ASSIGN(const Token token, parse_token(text));
  const Algorithm* algorithm = find_algorithm(token.algorithm);
  if (!algorithm)
    co_return refuse("the bearer token's alg is not accepted",
                     "RS, PS and ES with 256, 384 or 512, and EdDSA are");
  const std::shared_ptr<Issuer> issuer = state->issuer(rules.discovery_url);
  IssuerKeysPtr keys = issuer->fresh();
  if (!keys) {
    net::Task<Result<IssuerKeysPtr>> fetch = issuer->keys();
    SOMA_CO_ASSIGN(keys, co_await net::on_loop(issuer->executor(), std::move(fetch)));
  }
  if (!token.key_id.empty() && !has_key(*keys, token)) {
    net::Task<Result<IssuerKeysPtr>> fetch = issuer->keys_newer_than(keys);
    SOMA_CO_ASSIGN(keys, co_await net::on_loop(issuer->executor(), std::move(fetch)));
  }
  SOMA_CO_TRY(check_signature(*keys, token, *algorithm));
  co_return check_claims(token.claims, rules, keys->issuer, state->clock.now());
}

}  // namespace soma::auth
