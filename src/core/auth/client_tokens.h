// Tokens for soma itself: the client credentials grant of OAuth 2.0 (RFC 6749 4.4). What an API wants to see
// that trusts an authorization server and not a user.
//
// A token is asked for when it is first needed, kept in memory until shortly before its end, and asked for
// anew when whoever it was shown to no longer takes it. Neither the client's secret nor a token is in any
// error or log.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/net/net.h"
#include "core/auth/discovery.h"

namespace soma::auth {

inline constexpr size_t kMaxTokenAnswerBytes = 64u << 10;
// A token is not used in the last part of its life: it must still count when it arrives. Of a short life it
// is half.
inline constexpr os::Duration kTokenMargin = std::chrono::seconds(60);
inline constexpr os::Duration kDefaultTokenLifetime = std::chrono::minutes(5);  // of one without expires_in
inline constexpr os::Duration kMaxTokenLifetime = std::chrono::hours(24);       // whatever the server says
inline constexpr size_t kMaxKeptTokens = 1'024;  // of one cache; the one that ends first goes

// Who asks, and where.
struct OAuthClient {
  std::string id, secret;
  std::string token_endpoint{};  // empty: the token_endpoint of
  std::string discovery_url{};   // this document
};
// {"clientId", "clientSecret", and "tokenEndpoint" or "discoveryUrl"}. kInvalidArgument says what is wrong
// and shows the form; it repeats nothing of the text.
os::Result<OAuthClient> oauth_client_from_json(std::string_view text);

// What for.
struct TokenRequest {
  std::vector<std::string> scopes{};
  std::vector<std::pair<std::string, std::string>> parameters{};  // of the form, beside the grant's own
};
// Whether a form of the grant has a parameter of this name itself.
bool is_grant_parameter(std::string_view name);

using ReadClient = std::function<os::Result<OAuthClient>()>;  // when no token is known for it
// The policy for an address of the client's: whoever configured a client on this machine meant that one.
using PolicyFor = std::function<std::shared_ptr<const net::OutboundPolicy>(std::string_view url)>;

// Tokens that count, of any clients, for whoever in this process needs one next. Thread-safe.
class TokenCache {
 public:
  std::optional<std::string> find(const std::string& key, os::Time now);
  void keep(const std::string& key, std::string token, os::Time until);
  void drop(const std::string& key, std::string_view token);  // unless there is another by now

 private:
  struct Kept {
    std::string token;
    os::Time until;
  };
  std::mutex mutex_;
  std::map<std::string, Kept> kept_;
};

// The tokens of one client for one purpose. Used on one loop, its executor's; at most one request runs.
class ClientTokens {
 public:
  ClientTokens(const net::Executor& executor, os::Clock& clock, std::shared_ptr<TokenCache> cache,
               ReadClient read_client, PolicyFor policy_for, TokenRequest request);
  // The token that counts now. Errors are of `read_client`; kUnauthenticated (the server refuses the client),
  // kUnavailable, kTimeout, kCorrupt (its answer is none), kPermissionDenied (policy), kCancelled.
  net::Task<os::Result<std::string>> token(std::optional<net::Cancellation> cancellation);
  // Whoever got this token did not take it. The next token() gives another.
  void refused(std::string_view token);

 private:
  struct Granted {
    std::string token;
    os::Time until;
  };
  net::Task<os::Result<std::string>> endpoint_of(const OAuthClient& client,
                                                 std::optional<net::Cancellation> cancellation);
  net::Task<os::Result<Granted>> ask(OAuthClient client, std::optional<net::Cancellation> cancellation);
  std::string form() const;
  std::string key_of(const OAuthClient& client) const;

  os::Clock& clock_;
  std::shared_ptr<TokenCache> cache_;
  ReadClient read_client_;
  PolicyFor policy_for_;
  TokenRequest request_;
  net::HttpClient http_;
  net::Turn asking_;
  std::string key_{};  // in the cache, of the client that was read last; empty: none was
};

}  // namespace soma::auth
